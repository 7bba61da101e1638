//! Keys and signatures together; what must be refused comes first.

use openssl::{bn::BigNum, dsa::Dsa, pkey::PKey, pkey_ctx::PkeyCtx};

use super::*;
use crate::asn1::{Reader, oid, tag, write};
use DigestAlgorithm::{Md5, Ripemd160, Sha1, Sha3_256, Sha3_512, Sha224, Sha256, Sha384, Sha512};

const MESSAGE: &[u8] = b"message";

const HASHES: [DigestAlgorithm; 8] = [Sha1, Sha224, Sha256, Sha384, Sha512, Sha3_256, Ripemd160, Md5];

fn signed(key: &PrivateKey, algorithm: &SignatureAlgorithm, form: EcdsaForm) -> Vec<u8> {
    key.sign(algorithm, form, MESSAGE).expect("a signature")
}

/// Number `index` of a SEQUENCE of INTEGERs.
fn number(der: &[u8], index: usize) -> Vec<u8> {
    let mut fields = Reader::single(der).expect("DER").reader();
    for _ in 0..index {
        fields.next().expect("a field");
    }
    fields.next().and_then(|field| field.unsigned()).expect("a number").to_vec()
}

/// Algorithm identifier's parameters and the bits of a SubjectPublicKeyInfo.
fn parts(spki: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut outer = Reader::single(spki).expect("DER").reader();
    let mut algorithm = outer.take(tag::SEQUENCE).expect("an algorithm").reader();
    algorithm.next().expect("a name");
    let parameters = algorithm.next().map(|p| p.raw.to_vec()).unwrap_or_default();
    (parameters, outer.next().and_then(|bits| bits.bit_string()).expect("bits").to_vec())
}

#[test]
fn what_is_signed_verifies_and_nothing_else() {
    let make = || {
        let mut keys = vec![
            PrivateKey::generate_rsa(2048).expect("a key"),
            PrivateKey::generate_ed25519().expect("a key"),
        ];
        keys.extend(
            [
                Curve::P192,
                Curve::P224,
                Curve::P256,
                Curve::P384,
                Curve::P521,
                Curve::Secp256k1,
                Curve::BrainpoolP256r1,
                Curve::BrainpoolP384r1,
                Curve::BrainpoolP512r1,
            ]
            .map(|curve| PrivateKey::generate_ec(curve).expect("a key")),
        );
        keys
    };
    for (key, other) in make().iter().zip(&make()) {
        let mut algorithms: Vec<_> = HASHES.map(|hash| key.signature_algorithm(hash)).to_vec();
        if matches!(key.public_key().kind(), KeyKind::Rsa { .. }) {
            algorithms.extend(HASHES.map(|hash| SignatureAlgorithm::RsaPss(PssParameters::of(hash))));
        }
        algorithms.dedup();
        for algorithm in &algorithms {
            for form in [EcdsaForm::Der, EcdsaForm::Concatenated] {
                let signature = signed(key, algorithm, form);
                let check = |key: &PrivateKey, message: &[u8], signature: &[u8]| {
                    verify(algorithm, form, &key.public_key(), message, signature)
                };
                assert_eq!(check(key, MESSAGE, &signature), Ok(Verified::default()), "{key:?} {algorithm:?}");
                assert_eq!(check(key, b"massage", &signature), Err(VerifyError::Mismatch));
                assert_eq!(check(other, MESSAGE, &signature), Err(VerifyError::Mismatch));
                let short = signature.get(..signature.len() - 1).expect("shorter");
                assert_eq!(check(key, MESSAGE, short), Err(VerifyError::Malformed));
                assert_eq!(check(key, MESSAGE, &[]), Err(VerifyError::Malformed));
                let long = [&signature[..], &[0]].concat();
                assert_eq!(check(key, MESSAGE, &long), Err(VerifyError::Malformed));
                let mut altered = signature.clone();
                if let Some(last) = altered.last_mut() {
                    *last ^= 1;
                }
                assert_eq!(check(key, MESSAGE, &altered), Err(VerifyError::Mismatch));
                if let Some(hash) = algorithm.digest() {
                    let value = digest(hash, MESSAGE);
                    let public = key.public_key();
                    let over = |value: &[u8]| verify_digest(algorithm, form, &public, value, &signature);
                    assert_eq!(over(&value), Ok(Verified::default()));
                    assert_eq!(over(value.get(1..).expect("shorter")), Err(VerifyError::Malformed));
                    assert_eq!(over(&[]), Err(VerifyError::Malformed));
                }
            }
        }
    }
}

