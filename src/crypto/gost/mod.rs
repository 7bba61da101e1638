//! The national signature algorithms: GOST 34.10-2015 with 512 and 256 bits and GOST 34.310-2004, which
//! are one algorithm (RFC 7091) over three curves, each with its hash function.
//!
//! What distinguishes the national form from the Russian one: the identifiers are those of the national
//! authority (`names` is the one table of them), and coordinates, r and s are written from the least significant octet,
//! r before s, in every format. The arithmetic is ours, made for the two primes: `field` under `curve` under
//! `multiply`, `order` for scalars, `inverse` for both. `tests` holds it to OpenSSL's arithmetic and to the
//! tables of the RFCs.
//!
//! **What is constant in time.** Making a signature: deriving the nonce (`nonce`), its product with the
//! generator (`multiply::Rows::times`), the inversion for the coordinate, and the arithmetic modulo the
//! order neither branch on a secret nor take one for an address. Making a public key from a private one is
//! the same product. `tests::constant_time` compares each instruction and each address of runs with
//! different keys, digests and randomness, as the compiler made them; `make constant-time` does so for the
//! build that is shipped. Taking a number for a private key is compared too; what it was decoded from before
//! (base64, a container, an INTEGER without its leading zeros) is not constant in time, and happens once.
//! Verification is of public things only and takes what time it takes.
//!
//! **What is checked before a signature leaves.** That the product is a point of the curve, and that both
//! forms in which a key is kept give the same s. A whole verification would take longer than the signature.

mod curve;
mod field;
mod inverse;
mod multiply;
mod names;
mod nonce;
mod order;
mod recent;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use zeroize::{Zeroize as _, Zeroizing};

use curve::{Affine, Coefficient, Curve, Point};
use field::Element;
use multiply::{GENERATOR, Multiples, Rows, sum_of_products};
pub use names::ParameterSet;
pub(super) use names::{GOST_2004, GOST_2015_256, GOST_2015_512, GOST_34311, STREEBOG_256, STREEBOG_512};
use order::{Order, Scalar};
use recent::Recent;

/// A group with what is computed of it once.
struct Group<const N: usize> {
    curve: Curve<N>,
    generator: OnceLock<Multiples<N>>,
    rows: OnceLock<Rows<N>>,
    recent: Recent<N>,
}

impl<const N: usize> Group<N> {
    const fn new(curve: Curve<N>) -> Self {
        Self { curve, generator: OnceLock::new(), rows: OnceLock::new(), recent: Recent::new() }
    }
}

/// RFC 7836 A.2.1
static GROUP_2015_512: Group<8> = Group::new(Curve {
    order: Order::new(limbs(
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
         27e69532f48d89116ff22b8d4e0560609b4b38abfad2b85dcacdb1411f10b275",
    )),
    a: Coefficient::MinusThree,
    b: Element(limbs(
        "e8c2505dedfc86ddc1bd0b2b6667f1da34b82574761cb0e879bd081cfd0b6265\
         ee3cb090f30d27614cb4574010da90dd862ef9d4ebee4761503190785a71c760",
    )),
    generator: Affine {
        x: Element::small(3),
        y: Element(limbs(
            "7503cfe87a836ae3a61b8816e25450e6ce5e1c93acf1abc1778064fdcbefa921\
             df1626be4fd036e93d75e6a50e3a41e98028fe5fc235f5b889a589cb5215f2a4",
        )),
    },
    cofactor: 1,
});

/// RFC 7836 A.1.1
static GROUP_2015_256: Group<4> = Group::new(Curve {
    order: Order::new(limbs("400000000000000000000000000000000fd8cddfc87b6635c115af556c360c67")),
    a: Coefficient::Other(Element(limbs("c2173f1513981673af4892c23035a27ce25e2013bf95aa33b22c656f277e7335"))),
    b: Element(limbs("295f9bae7428ed9ccc20e7c359a9d41a22fccd9108e17bf7ba9337a6f8ae9513")),
    generator: Affine {
        x: Element(limbs("91e38443a5e82c0d880923425712b2bb658b9196932e02c78b2582fe742daa28")),
        y: Element(limbs("32879423ab1a0375895786c4bb46e9565fde0b5344766740af268adb32322e5c")),
    },
    cofactor: 4,
});

/// RFC 4357 11.4
static GROUP_2004: Group<4> = Group::new(Curve {
    order: Order::new(limbs("ffffffffffffffffffffffffffffffff6c611070995ad10045841b09b761b893")),
    a: Coefficient::MinusThree,
    b: Element::small(0xa6),
    generator: Affine {
        x: Element::ONE,
        y: Element(limbs("8d91e471e0989cda27df505a453f2b7635294f2ddf23e3b122acc99c9e9f1e14")),
    },
    cofactor: 1,
});

