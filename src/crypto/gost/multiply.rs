//! Products of scalars and points.
//!
//! For verification: the sum of a scalar times the generator and a scalar times the key. Scalars are
//! written in signed windows (most digits zero, the others odd), and both products share their doublings.
//! Of a point that comes again and again, odd multiples of its products with 1, 2^64, 2^128, … are kept, so
//! that 64 doublings serve for all limbs of its scalar; the generator is such a point. All of this takes
//! time that depends on the scalars, which are public.
//!
//! For signing: the generator times a secret. The scalar is made odd and written in digits of six bits
//! that are odd and signed, so that none is zero; each row of the table is read through whole, whatever
//! the digit, and nothing branches.

use zeroize::Zeroizing;

use super::{
    curve::{Affine, Curve, Point, normalize},
    field::select,
    order::Scalar,
};

/// Width of the windows for a point that is met once.
const ONCE: u32 = 5;
/// The same for one that comes again.
pub(super) const AGAIN: u32 = 6;
/// The same for the generator.
pub(super) const GENERATOR: u32 = 10;

/// The odd multiples of a point, and of its products with powers of 2^64, for signed windows.
#[derive(Debug)]
pub(super) struct Multiples<const N: usize> {
    width: u32,
    /// So many rows: one for the whole scalar, or one for each limb of it.
    rows: usize,
    points: Vec<Affine<N>>,
}

impl<const N: usize> Multiples<N> {
    pub(super) fn once(curve: &Curve<N>, point: &Affine<N>) -> Self {
        Self::new(curve, point, ONCE, 1)
    }

    pub(super) fn for_limbs(curve: &Curve<N>, point: &Affine<N>, width: u32) -> Self {
        Self::new(curve, point, width, N)
    }

    /// The point is in the group of prime order, so that none of its multiples here is infinity.
    fn new(curve: &Curve<N>, point: &Affine<N>, width: u32, rows: usize) -> Self {
        let row = 1usize << (width - 2);
        let mut points = Vec::with_capacity(rows * row);
        let mut base = Point::from(*point);
        for index in 0..rows {
            for _ in 0..if index == 0 { 0 } else { 64 } {
                base = curve.double(&base);
            }
            odd_multiples(curve, &base, row, &mut points);
        }
        Self { width, rows, points: normalize(&points) }
    }

    /// The parts of a product: digits with the points that belong to them.
    fn parts(&self, scalar: &Scalar<N>) -> impl Iterator<Item = (Vec<i16>, &[Affine<N>])> {
        let row = 1usize << (self.width - 2);
        let limbs_a_row = N / self.rows;
        let digits = scalar.limbs().chunks(limbs_a_row).map(|limbs| signed_windows(limbs, self.width));
        digits.zip(self.points.chunks(row)).collect::<Vec<_>>().into_iter()
    }
}

/// `count` odd multiples: 1, 3, 5, … None of them is infinity, and none the point's double.
fn odd_multiples<const N: usize>(
    curve: &Curve<N>,
    base: &Point<N>,
    count: usize,
    points: &mut Vec<Point<N>>,
) {
    let (mut twice, mut multiple) = curve.double_beside(base);
    points.push(multiple);
    for _ in 1..count {
        (multiple, twice) = twice.add_beside(&multiple);
        points.push(multiple);
    }
}

/// Digits d with the sum of d[i] 2^i being the number, each zero or odd and of an absolute value below
/// 2^(width - 1), and among `width` in a row at most one that is not zero.
fn signed_windows(limbs: &[u64], width: u32) -> Vec<i16> {
    let bits = limbs.len() * 64;
    let mut digits = vec![0i16; bits + 1];
    let window = |at: usize| {
        let (word, shift) = (at / 64, at % 64);
        let next = limbs.get(word + 1).copied().unwrap_or(0);
        let upper = if shift == 0 { 0 } else { next << (64 - shift) };
        (limbs[word] >> shift | upper) & ((1 << width) - 1)
    };
    let (mut at, mut carry) = (0, 0);
    while at < bits {
        if limbs[at / 64] >> (at % 64) & 1 == carry {
            at += 1;
            continue;
        }
        let value = window(at) + carry;
        carry = value >> (width - 1) & 1;
        // Of an absolute value below 2^9, with the widest windows.
        digits[at] = (value as i16).wrapping_sub((carry << width) as i16);
        at += width as usize;
    }
    digits[bits] = carry as i16;
    digits
}

