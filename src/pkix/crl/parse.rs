//! Reading a list once.
//!
//! The national list has over four hundred thousand lines. Of each line sixteen octets are kept, which
//! point into the original bytes; they are sorted by serial number. What cannot be understood and
//! must be (a critical extension, of the list or of a line) is remembered with the list, so that it
//! can be told why the list is not used.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use jiff::Timestamp;

use super::{
    Defect, RevokedEntry,
    scope::{DistributionPoint, Scope, directory_names},
};
use crate::{
    asn1::{self, Reader, Tlv, oid, tag},
    crypto::{AlgorithmError, DigestOnce, SignatureAlgorithm},
    pkix::{
        Error, Name,
        certificate::{Signed, range},
    },
};

/// Issuers of lines in one list at most.
const MAX_ISSUERS: usize = 4096;

/// reasonCode of a line that takes another away (RFC 5280 5.3.1).
pub(super) const REMOVED: u8 = 8;
/// reasonCode of a line that may be taken away again.
pub(super) const HOLD: u8 = 6;
/// Stands for a line without a reasonCode that can be read.
const NO_REASON: u8 = u8::MAX;

// Content octets of identifiers of extensions of lines, compared as they are: there are very many.
const REASON_CODE: &[u8] = &[0x55, 0x1d, 0x15];
const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 0x18];
const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 0x1d];

/// A list as it was read.
pub(super) struct Parsed {
    pub(super) der: Vec<u8>,
    pub(super) tbs: Range<usize>,
    pub(super) signature: Range<usize>,
    pub(super) algorithm: Result<SignatureAlgorithm, AlgorithmError>,
    pub(super) algorithms_agree: bool,
    /// Of the signed part, for all the keys that may have signed it.
    pub(super) tbs_digest: DigestOnce,
    pub(super) this_update: Timestamp,
    pub(super) next_update: Option<Timestamp>,
    /// Sorted by serial number, then by issuer.
    lines: Vec<Line>,
    /// The list's issuer, then those of lines.
    issuers: Vec<Name>,
    pub(super) scope: Scope,
    pub(super) number: Option<Number>,
    /// BaseCRLNumber of a delta.
    pub(super) base: Option<Number>,
    pub(super) authority_key_id: Option<Vec<u8>>,
    pub(super) freshest: Vec<DistributionPoint>,
    /// Certificates that had not expired then stay listed (X.509, expiredCertsOnCRL).
    pub(super) keeps_since: Option<Timestamp>,
    pub(super) defect: Option<Defect>,
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

/// A line: where its serial number is, whose certificate it is about, since when and why.
#[derive(Clone, Copy)]
struct Line {
    revoked_at: i64,
    serial: u32,
    serial_length: u8,
    reason: u8,
    issuer: u16,
}

const _: () = assert!(size_of::<Line>() == 16, "there are hundreds of thousands of lines");

impl Line {
    fn serial<'a>(&self, der: &'a [u8]) -> &'a [u8] {
        let start = usize::try_from(self.serial).unwrap_or(usize::MAX);
        der.get(start..start.saturating_add(usize::from(self.serial_length))).unwrap_or_default()
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

impl Parsed {
    pub(super) fn read(der: &[u8]) -> Result<Self, Error> {
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
        let mut lines = Lines::new(der, issuer.clone());
        if let Some(list) = fields.optional(tag::SEQUENCE)? {
            let mut items = list.reader();
            while !items.is_empty() {
                lines.add(items.take(tag::SEQUENCE)?.reader())?;
            }
        }
        let mut parsed = Self {
            tbs_digest: DigestOnce::default(),
            algorithms_agree: inner_algorithm == signed.algorithm_raw,
            tbs: signed.tbs,
            signature: signed.signature,
            algorithm: SignatureAlgorithm::from_der(signed.algorithm_raw),
            this_update,
            next_update,
            lines: lines.found,
            issuers: lines.issuers,
            scope: Scope::complete(),
            number: None,
            base: None,
            authority_key_id: None,
            freshest: Vec::new(),
            keeps_since: None,
            defect: lines.defect,
            der: Vec::new(),
        };
        if let Some(extensions) = fields.optional(tag::context_constructed(0))? {
            let mut outer = extensions.reader();
            let mut list = outer.take(tag::SEQUENCE)?.reader();
            let mut seen = HashSet::new();
            while !list.is_empty() {
                let (name, critical, value) = extension(&mut list)?;
                let name = name.oid()?;
                parsed.add(&name, critical, value, &issuer);
                // RFC 5280 4.2, which 5.2 refers to: at most one instance of each.
                if !seen.insert(name) {
                    return Err(Error::Malformed);
                }
            }
            outer.finish()?;
        }
        fields.finish()?;
        if lines.names_issuers && !parsed.scope.is_indirect() {
            // A line about another authority's certificate has no place in such a list.
            parsed.defect.get_or_insert(Defect::Line(oid::CERTIFICATE_ISSUER.to_owned()));
        }
        if parsed.base.is_none() {
            // A complete list has nothing to be removed from (RFC 5280 5.3.1).
            parsed.lines.retain(|line| line.reason != REMOVED);
        }
        parsed.sort(der);
        parsed.der = der.to_vec();
        Ok(parsed)
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

    fn sort(&mut self, der: &[u8]) {
        self.lines.sort_unstable_by(|a, b| {
            let order = a.serial(der).cmp(b.serial(der)).then(a.issuer.cmp(&b.issuer));
            order.then(a.revoked_at.cmp(&b.revoked_at)).then(a.reason.cmp(&b.reason))
        });
        self.lines.dedup_by(|later, earlier| {
            let same = later.issuer == earlier.issuer && later.serial(der) == earlier.serial(der);
            if same {
                *earlier = earlier.with(*later);
            }
            same
        });
        self.lines.shrink_to_fit();
    }

    pub(super) fn issuer(&self) -> Option<&Name> {
        self.issuers.first()
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The line for a certificate of `issuer`, its serial number given as the content octets of its
    /// INTEGER. In a delta it may be one that takes another away.
    pub(super) fn entry(&self, issuer: &Name, serial: &[u8]) -> Option<RevokedEntry> {
        let first = self.lines.partition_point(|line| line.serial(&self.der) < serial);
        let same = self.lines.get(first..)?.iter().take_while(|line| line.serial(&self.der) == serial);
        let of_issuer = |line: &&Line| {
            self.issuers.get(usize::from(line.issuer)).is_some_and(|name| name.matches(issuer))
        };
        // One issuer may be written in several ways.
        let line = same.filter(of_issuer).copied().reduce(Line::with)?;
        Some(RevokedEntry {
            revoked_at: Timestamp::from_second(line.revoked_at).unwrap_or(Timestamp::MAX),
            reason: reason_name(line.reason),
        })
    }
}

/// Lines as they are read.
struct Lines<'a> {
    der: &'a [u8],
    found: Vec<Line>,
    issuers: Vec<Name>,
    /// Places in `issuers` by the extension that named them.
    named: HashMap<&'a [u8], u16>,
    /// certificateIssuer holds for the lines that follow too (RFC 5280 5.3.3).
    issuer: u16,
    names_issuers: bool,
    defect: Option<Defect>,
}

impl<'a> Lines<'a> {
    fn new(der: &'a [u8], issuer: Name) -> Self {
        Self {
            der,
            found: Vec::new(),
            issuers: vec![issuer],
            named: HashMap::new(),
            issuer: 0,
            names_issuers: false,
            defect: None,
        }
    }

