//! The arithmetic against OpenSSL's, the algorithms against the tables of the RFCs, and everything that
//! must be refused.

mod constant_time;

use openssl::{
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcPoint},
};

use zeroize::Zeroizing;

use super::{
    curve::{Point, normalize},
    multiply::{GENERATOR, sum_of_products},
    signing::{Private, public, sign},
    verifying::verifies,
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
            holds("half, doubled", x.half().double(), &expected);
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
            let (value, expected) = (from_big::<N>(&value), from_big(&expected));
            assert_eq!(inverse::modulo(&value, modulus), expected, "{limbs:x?}");
            assert_eq!(inverse::of_public(&value, modulus), expected, "{limbs:x?}");
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
        let a = curve.a.times(&Element::ONE);
        let numbers = [Element::<N>::PRIME, a.canonical(), curve.b.canonical()];
        let generator = [curve.generator.x.canonical(), curve.generator.y.canonical()];
        Self::of(numbers, generator, curve.order.limbs(), curve.cofactor)
    }

    /// The curve of the standard, where another stands for it.
    fn standard<const N: usize>(curve: &Curve<N>) -> Self {
        let Some(Scale { back: (square, cube), .. }) = &curve.scale else { return Self::new(curve) };
        let a = curve.a.times(&square.square());
        let numbers = [Element::<N>::PRIME, a.canonical(), curve.b.mul(&cube.square()).canonical()];
        let (x, y) = curve.to_standard(&curve.generator);
        Self::of(numbers, [x, y], curve.order.limbs(), curve.cofactor)
    }

    /// With any prime p: of p, a, b, the generator's coordinates, its order.
    fn of<const N: usize>(
        curve: [[u64; N]; 3],
        generator: [[u64; N]; 2],
        order: &[u64; N],
        cofactor: u32,
    ) -> Self {
        let mut context = BigNumContext::new().expect("context");
        let [prime, a, b] = curve.map(|number| big(&number));
        let mut group = EcGroup::from_components(prime, a, b, &mut context).expect("group");
        let [x, y] = generator.map(|number| big(&number));
        let mut generator = EcPoint::new(&group).expect("point");
        generator.set_affine_coordinates_gfp(&group, &x, &y, &mut context).expect("on the curve");
        let cofactor = BigNum::from_u32(cofactor).expect("number");
        group.set_generator(generator, big(order), cofactor).expect("generator");
        Self { group, context }
    }

    /// The equations of RFC 7091 6.2 as they stand there: e and the numbers r and s are in their ranges, q is [x, y].
    fn verifies<const N: usize>(
        &mut self,
        order: &[u64; N],
        q: [[u64; N]; 2],
        [e, r, s]: [&BigNum; 3],
    ) -> bool {
        let order = big(order);
        let mut v = BigNum::new().expect("number");
        v.mod_inverse(e, &order, &mut self.context).expect("inverse");
        let (mut z1, mut z2, mut minus) =
            (BigNum::new().expect("n"), BigNum::new().expect("n"), BigNum::new().expect("n"));
        z1.mod_mul(s, &v, &order, &mut self.context).expect("product");
        minus.checked_sub(&order, r).expect("difference");
        z2.mod_mul(&minus, &v, &order, &mut self.context).expect("product");
        let Some((x, _)) = self.sum(&from_big(&z1), q, &from_big::<N>(&z2)) else { return false };
        let mut rest = BigNum::new().expect("number");
        rest.nnmod(&big(&x), &order, &mut self.context).expect("rest");
        rest == *r
    }

    /// n G + m Q, `None` for infinity.
    fn sum<const N: usize>(
        &mut self,
        n: &[u64; N],
        q: [[u64; N]; 2],
        m: &[u64; N],
    ) -> Option<([u64; N], [u64; N])> {
        let mut point = EcPoint::new(&self.group).expect("point");
        let [x, y] = q.map(|number| big(&number));
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

fn pair<const N: usize>(point: &Affine<N>) -> [[u64; N]; 2] {
    [point.x.canonical(), point.y.canonical()]
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
                    let expected = plain.sum(first.limbs(), pair(&point), second.limbs());
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
            let expected = plain.sum(scalar.limbs(), pair(&group.curve.generator), &zero);
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

/// RFC 7091 7.1 and 7.2, number by number. Their curves have other primes than ours, so the examples cannot be
/// run on our arithmetic; they are run on the plain one that ours is held to, and with the same equations.
#[test]
fn examples_of_the_standard_on_the_arithmetic_that_ours_is_held_to() {
    struct Example<const N: usize> {
        p: [u64; N],
        a: [u64; N],
        b: [u64; N],
        order: [u64; N],
        generator: [[u64; N]; 2],
        secret: [u64; N],
        public: [[u64; N]; 2],
        e: [u64; N],
        nonce: [u64; N],
        x_of_c: [u64; N],
        s: [u64; N],
    }
    fn check<const N: usize>(example: &Example<N>) {
        let Example { order, generator, public, e, x_of_c: r, s, .. } = example;
        let mut plain = Plain::of([example.p, example.a, example.b], *generator, order, 1);
        let zero = [0; N];
        let found = plain.sum(&example.secret, *generator, &zero).expect("a point");
        assert_eq!([found.0, found.1], *public);
        assert_eq!(plain.sum(&example.nonce, *generator, &zero).expect("a point").0, *r);

        // s = r d + k e, on our arithmetic modulo the order, which takes any order.
        let ours = Order::new(*order);
        let scalar = |limbs: &[u64; N]| ours.exact(*limbs).expect("below the order");
        let product = ours.mul(&scalar(r), &scalar(&example.secret));
        assert_eq!(ours.add(&product, &ours.mul(&scalar(&example.nonce), &scalar(e))), scalar(s));

        let [e, r, s] = [e, r, s].map(big);
        assert!(plain.verifies(order, *public, [&e, &r, &s]));
        assert!(!plain.verifies(order, *public, [&e, &s, &r]));
        assert!(!plain.verifies(order, *public, [&r, &e, &s]));
        assert!(!plain.verifies(order, *generator, [&e, &r, &s]));
    }
    check(&Example::<4> {
        p: limbs("8000000000000000000000000000000000000000000000000000000000000431"),
        a: [7, 0, 0, 0],
        b: limbs("5fbff498aa938ce739b8e022fbafef40563f6e6a3472fc2a514c0ce9dae23b7e"),
        order: limbs("8000000000000000000000000000000150fe8a1892976154c59cfc193accf5b3"),
        generator: [[2, 0, 0, 0], limbs("08e2a8a0e65147d4bd6316030e16d19c85c97f0a9ca267122b96abbcea7e8fc8")],
        secret: limbs("7a929ade789bb9be10ed359dd39a72c11b60961f49397eee1d19ce9891ec3b28"),
        public: [
            limbs("7f2b49e270db6d90d8595bec458b50c58585ba1d4e9b788f6689dbd8e56fd80b"),
            limbs("26f1b489d6701dd185c8413a977b3cbbaf64d1c593d26627dffb101a87ff77da"),
        ],
        e: limbs("2dfbc1b372d89a1188c09c52e0eec61fce52032ab1022e8e67ece6672b043ee5"),
        nonce: limbs("77105c9b20bcd3122823c8cf6fcc7b956de33814e95b7fe64fed924594dceab3"),
        x_of_c: limbs("41aa28d2f1ab148280cd9ed56feda41974053554a42767b83ad043fd39dc0493"),
        s: limbs("01456c64ba4642a1653c235a98a60249bcd6d3f746b631df928014f6c5bf9c40"),
    });
    check(&Example::<8> {
        p: limbs(
            "4531acd1fe0023c7550d267b6b2fee80922b14b2ffb90f04d4eb7c09b5d2d15d\
             f1d852741af4704a0458047e80e4546d35b8336fac224dd81664bbf528be6373",
        ),
        a: [7, 0, 0, 0, 0, 0, 0, 0],
        b: limbs(
            "1cff0806a31116da29d8cfa54e57eb748bc5f377e49400fdd788b649eca1ac43\
             61834013b2ad7322480a89ca58e0cf74bc9e540c2add6897fad0a3084f302adc",
        ),
        order: limbs(
            "4531acd1fe0023c7550d267b6b2fee80922b14b2ffb90f04d4eb7c09b5d2d15d\
             a82f2d7ecb1dbac719905c5eecc423f1d86e25edbe23c595d644aaf187e6e6df",
        ),
        generator: [
            limbs(
                "24d19cc64572ee30f396bf6ebbfd7a6c5213b3b3d7057cc825f91093a68cd762\
                 fd60611262cd838dc6b60aa7eee804e28bc849977fac33b4b530f1b120248a9a",
            ),
            limbs(
                "2bb312a43bd2ce6e0d020613c857acddcfbf061e91e5f2c3f32447c259f39b2c\
                 83ab156d77f1496bf7eb3351e1ee4e43dc1a18b91b24640b6dbb92cb1add371e",
            ),
        ],
        secret: limbs(
            "0ba6048aadae241ba40936d47756d7c93091a0e8514669700ee7508e508b1020\
             72e8123b2200a0563322dad2827e2714a2636b7bfd18aadfc62967821fa18dd4",
        ),
        public: [
            limbs(
                "115dc5bc96760c7b48598d8ab9e740d4c4a85a65be33c1815b5c320c854621dd\
                 5a515856d13314af69bc5b924c8b4ddff75c45415c1d9dd9dd33612cd530efe1",
            ),
            limbs(
                "37c7c90cd40b0f5621dc3ac1b751cfa0e2634fa0503b3d52639f5d7fb72afd61\
                 ea199441d943ffe7f0c70a2759a3cdb84c114e1f9339fdf27f35eca93677beec",
            ),
        ],
        e: limbs(
            "3754f3cfacc9e0615c4f4a7c4d8dab531b09b6f9c170c533a71d147035b0c591\
             7184ee536593f4414339976c647c5d5a407adedb1d560c4fc6777d2972075b8c",
        ),
        nonce: limbs(
            "0359e7f4b1410feacc570456c6801496946312120b39d019d455986e364f3658\
             86748ed7a44b3e794434006011842286212273a6d14cf70ea3af71bb1ae679f1",
        ),
        x_of_c: limbs(
            "2f86fa60a081091a23dd795e1e3c689ee512a3c82ee0dcc2643c78eea8fcacd3\
             5492558486b20f1c9ec197c90699850260c93bcbcd9c5c3317e19344e173ae36",
        ),
        s: limbs(
            "1081b394696ffe8e6585e7a9362d26b6325f56778aadbc081c0bfbe933d52ff5\
             823ce288e8c4f362526080df7f70ce406a6eeb1f56919cb92a9853bde73e5b4a",
        ),
    });
}

/// Verification of a key's signature on OpenSSL's arithmetic, with nothing shared.
fn verifies_plainly<const N: usize>(curve: &Curve<N>, point: &Affine<N>, numbers: [&BigNum; 3]) -> bool {
    let (x, y) = curve.to_standard(point);
    Plain::standard(curve).verifies(curve.order.limbs(), [x, y], numbers)
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
            let numbers = [&number(&value), &number(r), &number(s)];
            assert!(match (&public.point, set) {
                (Coordinates::Eight(point), _) => verifies_plainly(&GROUP_2015_512.curve, point, numbers),
                (Coordinates::Four(point), ParameterSet::Gost2004) =>
                    verifies_plainly(&GROUP_2004.curve, point, numbers),
                (Coordinates::Four(point), _) => verifies_plainly(&GROUP_2015_256.curve, point, numbers),
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
        let (x, y) = group.curve.to_standard(&group.curve.generator);
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
                    let (x, y) = group.curve.to_standard(&Affine { x, y: root });
                    refused(&x, &y, "on the twist");
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

/// The numbers of the curve that is computed on, from those of RFC 7836 A.1.1.
#[test]
fn a_scaled_curve_is_that_of_the_standard() {
    let number = |digits| Element(limbs(digits));
    let a = number("c2173f1513981673af4892c23035a27ce25e2013bf95aa33b22c656f277e7335");
    let b = number("295f9bae7428ed9ccc20e7c359a9d41a22fccd9108e17bf7ba9337a6f8ae9513");
    let x = number("91e38443a5e82c0d880923425712b2bb658b9196932e02c78b2582fe742daa28");
    let y = number("32879423ab1a0375895786c4bb46e9565fde0b5344766740af268adb32322e5c");
    let curve = &GROUP_2015_256.curve;
    let Some(Scale { into: (square, cube), back }) = &curve.scale else { panic!("scaled") };
    assert!(square.mul(&square.square()).equals(&cube.square()));
    assert!(a.mul(&square.square()).equals(&curve.a.times(&Element::ONE)));
    assert!(b.mul(&cube.square()).equals(&curve.b));
    assert!(square.mul(&back.0).equals(&Element::ONE) && cube.mul(&back.1).equals(&Element::ONE));
    let generator = curve.point_of_standard(x, y);
    assert!(generator.x.equals(&curve.generator.x) && generator.y.equals(&curve.generator.y));
    assert_eq!(curve.to_standard(&generator), (x.0, y.0));
    // The others are computed on as they are.
    assert!(GROUP_2015_512.curve.scale.is_none() && GROUP_2004.curve.scale.is_none());
}

fn right_side<const N: usize>(curve: &Curve<N>, x: &Element<N>) -> Element<N> {
    x.square().mul(x).add(&curve.a.times(x)).add(&curve.b)
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
        let (x, y) = curve.to_standard(point);
        to_octets(&x).chain(to_octets(&y)).collect::<Vec<u8>>()
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

/// HMAC and the reduction as Python does them: the secret 1, the digest 2, added the octets 0 to 31.
#[test]
fn nonces_are_those_of_another_program() {
    fn check<const N: usize>(order: &Order<N>, expected: &str) {
        let mut digest = vec![0; 8 * N];
        digest[0] = 2;
        let added: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).expect("small"));
        let one = order.exact(Element::ONE.0).expect("scalar");
        assert_eq!(*nonce::from(order, &one, &digest, &added).expect("a nonce").limbs(), limbs(expected));
    }
    check(
        &GROUP_2015_512.curve.order,
        "7c392923625cbbd56da7f61f2b5eb40cb019ef56c93ad924561dfe5c10ee4bd4\
         ff6acdabe171d83d640117e05ad13bfa02542505bbbd04a062fd11af08e4aebf",
    );
    check(&GROUP_2015_256.curve.order, "09b5fb16e3bd19846413fca701a402766f416b074acf66fcf6a6ce3e79bc0fb1");
    check(&GROUP_2004.curve.order, "0be5fa207076ec8062e307c3c6e8852cc6b98f84ab930ab2c80d5e0662936ff5");
}

/// More keys than are remembered, each new, met again, and remembered: no key is taken for another.
#[test]
fn keys_make_room_for_each_other() {
    let Curve { order, b, generator, .. } = GROUP_2004.curve;
    let group =
        Group::new(Curve { order, a: Coefficient::MinusThree, b, generator, cofactor: 1, scale: None });
    let mut last = None;
    for number in 1..200 {
        let secret = Private::new(&order, order.exact([number, 0, 0, 0]).expect("scalar")).expect("a key");
        let point = public(&group, &secret.number).expect("a point");
        let signature = sign(&group, &secret, &[7; 32], &[0; 32]).expect("a signature");
        for _ in 0..3 {
            assert_eq!(verifies(&group, &point, &[7; 32], &signature), Some(true), "{number}");
        }
        if let Some((point, of_last)) = last.replace((point, signature.clone())) {
            assert_eq!(verifies(&group, &point, &[7; 32], &signature), Some(false), "{number}");
            assert_eq!(verifies(&group, &point, &[7; 32], &of_last), Some(true), "{number}");
        }
    }
}

/// A table with points off the curve, as a fault of the machine may leave: what is computed with it gives
/// nothing away.
#[test]
fn a_faulty_table_signs_nothing() {
    let with = |generator: Affine<8>| {
        let Curve { order, b, .. } = GROUP_2015_512.curve;
        Group::new(Curve { order, a: Coefficient::MinusThree, b, generator, cofactor: 1, scale: None })
    };
    let good = GROUP_2015_512.curve.generator;
    let bad = Affine { x: good.x, y: good.y.add(&Element::ONE) };
    let (sound, faulty) = (with(good), with(good));
    assert!(faulty.rows.set(Rows::of_generator(&with(bad).curve)).is_ok());
    let order = &sound.curve.order;
    let secret = Private::new(order, order.exact([5; 8]).expect("scalar")).expect("a key");
    assert!(sign(&sound, &secret, &[7; 64], &[0; 32]).is_some() && public(&sound, &secret.number).is_some());
    assert!(
        sign(&faulty, &secret, &[7; 64], &[0; 32]).is_none() && public(&faulty, &secret.number).is_none()
    );
}

/// A bit of the key that was turned in memory, in either form of it: nothing is signed.
#[test]
fn a_faulty_key_signs_nothing() {
    let order = &GROUP_2004.curve.order;
    let scalar = order.exact([5; 4]).expect("scalar");
    for bit in 0..256 {
        let turned = |scalar: &Scalar<4>| {
            let mut limbs = *scalar.limbs();
            limbs[bit / 64] ^= 1 << (bit % 64);
            order.exact(limbs)
        };
        let whole = Private::new(order, scalar).expect("a key");
        assert!(sign(&GROUP_2004, &whole, &[7; 32], &[0; 32]).is_some());
        let (Some(number), Some(negated)) = (turned(&whole.number), turned(&whole.negated)) else { continue };
        let first = Private { number: Zeroizing::new(number), negated: whole.negated.clone() };
        let second = Private { number: whole.number.clone(), negated: Zeroizing::new(negated) };
        for faulty in [first, second] {
            assert!(sign(&GROUP_2004, &faulty, &[7; 32], &[0; 32]).is_none(), "{bit}");
        }
    }
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
