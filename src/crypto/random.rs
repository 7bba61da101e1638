//! Octets that nobody can foresee, for nonces.

/// That the system gave no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no randomness")]
pub struct NoRandomness;

/// So many octets that nobody can foresee.
///
/// # Errors
/// When the system gives none.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut octets = [0; N];
    openssl::rand::rand_bytes(&mut octets).map_err(|_| NoRandomness)?;
    Ok(octets)
}
