//! Arithmetic modulo the primes under the national curves: 2^512 - 569 with eight limbs of 64 bits, and
//! 2^256 - 617 with four. Both primes are a power of two less a small number `c`, so that what overflows
//! comes back multiplied by `c`, and a product costs little more than the multiplication of its limbs.
//!
//! An [`Element`] holds any number below 2^(64 N), not always the least of its class: `canonical` is taken
//! before it is compared or written. No branch and no address depends on a value, so secrets may be
//! computed with; what is *done* with elements is public (see `curve`).
#![allow(clippy::needless_range_loop, reason = "limbs of several numbers are walked side by side")]

use super::inverse;

/// A number modulo the prime that belongs to its count of limbs, least significant limb first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<const N: usize>(pub(super) [u64; N]);

/// 2^(64 N) less the prime.
const fn complement(limbs: usize) -> u64 {
    if limbs == 8 { 569 } else { 617 }
}

impl<const N: usize> Element<N> {
    const C: u64 = complement(N);

    pub(super) const ZERO: Self = Self::small(0);
    pub(super) const ONE: Self = Self::small(1);

    /// The prime itself.
    pub(super) const PRIME: [u64; N] = {
        let mut limbs = [u64::MAX; N];
        limbs[0] = u64::MAX - Self::C + 1;
        limbs
    };

    pub(super) const fn small(value: u64) -> Self {
        let mut limbs = [0; N];
        limbs[0] = value;
        Self(limbs)
    }

    /// The least number of the class.
    pub(super) fn canonical(&self) -> [u64; N] {
        // Adding c carries out of the top limb exactly if the number is not below the prime.
        let mut reduced = [0; N];
        let mut carry = false;
        for i in 0..N {
            let addend = if i == 0 { Self::C } else { 0 };
            (reduced[i], carry) = self.0[i].carrying_add(addend, carry);
        }
        select(carry, &reduced, &self.0)
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        let (a, b) = (self.canonical(), other.canonical());
        (0..N).fold(0, |difference, i| difference | (a[i] ^ b[i])) == 0
    }

    pub(super) fn is_zero(&self) -> bool {
        // Zero itself, or the prime.
        let zero = self.0.iter().fold(0, |bits, limb| bits | limb);
        let prime =
            self.0.iter().zip(&Self::PRIME).fold(0, |bits, (limb, of_prime)| bits | (limb ^ of_prime));
        (zero == 0) | (prime == 0)
    }

    /// Takes `chosen` where `flag` is set.
    #[inline]
    pub(super) fn assign_if(&mut self, flag: bool, chosen: &Self) {
        self.0 = select(flag, &chosen.0, &self.0);
    }

    #[inline]
    pub(super) fn add(&self, other: &Self) -> Self {
        let mut sum = [0; N];
        let mut carry = false;
        for i in 0..N {
            (sum[i], carry) = self.0[i].carrying_add(other.0[i], carry);
        }
        Self(sum).plus_small(Self::C * u64::from(carry))
    }

    #[inline]
    pub(super) fn double(&self) -> Self {
        let mut shifted = [0; N];
        let mut out = 0;
        for i in 0..N {
            shifted[i] = self.0[i] << 1 | out;
            out = self.0[i] >> 63;
        }
        Self(shifted).plus_small(Self::C * out)
    }

    /// The number that is this one when doubled.
    #[inline]
    pub(super) fn half(&self) -> Self {
        // An odd number becomes even with the prime, which is 2^(64 N) less c, added.
        let odd = self.0[0] & 1;
        let mut even = self.0;
        let mut borrow;
        (even[0], borrow) = even[0].overflowing_sub(Self::C * odd);
        for limb in &mut even[1..] {
            (*limb, borrow) = limb.overflowing_sub(u64::from(borrow));
        }
        let top = odd - u64::from(borrow);
        Self(std::array::from_fn(|i| even[i] >> 1 | even.get(i + 1).unwrap_or(&top) << 63))
    }

    #[inline]
    pub(super) fn sub(&self, other: &Self) -> Self {
        let mut difference = [0; N];
        let mut borrow = false;
        for i in 0..N {
            (difference[i], borrow) = self.0[i].borrowing_sub(other.0[i], borrow);
        }
        // A borrow has added 2^(64 N), which is c too much; taking c away may borrow once more, and then
        // leaves so large a number that c less borrows nothing.
        let less = Self::C * u64::from(borrow);
        (difference[0], borrow) = difference[0].overflowing_sub(less);
        for limb in &mut difference[1..] {
            (*limb, borrow) = limb.overflowing_sub(u64::from(borrow));
        }
        difference[0] = difference[0].wrapping_sub(Self::C * u64::from(borrow));
        Self(difference)
    }

