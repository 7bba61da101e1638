//! The demonstration comes to its end, and shows each way out of a case with its clocks.

use std::process::Command;

#[test]
fn the_story_comes_to_its_end() {
    let output = Command::new(env!("CARGO_BIN_EXE_qoltanba")).arg("demo").output().expect("it runs");
    let told = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.ends_with("The story is complete.\n"), "{told}");
    // A timeline each, with the last step of each.
    let timelines: Vec<&str> = told.split("\n\n").filter(|part| part.contains("result due 2")).collect();
    let last = ["grant", "sign-notice", "issue", "issue-unclaimed"];
    assert!(timelines.len() > last.len(), "{told}");
    for (timeline, step) in timelines.iter().rev().take(4).rev().zip(last) {
        let steps = timeline.lines().skip(1).take_while(|line| !line.contains("clock"));
        let found = steps.last().and_then(|line| line.split_whitespace().nth(2));
        assert_eq!(found, Some(step), "{timeline}");
        assert!(timeline.contains("case  ") && timeline.contains("head"), "{timeline}");
    }
    let storage = told.lines().rfind(|line| line.trim_start().starts_with("storage")).expect("its clock");
    assert!(storage.ends_with("over"), "{storage}");
}
