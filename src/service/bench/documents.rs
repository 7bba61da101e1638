//! Documents to measure with, the same whenever they are made from the same number: applications with
//! prefixes, attributes in no order, single quotes, references, comments and empty elements, since what
//! is laid out canonically already would flatter a canonicaliser; registers of such applications; and
//! applications with attachments in base64.

use std::fmt::Write as _;

const SURNAMES: [&str; 8] =
    ["МЫСАЛОВ", "ҮЛГІБАЕВА", "СЫНАҚОВ", "ПРИМЕРОВ", "Testova", "ТӘЖІРИБЕЕВ", "Образцова", "ҚАЛЫПОВ"];
const NAMES: [&str; 8] = ["ӘЛІ", "АЙША", "Ержан", "Мария", "ҒАЛЫМ", "Дана", "Үміт", "Пётр"];
const STREETS: [&str; 5] = ["Мысал көшесі", "Үлгі даңғылы", "ул. Примерная", "Sample st.", "Сынақ тұйығы"];
const REMARKS: [&str; 5] = [
    "Табысы &lt; ең төменгі күнкөріс деңгейінен.",
    "Needs a lift &amp; a ramp.",
    "Без замечаний.",
    "Отбасында үш бала бар, мектепке жақын болса екен.",
    "Certificate &#8470; 17 is attached.",
];
const NAMESPACES: &str = "xmlns:h=\"urn:example:register:housing\" xmlns:n=\"urn:example:register:person\" \
     xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";

/// Numbers without a pattern (SplitMix64).
#[derive(Debug)]
pub struct Numbers(pub u64);

impl Numbers {
    /// The next of all.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// One below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.any() % end.max(1)
    }

    fn of(&mut self, all: &[&'static str]) -> &'static str {
        let at = usize::try_from(self.below(all.len() as u64)).unwrap_or(0);
        all.get(at).copied().unwrap_or_default()
    }
}

fn person(to: &mut String, numbers: &mut Numbers, id: &str, first: bool, indent: &str) {
    let role = if first { "applicant" } else { "member" };
    let (given, family) = (numbers.of(&NAMES), numbers.of(&SURNAMES));
    let (number, income) = (numbers.below(1_000_000), 70_000 + numbers.below(400_000));
    let _ = write!(
        to,
        "{indent}<n:Person role=\"{role}\" id=\"{id}\">\n{indent}  <n:Given>{given}</n:Given>\n\
         {indent}  <n:Family>{family}</n:Family>\n\
         {indent}  <n:Number scheme=\"KZ-X\">TEST-{number:06}</n:Number>\n\
         {indent}  <n:Income period='month' currency=\"KZT\">{income}</n:Income>\n\
         {indent}  <n:Guardian xsi:nil=\"true\"/>\n{indent}</n:Person>\n"
    );
}

/// An application without its end tag, with so many persons.
fn open_application(to: &mut String, numbers: &mut Numbers, id: u64, persons: usize, root: bool) {
    let (indent, namespaces) = if root { ("", format!(" {NAMESPACES}")) } else { ("  ", String::new()) };
    let (day, house, flat) = (1 + numbers.below(28), 1 + numbers.below(200), 1 + numbers.below(90));
    let _ = write!(
        to,
        "{indent}<h:Application{namespaces} version=\"1\" id=\"a{id}\" status=\"filed\">\n\
         {indent}  <h:Filed>2026-05-{day:02}T10:15:00+05:00</h:Filed>\n\
         {indent}  <h:Household size=\"{persons}\">\n"
    );
    for at in 0..persons {
        person(to, numbers, &format!("a{id}p{at}"), at == 0, &format!("{indent}    "));
    }
    let (street, remark) = (numbers.of(&STREETS), numbers.of(&REMARKS));
    let _ = write!(
        to,
        "{indent}  </h:Household>\n{indent}  <h:Address>\n{indent}    <h:City>Алматы</h:City>\n\
         {indent}    <h:Street>{street}, {house}</h:Street>\n{indent}    <h:Flat>{flat}</h:Flat>\n\
         {indent}  </h:Address>\n{indent}  <h:Wish rooms=\"{}\" district=\"{}\"/>\n\
         {indent}  <h:Remark xml:lang=\"kk\">{remark}</h:Remark>\n{indent}  <!-- {} -->\n",
        1 + numbers.below(5),
        numbers.of(&STREETS),
        numbers.any(),
    );
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// An application of about so many octets.
pub fn application(seed: u64, octets: usize) -> String {
    const WITHOUT_PERSONS: usize = 900;
    const PERSON: usize = 330;
    let mut text = String::from(HEAD);
    let persons = octets.saturating_sub(WITHOUT_PERSONS) / PERSON;
    open_application(&mut text, &mut Numbers(seed), seed, persons.max(1), true);
    text.push_str("</h:Application>\n");
    text
}

/// A document that is written piece by piece, each of at most some MiB.
pub struct Pieces {
    numbers: Numbers,
    left: usize,
    id: u64,
    shape: Shape,
    begun: bool,
}

/// What a large document is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Applications one after another: nearly all is markup.
    Records,
    /// One application with attachments: nearly all is base64.
    Attachments,
}

/// A document of about so many octets.
pub fn large(shape: Shape, octets: usize) -> Pieces {
    Pieces { numbers: Numbers(octets as u64), left: octets.max(1), id: 0, shape, begun: false }
}

impl Iterator for Pieces {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        const ATTACHMENT: usize = 4 << 20;
        if self.left == 0 {
            return None;
        }
        let mut text = String::new();
        if !self.begun {
            self.begun = true;
            text.push_str(HEAD);
            match self.shape {
                Shape::Records => {
                    let _ = writeln!(text, "<h:Register {NAMESPACES}>");
                }
                Shape::Attachments => open_application(&mut text, &mut self.numbers, 0, 3, true),
            }
        }
        match self.shape {
            Shape::Records => {
                for _ in 0..64 {
                    let persons = 1 + usize::try_from(self.numbers.below(4)).unwrap_or(0);
                    open_application(&mut text, &mut self.numbers, self.id, persons, false);
                    text.push_str("  </h:Application>\n");
                    self.id += 1;
                }
            }
            Shape::Attachments => {
                const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
                let _ = write!(text, "  <h:Attachment id=\"f{}\" type='application/pdf'>", self.id);
                for _ in 0..self.left.min(ATTACHMENT) / 8 {
                    for octet in self.numbers.any().to_le_bytes() {
                        text.push(char::from(DIGITS.get(usize::from(octet & 63)).copied().unwrap_or(b'A')));
                    }
                }
                text.push_str("</h:Attachment>\n");
                self.id += 1;
            }
        }
        self.left = self.left.saturating_sub(text.len());
        if self.left == 0 {
            text.push_str(match self.shape {
                Shape::Records => "</h:Register>\n",
                Shape::Attachments => "</h:Application>\n",
            });
        }
        Some(text)
    }
}
