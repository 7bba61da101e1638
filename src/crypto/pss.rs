//! RSASSA-PSS: its parameters in X.509 and XML, and the encoding that a signature opens to. Nothing is
//! found out from the signature; what the parameters do not say does not hold.

use super::{
    AlgorithmError, Digest, DigestAlgorithm,
    DigestAlgorithm::{Sha1, Sha256},
    algorithm::null_or_absent,
};
use crate::asn1::{self, Reader, oid, tag, write};

/// Parameters of RSASSA-PSS (RFC 8017 A.2.3). The mask generation function is MGF1 and the trailer
/// field 1: there are no others.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, serde::Serialize, serde::Deserialize)]
pub struct PssParameters {
    /// Hash of the message.
    pub digest: DigestAlgorithm,
    /// Hash in MGF1.
    pub mgf_digest: DigestAlgorithm,
    /// Octets of the salt.
    pub salt_length: u32,
}

impl PssParameters {
    /// One hash in both places and a salt as long as its value: what the `…-rsa-MGF1` names mean
    /// (RFC 9231 2.3.10).
    pub fn of(digest: DigestAlgorithm) -> Self {
        Self {
            digest,
            mgf_digest: digest,
            salt_length: u32::try_from(digest.output_len()).unwrap_or_default(),
        }
    }

    /// From the children of RSAPSSParams, `None` for one that is absent. The defaults are those of RFC 9231
    /// 2.3.9: SHA-256, MGF1 with the same hash, a salt as long as the hash value, trailer field 1; not
    /// those of RFC 8017 A.2.3, where SHA-1 and 20 octets are meant. `None` for another trailer field, and for
    /// a hash that no RSA signature is made with.
    pub fn from_xml(
        digest: Option<DigestAlgorithm>,
        mgf_digest: Option<DigestAlgorithm>,
        salt_length: Option<u32>,
        trailer_field: Option<u32>,
    ) -> Option<Self> {
        let base = Self::of(digest.unwrap_or(Sha256));
        let hashes = [digest, mgf_digest];
        let fit = hashes.into_iter().flatten().all(DigestAlgorithm::is_for_rsa);
        (fit && trailer_field.unwrap_or(1) == 1).then_some(Self {
            mgf_digest: mgf_digest.unwrap_or(base.mgf_digest),
            salt_length: salt_length.unwrap_or(base.salt_length),
            ..base
        })
    }

    /// From the content of RSASSA-PSS-params (RFC 4055 3.1); what is absent means SHA-1 and 20 octets.
    pub(super) fn from_der(parameters: asn1::Tlv<'_>) -> Result<Self, AlgorithmError> {
        let mut fields = parameters.expect(tag::SEQUENCE)?.reader();
        let mut found = Self::of(Sha1);
        if let Some(explicit) = fields.optional(tag::context_constructed(0))? {
            found.digest = digest_identifier(Reader::single(explicit.content)?)?;
        }
        if let Some(explicit) = fields.optional(tag::context_constructed(1))? {
            let mut mask = Reader::single(explicit.content)?.expect(tag::SEQUENCE)?.reader();
            let function = mask.take(tag::OID)?.oid()?;
            if function != oid::MGF1 {
                return Err(AlgorithmError::Unsupported { oid: function });
            }
            found.mgf_digest = digest_identifier(mask.next()?)?;
            mask.finish()?;
        }
        if let Some(explicit) = fields.optional(tag::context_constructed(2))? {
            found.salt_length = small(Reader::single(explicit.content)?)?;
        }
        if let Some(explicit) = fields.optional(tag::context_constructed(3))?
            && small(Reader::single(explicit.content)?)? != 1
        {
            return Err(AlgorithmError::Malformed);
        }
        fields.finish()?;
        Ok(found)
    }

    /// DER of RSASSA-PSS-params; defaults are left out (X.690 11.5).
    pub(super) fn to_der(self) -> Vec<u8> {
        let hash = |digest: DigestAlgorithm| write::sequence(&[write::oid(digest.oid()), write::null()]);
        let mut fields = Vec::new();
        if self.digest != Sha1 {
            fields.push(write::context(0, &[hash(self.digest)]));
        }
        if self.mgf_digest != Sha1 {
            let mask = write::sequence(&[write::oid(oid::MGF1), hash(self.mgf_digest)]);
            fields.push(write::context(1, &[mask]));
        }
        if self.salt_length != 20 {
            fields.push(write::context(2, &[write::integer(self.salt_length)]));
        }
        write::sequence(&fields)
    }

