//! A public key infrastructure for development, shaped like the national one.
//!
//! One root, one issuing authority, and the holders a housing register meets: applicants,
//! officials, a commission, the service itself, and keys that must be refused. Subjects, purposes
//! and policies are as the national authority writes them, so whatever accepts these certificates
//! reads the real ones the same way; only the keys are worth nothing, for their password is public.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::{Span, Timestamp, ToSpan as _, tz::TimeZone};

use crate::{
    asn1::{oid, pem},
    crypto::{
        Curve, DigestAlgorithm, Identity, IdentityError, ParameterSet, PrivateKey, PrivateKeyError,
        Protection, SignError, sha256,
    },
    pkix::{
        issue::{self, Extension, Issuer, Profile, Revocation},
        second_reader::{self, ReadBackError},
    },
    validation::report::hex,
};

/// Kind of keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyAlgorithm {
    /// GOST 34.10-2015 with 512 bits, as the national authority issues them since 2024.
    Gost2015,
    /// GOST 34.310-2004, as it did before.
    Gost2004,
    /// RSA with 2048 bits, as it did before.
    Rsa,
    /// ECDSA on P-256, which it never did.
    Ecdsa,
}

impl KeyAlgorithm {
    pub(super) fn generate(self) -> Result<PrivateKey, PrivateKeyError> {
        match self {
            Self::Gost2015 => PrivateKey::generate_gost(ParameterSet::Gost2015With512),
            Self::Gost2004 => PrivateKey::generate_gost(ParameterSet::Gost2004),
            Self::Rsa => PrivateKey::generate_rsa(2048),
            Self::Ecdsa => PrivateKey::generate_ec(Curve::P256),
        }
    }

    /// keyUsage by bit numbers.
    fn key_usage(self, purpose: KeyPurpose) -> &'static [u8] {
        match (self, purpose) {
            // digitalSignature, nonRepudiation, keyAgreement; the last is what makes it one to log in with.
            (Self::Gost2015, KeyPurpose::Sign) => &[0, 1, 4],
            (_, KeyPurpose::Sign) => &[0, 1],
            (Self::Gost2015 | Self::Gost2004, KeyPurpose::LogIn) => &[0, 4],
            // digitalSignature and keyEncipherment.
            (_, KeyPurpose::LogIn) => &[0, 2],
        }
    }

    /// certificatePolicies of a holder's certificate: the older authorities told signing keys from others by
    /// it.
    fn policy(self, purpose: KeyPurpose) -> &'static str {
        match (self, purpose) {
            (Self::Gost2004, KeyPurpose::Sign) => oid::POLICY_ORGANIZATION_SIGN,
            (Self::Rsa, KeyPurpose::Sign) => oid::POLICY_INDIVIDUAL_SIGN,
            (Self::Gost2004 | Self::Rsa, KeyPurpose::LogIn) => oid::POLICY_INDIVIDUAL_AUTH,
            (Self::Gost2015 | Self::Ecdsa, _) => oid::NATIONAL_POLICY,
        }
    }

    /// Whether a holder's certificate tells where the key is kept and where the delta list is, as those of
    /// today do.
    fn is_current(self) -> bool {
        matches!(self, Self::Gost2015 | Self::Ecdsa)
    }

    /// How many authorities may follow below the issuing one, where it says.
    fn path_length(self) -> Option<u32> {
        matches!(self, Self::Rsa | Self::Ecdsa).then_some(0)
    }

    /// How the national authority protects containers of such keys, and how it would others: with it a
    /// container holds no chain.
    fn protection(self) -> Protection {
        match self {
            Self::Gost2015 | Self::Gost2004 | Self::Rsa => Protection::National,
            Self::Ecdsa => Protection::Modern,
        }
    }
}

/// What a holder's key is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum KeyPurpose {
    Sign,
    LogIn,
}

/// What to make.
#[derive(Clone, Debug)]
pub struct Options {
    /// Kind of keys.
    pub algorithm: KeyAlgorithm,
    /// First instant of validity of the holders' certificates; the authorities are a year older.
    pub not_before: Timestamp,
    /// Years of validity, 1 to 100.
    pub years: u32,
    /// Password of the PKCS#12 containers.
    pub password: String,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Where it lies.
    pub directory: PathBuf,
    /// SHA-256 of the root certificate.
    pub root_sha256: [u8; 32],
    /// The holders' certificates.
    pub entities: Vec<Entity>,
}

