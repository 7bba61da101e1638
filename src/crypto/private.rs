//! Private keys and signing, for receipts, notices and the development authority.

use std::fmt;

use openssl::{
    ec::EcKey,
    ecdsa::EcdsaSig,
    error::ErrorStack,
    pkey::{Id, PKey, Private},
    pkey_ctx::PkeyCtx,
    rsa::{Padding, Rsa},
    sign::{RsaPssSaltlen, Signer},
};

use zeroize::Zeroizing;

use super::{
    AlgorithmError, Curve, DigestAlgorithm, EcdsaForm, KeyKind, ParameterSet, PssParameters, PublicKey,
    SignatureAlgorithm, digest, digest::library, gost::SigningKey, public, public::group, verify,
    verify_digest,
};
use crate::asn1::{Reader, pem, tag, write};

/// Why there is no private key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PrivateKeyError {
    /// Not a key in PEM, or encrypted and the password is wrong or missing.
    #[error("not a readable private key")]
    Unreadable,
    /// An algorithm this build does not have.
    #[error("unsupported private key algorithm")]
    Unsupported,
    /// Generation or encoding failed inside the library.
    #[error("the cryptographic library failed")]
    Library,
}

/// Why nothing was signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SignError {
    /// The algorithm is for another kind of key.
    #[error("signature algorithm does not fit the key")]
    KeyTypeMismatch,
    /// The digest is not of the algorithm's length.
    #[error("digest has the wrong length")]
    DigestLength,
    /// What was computed does not verify: a fault of the machine. It is not given away.
    #[error("the signature made did not verify")]
    Fault,
    /// The library refused.
    #[error("the cryptographic library failed")]
    Library,
}

/// A private key. Its memory is wiped when it is dropped, by OpenSSL or by us.
pub struct PrivateKey {
    material: Material,
    public: PublicKey,
}

enum Material {
    Rsa(PKey<Private>, Rsa<Private>),
    Ec(PKey<Private>, EcKey<Private>, Curve),
    /// The algorithm is the key's only one.
    Ed(PKey<Private>, SignatureAlgorithm),
    Gost(SigningKey),
}

impl PrivateKey {
    /// A new RSA key with the exponent 65537.
    pub fn generate_rsa(bits: u32) -> Result<Self, PrivateKeyError> {
        let pkey = Rsa::generate(bits).and_then(PKey::from_rsa).map_err(|_| PrivateKeyError::Library)?;
        Self::from_pkey(pkey)
    }

    /// A new key on `curve`.
    pub fn generate_ec(curve: Curve) -> Result<Self, PrivateKeyError> {
        let pkey = group(curve)
            .and_then(|g| EcKey::generate(&g))
            .and_then(PKey::from_ec_key)
            .map_err(|_| PrivateKeyError::Library)?;
        Self::from_pkey(pkey)
    }

    /// A new Ed25519 key.
    pub fn generate_ed25519() -> Result<Self, PrivateKeyError> {
        Self::from_pkey(PKey::generate_ed25519().map_err(|_| PrivateKeyError::Library)?)
    }

    /// A new key of the national algorithms.
    pub fn generate_gost(set: ParameterSet) -> Result<Self, PrivateKeyError> {
        Self::from_gost(SigningKey::generate(set).ok_or(PrivateKeyError::Library)?)
    }

    fn from_gost(key: SigningKey) -> Result<Self, PrivateKeyError> {
        let public = public::gost(key.verifying_key().ok_or(PrivateKeyError::Library)?);
        Ok(Self { material: Material::Gost(key), public })
    }

    /// From an unencrypted PEM block (PKCS#8, PKCS#1 or SEC 1).
    pub fn from_pem(pem: &[u8]) -> Result<Self, PrivateKeyError> {
        let text = std::str::from_utf8(pem).map_err(|_| PrivateKeyError::Unreadable)?;
        if let Some(der) = pem::blocks(text, "PRIVATE KEY").into_iter().next().map(Zeroizing::new) {
            return Self::from_pkcs8_der(&der);
        }
        // The callback keeps the library from asking on the terminal.
        let pkey =
            PKey::private_key_from_pem_callback(pem, |_| Ok(0)).map_err(|_| PrivateKeyError::Unreadable)?;
        Self::from_pkey(pkey)
    }

