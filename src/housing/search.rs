//! A search among cases, as an official signs it: what is looked for, and why. It says neither whether the official may
//! see what it finds ([`super::right`]) nor how it is found.
//!
//! It is signed and posted, so that neither an IIN nor a name stands in an address, and nobody denies having asked. The
//! signature says when: an old one is of no use to whoever gets hold of it.

use super::form::{Form, Refusal};
use super::permission::Part;
use super::{Category, Iin, Rules, State, name};
use crate::validation::VerifiedDocument;
use crate::xml::write::Xml;
use crate::xml::{Limits, tree};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Namespace of the form.
pub const NAMESPACE: &str = "urn:qoltanba:housing:search:1";
/// Letters of a reason at the least.
pub const REASON_LEAST: usize = 10;
/// Letters of a reason at the most.
const REASON_MOST: usize = 300;
/// How far the clock of whoever signs may be ahead.
const AHEAD: SignedDuration = SignedDuration::from_mins(1);

/// The elements of the form, in order.
const ELEMENTS: [&str; 11] = [
    "reason",
    "number",
    "iin",
    "name",
    "status",
    "centre",
    "category",
    "filedFrom",
    "filedUntil",
    "limit",
    "cursor",
];

/// What an official looks for. Plain data; [`Search`] is what the register answers. `Debug` shows no personal data.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Why: the case or the errand that it is for.
    pub reason: String,
    pub number: Option<String>,
    /// Of anybody named in the application.
    pub iin: Option<String>,
    /// Of whose case it is.
    pub name: Option<String>,
    pub status: Option<State>,
    pub centre: Option<String>,
    pub category: Option<Category>,
    /// Dates in Almaty, both included.
    pub filed_from: Option<Date>,
    pub filed_until: Option<Date>,
    pub limit: Option<u32>,
    /// Where the page before ended, as it said.
    pub cursor: Option<String>,
}

impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Query").field("criteria", &self.criteria()).finish_non_exhaustive()
    }
}

impl Query {
    fn leaves(&self) -> [Option<String>; 11] {
        [
            Some(self.reason.clone()),
            self.number.clone(),
            self.iin.clone(),
            self.name.clone(),
            self.status.map(|state| state.code().to_owned()),
            self.centre.clone(),
            self.category.map(|category| category.code().to_owned()),
            self.filed_from.map(|date| date.to_string()),
            self.filed_until.map(|date| date.to_string()),
            self.limit.map(|limit| limit.to_string()),
            self.cursor.clone(),
        ]
    }

    /// The form as XML, ready to sign.
    pub fn to_xml(&self) -> String {
        let mut xml = Xml::default();
        xml.open("search", &[("xmlns", NAMESPACE)]);
        for (element, value) in ELEMENTS.iter().zip(self.leaves()) {
            if let Some(value) = value {
                xml.leaf(element, &value);
            }
        }
        xml.close("search").finish()
    }

    /// The names of the criteria, without their values.
    pub fn criteria(&self) -> Vec<&'static str> {
        let leaves = self.leaves();
        let named = ELEMENTS.into_iter().zip(&leaves).skip(1).take(8);
        named.filter(|(_, value)| value.is_some()).map(|(name, _)| name).collect()
    }
}

/// A search that an official signed. Private fields: it comes only from a verified document. `Debug` as that of
/// [`Query`].
#[derive(Clone)]
pub struct Search {
    query: Query,
    /// Folded.
    name: BTreeSet<String>,
    official: String,
    parts: Vec<Part>,
    certificate_sha256: [u8; 32],
    identity: [u8; 32],
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search").field("query", &self.query).finish_non_exhaustive()
    }
}

impl Search {
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// What is to be among the beginnings of the name.
    pub fn name(&self) -> &BTreeSet<String> {
        &self.name
    }

    /// Who signed, by IIN.
    pub fn official(&self) -> &str {
        &self.official
    }

    /// The official's parts in which one may search; at least one.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// SHA-256 of the certificate that signed.
    pub fn certificate_sha256(&self) -> [u8; 32] {
        self.certificate_sha256
    }

    /// What tells this signing from every other.
    pub fn identity(&self) -> [u8; 32] {
        self.identity
    }

