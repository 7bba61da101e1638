//! Policies, names, anchors and candidates by certificates made for each, and what a forger would try.

// A list of one clone reads like the lists of several beside it.
#![allow(clippy::cloned_ref_to_slice_refs)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;

use super::{
    AnchorConstraints, AnchorDates, Inputs, Path, PathFault, Purpose, Task, TrustAnchor, TrustAnchors, build,
};
use crate::asn1::oid::{self, ANY_POLICY};
use crate::asn1::write;
use crate::crypto::{Curve, DigestAlgorithm, ParameterSet, PrivateKey};
use crate::pkix::issue::{self, Extension, Issuer, Profile};
use crate::pkix::tests::{Subject, World, at, authority, end_entity};
use crate::pkix::{Certificate, GeneralName, NameConstraints, PolicyQualifier};

const A: &str = "1.2.398.99.1";
const B: &str = "1.2.398.99.2";

fn policies(list: &[&str]) -> Extension {
    let list: Vec<_> = list.iter().map(|policy| write::sequence(&[write::oid(policy)])).collect();
    Extension::new(oid::CERTIFICATE_POLICIES, write::sequence(&list)).critical()
}

fn mappings(list: &[(&str, &str)]) -> Extension {
    let pair = |(from, to): &(&str, &str)| write::sequence(&[write::oid(from), write::oid(to)]);
    Extension::new(oid::POLICY_MAPPINGS, write::sequence(&list.iter().map(pair).collect::<Vec<_>>()))
}

fn policy_constraints(require_explicit: Option<u8>, inhibit_mapping: Option<u8>) -> Extension {
    let fields = [(0, require_explicit), (1, inhibit_mapping)];
    let fields = fields.into_iter().filter_map(|(n, skip)| Some(write::context_primitive(n, &[skip?])));
    Extension::new(oid::POLICY_CONSTRAINTS, write::sequence(&fields.collect::<Vec<_>>())).critical()
}

fn inhibit_any(skip: u32) -> Extension {
    Extension::new(oid::INHIBIT_ANY_POLICY, write::integer(skip)).critical()
}

fn name_constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Extension {
    let trees = |list: &[Vec<u8>]| list.iter().map(|base| write::sequence(&[base])).collect::<Vec<_>>();
    let mut fields = Vec::new();
    for (number, list) in [(0, permitted), (1, excluded)] {
        if !list.is_empty() {
            fields.push(write::context(number, &trees(list)));
        }
    }
    Extension::new(oid::NAME_CONSTRAINTS, write::sequence(&fields)).critical()
}

fn alternative_names(names: &[Vec<u8>]) -> Extension {
    Extension::new(oid::SUBJECT_ALT_NAME, write::sequence(names))
}

fn dns(name: &str) -> Vec<u8> {
    write::context_primitive(2, name.as_bytes())
}

impl World {
    /// The path of a leaf below an authority, with these extensions besides the usual ones.
    fn path(&self, inputs: &Inputs, ca: &[Extension], leaf: &[Extension]) -> Result<Path, PathFault> {
        let root = self.root.sign(&self.root.profile(authority(None)));
        let ca = self.root.sign(&self.ca.profile([&authority(None), ca].concat()));
        let leaf = self.ca.sign(&self.leaf.profile([&end_entity(), leaf].concat()));
        find(&leaf, &TrustAnchors::new(vec![root]), &[ca], inputs)
    }
}

fn find(
    leaf: &Arc<Certificate>,
    anchors: &TrustAnchors,
    pool: &[Arc<Certificate>],
    inputs: &Inputs,
) -> Result<Path, PathFault> {
    let task = Task { anchors, pool, through: &[], inputs, purpose: None, prefers: &|_| true, at: at() };
    task.build(leaf).map_err(|error| error.fault)
}

fn of(path: Result<Path, PathFault>) -> Result<Vec<String>, PathFault> {
    path.map(|path| path.policies.into_iter().map(|valid| valid.policy).collect())
}

