//! What the service does by itself with the register as a whole: publishing the lists, and what an operator sees of the
//! limits.

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use qoltanba::housing::clock::{LimitName, Warning};
use serde_json::Value;

use crate::mail::{file, limit};
use crate::papers::Office;
use crate::setting::{Service, Setting};

crate::also_over_postgresql!(lists_are_published_once_a_month, who_is_late_is_told);

async fn published(file: &Path) -> String {
    let until = Instant::now() + Duration::from_secs(60);
    while Instant::now() < until {
        if let Ok(text) = std::fs::read_to_string(file) {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{} does not appear", file.display());
}

/// Law 78: the lists are published every month; nothing tells whose line is which.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_published_once_a_month() {
    let setting = Setting::new();
    let folder = setting.folder.path().join("published");
    let clock = setting.folder.path().join("clock");
    std::fs::write(&clock, "0").expect("written");
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let jobs =
        format!("[jobs]\npoll_seconds = 1\nretry_seconds = 1\npublication_dir = \"{}\"\n", folder.display());
    std::fs::write(&setting.config, text + &jobs).expect("written");
    let office = Office::open_with(setting, &format!("clock_file = \"{}\"\n", clock.display()));
    let month = |at: Timestamp| {
        let date = qoltanba::calendar::local_date(at).expect("a date");
        folder.join(format!("open-data-{}.csv", date.strftime("%Y-%m")))
    };
    let now = Timestamp::now();
    // Without the folder it waits, and is seen.
    crate::mail::until(&office.setting, |jobs| {
        jobs.iter().any(|job| job["kind"] == "export" && !job["last_error"].is_null())
    });
    std::fs::create_dir(&folder).expect("made");
    assert_eq!(published(&month(now)).await, "filed_on,category,status,queue_position\r\n");

    let number = file(&office.setting, &office.service, 0, "applicant@example.kz").await;
    let _second = Service::start(&office.setting.config);
    let later = SignedDuration::from_hours(32 * 24);
    std::fs::write(&clock, later.as_secs().to_string()).expect("written");
    let text = published(&month(now + later)).await;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[1].ends_with(",vulnerable,registered,") && !text.contains(&number), "{text}");
    // What is published of a month stays, and nothing else is there.
    let mut names: Vec<_> =
        std::fs::read_dir(&folder).expect("a folder").map(|one| one.expect("one").path()).collect();
    names.sort();
    assert_eq!(names, [month(now), month(now + later)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_late_is_told() {
    let office = Office::open(Setting::new());
    let number = file(&office.setting, &office.service, 0, "applicant@example.kz").await;
    let resolution = limit(&office, &number, LimitName::Resolution).await;
    let at = |moment: Timestamp| moment.to_string();
    let (in_time, said) = office.setting.run(&["clocks", "--at", &at(resolution.due.at)]);
    assert!(in_time && !said.contains("late:"), "{said}");
    let late = at(resolution.reaches(Warning::All).expect("a moment"));
    let (in_time, said) = office.setting.run(&["clocks", "--at", &late]);
    assert!(!in_time && said.contains(&format!("late: {number} resolution, head, since ")), "{said}");
    let (_, said) = office.setting.run(&["clocks", "--json", "--at", &late]);
    let told: Value = serde_json::from_str(said.lines().next().expect("a line")).expect("JSON");
    assert_eq!(told["by_limit"]["resolution"]["late"], 1, "{told}");
    assert_eq!(told["by_owner"]["head"]["running"], 1, "{told}");
    assert_eq!(told["late"][0]["escalated_to"], "head", "{told}");
}
