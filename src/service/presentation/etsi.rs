//! A report as the validation report of ETSI TS 119 102-2 V1.4.1, in its namespace of that version.
//!
//! Every signature is a SignatureValidationReport; every finding is a ValidationConstraint with its code, its
//! status and, in the reader's language, its reason and what to do. Certificates and documents are validation
//! objects known by their SHA-256: a report does not carry them. A certificate checked by itself has a report
//! without a signature, whose status is the certificate's. What the schema wants and a report does not know
//! (the digest of SignedInfo, the octets of a timestamp) is left out, as the schema allows.

use std::collections::BTreeMap;

use super::sub_indication_name;
use crate::messages::Language;
use crate::validation::report::{
    CertificateReport, CertificateSummary, ChainLink, Finding, PolicyName, Revocation, Signature, Signer,
    SubIndication, hex, rfc3339,
};
use crate::validation::{Code, Indication, Level, Report};
use crate::xml::write::Xml;

const NAMESPACE: &str = "http://uri.etsi.org/19102/v1.4.1#";
const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
const XMLDSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// What names that no standard has begin with.
const OWN: &str = "urn:x-qoltanba";

/// The reports on documents as one validation report. Findings have their texts.
pub fn documents(reports: &[&Report], language: Language) -> String {
    let mut writer = Writer::new(language);
    for (at, report) in reports.iter().enumerate() {
        for (number, signature) in report.signatures.iter().enumerate() {
            writer.signature(report, signature, &format!("S-{}-{}", at + 1, number + 1));
        }
    }
    writer.finish()
}

/// The reports on certificates as one validation report. Findings have their texts.
pub fn certificates(reports: &[&CertificateReport], language: Language) -> String {
    let mut writer = Writer::new(language);
    for report in reports {
        writer.certificate(report);
    }
    writer.finish()
}

struct Writer {
    xml: Xml,
    language: Language,
    /// Validation objects by their identifier, with the digest and the type.
    objects: BTreeMap<String, (String, &'static str)>,
}

/// What a status consists of.
struct Status<'a> {
    indication: Indication,
    sub_indication: Option<SubIndication>,
    leaf: Option<&'a CertificateSummary>,
    chain: &'a [ChainLink],
    revocation: &'a [Revocation],
    findings: &'a [Finding],
    /// The identifier of the signature and its algorithm.
    algorithm: Option<(&'a str, &'a str)>,
}

impl Writer {
    fn new(language: Language) -> Self {
        let mut xml = Xml::default();
        xml.open("ValidationReport", &[("xmlns", NAMESPACE), ("xmlns:xades", XADES), ("xmlns:ds", XMLDSIG)]);
        Self { xml, language, objects: BTreeMap::new() }
    }

    fn finish(mut self) -> String {
        if !self.objects.is_empty() {
            self.xml.open("SignatureValidationObjects", &[]);
            for (id, (sha256, kind)) in std::mem::take(&mut self.objects) {
                self.xml.open("ValidationObject", &[("id", &id)]);
                self.xml.leaf("ObjectType", kind).open("ValidationObjectRepresentation", &[]);
                self.digest(&sha256);
                self.xml.close("ValidationObjectRepresentation").close("ValidationObject");
            }
            self.xml.close("SignatureValidationObjects");
        }
        self.xml.close("ValidationReport");
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", self.xml.finish())
    }

