//! The secret number of a signature: HMAC with SHA-512 of the private key over 32 octets of fresh randomness
//! and the digest, modulo the order. Without good randomness it is still a secret that differs for every
//! message, as with the derivation of RFC 6979; and with it (as RFC 6979 3.6 has it) a signature that is
//! made twice, once with a fault provoked in it, gives nothing away. RFC 6979's own construction takes
//! four times as many passes of the hash, and its result would be no more reproducible, as the randomness
//! is not.
//!
//! 512 bits are taken modulo the order, which has at most 256 bits or is less than 2^256 short of 2^512: no
//! number is more likely than another by more than one part in 2^255.

use zeroize::{Zeroize, Zeroizing};

use super::{Order, Scalar, from_octets, to_octets};
use crate::crypto::{DigestAlgorithm, verify::hmac};

/// The nonce with the randomness given. Constant in time.
pub(super) fn from<const N: usize>(
    order: &Order<N>,
    secret: &Scalar<N>,
    digest: &[u8],
    random: &[u8; 32],
) -> Option<Zeroizing<Scalar<N>>> {
    let key: Zeroizing<Vec<u8>> = Zeroizing::new(to_octets(secret.limbs()).collect());
    let message = Zeroizing::new([&random[..], digest].concat());
    let mut code = hmac(DigestAlgorithm::Sha512, &key, &message)?;
    let mut nonce = Zeroizing::new(order.exact([0; N])?);
    // Part by part, the upper first: for the shorter orders there are two.
    for part in code.chunks(8 * N) {
        let part = Zeroizing::new(order.reduce(&from_octets(part)?));
        *nonce = order.add(&order.shift(&nonce), &part);
    }
    code.zeroize();
    Some(nonce)
}