/// The number in so many hexadecimal digits, for the tables above.
const fn limbs<const N: usize>(digits: &str) -> [u64; N] {
    let digits = digits.as_bytes();
    assert!(digits.len() == 16 * N, "sixteen digits for each limb");
    let mut limbs = [0; N];
    let mut at = 0;
    while at < digits.len() {
        let value = match digits[at] {
            digit @ b'0'..=b'9' => digit - b'0',
            digit => digit - b'a' + 10,
        };
        let limb = N - 1 - at / 16;
        limbs[limb] = limbs[limb] << 4 | value as u64;
        at += 1;
    }
    limbs
}

/// The number in octets of which the first is the least significant; `None` for another length.
fn from_octets<const N: usize>(octets: &[u8]) -> Option<[u64; N]> {
    let (chunks, rest) = octets.as_chunks::<8>();
    let chunks: &[[u8; 8]; N] = chunks.try_into().ok()?;
    rest.is_empty().then(|| chunks.map(u64::from_le_bytes))
}

fn to_octets<const N: usize>(limbs: &[u64; N]) -> impl Iterator<Item = u8> {
    limbs.iter().flat_map(|limb| limb.to_le_bytes())
}

/// A point, with as many limbs as its curve has.
#[derive(Clone, Copy)]
enum Coordinates {
    Eight(Affine<8>),
    Four(Affine<4>),
}

/// A public key: a point other than infinity in the group of prime order.
pub(super) struct VerifyingKey {
    set: ParameterSet,
    point: Coordinates,
}

impl VerifyingKey {
    /// From x and then y, each with its least significant octet first. `None` for another length, for
    /// coordinates that are not below the prime, and for a point that is not on the curve or not in its
    /// group of prime order.
    pub(super) fn from_octets(set: ParameterSet, octets: &[u8]) -> Option<Self> {
        fn point<const N: usize>(group: &Group<N>, octets: &[u8]) -> Option<Affine<N>> {
            let (x, y) = octets.split_at_checked(8 * N)?;
            let (x, y) = (Element(from_octets(x)?), Element(from_octets(y)?));
            let point = Affine { x, y };
            let exact = x.canonical() == x.0 && y.canonical() == y.0;
            (exact && group.curve.contains(&point) && group.curve.in_group(&point)).then_some(point)
        }
        let point = match set {
            ParameterSet::Gost2015With512 => Coordinates::Eight(point(&GROUP_2015_512, octets)?),
            ParameterSet::Gost2015With256 => Coordinates::Four(point(&GROUP_2015_256, octets)?),
            ParameterSet::Gost2004 => Coordinates::Four(point(&GROUP_2004, octets)?),
        };
        Some(Self { set, point })
    }

    /// As [`VerifyingKey::from_octets`] reads it.
    pub(super) fn to_octets(&self) -> Vec<u8> {
        fn octets<const N: usize>(point: &Affine<N>) -> Vec<u8> {
            to_octets(&point.x.canonical()).chain(to_octets(&point.y.canonical())).collect()
        }
        match &self.point {
            Coordinates::Eight(point) => octets(point),
            Coordinates::Four(point) => octets(point),
        }
    }

    pub(super) fn set(&self) -> ParameterSet {
        self.set
    }

    /// Whether the key made the signature over a message with this digest (RFC 7091 6.2). Digest and
    /// signature are r and then s, in the national order of octets; anything that is not of the right
    /// length, or a number out of its range, is no signature.
    pub(super) fn verifies(&self, digest: &[u8], signature: &[u8]) -> bool {
        let outcome = match (&self.point, self.set) {
            (Coordinates::Eight(point), _) => verifies(&GROUP_2015_512, point, digest, signature),
            (Coordinates::Four(point), ParameterSet::Gost2004) => {
                verifies(&GROUP_2004, point, digest, signature)
            }
            (Coordinates::Four(point), _) => verifies(&GROUP_2015_256, point, digest, signature),
        };
        outcome.unwrap_or(false)
    }
}

