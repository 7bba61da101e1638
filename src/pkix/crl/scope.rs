//! What a list answers for (issuingDistributionPoint, RFC 5280 5.2.5), where a certificate says that
//! its lists are (cRLDistributionPoints, 4.2.1.13), and whether the two meet (6.3.3 (b) and (d)).
//!
//! Nothing is fetched from a distribution point: its names are compared with those in the list, so
//! that a list of one part is not taken for a list of another.

use crate::{
    asn1::{self, Reader, Tlv, tag, write},
    pkix::{Certificate, Name},
};

/// A set of reasons for revocation (ReasonFlags, RFC 5280 4.2.1.13).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reasons(u16);

/// The bits of ReasonFlags from 1; bit 0 is unused and counts for nothing.
const FLAGS: [&str; 8] = [
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
    "aACompromise",
];

impl Reasons {
    /// No reason.
    pub const NONE: Self = Self(0);
    /// Every reason that there is.
    pub const ALL: Self = Self(0xff);

    /// From a BIT STRING of named bits whose tag may be implicit.
    fn read(value: Tlv<'_>) -> Result<Self, asn1::Error> {
        let bad = asn1::Error::Value { offset: value.offset };
        let (unused, octets) = value.content.split_first().ok_or(bad)?;
        if *unused > 7 || octets.len() > 2 {
            return Err(bad);
        }
        let bit = |n: usize| octets.get(n / 8).is_some_and(|octet| octet & (0x80 >> (n % 8)) != 0);
        Ok(Self((0..FLAGS.len()).filter(|at| bit(at + 1)).fold(0, |set, at| set | 1 << at)))
    }

    /// In either of both.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// In both.
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// All that are not in it.
    pub fn complement(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }

    /// The names of RFC 5280.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        FLAGS.into_iter().enumerate().filter(move |(at, _)| self.0 & (1 << at) != 0).map(|(_, name)| name)
    }
}

/// Names of places in one list at most. A certificate has at most so many distribution points of one name.
/// Each name there is compared with each name here.
const MAX_PLACES: usize = 1000;

/// A GeneralName as far as places of lists are compared: names as names, the rest octet by octet.
#[derive(Clone, Debug)]
enum Place {
    Directory(Name),
    Other(Vec<u8>),
}

impl Place {
    fn read(item: Tlv<'_>) -> Result<Self, asn1::Error> {
        if item.tag == tag::context_constructed(4) {
            return Name::from_der(item.content).map(Self::Directory);
        }
        Ok(Self::Other(item.raw.to_vec()))
    }

    fn all(mut items: Reader<'_>) -> Result<Vec<Self>, asn1::Error> {
        let mut places = Vec::new();
        while !items.is_empty() {
            if places.len() == MAX_PLACES {
                return Err(asn1::Error::Value { offset: items.offset() });
            }
            places.push(Self::read(items.next()?)?);
        }
        Ok(places)
    }

    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Directory(one), Self::Directory(two)) => one.matches(two),
            (Self::Other(one), Self::Other(two)) => one == two,
            _ => false,
        }
    }

    fn uri(&self) -> Option<String> {
        let Self::Other(raw) = self else { return None };
        let item = Reader::single(raw).ok()?.expect(tag::context(6)).ok()?;
        Some(std::str::from_utf8(item.content).ok()?.trim().to_owned())
    }
}

/// DistributionPointName: full names, or an RDN that is to be put below the name of an issuer, as the
/// DER of its SET.
#[derive(Clone, Debug)]
enum PointName {
    Full(Vec<Place>),
    Relative(Vec<u8>),
}

impl PointName {
    /// From the content of the EXPLICIT tag around the choice.
    fn read(outer: Tlv<'_>) -> Result<Self, asn1::Error> {
        let mut choice = outer.reader();
        let item = choice.next()?;
        choice.finish()?;
        match item.tag {
            0xa0 => Place::all(item.reader()).map(Self::Full),
            0xa1 => Ok(Self::Relative(write::tlv(tag::SET, &[item.content]))),
            found => Err(asn1::Error::Tag { found, offset: item.offset }),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Full(places) => places.len(),
            Self::Relative(_) => 1,
        }
    }

