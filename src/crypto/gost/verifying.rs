//! Public keys, and whether one made a signature (RFC 7091 6.2). All of it is public.

use super::{
    GROUP_2004, GROUP_2015_256, GROUP_2015_512, Group, ParameterSet,
    curve::{Affine, Curve, Point, Scale},
    field::Element,
    from_octets,
    multiply::{GENERATOR, Multiples, sum_of_products},
    number,
    order::Scalar,
    to_octets,
};

/// A point, with as many limbs as its curve has.
#[derive(Clone, Copy)]
pub(super) enum Coordinates {
    Eight(Affine<8>),
    Four(Affine<4>),
}

/// A public key: a point other than infinity in the group of prime order.
pub(in crate::crypto) struct VerifyingKey {
    set: ParameterSet,
    pub(super) point: Coordinates,
}

impl VerifyingKey {
    pub(super) fn new(set: ParameterSet, point: Coordinates) -> Self {
        Self { set, point }
    }

    /// From x and then y, each with its least significant octet first. `None` for another length, for
    /// coordinates that are not below the prime, and for a point that is not on the curve or not in its
    /// group of prime order.
    pub(in crate::crypto) fn from_octets(set: ParameterSet, octets: &[u8]) -> Option<Self> {
        fn point<const N: usize>(group: &Group<N>, octets: &[u8]) -> Option<Affine<N>> {
            let (x, y) = octets.split_at_checked(8 * N)?;
            let (x, y) = (Element(from_octets(x)?), Element(from_octets(y)?));
            let exact = x.canonical() == x.0 && y.canonical() == y.0;
            let point = group.curve.point_of_standard(x, y);
            (exact && group.curve.contains(&point) && group.curve.in_group(&point)).then_some(point)
        }
        let point = match set {
            ParameterSet::Gost2015With512 => Coordinates::Eight(point(&GROUP_2015_512, octets)?),
            ParameterSet::Gost2015With256 => Coordinates::Four(point(&GROUP_2015_256, octets)?),
            ParameterSet::Gost2004 => Coordinates::Four(point(&GROUP_2004, octets)?),
        };
        Some(Self { set, point })
    }

    /// As [`VerifyingKey::from_octets`] reads it.
    pub(in crate::crypto) fn to_octets(&self) -> Vec<u8> {
        fn octets<const N: usize>(group: &Group<N>, point: &Affine<N>) -> Vec<u8> {
            let (x, y) = group.curve.to_standard(point);
            to_octets(&x).chain(to_octets(&y)).collect()
        }
        match (&self.point, self.set) {
            (Coordinates::Eight(point), _) => octets(&GROUP_2015_512, point),
            (Coordinates::Four(point), ParameterSet::Gost2004) => octets(&GROUP_2004, point),
            (Coordinates::Four(point), _) => octets(&GROUP_2015_256, point),
        }
    }

    pub(in crate::crypto) fn set(&self) -> ParameterSet {
        self.set
    }

    /// Whether the key made the signature over a message with this digest (RFC 7091 6.2). Digest and
    /// signature are r and then s, in the national order of octets; anything that is not of the right
    /// length, or a number out of its range, is no signature.
    pub(in crate::crypto) fn verifies(&self, digest: &[u8], signature: &[u8]) -> bool {
        let outcome = match (&self.point, self.set) {
            (Coordinates::Eight(point), _) => verifies(&GROUP_2015_512, point, digest, signature),
            (Coordinates::Four(point), ParameterSet::Gost2004) => {
                verifies(&GROUP_2004, point, digest, signature)
            }
            (Coordinates::Four(point), _) => verifies(&GROUP_2015_256, point, digest, signature),
        };
        outcome.unwrap_or(false)
    }
}

pub(super) fn verifies<const N: usize>(
    group: &Group<N>,
    point: &Affine<N>,
    digest: &[u8],
    signature: &[u8],
) -> Option<bool> {
    let Group { curve, .. } = group;
    let order = &curve.order;
    let (r, s) = signature.split_at_checked(8 * N)?;
    let (r, s) = (order.exact(from_octets(r)?)?, order.exact(from_octets(s)?)?);
    if r.is_zero() || s.is_zero() {
        return None;
    }
    let inverse = order.invert_public(&number(order, digest)?);
    let for_generator = order.mul(&s, &inverse);
    let for_key = order.negate(&order.mul(&r, &inverse));

    let generator = group.generator.get_or_init(|| Multiples::for_limbs(curve, &curve.generator, GENERATOR));
    let known = group.recent.multiples(point);
    let once;
    let multiples = match &known {
        Some(multiples) => multiples,
        None => {
            once = Multiples::once(curve, point);
            &once
        }
    };
    let sum = sum_of_products(curve, (&for_generator, generator), (&for_key, multiples));
    let verified = !sum.is_infinity() && has_coordinate(curve, &sum, &r);
    if verified && known.is_none() {
        group.recent.note(curve, point);
    }
    Some(verified)
}

/// Whether x modulo the order is `r`: whether X is r Z², or the same with the order added, as long as that
/// is below the prime. So no inversion is needed.
fn has_coordinate<const N: usize>(curve: &Curve<N>, point: &Point<N>, r: &Scalar<N>) -> bool {
    let mut square = point.z.square();
    if let Some(Scale { into: (for_x, _), .. }) = &curve.scale {
        square = square.mul(for_x);
    }
    let mut candidate = *r.limbs();
    loop {
        let element = Element(candidate);
        if element.canonical() != candidate {
            return false;
        }
        if element.mul(&square).equals(&point.x) {
            return true;
        }
        let mut carry = false;
        for (limb, more) in candidate.iter_mut().zip(curve.order.limbs()) {
            (*limb, carry) = limb.carrying_add(*more, carry);
        }
        if carry {
            return false;
        }
    }
}
