//! Inversion modulo an odd number, in constant time and for what is public faster, by the division steps of Bernstein and Yang ("Fast
//! constant-time gcd computation and modular inversion", 2019) in the form with a half in delta.
//!
//! A step looks at the lowest bit of `g` only, so 62 of them are done on single words and gathered in a
//! matrix, which is then applied to the long numbers. The count of steps depends on the size alone and is
//! enough for every number of it. Long numbers here are signed, in limbs of 62 bits, so that sums of
//! products need no carry at once.
#![allow(clippy::needless_range_loop, reason = "limbs of several numbers are walked side by side")]

/// Limbs of 62 bits that hold 512 bits, a sign, and room to grow.
const LIMBS: usize = 9;
const MASK: i64 = (1 << 62) - 1;

/// A signed number: the top limb has the sign, those below it are not negative.
type Signed = [i64; LIMBS];

/// 1 / value modulo an odd `modulus`, of which `value` is less and to which it is prime; 0 for 0.
pub(super) fn modulo<const N: usize>(value: &[u64; N], modulus: &[u64; N]) -> [u64; N] {
    // With fewer limbs the walks are shorter; both sizes are known to the compiler.
    if N == 8 { run::<N, 9>(value, modulus, 20) } else { run::<N, 5>(value, modulus, 10) }
}

/// `batches` of 62 steps. For b bits (45907 b + 26313) / 19929 steps suffice, rounded down: 591 for 256 and
/// 1180 for 512.
#[inline(always)]
fn run<const N: usize, const L: usize>(value: &[u64; N], modulus: &[u64; N], batches: u32) -> [u64; N] {
    let modulus = split(modulus);
    let inverse = inverse_of_word(modulus[0].cast_unsigned());
    let (mut f, mut g) = (modulus, split(value));
    // d and e times `value` are f and g, modulo `modulus`.
    let (mut d, mut e) = ([0; LIMBS], [0; LIMBS]);
    e[0] = 1;
    let mut delta = -1;
    for _ in 0..batches {
        let matrix;
        (delta, matrix) = steps(delta, f[0], g[0]);
        matrix.halve::<L>(&mut f, &mut g);
        matrix.halve_modulo::<L>(&mut d, &mut e, &modulus, inverse);
    }
    // g is zero and f is 1 or -1 now, or the modulus if the value was zero; d is then zero.
    join(&least::<L>(d, f[L - 1] >> 63, &modulus))
}

/// The same in a time that depends on the value.
pub(super) fn of_public<const N: usize>(value: &[u64; N], modulus: &[u64; N]) -> [u64; N] {
    if N == 8 { run_public::<N, 9>(value, modulus) } else { run_public::<N, 5>(value, modulus) }
}

#[inline(always)]
fn run_public<const N: usize, const L: usize>(value: &[u64; N], modulus: &[u64; N]) -> [u64; N] {
    let modulus = split(modulus);
    let inverse = inverse_of_word(modulus[0].cast_unsigned());
    let (mut f, mut g) = (modulus, split(value));
    let (mut d, mut e) = ([0; LIMBS], [0; LIMBS]);
    e[0] = 1;
    let mut delta = -1;
    while g[..L].iter().any(|limb| *limb != 0) {
        let matrix;
        (delta, matrix) = steps_public(delta, f[0], g[0]);
        matrix.halve::<L>(&mut f, &mut g);
        matrix.halve_modulo::<L>(&mut d, &mut e, &modulus, inverse);
    }
    join(&least::<L>(d, f[L - 1] >> 63, &modulus))
}

