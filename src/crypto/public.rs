//! Public keys. A key is checked when it is made, whatever it is made from (point on its curve, odd
//! RSA exponent, a DSA group that is one, sane sizes), so that verification has only the signature
//! left to doubt.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use openssl::{
    bn::{BigNum, BigNumContext},
    dsa::Dsa,
    ec::{EcGroup, EcKey, EcPoint},
    nid::Nid,
    pkey::{Id, PKey, Public},
};

use super::{
    Curve, GostR, KeyKind, ParameterSet, PssParameters, algorithm::AlgorithmError, gost::VerifyingKey,
    rsa::RsaKey,
};
use crate::asn1::{self, Reader, oid, tag, write};

/// Largest RSA modulus accepted: 8192 bits.
pub(super) const MAX_RSA_OCTETS: usize = 1024;

/// Largest DSA prime accepted: 4096 bits; FIPS 186-4 4.2 ends at 3072.
const MAX_DSA_BITS: i32 = 4096;

/// Why there is no public key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// An algorithm or curve this build does not have; its dotted OID.
    #[error("unsupported key algorithm {algorithm}")]
    Unsupported {
        /// Dotted OID of the algorithm or of the curve.
        algorithm: String,
    },
    /// Not a key: bad DER, a point off the curve, an even or huge RSA exponent, a DSA group that is none.
    #[error("malformed key")]
    Malformed,
}

impl From<asn1::Error> for KeyError {
    fn from(_: asn1::Error) -> Self {
        Self::Malformed
    }
}

impl From<AlgorithmError> for KeyError {
    fn from(error: AlgorithmError) -> Self {
        match error {
            AlgorithmError::Unsupported { oid } => Self::Unsupported { algorithm: oid },
            AlgorithmError::Malformed => Self::Malformed,
        }
    }
}

/// A public key, parsed and checked once.
///
/// Two are equal when the numbers are, whatever they came from; what an id-RSASSA-PSS key may be used
/// for does not count.
#[derive(Clone)]
pub struct PublicKey(Arc<Inner>);

struct Inner {
    /// DER of the SubjectPublicKeyInfo in the one form written here; of an RSA key when it is asked for.
    spki: OnceLock<Vec<u8>>,
    kind: KeyKind,
    material: Material,
    restriction: Restriction,
}

/// What an RSA key may be used for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Restriction {
    /// Anything.
    None,
    /// RSASSA-PSS with any parameters: id-RSASSA-PSS without its own.
    Pss,
    /// RSASSA-PSS with these hashes and a salt of at least this length (RFC 4055 3.3).
    PssWith(PssParameters),
}

pub(super) enum Material {
    Rsa { key: RsaKey, octets: usize },
    Ec { key: EcKey<Public>, curve: Curve },
    Ed { key: PKey<Public>, octets: usize },
    Dsa { key: PKey<Public>, octets: usize },
    Gost(VerifyingKey),
    GostR(GostR, VerifyingKey),
}

