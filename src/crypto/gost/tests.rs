//! The arithmetic against OpenSSL's, the algorithms against the tables of the RFCs, and everything that
//! must be refused.

mod constant_time;

use openssl::{
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcPoint},
};

use super::{
    curve::{Coefficient, Point, normalize},
    *,
};
use crate::crypto::{DigestAlgorithm, digest};

/// Numbers that are not chosen by anybody, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ word >> 31
    }

    /// Often with limbs of nothing but zeros or ones, where carries go far.
    fn limbs<const N: usize>(&mut self) -> [u64; N] {
        std::array::from_fn(|_| match self.next() % 8 {
            0 => 0,
            1 => u64::MAX,
            2 => self.next() % 1000,
            3 => u64::MAX - self.next() % 1000,
            _ => self.next(),
        })
    }
}

fn big<const N: usize>(limbs: &[u64; N]) -> BigNum {
    let mut octets: Vec<u8> = to_octets(limbs).collect();
    octets.reverse();
    BigNum::from_slice(&octets).expect("number")
}

fn from_big<const N: usize>(number: &BigNum) -> [u64; N] {
    let width = i32::try_from(8 * N).expect("small");
    let mut octets = number.to_vec_padded(width).expect("fits");
    octets.reverse();
    from_octets(&octets).expect("limbs")
}

fn edges<const N: usize>(modulus: &[u64; N]) -> Vec<[u64; N]> {
    let big_modulus = big(modulus);
    let mut all = vec![[0; N], [u64::MAX; N], *modulus];
    for small in [1u32, 2, 3, 568, 569, 570, 616, 617, 618] {
        let small = BigNum::from_u32(small).expect("number");
        let mut less = BigNum::new().expect("number");
        less.checked_sub(&big_modulus, &small).expect("difference");
        all.extend([from_big(&small), from_big(&less)]);
    }
    all
}

#[test]
fn fields_agree_with_openssl() {
    fn check<const N: usize>() {
        let mut context = BigNumContext::new().expect("context");
        let prime = big(&Element::<N>::PRIME);
        assert!(prime.is_prime(20, &mut context).expect("tested"));
        let mut numbers = Numbers(N as u64);
        let edges = edges(&Element::<N>::PRIME);
        let mut pairs: Vec<([u64; N], [u64; N])> =
            edges.iter().flat_map(|a| edges.iter().map(|b| (*a, *b))).collect();
        pairs.extend((0..3000).map(|_| (numbers.limbs(), numbers.limbs())));
        for (a, b) in pairs {
            let (x, y) = (Element(a), Element(b));
            let (big_a, big_b) = (big(&a), big(&b));
            let mut expected = BigNum::new().expect("number");
            let holds = |what: &str, value: Element<N>, expected: &BigNum| {
                assert_eq!(value.canonical(), from_big(expected), "{what} of {a:x?} and {b:x?}");
            };
            expected.mod_mul(&big_a, &big_b, &prime, &mut context).expect("product");
            holds("product", x.mul(&y), &expected);
            expected.mod_add(&big_a, &big_b, &prime, &mut context).expect("sum");
            holds("sum", x.add(&y), &expected);
            expected.mod_sub(&big_a, &big_b, &prime, &mut context).expect("difference");
            holds("difference", x.sub(&y), &expected);
            expected.mod_sqr(&big_a, &prime, &mut context).expect("square");
            holds("square", x.square(), &expected);
            expected.nnmod(&big_a, &prime, &mut context).expect("rest");
            holds("least", x, &expected);
            assert_eq!(x.is_zero(), expected.num_bits() == 0);
            assert_eq!(x.equals(&y), x.canonical() == y.canonical());
        }
    }
    check::<8>();
    check::<4>();
}

