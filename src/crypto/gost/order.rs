//! Arithmetic modulo the order of a group, in Montgomery's form; for the scalars of signatures, of which
//! there are few, so that one plain method serves all orders. No branch and no address depends on a value.
#![allow(clippy::needless_range_loop, reason = "limbs of several numbers are walked side by side")]

use zeroize::Zeroize;

use super::{field::select, inverse};

/// A prime order, with what Montgomery's multiplication needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order<const N: usize> {
    limbs: [u64; N],
    /// -1 / order modulo 2^64
    negated_inverse: u64,
    /// 2^(128 N) modulo the order
    square: [u64; N],
}

/// A number below the order, least significant limb first. Those that are secret are kept in `Zeroizing`,
/// and are not to be printed.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Scalar<const N: usize>([u64; N]);

impl<const N: usize> Scalar<N> {
    pub(super) fn limbs(&self) -> &[u64; N] {
        &self.0
    }

    /// Without a branch.
    pub(super) fn is_zero(&self) -> bool {
        self.0.iter().fold(0, |bits, limb| bits | limb) == 0
    }
}

impl<const N: usize> Zeroize for Scalar<N> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> Order<N> {
    pub(super) const fn new(limbs: [u64; N]) -> Self {
        // 1 doubled so often modulo the order.
        let mut square = [0; N];
        square[0] = 1;
        let mut doubling = 0;
        while doubling < 128 * N {
            let mut doubled = [0; N];
            let mut i = N;
            while i > 0 {
                i -= 1;
                let below = if i == 0 { 0 } else { square[i - 1] >> 63 };
                doubled[i] = square[i] << 1 | below;
            }
            let overflow = square[N - 1] >> 63 != 0;
            let (less, borrow) = minus(&doubled, &limbs);
            square = if overflow || !borrow { less } else { doubled };
            doubling += 1;
        }
        Self { limbs, negated_inverse: inverse::inverse_of_word(limbs[0]).wrapping_neg(), square }
    }

    pub(super) fn limbs(&self) -> &[u64; N] {
        &self.limbs
    }

    /// The number if it is below the order.
    pub(super) fn exact(&self, limbs: [u64; N]) -> Option<Scalar<N>> {
        let (difference, below) = minus(&limbs, &self.limbs);
        // Else the compiler sees that the borrow alone is wanted, and asks the top limbs first.
        std::hint::black_box(&difference);
        std::hint::black_box(u64::from(below)).ne(&0).then_some(Scalar(limbs))
    }

    /// Any number of N limbs modulo the order.
    pub(super) fn reduce(&self, limbs: &[u64; N]) -> Scalar<N> {
        // Once into Montgomery's form and out again.
        let mut one = [0; N];
        one[0] = 1;
        Scalar(self.montgomery(&self.montgomery(limbs, &self.square), &one))
    }

    pub(super) fn add(&self, a: &Scalar<N>, b: &Scalar<N>) -> Scalar<N> {
        let mut sum = [0; N];
        let mut carry = false;
        for i in 0..N {
            (sum[i], carry) = a.0[i].carrying_add(b.0[i], carry);
        }
        let (less, borrow) = minus(&sum, &self.limbs);
        Scalar(select(carry | !borrow, &less, &sum))
    }

    pub(super) fn negate(&self, a: &Scalar<N>) -> Scalar<N> {
        let (negated, _) = minus(&self.limbs, &a.0);
        Scalar(select(a.is_zero(), &a.0, &negated))
    }

    pub(super) fn mul(&self, a: &Scalar<N>, b: &Scalar<N>) -> Scalar<N> {
        Scalar(self.montgomery(&self.montgomery(&a.0, &b.0), &self.square))
    }

    /// a 2^(64 N)
    pub(super) fn shift(&self, a: &Scalar<N>) -> Scalar<N> {
        Scalar(self.montgomery(&a.0, &self.square))
    }

    /// 1 / a, and 0 for 0, in a time that depends on a.
    pub(super) fn invert_public(&self, a: &Scalar<N>) -> Scalar<N> {
        Scalar(inverse::of_public(&a.0, &self.limbs))
    }

    /// a b / 2^(64 N) modulo the order, for `b` below the order and any `a`.
    fn montgomery(&self, a: &[u64; N], b: &[u64; N]) -> [u64; N] {
        let mut sum = [0; N];
        let mut top = 0;
        for limb in a {
            let mut carry = 0;
            for j in 0..N {
                (sum[j], carry) = limb.carrying_mul_add(b[j], sum[j], carry);
            }
            let (above, over) = carry.overflowing_add(top);
            // Such a multiple of the order that the lowest limb becomes zero and can be dropped.
            let times = sum[0].wrapping_mul(self.negated_inverse);
            let (_, mut carry) = times.carrying_mul_add(self.limbs[0], sum[0], 0);
            for j in 1..N {
                (sum[j - 1], carry) = times.carrying_mul_add(self.limbs[j], sum[j], carry);
            }
            let (last, again) = above.overflowing_add(carry);
            sum[N - 1] = last;
            top = u64::from(over) + u64::from(again);
        }
        let (less, borrow) = minus(&sum, &self.limbs);
        select((top != 0) | !borrow, &less, &sum)
    }
}

/// The difference, and whether it borrowed.
const fn minus<const N: usize>(a: &[u64; N], b: &[u64; N]) -> ([u64; N], bool) {
    let mut difference = [0; N];
    let mut borrow = false;
    let mut i = 0;
    while i < N {
        let (less, first) = a[i].overflowing_sub(b[i]);
        let (less, second) = less.overflowing_sub(borrow as u64);
        difference[i] = less;
        borrow = first | second;
        i += 1;
    }
    (difference, borrow)
}
