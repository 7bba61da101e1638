//! The table of checks: for every finding its code, how much it weighs, whether a policy may weigh it
//! differently, the sub-indication that it leads to where it fails, which building block of EN 319 102-1
//! makes it, and where that is written.
//!
//! Checks name a code and nothing else ([`finding`]); level and sub-indication stand here, and a policy's
//! own levels are put in once, where the verdict is made ([`weigh`]). So no check knows of policies' levels,
//! and none can give one code two meanings.
//!
//! A row is *fixed* where a policy that weighed it less would let something through unseen: what disproves a
//! signature, what makes it unclear what was signed, what is revoked, and whatever ends a judgement before
//! all is checked (there is no path, so nobody asks about revocation). Everything else is *open*.

use super::Policy;
use super::report::{Finding, Level, SubIndication};

/// A building block of the validation (EN 319 102-1, 5.2 to 5.6): the function that makes a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Format checking, 5.2.2: what is signed and how it is written down.
    Format,
    /// Identification of the signing certificate, 5.2.3.
    SigningCertificate,
    /// X.509 certificate validation, 5.2.6: the path and the constraints on its certificates.
    Path,
    /// Revocation, within 5.2.6 by the rules of 5.2.5: lists and answers.
    Revocation,
    /// Cryptographic verification, 5.2.7.
    Cryptography,
    /// Signature acceptance validation, 5.2.8: constraints on algorithms and properties.
    Acceptance,
    /// Timestamps and what they prove, 5.4 and 5.5.
    Time,
    /// Past signature validation, 5.6.
    Past,
    /// Getting what a judgement needs; no block of the standard.
    Fetching,
}

impl Block {
    /// The clause of EN 319 102-1; nothing for what the standard leaves to others.
    pub fn clause(self) -> &'static str {
        match self {
            Self::Format => "5.2.2",
            Self::SigningCertificate => "5.2.3",
            Self::Revocation => "5.2.5",
            Self::Path => "5.2.6",
            Self::Cryptography => "5.2.7",
            Self::Acceptance => "5.2.8",
            Self::Time => "5.4",
            Self::Past => "5.6",
            Self::Fetching => "",
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The code, as it stands in reports and in the locale files.
    pub code: Code,
    /// The level where the policy names none.
    pub level: Level,
    /// What it leads to where it fails; the indication follows from it.
    pub sub_indication: SubIndication,
    /// The building block that makes it.
    pub block: Block,
    /// Whether no policy may change the level.
    pub fixed: bool,
    /// Where the rule is written.
    pub source: &'static str,
}

macro_rules! table {
    ($($code:ident $level:ident $sub_indication:ident $block:ident $hold:ident $source:literal;)*) => {
        /// The code of a finding. Its name is the code that reports show.
        #[allow(non_camel_case_types, missing_docs)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($code),* }

        /// Every row, in the order of [`Code`].
        pub const TABLE: &[Row] = &[$(Row {
            code: Code::$code,
            level: Level::$level,
            sub_indication: SubIndication::$sub_indication,
            block: Block::$block,
            fixed: table!(@$hold),
            source: $source,
        }),*];

        impl Code {
            /// The code as reports show it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$code => stringify!($code)),* }
            }

            /// The row of the code.
            pub const fn row(self) -> Row {
                TABLE[self as usize]
            }
        }
    };
    (@fixed) => { true };
    (@open) => { false };
}

