//! The secret number of a signature, derived from the key and the digest as RFC 6979 3.2 says, with HMAC
//! over SHA-512, and with 32 octets of fresh randomness added (3.6). Without good randomness it is still
//! different for every message; and with it a signature that is made twice, once with a fault provoked in
//! it, gives nothing away.

use zeroize::{Zeroize, Zeroizing};

use super::{Order, Scalar, from_octets, to_octets};
use crate::crypto::{DigestAlgorithm, verify::hmac};

/// The generator of RFC 6979 3.2, steps b to h.
pub(super) struct Nonces<'a, const N: usize> {
    order: &'a Order<N>,
    key: Zeroizing<[u8; 64]>,
    value: Zeroizing<[u8; 64]>,
    begun: bool,
}

impl<'a, const N: usize> Nonces<'a, N> {
    /// `None` when the operating system gives no randomness.
    pub(super) fn new(order: &'a Order<N>, secret: &Scalar<N>, digest: &[u8]) -> Option<Self> {
        let mut random = Zeroizing::new([0; 32]);
        openssl::rand::rand_bytes(&mut *random).ok()?;
        Self::with(order, secret, digest, &*random)
    }

    /// The same with the added octets given.
    pub(super) fn with(order: &'a Order<N>, secret: &Scalar<N>, digest: &[u8], added: &[u8]) -> Option<Self> {
        let mut nonces =
            Self { order, key: Zeroizing::new([0; 64]), value: Zeroizing::new([1; 64]), begun: false };
        let big_endian = |limbs: &[u64; N]| {
            let mut octets: Zeroizing<Vec<u8>> = Zeroizing::new(to_octets(limbs).collect());
            octets.reverse();
            octets
        };
        let secret = big_endian(secret.limbs());
        let digest = big_endian(order.reduce(&from_octets(digest)?).limbs());
        for separator in [0, 1] {
            nonces.rekey(separator, &[&secret, &digest, added])?;
        }
        Some(nonces)
    }

    /// K = HMAC(K, V ‖ separator ‖ more), V = HMAC(K, V)
    fn rekey(&mut self, separator: u8, more: &[&[u8]]) -> Option<()> {
        let mut message = Zeroizing::new(Vec::with_capacity(64 + 1 + 64 + 64 + 32));
        message.extend_from_slice(&*self.value);
        message.push(separator);
        more.iter().for_each(|part| message.extend_from_slice(part));
        self.key = code(&self.key, &message)?;
        self.value = code(&self.key, &*self.value)?;
        Some(())
    }

    /// The next candidate that is in range.
    pub(super) fn next(&mut self) -> Option<Zeroizing<Scalar<N>>> {
        loop {
            if self.begun {
                self.rekey(0, &[])?;
            }
            self.begun = true;
            self.value = code(&self.key, &*self.value)?;
            // The value has as many bits as the larger order; of the others the leftmost count (2.3.2).
            let mut limbs = Zeroizing::new([0u64; N]);
            let (words, _) = self.value.as_chunks::<8>();
            for (limb, octets) in limbs.iter_mut().rev().zip(words) {
                *limb = u64::from_be_bytes(*octets);
            }
            let spare = self.order.limbs().last()?.leading_zeros();
            if spare > 0 {
                for i in 0..N {
                    let above = limbs.get(i + 1).copied().unwrap_or(0);
                    let limb = limbs.get_mut(i)?;
                    *limb = *limb >> spare | above << (64 - spare);
                }
            }
            if let Some(scalar) = self.order.exact(*limbs).filter(|scalar| !scalar.is_zero()) {
                return Some(Zeroizing::new(scalar));
            }
        }
    }
}

fn code(key: &[u8; 64], message: &[u8]) -> Option<Zeroizing<[u8; 64]>> {
    let mut output = hmac(DigestAlgorithm::Sha512, key, message)?;
    let mut octets = Zeroizing::new([0; 64]);
    octets.copy_from_slice(output.get(..64)?);
    output.zeroize();
    Some(octets)
}