    /// The full names, a relative one below `issuer`.
    fn places(&self, issuer: &Name) -> Result<Vec<Place>, asn1::Error> {
        match self {
            Self::Full(places) => Ok(places.clone()),
            Self::Relative(rdn) => {
                let above = Reader::single(issuer.der())?.content;
                let name = Name::from_der(&write::sequence(&[above, rdn.as_slice()]))?;
                Ok(vec![Place::Directory(name)])
            }
        }
    }
}

/// One place where a certificate says that lists are (RFC 5280 4.2.1.13, also 4.2.1.15).
#[derive(Clone, Debug)]
pub struct DistributionPoint {
    name: Option<PointName>,
    reasons: Reasons,
    /// The names in cRLIssuer.
    crl_issuer: Option<Vec<Name>>,
}

impl DistributionPoint {
    /// All of a CRLDistributionPoints.
    pub(in crate::pkix) fn all(outer: Tlv<'_>) -> Result<Vec<Self>, asn1::Error> {
        let mut items = outer.expect(tag::SEQUENCE)?.reader();
        let mut points = Vec::new();
        // A point and its names.
        let mut count = 0;
        while !items.is_empty() {
            let mut fields = items.take(tag::SEQUENCE)?.reader();
            let name = fields.optional(tag::context_constructed(0))?.map(PointName::read).transpose()?;
            let reasons = match fields.optional(tag::context(1))? {
                Some(flags) => Reasons::read(flags)?,
                None => Reasons::ALL,
            };
            let crl_issuer = match fields.optional(tag::context_constructed(2))? {
                Some(names) => Some(directory_names(names)?),
                None => None,
            };
            fields.finish()?;
            count += 1 + name.as_ref().map_or(0, PointName::len) + crl_issuer.as_ref().map_or(0, Vec::len);
            if count > 2 * MAX_PLACES {
                return Err(asn1::Error::Value { offset: outer.offset });
            }
            points.push(Self { name, reasons, crl_issuer });
        }
        Ok(points)
    }

    /// The addresses among its names.
    pub fn uris(&self) -> impl Iterator<Item = String> {
        let places = match &self.name {
            Some(PointName::Full(places)) => places.as_slice(),
            _ => &[],
        };
        places.iter().filter_map(Place::uri)
    }

    /// Who issues the lists, where that is not the certificate's issuer.
    pub fn crl_issuer(&self) -> Option<&[Name]> {
        self.crl_issuer.as_deref()
    }
}

/// The directoryNames of a GeneralNames; the other kinds name no issuer.
pub(super) fn directory_names(names: Tlv<'_>) -> Result<Vec<Name>, asn1::Error> {
    let places = Place::all(names.reader())?;
    Ok(places
        .into_iter()
        .filter_map(|place| match place {
            Place::Directory(name) => Some(name),
            Place::Other(_) => None,
        })
        .collect())
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Any,
    EndEntities,
    Authorities,
    AttributeCertificates,
}

/// What a list answers for; without issuingDistributionPoint all certificates of its issuer and all
/// reasons.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Names of the part; `None` if the list is of no part.
    places: Option<Vec<Place>>,
    kind: Kind,
    reasons: Reasons,
    indirect: bool,
    /// The extension's value, by which two lists are of the same scope.
    der: Vec<u8>,
}

/// How a list bears on a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Bearing {
    /// A line of the list about the certificate counts.
    pub(super) in_scope: bool,
    /// For these reasons it also counts that there is no line.
    pub(super) clears: Reasons,
}

impl Scope {
    /// That of a list without the extension.
    pub(super) fn complete() -> Self {
        Self { places: None, kind: Kind::Any, reasons: Reasons::ALL, indirect: false, der: Vec::new() }
    }