#[test]
fn inversion_agrees_with_openssl() {
    fn check<const N: usize>(modulus: &[u64; N]) {
        let mut context = BigNumContext::new().expect("context");
        let big_modulus = big(modulus);
        let mut numbers = Numbers(7);
        let mut all = edges(modulus);
        all.extend((0..1000).map(|_| numbers.limbs()));
        for limbs in all {
            let mut value = BigNum::new().expect("number");
            value.nnmod(&big(&limbs), &big_modulus, &mut context).expect("rest");
            let mut expected = BigNum::new().expect("number");
            if value.num_bits() > 0 {
                expected.mod_inverse(&value, &big_modulus, &mut context).expect("inverse");
            }
            assert_eq!(inverse::modulo(&from_big::<N>(&value), modulus), from_big(&expected), "{limbs:x?}");
        }
    }
    check(&Element::<8>::PRIME);
    check(&Element::<4>::PRIME);
    check(GROUP_2015_512.curve.order.limbs());
    check(GROUP_2015_256.curve.order.limbs());
    check(GROUP_2004.curve.order.limbs());
}

#[test]
fn scalars_agree_with_openssl() {
    fn check<const N: usize>(order: &Order<N>) {
        let mut context = BigNumContext::new().expect("context");
        let modulus = big(order.limbs());
        let mut numbers = Numbers(3);
        let edges = edges(order.limbs());
        let mut pairs: Vec<([u64; N], [u64; N])> =
            edges.iter().flat_map(|a| edges.iter().map(|b| (*a, *b))).collect();
        pairs.extend((0..2000).map(|_| (numbers.limbs(), numbers.limbs())));
        for (a, b) in pairs {
            let (x, y) = (order.reduce(&a), order.reduce(&b));
            let mut expected = BigNum::new().expect("number");
            expected.nnmod(&big(&a), &modulus, &mut context).expect("rest");
            assert_eq!(*x.limbs(), from_big(&expected), "{a:x?}");
            assert_eq!(order.exact(a), (*x.limbs() == a).then_some(x));
            expected.mod_mul(&big(&a), &big(&b), &modulus, &mut context).expect("product");
            assert_eq!(*order.mul(&x, &y).limbs(), from_big(&expected));
            expected.mod_add(&big(&a), &big(&b), &modulus, &mut context).expect("sum");
            assert_eq!(*order.add(&x, &y).limbs(), from_big(&expected));
            assert!(order.add(&x, &order.negate(&x)).is_zero());
        }
    }
    check(&GROUP_2015_512.curve.order);
    check(&GROUP_2015_256.curve.order);
    check(&GROUP_2004.curve.order);
}

/// The same curve on OpenSSL's arithmetic: slow and independent.
struct Plain {
    group: EcGroup,
    context: BigNumContext,
}

impl Plain {
    fn new<const N: usize>(curve: &Curve<N>) -> Self {
        let mut context = BigNumContext::new().expect("context");
        let a = match &curve.a {
            Coefficient::MinusThree => Element::small(3).negate(),
            Coefficient::Other(a) => *a,
        };
        let prime = big(&Element::<N>::PRIME);
        let (a, b) = (big(&a.canonical()), big(&curve.b.canonical()));
        let mut group = EcGroup::from_components(prime, a, b, &mut context).expect("group");
        let (x, y) = (big(&curve.generator.x.canonical()), big(&curve.generator.y.canonical()));
        let mut generator = EcPoint::new(&group).expect("point");
        generator.set_affine_coordinates_gfp(&group, &x, &y, &mut context).expect("on the curve");
        let cofactor = BigNum::from_u32(curve.cofactor).expect("number");
        group.set_generator(generator, big(curve.order.limbs()), cofactor).expect("generator");
        Self { group, context }
    }

    /// n G + m Q, `None` for infinity.
    fn sum<const N: usize>(
        &mut self,
        n: &[u64; N],
        q: &Affine<N>,
        m: &[u64; N],
    ) -> Option<([u64; N], [u64; N])> {
        let mut point = EcPoint::new(&self.group).expect("point");
        let (x, y) = (big(&q.x.canonical()), big(&q.y.canonical()));
        point.set_affine_coordinates_gfp(&self.group, &x, &y, &mut self.context).expect("on the curve");
        let mut result = EcPoint::new(&self.group).expect("point");
        result.mul_full(&self.group, &big(n), &point, &big(m), &mut self.context).expect("sum");
        if result.is_infinity(&self.group) {
            return None;
        }
        let (mut x, mut y) = (BigNum::new().expect("number"), BigNum::new().expect("number"));
        result.affine_coordinates_gfp(&self.group, &mut x, &mut y, &mut self.context).expect("coordinates");
        Some((from_big(&x), from_big(&y)))
    }
}