    fn add(&mut self, mut item: Reader<'a>) -> Result<(), Error> {
        let serial = item.next()?;
        let number = serial.integer()?;
        let revoked_at = item.next()?.time()?.as_second();
        let mut reason = NO_REASON;
        if let Some(extensions) = item.optional(tag::SEQUENCE)? {
            let mut list = extensions.reader();
            while !list.is_empty() {
                let (name, critical, value) = extension(&mut list)?;
                match name.content {
                    REASON_CODE => reason = reason_code(value),
                    INVALIDITY_DATE => {}
                    CERTIFICATE_ISSUER => {
                        self.names_issuers = true;
                        self.take_issuer(value)?;
                    }
                    _ if critical => {
                        self.defect.get_or_insert(Defect::Line(name.oid()?));
                    }
                    _ => {}
                }
            }
        }
        item.finish()?;
        let too_long = |_| Error::Asn1(asn1::Error::Value { offset: serial.offset });
        self.found.push(Line {
            revoked_at,
            serial: u32::try_from(range(self.der, number).start).map_err(|_| Error::Malformed)?,
            serial_length: u8::try_from(number.len()).map_err(too_long)?,
            reason,
            issuer: self.issuer,
        });
        Ok(())
    }

    fn take_issuer(&mut self, value: &'a [u8]) -> Result<(), Error> {
        if let Some(known) = self.named.get(value) {
            self.issuer = *known;
            return Ok(());
        }
        let names = Reader::single(value).and_then(|names| directory_names(names.expect(tag::SEQUENCE)?));
        let Some(name) = names.ok().and_then(|names| names.into_iter().next()) else {
            // Whose certificate it is about cannot be said, of this line and of those that follow.
            self.defect.get_or_insert(Defect::Line(oid::CERTIFICATE_ISSUER.to_owned()));
            return Ok(());
        };
        if self.issuers.len() >= MAX_ISSUERS {
            return Err(Error::TooManyIssuers);
        }
        self.issuer = u16::try_from(self.issuers.len()).map_err(|_| Error::TooManyIssuers)?;
        self.issuers.push(name);
        self.named.insert(value, self.issuer);
        Ok(())
    }
}

/// The next extension: its identifier, its flag, its value.
pub(in crate::pkix) fn extension<'a>(
    list: &mut Reader<'a>,
) -> Result<(Tlv<'a>, bool, &'a [u8]), asn1::Error> {
    let mut fields = list.take(tag::SEQUENCE)?.reader();
    let name = fields.take(tag::OID)?;
    let critical = fields.optional(tag::BOOLEAN)?.is_some_and(|b| b.content != [0]);
    let value = fields.take(tag::OCTET_STRING)?.content;
    fields.finish()?;
    Ok((name, critical, value))
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
