//! What certificates of Kazakhstan's authorities say by object identifiers: who the holder is, what the
//! key is for, under which policy it was certified, and where it is kept. One table turns identifiers
//! into stable codes; names for people are in the locale files, and what follows for a verdict is decided
//! in `validation`.
//!
//! What a key may do follows from keyUsage and extKeyUsage together, since neither is always there:
//!
//! - It *signs documents* with digitalSignature and nonRepudiation, if extKeyUsage names emailProtection
//!   or any purpose, names none at all (authorities of state bodies and banks leave it out), or names
//!   a role and nothing from elsewhere than the national arc (information systems). A key for TLS, code,
//!   timestamps, OCSP or whatever else with a role beside is not for documents.
//! - It *logs in* with digitalSignature, if extKeyUsage names clientAuth or any purpose, or is absent
//!   beside keyEncipherment or keyAgreement. So does a key that signs documents and has one of these
//!   two bits: of GOST 34.10-2015 a holder has a single key for both. Holders of RSA and GOST
//!   34.310-2004 keys had two; the one that signs has neither bit, the other lacks nonRepudiation.
//!
//! Sources: the registry of object identifiers at root.gov.kz/oid, and the certificates themselves. The
//! authority of BTS Digital has an arc of its own with the same roles, hence the same codes.

use super::KeyUsage;
use crate::asn1::oid;

/// What an identifier stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// Who the holder is, in extKeyUsage.
    Role,
    /// What the key is for, in extKeyUsage (RFC 5280 4.2.1.12).
    Usage,
    /// What the certificate was issued under, in certificatePolicies.
    Policy,
    /// What the private key was made in, in the national extension for it.
    KeyStorage,
}

use Meaning::{KeyStorage, Policy, Role, Usage};

/// Meaning, identifier, code. A code is unique within its meaning but for roles, which two authorities
/// may state.
pub const TABLE: [(Meaning, &str, &str); 50] = [
    (Role, oid::ROLE_INDIVIDUAL, "individual"),
    (Role, oid::ROLE_INDIVIDUAL_SYSTEM, "individual_information_system"),
    (Role, oid::ROLE_ORGANIZATION, "organization"),
    (Role, oid::ROLE_CEO, "ceo"),
    (Role, oid::ROLE_CAN_SIGN, "can_sign"),
    (Role, oid::ROLE_CAN_SIGN_FINANCIAL, "can_sign_financial"),
    (Role, oid::ROLE_HR, "hr"),
    (Role, oid::ROLE_EMPLOYEE, "employee"),
    (Role, oid::ROLE_INFORMATION_SYSTEM, "information_system"),
    (Role, oid::ROLE_NCA, "nca_privileges"),
    (Role, oid::ROLE_NCA_ADMIN, "nca_admin"),
    (Role, oid::ROLE_NCA_MANAGER, "nca_manager"),
    (Role, oid::ROLE_NCA_OPERATOR, "nca_operator"),
    (Role, oid::IDENTIFICATION, "identification"),
    (Role, oid::IDENTIFICATION_DESK, "identification_con"),
    (Role, oid::IDENTIFICATION_REMOTE, "identification_remote"),
    (Role, oid::IDENTIFICATION_DIGITAL_ID, "identification_remote_digital_id"),
    (Role, oid::ROLE_TREASURY_CLIENT, "treasury_client"),
    (Role, oid::BTSD_INDIVIDUAL, "individual"),
    (Role, oid::BTSD_ORGANIZATION, "organization"),
    (Role, oid::BTSD_CEO, "ceo"),
    (Role, oid::BTSD_CAN_SIGN, "can_sign"),
    (Role, oid::BTSD_CAN_SIGN_FINANCIAL, "can_sign_financial"),
    (Role, oid::BTSD_HR, "hr"),
    (Role, oid::BTSD_EMPLOYEE, "employee"),
    (Role, oid::ROLE_PRESIDENTIAL_ARCHIVE, "presidential_archive_employee"),
    (Role, oid::ROLE_CENTRAL_ARCHIVE, "central_archive_employee"),
    (Role, oid::ROLE_DEPARTMENTAL_ARCHIVE, "departmental_archive_employee"),
    (Role, oid::ROLE_CIVIL_SERVANT, "civil_servant"),
    (Usage, oid::ANY_EXTENDED_KEY_USAGE, "any"),
    (Usage, oid::SERVER_AUTH, "server_auth"),
    (Usage, oid::CLIENT_AUTH, "client_auth"),
    (Usage, oid::CODE_SIGNING, "code_signing"),
    (Usage, oid::EMAIL_PROTECTION, "email_protection"),
    (Usage, oid::TIME_STAMPING, "time_stamping"),
    (Usage, oid::OCSP_SIGNING, "ocsp_signing"),
    (Policy, oid::ANY_POLICY, "any"),
    (Policy, oid::ROOT_POLICY, "root"),
    (Policy, oid::NATIONAL_REGULATIONS, "nca_regulations"),
    (Policy, oid::NATIONAL_POLICY, "nca"),
    (Policy, oid::POLICY_ORGANIZATION_SIGN, "organization_sign"),
    (Policy, oid::POLICY_ORGANIZATION_AUTH, "organization_auth"),
    (Policy, oid::POLICY_INDIVIDUAL_SIGN, "individual_sign"),
    (Policy, oid::POLICY_INDIVIDUAL_AUTH, "individual_auth"),
    (Policy, oid::TSA_POLICY, "tsa"),
    (Policy, oid::TSA_POLICY_GOST_2004, "tsa_gost_2004"),
    (Policy, oid::TSA_POLICY_RSA, "tsa_rsa"),
    (Policy, oid::TSA_POLICY_GOST_GT, "tsa_gost_gt"),
    (Policy, oid::TSA_POLICY_GOST_2015, "tsa_gost_2015"),
    (KeyStorage, oid::KEY_STORAGE_FILE, "pkcs12_file"),
];

