//! Commands about windows: what a run would do, many windows in a row, the last one again.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::project::{Project, assert_exit, stderr};
use crate::store::{STORE, kept, monday, read_of, run, store};

fn json(project: &Project, arguments: &[&str]) -> Value {
    let output = project.run(arguments);
    assert_exit(&output, 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

fn of<'a>(plan: &'a Value, list: &str, key: &str, name: &str) -> &'a Value {
    plan[list].as_array().unwrap().iter().find(|entry| entry[key] == name).unwrap()
}

#[test]
fn a_plan_says_what_the_run_then_does() {
    let project = store(9);
    let (start, end) = (monday(7), monday(8));
    let asked = ["plan", STORE, "--start", &start, "--end", &end, "--output", "json"];
    let first = json(&project, &asked);
    assert_eq!(of(&first, "tables", "table", "weekly")["anew"], "no run has kept it yet");
    assert_eq!(of(&first, "sources", "source", "orders")["objects"], 8 * 7 + 7);
    assert!(!project.path().join("marts").exists(), "a plan writes nothing");

    run(&project, (7, 8), &[]);
    let (start, end) = (monday(8), monday(9));
    let asked = ["plan", STORE, "--start", &start, "--end", &end, "--output", "json"];
    let plan = json(&project, &asked);
    let orders = of(&plan, "sources", "source", "orders");
    assert_eq!((&orders["from"], &orders["of_objects"]), (&Value::from(monday(6)), &Value::from(9 * 7 + 7)));
    let weekly = of(&plan, "tables", "table", "weekly");
    assert_eq!((&weekly["from"], &weekly["reads_kept"]), (&Value::from(monday(6)), &Value::from(true)));
    let running = of(&plan, "tables", "table", "running");
    assert_eq!(
        (&running["from"], &running["reads_all_of"][0]),
        (&Value::from(monday(6)), &Value::from("weekly"))
    );

    let text = String::from_utf8(project.run(&asked[..6]).stdout).unwrap();
    assert!(
        text.contains("needs all rows of `weekly`") && text.contains("published up to 2023-02-27"),
        "{text}"
    );
    run(&project, (8, 9), &[]);
    assert_eq!(read_of(&project, "orders").len() as u64, orders["objects"].as_u64().unwrap());
    // What has run already would only go to `history/`.
    let (start, end) = (monday(7), monday(8));
    let older = json(&project, &["plan", STORE, "--start", &start, "--end", &end, "--output", "json"]);
    assert_eq!(older["publishes_to"], "history");
}

#[test]
fn a_backfill_comes_to_the_same_as_its_windows_one_by_one() {
    let project = store(10);
    for week in 5..10 {
        run(&project, (week, week + 1), &[]);
    }
    let by_hand = project_files(&project);
    fs::remove_dir_all(project.path().join("marts")).unwrap();
    let (from, to) = (monday(5), monday(10));
    let output = project.run(&["backfill", STORE, "--from", &from, "--to", &to]);
    assert_exit(&output, 0);
    assert_eq!(String::from_utf8_lossy(&output.stdout).matches("  done\n").count(), 5);
    assert!(by_hand == project_files(&project));
    assert!(
        !project.path().join("marts/store/_trichter/backfills").join(format!("{from}_{to}.json")).exists()
    );
    let wrong = project.run(&["backfill", STORE, "--from", "2023-02-07", "--to", &to]);
    assert_exit(&wrong, 2);
    assert!(stderr(&wrong).contains("2023-02-06"), "{}", stderr(&wrong));
}

fn project_files(project: &Project) -> Vec<(String, Vec<u8>)> {
    crate::project::published_files(&project.path().join("marts/store"))
}

#[test]
fn a_backfill_that_failed_goes_on_where_it_was() {
    let project = store(8);
    let broken = project.path().join(format!("lake/orders/day={}/part-0.csv", monday(6)));
    let sound = fs::read_to_string(&broken).unwrap();
    fs::write(&broken, sound.replace(".25", ".25x")).unwrap();
    let (from, to) = (monday(4), monday(8));
    let asked = ["backfill", STORE, "--from", &from, "--to", &to, "--output", "json"];
    let output = project.run(&asked);
    assert_exit(&output, 4);
    assert!(
        stderr(&output).contains("the same command goes on with the window that failed"),
        "{}",
        stderr(&output)
    );
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes: Vec<&Value> =
        told["windows"].as_array().unwrap().iter().map(|window| &window["exit_code"]).collect();
    assert_eq!(codes, [&Value::from(0), &Value::from(0), &Value::from(4), &Value::Null]);

    fs::write(&broken, sound).unwrap();
    let told = json(&project, &asked);
    let before: Vec<&Value> =
        told["windows"].as_array().unwrap().iter().map(|window| &window["done_before"]).collect();
    assert_eq!(before, [&Value::from(true), &Value::from(true), &Value::from(false), &Value::from(false)]);
    let stepped = kept(&project);
    fs::remove_dir_all(project.path().join("marts")).unwrap();
    run(&project, (7, 8), &[]);
    assert!(stepped == kept(&project));
}

#[test]
fn a_backfill_that_was_killed_goes_on_and_comes_to_the_same() {
    let project = store(12);
    let (from, to) = (monday(2), monday(12));
    let asked = ["backfill", STORE, "--from", &from, "--to", &to, "--lock-wait", "1m"];
    let mut child =
        project.command().args(asked).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let third = project.path().join(format!("marts/store/history/runs/{}", monday(5)));
    while !third.exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let output = project.run(&asked);
    assert_exit(&output, 0);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.matches("done before").count() >= 2, "{text}");
    let resumed = project_files(&project);
    fs::remove_dir_all(project.path().join("marts")).unwrap();
    assert_exit(&project.run(&asked), 0);
    assert!(resumed == project_files(&project));
}

#[test]
fn what_failed_last_is_run_again_as_it_was() {
    let project = store(8);
    let none = project.run(&["retry", STORE]);
    assert_exit(&none, 2);
    let file = project.path().join(format!("lake/orders/day={}/part-0.csv", monday(7)));
    let sound = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    project.edit("sql/store/sold.sql", "o.amount > 0", "o.amount > 0 and 1 / (o.id - o.id) = 1");
    let (start, end) = (monday(7), monday(8));
    let failed =
        project.run(&["run", STORE, "--start", &start, "--end", &end, "--run-id", "nightly", "--seed", "7"]);
    assert_exit(&failed, 1);
    project.edit("sql/store/sold.sql", " and 1 / (o.id - o.id) = 1", "");
    fs::write(&file, sound).unwrap();
    let told = json(&project, &["retry", STORE, "--artifacts", "out", "--output", "json"]);
    let record = fs::read_to_string(project.path().join("out/run_results.json")).unwrap();
    assert!(record.contains("\"seed\": 7"), "{record}");
    assert_eq!(
        (&told["run_id"], &told["window_start"], &told["exit_code"]),
        (&Value::from("nightly"), &Value::from(start), &Value::from(0))
    );
    let nothing = project.run(&["retry", STORE]);
    assert_exit(&nothing, 0);
    assert!(String::from_utf8_lossy(&nothing.stdout).contains("ended well"));
}
