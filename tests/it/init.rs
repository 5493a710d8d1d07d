//! `trichter init`: what it proposes for real-looking data checks and runs once its blanks are filled in.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::demo::shared_lake;
use crate::project::{assert_exit, files_below, program, stderr};

/// What a person would write in place of each blank.
const ANSWERS: &[(&str, &str)] = &[
    ("\"FILL_IN: who answers for this job, for example a team\"", "growth-analytics"),
    ("\"FILL_IN: the currency of all amounts, as three capital letters such as EUR\"", "EUR"),
    ("\"FILL_IN: name or position of whoever decides by these figures\"", "Head of sales"),
    ("\"FILL_IN: the question that is decided by these figures every week\"", "What do we change next week?"),
];

fn trichter(folder: &Path, arguments: &[&str]) -> Output {
    program().current_dir(folder).args(arguments).output().unwrap()
}

fn init(folder: &Path, place: &Path, more: &[&str]) -> Output {
    let place = place.display().to_string();
    trichter(folder, &[&["init", place.as_str()], more].concat())
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Every file below `folder` with its text.
fn texts(folder: &Path) -> BTreeMap<String, String> {
    let named = |path: PathBuf| {
        let name = path.strip_prefix(folder).unwrap().display().to_string();
        (name, fs::read_to_string(path).unwrap())
    };
    files_below(folder).into_iter().map(named).collect()
}

#[test]
fn the_demo_lake_becomes_a_job_that_runs_once_its_blanks_are_filled() {
    let lake = shared_lake().join("furniture");
    let project = tempfile::tempdir().unwrap();
    let output = init(project.path(), &lake, &["--job", "first_look"]);
    assert_exit(&output, 0);
    let page = stdout(&output);
    for words in [
        "order_lines",
        "key order_id + line_number + export_number",
        "4 begin with FILL_IN",
        "check jobs/first_look.yaml",
    ] {
        assert!(page.contains(words), "`{words}` is missing in:\n{page}");
    }
    assert!(!page.contains("truth"), "{page}");

    // The same data, the same bytes.
    let again = tempfile::tempdir().unwrap();
    assert_exit(&init(again.path(), &lake, &["--job", "first_look"]), 0);
    assert_eq!(texts(project.path()), texts(again.path()));

    // Nothing but the blanks is refused.
    let file = project.path().join("jobs/first_look.yaml");
    let mut job = fs::read_to_string(&file).unwrap();
    let output = trichter(project.path(), &["check", "jobs/first_look.yaml"]);
    assert_exit(&output, 2);
    let report = stderr(&output);
    assert_eq!(report.matches("error[").count(), ANSWERS.len(), "{report}");
    assert_eq!(report.matches("error[fill_in]").count(), ANSWERS.len(), "{report}");
    for (blank, answer) in ANSWERS {
        assert_eq!(job.matches(blank).count(), 1, "{blank} in:\n{job}");
        job = job.replace(blank, answer);
    }
    fs::write(&file, job).unwrap();
    let output = trichter(project.path(), &["check", "jobs/first_look.yaml"]);
    assert_exit(&output, 0);
    assert_eq!(stderr(&output), "");

    let output = trichter(project.path(), &["run", "jobs/first_look.yaml"]);
    assert_exit(&output, 0);
    assert!(!stdout(&output).contains("WARNINGS"), "{}", stdout(&output));
    for table in ["kpi_values", "sources_read"] {
        assert!(
            project.path().join(format!("marts/first_look/current/{table}/part-0.parquet")).exists(),
            "{table}"
        );
    }
}

#[test]
fn contracts_say_what_was_seen_and_no_more() {
    let lake = shared_lake().join("furniture");
    let project = tempfile::tempdir().unwrap();
    let more =
        ["--job", "first_look", "--currency", "EUR", "--language", "de,en", "--time-zone", "Europe/Berlin"];
    assert_exit(&init(project.path(), &lake, &more), 0);
    let texts = texts(project.path());
    let job = &texts["jobs/first_look.yaml"];
    for words in [
        "currency: &currency EUR\n",
        "languages: [de, en]\n",
        "calendar: { period: week, starts: monday, time_zone: Europe/Berlin }",
        "    partitions: { export_week: date }\n    time: ordered_at  # ",
        "      order_id: { type: bigint, required: true }  # ",
        "      deal_id: { type: bigint, required: true, unique: true }  # ",
        // Leads are written again when sales has decided.
        "# Key: lead_id, updated_at. Without the last part ",
        "      rejected_at: { type: timestamp }  # missing in ",
        "    party: third  # because of `weather` in its path\n    about: weather\n",
        "    format: { csv: { delimiter: \";\", encoding: latin_1 } }\n",
        "      Kosten: { type: string, required: true }  # numbers with a decimal comma",
        "      Woche: { type: string, required: true }  # dates such as",
        "# No `time`, so that it is read whole: rows have a span, `start_date` to `end_date`",
        "  net_amount:\n    from: weekly_order_lines\n    value: sum(net_amount)\n    unit: *currency\n",
    ] {
        assert!(job.contains(words), "`{words}` is missing in:\n{job}");
    }
    let sql = &texts["sql/first_look/weekly_order_lines.sql"];
    for words in [
        "-- One row per week, ",
        "-- key: week, ",
        "of the rows repeat order_id, line_number",
        "'Europe/Berlin'",
    ] {
        assert!(sql.contains(words), "`{words}` is missing in:\n{sql}");
    }
    assert!(texts["config/local.yaml"].contains("marts: { folder: ./marts }"));
}

#[test]
fn places_without_data_and_files_in_the_way_are_told() {
    let project = tempfile::tempdir().unwrap();
    let refused = |place: &str, more: &[&str], code: i32, words: &[&str]| {
        let output = trichter(project.path(), &[&["init", place], more].concat());
        assert_exit(&output, code);
        let report = stderr(&output);
        for word in words.iter().chain(&["help: "]) {
            assert!(report.contains(word), "`{word}` is missing in:\n{report}");
        }
    };
    refused("nowhere", &[], 2, &["no folder `nowhere`"]);
    refused("az://container/lake/", &[], 2, &["belongs to an account"]);
    let lake = project.path().join("lake");
    fs::create_dir_all(lake.join("shop")).unwrap();
    fs::write(lake.join("shop/notes.md"), "# Notes").unwrap();
    refused("lake", &[], 2, &["no Parquet or CSV file", "shop/notes.md"]);
    fs::write(lake.join("shop/sales.parquet"), "no Parquet at all").unwrap();
    refused("lake", &[], 4, &["none of the 1 files", "sales.parquet"]);
    refused("lake", &["--job", "Two words"], 2, &["`Two words`"]);
    refused("lake", &["--currency", "euro"], 2, &["`euro`"]);
    assert!(!project.path().join("jobs").exists());

    let rows = (1..=40)
        .map(|day| format!("2024-{:02}-{:02},0123{},{},NA\n", day / 29 + 1, day % 28 + 1, day % 10, day));
    fs::write(lake.join("shop/sales.csv"), format!("day,plz,units,note\n{}", rows.collect::<String>()))
        .unwrap();
    assert_exit(&trichter(project.path(), &["init", "lake"]), 0);
    let job = fs::read_to_string(project.path().join("jobs/lake.yaml")).unwrap();
    for words in [
        "format: { csv: {} }",
        "plz: { type: string",
        "units: { type: bigint",
        "# Left out: ",
        "sales.parquet",
    ] {
        assert!(job.contains(words), "`{words}` is missing in:\n{job}");
    }
    refused("lake", &[], 2, &["is there already", "--force"]);
    fs::write(project.path().join("config/local.yaml"), "storages:\n  marts: { folder: out }\n").unwrap();
    let output = trichter(project.path(), &["init", "lake", "--force"]);
    assert_exit(&output, 0);
    assert!(stdout(&output).contains("lake: { folder: lake }"), "{}", stdout(&output));
    let config = fs::read_to_string(project.path().join("config/local.yaml")).unwrap();
    assert!(!config.contains("lake"), "a platform file is never written over:\n{config}");
}