#[test]
fn a_path_has_the_policies_of_all_its_certificates() {
    let w = World::new();
    let any = Inputs::default();
    let explicit = Inputs { require_explicit_policy: true, ..Inputs::default() };
    let wanted = |policy: &str| Inputs { policies: vec![policy.to_owned()], ..explicit.clone() };
    let path = |inputs: &Inputs, ca: &[Extension], leaf: &[Extension]| of(w.path(inputs, ca, leaf));
    let (a, b) = (policies(&[A]), policies(&[B]));
    let none = PathFault::NoValidPolicy;
    assert_eq!(path(&any, &[a.clone()], &[policies(&[A, B])]), Ok(vec![A.into()]));
    assert_eq!(path(&any, &[a.clone()], &[b.clone()]), Ok(vec![]));
    assert_eq!(path(&any, &[], &[]), Ok(vec![]));
    assert_eq!(path(&explicit, &[a.clone()], &[b.clone()]), Err(none.clone()));
    assert_eq!(path(&explicit, &[], &[a.clone()]), Err(none.clone()));
    assert_eq!(path(&wanted(A), &[a.clone()], &[a.clone()]), Ok(vec![A.into()]));
    assert_eq!(path(&wanted(B), &[a.clone()], &[a.clone()]), Err(none.clone()));

    // anyPolicy stands for what the others say, unless it is inhibited.
    let every = policies(&[ANY_POLICY]);
    assert_eq!(path(&any, &[every.clone()], &[a.clone()]), Ok(vec![A.into()]));
    assert_eq!(path(&any, &[a.clone()], &[every.clone()]), Ok(vec![A.into()]));
    assert_eq!(path(&wanted(B), &[every.clone()], &[every.clone()]), Ok(vec![B.into()]));
    assert_eq!(path(&any, &[every.clone()], &[every.clone()]), Ok(vec![ANY_POLICY.into()]));
    let inhibited = Inputs { inhibit_any_policy: true, ..explicit.clone() };
    assert_eq!(path(&inhibited, &[every.clone()], &[a.clone()]), Err(none.clone()));
    assert_eq!(path(&explicit, &[every.clone(), inhibit_any(0)], &[every.clone()]), Err(none.clone()));
    assert_eq!(path(&explicit, &[every.clone(), inhibit_any(1)], &[every]), Ok(vec![ANY_POLICY.into()]));

    // What the certificates demand themselves.
    assert_eq!(path(&any, &[a.clone(), policy_constraints(Some(0), None)], &[b.clone()]), Err(none.clone()));
    assert_eq!(path(&any, &[a.clone(), policy_constraints(Some(9), None)], &[b.clone()]), Ok(vec![]));
    assert_eq!(path(&any, &[a], &[b, policy_constraints(Some(0), None)]), Err(none));
}

#[test]
fn mappings_speak_of_the_anchors_policies() {
    let w = World::new();
    let any = Inputs::default();
    let path = |inputs: &Inputs, ca: &[Extension], leaf: &[Extension]| of(w.path(inputs, ca, leaf));
    let mapped = [policies(&[A]), mappings(&[(A, B)])];
    assert_eq!(path(&any, &mapped, &[policies(&[B])]), Ok(vec![A.into()]));
    assert_eq!(path(&any, &mapped, &[policies(&[A])]), Ok(vec![]), "A is B below");
    let inhibited = Inputs { inhibit_policy_mapping: true, ..Inputs::default() };
    assert_eq!(path(&inhibited, &mapped, &[policies(&[B])]), Ok(vec![]));
    // A mapped policy of an authority with anyPolicy.
    let from_any = [policies(&[ANY_POLICY]), mappings(&[(A, B)])];
    assert_eq!(path(&any, &from_any, &[policies(&[B])]), Ok(vec![A.into()]), "B is A's, no longer its own");
    for pair in [(A, ANY_POLICY), (ANY_POLICY, A)] {
        let ca = [policies(&[A]), mappings(&[pair])];
        assert_eq!(path(&any, &ca, &[policies(&[A])]), Err(PathFault::AnyPolicyMapped));
    }
    for unreadable in [oid::POLICY_MAPPINGS, oid::POLICY_CONSTRAINTS, oid::INHIBIT_ANY_POLICY] {
        let expected = PathFault::UnknownCriticalExtension(unreadable.to_owned());
        assert_eq!(path(&any, &[Extension::new(unreadable, write::null())], &[]), Err(expected));
    }
}

