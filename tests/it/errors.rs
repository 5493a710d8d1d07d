//! What people get wrong: each gives a clear message with its place, the right exit code, and leaves
//! the published tables as they were.

use crate::project::{JOB, Project, assert_exit, stderr};

/// Runs a good project, breaks it, runs it again: the exit code, the words of the message, and that
/// every published byte is the one of before.
#[track_caller]
pub(crate) fn breaks(edit: impl Fn(&Project), arguments: &[&str], code: i32, words: &[&str]) {
    let project = Project::new();
    assert_exit(&project.run(&["run", JOB]), 0);
    let before = project.published();
    edit(&project);
    let mut command = vec!["run", JOB];
    command.extend(arguments);
    let output = project.run(&command);
    assert_exit(&output, code);
    let text = stderr(&output);
    for word in words {
        assert!(text.contains(word), "`{word}` is missing in:\n{text}");
    }
    assert!(before == project.published(), "published tables have changed");
}

#[test]
fn a_missing_file() {
    breaks(
        |project| std::fs::remove_file(project.path().join("lake/weather.csv")).unwrap(),
        &[],
        4,
        &["`weather`", "lake/weather.csv"],
    );
}

#[test]
fn a_column_renamed_in_the_source() {
    breaks(
        |project| project.edit("lake/weather.csv", "day,temperature", "day,temperatur"),
        &[],
        4,
        &["`temperature`", "`weather`", "temperatur"],
    );
}

#[test]
fn a_value_that_breaks_the_contract() {
    breaks(
        |project| project.edit("lake/sales.csv", "2023-10-02,", "2023-10-02,-"),
        &[],
        4,
        &["`units`", "`sales`"],
    );
}

#[test]
fn a_wrong_type_in_yaml() {
    breaks(
        |project| project.edit(JOB, "at_most: 5", "at_most: many"),
        &[],
        2,
        &["jobs/shop.yaml:", "many", "at_most"],
    );
}

#[test]
fn an_unknown_key_with_a_near_miss() {
    breaks(
        |project| project.edit(JOB, "    better: higher", "    beter: higher"),
        &[],
        2,
        &["jobs/shop.yaml:49:5", "`beter`", "`better`"],
    );
}

#[test]
fn an_unknown_column_in_sql() {
    breaks(
        |project| project.edit("sql/shop/daily.sql", "w.temperature,", "w.temprature,"),
        &[],
        2,
        &["sql/shop/daily.sql:3:", "temprature", "temperature"],
    );
}

#[test]
fn two_tables_that_depend_on_each_other() {
    breaks(
        |project| {
            project.edit(
                "sql/shop/daily.sql",
                "from sales as s",
                "from sales as s join other on other.day = s.day",
            );
            project.write("sql/shop/other.sql", "-- One row per day.\n-- key: day\nselect day from daily\n");
            project.edit(
                JOB,
                "\nrecipients:",
                "\n  other: { sql: shop/other.sql, key: [day] }\n\nrecipients:",
            );
        },
        &[],
        2,
        &["`daily`", "`other`"],
    );
}

#[test]
fn a_kpi_without_decision() {
    breaks(
        |project| project.edit(JOB, "    decisions: [stock]\n", "    decisions: []\n"),
        &[],
        2,
        &["jobs/shop.yaml:", "`units`", "decision"],
    );
}

#[test]
fn a_decision_without_kpi() {
    breaks(
        |project| {
            project.edit(
                JOB,
                "decisions:\n",
                "decisions:\n  idle: { question: Why?, owner: shopkeeper, cadence: week }\n",
            );
        },
        &[],
        2,
        &["jobs/shop.yaml:", "`idle`", "KPI"],
    );
}

#[test]
fn a_window_without_width() {
    breaks(
        |_| {},
        &["--start", "2023-10-02T00:00:00Z", "--end", "2023-10-02T00:00:00Z"],
        2,
        &["empty", "--as-of", "CronDataIntervalTimetable"],
    );
}