#[test]
fn two_numbers_side_by_side_or_in_der() {
    for (curve, length) in [(Curve::P256, 64), (Curve::P521, 132)] {
        let key = PrivateKey::generate_ec(curve).expect("a key");
        let algorithm = key.signature_algorithm(Sha256);
        let check = |form, value: &[u8]| verify(&algorithm, form, &key.public_key(), MESSAGE, value);
        let flat = signed(&key, &algorithm, EcdsaForm::Concatenated);
        assert_eq!(flat.len(), length);
        assert_eq!(check(EcdsaForm::Der, &flat), Err(VerifyError::Malformed));
        let der = signed(&key, &algorithm, EcdsaForm::Der);
        assert_eq!(check(EcdsaForm::Concatenated, &der), Ok(Verified { der_encoded: true }));
        // Borne where it is DER, not where it is BER or has more after it.
        let trailing = [&der[..], &[0]].concat();
        assert_eq!(check(EcdsaForm::Concatenated, &trailing), Err(VerifyError::Malformed));
        let [r, s] = [0, 1].map(|index| number(&der, index));
        let wide = write::tlv(tag::INTEGER, &[&[0, 0][..], &r]);
        let padded = write::sequence(&[wide, write::unsigned(&s)]);
        for form in [EcdsaForm::Der, EcdsaForm::Concatenated] {
            assert_eq!(check(form, &padded), Err(VerifyError::Malformed));
        }
        // r and s without their leading zeros, or with more.
        let (left, right) = flat.split_at(length / 2);
        for odd in [[left, &[0], right].concat(), [&[0], left, &[0], right].concat()] {
            assert_eq!(check(EcdsaForm::Concatenated, &odd), Err(VerifyError::Malformed));
        }
        // Zero and the group's order are out of range.
        let zero = vec![0; length / 2];
        for (r, s) in [(&zero[..], right), (left, &zero[..]), (&zero, &zero)] {
            assert_eq!(check(EcdsaForm::Concatenated, &[r, s].concat()), Err(VerifyError::Mismatch));
            let der = write::sequence(&[write::unsigned(r), write::unsigned(s)]);
            assert_eq!(check(EcdsaForm::Der, &der), Err(VerifyError::Mismatch));
        }
    }
}

#[test]
fn key_and_algorithm_must_fit() {
    let rsa = PrivateKey::generate_rsa(1024).expect("a key");
    let ec = PrivateKey::generate_ec(Curve::P256).expect("a key");
    let ed = PrivateKey::generate_ed25519().expect("a key");
    let pss = SignatureAlgorithm::RsaPss(PssParameters::of(Sha256));
    for (key, algorithm) in [
        (&rsa, SignatureAlgorithm::Ecdsa(Sha256)),
        (&rsa, SignatureAlgorithm::Ed25519),
        (&rsa, SignatureAlgorithm::Dsa(Sha256)),
        // The secret of an HMAC is never a public key.
        (&rsa, SignatureAlgorithm::Hmac(Sha256)),
        (&ec, SignatureAlgorithm::RsaPkcs1(Sha256)),
        (&ec, SignatureAlgorithm::Hmac(Sha256)),
        (&ec, SignatureAlgorithm::Ed25519),
        (&ec, pss),
        (&ed, SignatureAlgorithm::Ecdsa(Sha256)),
        (&ed, SignatureAlgorithm::Ed448),
        (&ed, SignatureAlgorithm::Hmac(Sha512)),
    ] {
        for length in [0, 32, 64, 114, 128] {
            let outcome = verify(&algorithm, EcdsaForm::Der, &key.public_key(), MESSAGE, &vec![1; length]);
            assert_eq!(outcome, Err(VerifyError::KeyTypeMismatch), "{key:?} {algorithm:?}");
        }
        assert_eq!(key.sign(&algorithm, EcdsaForm::Der, MESSAGE), Err(SignError::KeyTypeMismatch));
    }
    let outcome = ed.sign_digest(&SignatureAlgorithm::Ed25519, EcdsaForm::Der, &[0; 64]);
    assert_eq!(outcome, Err(SignError::KeyTypeMismatch));
    let outcome = ec.sign_digest(&SignatureAlgorithm::Ecdsa(Sha256), EcdsaForm::Der, &[0; 20]);
    assert_eq!(outcome, Err(SignError::DigestLength));
}

