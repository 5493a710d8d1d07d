//! The demo: the same lake for everyone, and a job that really cleans it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::project::{assert_exit, files_below, program, stderr};
use crate::s3::{ACCESS_KEY, SECRET_KEY, Server};

/// Small lakes are made in a second, and have all the dirt of large ones.
const SCALE: &str = "0.1";

fn demo(lake: &Path, arguments: &[&str]) -> Output {
    program()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["demo", "--scale", SCALE])
        .args(arguments)
        .env("TRICHTER_LAKE", lake)
        .env("TRICHTER_MARTS", lake.join("marts"))
        .output()
        .unwrap()
}

/// Every file below `folder` with its bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let named = |path: PathBuf| (path.strip_prefix(folder).unwrap().to_path_buf(), fs::read(&path).unwrap());
    let files: Vec<_> = files_below(folder).into_iter().map(named).collect();
    assert!(files.len() > 500, "{} files", files.len());
    files
}

#[track_caller]
fn assert_same(left: &Path, right: &Path) {
    let (left, right) = (files(left), files(right));
    let names = |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|file| file.0.clone()).collect::<Vec<_>>();
    assert_eq!(names(&left), names(&right));
    for ((name, left), (_, right)) in left.iter().zip(&right) {
        assert!(left == right, "{} differs", name.display());
    }
}

/// A lake that tests share, and only read.
pub(crate) fn shared_lake() -> &'static Path {
    static LAKE: OnceLock<TempDir> = OnceLock::new();
    LAKE.get_or_init(|| {
        let lake = tempfile::tempdir().unwrap();
        assert_exit(&demo(lake.path(), &["--data-only"]), 0);
        lake
    })
    .path()
}

/// A lake with its job run once, which tests share and only read, and the page that the run ended with.
pub(crate) fn shared_run() -> (&'static Path, &'static str) {
    static RUN: OnceLock<(TempDir, String)> = OnceLock::new();
    let (lake, page) = RUN.get_or_init(|| {
        let lake = tempfile::tempdir().unwrap();
        let output = demo(lake.path(), &[]);
        assert_exit(&output, 0);
        (lake, String::from_utf8_lossy(&output.stdout).into_owned())
    });
    (lake.path(), page)
}

#[test]
fn the_lake_is_the_same_for_any_number_of_threads() {
    let one = tempfile::tempdir().unwrap();
    assert_exit(&demo(one.path(), &["--data-only", "--threads", "1"]), 0);
    let three = tempfile::tempdir().unwrap();
    assert_exit(&demo(three.path(), &["--data-only", "--threads", "3"]), 0);
    assert_same(one.path(), three.path());
}

#[test]
fn the_lake_is_the_same_on_s3() {
    let buckets = tempfile::tempdir().unwrap();
    fs::create_dir_all(buckets.path().join("data")).unwrap();
    let server = Server::start(buckets.path());
    let config = buckets.path().join("config.yaml");
    let storage = format!(
        "{{ s3: {{ bucket: data, prefix: worlds, region: us-east-1, endpoint: \"{}\", allow_http: true, \
         access_key_id: {{ secret: env:DEMO_KEY }}, secret_access_key: {{ secret: env:DEMO_SECRET }} }} }}",
        server.endpoint
    );
    fs::write(&config, format!("storages:\n  scratch: {storage}\n")).unwrap();
    let output = program()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["demo", "--scale", SCALE, "--to", "scratch/one", "--config", config.to_str().unwrap()])
        .env("DEMO_KEY", ACCESS_KEY)
        .env("DEMO_SECRET", SECRET_KEY)
        .output()
        .unwrap();
    assert_exit(&output, 0);
    assert!(String::from_utf8_lossy(&output.stdout).contains("s3://data/worlds/one"));
    assert_same(shared_lake(), &buckets.path().join("data/worlds/one"));
}