#[test]
fn a_bound_off_the_calendar() {
    breaks(
        |_| {},
        &["--start", "2023-10-02", "--end", "2023-10-10"],
        2,
        &["`end` 2023-10-10", "2023-10-09", "2023-10-16"],
    );
}

#[test]
fn a_section_that_is_not_built_yet() {
    breaks(
        |project| project.edit(JOB, "steering:\n", "funnel: []\nsteering:\n"),
        &[],
        2,
        &["jobs/shop.yaml:", "`funnel`", "not available yet"],
    );
}

#[test]
fn a_failed_check_publishes_nothing() {
    breaks(
        |project| project.edit(JOB, "max: 100000", "max: 100"),
        &[],
        3,
        &["daily.range", "`units` is not between 0 and 100", "stated at jobs/shop.yaml:"],
    );
}

#[test]
fn all_problems_are_shown_at_once_in_order() {
    let project = Project::new();
    project.edit(JOB, "party: third", "party: fourth");
    project.edit(JOB, "    better: higher", "    beter: higher");
    project.edit(JOB, "at_most: 5", "at_most: many");
    let output = project.run(&["check", JOB]);
    assert_exit(&output, 2);
    let text = stderr(&output);
    let places: Vec<usize> =
        ["fourth", "`beter`", "many"].iter().map(|word| text.find(word).unwrap_or(usize::MAX)).collect();
    assert!(places.is_sorted() && !places.contains(&usize::MAX), "{text}");
}

#[test]
fn a_constant_driver_is_left_out_with_a_warning() {
    let project = Project::new();
    project.edit("sql/shop/daily.sql", "s.price,", "9.5 as price,");
    let output = project.run(&["run", JOB]);
    assert_exit(&output, 0);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(&output));
    assert!(text.contains("`price`") && text.contains("same value"), "{text}");
    let shown = project.run(&["show", JOB, "driver_effects"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("constant"));
}

#[test]
fn fewer_rows_than_parameters_withhold_the_model() {
    let project = Project::new();
    project.edit(JOB, "history: 104 weeks, start: 2023-10-02", "history: 1 week, start: 2023-12-25");
    project.edit(
        "sql/shop/daily.sql",
        "on w.day = s.day",
        "on w.day = s.day\nwhere s.day >= $end - interval '3 days'",
    );
    let output = project.run(&["run", JOB, "--fail-on-gate"]);
    assert_exit(&output, 5);
    assert!(stderr(&output).contains("`demand`"), "{}", stderr(&output));
    let shown = project.run(&["show", JOB, "recommendations"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("keep"));
}

#[test]
fn a_column_that_knows_the_outcome_is_caught_without_a_declaration() {
    let project = Project::new();
    project.edit("sql/shop/daily.sql", "s.price,", "s.units * 2 + 1 as receipts, s.price,");
    project.edit(JOB, "        is_weekend: {}\n", "        is_weekend: {}\n        receipts: {}\n");
    let output = project.run(&["run", JOB, "--fail-on-gate"]);
    assert_exit(&output, 5);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("`receipts`"), "{text}");
    let shown = project.run(&["show", JOB, "driver_effects"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("leakage"));
}

#[cfg(unix)]
#[test]
fn a_full_disk() {
    let project = Project::new();
    assert_exit(&project.run(&["run", JOB]), 0);
    let before = project.published();
    // No file may grow beyond a few blocks, as on a disk that is full.
    let program = env!("CARGO_BIN_EXE_trichter");
    let output = std::process::Command::new("bash")
        .args([
            "-c",
            &format!(
                "trap '' XFSZ; ulimit -f 2; exec '{program}' run {JOB} --end 2024-01-01 --start 2023-10-09"
            ),
        ])
        .current_dir(project.path())
        .output()
        .unwrap();
    assert_exit(&output, 1);
    assert!(stderr(&output).contains("File too large"), "{}", stderr(&output));
    assert!(before == project.published(), "published tables have changed");
    // With room again, the next run heals.
    assert_exit(&project.run(&["run", JOB]), 0);
    assert!(before == project.published());
}
