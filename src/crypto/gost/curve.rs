//! The curves y² = x³ + a x + b of the national standards, and points on them in Jacobian coordinates,
//! where (X, Y, Z) stands for (X / Z², Y / Z³) and Z = 0 for the point at infinity. The formulas are those
//! of the Explicit-Formulas Database: dbl-2001-b with one product in place of a square and all divided by
//! two, zaddu, and for one affine point madd with 8 multiplications and 3 squarings.
//!
//! Two kinds of operations stand here. What verification needs treats every exceptional case and branches
//! on what it meets, since all of it is public. [`Curve::add_distinct`], which signing uses, has no branch;
//! where its condition does not hold, Z becomes zero, which its caller looks for.

use super::{field::Element, order::Order};

/// A curve with a point that generates a group of prime order.
#[derive(Debug)]
pub(super) struct Curve<const N: usize> {
    pub(super) order: Order<N>,
    pub(super) a: Coefficient,
    pub(super) b: Element<N>,
    pub(super) generator: Affine<N>,
    /// The points on the curve are so many times the order.
    pub(super) cofactor: u32,
    /// Where the curve stands for another one.
    pub(super) scale: Option<Scale<N>>,
}

/// The coefficient a: small, so that it costs no multiplication.
#[derive(Clone, Copy, Debug)]
pub(super) enum Coefficient {
    MinusThree,
    Three,
}

/// The way between a curve of the standard and the one computed on, which are the same but for the choice of
/// coordinates: a point (x, y) there is (u² x, u³ y) here, and coefficients are u⁴ a and u⁶ b.
#[derive(Debug)]
pub(super) struct Scale<const N: usize> {
    /// u² and u³.
    pub(super) into: (Element<N>, Element<N>),
    /// Their inverses.
    pub(super) back: (Element<N>, Element<N>),
}

/// A point with its coordinates, never the point at infinity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Affine<const N: usize> {
    pub(super) x: Element<N>,
    pub(super) y: Element<N>,
}

/// A point in Jacobian coordinates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point<const N: usize> {
    pub(super) x: Element<N>,
    pub(super) y: Element<N>,
    pub(super) z: Element<N>,
}

impl<const N: usize> Affine<N> {
    pub(super) fn negate(&self) -> Self {
        Self { x: self.x, y: self.y.negate() }
    }
}

impl<const N: usize> From<Affine<N>> for Point<N> {
    fn from(point: Affine<N>) -> Self {
        Self { x: point.x, y: point.y, z: Element::ONE }
    }
}

impl<const N: usize> Point<N> {
    pub(super) const INFINITY: Self = Self { x: Element::ONE, y: Element::ONE, z: Element::ZERO };

    pub(super) fn is_infinity(&self) -> bool {
        self.z.is_zero()
    }

    /// The sum of this point and another one with the same Z, and this point with the Z of the sum: 5
    /// multiplications and 2 squarings (the addition of Meloni, "New point addition formulae for ECC
    /// applications", 2007). The other is neither this point nor its negative.
    pub(super) fn add_beside(&self, other: &Self) -> (Self, Self) {
        let difference = self.x.sub(&other.x);
        let square = difference.square();
        let (own, others) = (self.x.mul(&square), other.x.mul(&square));
        let slope = self.y.sub(&other.y);
        let z = self.z.mul(&difference);
        let beside = Self { x: own, y: self.y.mul(&own.sub(&others)), z };
        let x = slope.square().sub(&own).sub(&others);
        let y = slope.mul(&own.sub(&x)).sub(&beside.y);
        (Self { x, y, z }, beside)
    }
}

impl Coefficient {
    /// a times the number.
    pub(super) fn times<const N: usize>(self, number: &Element<N>) -> Element<N> {
        let thrice = number.double().add(number);
        match self {
            Self::MinusThree => thrice.negate(),
            Self::Three => thrice,
        }
    }
}

impl<const N: usize> Curve<N> {
    /// The point with these coordinates on the curve of the standard.
    pub(super) fn point_of_standard(&self, x: Element<N>, y: Element<N>) -> Affine<N> {
        let Some(Scale { into: (for_x, for_y), .. }) = &self.scale else { return Affine { x, y } };
        let (x, y) = (x.mul(for_x), y.mul(for_y));
        Affine { x: Element(x.canonical()), y: Element(y.canonical()) }
    }

    /// The coordinates on the curve of the standard, the least numbers.
    pub(super) fn to_standard(&self, point: &Affine<N>) -> ([u64; N], [u64; N]) {
        let Some(Scale { back: (for_x, for_y), .. }) = &self.scale else {
            return (point.x.canonical(), point.y.canonical());
        };
        (point.x.mul(for_x).canonical(), point.y.mul(for_y).canonical())
    }