#[test]
fn a_lake_is_made_once_replaced_when_asked_and_never_over_other_data() {
    let lake = tempfile::tempdir().unwrap();
    let output = demo(lake.path(), &["--data-only"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("Made a lake"));
    let first = files(lake.path());
    let output = demo(lake.path(), &["--data-only"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("is there already"));

    // A lost file is made again, and another seed makes another lake.
    fs::remove_file(lake.path().join("furniture/media/agency_nordlicht.csv")).unwrap();
    assert_exit(&demo(lake.path(), &["--data-only"]), 0);
    assert!(first == files(lake.path()));
    assert_exit(&demo(lake.path(), &["--data-only", "--seed", "2"]), 0);
    assert!(first != files(lake.path()));

    fs::write(lake.path().join("furniture/notes.txt"), "ours").unwrap();
    let output = demo(lake.path(), &["--data-only", "--seed", "3"]);
    assert_exit(&output, 2);
    assert!(stderr(&output).contains("furniture/notes.txt"), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(lake.path().join("furniture/notes.txt")).unwrap(), "ours");

    let output = demo(lake.path(), &["--data-only", "--scale", "0"]);
    assert_exit(&output, 2);
}

/// Runs the job on the shared lake with some of its files changed.
pub(crate) fn run_with(changes: &[(&str, &str, &str)]) -> (Output, TempDir) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir_all(copy.path().join("sql/furniture")).unwrap();
    for entry in fs::read_dir(root.join("sql/furniture")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.path().join("sql/furniture").join(path.file_name().unwrap())).unwrap();
    }
    fs::copy(root.join("jobs/furniture.yaml"), copy.path().join("furniture.yaml")).unwrap();
    for (file, from, to) in changes {
        let path = copy.path().join(file);
        // Nothing is put into a file that is not there yet.
        let text = if from.is_empty() { String::new() } else { fs::read_to_string(&path).unwrap() };
        assert!(text.contains(from), "{file} does not contain {from}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
    let output = program()
        .current_dir(root)
        .arg("run")
        .arg(copy.path().join("furniture.yaml"))
        .arg("--sql")
        .arg(copy.path().join("sql"))
        .env("TRICHTER_LAKE", shared_lake())
        .env("TRICHTER_MARTS", copy.path().join("marts"))
        .output()
        .unwrap();
    (output, copy)
}

/// Takes one cleaning step out of the job: a check must say so, and nothing may be published.
#[track_caller]
fn fails_without(file: &str, step: &str, instead: &str, code: i32, words: &[&str]) {
    let (output, folder) = run_with(&[(file, step, instead)]);
    assert_exit(&output, code);
    let text = stderr(&output);
    for word in words {
        assert!(text.contains(word), "`{word}` is missing in:\n{text}");
    }
    assert!(!folder.path().join("marts/furniture/current").exists());
}

const TILLS: &[&str] = &["daily_sales.sql", "rows returned by the query", "till="];

#[test]
fn exports_that_were_sent_again_are_met() {
    let step = " and l.export_number = e.export_number";
    fails_without("sql/furniture/daily_sales.sql", step, "", 3, TILLS);
}

#[test]
fn two_clocks_are_met() {
    let (step, instead) = ("when sales_channel = 'web'", "when sales_channel = 'nobody'");
    fails_without("sql/furniture/daily_sales.sql", step, instead, 3, TILLS);
}

#[test]
fn late_orders_are_met() {
    // Dated by their export, they count for other days.
    let (step, instead) = ("else cast(ordered_at as date)", "else exported_on");
    fails_without("sql/furniture/daily_sales.sql", step, instead, 3, TILLS);
}

#[test]
fn the_renamed_channel_is_met() {
    let step = "    ('facebook', 'social'),\n";
    fails_without("sql/furniture/media.sql", step, "", 3, &["media.not_null", "`channel`"]);
}

#[test]
fn decimal_commas_are_met() {
    let step = "replace(replace(b.\"Kosten\", '.', ''), ',', '.')";
    fails_without("sql/furniture/media.sql", step, "b.\"Kosten\"", 3, &["media.not_null", "`spend`"]);
}

#[test]
fn the_agencys_encoding_is_met() {
    let words = &["`agency_bookings`", "UTF-8", "encoding: latin_1"];
    fails_without("furniture.yaml", ", encoding: latin_1", "", 4, words);
}

#[test]
fn the_missing_week_of_weather_is_met() {
    for column in ["temperature", "rain", "sunshine"] {
        let step = format!("({column}_before + {column}_after) / 2.0");
        let words = &["weather_weekly.not_null", &format!("`{column}`")];
        fails_without("sql/furniture/weather_weekly.sql", &step, "null", 3, words);
    }
}

#[test]
fn leads_that_were_written_twice_are_met() {
    let step = "    where version = 1\n";
    fails_without("sql/furniture/leads.sql", step, "", 3, &["leads.key", "lead_id="]);
}

#[test]
fn how_far_a_deal_came_is_no_driver_of_its_success() {
    // Counted from times that are known only after the outcome.
    let (drivers, with) = ("        discount: { role", "        stage: {}\n        discount: { role");
    fails_without("furniture.yaml", drivers, with, 2, &["error[after_outcome]", "`stage`", "`entered_at`"]);
}

#[test]
fn a_past_week_is_seen_as_it_was_then() {
    let folder = tempfile::tempdir().unwrap();
    let run = |as_of: &str| {
        let output = program()
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["run", "jobs/furniture.yaml", "--as-of", as_of, "--output", "json"])
            .env("TRICHTER_LAKE", shared_lake())
            .env("TRICHTER_MARTS", folder.path())
            .output()
            .unwrap();
        assert_exit(&output, 0);
    };
    let shown = |table: &str| -> Vec<serde_json::Value> {
        let output = program()
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["show", "jobs/furniture.yaml", table, "--limit", "100000", "--output", "json"])
            .env("TRICHTER_LAKE", shared_lake())
            .env("TRICHTER_MARTS", folder.path())
            .output()
            .unwrap();
        assert_exit(&output, 0);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let of_week = |rows: &[serde_json::Value], column: &str| -> Vec<serde_json::Value> {
        let days = "2024-06-24".."2024-07-01";
        rows.iter().filter(|row| days.contains(&row[column].as_str().unwrap())).cloned().collect()
    };
    // The week as it was seen when it had just ended, and four weeks later.
    run("2024-07-01");
    let leads = shown("leads");
    let (then_leads, then_deals) = (of_week(&leads, "created_on"), of_week(&shown("deals"), "opened_on"));
    assert!(leads.iter().all(|lead| lead["decided_on"].as_str().is_none_or(|day| day < "2024-07-01")));
    assert!(then_deals.iter().all(|deal| deal["is_won"] != false || deal["stage"].is_string()));
    run("2024-07-29");
    let now_leads = of_week(&shown("leads"), "created_on");
    // No lead gets lost because sales has not decided yet, and decisions appear when they are made.
    assert!(then_leads.len() > 10 && then_leads.len() == now_leads.len());
    let open =
        |leads: &[serde_json::Value]| leads.iter().filter(|lead| lead["is_accepted"].is_null()).count();
    assert!(open(&then_leads) > open(&now_leads));
    // Published leads are restated, so that the last seven weeks are never stuck at what was known first.
    assert!(open(&now_leads) * 10 < now_leads.len(), "{} of {}", open(&now_leads), now_leads.len());
    let later = of_week(&shown("deals"), "opened_on");
    let decided = |deals: &[serde_json::Value]| deals.iter().filter(|deal| !deal["is_won"].is_null()).count();
    assert!(decided(&later) > decided(&then_deals));
}

#[test]
fn a_place_that_is_not_set_is_named() {
    let config = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    fs::write(config.path(), "storages:\n  lake: { folder: \"${NOWHERE:?set it to a folder}\" }\n").unwrap();
    let output = program()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["demo", "--config", config.path().to_str().unwrap()])
        .output()
        .unwrap();
    assert_exit(&output, 2);
    assert!(stderr(&output).contains("`NOWHERE` is not set: set it to a folder"), "{}", stderr(&output));
}

#[test]
fn the_demo_ends_with_a_page_that_says_what_to_do() {
    let (lake, page) = shared_run();
    for words in [
        "Made a lake",
        "furniture_truth/",
        "WHAT WAS JOINED",
        "outside data: weather",
        "WHERE WE STAND",
        "WHAT SPEND BRINGS: Weekly revenue\n",
        "paid search",
        "without outside data",
        "WHAT DRIVES IT: Weekly revenue per",
        "WHAT TO DO",
        "WHERE TO LOOK",
        "show jobs/furniture.yaml recommendations",
    ] {
        assert!(page.contains(words), "`{words}` is missing in:\n{page}");
    }
    assert!(lake.join("marts/furniture/current/recommendations/part-0.parquet").exists());
}
