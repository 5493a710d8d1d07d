//! `trichter check --connect`: what files hold, compared with what contracts promise, in one report.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;

use crate::project::{JOB, Project, assert_exit, stderr};

const WEATHER: &str = "    path: lake/weather.csv\n    time: day\n    columns:\n      day: { type: date, required: true, unique: true }\n      temperature: { type: double }\n";

/// Writes a Parquet file of weather.
fn weather(project: &Project, name: &str, columns: Vec<(&str, ArrayRef)>) {
    let path = project.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn days() -> (&'static str, ArrayRef) {
    ("day", Arc::new(Date32Array::from(vec![19_723, 19_724])))
}

fn degrees(name: &str) -> (&str, ArrayRef) {
    (name, Arc::new(Float64Array::from(vec![1.5, 2.5])))
}

#[track_caller]
fn says(project: &Project, arguments: &[&str], code: i32, words: &[&str]) -> String {
    let output = project.run(&[&["check", JOB], arguments].concat());
    assert_exit(&output, code);
    let text = format!("{}{}", stderr(&output), String::from_utf8_lossy(&output.stdout));
    for word in words {
        assert!(text.contains(word), "`{word}` is missing in:\n{text}");
    }
    text
}

#[test]
fn every_difference_is_told_at_its_place_without_reading_rows() {
    let project = Project::new();
    says(&project, &["--connect"], 0, &["shop.yaml: ok", "connected: 2 objects looked at"]);
    // Names that changed over time, and a type that did: all of it in one report.
    project.edit(JOB, "path: lake/weather.csv", "path: lake/weather/");
    weather(&project, "lake/weather/a.parquet", vec![days(), degrees("temperature")]);
    says(&project, &["--connect"], 0, &["ok"]);
    weather(&project, "lake/weather/b.parquet", vec![days(), degrees("degrees")]);
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["warm", "cold"]));
    weather(&project, "lake/weather/c.parquet", vec![days(), ("temperature", texts)]);
    project.edit("lake/sales.csv", "day,units,price", "day,unit,price");
    let report = says(
        &project,
        &["--connect"],
        4,
        &[
            "error[missing_column]: source `weather`: there is no column `temperature` in",
            "b.parquet",
            "error[missing_column]: source `sales`: there is no column `units` in",
            "sales.csv",
            "3 errors",
        ],
    );
    assert!(report.contains("      temperature: { type: double }"), "{report}");
    fs::remove_file(project.path().join("lake/weather/b.parquet")).unwrap();
    let report = says(
        &project,
        &["--connect"],
        4,
        &["error[column_type]: source `weather`", "c.parquet holds string"],
    );
    assert!(report.contains("shop.yaml:24:28"), "the type is what is wrong: {report}");
    fs::remove_file(project.path().join("lake/weather/c.parquet")).unwrap();
    project.edit("lake/sales.csv", "day,unit,price", "day,units,price");

    // Pages are broken, the footer is whole: rows are not looked at.
    let path = project.path().join("lake/weather/a.parquet");
    let mut bytes = fs::read(&path).unwrap();
    bytes[4..40].fill(0xff);
    fs::write(&path, bytes).unwrap();
    says(&project, &["--connect"], 0, &["ok"]);
    assert_exit(&project.run(&["run", JOB]), 4);
    fs::remove_file(path).unwrap();
    says(&project, &["--connect"], 4, &["error[missing_source]", "no object lies under"]);
    // A mistake in SQL comes first, and both are told.
    project.edit("sql/shop/daily.sql", "w.temperature", "w.temperatures");
    says(&project, &["--connect"], 2, &["missing_source", "daily.sql:3", "temperatures"]);
}