fn coordinates<const N: usize>(point: &Point<N>) -> Option<([u64; N], [u64; N])> {
    if point.is_infinity() {
        return None;
    }
    let affine = normalize(&[*point]);
    affine.first().map(|point| (point.x.canonical(), point.y.canonical()))
}

/// Scalars at which windows, digits and carries have their edges.
fn scalars<const N: usize>(order: &Order<N>, numbers: &mut Numbers) -> Vec<Scalar<N>> {
    let mut all: Vec<[u64; N]> = edges(order.limbs());
    for bit in 0..64 * N {
        let mut power = [0; N];
        if let Some(limb) = power.get_mut(bit / 64) {
            *limb = 1 << (bit % 64);
        }
        all.push(power);
    }
    all.extend([[0xaaaa_aaaa_aaaa_aaaa; N], [0x5555_5555_5555_5555; N], [0x8000_0000_0000_0000; N]]);
    all.extend((0..100).map(|_| numbers.limbs()));
    all.iter().map(|limbs| order.reduce(limbs)).collect()
}

#[test]
fn sums_of_products_agree_with_openssl() {
    fn check<const N: usize>(group: &Group<N>) {
        let curve = &group.curve;
        let mut plain = Plain::new(curve);
        let mut numbers = Numbers(11);
        assert!(curve.contains(&curve.generator) && curve.in_group(&curve.generator));
        assert!(curve.multiply(curve.order.limbs(), &curve.generator).is_infinity());
        let generator = Multiples::for_limbs(curve, &curve.generator, GENERATOR);
        let scalars = scalars(&curve.order, &mut numbers);
        for round in 0..4u64 {
            // The generator itself and its negative are keys too: sums then meet every exceptional case.
            let point = match round {
                0 => curve.generator,
                1 => curve.generator.negate(),
                _ => {
                    let point = curve.multiply(&numbers.limbs(), &curve.generator);
                    normalize(&[point]).into_iter().next().expect("one")
                }
            };
            let once = Multiples::once(curve, &point);
            let again = Multiples::for_limbs(curve, &point, multiply::AGAIN);
            for (index, first) in scalars.iter().enumerate() {
                let other = scalars.len() - 1 - index;
                let pairs =
                    [Some(first), scalars.get(other), curve.order.exact([0; N]).as_ref()].map(|s| s.copied());
                for second in pairs.into_iter().flatten() {
                    let expected = plain.sum(first.limbs(), &point, second.limbs());
                    for multiples in [&once, &again] {
                        let sum = sum_of_products(curve, (first, &generator), (&second, multiples));
                        assert_eq!(coordinates(&sum), expected, "{first:x?} {second:x?}");
                        assert!(curve.contains_point(&sum) || sum.is_infinity());
                    }
                }
            }
        }
    }
    check(&GROUP_2015_512);
    check(&GROUP_2015_256);
    check(&GROUP_2004);
}

#[test]
fn products_with_the_generator_agree_with_openssl() {
    fn check<const N: usize>(group: &Group<N>) {
        let mut plain = Plain::new(&group.curve);
        let zero = [0; N];
        let scalars = scalars(&group.curve.order, &mut Numbers(13));
        for scalar in scalars.into_iter().filter(|scalar| !scalar.is_zero()) {
            let expected = plain.sum(scalar.limbs(), &group.curve.generator, &zero);
            let found = public(group, &scalar).map(|point| (point.x.canonical(), point.y.canonical()));
            assert_eq!(found, expected, "{scalar:x?}");
        }
    }
    check(&GROUP_2015_512);
    check(&GROUP_2015_256);
    check(&GROUP_2004);
}

