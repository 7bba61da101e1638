//! Verification: whether a key made a signature over a message.
//!
//! RSA is checked through the bare public operation and a comparison of the encoded message, so that
//! no padding is parsed by a lenient reader and no provider is looked up per call.

use std::sync::OnceLock;

use openssl::{
    bn::BigNum,
    ecdsa::EcdsaSig,
    pkey::{PKey, Public},
    pkey_ctx::PkeyCtx,
    rsa::Padding,
    sign::Verifier,
};
use zeroize::Zeroize as _;

use super::{
    Digest, DigestAlgorithm, DigestOutput, EcdsaForm, PssParameters, PublicKey, SignatureAlgorithm, digest,
    digest::available,
    public::{MAX_RSA_OCTETS, Material, Restriction},
    rsa::RsaKey,
};
use crate::asn1::{self, Reader, tag, write};

/// Why a signature does not verify.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum VerifyError {
    /// Well formed, but not made by this key over this message.
    #[error("signature does not match")]
    Mismatch,
    /// The algorithm is for another kind of key.
    #[error("signature algorithm does not fit the key")]
    KeyTypeMismatch,
    /// An id-RSASSA-PSS key allows other parameters only, or PKCS #1 v1.5 not at all (RFC 4055 1.2).
    #[error("the key does not allow this algorithm")]
    KeyRestriction,
    /// The value cannot be a signature of this algorithm and key.
    #[error("malformed signature")]
    Malformed,
    /// HMACOutputLength is no multiple of 8, longer than the hash, or shorter than half of it or
    /// 80 bits (XMLDSig 1.1 4.4.2, 6.3.1).
    #[error("HMAC output length out of bounds")]
    OutputLength,
    /// This build cannot compute the algorithm.
    #[error("algorithm not available in this build")]
    Unavailable,
}

/// What else there is to say of a signature that verified.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Verified {
    /// r and s came as a DER SEQUENCE where they should stand side by side.
    pub der_encoded: bool,
}

/// Whether the algorithm is one for this kind of key.
fn is_for(algorithm: &SignatureAlgorithm, key: &PublicKey) -> bool {
    match (algorithm, key.material()) {
        (SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss(_), Material::Rsa { .. })
        | (SignatureAlgorithm::Ecdsa(_), Material::Ec { .. })
        | (SignatureAlgorithm::Dsa(_), Material::Dsa { .. }) => true,
        (SignatureAlgorithm::Gost(set), Material::Gost(key)) => key.set() == *set,
        (SignatureAlgorithm::GostR(one), Material::GostR(other, _)) => one == other,
        _ => false,
    }
}

/// Whether `signature` may be a value of this algorithm and key, by the kind and size of the key: a look
/// that costs nothing, before many keys are tried.
pub fn could_verify(algorithm: &SignatureAlgorithm, key: &PublicKey, signature: &[u8]) -> bool {
    let is_pair = |octets: usize| signature.len() == 2 * octets || signature.first() == Some(&tag::SEQUENCE);
    match (algorithm, key.material()) {
        (SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss(_), Material::Rsa { octets, .. }) => {
            signature.len() == *octets
        }
        (SignatureAlgorithm::Ecdsa(_), Material::Ec { curve, .. }) => is_pair(curve.octets()),
        (SignatureAlgorithm::Dsa(_), Material::Dsa { octets, .. }) => is_pair(*octets),
        (SignatureAlgorithm::Gost(set), Material::Gost(key)) => {
            key.set() == *set && signature.len() == 2 * set.octets()
        }
        (SignatureAlgorithm::GostR(one), Material::GostR(other, _)) => {
            one == other && signature.len() == one.signature_octets()
        }
        (SignatureAlgorithm::Ed25519, Material::Ed { octets: 64, .. })
        | (SignatureAlgorithm::Ed448, Material::Ed { octets: 114, .. }) => true,
        _ => false,
    }
}

/// The hash of a message, computed when a key first asks for it and then kept: many keys may be tried on one
/// message, and a message may be long.
#[derive(Debug, Default)]
pub struct DigestOnce(OnceLock<(DigestAlgorithm, DigestOutput)>);

impl DigestOnce {
    /// The hash of `message`, which is the same at each call.
    fn of(&self, hash: DigestAlgorithm, message: &[u8]) -> DigestOutput {
        let (kept, output) = self.0.get_or_init(|| (hash, digest(hash, message)));
        if *kept == hash { *output } else { digest(hash, message) }
    }
}