#[test]
fn pss_holds_to_its_parameters() {
    // 1025 bits: the encoded message is an octet shorter than the modulus.
    for bits in [1024, 1025, 1031] {
        let key = PrivateKey::generate_rsa(bits).expect("a key");
        let check = |parameters, signature: &[u8]| {
            let algorithm = SignatureAlgorithm::RsaPss(parameters);
            verify(&algorithm, EcdsaForm::Der, &key.public_key(), MESSAGE, signature)
        };
        for parameters in [
            PssParameters::of(Sha256),
            PssParameters { salt_length: 0, ..PssParameters::of(Sha256) },
            PssParameters { mgf_digest: Sha1, ..PssParameters::of(Sha256) },
            PssParameters { salt_length: 20, ..PssParameters::of(Sha384) },
        ] {
            let signature = signed(&key, &SignatureAlgorithm::RsaPss(parameters), EcdsaForm::Der);
            assert_eq!(check(parameters, &signature), Ok(Verified::default()), "{bits} {parameters:?}");
            for other in [
                PssParameters { salt_length: parameters.salt_length + 1, ..parameters },
                PssParameters { salt_length: parameters.salt_length.wrapping_sub(1), ..parameters },
                PssParameters { salt_length: u32::MAX, ..parameters },
                PssParameters { mgf_digest: Sha3_512, ..parameters },
                PssParameters { digest: Sha224, ..parameters },
            ] {
                assert_eq!(check(other, &signature), Err(VerifyError::Mismatch), "{other:?}");
            }
            let pkcs1 = SignatureAlgorithm::RsaPkcs1(Sha256);
            let outcome = verify(&pkcs1, EcdsaForm::Der, &key.public_key(), MESSAGE, &signature);
            assert_eq!(outcome, Err(VerifyError::Mismatch));
        }
    }
    // A hash and salt that do not fit into the modulus.
    let small = PrivateKey::generate_rsa(512).expect("a key");
    let wide = SignatureAlgorithm::RsaPss(PssParameters::of(Sha512));
    assert_eq!(small.sign(&wide, EcdsaForm::Der, MESSAGE), Err(SignError::Library));
    let outcome = verify(&wide, EcdsaForm::Der, &small.public_key(), MESSAGE, &[1; 64]);
    assert_eq!(outcome, Err(VerifyError::Mismatch));
}

