//! A list of national size among the settings is kept with its index in the data folder, and counts the same after a
//! restart.

use jiff::{SignedDuration, Timestamp};
use qoltanba::crypto::DigestAlgorithm;
use qoltanba::pkix::issue::{self, Issuer, Revocation};

use super::setting::{FILE, Service, Setting, form, post};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_list_is_kept_with_its_index_and_condemns_after_a_restart_too() {
    let setting = Setting::new();
    let now = Timestamp::now();
    let (revoked, serial) = setting.application_by(0, FILE, &[]);
    let line = |serial: Vec<u8>| Revocation {
        serial,
        at: now - SignedDuration::from_mins(5),
        reason: None,
        more: Vec::new(),
    };
    let others = (0..60_000_u32).map(|at| line([&[0x40, 0xff][..], &at.to_be_bytes()].concat()));
    let lines: Vec<_> = others.chain([line(serial)]).collect();
    let (name, key) = &setting.authority;
    let issuer = Issuer { name, key, digest: DigestAlgorithm::Sha256 };
    let (this, next) = (now - SignedDuration::from_mins(1), now + SignedDuration::from_hours(1));
    let list = issue::crl(issuer, this, Some(next), 1, &lines, &[]).expect("a list");
    assert!(list.len() > 1 << 20, "large enough to be kept");
    let file = setting.folder.path().join("load.crl");
    std::fs::write(&file, list).expect("written");
    // Only a file that has been there for a while is known again without reading it.
    tokio::time::sleep(std::time::Duration::from_millis(2200)).await;
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    std::fs::write(&setting.config, format!("crls = [\"{}\"]\n{text}", file.display())).expect("written");
    for start in 0..2 {
        let service = Service::start(&setting.config);
        let (status, answer) =
            post(&service.base, form(revoked.clone(), "income.pdf", FILE)).await.expect("an answer");
        assert_eq!(status, 422, "{answer}");
        assert!(answer.to_string().contains("CERTIFICATE_REVOKED"), "{answer}");
        let good = setting.application(1 + start, FILE);
        let (status, answer) = post(&service.base, form(good, "income.pdf", FILE)).await.expect("an answer");
        assert_eq!(status, 201, "{answer}");
        service.stop();
        let kept = std::fs::read_dir(setting.folder.path().join("data/lists")).expect("a folder");
        let mut kinds: Vec<_> = kept
            .filter_map(|entry| Some(entry.ok()?.path().extension()?.to_string_lossy().into_owned()))
            .collect();
        kinds.sort();
        assert_eq!(kinds.iter().filter(|kind| *kind == "crl" || *kind == "index").count(), 2, "{kinds:?}");
    }
}
