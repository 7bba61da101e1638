//! Every path of PKITS is also given to pyHanko's validator: another hand's reading of RFC 5280, with revocation
//! lists and policies. It agrees in all of them.

use serde_json::json;

use super::case;
use crate::common::{Stranger, shared};

#[test]
fn pyhanko_says_the_same_of_pkits() {
    let Some(shared) = shared() else { return };
    let Some(stranger) = Stranger::install("paths/stranger") else { return };
    let cases: Vec<_> =
        case::all(&shared.join("corpora")).into_iter().filter(|case| case.suite == "pkits").collect();
    let question = |case: &case::Case| {
        json!({
            "certificate": case.certificate,
            "trust": case.trust,
            "untrusted": case.untrusted,
            "crls": case.crls,
            "at": case.at.as_second(),
            "policies": case.inputs.policies,
            "require_explicit_policy": case.inputs.require_explicit_policy,
            "inhibit_policy_mapping": case.inputs.inhibit_policy_mapping,
            "inhibit_any_policy": case.inputs.inhibit_any_policy,
        })
    };
    let answers = stranger.ask(&cases.iter().map(question).collect::<Vec<_>>());
    let mut faults = Vec::new();
    for (case, answer) in cases.iter().zip(&answers) {
        let own = case::judge(case);
        if answer[0] != own.passed {
            faults.push(format!("{}: {answer}, here {} {}", case.id, own.passed, own.brief));
        }
    }
    super::say(&format!(
        "paths of PKITS beside pyHanko: {} of {} agree",
        cases.len() - faults.len(),
        cases.len()
    ));
    assert!(cases.len() > 100 && faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