#[test]
fn a_key_for_pss_is_for_nothing_else() {
    let key = PrivateKey::generate_rsa(1024).expect("a key");
    let plain = key.public_key();
    let (_, bits) = parts(plain.spki());
    let of = |parameters: &[u8]| {
        let algorithm = write::sequence(&[&write::oid(oid::RSASSA_PSS)[..], parameters]);
        PublicKey::from_spki(&write::sequence(&[algorithm, write::bit_string(&bits)]))
    };
    let own = PssParameters::of(Sha256);
    let (any, bound) = (of(&[]).expect("a key"), of(&own.to_der()).expect("a key"));
    assert!(of(&write::null()).is_err() && of(&write::integer(1)).is_err());
    assert_eq!((&any, &bound), (&plain, &plain), "the same numbers are the same key");
    assert_eq!(PublicKey::from_spki(bound.spki()).map(|key| key.spki().to_vec()), Ok(bound.spki().to_vec()));

    let check = |public: &PublicKey, algorithm: SignatureAlgorithm| {
        let signature = signed(&key, &algorithm, EcdsaForm::Der);
        verify(&algorithm, EcdsaForm::Der, public, MESSAGE, &signature)
    };
    let refused = Err(VerifyError::KeyRestriction);
    let held = Ok(Verified::default());
    for public in [&any, &bound] {
        assert_eq!(check(public, SignatureAlgorithm::RsaPkcs1(Sha256)), refused);
        assert_eq!(check(public, SignatureAlgorithm::RsaPss(own)), held);
    }
    for (parameters, outcome) in [
        (PssParameters::of(Sha384), refused),
        (PssParameters { mgf_digest: Sha1, ..own }, refused),
        (PssParameters { salt_length: 31, ..own }, refused),
        // The key's salt length is the least (RFC 4055 3.3).
        (PssParameters { salt_length: 40, ..own }, held),
    ] {
        assert_eq!(check(&bound, SignatureAlgorithm::RsaPss(parameters)), outcome, "{parameters:?}");
        assert_eq!(check(&any, SignatureAlgorithm::RsaPss(parameters)), held);
    }
}

#[test]
fn bad_rsa_keys_are_refused() {
    let key = PrivateKey::generate_rsa(1024).expect("a key").public_key();
    let (_, bits) = parts(key.spki());
    let (n, e) = (number(&bits, 0), number(&bits, 1));
    assert_eq!(PublicKey::from_rsa(&n, &e), Ok(key.clone()));
    assert_eq!(PublicKey::from_rsa(&n, &e).expect("a key").spki(), key.spki());
    let zeros = PublicKey::from_rsa(&[&[0, 0], &n[..]].concat(), &[&[0], &e[..]].concat());
    assert_eq!(zeros.expect("a key").spki(), key.spki());
    let mut even = n.clone();
    if let Some(last) = even.last_mut() {
        *last &= 0xfe;
    }
    for (n, e) in [
        (&n[..], &[1, 0, 0][..]),
        (&n, &[1]),
        (&n, &[0]),
        (&n, &[]),
        (&n, &[1; 9]),
        (&n, &[1; 4096]),
        (&even, &e),
        (&[], &e),
        (&[0x81; 63], &e),
        (&[0x81; 1025], &e),
        (&[0x81; 100_000], &e),
    ] {
        assert_eq!(PublicKey::from_rsa(n, e), Err(KeyError::Malformed));
    }
    let wrong = write::sequence(&[
        write::sequence(&[write::oid(oid::RSA_ENCRYPTION), write::integer(0)]),
        write::bit_string(&bits),
    ]);
    assert_eq!(PublicKey::from_spki(&wrong), Err(KeyError::Malformed));
}