table! {
    // Format
    SIGNATURE_MALFORMED             Fail FormatFailure          Format fixed "XML Signature 1.1, 4";
    SIGNED_INFO_NOT_UNIQUE          Fail FormatFailure          Format fixed "XML Signature 1.1, 4.1";
    COMMENT_IN_SIGNATURE            Fail FormatFailure          Format fixed "XML Signature 1.1, 4";
    REFERENCE_MISSING               Fail FormatFailure          Format fixed "XML Signature 1.1, 4.4";
    REFERENCE_NOT_FOUND             Fail SignedDataNotFound     Format fixed "EN 319 102-1, 5.2.7.3";
    REFERENCE_EXTERNAL              Fail SignedDataNotFound     Format fixed "EN 319 102-1, 5.2.7.3";
    REFERENCE_EMPTY                 Fail FormatFailure          Format fixed "XML Signature 1.1, 4.4.3.3";
    NOT_COUNTER_SIGNATURE           Fail FormatFailure          Format fixed "EN 319 132-1, 5.2.7";
    DUPLICATE_IDENTIFIER            Fail FormatFailure          Format fixed "XML Signature 1.1, 4.4.3.2";
    SIGNATURE_WRAPPED               Fail FormatFailure          Format fixed "XML Signature Best Practices, 2.1.3";
    CARRIER_UNVERIFIED              Fail SigConstraintsFailure  Format fixed "XML Signature Best Practices, 2.1.3";
    UNSIGNED_TWIN                   Fail SigConstraintsFailure  Format fixed "XML Signature Best Practices, 2.1.3";
    XML_LIMIT                       Fail Generic                Format fixed "EN 319 102-1, 5.2.2";
    DOCUMENT_UNREADABLE             Fail Generic                Format fixed "EN 319 102-1, 5.2.2";
    TRANSFORM_UNSUPPORTED           Fail Generic                Format fixed "XML Signature 1.1, 4.4.3.4";
    CANONICALIZATION_UNSUPPORTED    Fail Generic                Format fixed "XML Signature 1.1, 4.4.1";
    MANIFEST_REFERENCE_MISMATCH     Fail HashFailure            Format open  "XML Signature 1.1, 5.1";
    MANIFEST_REFERENCE_UNCHECKED    Warn SigConstraintsFailure  Format open  "XML Signature 1.1, 5.1";
    LATER_SIGNATURES_EXCLUDED       Info SigConstraintsFailure  Format open  "EN 319 102-1, 5.2.2";
    UNSIGNED_CONTENT                Warn SigConstraintsFailure  Format open  "EN 319 102-1, 5.2.9";

    // Identification of the signing certificate
    SIGNING_CERTIFICATE_NOT_FOUND    Fail NoSigningCertificateFound SigningCertificate fixed "EN 319 102-1, 5.2.3";
    SIGNING_CERTIFICATE_SEARCH_LIMIT Fail NoSigningCertificateFound SigningCertificate fixed "EN 319 102-1, 5.2.3";
    SIGNING_CERTIFICATE_MISMATCH     Fail NoSigningCertificateFound SigningCertificate fixed "EN 319 102-1, 5.2.3.4";
    SIGNING_CERTIFICATE_AMBIGUOUS    Fail NoSigningCertificateFound SigningCertificate fixed "EN 319 102-1, 5.2.3";
    CERTIFICATE_MALFORMED            Fail NoSigningCertificateFound SigningCertificate fixed "RFC 5280, 4.1";
    HMAC_KEY_MISSING                 Fail NoSigningCertificateFound SigningCertificate fixed "XML Signature 1.1, 6.3.1";
    ISSUER_SERIAL_MISMATCH           Warn SigConstraintsFailure     SigningCertificate open  "EN 319 102-1, 5.2.3.4";
    KEY_INFO_ITEM_UNREADABLE         Warn SigConstraintsFailure     SigningCertificate open  "XML Signature 1.1, 4.5";
    KEY_INFO_REFERENCE_UNREADABLE    Warn SigConstraintsFailure     SigningCertificate open  "XML Signature 1.1, 4.5.3";
    KEY_VALUE_VERIFIED               Info SigConstraintsFailure     SigningCertificate open  "XML Signature 1.1, 4.5.2";
    KEY_ONLY                         Info SigConstraintsFailure     SigningCertificate open  "EN 319 102-1, 5.2.3";

    // Cryptographic verification
    DIGEST_MISMATCH                 Fail HashFailure            Cryptography fixed "EN 319 102-1, 5.2.7.4";
    SIGNATURE_MISMATCH              Fail SigCryptoFailure       Cryptography fixed "EN 319 102-1, 5.2.7.4";
    KEY_TYPE_MISMATCH               Fail SigCryptoFailure       Cryptography fixed "EN 319 102-1, 5.2.7.4";
    HMAC_TOO_SHORT                  Fail SigCryptoFailure       Cryptography fixed "XML Signature 1.1, 6.3.1";
    HMAC_LENGTH_INVALID             Fail SigCryptoFailure       Cryptography fixed "XML Signature 1.1, 6.3.1";
    DIGEST_ALGORITHM_UNSUPPORTED    Fail Generic                Cryptography fixed "EN 319 102-1, 5.2.7.4";
    SIGNATURE_ALGORITHM_UNSUPPORTED Fail Generic                Cryptography fixed "EN 319 102-1, 5.2.7.4";
    KEY_ALGORITHM_UNSUPPORTED       Fail Generic                Cryptography fixed "EN 319 102-1, 5.2.7.4";
    ECDSA_VALUE_DER                 Warn SigConstraintsFailure  Cryptography open  "XML Signature 1.1, 6.4.3";
    ECDSA_VALUE_LENGTH              Warn SigConstraintsFailure  Cryptography open  "XML Signature 1.1, 6.4.3";

    // The path
    CHAIN_NOT_FOUND                   Fail NoCertificateChainFound        Path fixed "EN 319 102-1, 5.2.6.4";
    ANCHOR_NOT_YET_TRUSTED            Fail NoCertificateChainFound        Path fixed "EN 319 102-1, 5.2.6.4";
    ANCHOR_NO_LONGER_TRUSTED          Fail NoCertificateChainFoundNoPoe   Path fixed "EN 319 102-1, 5.6.2.2";
    ANCHOR_CONSTRAINED                Fail NoCertificateChainFound        Path fixed "RFC 5937, 3.2";
    CERTIFICATE_SIGNATURE_INVALID     Fail NoCertificateChainFound        Path fixed "RFC 5280, 6.1.3 (a)(1)";
    CERTIFICATE_ALGORITHM_UNSUPPORTED Fail Generic                        Path fixed "RFC 5280, 6.1.3 (a)(1)";
    CERTIFICATE_NOT_YET_VALID         Fail NotYetValid                    Path fixed "RFC 5280, 6.1.3 (a)(2)";
    SIGNATURE_BEFORE_CERTIFICATE      Fail NotYetValid                    Path fixed "EN 319 102-1, 5.5.4";
    CERTIFICATE_EXPIRED               Fail OutOfBoundsNoPoe               Path fixed "RFC 5280, 6.1.3 (a)(2)";
    CA_EXPIRED                        Fail OutOfBoundsNoPoe               Path fixed "RFC 5280, 6.1.3 (a)(2)";
    CA_NOT_YET_VALID                  Fail OutOfBoundsNoPoe               Path fixed "RFC 5280, 6.1.3 (a)(2)";
    ISSUER_NOT_CA                     Fail ChainConstraintsFailure        Path fixed "RFC 5280, 6.1.4 (k)";
    PATH_LENGTH_EXCEEDED              Fail ChainConstraintsFailure        Path fixed "RFC 5280, 6.1.4 (l)";
    ISSUER_KEY_USAGE                  Fail ChainConstraintsFailure        Path fixed "RFC 5280, 6.1.4 (n)";
    UNKNOWN_CRITICAL_EXTENSION        Fail ChainConstraintsFailure        Path fixed "RFC 5280, 6.1.4 (o)";
    NAME_NOT_PERMITTED                Fail ChainConstraintsFailure        Path fixed "RFC 5280, 6.1.3 (b)";
    NAME_CONSTRAINT_UNSUPPORTED       Fail ChainConstraintsFailure        Path fixed "RFC 5280, 4.2.1.10";
    CERTIFICATE_POLICY_NOT_VALID      Fail ChainConstraintsFailure        Path fixed "RFC 5280, 6.1.5 (g)";
    POLICY_MAPPING_INVALID            Fail ChainConstraintsFailure        Path fixed "RFC 5280, 6.1.4 (a)";
    PATH_LIMIT                        Fail CertificateChainGeneralFailure Path fixed "EN 319 102-1, 5.2.6.4";
    PATH_BUDGET_EXCEEDED              Fail CertificateChainGeneralFailure Path fixed "EN 319 102-1, 5.2.6.4";
    NAMED_CERTIFICATE_NOT_IN_PATH     Fail SigConstraintsFailure          Path open  "EN 319 102-1, 5.2.8.4.2.1";
    KEY_USAGE_NOT_SIGNING             Fail ChainConstraintsFailure        Path open  "RFC 5280, 4.2.1.3";
    EXTENDED_KEY_USAGE_NOT_SIGNING    Fail ChainConstraintsFailure        Path open  "RFC 5280, 4.2.1.12";
    CERTIFICATE_POLICY_NOT_SIGNING    Fail ChainConstraintsFailure        Path open  "RFC 5280, 4.2.1.4";
    CERTIFICATE_POLICY_MISSING        Fail ChainConstraintsFailure        Path open  "RFC 5280, 4.2.1.4";
    CERTIFICATE_POLICY_UNKNOWN        Info ChainConstraintsFailure        Path open  "RFC 5280, 4.2.1.4";
    ROLE_MISSING                      Fail ChainConstraintsFailure        Path open  "RFC 5280, 4.2.1.12";
    USAGE_MISMATCH                    Fail ChainConstraintsFailure        Path open  "RFC 5280, 4.2.1.12";
    IIN_MALFORMED                     Fail ChainConstraintsFailure        Path open  "Law 223-III of 2007 on identification numbers";
    IIN_CHECK_DIGIT                   Warn ChainConstraintsFailure        Path open  "Law 223-III of 2007 on identification numbers";
    IIN_IMPLAUSIBLE                   Warn ChainConstraintsFailure        Path open  "Law 223-III of 2007 on identification numbers";
    BIN_MALFORMED                     Fail ChainConstraintsFailure        Path open  "Law 223-III of 2007 on identification numbers";
    BIN_CHECK_DIGIT                   Warn ChainConstraintsFailure        Path open  "Law 223-III of 2007 on identification numbers";
    BIN_IMPLAUSIBLE                   Warn ChainConstraintsFailure        Path open  "Law 223-III of 2007 on identification numbers";

    // Revocation
    CERTIFICATE_REVOKED             Fail RevokedNoPoe                   Revocation fixed "EN 319 102-1, 5.2.6.4";
    CA_REVOKED                      Fail RevokedCaNoPoe                 Revocation fixed "EN 319 102-1, 5.2.6.4";
    CERTIFICATE_NEVER_ISSUED        Fail CertificateChainGeneralFailure Revocation fixed "RFC 6960, 2.2";
    REVOCATION_UNKNOWN              Fail TryLater                       Revocation open  "EN 319 102-1, 5.2.6.4";
    REVOKED_AFTER_VALIDATION_TIME   Warn RevokedNoPoe                   Revocation open  "EN 319 102-1, 5.2.6.4";
    REVOCATION_BEFORE_SIGNATURE     Warn TryLater                       Revocation open  "EN 319 102-1, 5.2.5";
    CRL_AFTER_EXPIRY                Warn TryLater                       Revocation open  "RFC 5280, 5.2.6";
    CRL_ALGORITHM_WEAK              Warn TryLater                       Revocation open  "EN 319 102-1, 5.2.8.4.1";
    CRL_TOO_OLD                     Warn TryLater                       Revocation open  "EN 319 102-1, 5.2.5";
    CRL_ALGORITHM_UNSUPPORTED       Warn TryLater                       Revocation open  "RFC 5280, 6.3.3 (g)";
    CRL_DELTA_WITHOUT_BASE          Warn TryLater                       Revocation open  "RFC 5280, 5.2.4";
    CRL_EXTENSION_UNSUPPORTED       Warn TryLater                       Revocation open  "RFC 5280, 5.2";
    CRL_NO_NEXT_UPDATE              Warn TryLater                       Revocation open  "RFC 5280, 5.1.2.5";
    CRL_OUT_OF_SCOPE                Warn TryLater                       Revocation open  "RFC 5280, 6.3.3 (b)";
    CRL_REASONS_INCOMPLETE          Warn TryLater                       Revocation open  "RFC 5280, 6.3.3 (d)";
    CRL_SEARCH_LIMIT                Warn TryLater                       Revocation open  "RFC 5280, 6.3.3 (f)";
    CRL_SIGNATURE_INVALID           Warn TryLater                       Revocation open  "RFC 5280, 6.3.3 (g)";
    CRL_SIGNER_NOT_FOUND            Warn TryLater                       Revocation open  "RFC 5280, 6.3.3 (f)";
    CRL_SIGNER_UNTRUSTED            Warn TryLater                       Revocation open  "RFC 5280, 6.3.3 (f)";
    CRL_SIGNER_USAGE                Warn TryLater                       Revocation open  "RFC 5280, 6.3.3 (f)";
    CRL_STALE                       Warn TryLater                       Revocation open  "EN 319 102-1, 5.2.5";
    OCSP_ALGORITHM_WEAK             Warn TryLater                       Revocation open  "EN 319 102-1, 5.2.8.4.1";
    OCSP_TOO_OLD                    Warn TryLater                       Revocation open  "EN 319 102-1, 5.2.5";
    OCSP_ALGORITHM_UNSUPPORTED      Warn TryLater                       Revocation open  "RFC 6960, 3.2";
    OCSP_EXTENSION_UNSUPPORTED      Warn TryLater                       Revocation open  "RFC 6960, 4.4";
    OCSP_RESPONDER_UNTRUSTED        Warn TryLater                       Revocation open  "RFC 6960, 4.2.2.2";
    OCSP_SEARCH_LIMIT               Warn TryLater                       Revocation open  "RFC 6960, 3.2";
    OCSP_SIGNATURE_INVALID          Warn TryLater                       Revocation open  "RFC 6960, 3.2";
    OCSP_STALE                      Warn TryLater                       Revocation open  "EN 319 102-1, 5.2.5";
    OCSP_UNAUTHORIZED               Warn TryLater                       Revocation open  "RFC 6960, 4.2.2.2";
    OCSP_UNKNOWN                    Warn TryLater                       Revocation open  "RFC 6960, 2.2";

    // Acceptance
    ALGORITHM_WEAK                  Fail CryptoConstraintsFailureNoPoe Acceptance open "EN 319 102-1, 5.2.8.4.1";
    ALGORITHM_NOT_ALLOWED           Fail CryptoConstraintsFailureNoPoe Acceptance open "EN 319 102-1, 5.2.8.4.1";
    KEY_TOO_SHORT                   Fail CryptoConstraintsFailureNoPoe Acceptance open "EN 319 102-1, 5.2.8.4.1";
    ALGORITHM_ENDED                 Fail CryptoConstraintsFailureNoPoe Acceptance open "EN 319 102-1, 5.2.8.4.1";
    PROPERTIES_NOT_SIGNED           Warn SigConstraintsFailure         Acceptance open "EN 319 132-1, 4.3.1";
    PROPERTY_MALFORMED              Fail SigConstraintsFailure         Acceptance open "EN 319 102-1, 5.2.8.4.2";
    PROPERTIES_TARGET_MISMATCH      Fail SigConstraintsFailure         Acceptance open "EN 319 132-1, 4.3.1";
    OBJECT_REFERENCE_UNMATCHED      Warn SigConstraintsFailure         Acceptance open "EN 319 132-1, 5.2.4";
    SIGNATURE_POLICY_NOT_APPLIED    Info SigConstraintsFailure         Acceptance open "EN 319 102-1, 5.2.4";

    // Time
    SIGNING_TIME_IMPLAUSIBLE        Warn SigConstraintsFailure Time open  "EN 319 132-1, 5.2.1";
    TIMESTAMP_UNREADABLE            Warn SigConstraintsFailure Time open  "EN 319 102-1, 5.4.4";
    TIMESTAMP_IMPRINT_MISMATCH      Warn SigConstraintsFailure Time open  "EN 319 102-1, 5.5.4";
    TIMESTAMP_IMPRINT_UNKNOWN       Warn SigConstraintsFailure Time open  "EN 319 102-1, 5.5.4";
    TIMESTAMP_AUTHORITY_NOT_FOUND   Warn SigConstraintsFailure Time open  "EN 319 102-1, 5.4.4";
    TIMESTAMP_ALGORITHM_UNSUPPORTED Warn SigConstraintsFailure Time open  "EN 319 102-1, 5.4.4";
    TIMESTAMP_ALGORITHM_WEAK        Warn SigConstraintsFailure Time open  "EN 319 102-1, 5.4.4";
    TIMESTAMP_INVALID               Warn SigConstraintsFailure Time open  "EN 319 102-1, 5.4.4";
    TIMESTAMP_TIME_IMPLAUSIBLE      Warn SigConstraintsFailure Time open  "RFC 3161, 2.3";
    TIMESTAMP_UNTRUSTED             Warn SigConstraintsFailure Time open  "EN 319 102-1, 5.4.4";
    TIMESTAMP_ORDER                 Fail TimestampOrderFailure Time fixed "EN 319 102-1, 5.5.4";

    // The past
    PAST_VALIDATION                 Info SigConstraintsFailure Past open "EN 319 102-1, 5.6.2";
    PAST_VALIDATION_FAILED          Info SigConstraintsFailure Past open "EN 319 102-1, 5.6.2";

    // Fetching
    FETCH_FAILED                    Warn TryLater Fetching open "EN 319 102-1, 5.2.6.4";
}