/// first · its point + second · its point, in a time that depends on the scalars.
pub(super) fn sum_of_products<const N: usize>(
    curve: &Curve<N>,
    first: (&Scalar<N>, &Multiples<N>),
    second: (&Scalar<N>, &Multiples<N>),
) -> Point<N> {
    let mut parts: Vec<_> =
        [first, second].into_iter().flat_map(|(s, multiples)| multiples.parts(s)).collect();
    // The long ones first, so that a pass ends at the first that is too short.
    parts.sort_by_key(|(digits, _)| std::cmp::Reverse(digits.len()));
    let longest = parts.first().map_or(0, |(digits, _)| digits.len());
    let mut sum = Point::INFINITY;
    let mut begun = false;
    for at in (0..longest).rev() {
        if begun {
            sum = curve.double(&sum);
        }
        for (digits, points) in &parts {
            let Some(&digit) = digits.get(at) else { break };
            let Some(point) = points.get(usize::from(digit.unsigned_abs() / 2)) else { continue };
            if digit > 0 {
                sum = curve.add_affine(&sum, point);
            } else if digit < 0 {
                sum = curve.add_affine(&sum, &point.negate());
            } else {
                continue;
            }
            begun = true;
        }
    }
    sum
}

/// Bits of a digit when signing.
const DIGIT: usize = 6;
/// Points in a row: the odd multiples below 2^6.
const ROW: usize = 1 << (DIGIT - 1);

/// Rows of odd multiples of the generator times 1, 2^12, 2^24, …: one for two digits.
#[derive(Debug)]
pub(super) struct Rows<const N: usize>(pub(super) Vec<[Affine<N>; ROW]>);

impl<const N: usize> Rows<N> {
    /// Digits of a scalar: the last has what is left.
    const DIGITS: usize = (64 * N).div_ceil(DIGIT);

    pub(super) fn of_generator(curve: &Curve<N>) -> Self {
        let mut points = Vec::new();
        let mut base = Point::from(curve.generator);
        for _ in (0..Self::DIGITS).step_by(2) {
            odd_multiples(curve, &base, ROW, &mut points);
            for _ in 0..2 * DIGIT {
                base = curve.double(&base);
            }
        }
        let points = normalize(&points);
        Self(points.chunks_exact(ROW).map(|row| std::array::from_fn(|i| row[i])).collect())
    }

    /// The generator times `scalar`, which is not zero, or times its negative: the two differ in the sign of
    /// y. Constant in time. A curve has at most one scalar at which the last sum would be a doubling (the
    /// tests name it), which no honest randomness meets; Z is then zero.
    pub(super) fn times(&self, curve: &Curve<N>, scalar: &Scalar<N>) -> Point<N> {
        let negated = curve.order.negate(scalar);
        let is_odd = scalar.limbs()[0] & 1 == 1;
        let odd = Zeroizing::new(select(is_odd, scalar.limbs(), negated.limbs()));
        // The digits at odd places first, then six doublings, then those at even places. As every digit is
        // odd, no sum of some of them is zero, and none equals a multiple in the next row.
        let mut sum = Point::from(self.digit(&odd, 1));
        for at in (3..Self::DIGITS).step_by(2) {
            sum = curve.add_distinct(&sum, &self.digit(&odd, at));
        }
        for _ in 0..DIGIT {
            sum = curve.double(&sum);
        }
        for at in (0..Self::DIGITS).step_by(2) {
            sum = curve.add_distinct(&sum, &self.digit(&odd, at));
        }
        sum
    }

    /// The point for the digit at a place: the digit is the seven bits from there, the lowest of them taken
    /// for a one, less 2^6; at the last place the bits themselves.
    fn digit(&self, scalar: &[u64; N], at: usize) -> Affine<N> {
        let (word, shift) = (at * DIGIT / 64, at * DIGIT % 64);
        let next = scalar.get(word + 1).copied().unwrap_or(0);
        let upper = if shift == 0 { 0 } else { next << (64 - shift) };
        let bits = (scalar[word] >> shift | upper) & ((1 << (DIGIT + 1)) - 1) | 1;
        let offset = if at == Self::DIGITS - 1 { 0 } else { 1 << DIGIT };
        let digit = bits.wrapping_sub(offset);
        let negative = (digit.cast_signed() >> 63).cast_unsigned();
        let magnitude = (digit ^ negative).wrapping_sub(negative);
        let wanted = magnitude >> 1;

        let row = &self.0[at / 2];
        let (mut x, mut y) = ([0; N], [0; N]);
        for (index, point) in (0u64..).zip(row) {
            // All ones where index and wanted are the same.
            let mask = std::hint::black_box((index ^ wanted).wrapping_sub(1) >> 63).wrapping_neg();
            for i in 0..N {
                x[i] |= point.x.0[i] & mask;
                y[i] |= point.y.0[i] & mask;
            }
        }
        let mut point = Affine { x: super::field::Element(x), y: super::field::Element(y) };
        let minus = point.y.negate();
        point.y.assign_if(negative != 0, &minus);
        point
    }
}