#[test]
fn bad_points_are_refused() {
    let key = PrivateKey::generate_ec(Curve::P256).expect("a key").public_key();
    let (_, point) = parts(key.spki());
    assert_eq!(PublicKey::from_ec(oid::P256, &point).expect("a key").spki(), key.spki());
    // Compressed, the same key in the same canonical form.
    let parity = 2 + (point.last().expect("an octet") & 1);
    let compressed = [&[parity], point.get(1..33).expect("x")].concat();
    assert_eq!(PublicKey::from_ec(oid::P256, &compressed).expect("a key").spki(), key.spki());

    let mut off_curve = point.clone();
    if let Some(last) = off_curve.last_mut() {
        *last ^= 1;
    }
    let mut hybrid = point.clone();
    hybrid[0] = 6 + (parity & 1);
    for bad in [
        &off_curve[..],
        &hybrid,
        &[],
        &[0],
        &[0; 65],
        &[4; 65],
        point.get(..64).expect("shorter"),
        &[&point[..], &[0]].concat(),
        &[&[4], &[0xff; 64][..]].concat(),
    ] {
        assert_eq!(PublicKey::from_ec(oid::P256, bad), Err(KeyError::Malformed), "{bad:?}");
    }
    assert_eq!(PublicKey::from_ec(oid::SECP256K1, &point), Err(KeyError::Malformed));
    assert!(matches!(PublicKey::from_ec("1.2.3", &point), Err(KeyError::Unsupported { .. })));
    assert!(matches!(PublicKey::from_ec("", &point), Err(KeyError::Unsupported { .. })));

    let trailing = [key.spki(), &[0]].concat();
    assert_eq!(PublicKey::from_spki(&trailing), Err(KeyError::Malformed));
    assert_eq!(PublicKey::from_spki(&[]), Err(KeyError::Malformed));
    let again = PublicKey::from_spki(key.spki()).expect("a key");
    assert_eq!((again.kind(), again.bits()), (KeyKind::Ec { curve: Curve::P256 }, 256));
}

#[test]
fn edwards_keys() {
    let key = PrivateKey::generate_ed25519().expect("a key");
    let pem = key.to_pkcs8_pem().expect("PEM");
    let back = PrivateKey::from_pem(&pem).expect("a key");
    assert_eq!(back.public_key(), key.public_key());
    assert_eq!((back.public_key().kind(), back.public_key().bits()), (KeyKind::Ed25519, 256));
    let of = |name: &str, length: usize, parameters: &[u8]| {
        let algorithm = write::sequence(&[&write::oid(name)[..], parameters]);
        PublicKey::from_spki(&write::sequence(&[algorithm, write::bit_string(&vec![7; length])])).map(drop)
    };
    assert_eq!(of(oid::ED25519, 31, &[]), Err(KeyError::Malformed));
    assert_eq!(of(oid::ED25519, 57, &[]), Err(KeyError::Malformed));
    assert_eq!(of(oid::ED448, 32, &[]), Err(KeyError::Malformed));
    assert_eq!(of(oid::ED25519, 32, &write::null()), Err(KeyError::Malformed));

    let pkey = PKey::generate_ed448().expect("a key");
    let key = PrivateKey::from_pem(&pkey.private_key_to_pem_pkcs8().expect("PEM")).expect("a key");
    let algorithm = key.signature_algorithm(Sha256);
    assert_eq!(algorithm, SignatureAlgorithm::Ed448);
    let signature = signed(&key, &algorithm, EcdsaForm::Concatenated);
    let check = |message: &[u8], signature: &[u8]| {
        verify(&algorithm, EcdsaForm::Concatenated, &key.public_key(), message, signature)
    };
    assert_eq!(check(MESSAGE, &signature), Ok(Verified::default()));
    assert_eq!(check(b"massage", &signature), Err(VerifyError::Mismatch));
    assert_eq!(check(MESSAGE, &[0; 114]), Err(VerifyError::Mismatch));
    assert_eq!(check(MESSAGE, &[0; 64]), Err(VerifyError::Malformed));
}