    /// Whether the coordinates satisfy the equation.
    pub(super) fn contains(&self, point: &Affine<N>) -> bool {
        let x = &point.x;
        let right = x.square().mul(x).add(&self.a.times(x)).add(&self.b);
        point.y.square().equals(&right)
    }

    /// The same for Jacobian coordinates: Y² = X³ + a X Z⁴ + b Z⁶. Without a branch.
    pub(super) fn contains_point(&self, point: &Point<N>) -> bool {
        let square = point.z.square();
        let fourth = square.square();
        let right =
            point.x.square().add(&self.a.times(&fourth)).mul(&point.x).add(&self.b.mul(&fourth.mul(&square)));
        point.y.square().equals(&right)
    }

    /// Without a branch; right for every point.
    #[inline]
    pub(super) fn double(&self, point: &Point<N>) -> Point<N> {
        self.double_beside(point).0
    }

    /// The double of a point, and the point itself with the same Z, which falls out of the formula.
    #[inline]
    pub(super) fn double_beside(&self, point: &Point<N>) -> (Point<N>, Point<N>) {
        let delta = point.z.square();
        let gamma = point.y.square();
        let beta = point.x.mul(&gamma);
        // A third of 3 X² + a Z⁴.
        let third = match self.a {
            Coefficient::MinusThree => point.x.sub(&delta).mul(&point.x.add(&delta)),
            Coefficient::Three => point.x.square().add(&delta.square()),
        };
        // Half of what the tangent has for its numerator, so that Y, and not twice Y, divides it.
        let slope = third.double().add(&third).half();
        let x = slope.square().sub(&beta.double());
        let z = point.y.mul(&point.z);
        let beside = Point { x: beta, y: gamma.square(), z };
        let y = slope.mul(&beta.sub(&x)).sub(&beside.y);
        (Point { x, y, z }, beside)
    }

    /// The sum of a point and another that is neither it nor its negative, the first not infinity. Without
    /// a branch; Z is zero where the condition does not hold.
    #[inline]
    pub(super) fn add_distinct(&self, point: &Point<N>, other: &Affine<N>) -> Point<N> {
        let (h, s) = differences(point, other);
        sum(point, &h, &s)
    }

    /// Any sum with a point that has coordinates.
    #[inline]
    pub(super) fn add_affine(&self, point: &Point<N>, other: &Affine<N>) -> Point<N> {
        if point.is_infinity() {
            return (*other).into();
        }
        let (h, s) = differences(point, other);
        if h.is_zero() {
            return if s.is_zero() { self.double(point) } else { Point::INFINITY };
        }
        sum(point, &h, &s)
    }

    /// `scalar` times `point`, bit by bit: for what happens seldom and is public.
    pub(super) fn multiply(&self, scalar: &[u64; N], point: &Affine<N>) -> Point<N> {
        let mut sum = Point::INFINITY;
        for limb in scalar.iter().rev() {
            for bit in (0..64).rev() {
                sum = self.double(&sum);
                if limb >> bit & 1 == 1 {
                    sum = self.add_affine(&sum, point);
                }
            }
        }
        sum
    }

    /// Whether a point on the curve lies in the group that the generator generates.
    pub(super) fn in_group(&self, point: &Affine<N>) -> bool {
        self.cofactor == 1 || self.multiply(self.order.limbs(), point).is_infinity()
    }
}

/// For the sum of two points: the second x less the first, and the same of y, at the first point's Z.
#[inline]
fn differences<const N: usize>(point: &Point<N>, other: &Affine<N>) -> (Element<N>, Element<N>) {
    let square = point.z.square();
    let h = other.x.mul(&square).sub(&point.x);
    let s = other.y.mul(&point.z.mul(&square)).sub(&point.y);
    (h, s)
}

#[inline]
fn sum<const N: usize>(point: &Point<N>, h: &Element<N>, s: &Element<N>) -> Point<N> {
    let square = h.square();
    let cube = square.mul(h);
    let v = point.x.mul(&square);
    let x = s.square().sub(&cube).sub(&v.double());
    let y = s.mul(&v.sub(&x)).sub(&point.y.mul(&cube));
    Point { x, y, z: point.z.mul(h) }
}

/// The coordinates of public points of which none is infinity, with one inversion for all.
pub(super) fn normalize<const N: usize>(points: &[Point<N>]) -> Vec<Affine<N>> {
    let mut products = Vec::with_capacity(points.len());
    let mut product = Element::ONE;
    for point in points {
        products.push(product);
        product = product.mul(&point.z);
    }
    let mut inverse = product.invert_public();
    let mut affine: Vec<Affine<N>> = points
        .iter()
        .zip(&products)
        .rev()
        .map(|(point, before)| {
            let own = inverse.mul(before);
            inverse = inverse.mul(&point.z);
            let square = own.square();
            Affine { x: point.x.mul(&square), y: point.y.mul(&square.mul(&own)) }
        })
        .collect();
    affine.reverse();
    affine
}
