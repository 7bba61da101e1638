//! CMS SignedData (RFC 5652 5) as far as timestamp tokens have it: the content, the certificates, and the
//! one signer. A signer's attributes are checked for what binds them to the content; which certificate may
//! have signed, the caller says. What is signed is the attributes as a SET OF, not as they are tagged.

use std::{ops::Range, sync::Arc};

use super::{Certificate, Error, SignatureError, certificate::range};
use crate::{
    asn1::{self, Reader, Tlv, ber, oid, tag, write},
    crypto::{self, AlgorithmError, DigestAlgorithm, EcdsaForm, SignatureAlgorithm, VerifyError, digest},
};

/// Certificates in one SignedData that are looked at.
const MAX_CERTIFICATES: usize = 32;

/// A SignedData with one signer, nothing checked yet.
#[derive(Clone, Debug)]
pub(super) struct SignedData {
    der: Vec<u8>,
    /// Dotted OID of eContentType.
    pub(super) content_type: String,
    content: Range<usize>,
    certificates: Vec<Range<usize>>,
    signer: Signer,
}

#[derive(Clone, Debug)]
struct Signer {
    id: SignerId,
    hash: Option<DigestAlgorithm>,
    /// Content octets of signedAttrs.
    attributes: Range<usize>,
    algorithm: Result<SignatureAlgorithm, AlgorithmError>,
    value: Range<usize>,
}

/// The fields of the SignedData in a ContentInfo from encapContentInfo on.
fn fields(der: &[u8]) -> Result<Reader<'_>, Error> {
    let mut info = Reader::single(der)?.expect(tag::SEQUENCE)?.reader();
    if info.take(tag::OID)?.oid()? != oid::SIGNED_DATA {
        return Err(Error::Malformed);
    }
    let mut outer = info.take(tag::context_constructed(0))?.reader();
    let mut fields = outer.take(tag::SEQUENCE)?.reader();
    outer.finish()?;
    info.finish()?;
    fields.take(tag::INTEGER)?;
    fields.take(tag::SET)?;
    Ok(fields)
}

/// The places of the certificates, if that field comes next.
fn certificates(der: &[u8], fields: &mut Reader<'_>) -> Result<Vec<Range<usize>>, Error> {
    let mut certificates = Vec::new();
    if let Some(set) = fields.optional(tag::context_constructed(0))? {
        let mut set = set.reader();
        while !set.is_empty() {
            let certificate = set.next()?;
            // Other choices are attribute certificates and the like.
            if certificate.tag == tag::SEQUENCE && certificates.len() < MAX_CERTIFICATES {
                certificates.push(range(der, certificate.raw));
            }
        }
    }
    Ok(certificates)
}

/// The certificates in a SignedData, where nothing is signed: the form in which authorities give out
/// several (RFC 5280 4.2.2.1). In BER or DER.
///
/// # Errors
/// When it is none.
pub fn certificates_in(bytes: &[u8]) -> Result<Vec<Certificate>, Error> {
    let der = ber::to_der(bytes).map_err(|_| Error::Malformed)?;
    let mut fields = fields(&der)?;
    fields.take(tag::SEQUENCE)?;
    let places = certificates(&der, &mut fields)?;
    places.into_iter().map(|place| Certificate::from_der(der.get(place).unwrap_or_default())).collect()
}

#[derive(Clone, Debug)]
enum SignerId {
    /// DER of the issuer's name, and the content octets of the serial number.
    IssuerAndSerial(Range<usize>, Range<usize>),
    KeyId(Range<usize>),
}

