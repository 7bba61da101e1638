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

use super::{
    Curve, DigestAlgorithm, EcdsaForm, KeyKind, PssParameters, PublicKey, SignatureAlgorithm, digest,
    digest::library, public::group, verify, verify_digest,
};

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

/// A private key. OpenSSL wipes its memory when it is dropped.
pub struct PrivateKey {
    pub(super) pkey: PKey<Private>,
    material: Material,
    public: PublicKey,
}

enum Material {
    Rsa(Rsa<Private>),
    Ec(EcKey<Private>, Curve),
    /// The algorithm is the key's only one.
    Ed(SignatureAlgorithm),
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

    /// From an unencrypted PEM block (PKCS#8, PKCS#1 or SEC 1).
    pub fn from_pem(pem: &[u8]) -> Result<Self, PrivateKeyError> {
        // The callback keeps the library from asking on the terminal.
        let pkey =
            PKey::private_key_from_pem_callback(pem, |_| Ok(0)).map_err(|_| PrivateKeyError::Unreadable)?;
        Self::from_pkey(pkey)
    }

    pub(super) fn from_pkey(pkey: PKey<Private>) -> Result<Self, PrivateKeyError> {
        let spki = pkey.public_key_to_der().map_err(|_| PrivateKeyError::Unsupported)?;
        let public = PublicKey::from_spki(&spki).map_err(|_| PrivateKeyError::Unsupported)?;
        let material = match (pkey.id(), public.kind()) {
            (Id::RSA, _) => Material::Rsa(pkey.rsa().map_err(|_| PrivateKeyError::Unsupported)?),
            (Id::EC, KeyKind::Ec { curve }) => {
                Material::Ec(pkey.ec_key().map_err(|_| PrivateKeyError::Unsupported)?, curve)
            }
            (Id::ED25519, _) => Material::Ed(SignatureAlgorithm::Ed25519),
            (Id::ED448, _) => Material::Ed(SignatureAlgorithm::Ed448),
            _ => return Err(PrivateKeyError::Unsupported),
        };
        Ok(Self { pkey, material, public })
    }

    /// PKCS#8 in PEM, not encrypted (RFC 5958). The caller wipes it.
    pub fn to_pkcs8_pem(&self) -> Result<zeroize::Zeroizing<Vec<u8>>, PrivateKeyError> {
        self.pkey
            .private_key_to_pem_pkcs8()
            .map(zeroize::Zeroizing::new)
            .map_err(|_| PrivateKeyError::Library)
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    /// The algorithm this key signs with by default when the hash is `digest`; EdDSA has its own hash.
    pub fn signature_algorithm(&self, digest: DigestAlgorithm) -> SignatureAlgorithm {
        match self.material {
            Material::Rsa(_) => SignatureAlgorithm::RsaPkcs1(digest),
            Material::Ec(..) => SignatureAlgorithm::Ecdsa(digest),
            Material::Ed(algorithm) => algorithm,
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
        if let Material::Ed(own) = &self.material {
            if own != algorithm {
                return Err(SignError::KeyTypeMismatch);
            }
            let signature = Signer::new_without_digest(&self.pkey)
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
            (SignatureAlgorithm::RsaPkcs1(_), Material::Rsa(key)) => {
                let info = [hash.digest_info_prefix(), digest].concat();
                let size = usize::try_from(key.size()).map_err(|_| SignError::Library)?;
                let mut out = vec![0u8; size];
                let length =
                    key.private_encrypt(&info, &mut out, Padding::PKCS1).map_err(|_| SignError::Library)?;
                out.truncate(length);
                Ok(out)
            }
            (SignatureAlgorithm::RsaPss(parameters), Material::Rsa(_)) => {
                self.sign_pss(parameters, digest).ok_or(SignError::Library)
            }
            (SignatureAlgorithm::Ecdsa(_), Material::Ec(key, curve)) => {
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

    fn sign_pss(&self, parameters: &PssParameters, digest: &[u8]) -> Option<Vec<u8>> {
        let (hash, mask) = (library(parameters.digest)?, library(parameters.mgf_digest)?);
        let salt = i32::try_from(parameters.salt_length).ok()?;
        (|| {
            let mut context = PkeyCtx::new(&self.pkey)?;
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
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({:?})", self.public.kind())
    }
}