/// A holder's certificate.
#[derive(Clone, Debug)]
pub struct Entity {
    /// Name of its files, without ending.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// SHA-256 of the certificate.
    pub sha256: [u8; 32],
}

/// Why nothing, or not all, was made.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    #[error("the validity is out of range")]
    Validity,
    #[error("cannot write {}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
    /// What was made is not read as it should be; then it is not written.
    #[error("{name}: {why}")]
    Misread { name: String, why: ReadBackError },
    #[error(transparent)]
    Key(#[from] PrivateKeyError),
    #[error(transparent)]
    Sign(#[from] SignError),
    #[error(transparent)]
    Container(#[from] IdentityError),
}

const ROOT: &[(&str, &str)] =
    &[(oid::COMMON_NAME, "НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (DEVELOPMENT)"), (oid::COUNTRY, "KZ")];
const AUTHORITY: &[(&str, &str)] =
    &[(oid::COMMON_NAME, "ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (DEVELOPMENT)"), (oid::COUNTRY, "KZ")];
const ORGANIZATION: (&str, &str) = (oid::ORGANIZATION, "ТҰРҒЫН ҮЙ БАСҚАРМАСЫ (DEVELOPMENT)");
const ORGANIZATION_BIN: (&str, &str) = (oid::ORGANIZATIONAL_UNIT, "BIN060340001237");

struct Holder {
    name: &'static str,
    purpose: &'static str,
    person: Option<Person>,
    organization: bool,
    key: KeyPurpose,
    purposes: &'static [&'static str],
    state: State,
}

struct Person {
    surname: &'static str,
    first_name: &'static str,
    patronymic: &'static str,
    /// With its prefix, as in the subject.
    iin: &'static str,
}

#[derive(PartialEq)]
enum State {
    Valid,
    Expired,
    Revoked,
}

const INDIVIDUAL: &[&str] = &[oid::EMAIL_PROTECTION, oid::ROLE_INDIVIDUAL];
const EMPLOYEE: &[&str] = &[oid::EMAIL_PROTECTION, oid::ROLE_ORGANIZATION, oid::ROLE_EMPLOYEE];
const TESTOV: Person =
    Person {
        surname: "ТЕСТОВ", first_name: "ТЕСТ", patronymic: "ТЕСТОВИЧ", iin: "IIN123456789011"
    };

const HOLDERS: &[Holder] = &[
    Holder {
        name: "applicant",
        purpose: "a person who applies",
        person: Some(TESTOV),
        organization: false,
        key: KeyPurpose::Sign,
        purposes: INDIVIDUAL,
        state: State::Valid,
    },
    Holder {
        name: "applicant2",
        purpose: "another person who applies",
        person: Some(Person {
            surname: "СЕРІКОВ",
            first_name: "ДӘУРЕН",
            patronymic: "ҚАЙРАТҰЛЫ",
            iin: "IIN850315300128",
        }),
        organization: false,
        key: KeyPurpose::Sign,
        purposes: INDIVIDUAL,
        state: State::Valid,
    },
    Holder {
        name: "official",
        purpose: "head of the organisation",
        person: Some(Person {
            surname: "АХМЕТОВ",
            first_name: "НҰРЛАН",
            patronymic: "БОЛАТҰЛЫ",
            iin: "IIN790512300125",
        }),
        organization: true,
        key: KeyPurpose::Sign,
        purposes: &[oid::EMAIL_PROTECTION, oid::ROLE_ORGANIZATION, oid::ROLE_CEO, oid::ROLE_EMPLOYEE],
        state: State::Valid,
    },
    Holder {
        name: "executor",
        purpose: "employee who prepares decisions",
        person: Some(Person {
            surname: "ОСПАНОВ",
            first_name: "ЕРЛАН",
            patronymic: "МАРАТҰЛЫ",
            iin: "IIN911102300770",
        }),
        organization: true,
        key: KeyPurpose::Sign,
        purposes: EMPLOYEE,
        state: State::Valid,
    },
    Holder {
        name: "commission",
        purpose: "member of the housing commission",
        person: Some(Person {
            surname: "ЖҰМАБАЕВА",
            first_name: "САУЛЕ",
            patronymic: "АСҚАРҚЫЗЫ",
            iin: "IIN880721400454",
        }),
        organization: true,
        key: KeyPurpose::Sign,
        purposes: EMPLOYEE,
        state: State::Valid,
    },
    Holder {
        name: "service",
        purpose: "the information system, signs receipts and notices",
        person: None,
        organization: true,
        key: KeyPurpose::Sign,
        purposes: &[oid::EMAIL_PROTECTION, oid::ROLE_ORGANIZATION, oid::ROLE_INFORMATION_SYSTEM],
        state: State::Valid,
    },
    Holder {
        name: "expired",
        purpose: "a person whose certificate has expired",
        person: Some(Person {
            surname: "БЕКОВ",
            first_name: "АРМАН",
            patronymic: "ЕРМЕКҰЛЫ",
            iin: "IIN740228300330",
        }),
        organization: false,
        key: KeyPurpose::Sign,
        purposes: INDIVIDUAL,
        state: State::Expired,
    },
    Holder {
        name: "revoked",
        purpose: "a person whose certificate is in the CRL",
        person: Some(Person {
            surname: "ИСАЕВА",
            first_name: "ДИНАРА",
            patronymic: "СЕРІКҚЫЗЫ",
            iin: "IIN950917400613",
        }),
        organization: false,
        key: KeyPurpose::Sign,
        purposes: INDIVIDUAL,
        state: State::Revoked,
    },
    Holder {
        name: "wrong-usage",
        purpose: "the applicant's key for logging in, which must not sign",
        person: Some(TESTOV),
        organization: false,
        key: KeyPurpose::LogIn,
        purposes: &[oid::CLIENT_AUTH, oid::ROLE_INDIVIDUAL],
        state: State::Valid,
    },
];

/// Makes everything in `directory`, which must be empty or absent.
pub fn init(directory: &Path, options: &Options) -> Result<Summary, Error> {
    let empty = match fs::read_dir(directory) {
        Ok(mut entries) => entries.next().is_none(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => true,
        Err(source) => return Err(Error::Io { path: directory.to_owned(), source }),
    };
    if !empty {
        return Err(Error::NotEmpty(directory.to_owned()));
    }
    if !(1..=100).contains(&options.years) {
        return Err(Error::Validity);
    }
    let start = options.not_before;
    let end = shift(start, i64::from(options.years).years())?;
    let origin = shift(start, (-1).year())?;

    let [root_key, authority_key, keys @ ..] = &generate(options.algorithm, HOLDERS.len() + 2)?[..] else {
        return Err(PrivateKeyError::Library.into());
    };
    let root_name = issue::name(ROOT);
    let authority_name = issue::name(AUTHORITY);
    let root = Issuer { name: &root_name, key: root_key, digest: DigestAlgorithm::Sha256 };
    let authority = Issuer { name: &authority_name, key: authority_key, digest: DigestAlgorithm::Sha256 };
    let root_id = issue::key_id(&root_key.public_key());
    let authority_id = issue::key_id(&authority_key.public_key());

    let root_der = issue::certificate(
        &Profile {
            subject: root_name.clone(),
            public_key: root_key.public_key(),
            not_before: origin,
            not_after: end,
            extensions: vec![
                Extension::authority(None),
                Extension::key_usage(&[5, 6]),
                Extension::subject_key_id(&root_id),
                Extension::authority_key_id_and_name(
                    &root_id,
                    &root_name,
                    &issue::serial(&root_key.public_key()),
                ),
                Extension::policy("1.2.398.3.1.2", "http://root.qoltanba.test/cps"),
            ],
        },
        root,
    )?;
    let authority_der = issue::certificate(
        &Profile {
            subject: authority_name.clone(),
            public_key: authority_key.public_key(),
            not_before: origin,
            not_after: end,
            extensions: vec![
                Extension::authority(options.algorithm.path_length()),
                Extension::key_usage(&[5, 6]),
                Extension::crl_distribution_point("http://crl.qoltanba.test/root.crl"),
                Extension::subject_key_id(&authority_id),
                Extension::authority_key_id_and_name(
                    &root_id,
                    &root_name,
                    &issue::serial(&root_key.public_key()),
                ),
                Extension::authority_info_access("http://pki.qoltanba.test/cert/root.cer", None),
                Extension::policy(oid::NATIONAL_POLICY, "http://pki.qoltanba.test/cps"),
            ],
        },
        root,
    )?;

    read_back("root.cer", &root_der)?;
    read_back("ca.cer", &authority_der)?;
    let put = |name: &str, bytes: &[u8], secrecy| write(&directory.join(name), bytes, secrecy);
    for folder in ["", "trust", "certs"] {
        let path = directory.join(folder);
        fs::create_dir_all(&path).map_err(|source| Error::Io { path, source })?;
    }
    put("root.cer", &root_der, Secrecy::Public)?;
    put("ca.cer", &authority_der, Secrecy::Public)?;
    put("trust/root.pem", pem::encode("CERTIFICATE", &root_der).as_bytes(), Secrecy::Public)?;
    put("certs/ca.pem", pem::encode("CERTIFICATE", &authority_der).as_bytes(), Secrecy::Public)?;

    let mut entities = Vec::with_capacity(HOLDERS.len());
    let mut revocations = Vec::new();
    let mut containers = Vec::new();
    for (holder, key) in HOLDERS.iter().zip(keys) {
        let (not_before, not_after) = match holder.state {
            State::Expired => (origin, shift(start, (-24).hours())?),
            _ => (start, end),
        };
        let public_key = key.public_key();
        let current = options.algorithm.is_current();
        let delta = Extension::freshest_crl("http://crl.qoltanba.test/ca-delta.crl");
        let storage = Extension::key_storage(oid::KEY_STORAGE_FILE);
        let profile = Profile {
            subject: holder.subject(),
            not_before,
            not_after,
            extensions: [
                Some(Extension::policy(options.algorithm.policy(holder.key), "http://pki.qoltanba.test/cps")),
                Some(Extension::authority_info_access(
                    "http://pki.qoltanba.test/cert/ca.cer",
                    Some("http://ocsp.qoltanba.test"),
                )),
                Some(Extension::crl_distribution_point("http://crl.qoltanba.test/ca.crl")),
                Some(delta).filter(|_| current),
                Some(Extension::extended_key_usage(holder.purposes)),
                Some(Extension::key_usage(options.algorithm.key_usage(holder.key))),
                Some(Extension::subject_key_id(&issue::key_id(&public_key))),
                Some(Extension::authority_key_id(&authority_id)),
                Some(storage).filter(|_| current),
            ]
            .into_iter()
            .flatten()
            .collect(),
            public_key,
        };
        let certificate = issue::certificate(&profile, authority)?;
        read_back(&format!("{}.cer", holder.name), &certificate)?;
        if holder.state == State::Revoked {
            // Reason 1: keyCompromise.
            let serial = issue::serial(&profile.public_key);
            revocations.push(Revocation { serial, at: start, reason: Some(1), more: Vec::new() });
        }
        put(&format!("{}.cer", holder.name), &certificate, Secrecy::Public)?;
        entities.push(Entity { name: holder.name, purpose: holder.purpose, sha256: sha256(&certificate) });
        containers.push((holder.name, key, certificate));
    }

    let protection = options.algorithm.protection();
    let chain = match protection {
        Protection::National => Vec::new(),
        Protection::Modern => vec![authority_der.clone(), root_der.clone()],
    };
    for (name, key, certificate) in containers {
        // The national authority calls a key by its identifier.
        let identifier = hex(&issue::key_id(&key.public_key()));
        let called = if protection == Protection::National { &identifier } else { name };
        let container = Identity::pack(key, &certificate, &chain, called, &options.password, protection)?;
        put(&format!("{name}.p12"), &container, Secrecy::Secret)?;
    }
    let root_crl = issue::crl(root, start, Some(end), 1, &[], &[])?;
    let authority_crl = issue::crl(authority, start, Some(end), 1, &revocations, &[])?;
    put("root.crl", &root_crl, Secrecy::Public)?;
    put("ca.crl", &authority_crl, Secrecy::Public)?;
    put("README.txt", readme(options, &entities).as_bytes(), Secrecy::Public)?;
    Ok(Summary { directory: directory.to_owned(), root_sha256: sha256(&root_der), entities })
}

impl Holder {
    /// Attributes in the national order: CN, SN, serialNumber, C, O, OU, G.
    fn subject(&self) -> Vec<u8> {
        let full_name;
        let mut attributes = Vec::new();
        match &self.person {
            Some(person) => {
                full_name = format!("{} {}", person.surname, person.first_name);
                attributes.push((oid::COMMON_NAME, full_name.as_str()));
                attributes.push((oid::SURNAME, person.surname));
                attributes.push((oid::SERIAL_NUMBER, person.iin));
            }
            None => {
                attributes.push((oid::USER_ID, "1.2.398.6.10.1.1"));
                attributes.push((oid::COMMON_NAME, "ИС «QOLTANBA» (DEVELOPMENT)"));
            }
        }
        attributes.push((oid::COUNTRY, "KZ"));
        if self.organization {
            attributes.extend([ORGANIZATION, ORGANIZATION_BIN]);
        }
        if let Some(person) = &self.person {
            attributes.push((oid::GIVEN_NAME, person.patronymic));
        }
        issue::name(&attributes)
    }
}

/// Keys take most of the time, so each has its thread.
fn generate(algorithm: KeyAlgorithm, count: usize) -> Result<Vec<PrivateKey>, PrivateKeyError> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(move || algorithm.generate())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(Err(PrivateKeyError::Library))).collect()
    })
}