impl PublicKey {
    /// From the DER of a SubjectPublicKeyInfo (RFC 5280 4.1.2.7, RFC 3279 2.3, RFC 4055 1.2,
    /// RFC 5480 2, RFC 8410 4, RFC 9215 4). A key of the national algorithms is an OCTET STRING of x and y, each with
    /// its least significant octet first.
    ///
    /// # Errors
    /// [`KeyError`], as with the other constructors.
    pub fn from_spki(spki: &[u8]) -> Result<Self, KeyError> {
        let mut outer = Reader::single(spki)?.expect(tag::SEQUENCE)?.reader();
        let mut algorithm = outer.take(tag::SEQUENCE)?.reader();
        let bits = outer.take(tag::BIT_STRING)?.bit_string()?;
        outer.finish()?;
        let name = algorithm.take(tag::OID)?.oid_text()?;
        match &*name {
            oid::RSA_ENCRYPTION => {
                // RFC 3279 2.3.1 demands NULL; its absence is borne.
                algorithm.optional(tag::NULL)?;
                algorithm.finish()?;
                let (n, e) = pkcs1(bits)?;
                rsa(n, e, Restriction::None)
            }
            oid::RSASSA_PSS => {
                let restriction = match algorithm.is_empty() {
                    true => Restriction::Pss,
                    false => Restriction::PssWith(PssParameters::from_der(algorithm.next()?)?),
                };
                algorithm.finish()?;
                let (n, e) = pkcs1(bits)?;
                rsa(n, e, restriction)
            }
            oid::EC_PUBLIC_KEY => {
                // Explicit parameters (a SEQUENCE) are forbidden by RFC 5480 2.1.1.
                let parameters = algorithm.next()?;
                if parameters.tag != tag::OID {
                    return Err(KeyError::Unsupported { algorithm: name.into_owned() });
                }
                algorithm.finish()?;
                Self::from_ec(&parameters.oid()?, bits)
            }
            oid::ED25519 | oid::ED448 => {
                algorithm.finish()?;
                ed(&name, bits)
            }
            oid::DSA => {
                // RFC 3279 2.3.2 lets a certificate inherit its issuer's parameters; that is not done here.
                if algorithm.is_empty() {
                    return Err(KeyError::Unsupported { algorithm: name.into_owned() });
                }
                let mut group = algorithm.take(tag::SEQUENCE)?.reader();
                algorithm.finish()?;
                let (p, q, g) =
                    (group.next()?.unsigned()?, group.next()?.unsigned()?, group.next()?.unsigned()?);
                group.finish()?;
                Self::from_dsa(p, q, g, Reader::single(bits)?.unsigned()?)
            }
            _ => {
                let (set, russian) = match (ParameterSet::of_key(&name), GostR::of_key(&name)) {
                    (Some(set), _) => {
                        set.check_parameters(algorithm.next()?)?;
                        (set, None)
                    }
                    (None, Some(one)) => (one.curve(algorithm.next()?)?, Some(one)),
                    (None, None) => return Err(KeyError::Unsupported { algorithm: name.into_owned() }),
                };
                algorithm.finish()?;
                let octets = Reader::single(bits)?.expect(tag::OCTET_STRING)?.content;
                let key = VerifyingKey::from_octets(set, octets).ok_or(KeyError::Malformed)?;
                Ok(match russian {
                    None => gost(key),
                    Some(one) => gost_r(one, key),
                })
            }
        }
    }

    /// From the unsigned big-endian numbers of an RSAKeyValue (XMLDSig 1.1 4.5.2.2).
    pub fn from_rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        rsa(modulus, exponent, Restriction::None)
    }

    /// From the named curve's dotted OID and the octets of the point, as in an ECKeyValue
    /// (XMLDSig 1.1 4.5.2.3; SEC 1 2.3.3).
    pub fn from_ec(curve: &str, point: &[u8]) -> Result<Self, KeyError> {
        let unsupported = || KeyError::Unsupported { algorithm: curve.to_owned() };
        let known = Curve::from_oid(curve).ok_or_else(unsupported)?;
        let group = group(known).map_err(|_| unsupported())?;
        ec(known, &group, point)
    }

    /// From the unsigned big-endian numbers of a DSAKeyValue (XMLDSig 1.1 4.5.2.1).
    ///
    /// The group is checked as far as that takes bounded time: sizes, that q divides p - 1, that g and
    /// y have order q. That p and q are primes is not.
    pub fn from_dsa(p: &[u8], q: &[u8], g: &[u8], y: &[u8]) -> Result<Self, KeyError> {
        dsa([p, q, g, y].map(stripped))
    }

    /// Kind and size.
    pub fn kind(&self) -> KeyKind {
        self.0.kind
    }

    /// Bits of the RSA modulus or DSA prime, of the group's order, or 256 and 456 for Ed25519 and Ed448.
    pub fn bits(&self) -> u32 {
        match self.0.kind {
            KeyKind::Rsa { bits } | KeyKind::Dsa { bits, .. } => bits,
            KeyKind::Ec { curve } => curve.bits(),
            KeyKind::Ed25519 => 256,
            KeyKind::Ed448 => 456,
            KeyKind::Gost(set) => set.bits(),
            KeyKind::GostR(one) => one.bits(),
        }
    }

    /// Whether both are one key that was parsed once, with all that it may be used for.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// DER of the SubjectPublicKeyInfo in canonical form: points uncompressed, parameters as the RFCs
    /// write them. Equal numbers give equal octets, but for the restrictions of an id-RSASSA-PSS key.
    pub fn spki(&self) -> &[u8] {
        let Inner { spki, material, restriction, .. } = &*self.0;
        spki.get_or_init(|| match material {
            Material::Rsa { key, .. } => rsa_spki(key.numbers(), *restriction),
            _ => Vec::new(),
        })
    }

    pub(super) fn material(&self) -> &Material {
        &self.0.material
    }

    pub(super) fn restriction(&self) -> Restriction {
        self.0.restriction
    }

    fn new(algorithm: &[Vec<u8>], bits: &[u8], kind: KeyKind, material: Material) -> Self {
        let spki = write::sequence(&[write::sequence(algorithm), write::bit_string(bits)]);
        Self(Arc::new(Inner { spki: spki.into(), kind, material, restriction: Restriction::None }))
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0.material, &other.0.material) {
            (Material::Rsa { key: a, .. }, Material::Rsa { key: b, .. }) => a.numbers() == b.numbers(),
            _ => self.spki() == other.spki(),
        }
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?})", self.0.kind)
    }
}

