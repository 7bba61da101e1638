//! RSA public keys. To be worked with a key needs OpenSSL's form of it and constants that take a good part of a
//! verification to compute, so that is put off until a signature is to be verified: the keys of most
//! certificates are only looked at. A certification authority's key comes with every certificate, so the keys
//! that signatures were verified with lately are kept ready for whoever meets them again. Bounded: the one that
//! was not met for longest makes room. It is a pure cache, of public things.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use openssl::{bn::BigNum, pkey::Public, rsa::Rsa};

/// Keys kept ready.
const KEYS: usize = 64;

/// A modulus and an exponent, without leading zeros.
pub(super) struct RsaKey {
    modulus: Box<[u8]>,
    exponent: Box<[u8]>,
    ready: OnceLock<Option<Arc<Rsa<Public>>>>,
    noted: AtomicBool,
}

struct Met {
    modulus: Box<[u8]>,
    exponent: Box<[u8]>,
    key: Arc<Rsa<Public>>,
    at: u64,
}

struct Recent {
    /// How many times anything was asked.
    clock: u64,
    keys: Vec<Met>,
}

fn recent() -> MutexGuard<'static, Recent> {
    static RECENT: Mutex<Recent> = Mutex::new(Recent { clock: 0, keys: Vec::new() });
    let mut recent = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
    recent.clock = recent.clock.saturating_add(1);
    recent
}

fn bits(number: &[u8]) -> u32 {
    let whole = u32::try_from(number.len().saturating_mul(8)).unwrap_or(u32::MAX);
    whole.saturating_sub(number.first().map_or(0, |octet| octet.leading_zeros()))
}

impl RsaKey {
    /// Nothing for an even or too small modulus, and for an exponent that is even, one, or of more than 64
    /// bits: long ones only cost time (RFC 8017 3.1 asks for odd ones from 3).
    pub(super) fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let odd = |number: &[u8]| number.last().is_some_and(|octet| octet & 1 == 1);
        let sane =
            odd(modulus) && bits(modulus) >= 512 && odd(exponent) && (2..=64).contains(&bits(exponent));
        sane.then(|| Self {
            modulus: modulus.into(),
            exponent: exponent.into(),
            ready: OnceLock::new(),
            noted: AtomicBool::new(false),
        })
    }

    pub(super) fn bits(&self) -> u32 {
        bits(&self.modulus)
    }

    pub(super) fn octets(&self) -> usize {
        self.modulus.len()
    }

    pub(super) fn numbers(&self) -> (&[u8], &[u8]) {
        (&self.modulus, &self.exponent)
    }

    /// The key to work with; nothing when the library has none of it.
    pub(super) fn ready(&self) -> Option<&Rsa<Public>> {
        self.ready.get_or_init(|| self.kept().or_else(|| self.made().map(Arc::new))).as_deref()
    }

    fn made(&self) -> Option<Rsa<Public>> {
        let (n, e) = (BigNum::from_slice(&self.modulus), BigNum::from_slice(&self.exponent));
        Rsa::from_public_components(n.ok()?, e.ok()?).ok()
    }

    fn kept(&self) -> Option<Arc<Rsa<Public>>> {
        let mut recent = recent();
        let now = recent.clock;
        let met = recent.keys.iter_mut().find(|met| met.is(self))?;
        met.at = now;
        self.noted.store(true, Ordering::Relaxed);
        Some(Arc::clone(&met.key))
    }

    /// Takes note of a key that a signature was verified with: only such count, so that nobody fills the place
    /// with keys of their own making.
    pub(super) fn note(&self) {
        if self.noted.swap(true, Ordering::Relaxed) {
            return;
        }
        let Some(Some(key)) = self.ready.get() else { return };
        let mut recent = recent();
        if recent.keys.iter().any(|met| met.is(self)) {
            return;
        }
        if recent.keys.len() >= KEYS {
            let oldest = recent.keys.iter().enumerate().min_by_key(|(_, met)| met.at).map(|(place, _)| place);
            oldest.map(|place| recent.keys.swap_remove(place));
        }
        let (modulus, exponent, at) = (self.modulus.clone(), self.exponent.clone(), recent.clock);
        recent.keys.push(Met { modulus, exponent, key: Arc::clone(key), at });
    }
}

impl Met {
    fn is(&self, key: &RsaKey) -> bool {
        self.modulus == key.modulus && self.exponent == key.exponent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(last: u8) -> Vec<u8> {
        let mut number = vec![0x81; 128];
        number.extend([last, 1]);
        number
    }

    #[test]
    fn a_key_is_kept_once_it_verified_and_not_for_ever() {
        let first = RsaKey::new(&number(1), &[3]).expect("a key");
        assert!(first.ready().is_some());
        let again = || RsaKey::new(&number(1), &[3]).expect("a key").kept();
        assert!(again().is_none(), "nothing was verified with it");
        first.note();
        let kept = again().expect("kept");
        assert_eq!(kept.n().to_vec(), number(1));
        let other = RsaKey::new(&number(1), &[5]).expect("a key");
        assert!(other.kept().is_none(), "another exponent");
        for last in (2..=u8::MAX).take(KEYS * 2) {
            let key = RsaKey::new(&number(last), &[3]).expect("a key");
            key.ready();
            key.note();
        }
        assert!(again().is_none());
        assert!(recent().keys.len() <= KEYS);
    }
}
