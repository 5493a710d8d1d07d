//! The example jobs on the published data sets, from the project's own folder, as the README runs them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

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
        .args(["show", &format!("jobs/examples/{job}.yaml"), table, "--limit", "1000000", "--output", "json"])
        .env("TRICHTER_PUBLISHED", data)
        .env("TRICHTER_MARTS", target)
        .output()
        .unwrap();
    assert_exit(&output, 0);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Published tables of one run of a job.
struct Published {
    job: &'static str,
    target: TempDir,
    data: PathBuf,
}

impl Published {
    /// Runs a job; `None` without the published data sets.
    fn by(job: &'static str) -> Option<Self> {
        let data = published_data(job)?;
        let target = tempfile::tempdir().unwrap();
        assert_exit(&run(job, target.path(), &data), 0);
        Some(Self { job, target, data })
    }

    fn rows(&self, table: &str) -> Vec<Value> {
        serde_json::from_str(&shown(self.job, table, self.target.path(), &self.data)).unwrap()
    }

    /// What a channel brought over all units.
    fn channel(&self, name: &str) -> Value {
        let mut rows = self.rows("channel_performance");
        rows.retain(|row| row["channel"] == name && row["unit"] == "");
        assert_eq!(rows.len(), 1, "{name}: {rows:?}");
        rows.remove(0)
    }

    /// The gate of the only model, and errors on periods that it had not seen: its own and the seasonal forecast's.
    fn quality(&self) -> (String, f64, f64) {
        let rows = self.rows("model_quality");
        let gate = rows.iter().find(|row| row["metric"] == "gate").unwrap();
        let error = |variant: &str| {
            let is = |row: &&Value| {
                row["metric"] == "rmse" && row["split"] == "out_of_sample" && row["variant"] == variant
            };
            number(rows.iter().find(is).unwrap(), "value")
        };
        (gate["gate"].as_str().unwrap().to_owned(), error("model"), error("naive_season"))
    }
}

fn number(row: &Value, column: &str) -> f64 {
    row[column].as_f64().unwrap_or_else(|| panic!("no {column} in {row}"))
}

fn text(row: &Value, column: &str) -> String {
    row[column].as_str().unwrap_or_else(|| panic!("no {column} in {row}")).to_owned()
}

/// Asserts what must hold of every response model that may be followed.
fn assert_sound(published: &Published) {
    let (gate, model, season) = published.quality();
    assert_ne!(gate, "withheld");
    assert!(model < season, "the model's error is {model}, that of the season before {season}");

    let place = |row: &Value| (text(row, "period_start"), text(row, "unit"));
    let mut sums: BTreeMap<(String, String), f64> = BTreeMap::new();
    for row in published.rows("contributions") {
        *sums.entry(place(&row)).or_default() += number(&row, "contribution");
    }
    let predictions = published.rows("predictions");
    let fitted: BTreeMap<_, _> = predictions.iter().map(|row| (place(row), number(row, "fitted"))).collect();
    assert!(sums.len() > 100, "{} cells", sums.len());
    for (cell, sum) in &sums {
        let fitted = fitted[cell];
        assert!(
            (sum - fitted).abs() <= 1e-9 * fitted.abs(),
            "{cell:?}: parts sum to {sum}, fitted is {fitted}"
        );
    }
}

#[test]
fn bike_sharing_finds_the_weather() {
    let Some(data) = published_data("bike_sharing_finds_the_weather") else { return };
    let target = tempfile::tempdir().unwrap();
    let output = run("bike_sharing", target.path(), &data);
    assert_exit(&output, 0);
    let last = String::from_utf8_lossy(&output.stdout).lines().last().unwrap().to_owned();
    let result: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(result["status"], "success");
    let effects: Value =
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

/// True returns of two channels, as the authors of the data state them; docs/published-data.md.
const TRUE_ROAS: [(&str, f64); 2] = [("x1", 93.39), ("x2", 171.41)];

#[test]
fn mmm_roas_knows_what_channels_bring_and_needs_the_market_for_it() {
    let Some(published) = Published::by("mmm_roas") else { return };
    for (name, truth) in TRUE_ROAS {
        let channel = published.channel(name);
        let (lower, upper) = (number(&channel, "roas_lower"), number(&channel, "roas_upper"));
        assert!(lower <= truth && truth <= upper, "{name}: {truth} is not in {lower} to {upper}");
    }
    // Spend on x1 follows demand: without it, x1 is given what the market did.
    let x1 = published.channel("x1");
    let (with, without) = (number(&x1, "roas"), number(&x1, "roas_without_third_party"));
    assert!(with <= 0.7 * without, "{with} with demand, {without} without");
    assert_eq!(x1["depends_on"], "z");
    // x1 was never off, so nobody saw sales without it.
    assert_eq!(x1["gate"], "review");
    assert!(text(&x1, "reason_codes").contains("level_extrapolated"), "{x1}");
    assert_sound(&published);
}

#[test]
fn robyn_weekly_may_be_followed_with_care() {
    let Some(published) = Published::by("robyn_weekly") else { return };
    assert_sound(&published);
    // The newsletter has an effect, but nothing was paid for it.
    let newsletter = published.channel("newsletter");
    assert!(newsletter["roas"].is_null() && newsletter["spend"].is_null(), "{newsletter}");
    assert!(number(&newsletter, "incremental_outcome") >= 0.0);
}

#[test]
fn meridian_geos_have_returns_of_their_own() {
    let Some(published) = Published::by("meridian_geos") else { return };
    assert_sound(&published);
    let mut rows = published.rows("channel_performance");
    rows.retain(|row| row["channel"] == "channel_0");
    // Forty geos, and all of them together.
    assert_eq!(rows.len(), 41);
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