/// The code of an identifier in dotted form; `None` for one that is not in the table.
pub fn code(meaning: Meaning, oid: &str) -> Option<&'static str> {
    let exact = TABLE.iter().find(|(m, known, _)| *m == meaning && *known == oid);
    // One information system may have a number of its own below the role.
    let is_below = |role: &str| oid.strip_prefix(role).is_some_and(|rest| rest.starts_with('.'));
    match exact {
        Some((_, _, code)) => Some(code),
        None if meaning == Role && is_below(oid::ROLE_INFORMATION_SYSTEM) => Some("information_system"),
        None => None,
    }
}

/// Whether an identifier lies in the arc of Kazakhstan.
pub fn is_national(oid: &str) -> bool {
    oid.starts_with("1.2.398.")
}

/// Where the authorities have the roles of holders, those in the table and any that came later: the
/// national authority, BTS Digital, the archives and state bodies, the treasury.
const ROLE_ARCS: [&str; 4] = ["1.2.398.3.3.4.", "1.2.398.3.17.3.", "1.2.398.3.2.3.", "1.2.398.5.19."];

fn is_role(oid: &str) -> bool {
    ROLE_ARCS.iter().any(|arc| oid.starts_with(arc))
}

/// Whether the key is for signing documents; see the head of this module.
pub fn may_sign(usage: Option<KeyUsage>, purposes: Option<&[String]>) -> bool {
    usage.is_some_and(|usage| usage.digital_signature && usage.content_commitment)
        && purposes.is_none_or(purposes_allow_signing)
}

/// Whether an extKeyUsage leaves room for signing documents.
fn purposes_allow_signing(purposes: &[String]) -> bool {
    let named = |oid: &str| purposes.iter().any(|purpose| purpose == oid);
    named(oid::EMAIL_PROTECTION) || named(oid::ANY_EXTENDED_KEY_USAGE) || are_roles_alone(purposes)
}

/// Whether an extKeyUsage names a role and nothing from elsewhere than the national arc.
pub fn are_roles_alone(purposes: &[String]) -> bool {
    purposes.iter().any(|purpose| is_role(purpose)) && purposes.iter().all(|purpose| is_national(purpose))
}

