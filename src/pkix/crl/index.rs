//! Where the lines of a list are, by serial number.
//!
//! An index says nothing that the list does not say: eight octets a line, the hash of a serial number and
//! where the line begins in the list, sorted by the hash, so that a line is found by a guess and a short
//! search, and everything about it is then read from the octets that the authority signed. A hash and not
//! the number itself, as hashes are spread evenly whatever numbers an authority gives. The hash need not
//! resist anybody: lines with one hash are sorted by number, and a search among them is a binary one.
//!
//! The octets are the same in memory and in a file, where a header goes before them ([`Header`]). A file is
//! mapped and used as it is: opening it reads the header, sums the octets up and looks at both ends of the
//! list. That finds accidents, not malice: an index that lies can hide a line, and the header also remembers
//! whose key the signature of the list was checked with. So an index counts only where nobody but the owner
//! can write; that is for the caller to see to, and [`super::UnverifiedCrl::reopen`] says so.
//!
//! ```text
//! header      128 octets
//! lines       hash, 4 octets; place of the line in the list, 4 octets
//! runs        place from which on lines are about another issuer's certificates, 4; number of issuer, 4
//! issuers     place of the value of certificateIssuer in the list, 8
//! ```
//! All numbers have their most significant octet first.

use std::sync::Arc;

use crate::crypto;

/// The octets of a list or an index: in memory, or mapped from a file that never changes.
pub type SharedOctets = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Octets of the header of an index in a file.
pub const HEADER_OCTETS: usize = 128;

/// Names the form; another form gets another name.
const MAGIC: [u8; 8] = *b"QoltCRL1";
/// So much of each end of a list is looked at when its index is opened; the signature is at the end.
const END_OCTETS: usize = 4096;

/// Why an index is made anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the index is of another form, of another list, or damaged")]
pub struct Stale;

/// A line: the hash of its serial number before its place in the list.
pub(super) type Record = [u8; 8];

pub(super) fn record(serial: &[u8], place: u32) -> Record {
    joined(hash(serial), place)
}

/// Two numbers of four octets, the first counting more.
pub(super) fn joined(first: u32, second: u32) -> Record {
    ((u64::from(first) << 32) | u64::from(second)).to_be_bytes()
}

fn halves(record: &Record) -> (u32, u32) {
    let [a, b, c, d, rest @ ..] = *record;
    (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes(rest))
}

fn first(record: &Record) -> u32 {
    halves(record).0
}

/// The place of a line.
pub(super) fn place(record: &Record) -> usize {
    usize::try_from(halves(record).1).unwrap_or(usize::MAX)
}

/// Of a serial number. What is on disk rests on it: a change is a new form.
fn hash(serial: &[u8]) -> u32 {
    let (words, rest) = serial.as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let words = words.iter().chain([&last]).map(|word| u64::from_be_bytes(*word));
    let mut sum = words.fold(serial.len() as u64, stir);
    sum ^= sum >> 29;
    sum = sum.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    u32::try_from(sum >> 32).unwrap_or_default()
}

fn stir(sum: u64, word: u64) -> u64 {
    (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31)
}

/// Of octets, against accidents: every word is stirred into one of four sums that go side by side.
fn checksum(octets: &[u8]) -> u64 {
    let (blocks, rest) = octets.as_chunks::<32>();
    let mut sums = [1, 2, 3, 4];
    for block in blocks {
        for (sum, word) in sums.iter_mut().zip(block.as_chunks::<8>().0) {
            *sum = stir(*sum, u64::from_be_bytes(*word));
        }
    }
    let rest = rest.iter().fold(octets.len() as u64, |sum, octet| stir(sum, u64::from(*octet)));
    sums.into_iter().fold(rest, stir)
}

/// How many there are of what an index is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Counts {
    pub(super) lines: u32,
    pub(super) runs: u32,
    pub(super) issuers: u32,
}

impl Counts {
    fn octets(self) -> u64 {
        (u64::from(self.lines) + u64::from(self.runs) + u64::from(self.issuers)) * 8
    }
}