/// The numbers at which the last sum of the product is a doubling: nothing is made rather than something
/// wrong.
#[test]
fn the_exceptional_scalars_give_nothing() {
    fn shifted(factor: u32, bits: i32) -> BigNum {
        let (mut shifted, factor) =
            (BigNum::new().expect("number"), BigNum::from_u32(factor).expect("number"));
        shifted.lshift(&factor, bits).expect("shift");
        shifted
    }
    fn check<const N: usize>(group: &Group<N>, number: &BigNum) {
        let scalar = group.curve.order.exact(from_big(number)).expect("below the order");
        assert!(public(group, &scalar).is_none());
        assert!(public(group, &group.curve.order.negate(&scalar)).is_none());
        let next = group.curve.order.add(&scalar, &group.curve.order.exact(Element::ONE.0).expect("one"));
        assert!(public(group, &next).is_some());
    }
    check(&GROUP_2015_512, &(&big(GROUP_2015_512.curve.order.limbs()) - &shifted(63, 505)));
    check(&GROUP_2004, &(&shifted(30, 252) - &big(GROUP_2004.curve.order.limbs())));
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair.iter().fold(0, |n, d| n << 4 | d)).expect("octet"))
        .collect()
}

/// The number in hexadecimal digits, least significant octet first.
fn reversed(text: &str) -> Vec<u8> {
    let mut octets = hex(text);
    octets.reverse();
    octets
}

/// Verification on OpenSSL's arithmetic, as RFC 7091 6.2 writes it, with nothing shared.
fn verifies_plainly<const N: usize>(
    curve: &Curve<N>,
    point: &Affine<N>,
    e: &BigNum,
    r: &BigNum,
    s: &BigNum,
) -> bool {
    let mut plain = Plain::new(curve);
    let mut context = BigNumContext::new().expect("context");
    let order = big(curve.order.limbs());
    let mut v = BigNum::new().expect("number");
    v.mod_inverse(e, &order, &mut context).expect("inverse");
    let (mut z1, mut z2, mut minus) =
        (BigNum::new().expect("n"), BigNum::new().expect("n"), BigNum::new().expect("n"));
    z1.mod_mul(s, &v, &order, &mut context).expect("product");
    minus.checked_sub(&order, r).expect("difference");
    z2.mod_mul(&minus, &v, &order, &mut context).expect("product");
    let Some((x, _)) = plain.sum(&from_big(&z1), point, &from_big(&z2)) else { return false };
    let mut rest = BigNum::new().expect("number");
    rest.nnmod(&big(&x), &order, &mut context).expect("rest");
    rest == *r
}

#[test]
fn what_is_signed_verifies_and_nothing_else_does() {
    for set in ParameterSet::ALL {
        let key = SigningKey::generate(set).expect("key");
        let public = key.verifying_key().expect("public key");
        let again = VerifyingKey::from_octets(set, &public.to_octets()).expect("the same");
        let restored = SigningKey::from_octets(set, &key.to_octets()).expect("the same");
        for round in 0..6u8 {
            let value = digest(set.digest(), &[round]);
            let signature = restored.sign(&value).expect("signature");
            assert_eq!(signature.len(), 2 * set.octets());
            assert_ne!(key.sign(&value), Some(signature.clone()), "the nonce has fresh randomness in it");
            // First met, met again, and with its multiples at hand.
            assert!(public.verifies(&value, &signature) && again.verifies(&value, &signature));

            // By OpenSSL's arithmetic too.
            let number = |octets: &[u8]| {
                let mut octets = octets.to_vec();
                octets.reverse();
                BigNum::from_slice(&octets).expect("number")
            };
            let (r, s) = signature.split_at(set.octets());
            let (e, r, s) = (number(&value), number(r), number(s));
            assert!(match (&public.point, set) {
                (Coordinates::Eight(point), _) => verifies_plainly(&GROUP_2015_512.curve, point, &e, &r, &s),
                (Coordinates::Four(point), ParameterSet::Gost2004) =>
                    verifies_plainly(&GROUP_2004.curve, point, &e, &r, &s),
                (Coordinates::Four(point), _) => verifies_plainly(&GROUP_2015_256.curve, point, &e, &r, &s),
            });

            for at in 0..signature.len() {
                let mut changed = signature.clone();
                changed[at] ^= 1 << (at % 8);
                assert!(!public.verifies(&value, &changed), "octet {at}");
            }
            let mut other = value.to_vec();
            other[usize::from(round)] ^= 1;
            assert!(!public.verifies(&other, &signature));
        }
    }
}