#[test]
fn qualifiers_go_with_their_policy() {
    let w = World::new();
    let notice = |text: &str| {
        let value = write::sequence(&[write::utf8(text)]);
        write::sequence(&[write::oid(oid::USER_NOTICE), value])
    };
    let qualified = |policy: &str, qualifier: &[u8]| {
        let information = write::sequence(&[write::oid(policy), write::sequence(&[qualifier])]);
        Extension::new(oid::CERTIFICATE_POLICIES, write::sequence(&[information]))
    };
    let found =
        w.path(&Inputs::default(), &[qualified(A, &notice("above"))], &[qualified(A, &notice("below"))]);
    let texts = ["above", "below"].map(|text| PolicyQualifier::Notice(text.into()));
    let found = found.expect("a path").policies;
    assert_eq!(found.first().map(|valid| valid.qualifiers.as_slice()), Some(texts.as_slice()));
    // A qualifier that nobody here understands matters where the extension is critical (4.2.1.4).
    let unknown = qualified(A, &write::sequence(&[write::oid(B), write::null()]));
    assert_eq!(of(w.path(&Inputs::default(), &[policies(&[A])], &[unknown.clone()])), Ok(vec![A.into()]));
    let expected = PathFault::UnknownCriticalExtension(oid::CERTIFICATE_POLICIES.to_owned());
    assert_eq!(of(w.path(&Inputs::default(), &[], &[unknown.critical()])), Err(expected));
}

#[test]
fn names_are_held_to_every_constraint_above_them() {
    let w = World::new();
    let any = Inputs::default();
    let path = |inputs: &Inputs, ca: &[Extension], leaf: &[Extension]| of(w.path(inputs, ca, leaf)).err();
    let refused = |name: &str| Some(PathFault::NameNotPermitted(name.to_owned()));
    let ca = [name_constraints(&[dns("a.kz")], &[dns("x.a.kz")])];
    let with = |name: &str| [alternative_names(&[dns(name)])];
    assert_eq!(path(&any, &ca, &with("b.a.kz")), None);
    assert_eq!(path(&any, &ca, &with("b.kz")), refused("dns:b.kz"));
    assert_eq!(path(&any, &ca, &with("y.x.a.kz")), refused("dns:y.x.a.kz"));
    assert_eq!(path(&any, &ca, &[]), None, "a name of another kind");
    let directory = |country| write::context(4, &[issue::name(&[(oid::COUNTRY, country)])]);
    let leaf = "dn:C=KZ,CN=Leaf";
    assert_eq!(path(&any, &[name_constraints(&[directory("KZ")], &[])], &[]), refused(leaf), "order counts");
    let other = write::context(0, &[write::oid(A), write::context(0, &[write::null()])]);
    let others = [name_constraints(&[], &[other.clone()])];
    let incomparable = PathFault::NameIncomparable("[0]".into());
    assert_eq!(path(&any, &others, &[alternative_names(&[other.clone()])]), Some(incomparable));
    assert_eq!(path(&any, &ca, &[alternative_names(&[other])]), None);

    // Names that cannot be read are no way around.
    let unreadable = Extension::new(oid::SUBJECT_ALT_NAME, write::sequence(&[dns("ә.kz")]));
    let incomparable = PathFault::NameIncomparable("?".into());
    assert_eq!(path(&any, &ca, std::slice::from_ref(&unreadable)), Some(incomparable));
    assert_eq!(path(&any, &[], &[unreadable]), None, "as lenient as ever without constraints");
    // Nor is the subject's address.
    let mail = Subject::with_name(&[(oid::EMAIL, "a@b.kz")]);
    let root = w.root.sign(&w.root.profile(authority(None)));
    let limited = name_constraints(&[write::context_primitive(1, b"a.kz")], &[]);
    let limited = w.root.sign(&w.ca.profile([authority(None), vec![limited]].concat()));
    let leaf = w.ca.sign(&mail.profile(end_entity()));
    let found = find(&leaf, &TrustAnchors::new(vec![root]), &[limited], &any);
    assert_eq!(of(found), Err(PathFault::NameNotPermitted("email:a@b.kz".into())));

    // The caller's subtrees.
    let mut inputs = Inputs::default();
    inputs.subtrees.excluded.push("dns:kz".parse().expect("a base"));
    assert_eq!(path(&inputs, &[], &with("a.kz")), refused("dns:a.kz"));
    assert_eq!(path(&inputs, &[], &with("a.com")), None);
    let inside: GeneralName = "dn:CN=ca".parse().expect("a base");
    inputs.subtrees.permitted.push(inside);
    assert_eq!(path(&inputs, &[], &[]), refused("dn:C=KZ,CN=Leaf"));
}