    /// Reads the search that a verified signature covers, signed not longer ago than `lasts`.
    ///
    /// # Errors
    /// Every fault of form, `NOT_AN_OFFICIAL` and `NOT_YOURS_TO_SEARCH`, and `SEARCH_TIME` for a signature that says
    /// no time, or another than now.
    pub fn read(
        document: &VerifiedDocument,
        rules: &Rules,
        now: Timestamp,
        lasts: SignedDuration,
    ) -> Result<Self, Vec<Refusal>> {
        let tree = tree::parse(document.octets(), &Limits::default())
            .map_err(|error| vec![Refusal::new("NOT_XML", "").with("detail", error.kind.to_string())])?;
        let root = tree.element();
        if !root.is(NAMESPACE, "search") {
            return Err(vec![Refusal::new("WRONG_DOCUMENT", "").with("expected", NAMESPACE)]);
        }
        let mut form = Form { namespace: NAMESPACE, refusals: Vec::new() };
        let f = &mut form;
        f.shape(root, "", &[], &ELEMENTS, &[]);
        let (query, name) = query(f, root, rules);
        let signer = document.signer();
        let official = signer.iin.clone().unwrap_or_default();
        let own = rules.officials.iter().filter(|one| one.iin == official);
        let parts: Vec<Part> = own.map(|one| Part { role: one.role, centre: one.centre.clone() }).collect();
        let searching = super::right::searches(&parts);
        if parts.is_empty() {
            f.refuse("NOT_AN_OFFICIAL", "");
        } else if searching.is_empty() {
            f.refuse("NOT_YOURS_TO_SEARCH", "");
        }
        let is_of_now = |at: Timestamp| now.duration_since(at) <= lasts && at.duration_since(now) <= AHEAD;
        if !document.signing_time().is_some_and(is_of_now) {
            f.refusals.push(Refusal::new("SEARCH_TIME", "").with("seconds", lasts.as_secs().to_string()));
        }
        if !form.refusals.is_empty() {
            return Err(form.refusals);
        }
        Ok(Self {
            query,
            name,
            official,
            parts: searching,
            certificate_sha256: signer.certificate_sha256,
            identity: document.identity(),
        })
    }
}

fn query(f: &mut Form, root: tree::Node<'_>, rules: &Rules) -> (Query, BTreeSet<String>) {
    let reason = f.required(root, "", "reason", REASON_MOST);
    if !reason.is_empty() && !is_reason(&reason) {
        let reasons = Refusal::new("ACCESS_REASON", "reason").with("least", REASON_LEAST.to_string());
        f.refusals.push(reasons);
    }
    let number = f.optional(root, "", "number", 60);
    let iin = f.optional(root, "", "iin", 12);
    if let Some(Err(error)) = iin.as_ref().map(|iin| Iin::parse(iin, rules.test_identities)) {
        f.refuse(error.code(), "iin");
    }
    let name_text = f.optional(root, "", "name", 300);
    let folded = name_text.as_ref().and_then(|text| name::wanted(text));
    if name_text.is_some() && folded.is_none() {
        f.refusals.push(Refusal::new("SEARCH_NAME", "name").with("least", name::SHORTEST.to_string()));
    }
    let status = f.optional(root, "", "status", 40).and_then(|code| {
        f.choice(Some(&code), "status".into(), |code| State::ALL.into_iter().find(|one| one.code() == code))
    });
    let centre = f.optional(root, "", "centre", 40);
    let category = f
        .optional(root, "", "category", 40)
        .and_then(|code| f.choice(Some(&code), "category".into(), Category::from_code));
    let [filed_from, filed_until] = ["filedFrom", "filedUntil"].map(|element| {
        let text = f.optional(root, "", element, 10)?;
        let date = text.parse().ok();
        if date.is_none() {
            f.refuse("DATE_FORM", element);
        }
        date
    });
    if filed_from.zip(filed_until).is_some_and(|(from, until): (Date, Date)| from > until) {
        f.refuse("SEARCH_DATES", "filedUntil");
    }
    let limit = f.optional(root, "", "limit", 6).and_then(|text| {
        let limit = text.parse().ok().filter(|limit| *limit > 0);
        if limit.is_none() {
            f.refuse("SEARCH_PAGE", "limit");
        }
        limit
    });
    let cursor = f.optional(root, "", "cursor", 300);
    let query = Query {
        reason,
        number,
        iin,
        name: name_text,
        status,
        centre,
        category,
        filed_from,
        filed_until,
        limit,
        cursor,
    };
    if query.criteria().is_empty() && f.refusals.is_empty() {
        f.refuse("SEARCH_EMPTY", "");
    }
    (query, folded.unwrap_or_default())
}