#[test]
fn signatures_that_are_none() {
    for set in ParameterSet::ALL {
        let octets = set.octets();
        let key = SigningKey::generate(set).expect("key");
        let public = key.verifying_key().expect("public key");
        let value = digest(set.digest(), b"message");
        let signature = key.sign(&value).expect("signature");
        let (r, s) = signature.split_at(octets);
        let order: Vec<u8> = match set {
            ParameterSet::Gost2015With512 => to_octets(GROUP_2015_512.curve.order.limbs()).collect(),
            ParameterSet::Gost2015With256 => to_octets(GROUP_2015_256.curve.order.limbs()).collect(),
            ParameterSet::Gost2004 => to_octets(GROUP_2004.curve.order.limbs()).collect(),
        };
        let zero = vec![0; octets];
        let ones = vec![0xff; octets];
        let backwards = |part: &[u8]| part.iter().rev().copied().collect::<Vec<u8>>();
        // r + order, where that fits: the same number modulo the order, and another encoding.
        let plus = |part: &[u8]| {
            let mut carry = 0u16;
            let sum: Vec<u8> = part
                .iter()
                .zip(&order)
                .map(|(a, b)| {
                    carry += u16::from(*a) + u16::from(*b);
                    let octet = carry.to_le_bytes()[0];
                    carry >>= 8;
                    octet
                })
                .collect();
            (carry == 0).then_some(sum)
        };
        let mut wrong: Vec<Vec<u8>> = vec![
            Vec::new(),
            [&zero[..], s].concat(),
            [r, &zero].concat(),
            [&zero[..], &zero].concat(),
            [&order[..], s].concat(),
            [r, &order].concat(),
            [&ones[..], s].concat(),
            [r, &ones].concat(),
            [s, r].concat(),
            [backwards(r), backwards(s)].concat(),
            backwards(&signature),
            signature[..signature.len() - 1].to_vec(),
            signature[1..].to_vec(),
            [&signature[..], &[0]].concat(),
            [&[0], &signature[..]].concat(),
            r.to_vec(),
            [&signature[..], &signature].concat(),
        ];
        wrong.extend(plus(r).map(|sum| [&sum[..], s].concat()));
        wrong.extend(plus(s).map(|sum| [r, &sum].concat()));
        for signature in wrong {
            assert!(!public.verifies(&value, &signature), "{set:?} {signature:02x?}");
        }
        assert!(public.verifies(&value, &signature));
        // A digest backwards, or of another length.
        assert!(!public.verifies(&backwards(&value), &signature));
        assert!(!public.verifies(&value[1..], &signature) && !public.verifies(&[], &signature));
        assert!(key.sign(&value[1..]).is_none() && key.sign(&[]).is_none());
        // A digest of zero, and one equal to the order, count as one.
        let for_zero = key.sign(&zero).expect("signature");
        assert!(public.verifies(&zero, &for_zero) && public.verifies(&order, &for_zero));
        let mut one = zero.clone();
        one[0] = 1;
        assert!(public.verifies(&one, &for_zero));
        // The key of another person.
        let other = SigningKey::generate(set).expect("key").verifying_key().expect("public key");
        assert!(!other.verifies(&value, &signature));
    }
}

