//! Applications by the thousand, for seeing what a service bears: made-up persons with right check digits, each with a
//! key of their own and a certificate of an authority of its own, whose key anybody may have. A service takes them that
//! is told to trust it, so none in earnest does.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::development_pki::KeyAlgorithm;
use super::verify::{Refusal, open_identity, sign_xml};
use crate::asn1::oid;
use crate::crypto::{DigestAlgorithm, Identity, PrivateKey, Protection, sha256};
use crate::housing::application::{Attachment, Person};
use crate::housing::{Application, Category, Iin, Language, TestIdentities};
use crate::pkix::issue::{self, Extension, Issuer, Profile};
use crate::signature::sign;
use crate::xml::Limits;

/// The password of the authority's key.
const PASSWORD: &str = "qoltanba";
/// Octets of the attachment that comes with every application.
const ATTACHMENT: usize = 16 << 10;
/// Serial numbers of a day of birth in an IIN.
const SERIALS: u64 = 10_000;
/// Days of birth: from 1 January 1940 to the end of 1999.
const DAYS: u64 = 21_915;
/// How many persons there are.
pub const PERSONS: u64 = DAYS * SERIALS;
/// Name of the attachment.
pub const FILE_NAME: &str = "income.pdf";

/// An authority that certifies anybody.
pub struct Authority {
    identity: Identity,
    name: Vec<u8>,
    algorithm: KeyAlgorithm,
    attachment: Vec<u8>,
    limits: Limits,
}

/// Where the files of an authority lie: certificate, revocation list, key.
fn files(folder: &Path) -> [PathBuf; 3] {
    ["root.cer", "root.crl", "root.p12"].map(|name| folder.join(name))
}

fn name() -> Vec<u8> {
    issue::name(&[(oid::COMMON_NAME, "QOLTANBA LOAD (TEST)"), (oid::COUNTRY, "KZ")])
}

impl Authority {
    /// Makes an authority in a new or empty folder, valid from an hour ago for a year, with a list that revokes nobody.
    ///
    /// # Errors
    /// When there are files of one, or they cannot be written.
    pub fn make(folder: &Path, now: Timestamp) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder)?;
        let [root, list, container] = files(folder);
        for file in [&root, &list, &container] {
            anyhow::ensure!(!file.exists(), "{} is there already", file.display());
        }
        let key = KeyAlgorithm::Gost2015.generate()?;
        let name = name();
        let issuer = Issuer { name: &name, key: &key, digest: DigestAlgorithm::Sha256 };
        let (not_before, year) = (now - SignedDuration::from_hours(1), SignedDuration::from_hours(24 * 365));
        let extensions = vec![Extension::authority(Some(0)), Extension::key_usage(&[5, 6])];
        let profile = Profile {
            subject: name.clone(),
            public_key: key.public_key(),
            not_before,
            not_after: now + year,
            extensions,
        };
        let certificate = issue::certificate(&profile, issuer)?;
        std::fs::write(&list, issue::crl(issuer, not_before, Some(now + year), 1, &[], &[])?)?;
        std::fs::write(&root, &certificate)?;
        let packed = Identity::pack(&key, &certificate, &[], "load", PASSWORD, Protection::National)?;
        Ok(std::fs::write(&container, packed)?)
    }

    /// Opens what [`Authority::make`] made; the persons get keys of this kind.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn open(folder: &Path, algorithm: KeyAlgorithm) -> anyhow::Result<Self> {
        let [.., container] = files(folder);
        let bytes = std::fs::read(&container).with_context(|| container.display().to_string())?;
        let attachment = b"%PDF-1.4 made up ".iter().copied().cycle().take(ATTACHMENT).collect();
        let identity = open_identity(&bytes, PASSWORD).map_err(said)?;
        Ok(Self { identity, name: name(), algorithm, attachment, limits: Limits::default() })
    }

    /// The attachment of every application.
    pub fn attachment(&self) -> &[u8] {
        &self.attachment
    }

    /// The signed application of a person, if there is one of this number (modulo [`PERSONS`]): for a few numbers no
    /// check digit is right.
    ///
    /// # Errors
    /// When a key cannot be made or a document not be signed.
    pub fn application(&self, person: u64, now: Timestamp) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(iin) = iin(person) else { return Ok(None) };
        let key = self.algorithm.generate()?;
        let certificate = self.certificate(&iin, &key, now)?;
        let identity = Identity { key, certificate_der: certificate, chain_der: Vec::new() };
        let xml = self.filled_in(iin).to_xml();
        let signed = sign_xml(xml.as_bytes(), &identity, &sign::Profile::default(), &self.limits);
        signed.map(Some).map_err(said)
    }

    fn certificate(&self, iin: &str, key: &PrivateKey, now: Timestamp) -> anyhow::Result<Vec<u8>> {
        let serial = format!("IIN{iin}");
        let profile = Profile {
            subject: issue::name(&[
                (oid::COMMON_NAME, "ЖҮКТЕМЕЕВ ЖҮКТЕМЕ"),
                (oid::SURNAME, "ЖҮКТЕМЕЕВ"),
                (oid::SERIAL_NUMBER, &serial),
                (oid::COUNTRY, "KZ"),
            ]),
            public_key: key.public_key(),
            not_before: now - SignedDuration::from_mins(30),
            not_after: now + SignedDuration::from_hours(24),
            extensions: vec![Extension::key_usage(&[0, 1])],
        };
        let issuer = Issuer { name: &self.name, key: &self.identity.key, digest: DigestAlgorithm::Sha256 };
        Ok(issue::certificate(&profile, issuer)?)
    }

    fn filled_in(&self, iin: String) -> Application {
        Application {
            language: Language::Kk,
            applicant: Person {
                iin,
                surname: "ЖҮКТЕМЕЕВ".to_owned(),
                given_name: "ЖҮКТЕМЕ".to_owned(),
                patronymic: None,
            },
            representative: None,
            address: "Алматы қ., Мысал көшесі, 1-үй".to_owned(),
            phone: "+7 727 000 00 00".to_owned(),
            email: None,
            category: Category::Vulnerable,
            family: Vec::new(),
            housing_check: true,
            data_processing: true,
            notification_email: None,
            centre: None,
            attachments: vec![Attachment {
                document_code: "D7".to_owned(),
                file_name: FILE_NAME.to_owned(),
                media_type: "application/pdf".to_owned(),
                size: self.attachment.len() as u64,
                sha256: sha256(&self.attachment),
            }],
        }
    }
}