    /// EMSA-PSS-VERIFY (RFC 8017 9.1.2) over the octets of the signature's representative, in place;
    /// `bits` is emBits. The salt has exactly the length that the parameters say.
    pub(super) fn check(&self, bits: usize, message: &mut [u8], digest: &[u8]) -> Option<()> {
        // Where emBits is a multiple of 8 the encoded message is an octet shorter than the modulus.
        let lead = message.len().checked_sub(bits.div_ceil(8))?;
        let (zeros, encoded) = message.split_at_mut_checked(lead)?;
        if zeros.iter().any(|octet| *octet != 0) {
            return None;
        }
        let hash_length = digest.len();
        let [body @ .., 0xbc] = encoded else { return None };
        let (masked, hash) = body.split_at_mut_checked(body.len().checked_sub(hash_length)?)?;
        let padding = masked.len().checked_sub(usize::try_from(self.salt_length).ok()?)?.checked_sub(1)?;
        // The bits above emBits are zero, before unmasking and after.
        let unused = u32::try_from((8 - bits % 8) % 8).ok()?;
        let top = 0xffu8.checked_shr(unused)?;
        if masked.first()? & !top != 0 {
            return None;
        }
        for (counter, part) in (0u32..).zip(masked.chunks_mut(self.mgf_digest.output_len().max(1))) {
            let mut mask = Digest::new(self.mgf_digest);
            mask.update(hash);
            mask.update(&counter.to_be_bytes());
            let mask = mask.finish();
            if mask.is_empty() {
                return None;
            }
            part.iter_mut().zip(mask.iter()).for_each(|(octet, mask)| *octet ^= mask);
        }
        *masked.first_mut()? &= top;
        let (zeros, rest) = masked.split_at_checked(padding)?;
        let [0x01, salt @ ..] = rest else { return None };
        if zeros.iter().any(|octet| *octet != 0) {
            return None;
        }
        let mut expected = Digest::new(self.digest);
        expected.update(&[0; 8]);
        expected.update(digest);
        expected.update(salt);
        expected.finish().matches(hash).then_some(())
    }
}

/// A hash function's AlgorithmIdentifier; its parameters are NULL or absent (RFC 4055 2.1).
fn digest_identifier(identifier: asn1::Tlv<'_>) -> Result<DigestAlgorithm, AlgorithmError> {
    let mut fields = identifier.expect(tag::SEQUENCE)?.reader();
    let name = fields.take(tag::OID)?.oid()?;
    null_or_absent(&mut fields)?;
    let digest = DigestAlgorithm::from_oid(&name).filter(|digest| digest.is_for_rsa());
    digest.ok_or(AlgorithmError::Unsupported { oid: name })
}

fn small(integer: asn1::Tlv<'_>) -> Result<u32, AlgorithmError> {
    let magnitude = integer.unsigned()?;
    if magnitude.len() > 3 {
        return Err(AlgorithmError::Malformed);
    }
    Ok(magnitude.iter().fold(0, |sum, octet| (sum << 8) | u32::from(*octet)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use DigestAlgorithm::Sha512;

    #[test]
    fn defaults_of_parameters_in_xml() {
        let of = PssParameters::from_xml;
        assert_eq!(of(None, None, None, None), Some(PssParameters::of(Sha256)));
        assert_eq!(of(Some(Sha512), None, None, Some(1)), Some(PssParameters::of(Sha512)));
        assert_eq!(
            of(None, Some(Sha1), Some(0), None).map(|p| (p.mgf_digest, p.salt_length)),
            Some((Sha1, 0))
        );
        assert_eq!(of(None, None, None, Some(0)), None);
        assert_eq!(of(None, None, None, Some(188)), None);
        for national in
            [DigestAlgorithm::Streebog256, DigestAlgorithm::Streebog512, DigestAlgorithm::Gost34311]
        {
            assert_eq!(of(Some(national), None, None, None), None);
            assert_eq!(of(None, Some(national), None, None), None);
            let own = PssParameters::of(national);
            let read = |parameters: PssParameters| {
                let der = parameters.to_der();
                PssParameters::from_der(Reader::single(&der).expect("DER"))
            };
            let unsupported = Err(AlgorithmError::Unsupported { oid: national.oid().to_owned() });
            assert_eq!(read(own), unsupported);
            assert_eq!(
                read(PssParameters { mgf_digest: national, ..PssParameters::of(Sha256) }),
                unsupported
            );
        }
    }
}