    fn signature(&mut self, report: &Report, signature: &Signature, id: &str) {
        self.xml.open("SignatureValidationReport", &[]);
        self.xml.open("SignatureIdentifier", &[("id", id)]);
        self.xml.leaf("HashOnly", "false").leaf("DocHashOnly", "false");
        self.xml.leaf_if("DAIdentifier", Some(&*signature.id).filter(|id| !id.is_empty()));
        self.xml.close("SignatureIdentifier");
        self.constraints(&report.policy, &signature.findings);
        self.times(&rfc3339(report.validation_time), &rfc3339(signature.best_signature_time));
        if !report.document.sha256.is_empty() {
            self.xml.open("SignersDocument", &[]);
            self.digest(&report.document.sha256);
            let document = self.object("D", &report.document.sha256, "signedData");
            self.reference("SignersDocumentRef", &document);
            self.xml.close("SignersDocument");
        }
        self.attributes(signature);
        if let (Some(signer), Some(certificate)) = (&signature.signer, &signature.certificate) {
            self.signer(signer, certificate);
        }
        self.process();
        self.status(&Status {
            indication: signature.indication,
            sub_indication: signature.sub_indication,
            leaf: signature.certificate.as_deref(),
            chain: &signature.chain,
            revocation: &signature.revocation,
            findings: &signature.findings,
            algorithm: Some((id, &signature.algorithms.signature)),
        });
        self.xml.close("SignatureValidationReport");
    }

    fn certificate(&mut self, report: &CertificateReport) {
        self.xml.open("SignatureValidationReport", &[]);
        self.constraints(&report.policy, &report.findings);
        let at = rfc3339(report.validation_time);
        self.times(&at, &at);
        let summary = CertificateSummary::of(&report.certificate);
        self.signer(&Signer::of(&report.certificate), &summary);
        self.process();
        self.status(&Status {
            indication: report.indication,
            sub_indication: report.sub_indication,
            leaf: Some(&summary),
            chain: &report.chain,
            revocation: &report.revocation,
            findings: &report.findings,
            algorithm: None,
        });
        self.xml.close("SignatureValidationReport");
    }

    /// The policy, and every finding as a constraint (4.2.6).
    fn constraints(&mut self, policy: &PolicyName, findings: &[Finding]) {
        self.xml.open("ValidationConstraintsEvaluationReport", &[]);
        self.xml.open("SignatureValidationPolicy", &[]).open("SignaturePolicyIdentifier", &[]);
        self.xml.open("xades:SignaturePolicyId", &[]).open("xades:SigPolicyId", &[]);
        self.xml.leaf("xades:Identifier", &format!("{OWN}:policy:{}", policy.sha256));
        self.xml.close("xades:SigPolicyId").open("xades:SigPolicyHash", &[]);
        self.digest_parts(&policy.sha256);
        self.xml.close("xades:SigPolicyHash").close("xades:SignaturePolicyId");
        self.xml.close("SignaturePolicyIdentifier").leaf("PolicyName", &policy.name);
        self.xml.close("SignatureValidationPolicy");
        for finding in findings {
            self.constraint(finding);
        }
        self.xml.close("ValidationConstraintsEvaluationReport");
    }

    fn constraint(&mut self, finding: &Finding) {
        self.xml.open("ValidationConstraint", &[]);
        self.xml.leaf("ValidationConstraintIdentifier", &format!("{OWN}:check:{}", finding.code));
        self.xml.open("ConstraintStatus", &[]);
        self.xml.leaf("Status", "urn:etsi:019102:constraintStatus:applied").close("ConstraintStatus");
        self.xml.open("ValidationStatus", &[]);
        let indication = finding.sub_indication.map(SubIndication::indication);
        self.xml.leaf(
            "MainIndication",
            match indication {
                None | Some(Indication::TotalPassed) => "urn:etsi:019102:mainindication:passed",
                Some(Indication::TotalFailed) => "urn:etsi:019102:mainindication:failed",
                Some(Indication::Indeterminate) => "urn:etsi:019102:mainindication:indeterminate",
            },
        );
        self.sub_indication(finding.sub_indication);
        self.xml.open("AssociatedValidationReportData", &[]).open("AdditionalValidationReportData", &[]);
        let level = match finding.level {
            Level::Fail => "fail",
            Level::Warn => "warn",
            Level::Info => "info",
        };
        self.data("level", level, None);
        self.data("message", &finding.message, Some(self.language));
        if !finding.remedy.is_empty() {
            self.data("remedy", &finding.remedy, Some(self.language));
        }
        self.xml.close("AdditionalValidationReportData").close("AssociatedValidationReportData");
        self.xml.close("ValidationStatus").close("ValidationConstraint");
    }