impl Code {
    /// The code of this name.
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().map(|row| row.code).find(|code| code.name() == name)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq<&str> for Code {
    fn eq(&self, other: &&str) -> bool {
        self.name() == *other
    }
}

impl PartialEq<str> for Code {
    fn eq(&self, other: &str) -> bool {
        self.name() == other
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Finding {
    /// A finding as its row has it. Texts are put in at the edge, a policy's own level with the verdict.
    pub fn new(code: Code, params: Vec<(&'static str, String)>) -> Self {
        let mut finding = Self {
            code,
            level: Level::Info,
            message: String::new(),
            remedy: String::new(),
            params,
            sub_indication: None,
        };
        finding.set(code.row().level);
        finding
    }

    /// The same where whoever asks does not insist: no more than a warning.
    #[must_use]
    pub(super) fn tolerated(mut self) -> Self {
        self.set(self.level.min(Level::Warn));
        self
    }

    fn set(&mut self, level: Level) {
        self.level = level;
        self.sub_indication = (level == Level::Fail).then_some(self.code.row().sub_indication);
    }
}

/// A finding of a check.
pub(super) fn finding(code: Code, params: Vec<(&'static str, String)>) -> Finding {
    Finding::new(code, params)
}

/// Gives every finding the level that the policy has for it; those that it ignores are left out. What the
/// table holds fixed stays, whatever a policy says.
pub(super) fn weigh(findings: &mut Vec<Finding>, policy: &Policy) {
    findings.retain_mut(|finding| {
        if finding.code.row().fixed {
            return true;
        }
        let Some(weight) = policy.weight(finding.code) else { return true };
        if let Some(level) = weight.level() {
            finding.set(level);
        }
        weight.level().is_some()
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_their_codes() {
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.code as usize, at);
            assert_eq!(row.code.row().code, row.code);
            assert_eq!(Code::named(row.code.name()), Some(row.code));
            assert!(!row.source.is_empty(), "{}", row.code);
        }
        assert_eq!(Code::named("NO_SUCH"), None);
    }

    #[test]
    fn what_disproves_a_signature_is_fixed() {
        use crate::validation::Indication;
        for row in TABLE {
            let disproves = row.sub_indication.indication() == Indication::TotalFailed;
            // What a Manifest lists is for whoever relies on it to judge (XML Signature 1.1, 5.1).
            let may_be_lowered = row.code == Code::MANIFEST_REFERENCE_MISMATCH;
            assert!(!disproves || row.level == Level::Fail, "{}", row.code);
            assert!(!disproves || row.fixed != may_be_lowered, "{}", row.code);
            assert!(!row.fixed || row.level == Level::Fail, "{} can only be raised", row.code);
        }
    }
}
