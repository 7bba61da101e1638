//! Public keys and verification. A key is checked when it is parsed (point on its curve, odd RSA
//! exponent, sane sizes), so that verification has only the signature left to doubt.

use std::{fmt, sync::Arc};

use openssl::{
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcKey, EcPoint},
    ecdsa::EcdsaSig,
    nid::Nid,
    pkey::Public,
    rsa::{Padding, Rsa},
};

use super::{Curve, DigestAlgorithm, EcdsaForm, KeyKind, SignatureAlgorithm};
use crate::asn1::{self, Reader, oid, tag};

/// Largest RSA modulus accepted: 8192 bits.
const MAX_RSA_OCTETS: usize = 1024;

/// Why a SubjectPublicKeyInfo gives no key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// An algorithm or curve this build does not have; its dotted OID.
    #[error("unsupported key algorithm {algorithm}")]
    Unsupported {
        /// Dotted OID of the algorithm or of the curve.
        algorithm: String,
    },
    /// Not a key: bad DER, a point off the curve, an even or huge RSA exponent.
    #[error("malformed key")]
    Malformed,
}

impl From<asn1::Error> for KeyError {
    fn from(_: asn1::Error) -> Self {
        Self::Malformed
    }
}

/// Why a signature does not verify.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum VerifyError {
    /// Well formed, but not made by this key over this digest.
    #[error("signature does not match")]
    Mismatch,
    /// The algorithm is for another kind of key.
    #[error("signature algorithm does not fit the key")]
    KeyTypeMismatch,
    /// The value cannot be a signature of this algorithm and key.
    #[error("malformed signature")]
    Malformed,
}

/// A public key, parsed and checked once.
#[derive(Clone)]
pub struct PublicKey(Arc<Inner>);

struct Inner {
    spki: Vec<u8>,
    kind: KeyKind,
    material: Material,
}

enum Material {
    Rsa { key: Rsa<Public>, octets: usize },
    Ec { key: EcKey<Public>, curve: Curve },
}

impl PublicKey {
    /// From the DER of a SubjectPublicKeyInfo (RFC 5280 4.1.2.7, RFC 3279 2.3, RFC 5480 2).
    pub fn from_spki(spki: &[u8]) -> Result<Self, KeyError> {
        let mut outer = Reader::single(spki)?.expect(tag::SEQUENCE)?.reader();
        let mut algorithm = outer.take(tag::SEQUENCE)?.reader();
        let bits = outer.take(tag::BIT_STRING)?;
        outer.finish()?;
        let name = algorithm.take(tag::OID)?.oid()?;
        let (kind, material) = match name.as_str() {
            oid::RSA_ENCRYPTION => rsa(bits.bit_string()?)?,
            oid::EC_PUBLIC_KEY => {
                // Explicit parameters (a SEQUENCE) are forbidden by RFC 5480 2.1.1.
                let parameters = algorithm.next()?;
                if parameters.tag != tag::OID {
                    return Err(KeyError::Unsupported { algorithm: name });
                }
                let curve_name = parameters.oid()?;
                let Some(curve) = Curve::from_oid(&curve_name) else {
                    return Err(KeyError::Unsupported { algorithm: curve_name });
                };
                ec(curve, bits.bit_string()?)?
            }
            _ => return Err(KeyError::Unsupported { algorithm: name }),
        };
        Ok(Self(Arc::new(Inner { spki: spki.to_vec(), kind, material })))
    }

    /// Kind and size.
    pub fn kind(&self) -> KeyKind {
        self.0.kind
    }

    /// Bits of the modulus or of the group's order.
    pub fn bits(&self) -> u32 {
        match self.0.kind {
            KeyKind::Rsa { bits } => bits,
            KeyKind::Ec { curve } => curve.bits(),
        }
    }

    /// DER of the SubjectPublicKeyInfo.
    pub fn spki(&self) -> &[u8] {
        &self.0.spki
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.spki == other.0.spki
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?})", self.0.kind)
    }
}

fn rsa(pkcs1: &[u8]) -> Result<(KeyKind, Material), KeyError> {
    let mut fields = Reader::single(pkcs1)?.expect(tag::SEQUENCE)?.reader();
    let n = big(fields.next()?.unsigned()?)?;
    let e = big(fields.next()?.unsigned()?)?;
    fields.finish()?;
    let octets = usize::try_from(n.num_bytes()).unwrap_or(usize::MAX);
    // RFC 8017 3.1: e odd and at least 3. Long exponents only cost time.
    let sane = n.is_bit_set(0)
        && n.num_bits() >= 512
        && octets <= MAX_RSA_OCTETS
        && e.is_bit_set(0)
        && (2..=64).contains(&e.num_bits());
    if !sane {
        return Err(KeyError::Malformed);
    }
    let bits = u32::try_from(n.num_bits()).unwrap_or(0);
    let key = Rsa::from_public_components(n, e).map_err(|_| KeyError::Malformed)?;
    Ok((KeyKind::Rsa { bits }, Material::Rsa { key, octets }))
}

