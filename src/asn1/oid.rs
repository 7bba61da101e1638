//! Object identifiers by name, in dotted form.

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        $($(#[$doc])* #[allow(missing_docs)] pub const $name: &str = $value;)*
    };
}

oids! {
    // keys and signatures: RFC 3279, RFC 4055, RFC 5758
    RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
    MD5_WITH_RSA = "1.2.840.113549.1.1.4";
    SHA1_WITH_RSA = "1.2.840.113549.1.1.5";
    MGF1 = "1.2.840.113549.1.1.8";
    RSASSA_PSS = "1.2.840.113549.1.1.10";
    SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
    SHA384_WITH_RSA = "1.2.840.113549.1.1.12";
    SHA512_WITH_RSA = "1.2.840.113549.1.1.13";
    SHA224_WITH_RSA = "1.2.840.113549.1.1.14";
    RIPEMD160_WITH_RSA = "1.3.36.3.3.1.2";
    EC_PUBLIC_KEY = "1.2.840.10045.2.1";
    ECDSA_WITH_SHA1 = "1.2.840.10045.4.1";
    ECDSA_WITH_SHA224 = "1.2.840.10045.4.3.1";
    ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
    ECDSA_WITH_SHA384 = "1.2.840.10045.4.3.3";
    ECDSA_WITH_SHA512 = "1.2.840.10045.4.3.4";
    DSA = "1.2.840.10040.4.1";
    DSA_WITH_SHA1 = "1.2.840.10040.4.3";
    DSA_WITH_SHA224 = "2.16.840.1.101.3.4.3.1";
    DSA_WITH_SHA256 = "2.16.840.1.101.3.4.3.2";
    // RFC 8410
    ED25519 = "1.3.101.112";
    ED448 = "1.3.101.113";
    // the arc of NIST, "sigAlgs"
    ECDSA_WITH_SHA3_224 = "2.16.840.1.101.3.4.3.9";
    ECDSA_WITH_SHA3_256 = "2.16.840.1.101.3.4.3.10";
    ECDSA_WITH_SHA3_384 = "2.16.840.1.101.3.4.3.11";
    ECDSA_WITH_SHA3_512 = "2.16.840.1.101.3.4.3.12";
    // hash functions
    MD5 = "1.2.840.113549.2.5";
    SHA1 = "1.3.14.3.2.26";
    RIPEMD160 = "1.3.36.3.2.1";
    SHA256 = "2.16.840.1.101.3.4.2.1";
    SHA384 = "2.16.840.1.101.3.4.2.2";
    SHA512 = "2.16.840.1.101.3.4.2.3";
    SHA224 = "2.16.840.1.101.3.4.2.4";
    SHA3_224 = "2.16.840.1.101.3.4.2.7";
    SHA3_256 = "2.16.840.1.101.3.4.2.8";
    SHA3_384 = "2.16.840.1.101.3.4.2.9";
    SHA3_512 = "2.16.840.1.101.3.4.2.10";
    // encryption by passwords: RFC 8018 A to C, RFC 7292 C, RFC 9579
    PBKDF2 = "1.2.840.113549.1.5.12";
    PBES2 = "1.2.840.113549.1.5.13";
    PBMAC1 = "1.2.840.113549.1.5.14";
    PBE_SHA1_3KEY_3DES = "1.2.840.113549.1.12.1.3";
    PBE_SHA1_2KEY_3DES = "1.2.840.113549.1.12.1.4";
    PBE_SHA1_RC2_128 = "1.2.840.113549.1.12.1.5";
    PBE_SHA1_RC2_40 = "1.2.840.113549.1.12.1.6";
    HMAC_SHA1 = "1.2.840.113549.2.7";
    HMAC_SHA224 = "1.2.840.113549.2.8";
    HMAC_SHA256 = "1.2.840.113549.2.9";
    HMAC_SHA384 = "1.2.840.113549.2.10";
    HMAC_SHA512 = "1.2.840.113549.2.11";
    DES_EDE3_CBC = "1.2.840.113549.3.7";
    AES128_CBC = "2.16.840.1.101.3.4.1.2";
    AES192_CBC = "2.16.840.1.101.3.4.1.22";
    AES256_CBC = "2.16.840.1.101.3.4.1.42";
    // key containers: RFC 5652 4, 8; RFC 7292 4, D; RFC 2985 5.5
    DATA = "1.2.840.113549.1.7.1";
    ENCRYPTED_DATA = "1.2.840.113549.1.7.6";
    KEY_BAG = "1.2.840.113549.1.12.10.1.1";
    SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2";
    CERTIFICATE_BAG = "1.2.840.113549.1.12.10.1.3";
    SAFE_CONTENTS_BAG = "1.2.840.113549.1.12.10.1.6";
    FRIENDLY_NAME = "1.2.840.113549.1.9.20";
    LOCAL_KEY_ID = "1.2.840.113549.1.9.21";
    X509_CERTIFICATE = "1.2.840.113549.1.9.22.1";
    // curves: RFC 5480 2.1.1.1, SEC 2, RFC 5639
    P192 = "1.2.840.10045.3.1.1";
    P224 = "1.3.132.0.33";
    P256 = "1.2.840.10045.3.1.7";
    P384 = "1.3.132.0.34";
    P521 = "1.3.132.0.35";
    SECP256K1 = "1.3.132.0.10";
    BRAINPOOL_P256R1 = "1.3.36.3.3.2.8.1.1.7";
    BRAINPOOL_P384R1 = "1.3.36.3.3.2.8.1.1.11";
    BRAINPOOL_P512R1 = "1.3.36.3.3.2.8.1.1.13";
    // algorithms of the national authority, arc 1.2.398.3.10.1
    GOST_2004 = "1.2.398.3.10.1.1.1.1";
    GOST_2004_CURVE = "1.2.398.3.10.1.1.1.1.1";
    GOST_2004_SIGNATURE = "1.2.398.3.10.1.1.1.2";
    GOST_2015_256 = "1.2.398.3.10.1.1.2.1";
    GOST_2015_256_CURVE = "1.2.398.3.10.1.1.2.1.1";
    GOST_2015_512 = "1.2.398.3.10.1.1.2.2";
    GOST_2015_512_CURVE = "1.2.398.3.10.1.1.2.2.1";
    GOST_2015_256_SIGNATURE = "1.2.398.3.10.1.1.2.3.1";
    GOST_2015_512_SIGNATURE = "1.2.398.3.10.1.1.2.3.2";
    GOST_34311 = "1.2.398.3.10.1.3.1";
    /// The substitution boxes of GOST 34.311-95 that keys of GOST 34.310-2004 name.
    GOST_2004_BOXES = "1.2.398.3.10.1.3.1.1.0";
    STREEBOG_256 = "1.2.398.3.10.1.3.2";
    STREEBOG_512 = "1.2.398.3.10.1.3.3";
    // the Russian names of the same: RFC 4357 10, RFC 9215 2
    GOST_R_2001 = "1.2.643.2.2.19";
    GOST_R_2001_SIGNATURE = "1.2.643.2.2.3";
    GOST_R_2012_256 = "1.2.643.7.1.1.1.1";
    GOST_R_2012_512 = "1.2.643.7.1.1.1.2";
    GOST_R_2012_256_SIGNATURE = "1.2.643.7.1.1.3.2";
    GOST_R_2012_512_SIGNATURE = "1.2.643.7.1.1.3.3";
    GOST_R_3411 = "1.2.643.2.2.9";
    GOST_R_3411_BOXES = "1.2.643.2.2.30.1";
    GOST_R_STREEBOG_256 = "1.2.643.7.1.1.2.2";
    GOST_R_STREEBOG_512 = "1.2.643.7.1.1.2.3";
    CRYPTOPRO_A = "1.2.643.2.2.35.1";
    CRYPTOPRO_XCHA = "1.2.643.2.2.36.0";
    TC26_256_A = "1.2.643.7.1.2.1.1.1";
    TC26_256_B = "1.2.643.7.1.2.1.1.2";
    TC26_512_A = "1.2.643.7.1.2.1.2.1";
    // attributes of names: RFC 4519
    COMMON_NAME = "2.5.4.3";
    SURNAME = "2.5.4.4";
    SERIAL_NUMBER = "2.5.4.5";
    COUNTRY = "2.5.4.6";
    LOCALITY = "2.5.4.7";
    STATE = "2.5.4.8";
    STREET = "2.5.4.9";
    ORGANIZATION = "2.5.4.10";
    ORGANIZATIONAL_UNIT = "2.5.4.11";
    BUSINESS_CATEGORY = "2.5.4.15";
    GIVEN_NAME = "2.5.4.42";
    EMAIL = "1.2.840.113549.1.9.1";
    USER_ID = "0.9.2342.19200300.100.1.1";
    DOMAIN_COMPONENT = "0.9.2342.19200300.100.1.25";
    // extensions: RFC 5280 4.2, 5.2, 5.3
    SUBJECT_KEY_ID = "2.5.29.14";
    KEY_USAGE = "2.5.29.15";
    SUBJECT_ALT_NAME = "2.5.29.17";
    ISSUER_ALT_NAME = "2.5.29.18";
    BASIC_CONSTRAINTS = "2.5.29.19";
    CRL_NUMBER = "2.5.29.20";
    REASON_CODE = "2.5.29.21";
    INVALIDITY_DATE = "2.5.29.24";
    DELTA_CRL_INDICATOR = "2.5.29.27";
    ISSUING_DISTRIBUTION_POINT = "2.5.29.28";
    CERTIFICATE_ISSUER = "2.5.29.29";
    NAME_CONSTRAINTS = "2.5.29.30";
    CRL_DISTRIBUTION_POINTS = "2.5.29.31";
    CERTIFICATE_POLICIES = "2.5.29.32";
    POLICY_MAPPINGS = "2.5.29.33";
    AUTHORITY_KEY_ID = "2.5.29.35";
    POLICY_CONSTRAINTS = "2.5.29.36";
    EXTENDED_KEY_USAGE = "2.5.29.37";
    FRESHEST_CRL = "2.5.29.46";
    INHIBIT_ANY_POLICY = "2.5.29.54";
    EXPIRED_CERTS_ON_CRL = "2.5.29.60";
    AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1";
    OCSP = "1.3.6.1.5.5.7.48.1";
    // RFC 6960 4.2.1, 4.4
    OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1";
    OCSP_NONCE = "1.3.6.1.5.5.7.48.1.2";
    OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5";
    OCSP_EXTENDED_REVOKE = "1.3.6.1.5.5.7.48.1.9";
    CA_ISSUERS = "1.3.6.1.5.5.7.48.2";
    CPS = "1.3.6.1.5.5.7.2.1";
    USER_NOTICE = "1.3.6.1.5.5.7.2.2";
    // another name: RFC 9598 3
    SMTP_UTF8_MAILBOX = "1.3.6.1.5.5.7.8.9";
    // timestamps: RFC 3161 2.4.2
    TST_INFO = "1.2.840.113549.1.9.16.1.4";
    // CMS: RFC 5652 5.1, 11.1, 11.2; RFC 5035
    SIGNED_DATA = "1.2.840.113549.1.7.2";
    CONTENT_TYPE = "1.2.840.113549.1.9.3";
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
    SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
    // purposes of keys: RFC 5280 4.2.1.12
    ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0";
    SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
    EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
    TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
    OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
    // certificate policies: RFC 5280 4.2.1.4, and the national ones
    ANY_POLICY = "2.5.29.32.0";
    ROOT_POLICY = "1.2.398.3.1.2";
    /// Regulations of the national authority, in its certificates of 2018.
    NATIONAL_REGULATIONS = "1.2.398.3.3.1.1";
    /// Current certificate policy of the national certification authority.
    NATIONAL_POLICY = "1.2.398.3.3.2";
    // its parts, one for each kind of key, until they became one policy
    POLICY_ORGANIZATION_SIGN = "1.2.398.3.3.2.1";
    POLICY_ORGANIZATION_AUTH = "1.2.398.3.3.2.2";
    POLICY_INDIVIDUAL_SIGN = "1.2.398.3.3.2.3";
    POLICY_INDIVIDUAL_AUTH = "1.2.398.3.3.2.4";
    // of timestamps, by the algorithm they are signed with
    TSA_POLICY = "1.2.398.3.3.2.6";
    TSA_POLICY_GOST_2004 = "1.2.398.3.3.2.6.1";
    TSA_POLICY_RSA = "1.2.398.3.3.2.6.2";
    TSA_POLICY_GOST_GT = "1.2.398.3.3.2.6.3";
    TSA_POLICY_GOST_2015 = "1.2.398.3.3.2.6.4";
    /// The extension that says what the private key was made in, as a SEQUENCE of identifiers.
    KEY_STORAGE = "1.2.398.3.3.5";
    KEY_STORAGE_FILE = "1.2.398.3.3.5.1.1";
    // roles of the holder: the national authority
    ROLE_INDIVIDUAL = "1.2.398.3.3.4.1.1";
    ROLE_INDIVIDUAL_SYSTEM = "1.2.398.3.3.4.1.1.1";
    ROLE_ORGANIZATION = "1.2.398.3.3.4.1.2";
    ROLE_CEO = "1.2.398.3.3.4.1.2.1";
    ROLE_CAN_SIGN = "1.2.398.3.3.4.1.2.2";
    ROLE_CAN_SIGN_FINANCIAL = "1.2.398.3.3.4.1.2.3";
    ROLE_HR = "1.2.398.3.3.4.1.2.4";
    ROLE_EMPLOYEE = "1.2.398.3.3.4.1.2.5";
    ROLE_INFORMATION_SYSTEM = "1.2.398.3.3.4.1.2.6";
    ROLE_NCA = "1.2.398.3.3.4.2";
    ROLE_NCA_ADMIN = "1.2.398.3.3.4.2.1";
    ROLE_NCA_MANAGER = "1.2.398.3.3.4.2.2";
    ROLE_NCA_OPERATOR = "1.2.398.3.3.4.2.3";
    // how the holder was identified
    IDENTIFICATION = "1.2.398.3.3.4.3";
    IDENTIFICATION_DESK = "1.2.398.3.3.4.3.1";
    IDENTIFICATION_REMOTE = "1.2.398.3.3.4.3.2";
    IDENTIFICATION_DIGITAL_ID = "1.2.398.3.3.4.3.2.1";
    // other authorities and systems
    ROLE_TREASURY_CLIENT = "1.2.398.5.19.1.2.2.1";
    BTSD_INDIVIDUAL = "1.2.398.3.17.3.1";
    BTSD_ORGANIZATION = "1.2.398.3.17.3.2";
    BTSD_CEO = "1.2.398.3.17.3.3";
    BTSD_CAN_SIGN = "1.2.398.3.17.3.4";
    BTSD_CAN_SIGN_FINANCIAL = "1.2.398.3.17.3.5";
    BTSD_HR = "1.2.398.3.17.3.6";
    BTSD_EMPLOYEE = "1.2.398.3.17.3.7";
    ROLE_PRESIDENTIAL_ARCHIVE = "1.2.398.3.2.3.1";
    ROLE_CENTRAL_ARCHIVE = "1.2.398.3.2.3.2";
    ROLE_DEPARTMENTAL_ARCHIVE = "1.2.398.3.2.3.3";
    ROLE_CIVIL_SERVANT = "1.2.398.3.2.3.4";
}

