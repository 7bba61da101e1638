//! Object identifiers by name, in dotted form.

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        $($(#[$doc])* #[allow(missing_docs)] pub const $name: &str = $value;)*
    };
}

oids! {
    // keys and signatures: RFC 3279, RFC 4055, RFC 5758
    RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
    SHA1_WITH_RSA = "1.2.840.113549.1.1.5";
    SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
    SHA384_WITH_RSA = "1.2.840.113549.1.1.12";
    SHA512_WITH_RSA = "1.2.840.113549.1.1.13";
    EC_PUBLIC_KEY = "1.2.840.10045.2.1";
    ECDSA_WITH_SHA1 = "1.2.840.10045.4.1";
    ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
    ECDSA_WITH_SHA384 = "1.2.840.10045.4.3.3";
    ECDSA_WITH_SHA512 = "1.2.840.10045.4.3.4";
    P256 = "1.2.840.10045.3.1.7";
    P384 = "1.3.132.0.34";
    P521 = "1.3.132.0.35";
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
    AUTHORITY_KEY_ID = "2.5.29.35";
    EXTENDED_KEY_USAGE = "2.5.29.37";
    AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1";
    OCSP = "1.3.6.1.5.5.7.48.1";
    CA_ISSUERS = "1.3.6.1.5.5.7.48.2";
    CPS = "1.3.6.1.5.5.7.2.1";
    // timestamps: RFC 3161 2.4.2
    TST_INFO = "1.2.840.113549.1.9.16.1.4";
    CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
    // the national arc 1.2.398.3.3
    /// Current certificate policy of the national certification authority.
    NATIONAL_POLICY = "1.2.398.3.3.2";
    ROLE_INDIVIDUAL = "1.2.398.3.3.4.1.1";
    ROLE_INDIVIDUAL_SYSTEM = "1.2.398.3.3.4.1.1.1";
    ROLE_ORGANIZATION = "1.2.398.3.3.4.1.2";
    ROLE_CEO = "1.2.398.3.3.4.1.2.1";
    ROLE_CAN_SIGN = "1.2.398.3.3.4.1.2.2";
    ROLE_CAN_SIGN_FINANCIAL = "1.2.398.3.3.4.1.2.3";
    ROLE_HR = "1.2.398.3.3.4.1.2.4";
    ROLE_EMPLOYEE = "1.2.398.3.3.4.1.2.5";
    ROLE_INFORMATION_SYSTEM = "1.2.398.3.3.4.1.2.6";
}
