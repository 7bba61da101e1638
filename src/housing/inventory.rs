//! The yearly inventory of the lists: an official's signed act begins it, and the executors say of each place whether
//! it stands, needs documents, or is to be removed. An inventory removes nobody: a removal is proposed with its
//! grounds, and a second official confirms it as any other (Law on housing relations 71 and 73).

use super::Rules;
use super::form::{Form, Refusal};
use super::permission::Role;
use crate::validation::VerifiedDocument;
use crate::xml::write::Xml;
use crate::xml::{Limits, tree};
use serde::{Deserialize, Serialize};

/// Namespace of the act that begins an inventory.
pub const NAMESPACE: &str = "urn:qoltanba:housing:inventory:1";

/// What is found of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// The grounds of the registration are there still.
    Confirmed,
    /// That is to be shown by documents.
    NeedsDocuments,
    /// It is to be removed; proposed to the official.
    Removal,
}

impl Finding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Confirmed, Self::NeedsDocuments, Self::Removal];

    /// Its name in acts and answers.
    pub fn code(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::NeedsDocuments => "needs-documents",
            Self::Removal => "removal",
        }
    }

    /// By its name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|finding| finding.code() == code)
    }
}

/// An act that begins an inventory, signed by its official. Private fields: it comes only from a verified document.
#[derive(Clone, Debug)]
pub struct Beginning {
    year: i16,
    role: Role,
    certificate_sha256: [u8; 32],
}

impl Beginning {
    /// The year of the inventory.
    pub fn year(&self) -> i16 {
        self.year
    }

    /// In which role it was signed.
    pub fn role(&self) -> Role {
        self.role
    }

    /// SHA-256 of the certificate that signed.
    pub fn certificate_sha256(&self) -> [u8; 32] {
        self.certificate_sha256
    }

    /// Reads the act that a verified signature covers.
    ///
    /// # Errors
    /// Every fault of form, and `SIGNER_NOT_OFFICIAL` where neither head nor deputy signed.
    pub fn read(document: &VerifiedDocument, rules: &Rules) -> Result<Self, Vec<Refusal>> {
        let tree = tree::parse(document.octets(), &Limits::default())
            .map_err(|error| vec![Refusal::new("NOT_XML", "").with("detail", error.kind.to_string())])?;
        let root = tree.element();
        if !root.is(NAMESPACE, "inventory") {
            return Err(vec![Refusal::new("WRONG_DOCUMENT", "").with("expected", NAMESPACE)]);
        }
        let mut form = Form { namespace: NAMESPACE, refusals: Vec::new() };
        let f = &mut form;
        f.shape(root, "", &["year"], &["basis"], &[]);
        let year = year(f, root.attribute("year"));
        f.required(root, "", "basis", 500);
        let signer = document.signer();
        let role = rules.officials.iter().find(|one| {
            signer.iin.as_deref() == Some(one.iin.as_str()) && matches!(one.role, Role::Head | Role::Deputy)
        });
        if role.is_none() {
            f.refuse("SIGNER_NOT_OFFICIAL", "");
        }
        match (year, role) {
            (Some(year), Some(official)) if form.refusals.is_empty() => {
                Ok(Self { year, role: official.role, certificate_sha256: signer.certificate_sha256 })
            }
            _ => Err(form.refusals),
        }
    }
}

/// The act that begins an inventory as XML, ready to sign; `basis` names the order or the article.
pub fn to_xml(year: i16, basis: &str) -> String {
    let mut xml = Xml::default();
    xml.open("inventory", &[("xmlns", NAMESPACE), ("year", &year.to_string())]);
    xml.leaf("basis", basis);
    xml.close("inventory").finish()
}

/// A year of four digits.
pub(super) fn year(f: &mut Form, text: Option<&str>) -> Option<i16> {
    let is_year = |text: &&str| text.len() == 4 && text.bytes().all(|digit| digit.is_ascii_digit());
    let year = text.map(str::trim).filter(is_year).and_then(|text| text.parse().ok());
    if year.is_none() {
        f.refuse("DATE_FORM", "year");
    }
    year
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::housing::Official;
    use jiff::Timestamp;

    const HEAD: &str = "061211600012";

    fn read(xml: &str, signer: &str) -> Result<Beginning, Vec<&'static str>> {
        let official = |role| Official { iin: HEAD.into(), role, centre: None };
        let rules =
            Rules { officials: vec![official(Role::Executor), official(Role::Head)], ..Rules::default() };
        let document = VerifiedDocument::for_test(xml, signer, Some("140540000015"), Timestamp::UNIX_EPOCH);
        Beginning::read(&document, &rules).map_err(|faults| faults.iter().map(|one| one.code).collect())
    }

    #[test]
    fn an_official_begins_it_and_says_on_what_basis() {
        let good = to_xml(2026, "order 5");
        let begun = read(&good, HEAD).unwrap();
        assert_eq!((begun.year(), begun.role()), (2026, Role::Head));
        assert_eq!(read(&good, "850315300128").unwrap_err(), ["SIGNER_NOT_OFFICIAL"]);
        assert_eq!(read(&to_xml(26, "order 5"), HEAD).unwrap_err(), ["DATE_FORM"]);
        assert_eq!(read(&to_xml(2026, ""), HEAD).unwrap_err(), ["EMPTY"]);
        assert_eq!(read(&good.replace("inventory:1", "act:1"), HEAD).unwrap_err(), ["WRONG_DOCUMENT"]);
        assert_eq!(read(&good.replace("<basis>", "<x/><basis>"), HEAD).unwrap_err(), ["UNKNOWN_ELEMENT"]);
    }
}
