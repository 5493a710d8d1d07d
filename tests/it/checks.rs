//! Data checks through the whole program: what is kept of offending rows, and what an incremental run compares.

use std::fs::{self, File};
use std::path::Path;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::project::{JOB, Project, assert_exit, stderr};
use crate::store::{STORE, first_day, read_of, run, sell, store};

/// Where the rows of the check below are kept, below a folder of artefacts.
const FILE: &str = "failures/daily__range_2.parquet";

/// A shop in which selling 150 units on a day is too much, and the days on which it happened.
fn sold_too_much(severity: &str) -> (Project, usize) {
    let project = Project::new();
    let strict =
        format!("range: {{ column: units, min: 0, max: 150, severity: {severity}, keep_failures: true }}");
    project.edit(JOB, "range: { column: units, min: 0, max: 100000 }", &strict);
    let sales = fs::read_to_string(project.path().join("lake/sales.csv")).unwrap();
    let units = |line: &str| line.split(',').nth(1)?.parse::<u32>().ok();
    let days = sales.lines().filter(|line| units(line).is_some_and(|units| units > 150)).count();
    assert!(days > 100, "too few to need a file: {days}");
    (project, days)
}

fn rows(file: &Path) -> usize {
    let open = File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let reader = ParquetRecordBatchReaderBuilder::try_new(open).unwrap().build().unwrap();
    reader.map(|batch| batch.unwrap().num_rows()).sum()
}

/// The result of a check in `run_results.json`.
fn result(folder: &Path, check: &str) -> Value {
    let text = fs::read_to_string(folder.join("run_results.json")).unwrap();
    let record: Value = serde_json::from_str(&text).unwrap();
    let checks = record["checks"].as_array().unwrap();
    checks.iter().find(|found| found["check"] == check).unwrap().clone()
}

#[test]
fn a_run_that_fails_keeps_all_offending_rows_and_publishes_nothing() {
    let (project, days) = sold_too_much("error");
    let output = project.run(&["run", JOB, "--run-id", "first", "--artifacts", "out"]);
    assert_exit(&output, 3);
    let named = format!("marts/shop/_trichter/runs/first/{FILE}");
    let told = stderr(&output);
    assert!(told.contains(&format!("; all of them are in {named}")), "{told}");
    let (target, local) = (project.path().join(&named), project.path().join("out").join(FILE));
    assert_eq!((rows(&target), rows(&local)), (days, days));
    assert!(fs::read(&target).unwrap() == fs::read(&local).unwrap());
    let found = result(&project.path().join("out"), "daily.range.2");
    assert_eq!((found["status"].as_str(), found["failures"].as_u64()), (Some("fail"), Some(days as u64)));
    assert_eq!(found["failures_file"].as_str(), Some(named.as_str()));
    assert!(!project.path().join("marts/shop/_trichter/publication.json").exists());
    assert!(!project.path().join("marts/shop/current").exists());

    // A retry under the same id keeps the same bytes.
    let before = fs::read(&target).unwrap();
    assert_exit(&project.run(&["run", JOB, "--run-id", "first"]), 3);
    assert!(before == fs::read(&target).unwrap());
}

#[test]
fn a_run_that_warns_keeps_them_and_names_the_file_among_its_checks() {
    let (project, days) = sold_too_much("warn");
    assert_exit(&project.run(&["run", JOB, "--run-id", "first"]), 0);
    let runs = project.path().join("marts/shop/_trichter/runs/first");
    assert_eq!(rows(&runs.join(FILE)), days);
    let found = result(&runs, "daily.range.2");
    assert_eq!(found["status"].as_str(), Some("warn"));
    let named = found["failures_file"].as_str().unwrap();
    let shown = project.run(&["show", JOB, "checks", "--output", "json"]);
    assert_exit(&shown, 0);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains(named), "`{named}` is missing in:\n{shown}");
    // The check that holds keeps nothing.
    assert_eq!(fs::read_dir(runs.join("failures")).unwrap().count(), 1);
    assert!(result(&runs, "daily.not_null.1")["failures_file"].is_null());
}

#[test]
fn a_change_of_rows_is_judged_by_kept_weeks_without_computing_them() {
    let project = store(6);
    let check = "- row_count_change: { min: -50%, max: 100%, severity: warn }";
    project.edit(STORE, "      - reconciles:", &format!("      {check}\n      - reconciles:"));
    let folder = project.path().join("out");
    let arguments = ["--artifacts", "out"];
    run(&project, (0, 1), &arguments);
    let first = result(&folder, "weekly.row_count_change.1");
    assert_eq!(first["status"].as_str(), Some("pass"));
    assert_eq!(
        first["message"].as_str(),
        Some("1 of 1 periods not judged: there are no rows in the 4 periods before")
    );
    run(&project, (5, 6), &arguments);
    sell(&project, 6);
    run(&project, (6, 7), &arguments);
    let usual = result(&folder, "weekly.row_count_change.1");
    assert_eq!((usual["status"].as_str(), usual["message"].as_str()), (Some("pass"), None));
    assert_eq!(read_of(&project, "orders").len(), 21 + 1, "the window and what it restates, no week more");

    // One shop of three delivers, and only on Monday.
    let day = first_day() + chrono::Days::new(49);
    project.write(&format!("lake/orders/day={day}/part-0.csv"), "id,shop,amount\n490,a,12.5\n");
    let told = run(&project, (7, 8), &arguments);
    let wrong = format!("{day} has 1, usual are 3 (-67%)");
    assert!(told.contains(&wrong), "`{wrong}` is missing in:\n{told}");
    assert_eq!(result(&folder, "weekly.row_count_change.1")["status"].as_str(), Some("warn"));
}
