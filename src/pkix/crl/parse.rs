//! Reading a list once.
//!
//! The national list has over four hundred thousand lines. They are gone through once, for an [`Index`] of
//! where each is; a line is read again, from the same octets and by the same reader, when it is asked for.
//! A list whose index was made before is opened without its lines. What cannot be understood and must be (a
//! critical extension, of the list or of a line) is remembered with the list, so that it can be told why
//! the list is not used.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::OnceLock,
};

use jiff::Timestamp;

use super::{
    Defect, RevokedEntry,
    index::{self, Header, Index, Record, SharedOctets, Stale},
    scope::{DistributionPoint, Scope, directory_names},
};
use crate::{
    asn1::{self, Reader, Tlv, oid, tag},
    crypto::{AlgorithmError, DigestOnce, SignatureAlgorithm},
    pkix::{
        Error, Name,
        certificate::{Signed, extension, range},
    },
};

/// Issuers of lines in one list at most, its own among them.
const MAX_ISSUERS: usize = 4096;
/// Octets of a serial number at most; RFC 5280 4.1.2.2 ends at 20.
const MAX_SERIAL: usize = 255;
/// A line with its lengths has no fewer octets; for guessing how many there are.
const USUAL_LINE: usize = 37;

/// reasonCode of a line that takes another away (RFC 5280 5.3.1).
const REMOVED: u8 = 8;
/// reasonCode of a line that may be taken away again.
const HOLD: u8 = 6;
/// Stands for a line without a reasonCode that can be read.
const NO_REASON: u8 = u8::MAX;

// Content octets of identifiers of extensions of lines, compared as they are: there are very many.
const REASON_CODE: &[u8] = &[0x55, 0x1d, 0x15];
const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 0x18];
const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 0x1d];

/// A list as it was read.
pub(super) struct Parsed {
    octets: SharedOctets,
    pub(super) frame: Frame,
    /// The content of revokedCertificates.
    lines: Range<usize>,
    index: Index,
    pub(super) issuer: Name,
    /// Other issuers, that lines name.
    issuers: Vec<Name>,
    pub(super) defect: Option<Defect>,
    /// SHA-256 of the SubjectPublicKeyInfo whose key signed the list, once that was checked.
    pub(super) signed_by: OnceLock<[u8; 32]>,
    /// That SubjectPublicKeyInfo, where it was seen.
    pub(super) signer_spki: OnceLock<Box<[u8]>>,
}

/// All of a list but its lines.
pub(super) struct Frame {
    pub(super) tbs: Range<usize>,
    pub(super) signature: Range<usize>,
    pub(super) algorithm: Result<SignatureAlgorithm, AlgorithmError>,
    pub(super) algorithms_agree: bool,
    /// Of the signed part, for all the keys that may have signed it.
    pub(super) tbs_digest: DigestOnce,
    pub(super) this_update: Timestamp,
    pub(super) next_update: Option<Timestamp>,
    pub(super) scope: Scope,
    pub(super) number: Option<Number>,
    /// BaseCRLNumber of a delta.
    pub(super) base: Option<Number>,
    pub(super) authority_key_id: Option<Vec<u8>>,
    pub(super) freshest: Vec<DistributionPoint>,
    /// Certificates that had not expired then stay listed (X.509, expiredCertsOnCRL).
    pub(super) keeps_since: Option<Timestamp>,
    defect: Option<Defect>,
}

/// A non-negative INTEGER of up to twenty octets (CRLNumber, RFC 5280 5.2.3), by its magnitude.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Number(Vec<u8>);