#[test]
fn dsa_groups_and_values() {
    let secret = Dsa::generate(1024).expect("a key");
    let number = |value: &openssl::bn::BigNumRef| value.to_vec();
    let (p, q, g, y) = (number(secret.p()), number(secret.q()), number(secret.g()), number(secret.pub_key()));
    let pkey = PKey::from_dsa(secret).expect("a key");
    let key = PublicKey::from_dsa(&p, &q, &g, &y).expect("a key");
    assert_eq!(
        PublicKey::from_spki(&pkey.public_key_to_der().expect("DER")).expect("a key").spki(),
        key.spki()
    );
    let bits = u32::try_from(q.len() * 8).expect("small");
    assert_eq!(key.kind(), KeyKind::Dsa { bits: 1024, subgroup_bits: bits });

    let plus = |value: &[u8], more: u32| {
        let mut value = BigNum::from_slice(value).expect("a number");
        value.add_word(more).expect("a sum");
        value.to_vec()
    };
    let mut p_less_one = BigNum::from_slice(&p).expect("a number");
    p_less_one.sub_word(1).expect("a difference");
    let p_less_one = p_less_one.to_vec();
    for (case, [p, q, g, y]) in [
        ("q does not divide p - 1", [&p[..], &plus(&q, 2), &g, &y]),
        ("p even", [&plus(&p, 1), &q, &g, &y]),
        ("g = 1", [&p, &q, &[1], &y]),
        ("g = 0", [&p, &q, &[], &y]),
        ("g = p - 1", [&p, &q, &p_less_one, &y]),
        ("g = p", [&p, &q, &p, &y]),
        ("g of another order", [&p, &q, &plus(&g, 1), &y]),
        ("y = 1", [&p, &q, &g, &[1]]),
        ("y = 0", [&p, &q, &g, &[]]),
        ("y = p - 1", [&p, &q, &g, &p_less_one]),
        ("y = p + 1", [&p, &q, &g, &plus(&p, 1)]),
        ("y outside the subgroup", [&p, &q, &g, &plus(&y, 1)]),
        ("q too short", [&p, &[3], &g, &y]),
        ("q nothing", [&p, &[], &g, &y]),
        ("p too short", [&[0x81; 63], &q, &g, &y]),
        ("p too long", [&[0x81; 513], &q, &g, &y]),
        ("all too long", [&[0x81; 100_000], &[0x81; 100_000], &[0x81; 100_000], &[0x81; 100_000]]),
    ] {
        assert_eq!(PublicKey::from_dsa(p, q, g, y), Err(KeyError::Malformed), "{case}");
    }
    // Parameters inherited from the issuer's certificate (RFC 3279 2.3.2).
    let inherited =
        write::sequence(&[write::sequence(&[write::oid(oid::DSA)]), write::bit_string(&write::unsigned(&y))]);
    assert!(matches!(PublicKey::from_spki(&inherited), Err(KeyError::Unsupported { .. })));

    for hash in [Sha1, Sha256] {
        let mut der = Vec::new();
        let mut context = PkeyCtx::new(&pkey).expect("a context");
        context.sign_init().expect("a context");
        context.sign_to_vec(&digest(hash, MESSAGE), &mut der).expect("a signature");
        let [r, s] = [0, 1].map(|index| self::number(&der, index));
        let flat: Vec<u8> =
            [&r, &s].iter().flat_map(|v| [vec![0; q.len() - v.len()], v.to_vec()].concat()).collect();
        let check = |form, message: &[u8], value: &[u8]| {
            verify(&SignatureAlgorithm::Dsa(hash), form, &key, message, value)
        };
        assert_eq!(check(EcdsaForm::Der, MESSAGE, &der), Ok(Verified::default()));
        assert_eq!(check(EcdsaForm::Concatenated, MESSAGE, &flat), Ok(Verified::default()));
        assert_eq!(check(EcdsaForm::Concatenated, MESSAGE, &der), Ok(Verified { der_encoded: true }));
        assert_eq!(check(EcdsaForm::Der, MESSAGE, &flat), Err(VerifyError::Malformed));
        assert_eq!(check(EcdsaForm::Concatenated, b"massage", &flat), Err(VerifyError::Mismatch));
        let zero = vec![0; flat.len()];
        assert_eq!(check(EcdsaForm::Concatenated, MESSAGE, &zero), Err(VerifyError::Mismatch));
        let cut = flat.get(1..).expect("shorter");
        assert_eq!(check(EcdsaForm::Concatenated, MESSAGE, cut), Err(VerifyError::Malformed));
    }
}