fn ec(curve: Curve, point: &[u8]) -> Result<(KeyKind, Material), KeyError> {
    // SEC 1 2.3.4; the point at infinity (a single zero) is no key.
    match point.first() {
        Some(4) if point.len() == 1 + 2 * curve.octets() => {}
        Some(2 | 3) if point.len() == 1 + curve.octets() => {}
        _ => return Err(KeyError::Malformed),
    }
    let key = (|| {
        let group = group(curve)?;
        let mut context = BigNumContext::new()?;
        let point = EcPoint::from_bytes(&group, point, &mut context)?;
        EcKey::from_public_key(&group, &point)
    })()
    .map_err(|_| KeyError::Malformed)?;
    Ok((KeyKind::Ec { curve }, Material::Ec { key, curve }))
}

pub(super) fn group(curve: Curve) -> Result<EcGroup, openssl::error::ErrorStack> {
    EcGroup::from_curve_name(match curve {
        Curve::P256 => Nid::X9_62_PRIME256V1,
        Curve::P384 => Nid::SECP384R1,
        Curve::P521 => Nid::SECP521R1,
    })
}

fn big(magnitude: &[u8]) -> Result<BigNum, KeyError> {
    if magnitude.len() > MAX_RSA_OCTETS {
        return Err(KeyError::Malformed);
    }
    BigNum::from_slice(magnitude).map_err(|_| KeyError::Malformed)
}

/// Whether `key` made `signature` over `digest`, the hash of the message by `algorithm.digest()`.
pub fn verify(
    algorithm: SignatureAlgorithm,
    form: EcdsaForm,
    key: &PublicKey,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    if digest.len() != algorithm.digest().output_len() {
        return Err(VerifyError::Malformed);
    }
    match (algorithm, &key.0.material) {
        (SignatureAlgorithm::RsaPkcs1(hash), Material::Rsa { key, octets }) => {
            verify_rsa(hash, key, *octets, digest, signature)
        }
        (SignatureAlgorithm::Ecdsa(_), Material::Ec { key, curve }) => {
            let (r, s) = match form {
                EcdsaForm::Concatenated if signature.len() == 2 * curve.octets() => {
                    signature.split_at_checked(curve.octets()).ok_or(VerifyError::Malformed)?
                }
                EcdsaForm::Concatenated => return Err(VerifyError::Malformed),
                EcdsaForm::Der => split_der(signature).map_err(|_| VerifyError::Malformed)?,
            };
            if r.len() > curve.octets() || s.len() > curve.octets() {
                return Err(VerifyError::Malformed);
            }
            let value = BigNum::from_slice(r)
                .and_then(|r| EcdsaSig::from_private_components(r, BigNum::from_slice(s)?))
                .map_err(|_| VerifyError::Malformed)?;
            match value.verify(digest, key) {
                Ok(true) => Ok(()),
                _ => Err(VerifyError::Mismatch),
            }
        }
        _ => Err(VerifyError::KeyTypeMismatch),
    }
}

/// RFC 8017 8.2.2: the whole encoded message is compared, so no padding is parsed.
fn verify_rsa(
    hash: DigestAlgorithm,
    key: &Rsa<Public>,
    octets: usize,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    if signature.len() != octets {
        return Err(VerifyError::Malformed);
    }
    let mut buffer = [0u8; MAX_RSA_OCTETS];
    let message = buffer.get_mut(..octets).ok_or(VerifyError::Malformed)?;
    match key.public_decrypt(signature, message, Padding::NONE) {
        Ok(length) if length == octets => {}
        _ => return Err(VerifyError::Mismatch),
    }
    let prefix = hash.digest_info_prefix();
    let matches = (|| {
        let info = prefix.len() + digest.len();
        let (head, tail) = message.split_at_checked(octets.checked_sub(info)?)?;
        let (found_prefix, found_digest) = tail.split_at_checked(prefix.len())?;
        let [0x00, 0x01, padding @ .., 0x00] = head else { return None };
        (padding.len() >= 8
            && padding.iter().all(|b| *b == 0xff)
            && found_prefix == prefix
            && found_digest == digest)
            .then_some(())
    })();
    matches.ok_or(VerifyError::Mismatch)
}