fn verifies<const N: usize>(
    group: &Group<N>,
    point: &Affine<N>,
    digest: &[u8],
    signature: &[u8],
) -> Option<bool> {
    let Group { curve, .. } = group;
    let order = &curve.order;
    let (r, s) = signature.split_at_checked(8 * N)?;
    let (r, s) = (order.exact(from_octets(r)?)?, order.exact(from_octets(s)?)?);
    if r.is_zero() || s.is_zero() {
        return None;
    }
    let inverse = order.invert(&number(order, digest)?);
    let for_generator = order.mul(&s, &inverse);
    let for_key = order.negate(&order.mul(&r, &inverse));

    let generator = group.generator.get_or_init(|| Multiples::for_limbs(curve, &curve.generator, GENERATOR));
    let known = group.recent.multiples(point);
    let once;
    let multiples = match &known {
        Some(multiples) => multiples,
        None => {
            once = Multiples::once(curve, point);
            &once
        }
    };
    let sum = sum_of_products(curve, (&for_generator, generator), (&for_key, multiples));
    let verified = !sum.is_infinity() && has_coordinate(curve, &sum, &r);
    if verified && known.is_none() {
        group.recent.note(curve, point);
    }
    Some(verified)
}

/// Whether x modulo the order is `r`: whether X is r Z², or the same with the order added, as long as that
/// is below the prime. So no inversion is needed.
fn has_coordinate<const N: usize>(curve: &Curve<N>, point: &Point<N>, r: &Scalar<N>) -> bool {
    let square = point.z.square();
    let mut candidate = *r.limbs();
    loop {
        let element = Element(candidate);
        if element.canonical() != candidate {
            return false;
        }
        if element.mul(&square).equals(&point.x) {
            return true;
        }
        let mut carry = false;
        for (limb, more) in candidate.iter_mut().zip(curve.order.limbs()) {
            (*limb, carry) = limb.carrying_add(*more, carry);
        }
        if carry {
            return false;
        }
    }
}

/// The digest as a number modulo the order, one for zero (RFC 7091 6.1, step 2).
fn number<const N: usize>(order: &Order<N>, digest: &[u8]) -> Option<Scalar<N>> {
    let number = order.reduce(&from_octets(digest)?);
    if number.is_zero() { order.exact(Element::ONE.0) } else { Some(number) }
}

/// A private key: a number from 1 to the order less 1. Wiped when it is dropped.
pub(super) struct SigningKey {
    set: ParameterSet,
    secret: Secret,
}

enum Secret {
    Eight(Private<8>),
    Four(Private<4>),
}

/// The number, and the order less it: two that must agree, so that one that was changed in memory is seen.
struct Private<const N: usize> {
    number: Zeroizing<Scalar<N>>,
    negated: Zeroizing<Scalar<N>>,
}

impl<const N: usize> Private<N> {
    /// `None` for zero.
    fn new(order: &Order<N>, number: Scalar<N>) -> Option<Self> {
        let number = Zeroizing::new(number);
        let negated = Zeroizing::new(order.negate(&number));
        (!number.is_zero()).then_some(Self { number, negated })
    }
}

/// Overwrites what the work before it left on the stack below its caller: arithmetic leaves copies of what it
/// computes with there, and of some of these the key can be computed. As much as no language promises more.
#[inline(never)]
fn wipe_stack() {
    // Written because it may be looked at; octet by octet, as `zeroize` does it, it would take longer.
    std::hint::black_box(&mut [0u8; 24 * 1024]);
}

impl SigningKey {
    /// From the number with its least significant octet first. `None` for another length and for a number
    /// out of range.
    pub(super) fn from_octets(set: ParameterSet, octets: &[u8]) -> Option<Self> {
        #[inline(never)]
        fn private<const N: usize>(group: &Group<N>, octets: &[u8]) -> Option<Private<N>> {
            let limbs = Zeroizing::new(from_octets(octets)?);
            Private::new(&group.curve.order, group.curve.order.exact(*limbs)?)
        }
        let secret = match set {
            ParameterSet::Gost2015With512 => private(&GROUP_2015_512, octets).map(Secret::Eight),
            ParameterSet::Gost2015With256 => private(&GROUP_2015_256, octets).map(Secret::Four),
            ParameterSet::Gost2004 => private(&GROUP_2004, octets).map(Secret::Four),
        };
        wipe_stack();
        Some(Self { set, secret: secret? })
    }

    /// A new one from the operating system's randomness; `None` when there is none.
    pub(super) fn generate(set: ParameterSet) -> Option<Self> {
        let mut octets = Zeroizing::new([0; 64]);
        let octets = octets.get_mut(..set.octets())?;
        // Of the numbers of this length a quarter are below the order on one curve, nearly all on the others.
        for _ in 0..256 {
            openssl::rand::rand_bytes(octets).ok()?;
            if let Some(key) = Self::from_octets(set, octets) {
                return Some(key);
            }
        }
        None
    }

