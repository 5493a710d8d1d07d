//! The example jobs on the published data sets, from the project's own folder, as the README runs them.

use std::path::Path;
use std::process::Output;

use crate::project::{assert_exit, program, published_data, stderr};

fn run(job: &str, target: &Path, data: &Path) -> Output {
    program()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["run", &format!("jobs/examples/{job}.yaml"), "--output", "json"])
        .env("TRICHTER_PUBLISHED", data)
        .env("TRICHTER_MARTS", target)
        .output()
        .unwrap()
}

fn shown(job: &str, table: &str, target: &Path, data: &Path) -> String {
    let output = program()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["show", &format!("jobs/examples/{job}.yaml"), table, "--limit", "1000", "--output", "json"])
        .env("TRICHTER_PUBLISHED", data)
        .env("TRICHTER_MARTS", target)
        .output()
        .unwrap();
    assert_exit(&output, 0);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn bike_sharing_finds_the_weather() {
    let Some(data) = published_data("bike_sharing_finds_the_weather") else { return };
    let target = tempfile::tempdir().unwrap();
    let output = run("bike_sharing", target.path(), &data);
    assert_exit(&output, 0);
    let last = String::from_utf8_lossy(&output.stdout).lines().last().unwrap().to_owned();
    let result: serde_json::Value = serde_json::from_str(&last).unwrap();
    assert_eq!(result["status"], "success");
    let effects: serde_json::Value =
        serde_json::from_str(&shown("bike_sharing", "driver_effects", target.path(), &data)).unwrap();
    let temperature = effects.as_array().unwrap().iter().find(|row| row["driver"] == "temperature").unwrap();
    assert_eq!(temperature["finding"], "effect");
    assert_eq!(temperature["party"], "third");
    assert!(temperature["effect"].as_f64().unwrap() > 0.0);
}

#[test]
fn bank_marketing_runs_and_has_no_hindsight() {
    let Some(data) = published_data("bank_marketing_runs_and_has_no_hindsight") else { return };
    let target = tempfile::tempdir().unwrap();
    assert_exit(&run("bank_marketing", target.path(), &data), 0);
    let effects = shown("bank_marketing", "driver_effects", target.path(), &data);
    assert!(!effects.contains("duration"), "{effects}");
}

#[test]
fn a_driver_that_is_known_only_after_the_outcome_is_refused_through_sql() {
    let folder = tempfile::tempdir().unwrap();
    let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs/examples/bank_marketing.yaml");
    let text = std::fs::read_to_string(original).unwrap();
    // The table's SQL makes minutes of the contract's `duration`: another name, the same hindsight.
    let driver = "      drivers:\n";
    assert!(text.contains(driver));
    let job = folder.path().join("bank_marketing.yaml");
    std::fs::write(&job, text.replacen(driver, &format!("{driver}        talk_minutes: {{}}\n"), 1)).unwrap();
    let output = program()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("check")
        .arg(&job)
        .env("TRICHTER_PUBLISHED", folder.path())
        .output()
        .unwrap();
    assert_exit(&output, 2);
    let text = stderr(&output);
    for word in ["error[after_outcome]", "`talk_minutes`", "`duration`", "talk_minutes: {}"] {
        assert!(text.contains(word), "`{word}` is missing in:\n{text}");
    }
}