    /// From the extension's value, in a list of `issuer`.
    pub(super) fn read(value: &[u8], issuer: &Name) -> Result<Self, asn1::Error> {
        let outer = Reader::single(value)?.expect(tag::SEQUENCE)?;
        let mut fields = outer.reader();
        let places = match fields.optional(tag::context_constructed(0))? {
            Some(name) => Some(PointName::read(name)?.places(issuer)?),
            None => None,
        };
        let end_entities = flag(&mut fields, 1)?;
        let authorities = flag(&mut fields, 2)?;
        let reasons = match fields.optional(tag::context(3))? {
            Some(flags) => Reasons::read(flags)?,
            None => Reasons::ALL,
        };
        let indirect = flag(&mut fields, 4)?;
        let attributes = flag(&mut fields, 5)?;
        fields.finish()?;
        let kind = match (end_entities, authorities, attributes) {
            (false, false, false) => Kind::Any,
            (true, false, false) => Kind::EndEntities,
            (false, true, false) => Kind::Authorities,
            (false, false, true) => Kind::AttributeCertificates,
            // At most one of them (RFC 5280 5.2.5).
            _ => return Err(asn1::Error::Value { offset: outer.offset }),
        };
        Ok(Self { places, kind, reasons, indirect, der: value.to_vec() })
    }

    /// Whether lines may be of certificates of other issuers.
    pub fn is_indirect(&self) -> bool {
        self.indirect
    }

    /// The extension's value; empty without it.
    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether both say the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.der == other.der
    }

    /// How a list of this scope by `issuer` bears on `certificate`: through its distribution points, and
    /// beyond them as the list of its own issuer (RFC 5280 6.3.3, the last step).
    ///
    /// Where all distribution points leave the lists to another issuer, the own issuer's list does not
    /// clear the certificate, though a line in it counts: the RFC would take it, but what the issuer
    /// says itself is that revocations are written elsewhere.
    pub(super) fn bearing(&self, issuer: &Name, certificate: &Certificate) -> Bearing {
        let authority = certificate.basic_constraints().is_some_and(|constraints| constraints.ca);
        let kind = match self.kind {
            Kind::Any => true,
            Kind::EndEntities => !authority,
            Kind::Authorities => authority,
            Kind::AttributeCertificates => false,
        };
        let mut bearing = Bearing { in_scope: false, clears: Reasons::NONE };
        if !kind {
            return bearing;
        }
        let own = issuer.matches(certificate.issuer());
        let points = certificate.distribution_points();
        for point in points {
            let by_issuer = match point.crl_issuer() {
                Some(names) => self.indirect && names.iter().any(|name| name.matches(issuer)),
                None => own,
            };
            if by_issuer && self.is_at(point, certificate) {
                bearing.in_scope = true;
                bearing.clears = bearing.clears.union(point.reasons.intersection(self.reasons));
            }
        }
        let whole = self.places.as_ref().is_none_or(|places| {
            let own = Place::Directory(certificate.issuer().clone());
            places.iter().any(|place| place.is(&own))
        });
        if own && whole {
            bearing.in_scope = true;
            let elsewhere = |point: &DistributionPoint| {
                point.crl_issuer().is_some_and(|names| !names.iter().any(|name| name.matches(issuer)))
            };
            if points.is_empty() || !points.iter().all(elsewhere) {
                bearing.clears = bearing.clears.union(self.reasons);
            }
        }
        bearing
    }

    /// RFC 5280 6.3.3 (b)(2)(i).
    fn is_at(&self, point: &DistributionPoint, certificate: &Certificate) -> bool {
        let Some(own) = &self.places else { return true };
        let issuers = point.crl_issuer().unwrap_or_default();
        let wanted = match &point.name {
            Some(name) => name.places(issuers.first().unwrap_or(certificate.issuer())).unwrap_or_default(),
            None => issuers.iter().cloned().map(Place::Directory).collect(),
        };
        own.iter().any(|place| wanted.iter().any(|other| place.is(other)))
    }
}

fn flag(fields: &mut Reader<'_>, number: u8) -> Result<bool, asn1::Error> {
    Ok(fields.optional(tag::context(number))?.is_some_and(|value| value.content != [0]))
}