#[test]
fn points_that_are_no_keys() {
    fn check<const N: usize>(set: ParameterSet, group: &Group<N>) {
        let octets = |x: &[u64; N], y: &[u64; N]| to_octets(x).chain(to_octets(y)).collect::<Vec<u8>>();
        let refused = |x: &[u64; N], y: &[u64; N], why: &str| {
            assert!(VerifyingKey::from_octets(set, &octets(x, y)).is_none(), "{set:?}: {why}");
        };
        let generator = &group.curve.generator;
        let (x, y) = (generator.x.canonical(), generator.y.canonical());
        let good = octets(&x, &y);
        assert!(VerifyingKey::from_octets(set, &good).is_some());
        refused(&[0; N], &[0; N], "zeros, which some write for infinity");
        refused(&y, &x, "y before x");
        let mut other = y;
        other[0] ^= 1;
        refused(&x, &other, "not on the curve");
        refused(&x, &[u64::MAX; N], "y above the prime");
        // The same numbers modulo the prime, one prime higher where that fits.
        for small in 0..Element::<N>::ONE.0[0] + 600 {
            let mut raised = Element::<N>::PRIME;
            let mut carry = false;
            (raised[0], carry) = raised[0].carrying_add(small, carry);
            if carry {
                break;
            }
            refused(&raised, &y, "x above the prime");
        }
        // Most significant octet first.
        assert!(VerifyingKey::from_octets(set, &good.iter().rev().copied().collect::<Vec<_>>()).is_none());
        for length in [0, 1, 8 * N, 16 * N - 1] {
            assert!(VerifyingKey::from_octets(set, &good[..length]).is_none());
        }
        assert!(VerifyingKey::from_octets(set, &[&good[..], &[0]].concat()).is_none());
        assert!(VerifyingKey::from_octets(set, &[&[4], &good[..]].concat()).is_none());

        // Points of the quadratic twist, d y² = x³ + a x + b with d = -1: x of a point that the curve lacks.
        let mut found = 0;
        for candidate in 1..60 {
            let x = Element::<N>::small(candidate);
            let right = right_side(&group.curve, &x);
            // p = 3 mod 4, so that exactly one of a number and its negative is a square.
            for value in [right, right.negate()] {
                let root = root(&value);
                if root.square().equals(&value) && !value.equals(&right) {
                    refused(&x.canonical(), &root.canonical(), "on the twist");
                    found += 1;
                }
            }
        }
        assert!(found > 10);
    }
    check(ParameterSet::Gost2015With512, &GROUP_2015_512);
    check(ParameterSet::Gost2015With256, &GROUP_2015_256);
    check(ParameterSet::Gost2004, &GROUP_2004);
}

fn right_side<const N: usize>(curve: &Curve<N>, x: &Element<N>) -> Element<N> {
    let linear = match &curve.a {
        Coefficient::MinusThree => x.double().add(x).negate(),
        Coefficient::Other(a) => a.mul(x),
    };
    x.square().mul(x).add(&linear).add(&curve.b)
}

/// value^((p + 1) / 4): a root, if there is one.
fn root<const N: usize>(value: &Element<N>) -> Element<N> {
    let mut exponent = Element::<N>::PRIME;
    let mut carry = true;
    for limb in &mut exponent {
        (*limb, carry) = limb.overflowing_add(u64::from(carry));
    }
    // p + 1 has no carry out, as p is odd and less than 2^(64 N) - 1.
    let mut root = Element::ONE;
    for bit in (2..64 * N).rev() {
        root = root.square();
        if exponent[bit / 64] >> (bit % 64) & 1 == 1 {
            root = root.mul(value);
        }
    }
    root
}

/// On the curve with cofactor 4 there are points outside the group of prime order.
#[test]
fn points_of_small_order_are_no_keys() {
    let curve = &GROUP_2015_256.curve;
    let set = ParameterSet::Gost2015With256;
    let octets = |point: &Affine<4>| {
        to_octets(&point.x.canonical()).chain(to_octets(&point.y.canonical())).collect::<Vec<u8>>()
    };
    let (mut outside, mut inside) = (0, 0);
    for candidate in 1..200 {
        let x = Element::<4>::small(candidate);
        let y = root(&right_side(curve, &x));
        let point = Affine { x, y };
        if !curve.contains(&point) {
            continue;
        }
        let accepted = VerifyingKey::from_octets(set, &octets(&point)).is_some();
        assert_eq!(accepted, curve.multiply(curve.order.limbs(), &point).is_infinity());
        if accepted {
            inside += 1;
        } else {
            outside += 1;
            // The order times it is of order 2 or 4, and no key either.
            let small = curve.multiply(curve.order.limbs(), &point);
            let small = normalize(&[small]).into_iter().next().expect("one");
            assert!(curve.contains(&small) && VerifyingKey::from_octets(set, &octets(&small)).is_none());
            assert!(curve.multiply(&[4, 0, 0, 0], &small).is_infinity());
        }
    }
    assert!(inside > 5 && outside > 20, "{inside} {outside}");
}