    fn data(&mut self, kind: &str, value: &str, language: Option<Language>) {
        self.xml.open("ReportData", &[]).leaf("Type", &format!("{OWN}:{kind}"));
        let language: Vec<_> = language.iter().map(|language| ("xml:lang", language.tag())).collect();
        self.xml.leaf_with("Value", &language, value).close("ReportData");
    }

    fn times(&mut self, at: &str, existed: &str) {
        self.xml.open("ValidationTimeInfo", &[]).leaf("ValidationTime", at);
        self.xml.open("BestSignatureTime", &[]).leaf("POETime", existed);
        self.xml.leaf("TypeOfProof", "urn:etsi:019102:poetype:validation");
        self.xml.close("BestSignatureTime").close("ValidationTimeInfo");
    }

    /// Signature attributes (annex A), of those that a report knows.
    fn attributes(&mut self, signature: &Signature) {
        let mut inner = Xml::default();
        let is_time = |text: &&String| text.parse::<jiff::Timestamp>().is_ok();
        if let Some(claimed) = signature.claimed_signing_time.as_ref().filter(is_time) {
            inner.open("SigningTime", &[("Signed", "true")]).leaf("Time", claimed).close("SigningTime");
        }
        if let Some(properties) = &signature.properties {
            for media_type in &properties.media_types {
                inner.open("DataObjectFormat", &[("Signed", "true")]);
                inner.leaf("MimeType", media_type).close("DataObjectFormat");
            }
            for commitment in &properties.commitments {
                inner.open("CommitmentTypeIndication", &[("Signed", "true")]);
                inner.leaf("CommitmentTypeIdentifier", commitment).close("CommitmentTypeIndication");
            }
            if let Some(place) = &properties.production_place {
                inner.open("SignatureProductionPlace", &[("Signed", "true")]);
                inner.leaf("AddressString", place).close("SignatureProductionPlace");
            }
            if !properties.claimed_roles.is_empty() {
                inner.open("SignerRole", &[("Signed", "true")]);
                for role in &properties.claimed_roles {
                    inner.open("RoleDetails", &[]).leaf("Role", role);
                    inner.leaf("EndorsementType", "claimed").close("RoleDetails");
                }
                inner.close("SignerRole");
            }
        }
        for stamp in &signature.timestamps {
            let name = match stamp.kind {
                "signature" => "SignatureTimeStamp",
                "archive" => "ArchiveTimeStamp",
                _ => continue,
            };
            if let Some(time) = stamp.time {
                inner.open(name, &[]).leaf("TimeStampValue", &rfc3339(time)).close(name);
            }
        }
        let inner = inner.finish();
        if !inner.is_empty() {
            self.xml.open("SignatureAttributes", &[]).written(&inner).close("SignatureAttributes");
        }
    }

    fn signer(&mut self, signer: &Signer, certificate: &CertificateSummary) {
        let object = self.object("C", &certificate.sha256, "certificate");
        self.xml.open("SignerInformation", &[]);
        self.reference("SignerCertificate", &object);
        self.xml.leaf("Signer", &signer.subject).close("SignerInformation");
    }

    fn process(&mut self) {
        self.xml.open("SignatureValidationProcess", &[]);
        self.xml.leaf("SignatureValidationProcessID", "urn:etsi:019102:validationprocess:LTA");
        self.xml.close("SignatureValidationProcess");
    }