/// What 62 steps do to f and g, times 2^62: `f' = u f + v g`, `g' = q f + r g`.
#[derive(Clone, Copy)]
struct Matrix {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// 62 division steps on the lowest words. `delta` is minus (delta + 1/2) of the paper.
#[inline(always)]
fn steps(mut delta: i64, f: i64, g: i64) -> (i64, Matrix) {
    let (mut f, mut g) = (f.cast_unsigned(), g.cast_unsigned());
    let (mut u, mut v, mut q, mut r) = (1u64, 0u64, 0u64, 1u64);
    for _ in 0..62 {
        // Masks, so that nothing branches: whether delta is positive in the paper, and whether g is odd.
        let swap = (delta >> 63).cast_unsigned();
        let odd = (g & 1).wrapping_neg();
        // g gains f, or loses it where a swap is due.
        g = g.wrapping_add(((f ^ swap).wrapping_sub(swap)) & odd);
        q = q.wrapping_add(((u ^ swap).wrapping_sub(swap)) & odd);
        r = r.wrapping_add(((v ^ swap).wrapping_sub(swap)) & odd);
        // With both, the new f is the old g, which is the new g plus the old f.
        let both = swap & odd;
        delta = (delta ^ both.cast_signed()) - 1;
        f = f.wrapping_add(g & both);
        u = u.wrapping_add(q & both);
        v = v.wrapping_add(r & both);
        g >>= 1;
        u <<= 1;
        v <<= 1;
    }
    let [u, v, q, r] = [u, v, q, r].map(u64::cast_signed);
    (delta, Matrix { u, v, q, r })
}

/// 62 division steps in a time that depends on the words. Zeros at the end of g are taken together, and as
/// many more are made as delta allows, by adding the right multiple of f. `delta` is minus delta of the paper.
#[inline(always)]
fn steps_public(mut delta: i64, f: i64, g: i64) -> (i64, Matrix) {
    let (mut f, mut g) = (f.cast_unsigned(), g.cast_unsigned());
    let (mut u, mut v, mut q, mut r) = (1u64, 0u64, 0u64, 1u64);
    let mut left = 62;
    loop {
        // Not more than are left: the guard is a one above them.
        let zeros = (g | u64::MAX << left).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        delta -= i64::from(zeros);
        left -= zeros;
        if left == 0 {
            break;
        }
        if delta < 0 {
            delta = -delta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
        }
        // Both are odd. -g / f modulo 2^6, of which no more bits are used than steps without a swap follow.
        let allowed = (delta + 1).min(i64::from(left)).min(6);
        let inverse = f.wrapping_mul(2u64.wrapping_sub(f.wrapping_mul(f)));
        let times = g.wrapping_mul(inverse).wrapping_neg() & ((1 << allowed) - 1);
        g = g.wrapping_add(f.wrapping_mul(times));
        q = q.wrapping_add(u.wrapping_mul(times));
        r = r.wrapping_add(v.wrapping_mul(times));
    }
    let [u, v, q, r] = [u, v, q, r].map(u64::cast_signed);
    (delta, Matrix { u, v, q, r })
}

impl Matrix {
    /// Applies it to f and g. The division by 2^62 leaves no rest.
    #[inline(always)]
    fn halve<const L: usize>(&self, f: &mut Signed, g: &mut Signed) {
        let (mut for_f, mut for_g) = self.times(f[0], g[0]);
        (for_f, for_g) = (for_f >> 62, for_g >> 62);
        for i in 1..L {
            let (more_f, more_g) = self.times(f[i], g[i]);
            (for_f, for_g) = (for_f + more_f, for_g + more_g);
            (f[i - 1], g[i - 1]) = (low(for_f), low(for_g));
            (for_f, for_g) = (for_f >> 62, for_g >> 62);
        }
        (f[L - 1], g[L - 1]) = (word(for_f), word(for_g));
    }