    /// As [`SigningKey::from_octets`] reads it.
    pub(super) fn to_octets(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match &self.secret {
            Secret::Eight(private) => to_octets(private.number.limbs()).collect(),
            Secret::Four(private) => to_octets(private.number.limbs()).collect(),
        })
    }

    pub(super) fn set(&self) -> ParameterSet {
        self.set
    }

    /// The public key that belongs to it.
    pub(super) fn verifying_key(&self) -> Option<VerifyingKey> {
        let point = match (&self.secret, self.set) {
            (Secret::Eight(key), _) => public(&GROUP_2015_512, &key.number).map(Coordinates::Eight),
            (Secret::Four(key), ParameterSet::Gost2004) => {
                public(&GROUP_2004, &key.number).map(Coordinates::Four)
            }
            (Secret::Four(key), _) => public(&GROUP_2015_256, &key.number).map(Coordinates::Four),
        };
        wipe_stack();
        Some(VerifyingKey { set: self.set, point: point? })
    }

    /// A signature over a message with this digest (RFC 7091 6.1), in the national order of octets. `None`
    /// for a digest of another length, and when the machine failed: without randomness, when what was
    /// computed is no point of the curve, or when the two forms of the key disagree.
    pub(super) fn sign(&self, digest: &[u8]) -> Option<Vec<u8>> {
        let mut random = Zeroizing::new([0; 32]);
        openssl::rand::rand_bytes(&mut *random).ok()?;
        let signature = match (&self.secret, self.set) {
            (Secret::Eight(key), _) => sign(&GROUP_2015_512, key, digest, &random),
            (Secret::Four(key), ParameterSet::Gost2004) => sign(&GROUP_2004, key, digest, &random),
            (Secret::Four(key), _) => sign(&GROUP_2015_256, key, digest, &random),
        };
        wipe_stack();
        signature
    }
}

#[inline(never)]
fn public<const N: usize>(group: &Group<N>, secret: &Scalar<N>) -> Option<Affine<N>> {
    let mut point = product(group, secret)?;
    // The product is that of the number that is odd, of the secret and its negative.
    let minus = point.y.negate();
    point.y.assign_if(secret.limbs()[0] & 1 == 0, &minus);
    Some(Affine { x: Element(point.x.canonical()), y: Element(point.y.canonical()) })
}

/// The generator times the scalar or its negative, whichever is odd. `None` if it is no point of the curve:
/// a fault of the machine, that a signature would give away to whoever caused it.
fn product<const N: usize>(group: &Group<N>, scalar: &Scalar<N>) -> Option<Affine<N>> {
    let rows = group.rows.get_or_init(|| Rows::of_generator(&group.curve));
    let mut point = rows.times(&group.curve, scalar);
    if point.is_infinity() || !group.curve.contains_point(&point) {
        return None;
    }
    // Jacobian coordinates tell of the way that led to them, hence of the scalar: they do not stay behind.
    let mut inverse = point.z.invert();
    let mut square = inverse.square();
    let affine = Affine { x: point.x.mul(&square), y: point.y.mul(&square.mul(&inverse)) };
    for part in [&mut point.x, &mut point.y, &mut point.z, &mut inverse, &mut square] {
        part.zeroize();
    }
    Some(affine)
}

/// The signature for which the nonce is derived with these random octets.
#[inline(never)]
fn sign<const N: usize>(
    group: &Group<N>,
    key: &Private<N>,
    digest: &[u8],
    random: &[u8; 32],
) -> Option<Vec<u8>> {
    let order = &group.curve.order;
    let number = number(order, digest)?;
    let nonce = nonce::from(order, &key.number, digest, random)?;
    let point = product(group, &nonce)?;
    let r = order.reduce(&point.x.canonical());
    // Either product gives the key away to who knows r or the digest.
    let of_key = Zeroizing::new(order.mul(&r, &key.number));
    let of_nonce = Zeroizing::new(order.mul(&nonce, &number));
    let s = order.add(&of_key, &of_nonce);
    // Once more, by the other form of the key: a bit that was turned in memory would show in s, and with r
    // and the public key it could be told which.
    let of_negated = Zeroizing::new(order.mul(&key.negated, &r));
    let of_nonce = Zeroizing::new(order.mul(&number, &nonce));
    if s != order.add(&order.negate(&of_negated), &of_nonce) {
        return None;
    }
    // RFC 7091 6.1 begins anew when one of them is zero, which happens once in 2^255 times; it is taken for
    // the fault of a machine here.
    let sound = !r.is_zero() && !s.is_zero();
    sound.then(|| to_octets(r.limbs()).chain(to_octets(s.limbs())).collect())
}