impl Number {
    fn read(value: &[u8]) -> Result<Self, asn1::Error> {
        let value = Reader::single(value)?;
        let magnitude = value.unsigned()?;
        if magnitude.len() > 20 {
            return Err(asn1::Error::Value { offset: value.offset });
        }
        Ok(Self(magnitude.to_vec()))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Number {
    /// Decimal as far as 128 bits go, which is past any counter; hexadecimal beyond.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.len() <= 16 {
            return write!(f, "{}", self.0.iter().fold(0u128, |n, octet| (n << 8) | u128::from(*octet)));
        }
        f.write_str("0x")?;
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl Frame {
    /// The frame of a list, its issuer, and where its lines are.
    fn read(der: &[u8]) -> Result<(Self, Name, Range<usize>), Error> {
        let signed = Signed::read(der)?;
        let tbs = der.get(signed.tbs.clone()).unwrap_or_default();
        let mut fields = Reader::single(tbs)?.reader();
        // Version 1 has neither the field nor extensions.
        if fields.optional(tag::INTEGER)?.is_some_and(|v| v.content != [1]) {
            return Err(Error::Malformed);
        }
        let inner_algorithm = fields.take(tag::SEQUENCE)?.raw;
        let issuer = Name::from_der(fields.take(tag::SEQUENCE)?.raw)?;
        let this_update = fields.next()?.time()?;
        let next_update = match fields.peek() {
            Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => Some(fields.next()?.time()?),
            _ => None,
        };
        let lines = fields.optional(tag::SEQUENCE)?.map_or(0..0, |list| range(der, list.content));
        let mut frame = Self {
            tbs_digest: DigestOnce::default(),
            algorithms_agree: inner_algorithm == signed.algorithm_raw,
            tbs: signed.tbs,
            signature: signed.signature,
            algorithm: SignatureAlgorithm::from_der(signed.algorithm_raw),
            this_update,
            next_update,
            scope: Scope::complete(),
            number: None,
            base: None,
            authority_key_id: None,
            freshest: Vec::new(),
            keeps_since: None,
            defect: None,
        };
        if let Some(extensions) = fields.optional(tag::context_constructed(0))? {
            let mut outer = extensions.reader();
            let mut list = outer.take(tag::SEQUENCE)?.reader();
            let mut seen = HashSet::new();
            while !list.is_empty() {
                let (name, critical, value) = extension(&mut list)?;
                let name = name.oid()?;
                frame.add(&name, critical, value, &issuer);
                // RFC 5280 4.2, which 5.2 refers to: at most one instance of each.
                if !seen.insert(name) {
                    return Err(Error::Malformed);
                }
            }
            outer.finish()?;
        }
        fields.finish()?;
        Ok((frame, issuer, lines))
    }

    /// Takes one extension of the list. Those that narrow or widen its scope count whatever their flag
    /// says, and must be readable.
    fn add(&mut self, name: &str, critical: bool, value: &[u8], issuer: &Name) {
        let scope = matches!(name, oid::DELTA_CRL_INDICATOR | oid::ISSUING_DISTRIBUTION_POINT);
        let understood = self.understand(name, value, issuer).unwrap_or(false);
        if (critical || scope) && !understood {
            self.defect.get_or_insert(Defect::List(name.to_owned()));
        }
    }

    fn understand(&mut self, name: &str, value: &[u8], issuer: &Name) -> Result<bool, asn1::Error> {
        match name {
            oid::ISSUING_DISTRIBUTION_POINT => self.scope = Scope::read(value, issuer)?,
            oid::CRL_NUMBER => self.number = Some(Number::read(value)?),
            oid::DELTA_CRL_INDICATOR => self.base = Some(Number::read(value)?),
            oid::FRESHEST_CRL => self.freshest = DistributionPoint::all(Reader::single(value)?)?,
            oid::AUTHORITY_KEY_ID => {
                let mut fields = Reader::single(value)?.expect(tag::SEQUENCE)?.reader();
                self.authority_key_id = fields.optional(tag::context(0))?.map(|id| id.content.to_vec());
            }
            oid::EXPIRED_CERTS_ON_CRL => self.keeps_since = Some(Reader::single(value)?.time()?),
            // Other names and places of the issuer.
            oid::ISSUER_ALT_NAME | oid::AUTHORITY_INFO_ACCESS => {
                Reader::single(value)?.expect(tag::SEQUENCE)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Parsed {
    /// Goes through all of a list.
    pub(super) fn read(octets: SharedOctets) -> Result<Self, Error> {
        let der = (*octets).as_ref();
        let (frame, issuer, range) = Frame::read(der)?;
        // A complete list has nothing to be removed from (RFC 5280 5.3.1).
        let mut lines = Lines::new(der, frame.base.is_none());
        lines.add_all(range.clone())?;
        let issuers = std::mem::take(&mut lines.issuers);
        let index = lines.index();
        Self::new(octets, frame, range, index, (issuer, issuers))
    }

    /// Opens a list whose index was made before.
    pub(super) fn reopen(octets: SharedOctets, index: SharedOctets) -> Result<Self, Stale> {
        let list = (*octets).as_ref();
        let header = Header::read(list, (*index).as_ref())?;
        let index = Index::opened(index, &header);
        let (frame, issuer, range) = Frame::read(list).map_err(|_| Stale)?;
        let mut issuers = Vec::new();
        for place in index.issuers().take(MAX_ISSUERS) {
            let value = list.get(place..range.end).and_then(|rest| Reader::new(rest).next().ok());
            issuers.push(value.and_then(|value| certificate_issuer(value.content)).ok_or(Stale)?);
        }
        let parsed = Self::new(octets, frame, range, index, (issuer, issuers)).map_err(|_| Stale)?;
        if let Some(key) = header.signed_by {
            parsed.signed_by.get_or_init(|| key);
        }
        Ok(parsed)
    }

    fn new(
        octets: SharedOctets,
        mut frame: Frame,
        lines: Range<usize>,
        index: Index,
        (issuer, issuers): (Name, Vec<Name>),
    ) -> Result<Self, Error> {
        let mut defect = frame.defect.take();
        if let Some(place) = usize::try_from(index.defect).ok().filter(|place| *place > 0) {
            let name = (*octets).as_ref().get(place..lines.end).unwrap_or_default();
            defect = Some(Defect::Line(Reader::new(name).take(tag::OID)?.oid()?));
        } else if index.counts.issuers > 0 && !frame.scope.is_indirect() {
            // A line about another authority's certificate has no place in such a list.
            defect.get_or_insert(Defect::Line(oid::CERTIFICATE_ISSUER.to_owned()));
        }
        let (signed_by, signer_spki) = (OnceLock::new(), OnceLock::new());
        Ok(Self { octets, frame, lines, index, issuer, issuers, defect, signed_by, signer_spki })
    }

    pub(super) fn der(&self) -> &[u8] {
        (*self.octets).as_ref()
    }

    pub(super) fn len(&self) -> usize {
        usize::try_from(self.index.counts.lines).unwrap_or(usize::MAX)
    }

    /// The header and the body of the index for a file.
    pub(super) fn index(&self) -> ([u8; index::HEADER_OCTETS], &[u8]) {
        let (counts, defect) = (self.index.counts, self.index.defect);
        let header = Header { counts, defect, signed_by: self.signed_by.get().copied() };
        (header.write(self.der(), self.index.body()), self.index.body())
    }

    /// The line for a certificate of `issuer`, its serial number given as the content octets of its
    /// INTEGER. In a delta it may be one that takes another away.
    pub(super) fn entry(&self, issuer: &Name, serial: &[u8]) -> Option<RevokedEntry> {
        let read = |record: &Record| {
            let place = index::place(record);
            let rest = self.der().get(place..self.lines.end)?;
            let line = Line::read(Reader::new(rest).take(tag::SEQUENCE).ok()?, |_, _, _| Ok(())).ok()?;
            Some((line, place))
        };
        let serial_of = |record: &Record| read(record).map(|(line, _)| line.serial);
        let candidates = self.index.candidates(serial);
        let first = match candidates {
            // Mostly there is none or one.
            [] | [_] => 0,
            _ => candidates.partition_point(|record| serial_of(record) < Some(serial)),
        };
        let same = candidates.get(first..).unwrap_or_default().iter().map_while(read);
        let same = same.take_while(|(line, _)| line.serial == serial);
        let of_issuer = |place: usize| {
            let named = match self.index.issuer_at(place).checked_sub(1) {
                Some(other) => self.issuers.get(other),
                None => Some(&self.issuer),
            };
            named.is_some_and(|name| name.matches(issuer))
        };
        let lines = same.filter(|(_, place)| of_issuer(*place)).map(|(line, _)| line);
        // One issuer may be written in several ways.
        let line = lines.reduce(Line::with)?;
        Some(RevokedEntry { revoked_at: line.revoked_at, reason: reason_name(line.reason) })
    }
}

/// A line: whose certificate it is about, since when and why.
#[derive(Clone, Copy)]
struct Line<'a> {
    serial: &'a [u8],
    revoked_at: Timestamp,
    reason: u8,
}

impl<'a> Line<'a> {
    /// Reads a line; each extension is shown to `see` with its flag and its value.
    fn read(
        line: Tlv<'a>,
        mut see: impl FnMut(Tlv<'a>, bool, &'a [u8]) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let mut fields = line.reader();
        let serial = fields.next()?;
        if serial.integer()?.len() > MAX_SERIAL {
            return Err(Error::Asn1(asn1::Error::Value { offset: serial.offset }));
        }
        let revoked_at = fields.next()?.time()?;
        let mut reason = NO_REASON;
        if let Some(extensions) = fields.optional(tag::SEQUENCE)? {
            let mut list = extensions.reader();
            while !list.is_empty() {
                let (name, critical, value) = extension(&mut list)?;
                if name.content == REASON_CODE {
                    reason = reason_code(value);
                } else {
                    see(name, critical, value)?;
                }
            }
        }
        fields.finish()?;
        Ok(Self { serial: serial.content, revoked_at, reason })
    }

    /// What two lines about one certificate come to. It is revoked at the earlier time, for good if one line
    /// says so, and is not removed if one line says that it is revoked.
    fn with(self, other: Self) -> Self {
        let key = |line: &Self| (line.reason == REMOVED, line.revoked_at, line.reason);
        let (first, second) = if key(&self) <= key(&other) { (self, other) } else { (other, self) };
        let reason =
            if first.reason == HOLD && second.reason != REMOVED { second.reason } else { first.reason };
        Self { reason, ..first }
    }
}

/// Lines as they are gone through.
struct Lines<'a> {
    der: &'a [u8],
    records: Vec<Record>,
    /// Where lines of another issuer begin, and the number of that issuer.
    runs: Vec<Record>,
    issuers: Vec<Name>,
    /// Places of the values of certificateIssuer that named them.
    places: Vec<u64>,
    /// Numbers of issuers by the value that named them.
    named: HashMap<&'a [u8], u32>,
    /// certificateIssuer holds for the lines that follow too (RFC 5280 5.3.3).
    issuer: u32,
    is_complete: bool,
    /// Place of the identifier of the first extension that is not understood and must be.
    defect: u32,
}

impl<'a> Lines<'a> {
    fn new(der: &'a [u8], is_complete: bool) -> Self {
        Self {
            der,
            records: Vec::new(),
            runs: Vec::new(),
            issuers: Vec::new(),
            places: Vec::new(),
            named: HashMap::new(),
            issuer: 0,
            is_complete,
            defect: 0,
        }
    }

    fn add_all(&mut self, lines: Range<usize>) -> Result<(), Error> {
        let content = self.der.get(lines).unwrap_or_default();
        self.records.reserve(content.len() / USUAL_LINE);
        let mut items = Reader::new(content);
        while !items.is_empty() {
            self.add(items.take(tag::SEQUENCE)?)?;
        }
        Ok(())
    }

    fn place(&self, part: &[u8]) -> Result<u32, Error> {
        u32::try_from(range(self.der, part).start).map_err(|_| Error::Malformed)
    }

    fn add(&mut self, item: Tlv<'a>) -> Result<(), Error> {
        let place = self.place(item.raw)?;
        let line = Line::read(item, |name, critical, value| match name.content {
            INVALIDITY_DATE => Ok(()),
            CERTIFICATE_ISSUER => self.take_issuer(place, name, value),
            _ if critical => self.note(name),
            _ => Ok(()),
        })?;
        if !(self.is_complete && line.reason == REMOVED) {
            self.records.push(index::record(line.serial, place));
        }
        Ok(())
    }

    fn note(&mut self, name: Tlv<'a>) -> Result<(), Error> {
        if self.defect == 0 {
            // So that it can be told: an identifier that cannot be read is no list.
            name.oid()?;
            self.defect = self.place(name.raw)?;
        }
        Ok(())
    }

    fn take_issuer(&mut self, line: u32, name: Tlv<'a>, value: &'a [u8]) -> Result<(), Error> {
        let number = match self.named.get(value) {
            Some(known) => *known,
            None => {
                let Some(issuer) = certificate_issuer(value) else {
                    // Whose certificate it is about cannot be said, of this line and of those that follow.
                    return self.note(name);
                };
                self.issuers.push(issuer);
                if self.issuers.len() >= MAX_ISSUERS {
                    return Err(Error::TooManyIssuers);
                }
                // The list's own is number 0.
                let number = u32::try_from(self.issuers.len()).map_err(|_| Error::TooManyIssuers)?;
                // The OCTET STRING around the value, so that its length is there to read it by.
                let string = range(self.der, name.raw).end;
                let rest = self.der.get(string..).unwrap_or_default();
                let mut rest = Reader::new(rest);
                rest.optional(tag::BOOLEAN)?;
                self.places.push(u64::from(self.place(rest.take(tag::OCTET_STRING)?.raw)?));
                self.named.insert(value, number);
                number
            }
        };
        if number != self.issuer {
            self.issuer = number;
            self.runs.push(index::joined(line, number));
        }
        Ok(())
    }

    /// The index: lines sorted by hash, those with one hash by serial number, issuer, time and reason. Of
    /// many about one certificate two are kept, which say as much as all: the earliest that revokes it, and
    /// the earliest that does so for good.
    fn index(mut self) -> Index {
        self.records.sort_unstable_by_key(|record| u64::from_be_bytes(*record));
        let (mut read, mut written) = (0, 0);
        while read < self.records.len() {
            let rest = self.records.get(read..).unwrap_or_default();
            let count = rest.chunk_by(index::is_same_hash).next().map_or(1, <[Record]>::len);
            if count == 1 {
                self.records.copy_within(read..=read, written);
                written += 1;
            } else {
                let kept = self.kept(rest.get(..count).unwrap_or_default());
                let places = self.records.iter_mut().skip(written);
                places.zip(&kept).for_each(|(place, record)| *place = *record);
                written += kept.len();
            }
            read += count;
        }
        self.records.truncate(written);
        self.records.shrink_to_fit();
        Index::new(self.records, &self.runs, &self.places, self.defect)
    }

    fn kept(&self, group: &[Record]) -> Vec<Record> {
        let mut lines: Vec<_> = group
            .iter()
            .filter_map(|record| {
                let place = index::place(record);
                let line = Reader::new(self.der.get(place..)?).take(tag::SEQUENCE).ok()?;
                let line = Line::read(line, |_, _, _| Ok(())).ok()?;
                let issuer = index::issuer_at(&self.runs, place);
                Some(((line.serial, issuer), (line.revoked_at, line.reason), *record))
            })
            .collect();
        lines.sort_unstable();
        let mut kept = Vec::new();
        for same in lines.chunk_by(|(one, ..), (other, ..)| one == other) {
            let revoking = || same.iter().filter(|(_, (_, reason), _)| *reason != REMOVED);
            let first = revoking().next().or(same.first());
            let for_good = revoking().find(|(_, (_, reason), _)| *reason != HOLD);
            kept.extend(first.map(|(.., record)| *record));
            kept.extend(for_good.map(|(.., record)| *record).filter(|good| Some(good) != kept.last()));
        }
        kept
    }
}

/// The issuer that a line names.
fn certificate_issuer(value: &[u8]) -> Option<Name> {
    let names = Reader::single(value).and_then(|names| directory_names(names.expect(tag::SEQUENCE)?));
    names.ok()?.into_iter().next()
}

/// CRLReason, an ENUMERATED of one octet.
pub(in crate::pkix) fn reason_code(value: &[u8]) -> u8 {
    let code = Reader::single(value).and_then(|code| code.expect(tag::ENUMERATED));
    match code.map(|code| code.content) {
        Ok([code]) => *code,
        _ => NO_REASON,
    }
}

pub(in crate::pkix) fn reason_name(code: u8) -> Option<&'static str> {
    Some(match code {
        0 => "unspecified",
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => "certificateHold",
        8 => "removeFromCRL",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => return None,
    })
}