fn shift(at: Timestamp, by: Span) -> Result<Timestamp, Error> {
    let moved = at.to_zoned(TimeZone::UTC).checked_add(by).map_err(|_| Error::Validity)?;
    Ok(moved.timestamp())
}

#[derive(Clone, Copy)]
enum Secrecy {
    Public,
    Secret,
}

fn write(path: &Path, bytes: &[u8], secrecy: Secrecy) -> Result<(), Error> {
    let mut open = fs::OpenOptions::new();
    open.write(true).create_new(true);
    #[cfg(unix)]
    if let Secrecy::Secret = secrecy {
        use std::os::unix::fs::OpenOptionsExt as _;
        open.mode(0o600);
    }
    open.open(path)
        .and_then(|mut file| io::Write::write_all(&mut file, bytes))
        .map_err(|source| Error::Io { path: path.to_owned(), source })
}

fn readme(options: &Options, entities: &[Entity]) -> String {
    let mut text = format!(
        "Development PKI. Its keys protect nothing: never trust root.cer outside development.\n\n\
         Password of every .p12: {}\n\n\
         trust/root.pem  the root, for the list of trust anchors\n\
         certs/ca.pem    the issuing authority\n\
         root.crl ca.crl revocation lists (DER)\n\n",
        options.password
    );
    for entity in entities {
        text.push_str(&format!("{:<12} {}\n", entity.name, entity.purpose));
    }
    text
}