/// What goes before the octets of an index in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Header {
    pub(super) counts: Counts,
    /// Place of the identifier of the first extension of a line for which the list must not be used; 0 for
    /// none.
    pub(super) defect: u32,
    /// SHA-256 of the SubjectPublicKeyInfo whose key signed the list, once that was checked.
    pub(super) signed_by: Option<[u8; 32]>,
}

impl Header {
    /// The header of the index `body` of `list`.
    pub(super) fn write(&self, list: &[u8], body: &[u8]) -> [u8; HEADER_OCTETS] {
        self.of_form(MAGIC, list, body)
    }

    pub(super) fn of_form(&self, form: [u8; 8], list: &[u8], body: &[u8]) -> [u8; HEADER_OCTETS] {
        let mut fields = Vec::with_capacity(HEADER_OCTETS);
        fields.extend(form);
        fields.extend((list.len() as u64).to_be_bytes());
        fields.extend(ends(list));
        fields.extend(self.signed_by.unwrap_or_default());
        for number in [self.counts.lines, self.counts.runs, self.counts.issuers, self.defect] {
            fields.extend(number.to_be_bytes());
        }
        fields.extend(checksum(body).to_be_bytes());
        fields.resize(HEADER_OCTETS - 8, 0);
        fields.extend(checksum(&fields).to_be_bytes());
        let mut header = [0; HEADER_OCTETS];
        header.iter_mut().zip(fields).for_each(|(to, from)| *to = from);
        header
    }

    /// From an index in a file, of `list`.
    ///
    /// # Errors
    /// When it is none, of another list, cut short, or changed.
    pub(super) fn read(list: &[u8], index: &[u8]) -> Result<Self, Stale> {
        let (header, body) = index.split_at_checked(HEADER_OCTETS).ok_or(Stale)?;
        let mut rest = header;
        let mut number = |octets: usize| {
            let (taken, after) = rest.split_at_checked(octets)?;
            rest = after;
            Some(taken.iter().fold(0_u64, |sum, octet| (sum << 8) | u64::from(*octet)))
        };
        let mut small = |octets| number(octets).ok_or(Stale);
        let (magic, length) = (small(8)?, small(8)?);
        for _ in 0..8 {
            small(8)?;
        }
        let mut count = || u32::try_from(small(4)?).map_err(|_| Stale);
        let counts = Counts { lines: count()?, runs: count()?, issuers: count()? };
        let defect = count()?;
        let found = Self { counts, defect, signed_by: None };
        if magic != u64::from_be_bytes(MAGIC)
            || length != list.len() as u64
            || found.counts.octets() != body.len() as u64
        {
            return Err(Stale);
        }
        let signed_by =
            header.get(48..80).and_then(|octets| <[u8; 32]>::try_from(octets).ok()).ok_or(Stale)?;
        let found = Self { signed_by: (signed_by != [0; 32]).then_some(signed_by), ..found };
        // What is written of this is what is there, to the octet.
        if found.write(list, body) == *header { Ok(found) } else { Err(Stale) }
    }
}

/// SHA-256 of both ends of a list.
fn ends(list: &[u8]) -> [u8; 32] {
    let head = list.get(..END_OCTETS).unwrap_or(list);
    let tail = list.get(list.len().saturating_sub(END_OCTETS)..).unwrap_or(list);
    crypto::sha256(&[head, tail].concat())
}

/// An index, wherever its octets are.
pub(super) struct Index {
    octets: SharedOctets,
    /// Where its body begins.
    start: usize,
    pub(super) counts: Counts,
    pub(super) defect: u32,
}

impl Index {
    /// Of lines sorted by [`Record`], of runs sorted by place, and of issuers.
    pub(super) fn new(lines: Vec<Record>, runs: &[Record], issuers: &[u64], defect: u32) -> Self {
        // There are fewer than octets in a list, whose places are counted in four octets.
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let counts =
            Counts { lines: count(lines.len()), runs: count(runs.len()), issuers: count(issuers.len()) };
        let mut octets = lines.into_flattened();
        octets.reserve_exact((runs.len() + issuers.len()) * 8);
        octets.extend(runs.as_flattened());
        issuers.iter().for_each(|issuer| octets.extend(issuer.to_be_bytes()));
        Self { octets: Arc::new(octets), start: 0, counts, defect }
    }

