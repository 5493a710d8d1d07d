//! Stopping a run: the right exit code, soon, and published tables as they were.

#![cfg(unix)]

use std::time::{Duration, Instant};

use crate::project::{JOB, Project, assert_exit};

/// Starts a run that takes long, stops it once a table is being computed, and waits.
fn stopped_by(signal: &str) -> (Option<i32>, Duration, Project, bool) {
    let project = Project::new();
    assert_exit(&project.run(&["run", JOB]), 0);
    let before = project.published();
    let mut child = project.start_endless();
    std::thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    let status = child.wait().unwrap();
    let same = before == project.published();
    (status.code(), began.elapsed(), project, same)
}

#[test]
fn ctrl_c_ends_with_130_and_leaves_tables_untouched() {
    let (code, waited, project, same) = stopped_by("-INT");
    assert_eq!(code, Some(130));
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    assert!(same);
    assert!(!project.path().join("marts/shop/_trichter/locks/shop.json").exists(), "the lock is still held");
}

#[test]
fn sigterm_ends_with_143_and_leaves_tables_untouched() {
    let (code, waited, _, same) = stopped_by("-TERM");
    assert_eq!(code, Some(143));
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    assert!(same);
}