#[test]
fn self_issued_certificates_are_passed_over() {
    let w = World::new();
    let root = w.root.sign(&w.root.profile(authority(None)));
    let old = Subject::new("CA");
    let limits = vec![name_constraints(&[], &[dns("kz")]), policies(&[ANY_POLICY]), inhibit_any(0)];
    let ca = w.root.sign(&old.profile([authority(Some(0)), limits].concat()));
    // The new key of the same authority, certified with the old one.
    let new = [authority(Some(0)), vec![alternative_names(&[dns("a.kz")]), policies(&[ANY_POLICY])]].concat();
    let new = old.sign(&w.ca.profile(new));
    let leaf = w.ca.sign(&w.leaf.profile([end_entity(), vec![policies(&[A])]].concat()));
    let anchors = TrustAnchors::new(vec![root]);
    let found = find(&leaf, &anchors, &[Arc::clone(&new), Arc::clone(&ca)], &Inputs::default());
    assert_eq!(of(found), Ok(vec![A.into()]));
    // It is not passed over where it is the last one.
    let found = find(&new, &anchors, &[ca], &Inputs::default());
    assert_eq!(of(found), Err(PathFault::NameNotPermitted("dns:a.kz".into())));
}

#[test]
fn another_candidate_is_tried_when_a_whole_path_fails() {
    let w = World::new();
    let root = w.root.sign(&w.root.profile(authority(None)));
    let other = Subject::new("Other");
    let other_root = other.sign(&other.profile(authority(None)));
    let explicit = Inputs { require_explicit_policy: true, ..Inputs::default() };
    let leaf =
        w.leaf.profile([end_entity(), vec![policies(&[A]), alternative_names(&[dns("a.kz")])]].concat());
    let leaf = w.ca.sign(&leaf);
    let sound = w.root.sign(&w.ca.profile([authority(None), vec![policies(&[A])]].concat()));
    let anchors = TrustAnchors::new(vec![root, other_root]);
    for bad in [policies(&[B]), name_constraints(&[], &[dns("kz")]), Extension::key_usage(&[6])] {
        let bad = other.sign(&w.ca.profile(vec![Extension::authority(None), bad]));
        for pool in [[Arc::clone(&sound), Arc::clone(&bad)], [Arc::clone(&bad), Arc::clone(&sound)]] {
            let path = find(&leaf, &anchors, &pool, &explicit).expect("a path");
            assert!(path.certificates.contains(&sound));
        }
        assert!(find(&leaf, &anchors, &[bad], &explicit).is_err());
    }
    // Of several that hold, the one preferred; one that is not, rather than none.
    let alike = other.sign(&w.ca.profile([authority(None), vec![policies(&[A])]].concat()));
    let pool = [Arc::clone(&sound), Arc::clone(&alike)];
    for wanted in [&sound, &alike] {
        let prefers = |path: &Path| path.certificates.contains(wanted);
        let task = Task {
            anchors: &anchors,
            pool: &pool,
            through: &[],
            inputs: &explicit,
            purpose: None,
            prefers: &prefers,
            at: at(),
        };
        assert!(task.build(&leaf).expect("a path").certificates.contains(wanted));
        assert!(Task { prefers: &|_| false, ..task }.build(&leaf).is_ok());
    }
}

