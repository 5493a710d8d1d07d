//! Stopping a run: the right exit code, soon, and published tables as they were.

#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::project::{JOB, Project, assert_exit};

/// Starts a run that takes long, stops it once a table is being computed, and waits.
fn stopped_by(signal: &str) -> (Option<i32>, Duration, Project, bool) {
    let project = Project::new();
    assert_exit(&project.run(&["run", JOB]), 0);
    let before = project.published();
    // Rows without number: a cross join that nobody waits for.
    project.edit(
        "sql/shop/daily.sql",
        "on w.day = s.day",
        "on w.day = s.day\nwhere (select count(*) from sales a, sales b, sales c, sales d where a.units + b.units <> c.units * d.units) > 0",
    );
    let mut child = project.command().args(["run", JOB]).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut seen = String::new();
    for line in lines.map_while(Result::ok) {
        seen.push_str(&line);
        if line.contains("table.daily") {
            break;
        }
    }
    assert!(seen.contains("table.daily"), "{seen}");
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