    /// From the DER of a PrivateKeyInfo (PKCS #8, RFC 5958), not encrypted. A key of the national
    /// algorithms is either an OCTET STRING, the number with its least significant octet first, or an
    /// INTEGER; the authority writes the former for GOST 34.10-2015 and the latter for GOST 34.310-2004.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, PrivateKeyError> {
        match gost_from_pkcs8(der)? {
            Some(key) => Self::from_gost(key),
            None => {
                Self::from_pkey(PKey::private_key_from_pkcs8(der).map_err(|_| PrivateKeyError::Unreadable)?)
            }
        }
    }

    pub(super) fn from_pkey(pkey: PKey<Private>) -> Result<Self, PrivateKeyError> {
        let spki = pkey.public_key_to_der().map_err(|_| PrivateKeyError::Unsupported)?;
        let public = PublicKey::from_spki(&spki).map_err(|_| PrivateKeyError::Unsupported)?;
        let material = match (pkey.id(), public.kind()) {
            (Id::RSA, _) => {
                let key = pkey.rsa().map_err(|_| PrivateKeyError::Unsupported)?;
                Material::Rsa(pkey, key)
            }
            (Id::EC, KeyKind::Ec { curve }) => {
                let key = pkey.ec_key().map_err(|_| PrivateKeyError::Unsupported)?;
                Material::Ec(pkey, key, curve)
            }
            (Id::ED25519, _) => Material::Ed(pkey, SignatureAlgorithm::Ed25519),
            (Id::ED448, _) => Material::Ed(pkey, SignatureAlgorithm::Ed448),
            _ => return Err(PrivateKeyError::Unsupported),
        };
        Ok(Self { material, public })
    }

    /// DER of the PrivateKeyInfo (PKCS #8, RFC 5958), as [`PrivateKey::from_pkcs8_der`] reads it.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, PrivateKeyError> {
        match &self.material {
            Material::Rsa(pkey, _) | Material::Ec(pkey, ..) | Material::Ed(pkey, _) => {
                pkey.private_key_to_pkcs8().map(Zeroizing::new).map_err(|_| PrivateKeyError::Library)
            }
            Material::Gost(key) => Ok(gost_to_pkcs8(key)),
        }
    }

    /// The same in PEM.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<Vec<u8>>, PrivateKeyError> {
        let der = self.to_pkcs8_der()?;
        Ok(Zeroizing::new(pem::encode("PRIVATE KEY", &der).into_bytes()))
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    /// The hash that goes with this key: of the national algorithms their own, else SHA-256.
    pub fn digest_algorithm(&self) -> DigestAlgorithm {
        match &self.material {
            Material::Gost(key) => key.set().digest(),
            _ => DigestAlgorithm::Sha256,
        }
    }

    /// The algorithm this key signs with by default when the hash is `digest`; EdDSA and the national
    /// algorithms have their own hash.
    pub fn signature_algorithm(&self, digest: DigestAlgorithm) -> SignatureAlgorithm {
        match self.material {
            Material::Rsa(..) => SignatureAlgorithm::RsaPkcs1(digest),
            Material::Ec(..) => SignatureAlgorithm::Ecdsa(digest),
            Material::Ed(_, algorithm) => algorithm,
            Material::Gost(ref key) => SignatureAlgorithm::Gost(key.set()),
        }
    }

    /// Signs `message`.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign(
        &self,
        algorithm: &SignatureAlgorithm,
        form: EcdsaForm,
        message: &[u8],
    ) -> Result<Vec<u8>, SignError> {
        if let Material::Ed(pkey, own) = &self.material {
            if own != algorithm {
                return Err(SignError::KeyTypeMismatch);
            }
            let signature = Signer::new_without_digest(pkey)
                .and_then(|mut signer| signer.sign_oneshot_to_vec(message))
                .map_err(|_| SignError::Library)?;
            verify(algorithm, form, &self.public, message, &signature).map_err(|_| SignError::Fault)?;
            return Ok(signature);
        }
        let hash = algorithm.digest().ok_or(SignError::KeyTypeMismatch)?;
        self.sign_digest(algorithm, form, &digest(hash, message))
    }

    /// Signs `digest`, the hash of the message by `algorithm.digest()`. Not for EdDSA.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign_digest(
        &self,
        algorithm: &SignatureAlgorithm,
        form: EcdsaForm,
        digest: &[u8],
    ) -> Result<Vec<u8>, SignError> {
        let hash = algorithm.digest().ok_or(SignError::KeyTypeMismatch)?;
        if digest.len() != hash.output_len() {
            return Err(SignError::DigestLength);
        }
        match (algorithm, &self.material) {
            // OpenSSL checks what it computed by the Chinese remainder theorem against the public
            // exponent before it gives it away, so that a fault does not disclose the primes.
            (SignatureAlgorithm::RsaPkcs1(_), Material::Rsa(_, key)) => {
                let prefix = hash.digest_info_prefix().ok_or(SignError::KeyTypeMismatch)?;
                let info = [prefix, digest].concat();
                let size = usize::try_from(key.size()).map_err(|_| SignError::Library)?;
                let mut out = vec![0u8; size];
                let length =
                    key.private_encrypt(&info, &mut out, Padding::PKCS1).map_err(|_| SignError::Library)?;
                out.truncate(length);
                Ok(out)
            }
            (SignatureAlgorithm::RsaPss(parameters), Material::Rsa(pkey, _)) => {
                sign_pss(pkey, parameters, digest).ok_or(SignError::Library)
            }
            // It checks its own work as far as that costs little, see `gost`; a value made with a fault of
            // another kind does not verify, and tells nothing of the key as its nonce is fresh.
            (SignatureAlgorithm::Gost(set), Material::Gost(key)) if key.set() == *set => {
                key.sign(digest).ok_or(SignError::Library)
            }
            (SignatureAlgorithm::Ecdsa(_), Material::Ec(_, key, curve)) => {
                let width = i32::try_from(curve.octets()).map_err(|_| SignError::Library)?;
                let signature = EcdsaSig::sign(digest, key)
                    .and_then(|value| match form {
                        EcdsaForm::Der => value.to_der(),
                        EcdsaForm::Concatenated => {
                            let mut out = value.r().to_vec_padded(width)?;
                            out.extend(value.s().to_vec_padded(width)?);
                            Ok(out)
                        }
                    })
                    .map_err(|_| SignError::Library)?;
                // A value made by a faulty computation can disclose the key; it does not leave.
                verify_digest(algorithm, form, &self.public, digest, &signature)
                    .map_err(|_| SignError::Fault)?;
                Ok(signature)
            }
            _ => Err(SignError::KeyTypeMismatch),
        }
    }
}