#[test]
fn an_anchor_is_held_to_its_limits_and_not_to_its_policies() {
    let w = World::new();
    let leaf = |extensions: &[Extension]| w.root.sign(&w.leaf.profile([&end_entity(), extensions].concat()));
    let below = |root: Vec<Extension>, leaf: &Arc<Certificate>| {
        let root = w.root.sign(&w.root.profile(root));
        of(find(leaf, &TrustAnchors::new(vec![root]), &[], &Inputs::default()))
    };
    let limits = vec![policies(&[B]), policy_constraints(Some(0), None), inhibit_any(0)];
    let plain = leaf(&[policies(&[A])]);
    assert_eq!(below([authority(None), limits].concat(), &plain), Ok(vec![A.into()]));
    let limited = [authority(None), vec![name_constraints(&[], &[dns("kz")])]].concat();
    let named = leaf(&[alternative_names(&[dns("a.kz")])]);
    assert_eq!(below(limited, &named), Err(PathFault::NameNotPermitted("dns:a.kz".into())));
    // Without basicConstraints, a root may have a key for certificates, and a signer's is none.
    assert_eq!(below(vec![Extension::key_usage(&[5, 6])], &plain), Ok(vec![A.into()]));
    assert_eq!(below(vec![Extension::key_usage(&[0])], &plain), Err(PathFault::IssuerKeyUsage));
    assert_eq!(below(vec![policies(&[A])], &plain), Err(PathFault::NotCa));
    let ca = w.root.sign(&w.ca());
    let leaf = w.ca.sign(&w.leaf());
    let short = w.root.sign(&w.root.profile(authority(Some(0))));
    let found = find(&leaf, &TrustAnchors::new(vec![short]), &[ca], &Inputs::default());
    assert_eq!(of(found), Err(PathFault::PathLengthExceeded));
}

