//! The work that is measured: applications of 2 KB and 20 KB, signed with RSA-2048 and ECDSA P-256,
//! checked against a chain that was judged before.

use std::sync::Arc;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};

use super::development_pki::{self, KeyAlgorithm, Options};
use super::verify::{Checker, evidence_from_files, open_identity, sign_xml};
use crate::crypto::{self, DigestAlgorithm, EcdsaForm};
use crate::housing::application::{Attachment, Person};
use crate::housing::{Application, Category, Language};
use crate::signature::sign::Profile;
use crate::validation::{Indication, Policy, RevocationMode};
use crate::xml::Limits;
use crate::xml::c14n::Canonicalization;

/// An operation to repeat.
pub type Operation = Box<dyn Fn() + Send + Sync>;

/// One document and key: the bare operations and the whole ones.
pub struct Workload {
    pub name: String,
    pub bare_verify: Operation,
    pub bare_sign: Operation,
    pub verify: Operation,
    pub sign: Operation,
}

/// An application with so many attachments listed.
fn application(attachments: usize) -> String {
    Application {
        language: Language::Kk,
        applicant: Person {
            iin: "850315300128".to_owned(),
            surname: "МЫСАЛОВ".to_owned(),
            given_name: "ӘЛІ".to_owned(),
            patronymic: Some("ҒАЛЫМҰЛЫ".to_owned()),
        },
        address: "Алматы қ., Мысал көшесі, 1-үй, 2-пәтер".to_owned(),
        phone: "+7 727 000 00 00".to_owned(),
        email: None,
        category: Category::Vulnerable,
        family: Vec::new(),
        housing_check: true,
        data_processing: true,
        notification_email: None,
        attachments: (0..attachments)
            .map(|number| Attachment {
                document_code: "D7".to_owned(),
                file_name: format!("document-{number:03}.pdf"),
                media_type: "application/pdf".to_owned(),
                size: 100_000 + number as u64,
                sha256: crypto::sha256(&number.to_be_bytes()),
            })
            .collect(),
    }
    .to_xml()
}

/// Everything that is measured.
///
/// # Errors
/// When the keys cannot be made or a document does not verify.
pub fn workloads(at: Timestamp) -> anyhow::Result<Vec<Workload>> {
    let mut found = Vec::new();
    for (algorithm, key_name) in [(KeyAlgorithm::Rsa, "RSA-2048"), (KeyAlgorithm::Ecdsa, "P-256")] {
        let folder = tempfile::tempdir()?;
        let pki = folder.path();
        let options = Options {
            algorithm,
            not_before: at - SignedDuration::from_hours(1),
            years: 1,
            password: "qoltanba".to_owned(),
        };
        development_pki::init(pki, &options)?;
        let said = |refusal: super::verify::Refusal| anyhow::anyhow!("{}", refusal.code);
        let evidence = evidence_from_files(
            &[pki.join("root.cer")],
            &[pki.join("ca.cer")],
            &[pki.join("root.crl"), pki.join("ca.crl")],
            RevocationMode::Required,
        )
        .map_err(said)?;
        let checker = Arc::new(Checker::new(evidence, Policy::kz()));
        let p12 = std::fs::read(pki.join("applicant.p12"))?;
        let identity = Arc::new(open_identity(&p12, "qoltanba").map_err(said)?);
        for (size, attachments) in [("2 KB", 3), ("20 KB", 86)] {
            let document = application(attachments);
            let profile = Profile { canonicalization: Canonicalization::exclusive(), ..Profile::default() };
            let signed =
                sign_xml(document.as_bytes(), &identity, &profile, &Limits::default()).map_err(said)?;
            let report = checker.verify(&signed, at).map_err(said)?;
            anyhow::ensure!(report.indication == Indication::TotalPassed, "{report:?}");

            let signature_algorithm = identity.key.signature_algorithm(DigestAlgorithm::Sha256);
            let digest = crypto::sha256(document.as_bytes());
            let value = identity
                .key
                .sign_digest(&signature_algorithm, EcdsaForm::Concatenated, &digest)
                .context("a bare signature")?;
            let public = identity.key.public_key();
            let (checker, signer) = (Arc::clone(&checker), Arc::clone(&identity));
            let whole_signer = Arc::clone(&identity);
            found.push(Workload {
                name: format!("{size} {key_name}"),
                bare_verify: Box::new(move || {
                    let outcome = crypto::verify_digest(
                        &signature_algorithm,
                        EcdsaForm::Concatenated,
                        &public,
                        &digest,
                        &value,
                    );
                    assert!(outcome.is_ok());
                }),
                bare_sign: Box::new(move || {
                    let value =
                        signer.key.sign_digest(&signature_algorithm, EcdsaForm::Concatenated, &digest);
                    assert!(value.is_ok());
                }),
                verify: Box::new(move || {
                    let report = checker.verify(&signed, at);
                    assert!(report.is_ok_and(|report| report.indication == Indication::TotalPassed));
                }),
                sign: Box::new(move || {
                    let signed = sign_xml(document.as_bytes(), &whole_signer, &profile, &Limits::default());
                    assert!(signed.is_ok());
                }),
            });
        }
    }
    Ok(found)
}