#[test]
fn the_window_of_a_run_says_which_objects_are_looked_at() {
    let project = Project::new();
    project.edit(
        JOB,
        WEATHER,
        "    path: lake/weather/\n    partitions: { month: date }\n    time: month\n    columns:\n      day: { type: date }\n      temperature: { type: double }\n",
    );
    weather(&project, "lake/weather/month=2023-12-01/a.parquet", vec![days(), degrees("temperature")]);
    let counts: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    weather(&project, "lake/weather/month=2024-06-01/a.parquet", vec![days(), ("celsius", counts)]);
    says(&project, &["--connect"], 0, &["2 objects"]);
    says(
        &project,
        &["--connect", "--as-of", "2024-07-01"],
        4,
        &["no column `temperature`", "month=2024-06-01"],
    );
    says(&project, &["--connect", "--as-of", "2020-07-06"], 4, &["source `weather` has no objects from"]);
    says(&project, &["--connect", "--start", "2024-01-01"], 2, &["`--start` is given without `--end`"]);
}

#[test]
fn saved_columns_plan_what_contracts_leave_open() {
    let project = Project::new();
    project.edit(JOB, WEATHER, "    path: lake/weather/\n    time: day\n");
    weather(&project, "lake/weather/a.parquet", vec![days(), degrees("temperature"), degrees("wind")]);
    says(&project, &[], 0, &["not planned", "weather, daily", "--connect --write-schemas"]);
    let report = says(&project, &["--connect"], 0, &["ok"]);
    assert!(!report.contains("not planned"), "{report}");
    assert!(!project.path().join("config/schemas").exists());

    says(
        &project,
        &["--connect", "--write-schemas"],
        0,
        &["saved: the columns of 2 sources in config/schemas/shop"],
    );
    let file = "config/schemas/shop/weather.yaml";
    let saved = fs::read_to_string(project.path().join(file)).unwrap();
    assert!(saved.ends_with(
        "path: lake/weather/\nschema_changes: ignore\ncolumns:\n  day: date\n  temperature: double\n  wind: double\n"
    ), "{saved}");
    says(&project, &["--connect", "--write-schemas"], 0, &["ok"]);
    assert_eq!(saved, fs::read_to_string(project.path().join(file)).unwrap());

    // Without the lake, mistakes in SQL are found all the same.
    fs::rename(project.path().join("lake"), project.path().join("away")).unwrap();
    let report = says(&project, &[], 0, &["ok"]);
    assert!(!report.contains("not planned") && !report.contains("warning"), "{report}");
    project.edit("sql/shop/daily.sql", "w.temperature", "w.temperatures");
    says(&project, &[], 2, &["daily.sql:3", "temperatures"]);
    project.edit("sql/shop/daily.sql", "w.temperatures", "w.temperature");
    fs::rename(project.path().join("away"), project.path().join("lake")).unwrap();

    // What has moved on is told, in the contract and in the files.
    weather(&project, "lake/weather/a.parquet", vec![days(), degrees("temperature"), degrees("rain")]);
    says(
        &project,
        &["--connect"],
        0,
        &["warning[stale_schema]", "it says `wind: double` where the files say `rain: double`"],
    );
    project.edit(JOB, "units: { type: bigint", "units: { type: double");
    project.write("config/schemas/shop/old.yaml", "path: lake/old/\n");
    says(&project, &[], 0, &["`units` was bigint, and is declared as double", "no source called `old`"]);
    project.write(file, "columns: [day]\n");
    says(&project, &[], 2, &["weather.yaml:"]);
    says(&project, &["--write-schemas"], 2, &["--connect"]);
}

#[test]
fn a_store_that_is_away_exits_as_a_run_does() {
    let project = Project::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let lake = format!(
        "lake: {{ s3: {{ bucket: b, region: us-east-1, endpoint: \"http://{address}\", allow_http: true, access_key_id: {{ secret: env:K }}, \
         secret_access_key: {{ secret: env:K }}, requests: {{ timeout: 1 second, connect_timeout: 1 second, retries: 0, give_up_after: 1 second }} }} }}"
    );
    project.edit("config/local.yaml", "lake: { folder: \"./lake\" }", &lake);
    let output = project.command().args(["check", JOB, "--connect"]).env("K", "x").output().unwrap();
    assert_exit(&output, 75);
    let report = stderr(&output);
    assert!(report.contains("`sales`") && report.contains("`weather`"), "{report}");
    let output = project.command().args(["run", JOB]).env("K", "x").output().unwrap();
    assert_exit(&output, 75);
}