/// What whoever trusts an anchor limits: another anchor is taken where one does not stand.
#[test]
fn an_anchor_is_held_to_what_it_is_trusted_for() {
    let w = World::new();
    let other = Subject::new("Other");
    let [root, other_root] = [&w.root, &other].map(|own| own.sign(&own.profile(authority(None))));
    let ca = w.root.sign(&w.ca.profile([authority(None), vec![policies(&[A])]].concat()));
    let crossed = other.sign(&w.ca.profile([authority(None), vec![policies(&[A])]].concat()));
    let names = vec![policies(&[A]), alternative_names(&[dns("a.kz")])];
    let leaf = w.ca.sign(&w.leaf.profile([end_entity(), names].concat()));
    let pool = [ca, crossed];
    let ask = |anchors: &TrustAnchors, purpose| {
        let inputs = Inputs::default();
        let at = at();
        Task { anchors, pool: &pool, through: &[], inputs: &inputs, purpose, prefers: &|_| true, at }
            .build(&leaf)
            .map_err(|error| error.fault)
    };
    let (second, hour) = (SignedDuration::from_secs(1), SignedDuration::from_hours(1));
    let names = |permitted: &[&str], excluded: &[&str]| {
        let read = |texts: &[&str]| texts.iter().map(|text| text.parse().expect("a subtree")).collect();
        let names = NameConstraints { permitted: read(permitted), excluded: read(excluded) };
        (AnchorDates::default(), AnchorConstraints { names, ..AnchorConstraints::default() })
    };
    let dates = |not_before, not_after| (AnchorDates { not_before, not_after }, AnchorConstraints::default());
    let of_policies = |list: &[&str]| {
        let policies = list.iter().map(|policy| (*policy).to_owned()).collect();
        (AnchorDates::default(), AnchorConstraints { policies, ..AnchorConstraints::default() })
    };
    let for_signing = || {
        let purposes = vec![Purpose::Signing];
        (AnchorDates::default(), AnchorConstraints { purposes, ..AnchorConstraints::default() })
    };
    let name = || PathFault::AnchorName("dns:a.kz".into());
    for ((dates, constraints), purpose, expected) in [
        (dates(Some(at()), Some(at())), None, None),
        (dates(Some(at() + second), None), None, Some(PathFault::AnchorNotYet(at() + second))),
        (dates(None, Some(at() - second)), None, Some(PathFault::AnchorNoLonger(at() - second))),
        (names(&["dns:kz"], &[]), None, None),
        (names(&["ip:10.0.0.0/8"], &["dns:b.kz"]), None, None),
        (names(&["dns:b.kz"], &[]), None, Some(name())),
        (names(&[], &["dns:kz"]), None, Some(name())),
        (of_policies(&[A]), None, None),
        (of_policies(&[B, ANY_POLICY]), None, None),
        (of_policies(&[B]), None, Some(PathFault::AnchorPolicy)),
        (for_signing(), None, None),
        (for_signing(), Some(Purpose::Signing), None),
        (for_signing(), Some(Purpose::Ocsp), Some(PathFault::AnchorPurpose(Purpose::Ocsp))),
    ] {
        let limited = TrustAnchor { certificate: Arc::clone(&root), dates, constraints };
        let found = ask(&TrustAnchors::new([limited.clone()]), purpose);
        assert_eq!(found.as_ref().err(), expected.as_ref(), "{limited:?}");
        let both = TrustAnchors::new([limited, TrustAnchor::from(Arc::clone(&other_root))]);
        let found = ask(&both, purpose).expect("another anchor");
        assert_eq!(found.certificates.contains(&other_root), expected.is_some());
    }
    // A path holds no longer than its anchor.
    let (dates, constraints) = dates(Some(at() - hour), Some(at() + hour));
    let limited = TrustAnchor { certificate: Arc::clone(&root), dates, constraints };
    let path = ask(&TrustAnchors::new([limited.clone()]), None).expect("a path");
    assert_eq!((path.not_before, path.not_after), (at() - hour, at() + hour));
    // Who signs lists below it is held to its dates, and to no policy or purpose.
    let strict = AnchorConstraints { purposes: vec![Purpose::Ocsp], ..of_policies(&[B]).1 };
    let only = TrustAnchors::new([TrustAnchor { constraints: strict, ..limited }]).only(&root);
    assert!(ask(&only, Some(Purpose::Signing)).is_ok_and(|path| path.not_after == at() + hour));
    assert!(TrustAnchors::default().only(&root).contains(&root));
}

#[test]
fn algorithms_mix() {
    let keys = [
        PrivateKey::generate_gost(ParameterSet::Gost2015With256),
        PrivateKey::generate_rsa(2048),
        PrivateKey::generate_ed25519(),
        PrivateKey::generate_ec(Curve::P384),
    ];
    let chain: Vec<Subject> = keys
        .into_iter()
        .enumerate()
        .map(|(at, key)| Subject { key: key.expect("key"), ..Subject::new(&format!("S{at}")) })
        .collect();
    let sign = |issuer: &Subject, profile: &Profile| {
        let digest =
            if issuer.name == chain[0].name { DigestAlgorithm::Streebog256 } else { DigestAlgorithm::Sha256 };
        let der = issue::certificate(profile, Issuer { digest, ..issuer.issuer() }).expect("issued");
        Arc::new(Certificate::from_der(&der).expect("parsed"))
    };
    let root = sign(&chain[0], &chain[0].profile(authority(None)));
    let below: Vec<_> =
        chain.windows(2).map(|pair| sign(&pair[0], &pair[1].profile(authority(None)))).collect();
    let path = build(&below[2], &TrustAnchors::new(vec![root]), &below, at()).expect("a path");
    assert_eq!(path.certificates.len(), 4);
}