fn sign_pss(pkey: &PKey<Private>, parameters: &PssParameters, digest: &[u8]) -> Option<Vec<u8>> {
    let (hash, mask) = (library(parameters.digest)?, library(parameters.mgf_digest)?);
    let salt = i32::try_from(parameters.salt_length).ok()?;
    (|| {
        let mut context = PkeyCtx::new(pkey)?;
        context.sign_init()?;
        context.set_rsa_padding(Padding::PKCS1_PSS)?;
        context.set_signature_md(hash)?;
        context.set_rsa_mgf1_md(mask)?;
        context.set_rsa_pss_saltlen(RsaPssSaltlen::custom(salt))?;
        let mut out = Vec::new();
        context.sign_to_vec(digest, &mut out)?;
        Ok::<_, ErrorStack>(out)
    })()
    .ok()
}

/// The national key in a PrivateKeyInfo; `None` when it is for another algorithm.
fn gost_from_pkcs8(der: &[u8]) -> Result<Option<SigningKey>, PrivateKeyError> {
    let read = || -> Result<Option<SigningKey>, AlgorithmError> {
        let mut fields = Reader::single(der)?.expect(tag::SEQUENCE)?.reader();
        let version = fields.take(tag::INTEGER)?;
        let mut algorithm = fields.take(tag::SEQUENCE)?.reader();
        let Some(set) = ParameterSet::of_key(&algorithm.take(tag::OID)?.oid()?) else { return Ok(None) };
        set.check_parameters(algorithm.next()?)?;
        algorithm.finish()?;
        let value = Reader::single(fields.take(tag::OCTET_STRING)?.content)?;
        // Attributes may follow, and in the second version the public key (RFC 5958 2).
        fields.optional(tag::context_constructed(0))?;
        let public = fields.optional(tag::context(1))?;
        fields.finish()?;
        if version.content != [u8::from(public.is_some())] {
            return Err(AlgorithmError::Malformed);
        }
        let number = match value.tag {
            tag::OCTET_STRING => Zeroizing::new(value.content.to_vec()),
            _ => {
                let magnitude = value.unsigned()?;
                // Of the final length at once: a vector that grows leaves a copy behind.
                let mut number = Zeroizing::new(vec![0; set.octets().max(magnitude.len())]);
                number.iter_mut().zip(magnitude.iter().rev()).for_each(|(to, from)| *to = *from);
                number
            }
        };
        let key = SigningKey::from_octets(set, &number).ok_or(AlgorithmError::Malformed)?;
        if let Some(public) = public {
            let own = key.verifying_key().ok_or(AlgorithmError::Malformed)?;
            // BIT STRING: a count of unused bits, and what stands in a SubjectPublicKeyInfo.
            if public.content != [&[0][..], &write::octet_string(&own.to_octets())].concat() {
                return Err(AlgorithmError::Malformed);
            }
        }
        Ok(Some(key))
    };
    read().map_err(|error| match error {
        AlgorithmError::Unsupported { .. } => PrivateKeyError::Unsupported,
        AlgorithmError::Malformed => PrivateKeyError::Unreadable,
    })
}

/// The PrivateKeyInfo as the national authority writes it.
fn gost_to_pkcs8(key: &SigningKey) -> Zeroizing<Vec<u8>> {
    let mut octets = key.to_octets();
    let number = Zeroizing::new(match key.set() {
        ParameterSet::Gost2004 => {
            octets.reverse();
            write::unsigned(&octets)
        }
        _ => write::octet_string(&octets),
    });
    let value = Zeroizing::new(write::octet_string(&number));
    let algorithm = write::sequence(&key.set().key_identifier());
    Zeroizing::new(write::sequence(&[&write::integer(0), &algorithm, &*value]))
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({:?})", self.public.kind())
    }
}