    /// Applies it to d and e, adding such multiples of the modulus that the division by 2^62 leaves no
    /// rest. Both stay between minus twice the modulus and the modulus.
    #[inline(always)]
    fn halve_modulo<const L: usize>(&self, d: &mut Signed, e: &mut Signed, modulus: &Signed, inverse: u64) {
        // Once the modulus for each negative of the two, which keeps the results within bounds.
        let (d_sign, e_sign) = (d[L - 1] >> 63, e[L - 1] >> 63);
        let mut times_d = (self.u & d_sign) + (self.v & e_sign);
        let mut times_e = (self.q & d_sign) + (self.r & e_sign);
        let (mut for_d, mut for_e) = self.times(d[0], e[0]);
        let cancel = |sum: i128, times: i64| {
            let rest = inverse.wrapping_mul(low(sum).cast_unsigned()).wrapping_add(times.cast_unsigned());
            times - (rest.cast_signed() & MASK)
        };
        times_d = cancel(for_d, times_d);
        times_e = cancel(for_e, times_e);
        for_d = (for_d + wide(modulus[0], times_d)) >> 62;
        for_e = (for_e + wide(modulus[0], times_e)) >> 62;
        for i in 1..L {
            let (more_d, more_e) = self.times(d[i], e[i]);
            for_d += more_d + wide(modulus[i], times_d);
            for_e += more_e + wide(modulus[i], times_e);
            (d[i - 1], e[i - 1]) = (low(for_d), low(for_e));
            (for_d, for_e) = (for_d >> 62, for_e >> 62);
        }
        (d[L - 1], e[L - 1]) = (word(for_d), word(for_e));
    }

    #[inline(always)]
    fn times(&self, first: i64, second: i64) -> (i128, i128) {
        (wide(self.u, first) + wide(self.v, second), wide(self.q, first) + wide(self.r, second))
    }
}

/// `number` or, where `negate` is all ones, minus it, as the least of its class.
#[inline(always)]
fn least<const L: usize>(mut number: Signed, negate: i64, modulus: &Signed) -> Signed {
    // Adding the modulus to a negative number brings it above -modulus, negating then below the modulus.
    let negative = number[L - 1] >> 63;
    add_if::<L>(&mut number, negative, modulus);
    let mut carry = 0;
    for i in 0..L {
        let limb = ((number[i] ^ negate) - negate) + carry;
        carry = limb >> 62;
        number[i] = if i == L - 1 { limb } else { limb & MASK };
    }
    let negative = number[L - 1] >> 63;
    add_if::<L>(&mut number, negative, modulus);
    number
}

#[inline(always)]
fn add_if<const L: usize>(number: &mut Signed, mask: i64, modulus: &Signed) {
    // Else the compiler sees that the mask is a sign, and makes a branch of it.
    let mask = std::hint::black_box(mask);
    let mut carry = 0;
    for i in 0..L {
        let limb = number[i] + (modulus[i] & mask) + carry;
        carry = limb >> 62;
        number[i] = if i == L - 1 { limb } else { limb & MASK };
    }
}

/// The inverse of an odd number modulo 2^64 (of its lower bits, modulo less), by Newton's iteration: each
/// round doubles the bits that are right, of which the number itself has three.
pub(super) const fn inverse_of_word(odd: u64) -> u64 {
    let mut inverse = odd;
    let mut round = 0;
    while round < 5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(inverse)));
        round += 1;
    }
    inverse
}

#[inline(always)]
fn wide(a: i64, b: i64) -> i128 {
    i128::from(a) * i128::from(b)
}

#[inline(always)]
fn word(sum: i128) -> i64 {
    sum as i64
}

#[inline(always)]
fn low(sum: i128) -> i64 {
    word(sum) & MASK
}

/// Limbs of 64 bits as limbs of 62.
fn split<const N: usize>(limbs: &[u64; N]) -> Signed {
    std::array::from_fn(|i| {
        let (word, shift) = (i * 62 / 64, i * 62 % 64);
        let lower = limbs.get(word).copied().unwrap_or(0) >> shift;
        let upper = limbs.get(word + 1).copied().unwrap_or(0).checked_shl(64 - shift as u32).unwrap_or(0);
        (lower | upper).cast_signed() & MASK
    })
}

fn join<const N: usize>(number: &Signed) -> [u64; N] {
    std::array::from_fn(|i| {
        let (limb, shift) = (i * 64 / 62, i * 64 % 62);
        let part = |at: usize| number.get(at).map_or(0, |limb| limb.cast_unsigned());
        let upper = part(limb + 1) << (62 - shift);
        let rest = part(limb + 2).checked_shl(124 - shift as u32).unwrap_or(0);
        part(limb) >> shift | upper | rest
    })
}
