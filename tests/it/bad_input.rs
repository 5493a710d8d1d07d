//! Bad input through the whole program: exit codes, places in the job file, and tables that stay as they were.
//!
//! What becomes of every kind of bad input is tried beside the code that reads it, see `docs/bad-input.md`.

use crate::errors::breaks;
use crate::project::{JOB, Project, assert_exit, stderr};

#[test]
fn a_parquet_file_that_is_cut_off() {
    breaks(
        |project| {
            project.edit(JOB, "lake/weather.csv", "lake/weather.parquet");
            project.write("lake/weather.parquet", "PAR1 and half of what follows");
        },
        &[],
        4,
        &["error[unreadable]", "jobs/shop.yaml:", "lake/weather.parquet is cut off", "copy it again"],
    );
}

#[test]
fn a_quote_that_is_never_closed() {
    breaks(
        |project| project.edit("lake/sales.csv", "\n2023-10-02,", "\n\"2023-10-02,"),
        &[],
        4,
        &["error[unreadable]", "lake/sales.csv: the quote that opens in line", "never closed"],
    );
}

#[test]
fn a_path_that_climbs_out_of_its_storage() {
    breaks(
        |project| project.edit(JOB, "path: lake/weather.csv", "path: lake/../weather.csv"),
        &[],
        2,
        &["error[invalid_path]", "jobs/shop.yaml:", "`lake/../weather.csv`"],
    );
}

fn add_a_column(project: &Project) {
    let path = project.path().join("lake/weather.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<String> = text.lines().skip(1).map(|line| format!("{line},1\n")).collect();
    project.write("lake/weather.csv", &format!("day,temperature,humidity\n{}", lines.concat()));
}

#[test]
fn a_new_column_where_none_is_wanted() {
    breaks(
        |project| {
            project.edit(JOB, "    about: weather\n", "    about: weather\n    schema_changes: fail\n");
            add_a_column(project);
        },
        &[],
        4,
        &["error[unexpected_column]", "lake/weather.csv holds `humidity`, which the contract does not name"],
    );
}

#[test]
fn a_new_column_that_is_used_at_once() {
    let project = Project::new();
    project.edit(JOB, "    about: weather\n", "    about: weather\n    schema_changes: append\n");
    project.edit(
        "sql/shop/daily.sql",
        "w.temperature,",
        "w.temperature + cast(w.humidity as double) - 1 as temperature,",
    );
    // Without the data nobody knows the column, and nobody says that it is not there.
    let output = project.run(&["check", JOB]);
    assert_exit(&output, 0);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("only its files tell the columns of a source: weather, daily"), "{text}");
    let output = project.run(&["run", JOB]);
    assert_exit(&output, 2);
    assert!(stderr(&output).contains("humidity"), "{}", stderr(&output));
    add_a_column(&project);
    assert_exit(&project.run(&["run", JOB]), 0);
}
