//! Two windows, then another configuration: what a run sees of the one before it, and what it says moved.

use serde_json::Value;

use crate::bytes::with_response_model;
use crate::project::{JOB, Project, assert_exit, stderr};

const FIRST: [&str; 4] = ["--start", "2023-10-02", "--end", "2023-12-04"];
const SECOND: [&str; 4] = ["--start", "2023-12-04", "--end", "2024-01-01"];

/// Weekly posters beside what they returned as far as the run before knew.
const RETURNS: &str = "-- One row per week and part of the week.
-- key: week, part
select w.week, w.part, w.posters, p.roas, p.as_of as known_on
from weekly as w
left join previous.channel_performance as p on p.channel = 'posters' and p.unit = w.part
";

/// Weeks counted up over all runs: each adds to what the run before it kept.
const RUNNING: &str = "-- One row per week.
-- key: week
select w.week, sum(w.units) + coalesce(max(p.total), 0) as total
from weekly as w
left join (select max(total) as total from previous.running) as p on true
where w.week >= $start
group by 1
";

fn project() -> Project {
    let project = Project::new();
    with_response_model(&project);
    project.write("sql/shop/returns.sql", RETURNS);
    project.write("sql/shop/running.sql", RUNNING);
    project.edit(
        JOB,
        "\nrecipients:",
        "\n  returns: { sql: shop/returns.sql, key: [week, part], time: week, store: publish }\
         \n  running: { sql: shop/running.sql, key: [week], time: week, store: keep }\n\nrecipients:",
    );
    project
}

fn run(project: &Project, window: [&str; 4]) {
    let mut arguments = vec!["run", JOB];
    arguments.extend(window);
    assert_exit(&project.run(&arguments), 0);
}

fn rows(project: &Project, table: &str) -> Vec<Value> {
    let output = project.run(&["show", JOB, table, "--limit", "100000", "--output", "json"]);
    assert_exit(&output, 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

fn number(row: &Value, column: &str) -> f64 {
    row[column].as_f64().unwrap_or_else(|| panic!("no {column} in {row}"))
}

/// Objects of earlier runs that the last run read, by source.
fn previous_reads(project: &Project) -> Vec<(String, String)> {
    let mut rows = rows(project, "sources_read");
    rows.retain(|row| row["source"].as_str().unwrap().starts_with("previous."));
    let text = |row: &Value, column: &str| row[column].as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(row, "source"), text(row, "object"))).collect()
}

/// Asserts that the parts of every change add up to it; returns the changes of `model`.
fn changes(project: &Project, model: &str) -> Vec<Value> {
    let mut all = rows(project, "model_changes");
    for row in &all {
        let parts =
            ["data", "configuration", "sampling"].map(|part| number(row, &format!("change_from_{part}")));
        let (sum, change) = (parts.iter().sum::<f64>(), number(row, "change"));
        assert!((sum - change).abs() <= 1e-9 * (1.0 + change.abs()), "{row}");
        assert!((number(row, "current") - number(row, "previous") - change).abs() < 1e-9, "{row}");
        assert_eq!(row["previous_as_of"], "2023-12-04");
    }
    all.retain(|row| row["model"] == model);
    assert!(!all.is_empty(), "nothing is compared of {model}");
    all
}

fn configuration_parts(changes: &[Value]) -> Vec<f64> {
    changes.iter().map(|row| number(row, "change_from_configuration")).collect()
}