/// RFC 4231 4.3 and 4.7, RFC 2202 3.
#[test]
fn hmac_values_and_their_lengths() {
    let hex = |text: &str| -> Vec<u8> {
        let digit = |c: u8| char::from(c).to_digit(16).expect("hexadecimal");
        text.as_bytes()
            .chunks(2)
            .map(|pair| u8::try_from(digit(pair[0]) * 16 + digit(pair[1])).expect("an octet"))
            .collect()
    };
    let (secret, message) = (b"Jefe", b"what do ya want for nothing?");
    let value = hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    let check =
        |value: &[u8], bits| verify_hmac(&SignatureAlgorithm::Hmac(Sha256), secret, message, value, bits);
    // Half of SHA-256 is 128 bits; nothing below, above, or between octets.
    for bits in [0, 1, 8, 80, 120, 127, 129, 250, 264, 512, u32::MAX] {
        let length = usize::try_from(bits / 8).expect("small").min(value.len());
        assert_eq!(
            check(value.get(..length).expect("cut"), Some(bits)),
            Err(VerifyError::OutputLength),
            "{bits}"
        );
        assert_eq!(check(&[], Some(bits)), Err(VerifyError::OutputLength));
    }
    assert_eq!(check(&[], None), Err(VerifyError::Malformed));
    assert_eq!(check(value.get(..16).expect("cut"), None), Err(VerifyError::Malformed));
    assert_eq!(check(&value, Some(128)), Err(VerifyError::Malformed));
    let mut wrong = value.clone();
    wrong[0] ^= 1;
    assert_eq!(check(&wrong, None), Err(VerifyError::Mismatch));
    assert_eq!(check(&value, None), Ok(()));
    assert_eq!(check(&value, Some(256)), Ok(()));
    assert_eq!(check(value.get(..16).expect("cut"), Some(128)), Ok(()));

    // 80 bits are exactly half of SHA-1, and the floor for MD5.
    let sha1 = hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    let check = |algorithm, value: &[u8], bits| verify_hmac(&algorithm, secret, message, value, bits);
    let algorithm = SignatureAlgorithm::Hmac(Sha1);
    assert_eq!(check(algorithm, &sha1, None), Ok(()));
    assert_eq!(check(algorithm, sha1.get(..10).expect("cut"), Some(80)), Ok(()));
    assert_eq!(check(algorithm, sha1.get(..9).expect("cut"), Some(72)), Err(VerifyError::OutputLength));
    assert_eq!(check(SignatureAlgorithm::Hmac(Md5), &[0; 8], Some(64)), Err(VerifyError::OutputLength));
    assert_eq!(check(SignatureAlgorithm::RsaPkcs1(Sha1), &sha1, None), Err(VerifyError::KeyTypeMismatch));

    // A secret longer than the block, and none at all.
    let long = SignatureAlgorithm::Hmac(Sha512);
    let value = hex(
        "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e52\
         95e64f73f63f0aec8b915a985d786598",
    );
    let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
    assert_eq!(verify_hmac(&long, &[0xaa; 131], text, &value, None), Ok(()));
    let value = hex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    assert_eq!(verify_hmac(&SignatureAlgorithm::Hmac(Sha256), b"", b"", &value, None), Ok(()));
}

