//! Lists: one signed document by which several cases take the same step (items 8.1, 8.2, 8.8, 8.11, 8.12, 8.16 and
//! 16). The courier list that goes with documents, the same list again when they are taken over, the register of
//! unclaimed results, the agenda of a sitting. A list stands in each of its cases, as the act of its step.

use super::Language;
use super::act::{Act, Content};
use super::form::{Form, Refusal, hex, sha256_from_hex};
use super::workflow::{Sitting, Step};
use crate::validation::VerifiedDocument;
use crate::xml::write::Xml;
use crate::xml::{Limits, tree};
use jiff::civil::Date;

/// Namespace of lists.
pub const NAMESPACE: &str = "urn:qoltanba:housing:list:1";
/// Cases on one list.
const LIMIT: usize = 500;

/// Kind of a courier list among the documents of a case, of one that was signed when it was taken over, of a
/// register of unclaimed results, and of an agenda.
pub const KINDS: [&str; 4] = ["courier-list", "courier-list-taken", "unclaimed-register", "agenda"];

/// One case on a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Number of the case.
    pub application: String,
    /// The outgoing number of the notice or letter, where that is sent.
    pub outgoing: Option<String>,
    /// Sheets that the courier carries.
    pub sheets: Option<u16>,
}

/// What a list says. Plain data; [`List`] is what the register takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    pub step: Step,
    /// The number of the list, or of the sitting.
    pub number: String,
    /// The day on which it is signed, or that of the sitting.
    pub date: Date,
    /// The language of its paper.
    pub language: Language,
    pub courier: Option<String>,
    /// SHA-256 of the list that came with the courier.
    pub against: Option<[u8; 32]>,
    pub items: Vec<Item>,
}

impl Listing {
    /// The kind of the document among those of a case; none for a step that no list takes.
    pub fn kind(step: Step) -> Option<&'static str> {
        let [courier, taken, unclaimed, agenda] = KINDS;
        match step {
            Step::SendToProvider | Step::RegisterOutgoing => Some(courier),
            Step::ReceivePackage | Step::ReceiveResult => Some(taken),
            Step::SendUnclaimed => Some(unclaimed),
            Step::PutOnAgenda => Some(agenda),
            _ => None,
        }
    }

    /// The list as XML, ready to sign.
    pub fn to_xml(&self) -> String {
        let mut xml = Xml::default();
        let attributes =
            [("xmlns", NAMESPACE), ("language", self.language.code()), ("step", self.step.code())];
        xml.open("list", &attributes).leaf("number", &self.number).leaf("date", &self.date.to_string());
        xml.leaf_if("courier", self.courier.as_deref());
        xml.leaf_if("against", self.against.as_ref().map(|digest| hex(digest)).as_deref());
        for item in &self.items {
            xml.open("case", &[]).leaf("application", &item.application);
            xml.leaf_if("outgoing", item.outgoing.as_deref());
            xml.leaf_if("sheets", item.sheets.map(|sheets| sheets.to_string()).as_deref()).close("case");
        }
        xml.close("list").finish()
    }

    /// What the list is as the act of one of its cases.
    fn content(&self, item: &Item) -> Content {
        let step = self.step;
        match step {
            Step::SendToProvider => Content::Number { step, number: self.number.clone() },
            Step::RegisterOutgoing => {
                Content::Number { step, number: item.outgoing.clone().unwrap_or_default() }
            }
            Step::SendUnclaimed => Content::Unclaimed { number: self.number.clone() },
            Step::PutOnAgenda => {
                Content::PutOnAgenda(Sitting { date: self.date, number: self.number.clone(), delay: None })
            }
            _ => Content::Plain(step),
        }
    }
}

/// A list that its official signed. Private fields: it comes only from a verified document.
#[derive(Clone, Debug)]
pub struct List {
    listing: Listing,
    acts: Vec<Act>,
}

impl List {
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// The acts of its cases, in the order of the list; at least one.
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// Reads the list that a verified signature covers.
    ///
    /// # Errors
    /// Every fault of form.
    pub fn read(document: &VerifiedDocument) -> Result<Self, Vec<Refusal>> {
        let tree = tree::parse(document.octets(), &Limits::default())
            .map_err(|error| vec![Refusal::new("NOT_XML", "").with("detail", error.kind.to_string())])?;
        let root = tree.element();
        if !root.is(NAMESPACE, "list") {
            return Err(vec![Refusal::new("WRONG_DOCUMENT", "").with("expected", NAMESPACE)]);
        }
        let mut form = Form { namespace: NAMESPACE, refusals: Vec::new() };
        let f = &mut form;
        f.shape(root, "", &["language", "step"], &["number", "date", "courier", "against"], &["case"]);
        let language = f.choice(root.attribute("language"), "@language".into(), Language::from_code);
        let of_list = |code: &str| Step::from_code(code).filter(|step| Listing::kind(*step).is_some());
        let step = f.choice(root.attribute("step"), "@step".into(), of_list);
        let number = f.required(root, "", "number", 40);
        let date = f.required(root, "", "date", 10).parse::<Date>().ok();
        if date.is_none() {
            f.refuse("DATE_FORM", "date");
        }
        let courier = f.optional(root, "", "courier", 200);
        let against = f.optional(root, "", "against", 64);
        let digest = against.as_deref().and_then(sha256_from_hex);
        let is_taken = matches!(step, Some(Step::ReceivePackage | Step::ReceiveResult));
        match (&against, digest, is_taken) {
            (None, _, true) => f.refuse("MISSING", "against"),
            (Some(_), _, false) => f.refuse("UNKNOWN_ELEMENT", "against"),
            (Some(_), None, true) => f.refuse("DIGEST_FORM", "against"),
            _ => {}
        }
        let items = items(f, root, step);
        let signer = document.signer();
        if signer.iin.is_none() {
            f.refuse("SIGNER_WITHOUT_IIN", "");
        }
        match (language, step, date, &signer.iin) {
            (Some(language), Some(step), Some(date), Some(iin)) if form.refusals.is_empty() => {
                let listing = Listing { step, number, date, language, courier, against: digest, items };
                let act = |item: &Item| Act::of_list(&item.application, listing.content(item), iin, document);
                let acts = listing.items.iter().map(act).collect();
                Ok(Self { listing, acts })
            }
            _ => Err(form.refusals),
        }
    }
}