/// What is issued is relied upon for years, so two readers must read it, and alike.
fn read_back(name: &str, der: &[u8]) -> Result<(), Error> {
    let misread = |why| Error::Misread { name: name.to_owned(), why };
    second_reader::read_back(der).map(drop).map_err(misread)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::pkix::{CertStatus, Certificate, Crl, KeyUse, PathFault, TrustAnchors, UnverifiedCrl, path};

    fn options(algorithm: KeyAlgorithm) -> Options {
        Options {
            algorithm,
            not_before: "2026-01-01T00:00:00Z".parse().expect("instant"),
            years: 50,
            password: "qoltanba".to_owned(),
        }
    }

    #[test]
    fn every_file_reads_back_and_means_what_it_says() {
        for algorithm in
            [KeyAlgorithm::Gost2015, KeyAlgorithm::Gost2004, KeyAlgorithm::Rsa, KeyAlgorithm::Ecdsa]
        {
            reads_back(algorithm);
        }
    }

    fn reads_back(algorithm: KeyAlgorithm) {
        let temporary = tempfile::tempdir().expect("directory");
        let dir = temporary.path().join("pki");
        init(&dir, &options(algorithm)).expect("init");
        assert!(matches!(init(&dir, &options(algorithm)), Err(Error::NotEmpty(_))));

        let read = |name: &str| fs::read(dir.join(name)).expect(name);
        let certificate = |name: &str| {
            let mut all = Certificate::from_pem_or_der(&read(name)).expect(name);
            Arc::new(all.remove(0))
        };
        let anchors = TrustAnchors::new(vec![certificate("trust/root.pem")]);
        let authority = certificate("certs/ca.pem");
        assert_eq!(authority, certificate("ca.cer"));
        let pool = [Arc::clone(&authority)];
        let at = "2026-06-01T00:00:00Z".parse().expect("instant");
        let crl = UnverifiedCrl::from_pem_or_der(&read("ca.crl")).expect("crl").remove(0);
        let crl = Crl::verify(&crl, &authority).expect("verified");
        let root_crl = UnverifiedCrl::from_der(&read("root.crl")).expect("crl");
        let root_crl = Crl::verify(&root_crl, &certificate("root.cer")).expect("verified");
        assert_eq!(root_crl.status(&authority, at), CertStatus::Good);

        for holder in HOLDERS {
            let leaf = certificate(&format!("{}.cer", holder.name));
            let found = path::build(&leaf, &anchors, &pool, at);
            match holder.state {
                State::Expired => assert_eq!(found.expect_err("expired").fault, PathFault::Expired),
                _ => assert_eq!(found.expect(holder.name).certificates.len(), 3),
            }
            match holder.state {
                State::Valid => assert_eq!(crl.status(&leaf, at), CertStatus::Good),
                State::Revoked => assert!(matches!(
                    crl.status(&leaf, at),
                    CertStatus::Revoked { reason: Some("keyCompromise"), .. }
                )),
                State::Expired => {}
            }
            let expected = match holder.key {
                KeyPurpose::LogIn => KeyUse::Auth,
                KeyPurpose::Sign => KeyUse::Sign,
            };
            assert_eq!(leaf.key_use(), expected, "{algorithm:?} {}", holder.name);
            assert_eq!(leaf.key_storage().len(), usize::from(algorithm.is_current()));
            let iin = holder.person.as_ref().and_then(|p| p.iin.strip_prefix("IIN"));
            assert_eq!(leaf.subject().iin(), iin);
            assert_eq!(leaf.subject().bin().is_some(), holder.organization);

            let file = format!("{}.p12", holder.name);
            let identity = Identity::from_pkcs12(&read(&file), "qoltanba").expect("container");
            assert_eq!(identity.certificate_der, leaf.der());
            let chain = if algorithm == KeyAlgorithm::Ecdsa { 2 } else { 0 };
            assert_eq!(identity.chain_der.len(), chain);
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = fs::metadata(dir.join(&file)).expect("metadata").permissions().mode();
                assert_eq!(mode & 0o777, 0o600);
            }
        }
        let official = certificate("official.cer");
        assert_eq!(official.roles(), ["organization", "ceo", "employee"]);
        assert_eq!(official.policies(), [algorithm.policy(KeyPurpose::Sign)]);
    }

    #[test]
    fn identification_numbers_have_right_check_digits() {
        for iin in HOLDERS.iter().filter_map(|h| h.person.as_ref()).map(|p| p.iin) {
            // The national authority's own test number has none.
            if iin == TESTOV.iin {
                continue;
            }
            let digits: Vec<u32> = iin.chars().filter_map(|c| c.to_digit(10)).collect();
            let sum = |weights: [u32; 11]| weights.iter().zip(&digits).map(|(w, d)| w * d).sum::<u32>() % 11;
            let mut check = sum([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
            if check == 10 {
                check = sum([3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]);
            }
            assert_eq!(digits.last(), Some(&check), "{iin}");
        }
    }

    /// Writes the committed `certs/` anew: set QOLTANBA_CERTS to an empty folder and run ignored.
    #[test]
    #[ignore = "makes new keys for certs/"]
    fn regenerate() {
        let Some(dir) = std::env::var_os("QOLTANBA_CERTS") else { return };
        init(Path::new(&dir), &options(KeyAlgorithm::Rsa)).expect("init");
    }
}