    #[inline]
    pub(super) fn negate(&self) -> Self {
        Self::ZERO.sub(self)
    }

    /// Plus a number below 2^32.
    #[inline(always)]
    fn plus_small(self, small: u64) -> Self {
        let mut limbs = self.0;
        let mut carry;
        (limbs[0], carry) = limbs[0].overflowing_add(small);
        for limb in &mut limbs[1..] {
            (*limb, carry) = limb.overflowing_add(u64::from(carry));
        }
        // What carries out leaves so small a number that c more carries nothing.
        limbs[0] = limbs[0].wrapping_add(Self::C * u64::from(carry));
        Self(limbs)
    }

    #[inline]
    pub(super) fn mul(&self, other: &Self) -> Self {
        let (a, b) = (&self.0, &other.0);
        let mut low = [0u64; N];
        // The upper limbs of the sum of the rows so far; each row gives its lowest away, so that what is
        // left always fits.
        let mut high = [0u64; N];
        // The rows stand one by one, as the compiler makes no straight code of two nested loops. In a row
        // the lower halves of the products are added in one chain of carries and the upper in another.
        macro_rules! rows {
            ($($i:literal)*) => {$(
                if $i < N {
                    let row: [(u64, u64); N] = std::array::from_fn(|j| a[$i].carrying_mul(b[j], 0));
                    let mut carry;
                    (low[$i], carry) = high[0].overflowing_add(row[0].0);
                    for j in 1..N {
                        (high[j - 1], carry) = high[j].carrying_add(row[j].0, carry);
                    }
                    high[N - 1] = u64::from(carry);
                    carry = false;
                    for j in 0..N {
                        (high[j], carry) = high[j].carrying_add(row[j].1, carry);
                    }
                    debug_assert!(!carry, "rows fit");
                }
            )*};
        }
        rows!(0 1 2 3 4 5 6 7);
        Self::fold(&low, &high)
    }

    #[inline]
    pub(super) fn square(&self) -> Self {
        let a = &self.0;
        // 2 N limbs; the constant is for the larger prime.
        let mut wide = [0u64; 16];
        // Each product of two different limbs once; then all doubled, and the squares added.
        macro_rules! rows {
            ($($i:literal)*) => {$(
                if $i + 1 < N {
                    let mut carry = 0u64;
                    for j in $i + 1..N {
                        (wide[$i + j], carry) = a[$i].carrying_mul_add(a[j], wide[$i + j], carry);
                    }
                    wide[$i + N] = carry;
                }
            )*};
        }
        rows!(0 1 2 3 4 5 6);
        for i in (1..2 * N).rev() {
            wide[i] = wide[i] << 1 | wide[i - 1] >> 63;
        }
        let mut carry = false;
        for i in 0..N {
            let (low, high) = a[i].carrying_mul(a[i], 0);
            (wide[2 * i], carry) = wide[2 * i].carrying_add(low, carry);
            (wide[2 * i + 1], carry) = wide[2 * i + 1].carrying_add(high, carry);
        }
        let low = std::array::from_fn(|i| wide[i]);
        let high = std::array::from_fn(|i| wide[i + N]);
        Self::fold(&low, &high)
    }

    /// low + 2^(64 N) high
    #[inline(always)]
    fn fold(low: &[u64; N], high: &[u64; N]) -> Self {
        let row: [(u64, u64); N] = std::array::from_fn(|i| high[i].carrying_mul(Self::C, 0));
        let mut limbs = [0; N];
        let mut carry = false;
        for i in 0..N {
            (limbs[i], carry) = low[i].carrying_add(row[i].0, carry);
        }
        let mut top = row[N - 1].1 + u64::from(carry);
        carry = false;
        for i in 1..N {
            (limbs[i], carry) = limbs[i].carrying_add(row[i - 1].1, carry);
        }
        top += u64::from(carry);
        Self(limbs).plus_small(top * Self::C)
    }

    /// 1 / self, and zero for zero, in a time that depends on the number.
    pub(super) fn invert_public(&self) -> Self {
        Self(inverse::of_public(&self.canonical(), &Self::PRIME))
    }

    /// 1 / self, and zero for zero.
    pub(super) fn invert(&self) -> Self {
        Self(inverse::modulo(&self.canonical(), &Self::PRIME))
    }
}

impl<const N: usize> zeroize::Zeroize for Element<N> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// `chosen` if the flag is set, else `other`, without a branch.
#[inline]
pub(super) fn select<const N: usize>(flag: bool, chosen: &[u64; N], other: &[u64; N]) -> [u64; N] {
    let mask = std::hint::black_box(u64::from(flag)).wrapping_neg();
    std::array::from_fn(|i| other[i] ^ (mask & (chosen[i] ^ other[i])))
}