/// The identifier with these content octets, if it is one of those that most identifiers of a certificate are:
/// attributes and extensions of X.500, RSA and SHA-256 with it. None of them needs to be written out.
pub(super) fn known(content: &[u8]) -> Option<&'static str> {
    let (arc, number) = match *content {
        [0x55, arc, number] => (arc, number),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01] => return Some(RSA_ENCRYPTION),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b] => return Some(SHA256_WITH_RSA),
        _ => return None,
    };
    Some(match (arc, number) {
        (0x04, 3) => COMMON_NAME,
        (0x04, 4) => SURNAME,
        (0x04, 5) => SERIAL_NUMBER,
        (0x04, 6) => COUNTRY,
        (0x04, 7) => LOCALITY,
        (0x04, 8) => STATE,
        (0x04, 9) => STREET,
        (0x04, 10) => ORGANIZATION,
        (0x04, 11) => ORGANIZATIONAL_UNIT,
        (0x04, 15) => BUSINESS_CATEGORY,
        (0x04, 42) => GIVEN_NAME,
        (0x1d, 14) => SUBJECT_KEY_ID,
        (0x1d, 15) => KEY_USAGE,
        (0x1d, 17) => SUBJECT_ALT_NAME,
        (0x1d, 18) => ISSUER_ALT_NAME,
        (0x1d, 19) => BASIC_CONSTRAINTS,
        (0x1d, 20) => CRL_NUMBER,
        (0x1d, 21) => REASON_CODE,
        (0x1d, 24) => INVALIDITY_DATE,
        (0x1d, 27) => DELTA_CRL_INDICATOR,
        (0x1d, 28) => ISSUING_DISTRIBUTION_POINT,
        (0x1d, 29) => CERTIFICATE_ISSUER,
        (0x1d, 30) => NAME_CONSTRAINTS,
        (0x1d, 31) => CRL_DISTRIBUTION_POINTS,
        (0x1d, 32) => CERTIFICATE_POLICIES,
        (0x1d, 33) => POLICY_MAPPINGS,
        (0x1d, 35) => AUTHORITY_KEY_ID,
        (0x1d, 36) => POLICY_CONSTRAINTS,
        (0x1d, 37) => EXTENDED_KEY_USAGE,
        (0x1d, 46) => FRESHEST_CRL,
        (0x1d, 54) => INHIBIT_ANY_POLICY,
        (0x1d, 60) => EXPIRED_CERTS_ON_CRL,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Reader, write};

    #[test]
    fn what_is_known_is_what_is_written() {
        let x500 =
            [4, 29].into_iter().flat_map(|arc| (0..128).map(move |number| format!("2.5.{arc}.{number}")));
        let pkcs1 = (0..20).map(|number| format!("1.2.840.113549.1.1.{number}"));
        let mut known = 0;
        for dotted in x500.chain(pkcs1) {
            let der = write::oid(&dotted);
            let read = Reader::single(&der).expect("an identifier");
            assert_eq!(read.oid().as_deref(), Ok(dotted.as_str()));
            assert_eq!(read.oid_text().as_deref(), Ok(dotted.as_str()));
            known += u32::from(super::known(read.content).is_some());
        }
        assert!(known > 20);
    }
}