fn said(refusal: Refusal) -> anyhow::Error {
    anyhow::anyhow!("{} {:?}", refusal.code, refusal.params)
}

/// The IIN of a person, a man or, where such a number has no check digit, a woman of the same day and serial number.
fn iin(person: u64) -> Option<String> {
    let (days, serial) = ((person / SERIALS) % DAYS, person % SERIALS);
    let born = Date::new(1940, 1, 1).ok()?.checked_add(i32::try_from(days).ok()?.days()).ok()?;
    let day = born.strftime("%y%m%d");
    let bodies = [3, 4].map(|sex| format!("{day}{sex}{serial:04}"));
    let numbers = bodies.iter().flat_map(|body| (0..10).map(move |check| format!("{body}{check}")));
    numbers.into_iter().find(|number| Iin::parse(number, TestIdentities::Refused).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn persons_are_many_and_each_is_another() {
        let numbers = (0..3 * SERIALS).step_by(7).chain(PERSONS - 50..PERSONS);
        let (mut found, mut count) = (BTreeSet::new(), 0);
        for iin in numbers.filter_map(iin) {
            assert!(Iin::parse(&iin, TestIdentities::Refused).is_ok());
            found.insert(iin);
            count += 1;
        }
        assert!(found.len() == count && count > 4000, "{count}");
        assert_eq!(iin(PERSONS + 5), iin(5));
        assert!(iin(PERSONS - 1).is_some_and(|last| last.starts_with("991231")));
    }

    #[test]
    fn an_authority_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::now();
        Authority::make(folder.path(), now).unwrap();
        assert!(Authority::make(folder.path(), now).is_err());
        let authority = Authority::open(folder.path(), KeyAlgorithm::Ecdsa).unwrap();
        let [one, other] =
            [1, 2].map(|person| authority.application(person, now).unwrap().expect("a person"));
        assert_ne!(one, other);
    }
}