impl SignedData {
    /// From a ContentInfo in BER or DER. There is exactly one signer, with signed attributes, and the
    /// content is inside.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Error> {
        let der = ber::to_der(bytes).map_err(|_| Error::Malformed)?;
        let mut fields = fields(&der)?;
        let mut encapsulated = fields.take(tag::SEQUENCE)?.reader();
        let content_type = encapsulated.take(tag::OID)?.oid()?;
        let mut explicit = encapsulated.take(tag::context_constructed(0))?.reader();
        let content = range(&der, explicit.take(tag::OCTET_STRING)?.content);
        explicit.finish()?;
        encapsulated.finish()?;
        let certificates = certificates(&der, &mut fields)?;
        fields.optional(tag::context_constructed(1))?;
        let mut signers = fields.take(tag::SET)?.reader();
        fields.finish()?;
        let signer = Signer::read(&der, signers.take(tag::SEQUENCE)?)?;
        signers.finish()?;
        Ok(Self { content_type, content, certificates, signer, der })
    }

    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(super) fn content(&self) -> &[u8] {
        self.part(&self.content)
    }

    /// What it is signed with.
    pub(super) fn algorithm(&self) -> Option<&SignatureAlgorithm> {
        self.signer.algorithm.as_ref().ok()
    }

    /// Those that can be read.
    pub(super) fn certificates(&self) -> Vec<Arc<Certificate>> {
        let read = |range| Certificate::from_der(self.part(range)).ok().map(Arc::new);
        self.certificates.iter().filter_map(read).collect()
    }

    /// Whether the SignerIdentifier names this certificate.
    pub(super) fn names(&self, certificate: &Certificate) -> bool {
        match &self.signer.id {
            SignerId::IssuerAndSerial(issuer, serial) => {
                let issuer = super::Name::from_der(self.part(issuer));
                certificate.serial() == self.part(serial)
                    && issuer.is_ok_and(|issuer| certificate.issuer().matches(&issuer))
            }
            SignerId::KeyId(id) => certificate.subject_key_id() == Some(self.part(id)),
        }
    }

    /// Whether the certificate's key signed the attributes, these name the content by its type and digest,
    /// and one of them names this certificate (RFC 5652 5.4, 5.6, 11; RFC 2634 5.4, RFC 5035).
    ///
    /// # Errors
    /// Anything that does not hold is an invalid signature.
    pub(super) fn verify(&self, certificate: &Certificate) -> Result<(), SignatureError> {
        let malformed = || SignatureError::Invalid(VerifyError::Malformed);
        let algorithm = self.signer.algorithm.as_ref().map_err(|error| match error {
            AlgorithmError::Unsupported { oid } => SignatureError::Unsupported(oid.clone()),
            AlgorithmError::Malformed => malformed(),
        })?;
        let hash = self.signer.hash.ok_or_else(|| SignatureError::Unsupported("digestAlgorithm".into()))?;
        let attributes = Attributes(self.part(&self.signer.attributes));
        let content_type = attributes.one(oid::CONTENT_TYPE).map_err(|_| malformed())?;
        let message_digest = attributes.one(oid::MESSAGE_DIGEST).map_err(|_| malformed())?;
        if content_type.oid().ok().as_deref() != Some(self.content_type.as_str())
            || message_digest.tag != tag::OCTET_STRING
        {
            return Err(malformed());
        }
        if !digest(hash, self.content()).matches(message_digest.content) {
            return Err(SignatureError::Invalid(VerifyError::Mismatch));
        }
        if !attributes.name_certificate(certificate).map_err(|_| malformed())? {
            return Err(SignatureError::Invalid(VerifyError::Mismatch));
        }
        let key = certificate.public_key().map_err(|_| malformed())?;
        let signed = write::tlv(tag::SET, &[attributes.0]);
        crypto::verify(algorithm, EcdsaForm::Der, key, &signed, self.part(&self.signer.value))?;
        Ok(())
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }
}