/// Whether the key is for logging in; see the head of this module.
pub fn may_authenticate(usage: Option<KeyUsage>, purposes: Option<&[String]>) -> bool {
    let Some(bits) = usage.filter(|usage| usage.digital_signature) else { return false };
    let named = |oid: &str| purposes.is_some_and(|purposes| purposes.iter().any(|purpose| purpose == oid));
    let shares = bits.key_agreement || bits.key_encipherment;
    named(oid::CLIENT_AUTH)
        || named(oid::ANY_EXTENDED_KEY_USAGE)
        || (shares && (purposes.is_none() || may_sign(usage, purposes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DS: u8 = 1;
    const NR: u8 = 2;
    const KE: u8 = 4;
    const KA: u8 = 8;

    fn usage(bits: u8) -> Option<KeyUsage> {
        Some(KeyUsage {
            digital_signature: bits & DS != 0,
            content_commitment: bits & NR != 0,
            key_encipherment: bits & KE != 0,
            key_agreement: bits & KA != 0,
            ..KeyUsage::default()
        })
    }

    const EMAIL: &str = oid::EMAIL_PROTECTION;
    const LOGIN: &str = oid::CLIENT_AUTH;
    const PERSON: &str = oid::ROLE_INDIVIDUAL;

    #[test]
    fn what_a_key_may_do() {
        // Key usage, purposes, whether it signs, whether it logs in.
        let cases: &[(u8, Option<&[&str]>, bool, bool)] = &[
            // A key for logging in signs nothing, whichever of the two extensions says so.
            (DS | KE, Some(&[LOGIN, PERSON]), false, true),
            (DS | NR, Some(&[LOGIN, PERSON]), false, true),
            (DS | NR | KA, Some(&[LOGIN]), false, true),
            (DS | KE, Some(&[EMAIL, PERSON]), false, false),
            (DS, Some(&[EMAIL, PERSON]), false, false),
            (NR, Some(&[EMAIL, PERSON]), false, false),
            (DS, Some(&[LOGIN]), false, true),
            (NR | KE, Some(&[LOGIN]), false, false),
            (0, Some(&[EMAIL, LOGIN]), false, false),
            // Signing keys with a key for logging in beside them, and single ones.
            (DS | NR, Some(&[EMAIL, PERSON]), true, false),
            (DS | NR | KA, Some(&[EMAIL, PERSON]), true, true),
            (DS | NR | KE, Some(&[EMAIL, PERSON]), true, true),
            (DS | NR, Some(&[EMAIL, LOGIN]), true, true),
            // Information systems have roles only.
            (DS | NR | KA, Some(&[oid::ROLE_ORGANIZATION]), true, true),
            (DS | NR, Some(&["1.2.398.3.2.3.9"]), true, false),
            // A policy is no role, and no role makes up for what is not national.
            (DS | NR, Some(&[oid::TSA_POLICY_GOST_2015]), false, false),
            (DS | NR, Some(&["1.3.6.1.4.1.311.20.2.2", PERSON]), false, false),
            // What else keys are made for is not made up for by a role.
            (DS | NR, Some(&[oid::TIME_STAMPING, PERSON]), false, false),
            (DS | NR | KE, Some(&[oid::SERVER_AUTH, PERSON]), false, false),
            (DS | NR, Some(&[oid::OCSP_SIGNING]), false, false),
            (DS | NR, Some(&["1.3.6.1.4.1.311.20.2.2"]), false, false),
            (DS | NR, Some(&[]), false, false),
            (DS | NR, Some(&[oid::ANY_EXTENDED_KEY_USAGE]), true, true),
            // Without purposes the bits decide.
            (DS | NR, None, true, false),
            (DS | NR | KA, None, true, true),
            (DS | KE, None, false, true),
            (DS, None, false, false),
        ];
        for (bits, purposes, signs, logs_in) in cases {
            let owned = purposes.map(|list| list.iter().map(|oid| (*oid).to_owned()).collect::<Vec<_>>());
            let found =
                (may_sign(usage(*bits), owned.as_deref()), may_authenticate(usage(*bits), owned.as_deref()));
            assert_eq!(found, (*signs, *logs_in), "{bits:04b} {purposes:?}");
        }
        for purposes in [None, Some(vec![EMAIL.to_owned()])] {
            assert!(!may_sign(None, purposes.as_deref()) && !may_authenticate(None, purposes.as_deref()));
        }
    }

    #[test]
    fn the_table_has_every_identifier_once() {
        for (at, (meaning, oid, code)) in TABLE.iter().enumerate() {
            for (other, known, known_code) in TABLE.iter().skip(at + 1) {
                assert!(oid != known, "{oid} twice");
                assert!(meaning != other || *meaning == Role || code != known_code, "{code} twice");
            }
            assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
            assert_eq!(super::code(*meaning, oid), Some(*code));
        }
    }

    #[test]
    fn a_number_below_a_role() {
        let role = |oid: &str| code(Role, oid);
        assert_eq!(role("1.2.398.3.3.4.1.2.6.71"), Some("information_system"));
        for unknown in ["1.2.398.3.3.4.1.2.61", "1.2.398.3.3.4.1.2.1.7", "1.2.398.3.3.4.1", EMAIL, ""] {
            assert_eq!(role(unknown), None, "{unknown}");
        }
        assert_eq!(code(Usage, EMAIL), Some("email_protection"));
        assert_eq!(code(Usage, PERSON), None);
    }
}