    /// Of a file, whose header was read.
    pub(super) fn opened(octets: SharedOctets, header: &Header) -> Self {
        Self { octets, start: HEADER_OCTETS, counts: header.counts, defect: header.defect }
    }

    pub(super) fn body(&self) -> &[u8] {
        (*self.octets).as_ref().get(self.start..).unwrap_or_default()
    }

    fn part(&self, from: u32, count: u32) -> &[Record] {
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let all = self.body().as_chunks::<8>().0;
        all.get(size(from)..).and_then(|rest| rest.get(..size(count))).unwrap_or_default()
    }

    /// The places in the list of the values of certificateIssuer.
    pub(super) fn issuers(&self) -> impl Iterator<Item = usize> {
        let before = self.counts.lines.saturating_add(self.counts.runs);
        let places = self.part(before, self.counts.issuers).iter();
        places.map(|place| usize::try_from(u64::from_be_bytes(*place)).unwrap_or(usize::MAX))
    }

    /// The number of the issuer that the line at `place` is about; 0 is the list's own.
    pub(super) fn issuer_at(&self, place: usize) -> usize {
        issuer_at(self.part(self.counts.lines, self.counts.runs), place)
    }

    /// The lines whose serial number may be `serial`: all with its hash.
    pub(super) fn candidates(&self, serial: &[u8]) -> &[Record] {
        let lines = self.part(0, self.counts.lines);
        let wanted = hash(serial);
        // Hashes are spread evenly, so it is near here: the octets read are few.
        let guess = (u64::from(wanted) * lines.len() as u64) >> 32;
        let guess = usize::try_from(guess).unwrap_or_default();
        let is_below = |at: usize| lines.get(at).is_some_and(|line| first(line) < wanted);
        let (mut low, mut high, mut step) = (guess, guess, 16);
        while low > 0 && !is_below(low) {
            low = low.saturating_sub(step);
            step *= 2;
        }
        step = 16;
        while is_below(high) {
            low = high;
            high = high.saturating_add(step).min(lines.len());
            step *= 2;
        }
        let near = lines.get(low..high).unwrap_or_default();
        let start = low + near.partition_point(|line| first(line) < wanted);
        let rest = lines.get(start..).unwrap_or_default();
        let count = match rest.get(1) {
            Some(second) if first(second) == wanted => rest.partition_point(|line| first(line) <= wanted),
            _ => usize::from(rest.first().is_some_and(|line| first(line) == wanted)),
        };
        rest.get(..count).unwrap_or_default()
    }
}

/// The number of the issuer that the line at `place` is about, by runs sorted by place.
pub(super) fn issuer_at(runs: &[Record], place: usize) -> usize {
    let begins = |run: &Record| usize::try_from(first(run)).unwrap_or(usize::MAX);
    let before = runs.partition_point(|run| begins(run) <= place);
    let run = before.checked_sub(1).and_then(|last| runs.get(last));
    run.map_or(0, self::place)
}

/// Groups of neighbours with one hash.
pub(super) fn is_same_hash(a: &Record, b: &Record) -> bool {
    first(a) == first(b)
}

/// Different serial numbers that all have one hash.
#[cfg(test)]
pub(in crate::pkix) fn of_one_hash(count: u64) -> Vec<Vec<u8>> {
    // With the last word empty, the first one's effect is undone by the second.
    let target = stir(16, 0x4142_4344_4546_4748);
    let second = |first: u64| stir(16, first) ^ target;
    let serial = |first: u64| [first.to_be_bytes(), second(first).to_be_bytes()].concat();
    let found: Vec<_> = (1..=count).map(|at| serial(at << 20)).collect();
    assert!(found.iter().all(|serial| hash(serial) == hash(&found[0])));
    found
}