impl Signer {
    fn read(der: &[u8], info: Tlv<'_>) -> Result<Self, Error> {
        let mut fields = info.reader();
        fields.take(tag::INTEGER)?;
        let id = fields.next()?;
        let id = match id.tag {
            tag::SEQUENCE => {
                let mut both = id.reader();
                let issuer = range(der, both.take(tag::SEQUENCE)?.raw);
                let serial = range(der, both.next()?.integer()?);
                both.finish()?;
                SignerId::IssuerAndSerial(issuer, serial)
            }
            KEY_ID => SignerId::KeyId(range(der, id.content)),
            _ => return Err(Error::Malformed),
        };
        let hash = fields.take(tag::SEQUENCE)?.reader().take(tag::OID)?.oid()?;
        let hash = DigestAlgorithm::from_oid(&hash);
        let attributes = range(der, fields.take(tag::context_constructed(0))?.content);
        let algorithm = signature_algorithm(fields.take(tag::SEQUENCE)?, hash);
        let value = range(der, fields.take(tag::OCTET_STRING)?.content);
        fields.optional(tag::context_constructed(1))?;
        fields.finish()?;
        // The attributes are hashed with the hash of the signature, which is that of the content too.
        let algorithm = algorithm.and_then(|algorithm| match algorithm.digest() {
            Some(own) if hash != Some(own) => Err(AlgorithmError::Malformed),
            // What EdDSA signs is no better than the digest in it (RFC 8419 3).
            None if hash != Some(DigestAlgorithm::Sha512) => Err(AlgorithmError::Malformed),
            _ => Ok(algorithm),
        });
        Ok(Self { id, hash, attributes, algorithm, value })
    }
}

/// CMS names an RSA signature by the key's identifier too, the hash being told apart (RFC 3370 3.2).
fn signature_algorithm(
    identifier: Tlv<'_>,
    hash: Option<DigestAlgorithm>,
) -> Result<SignatureAlgorithm, AlgorithmError> {
    let name = identifier.reader().take(tag::OID)?.oid()?;
    match (name == oid::RSA_ENCRYPTION, hash) {
        (true, Some(hash)) => Ok(SignatureAlgorithm::RsaPkcs1(hash)),
        (true, None) => Err(AlgorithmError::Malformed),
        _ => SignatureAlgorithm::from_der(identifier.raw),
    }
}

const KEY_ID: u8 = tag::context(0);

/// The content octets of a SET OF Attribute.
struct Attributes<'a>(&'a [u8]);

impl<'a> Attributes<'a> {
    /// The values of an attribute that may be absent; it is there at most once.
    fn values(&self, name: &str) -> Result<Option<Reader<'a>>, asn1::Error> {
        let mut found = None;
        let mut list = Reader::new(self.0);
        while !list.is_empty() {
            let attribute = list.take(tag::SEQUENCE)?;
            let mut fields = attribute.reader();
            let own = fields.take(tag::OID)?.oid()?;
            let values = fields.take(tag::SET)?.reader();
            fields.finish()?;
            if own == name && found.replace(values).is_some() {
                return Err(asn1::Error::Value { offset: attribute.offset });
            }
        }
        Ok(found)
    }

    /// The only value of an attribute that must be there.
    fn one(&self, name: &str) -> Result<Tlv<'a>, asn1::Error> {
        let mut values = self.values(name)?.ok_or(asn1::Error::Truncated { offset: 0 })?;
        let value = values.next()?;
        values.finish()?;
        Ok(value)
    }

    /// Whether the first certificate that SigningCertificate or SigningCertificateV2 names is this one; with
    /// both, both must.
    fn name_certificate(&self, certificate: &Certificate) -> Result<bool, asn1::Error> {
        let mut named = false;
        for (attribute, default) in [
            (oid::SIGNING_CERTIFICATE, DigestAlgorithm::Sha1),
            (oid::SIGNING_CERTIFICATE_V2, DigestAlgorithm::Sha256),
        ] {
            let Some(mut values) = self.values(attribute)? else { continue };
            let mut signing = values.take(tag::SEQUENCE)?.reader();
            values.finish()?;
            let mut id = signing.take(tag::SEQUENCE)?.reader().take(tag::SEQUENCE)?.reader();
            let hash = match id.optional(tag::SEQUENCE)? {
                Some(algorithm) => DigestAlgorithm::from_oid(&algorithm.reader().take(tag::OID)?.oid()?),
                None => Some(default),
            };
            let value = id.take(tag::OCTET_STRING)?.content;
            if !hash.is_some_and(|hash| digest(hash, certificate.der()).matches(value)) {
                return Ok(false);
            }
            named = true;
        }
        Ok(named)
    }
}