/// Whether a reason says something, and names nobody by IIN: it is kept, and shown to whoever was found.
pub fn is_reason(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    let mut digits = 0;
    let has_iin = text.chars().any(|c| {
        // Neither spaces nor strokes part the digits of a number.
        digits = match c {
            _ if c.is_numeric() => digits + 1,
            ' ' | '-' | '\u{a0}' => digits,
            _ => 0,
        };
        digits >= 12
    });
    letters >= REASON_LEAST
        && text.chars().count() <= REASON_MOST
        && !has_iin
        && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::housing::{Official, Role};

    const EXECUTOR: &str = "061211600012";
    const IIN: &str = "850315300128";

    fn now() -> Timestamp {
        "2026-11-24T06:00:00Z".parse().unwrap()
    }

    fn full() -> Query {
        Query {
            reason: "Memo on case ALA-2026-000001".into(),
            number: Some("ALA-2026-000001".into()),
            iin: Some(IIN.into()),
            name: Some("Мысалов Мысал".into()),
            status: Some(State::OnAgenda),
            centre: Some("almaly".into()),
            category: Some(Category::Orphan),
            filed_from: Some("2026-01-01".parse().unwrap()),
            filed_until: Some("2026-12-31".parse().unwrap()),
            limit: Some(20),
            cursor: Some("a".into()),
        }
    }

    fn read_at(xml: &str, signer: &str, signed: Timestamp) -> Result<Search, Vec<&'static str>> {
        let official = |iin: &str, role| Official { iin: iin.into(), role, centre: None };
        let officials = vec![official(EXECUTOR, Role::Executor), official("790512300125", Role::Service)];
        let rules = Rules { officials, ..Rules::default() };
        let document = VerifiedDocument::for_test(xml, signer, None, signed);
        Search::read(&document, &rules, now(), SignedDuration::from_mins(5))
            .map_err(|refusals| refusals.iter().map(|refusal| refusal.code).collect())
    }

    fn refused(xml: &str) -> Vec<&'static str> {
        read_at(xml, EXECUTOR, now()).map(|_| ()).unwrap_err()
    }

    #[test]
    fn faults_are_told() {
        let xml = full().to_xml();
        for (from, to, code) in [
            ("Memo on case ALA-2026-000001", "because", "ACCESS_REASON"),
            ("Memo on case ALA-2026-000001", ". . . . . . . . . . . .", "ACCESS_REASON"),
            ("Memo on case ALA-2026-000001", "about 850315300128 again", "ACCESS_REASON"),
            ("Memo on case ALA-2026-000001", "about 850315 300-128 again", "ACCESS_REASON"),
            ("<reason>Memo on case ALA-2026-000001</reason>", "", "MISSING"),
            (IIN, "850315300129", "IIN_CHECK_DIGIT"),
            ("Мысалов Мысал", "Мы", "SEARCH_NAME"),
            ("on-agenda", "lost", "UNKNOWN_VALUE"),
            ("orphan", "poor", "UNKNOWN_VALUE"),
            ("2026-01-01", "1 January", "DATE_FORM"),
            ("2026-01-01", "2027-01-01", "SEARCH_DATES"),
            (">20<", ">0<", "SEARCH_PAGE"),
            (">20<", ">-1<", "SEARCH_PAGE"),
            ("<reason>", "<reason x=\"1\">", "UNKNOWN_ATTRIBUTE"),
            ("<limit>", "<x/><limit>", "UNKNOWN_ELEMENT"),
            ("<limit>", "<limit>1</limit><limit>", "DUPLICATE_ELEMENT"),
            ("search:1", "act:1", "WRONG_DOCUMENT"),
        ] {
            let bad = xml.replacen(from, to, 1);
            assert_ne!(bad, xml, "{from}");
            assert!(refused(&bad).contains(&code), "{to}: {code} in {:?}", refused(&bad));
        }
        let nothing = Query { reason: full().reason, limit: Some(5), ..Query::default() };
        assert_eq!(refused(&nothing.to_xml()), ["SEARCH_EMPTY"]);
    }

    #[test]
    fn who_and_when() {
        let xml = full().to_xml();
        let search = read_at(&xml, EXECUTOR, now()).unwrap();
        assert_eq!((search.query(), search.official(), search.parts().len()), (&full(), EXECUTOR, 1));
        assert_eq!(search.query().criteria(), ELEMENTS[1..9]);
        assert_eq!(search.name().len(), 2);
        assert!(
            !format!("{search:?}").to_lowercase().contains("мысал") && !format!("{:?}", full()).contains(IIN)
        );
        let refused_at = |minutes, signer| {
            read_at(&xml, signer, now() + SignedDuration::from_mins(minutes)).map(|_| ()).unwrap_err()
        };
        assert_eq!(refused_at(0, IIN), ["NOT_AN_OFFICIAL"]);
        assert_eq!(refused_at(0, "790512300125"), ["NOT_YOURS_TO_SEARCH"]);
        assert_eq!(refused_at(-6, EXECUTOR), ["SEARCH_TIME"]);
        assert_eq!(refused_at(2, EXECUTOR), ["SEARCH_TIME"]);
        assert!(read_at(&xml, EXECUTOR, now() - SignedDuration::from_mins(5)).is_ok());
    }
}