/// RSAPublicKey (RFC 8017 A.1.1).
fn pkcs1(bits: &[u8]) -> Result<(&[u8], &[u8]), KeyError> {
    let mut fields = Reader::single(bits)?.expect(tag::SEQUENCE)?.reader();
    let n = fields.next()?.unsigned()?;
    let e = fields.next()?.unsigned()?;
    fields.finish()?;
    Ok((n, e))
}

fn rsa(modulus: &[u8], exponent: &[u8], restriction: Restriction) -> Result<PublicKey, KeyError> {
    let (modulus, exponent) = (stripped(modulus), stripped(exponent));
    if modulus.len() > MAX_RSA_OCTETS {
        return Err(KeyError::Malformed);
    }
    let key = RsaKey::new(modulus, exponent).ok_or(KeyError::Malformed)?;
    let (kind, octets) = (KeyKind::Rsa { bits: key.bits() }, key.octets());
    let material = Material::Rsa { key, octets };
    Ok(PublicKey(Arc::new(Inner { spki: OnceLock::new(), kind, material, restriction })))
}

/// DER of the SubjectPublicKeyInfo of an RSA key.
fn rsa_spki((modulus, exponent): (&[u8], &[u8]), restriction: Restriction) -> Vec<u8> {
    let algorithm = match restriction {
        Restriction::None => vec![write::oid(oid::RSA_ENCRYPTION), write::null()],
        Restriction::Pss => vec![write::oid(oid::RSASSA_PSS)],
        Restriction::PssWith(parameters) => vec![write::oid(oid::RSASSA_PSS), parameters.to_der()],
    };
    let numbers = write::sequence(&[write::unsigned(modulus), write::unsigned(exponent)]);
    write::sequence(&[write::sequence(&algorithm), write::bit_string(&numbers)])
}

fn ec(curve: Curve, group: &EcGroup, point: &[u8]) -> Result<PublicKey, KeyError> {
    // SEC 1 2.3.4; the point at infinity (a single zero) is no key. All curves here have cofactor 1, so
    // that every other point is of the right order.
    match point.first() {
        Some(4) if point.len() == 1 + 2 * curve.octets() => {}
        Some(2 | 3) if point.len() == 1 + curve.octets() => {}
        _ => return Err(KeyError::Malformed),
    }
    let (key, octets) = (|| {
        let mut context = BigNumContext::new()?;
        let point = EcPoint::from_bytes(group, point, &mut context)?;
        let octets = point.to_bytes(group, openssl::ec::PointConversionForm::UNCOMPRESSED, &mut context)?;
        Ok((EcKey::from_public_key(group, &point)?, octets))
    })()
    .map_err(|_: openssl::error::ErrorStack| KeyError::Malformed)?;
    let algorithm = [write::oid(oid::EC_PUBLIC_KEY), write::oid(curve.oid())];
    Ok(PublicKey::new(&algorithm, &octets, KeyKind::Ec { curve }, Material::Ec { key, curve }))
}

fn ed(name: &str, octets: &[u8]) -> Result<PublicKey, KeyError> {
    let (kind, id, length, signature) = match name {
        oid::ED25519 => (KeyKind::Ed25519, Id::ED25519, 32, 64),
        _ => (KeyKind::Ed448, Id::ED448, 57, 114),
    };
    if octets.len() != length {
        return Err(KeyError::Malformed);
    }
    let key = PKey::public_key_from_raw_bytes(octets, id)
        .map_err(|_| KeyError::Unsupported { algorithm: name.to_owned() })?;
    let material = Material::Ed { key, octets: signature };
    Ok(PublicKey::new(&[write::oid(name)], octets, kind, material))
}