/// The number of a national key as an OCTET STRING or an INTEGER, and what is neither.
#[test]
fn private_numbers_of_national_keys() {
    for set in ParameterSet::ALL {
        let key = PrivateKey::generate_gost(set).expect("key");
        let der = key.to_pkcs8_der().expect("der");
        let again = PrivateKey::from_pkcs8_der(&der).expect("the same");
        assert_eq!(again.public_key(), key.public_key());
        let pem = key.to_pkcs8_pem().expect("pem");
        assert_eq!(PrivateKey::from_pem(&pem).expect("the same").public_key(), key.public_key());

        let spki = Reader::single(key.public_key().spki())
            .expect("der")
            .reader()
            .next()
            .expect("field")
            .raw
            .to_vec();
        let read = |number: &[u8]| {
            let value = write::octet_string(number);
            let der = write::sequence(&[&write::integer(0), &spki, &value]);
            PrivateKey::from_pkcs8_der(&der).map(|key| key.public_key())
        };
        let octets = set.octets();
        let mut five = vec![0; octets];
        five[0] = 5;
        let expected = read(&write::octet_string(&five)).expect("a key");
        assert_eq!(read(&write::integer(5)), Ok(expected));
        let unreadable = Err(PrivateKeyError::Unreadable);
        for number in [
            write::octet_string(&vec![0; octets]),
            write::octet_string(&vec![0xff; octets]),
            write::octet_string(&five[1..]),
            write::octet_string(&[&five[..], &[0]].concat()),
            write::octet_string(&[5]),
            write::integer(0),
            write::unsigned(&vec![0xff; octets]),
            write::unsigned(&vec![1; octets + 1]),
            // Negative, and not in the shortest form.
            vec![2, 1, 0xfb],
            vec![2, 2, 0, 5],
            write::null(),
            [write::integer(5), write::integer(5)].concat(),
            Vec::new(),
        ] {
            assert_eq!(read(&number), unreadable, "{set:?} {number:02x?}");
        }
        // The algorithm of a key with the parameters of another, and none.
        let other = ParameterSet::ALL.into_iter().find(|other| *other != set).expect("another");
        let with = |fields: &[Vec<u8>]| {
            let value = write::octet_string(&write::integer(5));
            let der = write::sequence(&[&write::integer(0), &write::sequence(fields), &value]);
            PrivateKey::from_pkcs8_der(&der).map(|key| key.public_key()).err()
        };
        let [name, parameters] = set.key_identifier();
        let [_, foreign] = other.key_identifier();
        assert_eq!(with(&[name.clone(), parameters]), None);
        assert_eq!(with(&[name.clone(), foreign]), Some(PrivateKeyError::Unsupported));
        assert_eq!(with(std::slice::from_ref(&name)), Some(PrivateKeyError::Unreadable));
        assert_eq!(with(&[name, write::null()]), Some(PrivateKeyError::Unreadable));
    }
}

#[test]
fn a_message_is_hashed_once_and_not_for_keys_that_cannot_fit() {
    let set = ParameterSet::Gost2015With512;
    let (key, other) =
        (PrivateKey::generate_gost(set).expect("key"), PrivateKey::generate_gost(set).expect("key"));
    let algorithm = SignatureAlgorithm::Gost(set);
    let form = EcdsaForm::Der;
    let value = key.sign(&algorithm, form, MESSAGE).expect("a signature");
    let curve = PrivateKey::generate_ec(Curve::P256).expect("key").public_key();
    let hashed = DigestOnce::default();
    let is_hashed = || !format!("{hashed:?}").contains("uninit");
    let outcome = verify_once(&hashed, &algorithm, form, &curve, MESSAGE, &value);
    assert_eq!(outcome, Err(VerifyError::KeyTypeMismatch));
    let outcome = verify_once(&hashed, &algorithm, form, &key.public_key(), MESSAGE, &value[1..]);
    assert_eq!(outcome, Err(VerifyError::Malformed));
    assert!(!is_hashed());
    let outcome = verify_once(&hashed, &algorithm, form, &other.public_key(), MESSAGE, &value);
    assert_eq!(outcome, Err(VerifyError::Mismatch));
    assert!(is_hashed());
    // What is kept is used: with another message the first one's hash is still meant.
    assert!(verify_once(&hashed, &algorithm, form, &key.public_key(), b"not looked at", &value).is_ok());
    // And another hash is another value.
    let ecdsa = SignatureAlgorithm::Ecdsa(Sha256);
    let key = PrivateKey::generate_ec(Curve::P256).expect("key");
    let value = key.sign(&ecdsa, form, MESSAGE).expect("a signature");
    assert!(verify_once(&hashed, &ecdsa, form, &key.public_key(), MESSAGE, &value).is_ok());
}