fn split_der(signature: &[u8]) -> Result<(&[u8], &[u8]), asn1::Error> {
    let mut fields = Reader::single(signature)?.expect(tag::SEQUENCE)?.reader();
    let r = fields.next()?.unsigned()?;
    let s = fields.next()?.unsigned()?;
    fields.finish()?;
    Ok((r, s))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{PrivateKey, digest};

    fn keys() -> Vec<PrivateKey> {
        vec![
            PrivateKey::generate_rsa(2048).expect("key"),
            PrivateKey::generate_ec(Curve::P256).expect("key"),
            PrivateKey::generate_ec(Curve::P384).expect("key"),
            PrivateKey::generate_ec(Curve::P521).expect("key"),
        ]
    }

    #[test]
    fn what_is_signed_verifies_and_nothing_else() {
        let keys = keys();
        let others = self::keys();
        for (key, other) in keys.iter().zip(&others) {
            for hash in [
                DigestAlgorithm::Sha1,
                DigestAlgorithm::Sha256,
                DigestAlgorithm::Sha384,
                DigestAlgorithm::Sha512,
            ] {
                let algorithm = key.signature_algorithm(hash);
                let value = digest(hash, b"message");
                let wrong = digest(hash, b"massage");
                for form in [EcdsaForm::Der, EcdsaForm::Concatenated] {
                    let signature = key.sign(algorithm, form, &value).expect("signature");
                    let check = |key: &PrivateKey, digest: &[u8], signature: &[u8]| {
                        verify(algorithm, form, &key.public_key(), digest, signature)
                    };
                    assert_eq!(check(key, &value, &signature), Ok(()));
                    assert_eq!(check(key, &wrong, &signature), Err(VerifyError::Mismatch));
                    assert_eq!(check(other, &value, &signature), Err(VerifyError::Mismatch));
                    let short = signature.get(..signature.len() - 1).expect("shorter");
                    assert_eq!(check(key, &value, short), Err(VerifyError::Malformed));
                    assert_eq!(check(key, &value, &[]), Err(VerifyError::Malformed));
                    let long = [&signature[..], &[0]].concat();
                    assert_eq!(check(key, &value, &long), Err(VerifyError::Malformed));
                    let mut altered = signature.clone();
                    if let Some(last) = altered.last_mut() {
                        *last ^= 1;
                    }
                    assert_eq!(check(key, &value, &altered), Err(VerifyError::Mismatch));
                    let short = value.get(1..).expect("shorter");
                    assert_eq!(check(key, short, &signature), Err(VerifyError::Malformed));
                }
            }
        }
    }

    #[test]
    fn the_two_forms_are_not_confused() {
        let key = PrivateKey::generate_ec(Curve::P256).expect("key");
        let algorithm = key.signature_algorithm(DigestAlgorithm::Sha256);
        let value = digest(DigestAlgorithm::Sha256, b"message");
        let of = |form| key.sign(algorithm, form, &value).expect("signature");
        let check = |form, signature: &[u8]| verify(algorithm, form, &key.public_key(), &value, signature);
        assert_eq!(check(EcdsaForm::Concatenated, &of(EcdsaForm::Der)), Err(VerifyError::Malformed));
        assert_eq!(check(EcdsaForm::Der, &of(EcdsaForm::Concatenated)), Err(VerifyError::Malformed));
        // r = s = 0 is no signature.
        assert_eq!(check(EcdsaForm::Concatenated, &[0; 64]), Err(VerifyError::Mismatch));
    }

    #[test]
    fn key_and_algorithm_must_fit() {
        let rsa = PrivateKey::generate_rsa(1024).expect("key");
        let value = digest(DigestAlgorithm::Sha256, b"message");
        let ecdsa = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
        let refused = verify(ecdsa, EcdsaForm::Der, &rsa.public_key(), &value, &[0; 128]);
        assert_eq!(refused, Err(VerifyError::KeyTypeMismatch));
        assert!(rsa.sign(ecdsa, EcdsaForm::Der, &value).is_err());
    }

    #[test]
    fn bad_keys_are_named() {
        let key = PrivateKey::generate_ec(Curve::P256).expect("key").public_key();
        let mut off_curve = key.spki().to_vec();
        if let Some(last) = off_curve.last_mut() {
            *last ^= 1;
        }
        assert_eq!(PublicKey::from_spki(&off_curve), Err(KeyError::Malformed));
        let trailing = [key.spki(), &[0]].concat();
        assert_eq!(PublicKey::from_spki(&trailing), Err(KeyError::Malformed));
        assert_eq!(PublicKey::from_spki(&[]), Err(KeyError::Malformed));
        let again = PublicKey::from_spki(key.spki()).expect("key");
        assert_eq!((again.kind(), again.bits()), (KeyKind::Ec { curve: Curve::P256 }, 256));
    }

    #[test]
    fn identifiers_round_trip() {
        for hash in
            [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512]
        {
            for algorithm in [SignatureAlgorithm::RsaPkcs1(hash), SignatureAlgorithm::Ecdsa(hash)] {
                assert_eq!(SignatureAlgorithm::from_uri(algorithm.uri()), Some(algorithm));
                assert_eq!(SignatureAlgorithm::from_oid(algorithm.oid()), Some(algorithm));
            }
        }
    }
}
