//! Several certificates of the key that made a signature: which of them is the signer's.
//!
//! A key may have a certificate from before its renewal, one of the holder as a person and one as an
//! official, or one that the holder made. The value verifies with all of them. XAdES names the one that
//! is meant; where nothing does, KeyInfo is all there is, which anybody may change unless it is signed.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use super::coverage::Described;
use super::key_info::{KeyInfo, Sources};
use super::places::Kind;
use super::transform::unread;
use super::xades::{self, NamedCertificate};
use super::{CheckedWith, Problem};
use crate::pkix::Certificate;
use crate::xml::cover::{Cover, Spans};
use crate::xml::{DSIG, Element, WSSE, tree};

/// Says which certificates may be the signer's where no signed property does, and there are several of the key that
/// verifies, in KeyInfo (`own`) or in what is signed. If none is signed, the judgement chooses among those in KeyInfo. If
/// one element that a reference names or chooses holds them all signed, it chooses among those in the order in which they
/// stand there. Otherwise nobody can tell: KeyInfo may be moved away and another put in its place, and what is signed may
/// be content. Nor can anybody where properties that no reference leads to name another, or where signed properties to
/// which none leads by its Type name one and what holds certificates signed holds only others.
pub(super) fn choose(
    own: &[Arc<Certificate>],
    signature: (&Element, Option<tree::Node<'_>>),
    described: &mut Described,
    sources: &mut Sources<'_>,
) -> Result<(), Problem> {
    let properties = described.facts.properties.as_ref();
    let named = properties.map_or(&[][..], |properties| &properties.signing_certificates);
    let verified = described.facts.checked_with == CheckedWith::Certificate;
    let Some(signer) = described.facts.signing_certificate.clone().filter(|_| verified) else {
        return Ok(());
    };
    let is_of_key = |other: &Arc<Certificate>| other.spki() == signer.spki();
    if !named.is_empty() {
        if contradicts(named, &signer, described, || signed(signature, described, is_of_key, sources))? {
            described.facts.problems.push(Problem::SigningCertificateAmbiguous);
        }
        return Ok(());
    }
    // They may have been digested all the same, by an XPath, and KeyInfo not.
    let unsigned = properties.map_or(&[][..], |properties| &properties.unsigned_certificates);
    let is_unsaid = |certificate: &Arc<Certificate>| {
        unsigned.iter().any(|named| xades::named_as(named, certificate).is_empty())
    };
    if is_unsaid(&signer) {
        described.facts.problems.push(Problem::SigningCertificateAmbiguous);
        return Ok(());
    }
    let signed = signed(signature, described, is_of_key, sources)?;
    if signed.is_empty() && own.len() < 2 {
        return Ok(());
    }
    let given: Vec<Arc<Certificate>> =
        own.iter().filter(|other| is_of_key(other) && !is_unsaid(other)).cloned().collect();
    let mut all: Vec<&Arc<Certificate>> = given.iter().chain(signed.iter().flatten()).collect();
    all.push(&signer);
    let is_all = |held: &&Vec<Arc<Certificate>>| all.iter().all(|other| held.contains(other));
    let chosen = signed.iter().find(is_all).and_then(|held| held.split_first());
    let chosen = chosen
        .filter(|(first, _)| !is_unsaid(first))
        .map(|(first, others)| (first, others.iter().filter(|other| !is_unsaid(other)).collect::<Vec<_>>()));
    let facts = &mut described.facts;
    if signed.is_empty() {
        // What is referred to may be signed by whatever name it has.
        if !facts.certificates_elsewhere.contains(&signer.sha256()) {
            facts.same_key = given.iter().map(|other| other.sha256()).collect();
            facts.same_key.retain(|other| *other != signer.sha256());
        }
    } else if let Some((first, others)) = chosen {
        facts.signing_certificate = Some(Arc::clone(first));
        facts.same_key = others.iter().map(|other| other.sha256()).collect();
        for other in others {
            if !facts.certificates.contains(other) {
                facts.certificates.push(Arc::clone(other));
            }
        }
    } else {
        facts.problems.push(Problem::SigningCertificateAmbiguous);
    }
    Ok(())
}

/// Whether the signed properties name the certificate that verifies, no reference leads to them by its Type, and
/// some of what holds certificates of the key (`holders`) holds none that they name.
fn contradicts(
    named: &[NamedCertificate],
    signer: &Arc<Certificate>,
    described: &Described,
    holders: impl FnOnce() -> Result<Vec<Vec<Arc<Certificate>>>, Problem>,
) -> Result<bool, Problem> {
    let mut covered = described.covered.iter().filter(|covered| covered.content.place.1.is_none());
    if covered.any(|covered| covered.kind == Some(Kind::SignedProperties)) {
        return Ok(false);
    }
    // They may be another signature's, co-signed and moved in.
    let is_named = |certificate: &Arc<Certificate>| !xades::named_as(named, certificate).is_empty();
    Ok(is_named(signer) && !holders()?.iter().all(|held| held.iter().any(is_named)))
}

/// The certificates that are wanted of each element that a reference names or chooses and in which it signs any of
/// these, in the order of the references. That order is signed; that of the elements in the document may not be.
fn signed(
    (own, key_info): (&Element, Option<tree::Node<'_>>),
    described: &Described,
    is_wanted: impl Fn(&Arc<Certificate>) -> bool,
    sources: &mut Sources<'_>,
) -> Result<Vec<Vec<Arc<Certificate>>>, Problem> {
    let mut found = Vec::new();
    // There may be very many.
    let mut known = HashSet::new();
    let mut add = |held: Vec<Arc<Certificate>>| {
        let ids: Vec<_> = held.iter().map(|certificate| certificate.sha256()).collect();
        if !held.is_empty() && known.insert(ids) {
            found.push(held);
        }
    };
    for covered in &described.covered {
        // Of octets that are signed the markup is not, so that any may be around them.
        let shown = covered.der.as_ref().and_then(|der| sources.cache.parse(der).ok());
        if let Some(certificate) = shown {
            add(Some(certificate).filter(&is_wanted).into_iter().collect());
            continue;
        }
        // What is signed by another reference has another place.
        let mut covers: Option<[Rc<Cover>; 2]> = None;
        for meant in &covered.meant {
            let at = meant.element.start;
            let (is_holder, chosen) = if meant.is_chosen() {
                let node = sources.context.tree(sources.document)?.at_offset(at);
                (node.is_some_and(|node| holds_certificates(node.namespace(), node.local())), node)
            } else {
                let (namespace, local) = sources.document.name(&meant.element).map_err(unread)?;
                (holds_certificates(&namespace, &local), None)
            };
            if !is_holder {
                continue;
            }
            let [inside, anywhere] = covers.get_or_insert_with(|| {
                // A span around the signature leaves it out.
                let inside =
                    covered.spans.iter().filter(|span| own.start < span.start && span.end <= own.end);
                let of = |spans: Spans| Rc::new(Cover::new(spans, covered.own.iter().copied()));
                [of(inside.cloned().collect()), of(covered.spans.clone())]
            });
            let cover = if own.contains(&meant.element) { inside } else { anywhere };
            let cover = Some(Rc::clone(cover)).filter(|_| !covered.is_decoded);
            let of_own = || key_info.filter(|own| own.span().contains(&at))?.tree().at_offset(at);
            let mut held = KeyInfo::signed(&meant.element, chosen.or_else(of_own), cover, sources)?;
            held.retain(&is_wanted);
            add(held);
        }
    }
    Ok(found)
}

/// Whether an element of this name is a KeyInfo or a part of one that holds certificates.
fn holds_certificates(namespace: &str, local: &str) -> bool {
    match namespace {
        DSIG => matches!(local, "KeyInfo" | "X509Data" | "X509Certificate"),
        WSSE => matches!(local, "BinarySecurityToken" | "SecurityTokenReference" | "KeyIdentifier"),
        _ => false,
    }
}
