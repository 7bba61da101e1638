//! Private keys, and making signatures with them (RFC 7091 6.1): constant in time, with nothing left behind.

use zeroize::{Zeroize as _, Zeroizing};

use super::{
    Coordinates, GROUP_2004, GROUP_2015_256, GROUP_2015_512, Group, ParameterSet, VerifyingKey,
    curve::Affine,
    field::Element,
    from_octets,
    multiply::Rows,
    nonce, number,
    order::{Order, Scalar},
    to_octets,
};

/// A private key: a number from 1 to the order less 1. Wiped when it is dropped.
pub(in crate::crypto) struct SigningKey {
    set: ParameterSet,
    secret: Secret,
}

enum Secret {
    Eight(Private<8>),
    Four(Private<4>),
}

/// The number, and the order less it: two that must agree, so that one that was changed in memory is seen.
pub(super) struct Private<const N: usize> {
    pub(super) number: Zeroizing<Scalar<N>>,
    pub(super) negated: Zeroizing<Scalar<N>>,
}

impl<const N: usize> Private<N> {
    /// `None` for zero.
    pub(super) fn new(order: &Order<N>, number: Scalar<N>) -> Option<Self> {
        let number = Zeroizing::new(number);
        let negated = Zeroizing::new(order.negate(&number));
        (!number.is_zero()).then_some(Self { number, negated })
    }
}

/// Overwrites what the work before it left on the stack below its caller: arithmetic leaves copies of what it
/// computes with there, and from some of these the key can be computed. What stays in registers, or deeper
/// than this reaches, is not wiped.
#[inline(never)]
fn wipe_stack() {
    // Written because it may be looked at; octet by octet, as `zeroize` does it, it would take longer.
    std::hint::black_box(&mut [0u8; 24 * 1024]);
}

impl SigningKey {
    /// From the number with its least significant octet first. `None` for another length and for a number
    /// out of range.
    pub(in crate::crypto) fn from_octets(set: ParameterSet, octets: &[u8]) -> Option<Self> {
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
    pub(in crate::crypto) fn generate(set: ParameterSet) -> Option<Self> {
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
    pub(in crate::crypto) fn to_octets(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match &self.secret {
            Secret::Eight(private) => to_octets(private.number.limbs()).collect(),
            Secret::Four(private) => to_octets(private.number.limbs()).collect(),
        })
    }

    pub(in crate::crypto) fn set(&self) -> ParameterSet {
        self.set
    }

    /// The public key that belongs to it.
    pub(in crate::crypto) fn verifying_key(&self) -> Option<VerifyingKey> {
        let point = match (&self.secret, self.set) {
            (Secret::Eight(key), _) => public(&GROUP_2015_512, &key.number).map(Coordinates::Eight),
            (Secret::Four(key), ParameterSet::Gost2004) => {
                public(&GROUP_2004, &key.number).map(Coordinates::Four)
            }
            (Secret::Four(key), _) => public(&GROUP_2015_256, &key.number).map(Coordinates::Four),
        };
        wipe_stack();
        Some(VerifyingKey::new(self.set, point?))
    }

    /// A signature over a message with this digest (RFC 7091 6.1), in the national order of octets. `None`
    /// for a digest of another length, and when the machine failed: without randomness, when what was
    /// computed is no point of the curve, or when the two forms of the key disagree.
    pub(in crate::crypto) fn sign(&self, digest: &[u8]) -> Option<Vec<u8>> {
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
pub(super) fn public<const N: usize>(group: &Group<N>, secret: &Scalar<N>) -> Option<Affine<N>> {
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
pub(super) fn sign<const N: usize>(
    group: &Group<N>,
    key: &Private<N>,
    digest: &[u8],
    random: &[u8; 32],
) -> Option<Vec<u8>> {
    let order = &group.curve.order;
    let number = number(order, digest)?;
    let nonce = nonce::from(order, &key.number, digest, random)?;
    let point = product(group, &nonce)?;
    let r = order.reduce(&group.curve.to_standard(&point).0);
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