#[test]
fn a_run_reads_the_one_before_it_and_says_what_moved_and_why() {
    let project = project();
    run(&project, FIRST);
    assert!(rows(&project, "model_changes").is_empty() && previous_reads(&project).is_empty());
    assert!(rows(&project, "returns").iter().all(|row| row["roas"].is_null() && row["known_on"].is_null()));
    let returns = rows(&project, "channel_performance");
    let known = returns.iter().find(|row| row["channel"] == "posters" && row["unit"] == "weekend").unwrap();
    let weeks = rows(&project, "running");

    run(&project, SECOND);
    let latest: Vec<Value> = rows(&project, "returns")
        .into_iter()
        .filter(|row| row["week"].as_str() >= Some("2023-12-04"))
        .collect();
    assert_eq!(latest.len(), 8);
    for row in latest.iter().filter(|row| row["part"] == "weekend") {
        assert_eq!((&row["roas"], &row["known_on"]), (&known["roas"], &Value::from("2023-12-04")));
    }
    let before = weeks.iter().map(|row| number(row, "total")).fold(0.0, f64::max);
    let counted = rows(&project, "running");
    assert_eq!(counted.len(), 13);
    assert!(counted[9..].iter().all(|row| number(row, "total") > before));

    let reads = previous_reads(&project);
    let performance =
        ("previous.channel_performance", "marts/shop/history/channel_performance/2023-12-04/part-0.parquet");
    assert!(reads.contains(&(performance.0.to_owned(), performance.1.to_owned())), "{reads:?}");
    assert_eq!(reads.iter().filter(|(source, _)| source == "previous.running").count(), 9);

    // Nothing but data is new.
    for model in ["weekly_demand", "demand"] {
        assert!(configuration_parts(&changes(&project, model)).iter().all(|part| *part == 0.0), "{model}");
    }
    let demand = changes(&project, "demand");
    assert!(
        demand.iter().all(|row| row["change_from_sampling"] == 0.0),
        "another seed gives the same effects"
    );
    assert!(demand.iter().any(|row| row["quantity"] == "effect:temperature"));
    let weekly = changes(&project, "weekly_demand");
    for quantity in ["roas:posters", "roas:flyers", "effect:temperature", "carry_over_share:posters"] {
        assert!(weekly.iter().any(|row| row["quantity"] == quantity), "{quantity} is missing in {weekly:?}");
    }

    // The same window again gives the same bytes, though the target has a newer publication now.
    let first = project.published();
    run(&project, SECOND);
    assert!(first == project.published(), "a run read its own results");

    // What the model is told anew counts as configuration; the other model's does not move.
    project.edit(JOB, "{ posters: { spend: posters }", "{ posters: { spend: posters, no_effect: 90% }");
    run(&project, SECOND);
    let told = configuration_parts(&changes(&project, "weekly_demand"));
    assert!(told.iter().any(|part| part.abs() > 1e-6), "{told:?}");
    assert!(configuration_parts(&changes(&project, "demand")).iter().all(|part| *part == 0.0));

    // Far enough back there is nothing to be seen.
    assert_exit(&project.run(&["run", JOB, "--start", "2023-07-03", "--end", "2023-10-02"]), 0);
}

#[test]
fn a_window_that_cannot_be_fitted_again_leaves_the_parts_open() {
    let project = Project::new();
    run(&project, FIRST);
    // The demand model reads nothing before its history: the first weeks of the old window are gone.
    project.edit(JOB, "window: { history: 104 weeks", "window: { history: 60 weeks");
    run(&project, SECOND);
    let all = rows(&project, "model_changes");
    assert!(!all.is_empty());
    for row in all {
        assert!(row["change_from_data"].is_null() && row["change_from_configuration"].is_null(), "{row}");
        assert!(!row["change"].is_null() && !row["change_from_sampling"].is_null(), "{row}");
    }
}

#[test]
fn a_name_that_no_run_publishes_is_found_without_data() {
    let project = project();
    project.edit("sql/shop/returns.sql", "previous.channel_performance", "previous.channel_performances");
    let output = project.run(&["check", JOB]);
    assert_exit(&output, 2);
    let text = stderr(&output);
    for word in
        ["error[unknown_table]", "sql/shop/returns.sql:5:11", "did you mean `previous.channel_performance`?"]
    {
        assert!(text.contains(word), "`{word}` is missing in:\n{text}");
    }
    // Sound names need no data, and no earlier run.
    project.edit("sql/shop/returns.sql", "previous.channel_performances", "previous.channel_performance");
    assert_exit(&project.run(&["check", JOB]), 0);
}