fn items(f: &mut Form, root: tree::Node<'_>, step: Option<Step>) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for (index, element) in root.elements().filter(|element| element.local() == "case").enumerate() {
        let path = format!("case[{}]", index + 1);
        if index == LIMIT {
            f.refuse("TOO_MANY_ITEMS", path);
            break;
        }
        f.shape(element, &path, &[], &["application", "outgoing", "sheets"], &[]);
        let application = f.required(element, &path, "application", 40);
        if items.iter().any(|other| other.application == application) {
            f.refuse("DUPLICATE_ELEMENT", format!("{path}/application"));
        }
        let outgoing = f.optional(element, &path, "outgoing", 40);
        match (&outgoing, step) {
            (None, Some(Step::RegisterOutgoing)) => f.refuse("MISSING", format!("{path}/outgoing")),
            (Some(_), Some(other)) if other != Step::RegisterOutgoing => {
                f.refuse("UNKNOWN_ELEMENT", format!("{path}/outgoing"));
            }
            _ => {}
        }
        let sheets = f.optional(element, &path, "sheets", 5);
        let count = sheets.as_deref().and_then(|sheets| sheets.parse::<u16>().ok());
        if sheets.is_some() && count.is_none_or(|count| count == 0) {
            f.refuse("UNKNOWN_VALUE", format!("{path}/sheets"));
        }
        items.push(Item { application, outgoing, sheets: count });
    }
    if items.is_empty() {
        f.refuse("EMPTY", "case");
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    const IIN: &str = "061211600012";

    fn listing(step: Step) -> Listing {
        let item = |number: &str| Item {
            application: number.into(),
            outgoing: (step == Step::RegisterOutgoing).then(|| "Ш-7".into()),
            sheets: Some(3),
        };
        let is_taken = matches!(step, Step::ReceivePackage | Step::ReceiveResult);
        Listing {
            step,
            number: "K-1".into(),
            date: "2026-11-24".parse().unwrap(),
            language: Language::Kk,
            courier: Some("Мысалов М.".into()),
            against: is_taken.then_some([7; 32]),
            items: vec![item("ALA-2026-000001"), item("ALA-2026-000002")],
        }
    }

    fn read(xml: &str) -> Result<List, Vec<&'static str>> {
        let document = VerifiedDocument::for_test(xml, IIN, None, Timestamp::UNIX_EPOCH);
        List::read(&document).map_err(|refusals| refusals.iter().map(|refusal| refusal.code).collect())
    }

    #[test]
    fn a_list_is_the_act_of_each_of_its_cases() {
        for step in Step::ALL.into_iter().filter(|step| Listing::kind(*step).is_some()) {
            let list = read(&listing(step).to_xml()).unwrap();
            assert_eq!(list.listing(), &listing(step));
            assert_eq!(list.acts().len(), 2);
            for (act, item) in list.acts().iter().zip(&list.listing().items) {
                assert_eq!((act.application(), act.signer_iin()), (item.application.as_str(), IIN));
                assert_eq!(act.content().step(), step);
            }
        }
    }

    #[test]
    fn refusals() {
        let sent = listing(Step::SendToProvider).to_xml();
        for (from, to, code) in [
            ("send-to-provider", "vote", "UNKNOWN_VALUE"),
            ("ALA-2026-000002", "ALA-2026-000001", "DUPLICATE_ELEMENT"),
            ("<sheets>3", "<sheets>0", "UNKNOWN_VALUE"),
            ("<date>2026-11-24", "<date>24.11.2026", "DATE_FORM"),
            ("<number>K-1</number>", "", "MISSING"),
            ("</courier>", "</courier><against>00</against>", "UNKNOWN_ELEMENT"),
            ("<sheets>", "<outgoing>1</outgoing><sheets>", "UNKNOWN_ELEMENT"),
            ("list:1", "list:2", "WRONG_DOCUMENT"),
        ] {
            let bad = sent.replacen(from, to, 1);
            assert!(read(&bad).unwrap_err().contains(&code), "{code}");
        }
        let none = Listing { items: Vec::new(), ..listing(Step::SendToProvider) };
        assert!(read(&none.to_xml()).unwrap_err().contains(&"EMPTY"));
        let taken = Listing { against: None, ..listing(Step::ReceivePackage) };
        assert!(read(&taken.to_xml()).unwrap_err().contains(&"MISSING"));
        let unnumbered = listing(Step::RegisterOutgoing).to_xml().replace("<outgoing>Ш-7</outgoing>", "");
        assert!(read(&unnumbered).unwrap_err().contains(&"MISSING"));
    }
}