/// What a forger chooses must not choose the time.
fn soon<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    result
}

#[test]
fn policies_without_number_are_a_limit() {
    let w = World::new();
    let many: Vec<String> = (0..3000).map(|n| format!("1.2.398.99.3.{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let limit = Err(PathFault::LimitExceeded("policies"));
    let path = soon(|| w.path(&Inputs::default(), &[policies(&[ANY_POLICY])], &[policies(&many)]));
    assert_eq!(of(path), limit, "in one certificate");
    // Each policy of a level is mapped to each of the next: the tree of RFC 5280 would have 20^10 nodes.
    let wide = &many[..20];
    let pairs: Vec<_> = wide.iter().flat_map(|from| wide.iter().map(move |to| (*from, *to))).collect();
    let extensions = [authority(None), vec![policies(wide), mappings(&pairs)]].concat();
    let chain: Vec<Subject> = (0..11).map(|n| Subject::new(&format!("S{n}"))).collect();
    let pool: Vec<_> =
        chain.windows(2).map(|pair| pair[0].sign(&pair[1].profile(extensions.clone()))).collect();
    let root = chain[0].sign(&chain[0].profile(authority(None)));
    let leaf = chain[10].sign(&w.leaf.profile([end_entity(), vec![policies(wide)]].concat()));
    let anchors = TrustAnchors::new(vec![root]);
    assert_eq!(of(soon(|| find(&leaf, &anchors, &pool, &Inputs::default()))), limit);
    // Just below the limit it is read off whole.
    let few = &many[..450];
    let found = of(soon(|| w.path(&Inputs::default(), &[policies(few)], &[policies(&few[..40])])));
    assert_eq!(found.map(|valid| valid.len()), Ok(40));
}

#[test]
fn names_times_constraints_are_a_limit() {
    let w = World::new();
    let list = |count: usize, top: &str| (0..count).map(|n| dns(&format!("d{n}.{top}"))).collect::<Vec<_>>();
    let path = |names: usize, bases: usize| {
        let ca = [name_constraints(&[], &list(bases, "com"))];
        of(soon(|| w.path(&Inputs::default(), &ca, &[alternative_names(&list(names, "kz"))])))
    };
    assert_eq!(path(1024, 1024), Ok(vec![]));
    assert_eq!(path(1025, 1024), Err(PathFault::LimitExceeded("name_comparisons")));
    assert_eq!(path(20_000, 20_000), Err(PathFault::LimitExceeded("name_comparisons")));
    // Long ones count by their length.
    let long = |end: &str| -> Vec<Vec<u8>> {
        let name = |n| {
            let mut parts = vec![(oid::ORGANIZATIONAL_UNIT, "some unit of an organization"); 200];
            let last = format!("{end}{n}");
            parts.push((oid::COMMON_NAME, &last));
            write::context(4, &[issue::name(&parts)])
        };
        (0..500).map(name).collect()
    };
    let ca = [name_constraints(&[], &long("base"))];
    let leaf = [alternative_names(&long("name"))];
    let found = of(soon(|| w.path(&Inputs::default(), &ca, &leaf)));
    assert_eq!(found, Err(PathFault::LimitExceeded("name_comparisons")));
}

#[test]
fn chains_without_number_are_a_limit() {
    let w = World::new();
    // Four authorities one below the other, each with four certificates: 256 chains, none of which holds.
    let many: Vec<String> = (0..100).map(|n| format!("1.2.398.99.3.{n}")).collect();
    let policies = policies(&many.iter().map(String::as_str).collect::<Vec<_>>());
    let line: Vec<Subject> = (0..5).map(|n| Subject::new(&format!("S{n}"))).collect();
    let mut pool = Vec::new();
    for pair in line.windows(2) {
        for variant in 0..4 {
            let extensions = [authority(Some(9 - variant)), vec![policies.clone()]].concat();
            pool.push(pair[0].sign(&pair[1].profile(extensions)));
        }
    }
    let root = line[0].sign(&line[0].profile(authority(None)));
    let leaf = line[4].sign(&w.leaf());
    let anchors = TrustAnchors::new(vec![root]);
    let explicit = Inputs { require_explicit_policy: true, ..Inputs::default() };
    assert_eq!(of(soon(|| find(&leaf, &anchors, &pool, &explicit))), Err(PathFault::BudgetExceeded));
    assert!(find(&leaf, &anchors, &pool, &Inputs::default()).is_ok());
}

#[test]
fn authorities_that_all_certify_each_other_end() {
    let w = World::new();
    let ring: Vec<Subject> = (0..9).map(|n| Subject::new(&format!("S{n}"))).collect();
    let mut pool = Vec::new();
    for (from, issuer) in ring.iter().enumerate() {
        for (to, subject) in ring.iter().enumerate() {
            if from != to {
                pool.push(issuer.sign(&subject.profile(authority(None))));
            }
        }
    }
    let leaf = ring[8].sign(&w.leaf());
    let lost = soon(|| find(&leaf, &TrustAnchors::default(), &pool, &Inputs::default()));
    assert_eq!(of(lost), Err(PathFault::BudgetExceeded));
    // One of them is trusted.
    let root = ring[0].sign(&ring[0].profile(authority(None)));
    let found = soon(|| find(&leaf, &TrustAnchors::new(vec![root]), &pool, &Inputs::default()));
    assert!(found.is_ok());
}

#[test]
fn damaged_extensions_are_read_or_refused() {
    let w = World::new();
    let root = w.root.sign(&w.root.profile(authority(None)));
    let anchors = TrustAnchors::new(vec![root]);
    let directory = write::context(4, &[issue::name(&[(oid::COMMON_NAME, "Leaf")])]);
    let ip = write::context_primitive(7, &[10, 0, 0, 0, 255, 0, 0, 0]);
    let extensions = [
        name_constraints(&[dns("kz"), directory.clone(), ip], &[write::context_primitive(1, b"a@b.kz")]),
        policies(&[A, ANY_POLICY]),
        mappings(&[(A, B)]),
        policy_constraints(Some(1), Some(0)),
        inhibit_any(1),
    ];
    let named = [alternative_names(&[dns("a.kz"), directory, write::context_primitive(6, b"http://a.kz/")])];
    let leaf = w.ca.sign(&w.leaf.profile([end_entity(), named.to_vec(), vec![policies(&[B])]].concat()));
    let whole = w.root.sign(&w.ca.profile([&authority(None), extensions.as_slice()].concat()));
    assert_eq!(of(find(&leaf, &anchors, &[whole], &Inputs::default())), Ok(vec![A.into()]));
    soon(|| {
        for at_extension in 0..extensions.len() {
            let length = extensions[at_extension].value.len();
            for at_octet in 0..length {
                for damage in [0x01, 0x80, 0xff] {
                    let mut damaged = extensions.clone();
                    damaged[at_extension].value[at_octet] ^= damage;
                    let ca = w.root.sign(&w.ca.profile([&authority(None), damaged.as_slice()].concat()));
                    let _ = find(&leaf, &anchors, &[ca], &Inputs::default());
                }
            }
            // One that ends too early limits nothing that could be known, so the path is refused.
            for end in 0..length {
                let mut short = extensions.clone();
                short[at_extension].value.truncate(end);
                let ca = w.root.sign(&w.ca.profile([&authority(None), short.as_slice()].concat()));
                assert!(find(&leaf, &anchors, &[ca], &Inputs::default()).is_err(), "{at_extension} {end}");
            }
        }
    });
}
