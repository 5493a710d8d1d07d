//! Delta tables: written by a program that was built for them, refused by any other.

use std::fs;

use serde_json::Value;

use crate::project::{Project, assert_exit, stderr};
use crate::store::{STORE, run, sell, store};

/// The commits to the log of a table, each as its lines.
fn commits(project: &Project, table: &str) -> Vec<Vec<Value>> {
    let log = project.path().join(format!("marts/store/delta/{table}/_delta_log"));
    let mut files: Vec<_> = fs::read_dir(log).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let lines = |file| -> Vec<Value> {
        fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    files.into_iter().map(lines).collect()
}

#[test]
fn delta_tables_follow_week_by_week_where_the_program_writes_them() {
    let project = store(7);
    project.edit(STORE, "marts/store/ }", "marts/store/, format: delta }");
    let checked = project.run(&["check", STORE]);
    if !cfg!(feature = "delta") {
        assert_exit(&checked, 2);
        assert!(stderr(&checked).contains("--features delta"), "{}", stderr(&checked));
        return;
    }
    assert_exit(&checked, 0);
    run(&project, (6, 7), &[]);
    sell(&project, 7);
    run(&project, (7, 8), &[]);
    let of = |commit: &[Value], action: &str| commit.iter().filter(|line| line.get(action).is_some()).count();
    let weekly = commits(&project, "weekly");
    assert_eq!(weekly.len(), 2);
    assert_eq!((of(&weekly[0], "add"), of(&weekly[0], "remove")), (7, 0), "seven weeks");
    assert_eq!(
        (of(&weekly[1], "add"), of(&weekly[1], "remove")),
        (2, 1),
        "a new week, and an order that came late"
    );
    assert!(!project.path().join("marts/store/delta/running").exists(), "`store: keep` is not announced");
    let again = run(&project, (7, 8), &[]);
    assert_eq!(commits(&project, "weekly").len(), 2, "nothing changed: {again}");
    assert_eq!(commits(&project, "runs").len(), 3);

    project.edit(STORE, ", format: delta", "");
    let told = run(&project, (7, 8), &[]);
    assert!(told.contains("the Delta tables below `delta/` stay as they are"), "{told}");
    assert_eq!(commits(&project, "runs").len(), 3);
}
