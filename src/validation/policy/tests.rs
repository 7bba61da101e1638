//! Policies by themselves: what the built-in ones accept, what a file may say, and what their digests tell.

use super::settings::*;
use super::*;

fn at(time: &str) -> Timestamp {
    time.parse().expect("a time")
}

fn now() -> Timestamp {
    at("2026-06-01T10:00:00Z")
}

#[test]
fn the_built_in_policies_are_their_files() {
    for (name, text) in BUILT_IN {
        let policy = Policy::from_toml(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(policy.name(), name);
        assert_eq!(Policy::named(name).map(|policy| policy.sha256()), Some(policy.sha256()));
        let Description { kk, ru, en } = &policy.settings().description;
        assert!(kk.is_some() && ru.is_some() && en.is_some(), "{name}");
    }
    assert!(Policy::named("strict").is_none());
    use crate::asn1::oid;
    let kz = Policy::kz();
    let usages = &kz.settings().usages;
    assert_eq!(usages.forbidden_policies, [oid::POLICY_ORGANIZATION_AUTH, oid::POLICY_INDIVIDUAL_AUTH]);
    let Purposes::OneOf(purposes) = &usages.extended_key_usage else { panic!("{usages:?}") };
    assert_eq!(purposes, &[oid::EMAIL_PROTECTION, oid::ANY_EXTENDED_KEY_USAGE]);
}

#[test]
fn weak_algorithms_only_where_the_policy_says_so() {
    use DigestAlgorithm::*;
    let policies = [Policy::kz(), Policy::generic(), Policy::interop()];
    let accepts = |policy: &Policy, algorithm: &SignatureAlgorithm| {
        policy.signature(algorithm, Use::Signature, now()).is_accepted()
    };
    for algorithm in [
        SignatureAlgorithm::RsaPkcs1(Sha1),
        SignatureAlgorithm::RsaPkcs1(Ripemd160),
        SignatureAlgorithm::Ecdsa(Sha1),
        SignatureAlgorithm::RsaPss(crypto::PssParameters::of(Sha1)),
        SignatureAlgorithm::RsaPss(crypto::PssParameters {
            mgf_digest: Sha1,
            ..crypto::PssParameters::of(Sha256)
        }),
        SignatureAlgorithm::Dsa(Sha1),
        SignatureAlgorithm::Dsa(Sha256),
        SignatureAlgorithm::Hmac(Sha1),
        SignatureAlgorithm::Hmac(Sha512),
    ] {
        let verdicts = policies.each_ref().map(|policy| accepts(policy, &algorithm));
        assert_eq!(verdicts, [false, false, true], "{algorithm:?}");
    }
    for policy in &policies {
        let digest = |digest| policy.digest(digest, Use::Timestamp, now()).is_accepted();
        assert!(!digest(Md5) && digest(Sha224) && digest(Sha3_224) && digest(Gost34311));
        assert!(!accepts(policy, &SignatureAlgorithm::RsaPkcs1(Md5)));
        assert!(!accepts(policy, &SignatureAlgorithm::Hmac(Md5)));
        assert!(accepts(policy, &SignatureAlgorithm::Ed25519));
    }
}

#[test]
fn sizes_of_keys() {
    let (kz, interop) = (Policy::kz(), Policy::interop());
    for (kind, strict, loose) in [
        (KeyKind::Rsa { bits: 511 }, false, false),
        (KeyKind::Rsa { bits: 2047 }, false, true),
        (KeyKind::Rsa { bits: 2048 }, true, true),
        (KeyKind::Ec { curve: Curve::P192 }, false, true),
        (KeyKind::Ec { curve: Curve::P224 }, false, true),
        (KeyKind::Ec { curve: Curve::P256 }, true, true),
        (KeyKind::Ed25519, true, true),
        (KeyKind::Ed448, true, true),
        (KeyKind::Dsa { bits: 1024, subgroup_bits: 160 }, false, true),
        (KeyKind::Dsa { bits: 2048, subgroup_bits: 224 }, false, true),
        (KeyKind::Dsa { bits: 2048, subgroup_bits: 256 }, true, true),
    ] {
        let accepted = [&kz, &interop].map(|policy| policy.accepts_key(kind, now()));
        assert_eq!(accepted, [strict, loose], "{kind:?}");
    }
    let demanding = kz.with(|settings| settings.keys.ec = Minimum::of(384));
    let accepts = |kind| demanding.accepts_key(kind, now());
    assert!(!accepts(KeyKind::Ed25519) && accepts(KeyKind::Ed448));
}

/// The file of `kz` with one text in it replaced.
fn kz_but(this: &str, that: &str) -> String {
    let text = BUILT_IN[0].1;
    assert!(text.contains(this), "{this}");
    text.replacen(this, that, 1)
}

fn read(text: &str) -> Policy {
    Policy::from_toml(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn an_algorithm_ends_with_its_day() {
    let policy = read(&kz_but("\"RSA\" = \"always\"", "\"RSA\" = \"2030-12-31\""));
    let rsa = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
    let standing = |time| policy.signature(&rsa, Use::Signature, at(time));
    let date = "2030-12-31".parse().expect("a date");
    assert_eq!(standing("2030-12-31T23:59:59Z"), Acceptance::Accepted);
    assert_eq!(standing("2031-01-01T00:00:00Z"), Acceptance::Ended(date));
    // Of scheme and hash function the one that ends first decides.
    let policy = policy.with(|settings| {
        let end = Until::Date("2028-01-01".parse().expect("a date"));
        settings.algorithms.digest.insert(Digest(DigestAlgorithm::Sha256), Uses::all(end));
    });
    assert!(!policy.signature(&rsa, Use::Signature, at("2029-01-01T00:00:00Z")).is_accepted());

    let by_use = read(&kz_but("\"SHA-224\" = \"always\"", "\"SHA-1\" = { certificate = \"2016-12-31\" }"));
    let accepts = |use_, time| by_use.digest(DigestAlgorithm::Sha1, use_, at(time)).is_accepted();
    assert!(accepts(Use::Certificate, "2016-06-01T00:00:00Z"));
    assert!(!accepts(Use::Certificate, "2017-06-01T00:00:00Z"));
    for other in [Use::Signature, Use::Revocation, Use::Timestamp] {
        assert!(!accepts(other, "2016-06-01T00:00:00Z"), "{other:?}");
    }
    assert!(!by_use.digest(DigestAlgorithm::Sha224, Use::Signature, now()).is_accepted());
}

#[test]
fn sizes_grow_with_time() {
    let steps = "rsa = [{ from = \"2020-01-01\", bits = 2048 }, { from = \"2031-01-01\", bits = 3072 }]";
    let policy = read(&kz_but("rsa = 2048", steps));
    let accepts = |time| policy.accepts_key(KeyKind::Rsa { bits: 2048 }, at(time));
    assert!(accepts("2019-01-01T00:00:00Z") && accepts("2030-12-31T23:59:59Z"));
    assert!(!accepts("2031-01-01T00:00:00Z"));
    // A path that was remembered under one of the sizes says nothing of the other.
    let strength = |time| policy.strength(at(time));
    assert_eq!(strength("2026-01-01T00:00:00Z"), strength("2027-01-01T00:00:00Z"));
    assert_ne!(strength("2026-01-01T00:00:00Z"), strength("2031-01-01T00:00:00Z"));
}

#[test]
fn policies_that_demand_the_same_have_the_same_digest() {
    let kz = Policy::kz();
    for (this, that) in [
        (
            "\"SHA-224\" = \"always\"\n\"SHA-256\" = \"always\"",
            "\"SHA-256\" = \"always\"\nSHA-224 = 'always'",
        ),
        ("\"SHA-224\" =", "\"SHA-1\" = \"never\"\n\"SHA-224\" ="),
        (
            "\"SHA-256\" = \"always\"",
            "\"SHA-256\" = { signature = \"always\", certificate = \"always\", revocation = \"always\", \
             timestamp = \"always\" }",
        ),
        ("\"digitalSignature\", \"nonRepudiation\"", "\"nonRepudiation\", \"digitalSignature\""),
        ("\"1.3.6.1.5.5.7.3.4\", \"2.5.29.37.0\"", "\"2.5.29.37.0\", \"1.3.6.1.5.5.7.3.4\""),
        (
            "rsa = 2048",
            "rsa = [{ from = \"2001-01-01\", bits = 2048 }, { from = \"2002-01-01\", bits = 2048 }]",
        ),
        ("[levels]", ""),
        ("Rules for", "The rules for"),
    ] {
        assert_eq!(read(&kz_but(this, that)).sha256(), kz.sha256(), "{that}");
    }
}

#[test]
fn every_setting_changes_the_digest_and_must_be_given() {
    let mut digests = vec![Policy::kz().sha256(), Policy::generic().sha256(), Policy::interop().sha256()];
    for (this, that) in [
        ("name = \"kz\"", "name = \"other\""),
        ("\"SHA-224\" = \"always\"", ""),
        ("\"SHA-224\" = \"always\"", "\"SHA-224\" = \"2030-01-01\""),
        ("\"SHA-224\" = \"always\"", "\"SHA-224\" = { timestamp = \"always\" }"),
        ("\"EdDSA\" = \"always\"", ""),
        ("rsa = 2048", "rsa = 3072"),
        ("ec = 256", "ec = 384"),
        ("dsa = 2048", "dsa = 3072"),
        ("dsa_subgroup = 256", "dsa_subgroup = 224"),
        ("max_age_hours = \"any\"", "max_age_hours = 24"),
        ("answer_hours = 24", "answer_hours = 1"),
        (", \"nonRepudiation\"", ""),
        ("[\"1.3.6.1.5.5.7.3.4\", \"2.5.29.37.0\"]", "\"any\""),
        ("national_roles = true", "national_roles = false"),
        ("[\"1.2.398.3.3.2.2\", ", "["),
        ("required_policies = []", "required_policies = [\"1.2.3\"]"),
        ("identity_numbers = true", "identity_numbers = false"),
        ("required = []\n", "required = [\"ceo\"]\n"),
        ("[levels]", "[levels]\nIIN_CHECK_DIGIT = \"fail\""),
        // Said, though it is so anyway: it holds for whoever does not insist, too.
        ("[levels]", "[levels]\nREVOCATION_UNKNOWN = \"fail\""),
    ] {
        // The first `required = []` is that of policies.
        let text = if this == "required = []\n" {
            let (head, tail) = BUILT_IN[0].1.split_once("[roles]").expect("roles");
            format!("{head}[roles]{}", tail.replacen(this, that, 1))
        } else {
            kz_but(this, that)
        };
        digests.push(read(&text).sha256());
    }
    let count = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), count);

    // Without any one line that sets a key of the form, but for algorithms, the file is not read.
    let lines: Vec<&str> = BUILT_IN[0].1.lines().collect();
    let mut missed = 0;
    for (place, line) in lines.iter().enumerate() {
        let optional = line.starts_with('#') || line.starts_with('"') || !line.contains(" = ");
        if optional || ["kk", "ru", "en"].iter().any(|key| line.starts_with(&format!("{key} ="))) {
            continue;
        }
        let text = [&lines[..place], &lines[place + 1..]].concat().join("\n");
        assert!(Policy::from_toml(&text).is_err(), "{line}");
        missed += 1;
    }
    assert_eq!(missed, 14);
}

#[test]
fn what_a_file_has_wrong_is_told_with_its_line() {
    for (this, that, reason) in [
        ("[keys]", "[keys]\nmd5 = true", "md5"),
        ("\"SHA-224\" = \"always\"", "\"SHA-2\" = \"always\"", "SHA-2"),
        ("\"SHA-224\" = \"always\"", "\"MD5\" = \"always\"", "never accepted"),
        ("\"SHA-224\" = \"always\"", "\"SHA-224\" = \"sometimes\"", "sometimes"),
        ("\"SHA-224\" = \"always\"", "\"SHA-224\" = { email = \"always\" }", "email"),
        ("\"SHA-224\" = \"always\"", "\"SHA-224\" = true", "true"),
        ("\"GOST\" = \"always\"", "\"GHOST\" = \"always\"", "GHOST"),
        ("rsa = 2048", "rsa = \"long\"", "long"),
        ("rsa = 2048", "rsa = -1", "number of bits"),
        ("rsa = 2048", "rsa = []", "empty"),
        (
            "rsa = 2048",
            "rsa = [{ from = \"2031-01-01\", bits = 1 }, { from = \"2030-01-01\", bits = 2 }]",
            "go up",
        ),
        ("max_age_hours = \"any\"", "max_age_hours = \"young\"", "young"),
        ("\"nonRepudiation\"", "\"nonrepudiation\"", "nonrepudiation"),
        ("= [\"1.3.6.1.5.5.7.3.4\", \"2.5.29.37.0\"]", "= \"none\"", "none"),
        ("required_policies = []", "required_policies = 1", "sequence"),
        ("[levels]", "[levels]\nNO_SUCH = \"warn\"", "NO_SUCH"),
        ("[levels]", "[levels]\nIIN_MALFORMED = \"maybe\"", "maybe"),
        ("[levels]", "[levels]\nSIGNATURE_MISMATCH = \"warn\"", "fixed"),
        ("[levels]", "[levels]\nUNKNOWN_CRITICAL_EXTENSION = \"ignore\"", "fixed"),
        ("[levels]", "[levels]\nSIGNATURE_WRAPPED = \"info\"", "fixed"),
    ] {
        let text = kz_but(this, that);
        let error = Policy::from_toml(&text).map(|policy| policy.name().to_owned()).expect_err(that);
        let before = text.split(that).next().expect("what is before");
        let line = before.matches('\n').count() + 1 + that.matches('\n').count();
        assert_eq!(error.line(&text), line, "{that}: {error}");
        assert!(error.reason().contains(reason), "{that}: {}", error.reason());
    }
    let roles = kz_but("[roles]\nrequired = []", "[roles]\nrequired = [\"director\"]");
    assert!(Policy::from_toml(&roles).expect_err("a role").reason().contains("director"));
}

#[test]
fn only_open_rows_have_levels() {
    for row in crate::validation::TABLE {
        assert_eq!(Open::new(row.code).is_none(), row.fixed, "{}", row.code);
    }
}

#[test]
fn the_demands_of_two_policies_on_signers_hold_together() {
    let kz = Policy::kz();
    for own in [Policy::generic(), Policy::interop()] {
        let both = own.with_signers_of(&kz);
        assert_eq!(both.settings().usages, kz.settings().usages);
        assert_eq!(both.settings().keys, own.settings().keys);
    }
    let own = read(&kz_but("required_policies = []", "required_policies = [\"1.2.3\"]"));
    let lax = own.with(|settings| {
        let open = |code| Open::new(code).expect("an open row");
        settings.usages.extended_key_usage = Purposes::OneOf(vec!["2.5.29.37.0".into(), "1.2.3".into()]);
        settings.levels.0.insert(open(Code::IIN_MALFORMED), Weight::Ignore);
        settings.levels.0.insert(open(Code::ROLE_MISSING), Weight::Fail);
        settings.levels.0.insert(open(Code::IIN_CHECK_DIGIT), Weight::Ignore);
    });
    let both = lax.with_signers_of(&kz);
    let Settings { usages, levels, .. } = both.settings();
    assert_eq!(usages.required_policies, ["1.2.3"]);
    assert_eq!(usages.extended_key_usage, Purposes::OneOf(vec!["2.5.29.37.0".into()]));
    assert_eq!(levels.of(Code::IIN_MALFORMED), None);
    assert_eq!(levels.of(Code::ROLE_MISSING), Some(Weight::Fail));
    assert_eq!(levels.of(Code::IIN_CHECK_DIGIT), Some(Weight::Ignore));
}