/// Whether `key` made `signature` over `message`.
///
/// With [`EcdsaForm::Concatenated`] a DER value is borne and reported in [`Verified`]; with
/// [`EcdsaForm::Der`] nothing but DER is taken.
///
/// # Errors
/// [`VerifyError`]; HMAC is a `KeyTypeMismatch` here, whatever the key.
pub fn verify(
    algorithm: &SignatureAlgorithm,
    form: EcdsaForm,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<Verified, VerifyError> {
    verify_once(&DigestOnce::default(), algorithm, form, key, message, signature)
}

/// The same for one of many keys: the message is hashed at most once, and not at all for a key that cannot
/// have made the signature.
///
/// # Errors
/// [`VerifyError`].
pub fn verify_once(
    hashed: &DigestOnce,
    algorithm: &SignatureAlgorithm,
    form: EcdsaForm,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<Verified, VerifyError> {
    match (algorithm, key.material()) {
        (SignatureAlgorithm::Ed25519, Material::Ed { key, octets: 64 })
        | (SignatureAlgorithm::Ed448, Material::Ed { key, octets: 114 }) => {
            verify_ed(key, *algorithm, message, signature)
        }
        _ => {
            let hash = algorithm.digest().ok_or(VerifyError::KeyTypeMismatch)?;
            if !could_verify(algorithm, key, signature) {
                return Err(if is_for(algorithm, key) {
                    VerifyError::Malformed
                } else {
                    VerifyError::KeyTypeMismatch
                });
            }
            verify_digest(algorithm, form, key, &hashed.of(hash, message), signature)
        }
    }
}

/// The same over `digest`, the hash of the message by `algorithm.digest()`. Not for EdDSA, which has no
/// such hash: `KeyTypeMismatch`.
///
/// # Errors
/// [`VerifyError`].
pub fn verify_digest(
    algorithm: &SignatureAlgorithm,
    form: EcdsaForm,
    key: &PublicKey,
    digest: &[u8],
    signature: &[u8],
) -> Result<Verified, VerifyError> {
    let hash = algorithm.digest().ok_or(VerifyError::KeyTypeMismatch)?;
    if !available(hash) {
        return Err(VerifyError::Unavailable);
    }
    if digest.len() != hash.output_len() {
        return Err(VerifyError::Malformed);
    }
    match (algorithm, key.material()) {
        (SignatureAlgorithm::RsaPkcs1(hash), Material::Rsa { key: rsa, octets }) => {
            if key.restriction() != Restriction::None {
                return Err(VerifyError::KeyRestriction);
            }
            verify_rsa(*hash, rsa, *octets, digest, signature).inspect(|_| rsa.note())
        }
        (SignatureAlgorithm::RsaPss(parameters), Material::Rsa { key: rsa, octets }) => {
            if let Restriction::PssWith(own) = key.restriction()
                && (own.digest != parameters.digest
                    || own.mgf_digest != parameters.mgf_digest
                    || own.salt_length > parameters.salt_length)
            {
                return Err(VerifyError::KeyRestriction);
            }
            verify_pss(parameters, rsa, *octets, digest, signature).inspect(|_| rsa.note())
        }
        (SignatureAlgorithm::Ecdsa(_), Material::Ec { key, curve }) => {
            let (r, s, verified) = numbers(form, curve.octets(), signature)?;
            let value = BigNum::from_slice(r)
                .and_then(|r| EcdsaSig::from_private_components(r, BigNum::from_slice(s)?))
                .map_err(|_| VerifyError::Malformed)?;
            match value.verify(digest, key) {
                Ok(true) => Ok(verified),
                _ => Err(VerifyError::Mismatch),
            }
        }
        (SignatureAlgorithm::Dsa(_), Material::Dsa { key, octets }) => {
            let (r, s, verified) = numbers(form, *octets, signature)?;
            let der = write::sequence(&[write::unsigned(r), write::unsigned(s)]);
            let outcome = PkeyCtx::new(key).and_then(|mut context| {
                context.verify_init()?;
                context.verify(digest, &der)
            });
            match outcome {
                Ok(true) => Ok(verified),
                _ => Err(VerifyError::Mismatch),
            }
        }
        // One form in every format.
        (SignatureAlgorithm::Gost(set), Material::Gost(key)) if key.set() == *set => {
            if signature.len() != 2 * set.octets() {
                return Err(VerifyError::Malformed);
            }
            match key.verifies(digest, signature) {
                true => Ok(Verified::default()),
                false => Err(VerifyError::Mismatch),
            }
        }
        (SignatureAlgorithm::GostR(one), Material::GostR(other, key)) if one == other => {
            if signature.len() != one.signature_octets() {
                return Err(VerifyError::Malformed);
            }
            match one.verifies(key, digest, signature) {
                true => Ok(Verified::default()),
                false => Err(VerifyError::Mismatch),
            }
        }
        _ => Err(VerifyError::KeyTypeMismatch),
    }
}

fn verify_ed(
    key: &PKey<Public>,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<Verified, VerifyError> {
    let octets = if algorithm == SignatureAlgorithm::Ed25519 { 64 } else { 114 };
    if signature.len() != octets {
        return Err(VerifyError::Malformed);
    }
    match Verifier::new_without_digest(key).and_then(|mut v| v.verify_oneshot(signature, message)) {
        Ok(true) => Ok(Verified::default()),
        _ => Err(VerifyError::Mismatch),
    }
}

/// r and s, each of at most `octets`.
fn numbers(
    form: EcdsaForm,
    octets: usize,
    signature: &[u8],
) -> Result<(&[u8], &[u8], Verified), VerifyError> {
    if form == EcdsaForm::Concatenated && signature.len() == 2 * octets {
        let (r, s) = signature.split_at_checked(octets).ok_or(VerifyError::Malformed)?;
        return Ok((r, s, Verified::default()));
    }
    let (r, s) = split_der(signature).map_err(|_| VerifyError::Malformed)?;
    if r.len() > octets || s.len() > octets {
        return Err(VerifyError::Malformed);
    }
    Ok((r, s, Verified { der_encoded: form == EcdsaForm::Concatenated }))
}

/// The value that an ECDSA key would have made in place of one whose r and s have an octet less than its curve, or a zero
/// more: some software cuts the leading zeros of both, or writes both as signed numbers. `None` for other keys, and for
/// what is no such value.
pub fn of_length(key: &PublicKey, value: &[u8]) -> Option<Vec<u8>> {
    let Material::Ec { curve, .. } = key.material() else { return None };
    let octets = curve.octets();
    let (r, s) = value.split_at_checked(value.len() / 2)?;
    let padded = |number: &[u8]| match number {
        [0, rest @ ..] if rest.len() == octets => Some(rest.to_vec()),
        _ if number.len() + 1 == octets => Some([&[0], number].concat()),
        _ => None,
    };
    Some([padded(r)?, padded(s)?].concat())
}

fn split_der(signature: &[u8]) -> Result<(&[u8], &[u8]), asn1::Error> {
    let mut fields = Reader::single(signature)?.expect(tag::SEQUENCE)?.reader();
    let r = fields.next()?.unsigned()?;
    let s = fields.next()?.unsigned()?;
    fields.finish()?;
    Ok((r, s))
}

/// The encoded message that `signature` was made from, in `buffer` (RFC 8017 5.2.2, without padding).
fn open_rsa<'a>(
    key: &RsaKey,
    octets: usize,
    signature: &[u8],
    buffer: &'a mut [u8; MAX_RSA_OCTETS],
) -> Result<&'a mut [u8], VerifyError> {
    if signature.len() != octets {
        return Err(VerifyError::Malformed);
    }
    let message = buffer.get_mut(..octets).ok_or(VerifyError::Malformed)?;
    match key.ready().ok_or(VerifyError::Malformed)?.public_decrypt(signature, message, Padding::NONE) {
        Ok(length) if length == octets => Ok(message),
        _ => Err(VerifyError::Mismatch),
    }
}

/// RFC 8017 8.2.2: the whole encoded message is compared, so no padding is parsed.
fn verify_rsa(
    hash: DigestAlgorithm,
    key: &RsaKey,
    octets: usize,
    digest: &[u8],
    signature: &[u8],
) -> Result<Verified, VerifyError> {
    let mut buffer = [0u8; MAX_RSA_OCTETS];
    let message = open_rsa(key, octets, signature, &mut buffer)?;
    let prefix = hash.digest_info_prefix().ok_or(VerifyError::Unavailable)?;
    let matches = (|| {
        let info = prefix.len() + digest.len();
        let (head, tail) = message.split_at_checked(octets.checked_sub(info)?)?;
        let (found_prefix, found_digest) = tail.split_at_checked(prefix.len())?;
        let [0x00, 0x01, padding @ .., 0x00] = head else { return None };
        (padding.len() >= 8
            && padding.iter().all(|b| *b == 0xff)
            && found_prefix == prefix
            && found_digest == digest)
            .then_some(Verified::default())
    })();
    matches.ok_or(VerifyError::Mismatch)
}

/// RFC 8017 8.1.2.
fn verify_pss(
    parameters: &PssParameters,
    key: &RsaKey,
    octets: usize,
    digest: &[u8],
    signature: &[u8],
) -> Result<Verified, VerifyError> {
    if !available(parameters.mgf_digest) {
        return Err(VerifyError::Unavailable);
    }
    let mut buffer = [0u8; MAX_RSA_OCTETS];
    let message = open_rsa(key, octets, signature, &mut buffer)?;
    // emBits is one less than the bits of the modulus.
    let bits = usize::try_from(key.bits()).unwrap_or(0).saturating_sub(1);
    match parameters.check(bits, message, digest) {
        Some(()) => Ok(Verified::default()),
        None => Err(VerifyError::Mismatch),
    }
}

/// Whether `value` is the HMAC of `message` under `secret`, cut to `output_length` bits where the
/// document says so (HMACOutputLength, XMLDSig 1.1 6.3.1). Compared in constant time.
///
/// # Errors
/// [`VerifyError::OutputLength`] for a length out of bounds, `KeyTypeMismatch` for another algorithm than
/// HMAC, `Malformed` for a value of another length, `Mismatch`.
pub fn verify_hmac(
    algorithm: &SignatureAlgorithm,
    secret: &[u8],
    message: &[u8],
    value: &[u8],
    output_length: Option<u32>,
) -> Result<(), VerifyError> {
    let SignatureAlgorithm::Hmac(hash) = algorithm else { return Err(VerifyError::KeyTypeMismatch) };
    let full = hash.output_len();
    let length = match output_length {
        None => full,
        Some(bits) => {
            let length = usize::try_from(bits / 8).unwrap_or(usize::MAX);
            if bits % 8 != 0 || length > full || length < (full / 2).max(10) {
                return Err(VerifyError::OutputLength);
            }
            length
        }
    };
    if value.len() != length {
        return Err(VerifyError::Malformed);
    }
    let computed = hmac(*hash, secret, message).ok_or(VerifyError::Unavailable)?;
    let computed = computed.get(..length).ok_or(VerifyError::Malformed)?;
    // Equal lengths: `memcmp::eq` demands them.
    if computed.len() == value.len() && openssl::memcmp::eq(computed, value) {
        Ok(())
    } else {
        Err(VerifyError::Mismatch)
    }
}

/// HMAC (RFC 2104) with SHA-256; nothing where the engine has none.
pub fn hmac_sha256(secret: &[u8], message: &[u8]) -> Option<[u8; 32]> {
    hmac(DigestAlgorithm::Sha256, secret, message)?.get(..)?.try_into().ok()
}

/// RFC 2104 2.
pub(super) fn hmac(hash: DigestAlgorithm, secret: &[u8], message: &[u8]) -> Option<DigestOutput> {
    let block = match hash {
        DigestAlgorithm::Sha384 | DigestAlgorithm::Sha512 => 128,
        DigestAlgorithm::Sha3_224 => 144,
        DigestAlgorithm::Sha3_256 => 136,
        DigestAlgorithm::Sha3_384 => 104,
        DigestAlgorithm::Sha3_512 => 72,
        DigestAlgorithm::Gost34311 | DigestAlgorithm::GostR3411 => 32,
        _ => 64,
    };
    let mut short = DigestOutput::default();
    let secret = if secret.len() > block {
        short = digest(hash, secret);
        &*short
    } else {
        secret
    };
    let keyed = |pad: u8| {
        let mut state = Digest::new(hash);
        // The longest block there is; in place, so that no copy stays behind.
        let mut key = zeroize::Zeroizing::new([pad; 144]);
        key.iter_mut().zip(secret).for_each(|(octet, secret)| *octet ^= secret);
        state.update(key.get(..block).unwrap_or_default());
        state
    };
    let mut inner = keyed(0x36);
    inner.update(message);
    let mut outer = keyed(0x5c);
    outer.update(&inner.finish());
    let value = outer.finish();
    short.zeroize();
    (!value.is_empty()).then_some(value)
}
