//! The service's own signature: nothing that it sealed leaves before its own verifier has passed it, by the same
//! policy and trust as what comes in.

use std::sync::Arc;

use jiff::Timestamp;

use super::reading::{Reading, Source};
use super::verify::{Refusal, sign_xml};
use crate::crypto::{self, Identity};
use crate::signature::Octets;
use crate::signature::sign::Profile;
use crate::validation::{Evidence, Policy, accept};

/// What was sealed did not pass.
#[derive(Debug, thiserror::Error)]
#[error("what the service sealed is {indication}: {codes:?}")]
pub(super) struct NotPassed {
    pub indication: &'static str,
    /// Codes of the findings that decided.
    pub codes: Vec<String>,
}

/// Seals, and judges what it sealed.
pub(super) struct Sealing {
    pub(super) provider: Arc<Identity>,
    pub(super) evidence: Arc<Evidence>,
    pub(super) policy: Policy,
    pub(super) reading: Reading,
}

impl Sealing {
    /// Signs with the provider's key. A transaction may wait for this: nothing is fetched.
    ///
    /// # Errors
    /// [`NotPassed`], and when the key cannot sign.
    pub(super) fn seal(&self, xml: &str) -> anyhow::Result<Vec<u8>> {
        let signed = self.sign(xml)?;
        self.check(&signed, Timestamp::now())?;
        Ok(signed)
    }

    /// Only signs.
    pub(super) fn sign(&self, xml: &str) -> anyhow::Result<Vec<u8>> {
        sign_xml(xml.as_bytes(), &self.provider, &Profile::default(), &self.reading.limits).map_err(said)
    }

    /// Whether sealed octets pass at a time.
    fn check(&self, signed: &[u8], at: Timestamp) -> anyhow::Result<()> {
        let facts = self.reading.facts(Source::Memory(signed), Octets::Keep).map_err(said)?;
        let (report, verified) = accept(facts, crypto::sha256(signed), &self.evidence, &self.policy, at);
        match verified {
            Ok(_) => Ok(()),
            Err(_) => {
                let findings = report.signatures.iter().flat_map(|signature| &signature.findings);
                let decided = findings.filter(|finding| finding.sub_indication.is_some());
                let codes = decided.map(|finding| finding.code.to_string()).collect();
                Err(NotPassed { indication: report.indication.name(), codes }.into())
            }
        }
    }
}

fn said(refusal: Refusal) -> anyhow::Error {
    anyhow::anyhow!("{} {:?}", refusal.code, refusal.params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::development_pki::{self, KeyAlgorithm, Options};
    use crate::service::verify::{evidence_from_files, open_identity};
    use crate::validation::RevocationMode;
    use jiff::SignedDuration;

    /// A seal with a key of the development PKI, which began so long ago and lasts a year.
    fn sealing(folder: &std::path::Path, holder: &str, began: SignedDuration) -> Sealing {
        let options = Options {
            algorithm: KeyAlgorithm::Gost2015,
            not_before: Timestamp::now() - began,
            years: 1,
            password: "qoltanba".to_owned(),
        };
        let pki = folder.join("pki");
        development_pki::init(&pki, &options).unwrap();
        let of = |name: &str| vec![pki.join(name)];
        let lists = vec![pki.join("root.crl"), pki.join("ca.crl")];
        let evidence =
            evidence_from_files(&of("root.cer"), &of("ca.cer"), &lists, RevocationMode::Required).unwrap();
        let key = std::fs::read(pki.join(format!("{holder}.p12"))).unwrap();
        Sealing {
            provider: Arc::new(open_identity(&key, "qoltanba").unwrap()),
            evidence: Arc::new(evidence),
            policy: Policy::kz(),
            reading: Reading::default(),
        }
    }

    fn codes(sealed: anyhow::Result<Vec<u8>>) -> Vec<String> {
        match sealed {
            Ok(_) => Vec::new(),
            Err(error) => error.downcast::<NotPassed>().unwrap().codes,
        }
    }

    #[test]
    fn what_does_not_pass_does_not_leave() {
        let hour = SignedDuration::from_hours(1);
        for (holder, began, code) in [
            ("service", hour, None),
            ("revoked", hour, Some("CERTIFICATE_REVOKED")),
            ("wrong-usage", hour, Some("KEY_USAGE_NOT_SIGNING")),
            ("service", hour * 24 * 400, Some("CERTIFICATE_EXPIRED")),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let sealing = sealing(folder.path(), holder, began);
            let found = codes(sealing.seal("<notice/>"));
            match code {
                None => assert_eq!(found, Vec::<String>::new(), "{holder}"),
                Some(code) => assert!(found.iter().any(|one| one == code), "{holder}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_corrupted_seal_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let sealing = sealing(folder.path(), "service", SignedDuration::from_hours(1));
        let signed = String::from_utf8(sealing.sign("<notice>5</notice>").unwrap()).unwrap();
        sealing.check(signed.as_bytes(), Timestamp::now()).unwrap();
        let other = signed.replace("<notice>5", "<notice>1");
        assert!(
            codes(sealing.check(other.as_bytes(), Timestamp::now()).map(|()| Vec::new()))
                .contains(&"DIGEST_MISMATCH".to_owned())
        );
    }
}
