//! The cases that do not come out as their suite, or OpenSSL, has it, each with the reason. A case that
//! comes out right must not stand here.

/// A suite, the reason, and the cases that have it.
pub(super) type Table = &'static [(&'static str, &'static str, &'static [&'static str])];

/// The reason for which a case is listed.
pub(super) fn reason(table: Table, suite: &str, id: &str) -> Option<&'static str> {
    let found = table.iter().find(|(of, _, cases)| *of == suite && cases.contains(&id));
    found.map(|(_, reason, _)| *reason)
}

/// Every suite and case of a table.
pub(super) fn listed(table: Table) -> impl Iterator<Item = (&'static str, &'static str)> {
    table.iter().flat_map(|(suite, _, cases)| cases.iter().map(move |id| (*suite, *id)))
}

/// Where a suite says something else.
pub(super) const EXCEPTIONS: Table = &[
    (
        "bettertls",
        PEER,
        &[
            "nameconstraints-6619",
            "nameconstraints-3483",
            "nameconstraints-7313",
            "nameconstraints-3860",
            "nameconstraints-6748",
            "nameconstraints-25",
            "nameconstraints-2972",
            "nameconstraints-5139",
            "nameconstraints-4887",
            "nameconstraints-7063",
            "nameconstraints-3031",
            "nameconstraints-2948",
            "nameconstraints-248",
            "nameconstraints-2860",
            "nameconstraints-3690",
            "nameconstraints-6268",
            "nameconstraints-3729",
            "nameconstraints-2944",
            "nameconstraints-6559",
            "nameconstraints-5884",
            "nameconstraints-7065",
            "nameconstraints-1587",
            "nameconstraints-2434",
            "nameconstraints-8431",
        ],
    ),
    ("bettertls", PURPOSE, &["pathbuilding-5", "pathbuilding-71", "pathbuilding-77"]),
    (
        "bssl-chains",
        PURPOSE,
        &[
            "intermediate-eku-c2pamanifest__serverauth",
            "intermediate-eku-clientauth__serverauth-strict-leaf",
            "intermediate-eku-clientauth__serverauth-strict",
            "intermediate-eku-server-gated-crypto__sha1-eku-clientAuth-strict",
            "intermediate-eku-server-gated-crypto__sha1-eku-serverAuth",
            "intermediate-eku-server-gated-crypto__sha256-eku-clientAuth-strict",
            "target-eku-any__clientauth-strict-leaf",
            "target-eku-any__serverauth-strict",
            "target-eku-clientauth__serverauth-strict",
            "target-eku-clientauth__serverauth",
        ],
    ),
    (
        "openssl-verify",
        PURPOSE,
        &[
            "043-ee-cert",
            "055-ee-client",
            "075-ee-codesign-keycertsign",
            "076-ee-codesign-noncritical",
            "077-ee-cert",
            "079-ee-timestampsign-CABforum",
        ],
    ),
    ("x509-limbo", DEPTH, &["pathlen::max-chain-depth-0-exhausted", "pathlen::max-chain-depth-1-exhausted"]),
    (
        "x509-limbo",
        PEER,
        &[
            "webpki::san::mismatch-domain-san",
            "webpki::san::mismatch-subdomain-san",
            "webpki::san::mismatch-subdomain-apex-san",
            "webpki::san::mismatch-apex-subdomain-san",
            "webpki::san::public-suffix-wildcard-san",
            "webpki::san::wildcard-not-in-leftmost-san",
            "webpki::san::wildcard-match-across-labels-san",
            "webpki::san::wildcard-embedded-ulabel-san",
            "webpki::san::unicode-emoji-san",
            "webpki::san::san-wildcard-only",
            "webpki::san::san-wildcard-only-tld",
        ],
    ),
    (
        "x509-limbo",
        BROWSERS,
        &[
            "webpki::aki::root-with-aki-authoritycertissuer",
            "webpki::aki::root-with-aki-authoritycertserialnumber",
            "webpki::aki::root-with-aki-all-fields",
            "webpki::aki::root-with-aki-ski-mismatch",
            "webpki::ca-as-leaf",
        ],
    ),
];

/// Where OpenSSL says something else.
pub(super) const DIFFERENCES: Table = &[
    (
        "bettertls",
        COMMON_NAME,
        &[
            "nameconstraints-7420",
            "nameconstraints-7435",
            "nameconstraints-3860",
            "nameconstraints-2972",
            "nameconstraints-3031",
            "nameconstraints-3690",
            "nameconstraints-3729",
            "nameconstraints-5884",
            "nameconstraints-1587",
        ],
    ),
    (
        "bettertls",
        ONE_PATH,
        &[
            "pathbuilding-2",
            "pathbuilding-32",
            "pathbuilding-33",
            "pathbuilding-35",
            "pathbuilding-52",
            "pathbuilding-58",
            "pathbuilding-59",
            "pathbuilding-61",
            "pathbuilding-66",
            "pathbuilding-68",
            "pathbuilding-71",
            "pathbuilding-77",
        ],
    ),
    (
        "bssl-chains",
        PURPOSE,
        &[
            "intermediate-eku-server-gated-crypto__sha1-eku-clientAuth-strict",
            "intermediate-eku-server-gated-crypto__sha256-eku-clientAuth-strict",
            "target-eku-any__clientauth-strict-leaf",
        ],
    ),
    ("bssl-chains", SHORT_KEY, &["target-has-512bit-rsa-key__main"]),
    (
        "x509-limbo",
        ISSUER_OF_ROOT,
        &[
            "webpki::aki::root-with-aki-authoritycertissuer",
            "webpki::aki::root-with-aki-authoritycertserialnumber",
            "webpki::aki::root-with-aki-all-fields",
            "webpki::aki::root-with-aki-ski-mismatch",
        ],
    ),
];

const PEER: &str = "the certificate is fine and some other server's: the name of a peer is no part of a path, \
                    and nothing here connects to one";
const PURPOSE: &str = "purposes of keys are asked of the certificate itself, by a national or a plain usage; \
                       that an authority's extKeyUsage limits those below is browsers' practice, not RFC \
                       5280, and server authentication and code signing are no usages here";
const DEPTH: &str = "the depth of a path is bounded for all, the suite gives a bound of its own";
const BROWSERS: &str = "a rule of the CA/Browser Forum, not of RFC 5280";
const COMMON_NAME: &str = "OpenSSL holds a common name that looks like a host to constraints on DNS names, \
                           which RFC 5280 does not";
const ONE_PATH: &str =
    "OpenSSL follows one issuer for each certificate; here another is tried when a path fails";
const SHORT_KEY: &str =
    "OpenSSL was asked at a level without a minimum; here RSA keys have 1024 bits at least";
const ISSUER_OF_ROOT: &str = "authorityKeyIdentifier of a root names another certificate, and OpenSSL wants \
                              that; here it only orders candidates, and the search ends at the anchor";