#[test]
fn numbers_that_are_no_private_keys() {
    for set in ParameterSet::ALL {
        let octets = set.octets();
        assert!(SigningKey::from_octets(set, &vec![0; octets]).is_none());
        assert!(SigningKey::from_octets(set, &vec![0xff; octets]).is_none());
        assert!(SigningKey::from_octets(set, &vec![1; octets - 1]).is_none());
        assert!(SigningKey::from_octets(set, &vec![1; octets + 1]).is_none());
        assert!(SigningKey::from_octets(set, &[]).is_none());
        let mut one = vec![0; octets];
        one[0] = 1;
        let one = SigningKey::from_octets(set, &one).expect("one is a key");
        let value = digest(set.digest(), b"");
        let signature = one.sign(&value).expect("signature");
        assert!(one.verifying_key().expect("the generator").verifies(&value, &signature));
    }
}

#[test]
fn nonces_differ_with_everything_they_come_from() {
    fn check<const N: usize>(order: &Order<N>) {
        let one = order.exact(Element::ONE.0).expect("scalar");
        let two = order.add(&one, &one);
        let (zeros, ones) = (vec![0; 8 * N], vec![1; 8 * N]);
        let nonce = |secret: &Scalar<N>, digest: &[u8], added: &[u8; 32]| {
            *nonce::from(order, secret, digest, added).expect("a nonce").limbs()
        };
        let first = nonce(&one, &zeros, &[0; 32]);
        assert_eq!(first, nonce(&one, &zeros, &[0; 32]));
        let others =
            [nonce(&two, &zeros, &[0; 32]), nonce(&one, &ones, &[0; 32]), nonce(&one, &zeros, &[1; 32])];
        let mut all: Vec<_> = others.into_iter().chain([first]).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 4);
        // All of the range is reached: the upper half too.
        let above = (0..64).filter(|at| {
            let nonce = nonce(&one, &zeros, &[*at; 32]);
            order.limbs()[N - 1] / 2 < nonce[N - 1]
        });
        assert!((16..48).contains(&above.count()));
    }
    check(&GROUP_2015_512.curve.order);
    check(&GROUP_2015_256.curve.order);
    check(&GROUP_2004.curve.order);
}

#[test]
fn octets_of_a_known_key() {
    // The production root of 2022: its public key is on the curve, in the order of octets that it is in.
    let x = reversed(
        "e2c1fc34a327cf39d4134c0717769166b28003a087264dd23dbeb8fb095dcb78\
         3676491ab7ae68d2ee1c92af641aaee7b44ce7c4016793171f7608826144482e",
    );
    let y = reversed(
        "d46e9af4c020954ea87cd6f98cd57b2070d3b87da24a32376d35bae373a046a4\
         8b4a01af1c0f93d63d5de52b3ad3fb2a386652e272a5879407c6cd5c9fdea788",
    );
    let digest = hex("f7e1e029d4dad297b4bff777b4006b3be08d7ab7c9b06db0192953ee57711fb4\
         f4cacb3a57120ea239c72cb1a3c6eba51cd3bc7c27a34532701a7d4b72a2cc21");
    let r = reversed(
        "b7eb485ea902cea9212cbd055a786b928005526f13ee2c16952d98ec3978fb6d\
         37905af5d9dce905cc98e6fe2d58f9adb23e4dfbd304f683d72ec451fc842b35",
    );
    let s = reversed(
        "d5b3847fe064983048be96ddc97e3af64c5aa39d992227be6d2e6f24686fcc30\
         b3a2f7211b1541a46c60f12258edf7714c0632070b78cfaacef3cf451b36f4a5",
    );
    let set = ParameterSet::Gost2015With512;
    let key = VerifyingKey::from_octets(set, &[x, y].concat()).expect("key");
    assert!(key.verifies(&digest, &[&r[..], &s].concat()));
    assert!(!key.verifies(&digest, &[&s[..], &r].concat()));
    assert_eq!(set.digest(), DigestAlgorithm::Streebog512);
}