    fn status(&mut self, status: &Status<'_>) {
        self.xml.open("SignatureValidationStatus", &[]);
        let indication = status.indication.name().to_ascii_lowercase();
        self.xml.leaf("MainIndication", &format!("urn:etsi:019102:mainindication:{indication}"));
        self.sub_indication(status.sub_indication);
        self.xml.open("AssociatedValidationReportData", &[]);
        let anchor = status.chain.iter().find(|link| link.trust_anchor);
        let anchor = anchor.map(|link| self.object("C", &hex(&link.certificate.sha256()), "certificate"));
        if let Some(anchor) = &anchor {
            self.reference("TrustAnchor", anchor);
        }
        if let Some(leaf) = status.leaf {
            let leaf = self.object("C", &leaf.sha256, "certificate");
            self.xml.open("CertificateChain", &[]);
            self.reference("SigningCertificate", &leaf);
            for link in status.chain.iter().skip(1).filter(|link| !link.trust_anchor) {
                let link = self.object("C", &hex(&link.certificate.sha256()), "certificate");
                self.reference("IntermediateCertificate", &link);
            }
            if let Some(anchor) = &anchor {
                self.reference("TrustAnchor", anchor);
            }
            self.xml.close("CertificateChain");
        }
        let revoked = |known: &&Revocation| known.status == "revoked" && known.revoked_at.is_some();
        if let Some(known) = status.revocation.iter().find(revoked) {
            let object = self.object("C", &hex(&known.certificate.sha256()), "certificate");
            self.xml.open("RevocationStatusInformation", &[]);
            self.reference("ValidationObjectId", &object);
            self.xml.leaf("RevocationTime", &known.revoked_at.map(rfc3339).unwrap_or_default());
            let reason = known.reason.as_ref();
            let reason = reason.map(|reason| format!("urn:etsi:019102:revocationReason:{reason}"));
            self.xml.leaf_if("RevocationReason", reason.as_deref()).close("RevocationStatusInformation");
        }
        if let Some((id, algorithm)) = status.algorithm.filter(|(_, algorithm)| !algorithm.is_empty()) {
            self.xml.open("CryptoInformation", &[]);
            self.reference("ValidationObjectId", id);
            let weak = [Code::ALGORITHM_WEAK, Code::ALGORITHM_ENDED, Code::ALGORITHM_NOT_ALLOWED];
            let is_secure = !status.findings.iter().any(|finding| {
                weak.contains(&finding.code) && finding.params.iter().any(|(_, value)| value == algorithm)
            });
            self.xml.leaf("Algorithm", algorithm).leaf("SecureAlgorithm", &is_secure.to_string());
            self.xml.close("CryptoInformation");
        }
        self.xml.close("AssociatedValidationReportData").close("SignatureValidationStatus");
    }

    fn sub_indication(&mut self, sub_indication: Option<SubIndication>) {
        let name = sub_indication.map(sub_indication_name);
        let name = name.map(|name| format!("urn:etsi:019102:subindication:{name}"));
        self.xml.leaf_if("SubIndication", name.as_deref());
    }

    /// Takes a validation object down; its identifier.
    fn object(&mut self, letter: &str, sha256: &str, kind: &str) -> String {
        let id = format!("{letter}-{sha256}");
        let kind = match kind {
            "certificate" => "urn:etsi:019102:validationObject:certificate",
            _ => "urn:etsi:019102:validationObject:signedData",
        };
        self.objects.insert(id.clone(), (sha256.to_owned(), kind));
        id
    }

    fn reference(&mut self, name: &str, object: &str) {
        self.xml.open(name, &[("VOReference", object)]).close(name);
    }

    fn digest(&mut self, sha256: &str) {
        self.xml.open("DigestAlgAndValue", &[]);
        self.digest_parts(sha256);
        self.xml.close("DigestAlgAndValue");
    }

    /// The digest given in hexadecimal.
    fn digest_parts(&mut self, sha256: &str) {
        use base64::Engine;
        let octet = |at: usize| u8::from_str_radix(sha256.get(at..at.saturating_add(2))?, 16).ok();
        let octets: Vec<u8> = (0..sha256.len()).step_by(2).filter_map(octet).collect();
        self.xml.open("ds:DigestMethod", &[("Algorithm", SHA256)]).close("ds:DigestMethod");
        self.xml.leaf("ds:DigestValue", &base64::engine::general_purpose::STANDARD.encode(octets));
    }
}
