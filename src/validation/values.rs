//! What must be kept with a signature so that it can be judged long after (EN 319 102-1 5.6, levels LT and
//! LTA): the certificates of its path and of the paths of its timestamps, and what cleared them.

use std::sync::Arc;

use jiff::Timestamp;

use super::data::{Place, ValidationData};
use super::revocation::Used;
use super::{Evidence, Policy, chain, checks, past, time};
use crate::pkix::path::Purpose;
use crate::pkix::{Certificate, Path};
use crate::signature::SignatureFacts;
use crate::signature::extend::Values;

/// The validation data by which a signature and its timestamps are judged now. What is not known stays
/// out: whether the signature passes with these values alone is for a judgement to say.
pub fn validation_values(
    signature: &SignatureFacts,
    evidence: &Evidence,
    policy: &Policy,
    now: Timestamp,
) -> Values {
    let times = time::judge(signature, evidence, policy, now);
    let mut values = Values::default();
    let signed_at = times.best_signature_time;
    let signers: Vec<_> = checks::signers(signature).collect();
    let stamps = signature.properties.iter().flat_map(|properties| &properties.timestamps);
    let authorities: Vec<_> = stamps
        .filter_map(|stamp| stamp.token.as_ref()?.verify(&times.carried.certificates).ok())
        .map(|stamp| Arc::clone(stamp.signer()))
        .collect();
    let authorities = authorities.iter().map(|authority| (vec![authority], Purpose::Timestamping, now));
    for (certificates, purpose, used_at) in
        std::iter::once((signers, Purpose::Signing, signed_at)).chain(authorities)
    {
        let carried = &times.carried;
        let data = ValidationData { evidence, carried, policy, purpose: Some(purpose), now };
        let found = certificates.into_iter().find_map(|certificate| {
            let found = chain::choose(certificate, &[], data, now).ok();
            found.or_else(|| past::choose(certificate, &[], data, used_at).ok())
        });
        if let Some(chosen) = found {
            take(&chosen.found.path, data, &mut values);
        }
    }
    values
}

/// Takes the certificates of a path and what tells of their revocation.
fn take(path: &Path, data: ValidationData<'_>, values: &mut Values) {
    let add = |values: &mut Values, certificate: &Arc<Certificate>| {
        if !values.certificates.contains(certificate) {
            values.certificates.push(Arc::clone(certificate));
        }
    };
    for certificate in &path.certificates {
        add(values, certificate);
    }
    for Used { places, signers } in super::revocation::used(path, data) {
        for signer in &signers {
            add(values, signer);
        }
        for place in places {
            match place {
                (true, Place::Given(at)) => {
                    let list = data
                        .evidence
                        .crls
                        .get(at)
                        .filter(|list| !values.lists.iter().any(|known| known.der() == list.der()));
                    values.lists.extend(list.cloned());
                }
                (false, Place::Given(at)) => {
                    let answer =
                        data.evidence.ocsp.get(at).filter(|answer| {
                            !values.responses.iter().any(|known| known.der() == answer.der())
                        });
                    values.responses.extend(answer.cloned());
                }
                // What the document carries need not be put in again.
                (_, Place::Carried(_)) => {}
            }
        }
    }
}