pub(super) fn gost(key: VerifyingKey) -> PublicKey {
    let bits = write::octet_string(&key.to_octets());
    PublicKey::new(&key.set().key_identifier(), &bits, KeyKind::Gost(key.set()), Material::Gost(key))
}

fn gost_r(one: GostR, key: VerifyingKey) -> PublicKey {
    let bits = write::octet_string(&key.to_octets());
    PublicKey::new(&one.key_identifier(key.set()), &bits, KeyKind::GostR(one), Material::GostR(one, key))
}

fn dsa([p, q, g, y]: [&[u8]; 4]) -> Result<PublicKey, KeyError> {
    let numbers = [write::unsigned(p), write::unsigned(q), write::unsigned(g)];
    let value = write::unsigned(y);
    let [p, q, g, y] = [big(p)?, big(q)?, big(g)?, big(y)?];
    // FIPS 186-4 4.2 and, for old documents, shorter p. The sizes bound what follows.
    if !(512..=MAX_DSA_BITS).contains(&p.num_bits()) || !matches!(q.num_bits(), 160 | 224 | 256) {
        return Err(KeyError::Malformed);
    }
    let (bits, subgroup_bits) =
        (u32::try_from(p.num_bits()).unwrap_or(0), u32::try_from(q.num_bits()).unwrap_or(0));
    let octets = usize::try_from(q.num_bytes()).unwrap_or(0);
    let sound = (|| {
        let one = BigNum::from_u32(1)?;
        let mut context = BigNumContext::new()?;
        let (mut less, mut rest, mut power) = (BigNum::new()?, BigNum::new()?, BigNum::new()?);
        less.checked_sub(&p, &one)?;
        rest.checked_rem(&less, &q, &mut context)?;
        let mut sound = p.is_bit_set(0) && q.is_bit_set(0) && rest.num_bits() == 0;
        for element in [&g, &y] {
            sound = sound && *element > one && *element < p;
            if sound {
                power.mod_exp(element, &q, &p, &mut context)?;
                sound = power == one;
            }
        }
        Ok(sound)
    })();
    if !sound.map_err(|_: openssl::error::ErrorStack| KeyError::Malformed)? {
        return Err(KeyError::Malformed);
    }
    let key = Dsa::from_public_components(p, q, g, y)
        .and_then(PKey::from_dsa)
        .map_err(|_| KeyError::Unsupported { algorithm: oid::DSA.to_owned() })?;
    let algorithm = [write::oid(oid::DSA), write::sequence(&numbers)];
    let kind = KeyKind::Dsa { bits, subgroup_bits };
    Ok(PublicKey::new(&algorithm, &value, kind, Material::Dsa { key, octets }))
}

pub(super) fn group(curve: Curve) -> Result<EcGroup, openssl::error::ErrorStack> {
    EcGroup::from_curve_name(match curve {
        Curve::P192 => Nid::X9_62_PRIME192V1,
        Curve::P224 => Nid::SECP224R1,
        Curve::P256 => Nid::X9_62_PRIME256V1,
        Curve::P384 => Nid::SECP384R1,
        Curve::P521 => Nid::SECP521R1,
        Curve::Secp256k1 => Nid::SECP256K1,
        Curve::BrainpoolP256r1 => Nid::BRAINPOOL_P256R1,
        Curve::BrainpoolP384r1 => Nid::BRAINPOOL_P384R1,
        Curve::BrainpoolP512r1 => Nid::BRAINPOOL_P512R1,
    })
}

fn big(magnitude: &[u8]) -> Result<BigNum, KeyError> {
    if magnitude.len() > MAX_RSA_OCTETS {
        return Err(KeyError::Malformed);
    }
    BigNum::from_slice(magnitude).map_err(|_| KeyError::Malformed)
}

/// Without leading zeros: CryptoBinary has none (XMLDSig 1.1 4.1), but some write them.
fn stripped(magnitude: &[u8]) -> &[u8] {
    let zeros = magnitude.iter().take_while(|octet| **octet == 0).count();
    magnitude.get(zeros..).unwrap_or_default()
}
