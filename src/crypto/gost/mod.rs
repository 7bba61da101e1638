//! The national signature algorithms: GOST 34.10-2015 with 512 and 256 bits and GOST 34.310-2004, which
//! are one algorithm (RFC 7091) over three curves, each with its hash function.
//!
//! What distinguishes the national form from the Russian one: the identifiers are those of the national
//! authority (`names` is the one table of them), and coordinates, r and s are written from the least
//! significant octet, r before s, in every format; `russian` has that one, for verifying. The arithmetic is ours, made for the two primes: `field`
//! under `curve` under `multiply`, `order` for scalars, `inverse` for both; `verifying` and `signing` use
//! it. `tests` holds it to OpenSSL's arithmetic and to the tables of the RFCs.
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
mod russian;
mod signing;
#[cfg(test)]
mod tests;
mod verifying;

use std::sync::OnceLock;

use curve::{Affine, Coefficient, Curve, Scale};
use field::Element;
use multiply::{Multiples, Rows};
pub use names::ParameterSet;
pub(super) use names::{GOST_2004, GOST_2015_256, GOST_2015_512, GOST_34311, STREEBOG_256, STREEBOG_512};
use order::{Order, Scalar};
use recent::Recent;
pub use russian::GostR;
pub(super) use signing::SigningKey;
use verifying::Coordinates;
pub(super) use verifying::VerifyingKey;

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
    scale: None,
});

/// RFC 7836 A.1.1, with coordinates scaled so that a is 3: u⁴ a = 3. A test computes the numbers anew from
/// those of the RFC.
static GROUP_2015_256: Group<4> = Group::new(Curve {
    order: Order::new(limbs("400000000000000000000000000000000fd8cddfc87b6635c115af556c360c67")),
    a: Coefficient::Three,
    b: Element(limbs("b1d222588e4b99801517305c9190a6907a20d63f5af79c3d39817eb9220aa309")),
    generator: Affine {
        x: Element(limbs("df4d814df6dc3918b6a0a7aced2ea38765adaf33dddcea5104c1d1264f6c560a")),
        y: Element(limbs("31c7d2fe4f397369119868d06de28561b8e4d5819b31d8fa3e1e885fb531dfda")),
    },
    cofactor: 4,
    scale: Some(Scale {
        into: (
            Element(limbs("e5216f60ca954b98c9971b27f11fbd49ae39b16de9adf4e9346174d1bb9d7735")),
            Element(limbs("3bc645be896ee741c7dbe59447eb82e3576357865ab92e7582e2a091e760f854")),
        ),
        back: (
            Element(limbs("f677dd3366fda784a22593de1c124c8eea9898495a3fa6415e7a53ecd27bdb96")),
            Element(limbs("e70954d3a456a5341c112b2c95c299d2e9057650ff8d94b88a8297fad88abc99")),
        ),
    }),
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
    scale: None,
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

/// The digest as a number modulo the order, one for zero (RFC 7091 6.1, step 2).
fn number<const N: usize>(order: &Order<N>, digest: &[u8]) -> Option<Scalar<N>> {
    let number = order.reduce(&from_octets(digest)?);
    if number.is_zero() { order.exact(Element::ONE.0) } else { Some(number) }
}
