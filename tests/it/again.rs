//! Running a window again: nothing to do, superseded publications, what it costs.

use crate::project::{JOB, Project, assert_exit};

fn json(output: &std::process::Output) -> serde_json::Value {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    serde_json::from_str(text.lines().last().unwrap_or_default())
        .unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn skipping(project: &Project, extra: &[&str]) -> std::process::Output {
    project.run(&[&["run", JOB, "--skip-unchanged", "--output", "json"], extra].concat())
}

#[test]
fn a_run_without_news_is_skipped_until_there_are_some() {
    let project = Project::new();
    let first = skipping(&project, &[]);
    assert_exit(&first, 0);
    let (first, before) = (json(&first), project.published());
    let second = skipping(&project, &[]);
    assert_exit(&second, 99);
    let second = json(&second);
    assert_eq!((&second["status"], &second["exit_code"]), (&"skipped".into(), &99.into()));
    assert_eq!(second["publication"], first["publication"], "it names what is published");
    assert!(before == project.published());
    let text = project.run(&["run", JOB, "--skip-unchanged"]);
    assert!(String::from_utf8_lossy(&text.stdout).starts_with("Nothing has changed since publication"));

    // Whatever may move a figure counts.
    assert_exit(&skipping(&project, &["--seed", "2"]), 0);
    assert_exit(&skipping(&project, &[]), 0);
    assert_exit(&skipping(&project, &[]), 99);
    project.edit("sql/shop/daily.sql", "-- One row per day.", "-- One row for every day.");
    assert_exit(&skipping(&project, &[]), 0);
    project.edit("lake/weather.csv", "2022-01-03,", "2022-01-03,1");
    assert_exit(&skipping(&project, &[]), 0);
    assert_exit(&skipping(&project, &[]), 99);
    assert_exit(&skipping(&project, &["--start", "2023-09-25", "--end", "2024-01-01"]), 0);
    // An earlier window appears: what this one could read of earlier runs is another publication.
    assert_exit(&skipping(&project, &[]), 0);
    assert_exit(&skipping(&project, &["--start", "2023-09-04", "--end", "2023-10-02"]), 0);
    assert_exit(&skipping(&project, &[]), 0);
    assert_exit(&skipping(&project, &[]), 99);
    // Without the flag a run is a run.
    assert_exit(&project.run(&["run", JOB]), 0);
}

#[test]
fn vacuum_removes_superseded_publications_and_nothing_that_is_read() {
    let project = Project::new();
    for _ in 0..3 {
        assert_exit(&project.run(&["run", JOB]), 0);
    }
    let snapshots = project.path().join("marts/shop/_trichter/snapshots");
    let count = || std::fs::read_dir(&snapshots).unwrap().count();
    let before = project.published();
    let vacuum = |extra: &[&str]| {
        let output = project.run(&[&["vacuum", JOB, "--output", "json"], extra].concat());
        assert_exit(&output, 0);
        json(&output)
    };
    let young = vacuum(&[]);
    assert_eq!((&young["objects"], young["too_young"].as_array().unwrap().len()), (&0.into(), 2));
    let look = vacuum(&["--older-than", "0s", "--dry-run"]);
    assert!(look["objects"].as_u64().unwrap() > 10 && count() == 3);
    let done = vacuum(&["--older-than", "0s"]);
    assert_eq!((&done["objects"], &done["bytes"]), (&look["objects"], &look["bytes"]));
    // The folders of what was removed go too. The first run's stays: it holds the weeks before the window.
    assert_eq!(count(), 2);
    assert!(before == project.published());
    assert_exit(&project.run(&["show", JOB, "kpi_values"]), 0);
    let output = project.run(&["vacuum", JOB, "--older-than", "0s"]);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "Removed 0 superseded publications: 0 objects, 0.0 MB\n"
    );
}

#[test]
fn run_results_count_requests_and_bytes() {
    let project = Project::new();
    assert_exit(&project.run(&["run", JOB, "--artifacts", "out"]), 0);
    let text = std::fs::read_to_string(project.path().join("out/run_results.json")).unwrap();
    let result: serde_json::Value = serde_json::from_str(&text).unwrap();
    let storages = result["storages"].as_array().unwrap();
    let of = |name: &str| storages.iter().find(|storage| storage["storage"] == name).unwrap();
    let lake: u64 = ["sales", "weather"]
        .iter()
        .map(|source| std::fs::metadata(project.path().join(format!("lake/{source}.csv"))).unwrap().len())
        .sum();
    let number = |storage: &serde_json::Value, key: &str| storage[key].as_u64().unwrap();
    assert!(number(of("lake"), "bytes_read") >= lake && number(of("lake"), "bytes_written") == 0);
    assert!(number(of("marts"), "bytes_written") > 10_000 && number(of("marts"), "requests") > 50);
}
