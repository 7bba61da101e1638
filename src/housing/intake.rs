//! A refusal at the counter (item 16): where documents are missing, the inspector takes no application and gives a
//! receipt of the refusal. It has a number in the journal of the counter; there is no case.

use super::form::{Form, Refusal, join};
use super::{Language, Role, Rules};
use crate::validation::VerifiedDocument;
use crate::xml::write::Xml;
use crate::xml::{Limits, tree};

/// Namespace of the inspector's act.
pub const NAMESPACE: &str = "urn:qoltanba:housing:intake-refusal:1";

/// What the inspector signs. Plain data; [`IntakeRefusal`] is what the register takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intake {
    pub language: Language,
    /// The centre's code.
    pub centre: String,
    /// The centre's address.
    pub address: String,
    /// Telephone of the inspector.
    pub phone: String,
    pub applicant: String,
    /// Codes of the documents that are missing, `D1` to `D12`; at least one.
    pub missing: Vec<String>,
}

impl Intake {
    /// The act as XML, ready to sign.
    pub fn to_xml(&self) -> String {
        let mut xml = Xml::default();
        xml.open("intakeRefusal", &[("xmlns", NAMESPACE), ("language", self.language.code())]);
        xml.leaf("centre", &self.centre).leaf("address", &self.address).leaf("phone", &self.phone);
        xml.leaf("applicant", &self.applicant).open("missing", &[]);
        for code in &self.missing {
            xml.leaf("documentCode", code);
        }
        xml.close("missing").close("intakeRefusal").finish()
    }
}

/// A refusal that an inspector signed. Private fields: it comes only from a verified document.
#[derive(Clone, Debug)]
pub struct IntakeRefusal {
    intake: Intake,
    inspector: String,
    document_sha256: [u8; 32],
}

impl IntakeRefusal {
    pub fn intake(&self) -> &Intake {
        &self.intake
    }

    /// Name of the inspector, as the certificate has it.
    pub fn inspector(&self) -> &str {
        &self.inspector
    }

    /// SHA-256 of the act as it came.
    pub fn document_sha256(&self) -> [u8; 32] {
        self.document_sha256
    }

    /// Reads the refusal that a verified signature covers.
    ///
    /// # Errors
    /// Every fault of form, and `SIGNER_NOT_INSPECTOR` where the signer is no inspector of the centre.
    pub fn read(document: &VerifiedDocument, rules: &Rules) -> Result<Self, Vec<Refusal>> {
        let tree = tree::parse(document.octets(), &Limits::default())
            .map_err(|error| vec![Refusal::new("NOT_XML", "").with("detail", error.kind.to_string())])?;
        let root = tree.element();
        if !root.is(NAMESPACE, "intakeRefusal") {
            return Err(vec![Refusal::new("WRONG_DOCUMENT", "").with("expected", NAMESPACE)]);
        }
        let mut form = Form { namespace: NAMESPACE, refusals: Vec::new() };
        let f = &mut form;
        f.shape(root, "", &["language"], &["centre", "address", "phone", "applicant", "missing"], &[]);
        let language = f.choice(root.attribute("language"), "@language".into(), Language::from_code);
        let centre = f.required(root, "", "centre", 40);
        let address = f.required(root, "", "address", 500);
        let phone = f.required(root, "", "phone", 40);
        let applicant = f.required(root, "", "applicant", 300);
        let mut missing: Vec<String> = Vec::new();
        if let Some(list) = f.child(root, "", "missing") {
            f.shape(list, "missing", &[], &[], &["documentCode"]);
            for element in list.elements().take(12) {
                let code = element.text().unwrap_or_default().trim();
                let number = code.strip_prefix('D').and_then(|number| number.parse::<u8>().ok());
                match number.filter(|number| (1..=12).contains(number)) {
                    Some(number) if !missing.contains(&format!("D{number}")) => {
                        missing.push(format!("D{number}"));
                    }
                    Some(_) => f.refuse("DUPLICATE_ELEMENT", join("missing", "documentCode")),
                    None => f.refuse("UNKNOWN_DOCUMENT_CODE", join("missing", "documentCode")),
                }
            }
            if missing.is_empty() {
                f.refuse("EMPTY", "missing");
            }
        }
        let signer = document.signer();
        let is_inspector = rules.officials.iter().any(|one| {
            one.role == Role::Inspector
                && one.centre.as_ref() == Some(&centre)
                && signer.iin.as_deref() == Some(one.iin.as_str())
        });
        if !is_inspector {
            f.refuse("SIGNER_NOT_INSPECTOR", "centre");
        }
        match language {
            Some(language) if form.refusals.is_empty() => Ok(Self {
                intake: Intake { language, centre, address, phone, applicant, missing },
                inspector: signer.common_name.clone().unwrap_or_default(),
                document_sha256: document.document_sha256(),
            }),
            _ => Err(form.refusals),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::housing::Official;
    use jiff::Timestamp;

    const INSPECTOR: &str = "061211600012";

    fn sample() -> Intake {
        Intake {
            language: Language::Ru,
            centre: "almaly".into(),
            address: "Алматы, ул. Примерная, 2".into(),
            phone: "+7 727 000 00 01".into(),
            applicant: "МЫСАЛОВ МЫСАЛ".into(),
            missing: vec!["D7".into(), "D3".into()],
        }
    }

    fn read(xml: &str, iin: &str) -> Result<Intake, Vec<&'static str>> {
        let official =
            Official { iin: INSPECTOR.into(), role: Role::Inspector, centre: Some("almaly".into()) };
        let rules = Rules { officials: vec![official], ..Rules::default() };
        let document = VerifiedDocument::for_test(xml, iin, None, Timestamp::UNIX_EPOCH);
        IntakeRefusal::read(&document, &rules)
            .map(|refusal| refusal.intake().clone())
            .map_err(|refusals| refusals.iter().map(|refusal| refusal.code).collect())
    }

    #[test]
    fn a_refusal_names_what_is_missing_and_is_an_inspectors() {
        let xml = sample().to_xml();
        assert_eq!(read(&xml, INSPECTOR), Ok(sample()));
        assert!(read(&xml, "850315300128").unwrap_err().contains(&"SIGNER_NOT_INSPECTOR"));
        for (from, to, code) in [
            ("almaly", "medeu", "SIGNER_NOT_INSPECTOR"),
            (">D3<", ">D13<", "UNKNOWN_DOCUMENT_CODE"),
            (">D3<", ">D7<", "DUPLICATE_ELEMENT"),
            ("МЫСАЛОВ МЫСАЛ", "", "EMPTY"),
            ("<applicant>", "<x/><applicant>", "UNKNOWN_ELEMENT"),
            ("intake-refusal:1", "act:1", "WRONG_DOCUMENT"),
        ] {
            let bad = xml.replacen(from, to, 1);
            assert!(read(&bad, INSPECTOR).unwrap_err().contains(&code), "{code}");
        }
        let nothing = Intake { missing: Vec::new(), ..sample() };
        assert!(read(&nothing.to_xml(), INSPECTOR).unwrap_err().contains(&"EMPTY"));
    }
}
