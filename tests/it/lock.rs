//! Two runs of one job at once, and runs that are stopped at any moment.

#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rand::prelude::*;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

use crate::project::{JOB, Project, assert_exit, stderr};

const LOCK: &str = "marts/shop/_trichter/locks/shop.json";

fn signal(child: &Child, signal: &str) {
    std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
}

#[test]
fn of_two_runs_at_once_the_second_exits_with_75_fifty_times() {
    let project = Project::new();
    assert_exit(&project.run(&["run", JOB]), 0);
    let before = project.published();
    let mut first = project.start_endless();
    for _ in 0..50 {
        let second = project.run(&["run", JOB]);
        assert_exit(&second, 75);
        assert!(stderr(&second).contains("job `shop` is locked by run"), "{}", stderr(&second));
    }
    assert!(stderr(&project.run(&["run", JOB])).contains("--lock-wait"));
    let began = Instant::now();
    assert_exit(&project.run(&["run", JOB, "--lock-wait", "1500ms"]), 75);
    assert!(began.elapsed() >= Duration::from_millis(1400), "it did not wait");
    assert_exit(&project.run(&["vacuum", JOB]), 75);
    assert!(first.try_wait().unwrap().is_none(), "the first run was disturbed");
    signal(&first, "-TERM");
    assert_eq!(first.wait().unwrap().code(), Some(143));
    assert!(before == project.published());
}

#[test]
fn a_run_that_waits_takes_its_turn_after_one_that_was_killed() {
    let project = Project::new();
    let mut first = project.start_endless();
    project.edit("sql/shop/daily.sql", "\nwhere (select count(*)", "\n-- where (select count(*)");
    let second = project.command().args(["run", JOB, "--lock-wait", "5m"]).stderr(Stdio::piped()).spawn();
    let mut second = second.unwrap();
    let lines = BufReader::new(second.stderr.take().unwrap()).lines();
    let mut lines = lines.map_while(Result::ok);
    assert!(lines.any(|line| line.contains("waiting for it")), "it does not say that it waits");
    // A killed run releases nothing; its process is gone, though.
    signal(&first, "-KILL");
    first.wait().unwrap();
    assert!(project.path().join(LOCK).exists());
    for _ in lines {}
    assert_eq!(second.wait().unwrap().code(), Some(0));
    assert!(!project.path().join(LOCK).exists());
}

/// What readers find through the pointer is whole. Gives the publication.
fn whole(project: &Project) -> String {
    let target = project.path().join("marts/shop");
    let pointer = std::fs::read_to_string(target.join("_trichter/publication.json")).unwrap();
    let pointer: serde_json::Value = serde_json::from_str(&pointer).unwrap();
    let tables = pointer["tables"].as_array().unwrap();
    for file in tables.iter().flat_map(|table| table["files"].as_array().unwrap()) {
        let bytes = std::fs::read(target.join(file["path"].as_str().unwrap())).unwrap();
        let sum = format!("{:x}", Sha256::digest(&bytes));
        assert_eq!(sum, file["sha256"].as_str().unwrap(), "{file}");
    }
    pointer["publication"].as_str().unwrap().to_owned()
}

/// Thirty runs, each of a window of its own and stopped at a random moment, half of them softly.
#[test]
fn runs_stopped_at_thirty_random_moments_do_no_damage() {
    let project = Project::new();
    let run = |week: u64, extra: &[&str]| {
        let end = chrono::NaiveDate::from_ymd_opt(2023, 5, 29).unwrap() + chrono::Days::new(7 * week);
        let mut command = project.command();
        command.args(["run", JOB, "--as-of", &end.to_string()]).args(extra);
        command.stderr(Stdio::null()).stdout(Stdio::null());
        command
    };
    let began = Instant::now();
    assert!(run(0, &[]).status().unwrap().success());
    let usual = began.elapsed();
    let mut random = ChaCha8Rng::seed_from_u64(30);
    let mut stopped = [0, 0];
    for moment in 1..=30_u64 {
        let before = whole(&project);
        let mut child = run(moment, &[]).spawn().unwrap();
        // A little beyond the end, so that late moments are among them.
        std::thread::sleep(usual.mul_f64(random.random_range(0.0..1.1)));
        let softly = moment % 2 == 0;
        signal(&child, if softly { "-TERM" } else { "-KILL" });
        let asked = Instant::now();
        let status = child.wait().unwrap();
        if softly {
            assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
            // Before it listens, the system ends the process, which schedulers see as 143 too.
            let is_ended = std::os::unix::process::ExitStatusExt::signal(&status) == Some(15);
            assert!(is_ended || matches!(status.code(), Some(143 | 0)), "{status:?}");
        }
        let now = whole(&project);
        if status.code() == Some(143) {
            assert_eq!(before, now, "a stopped run says that tables are untouched");
        }
        stopped[usize::from(softly)] += usize::from(status.code() != Some(0));
    }
    assert!(stopped.iter().all(|count| *count >= 5), "{stopped:?} of thirty were stopped on the way");
    // The next run heals whatever is left to heal, and a clean project has the same tables.
    assert!(run(31, &[]).status().unwrap().success());
    whole(&project);
    let clean = Project::new();
    assert_exit(&clean.run(&["run", JOB, "--as-of", "2024-01-01"]), 0);
    let current = |project: &Project| {
        let mut files = project.published();
        // Periods that only stopped runs would have published are missing there, and these tables keep them all.
        files.retain(|(name, _)| {
            name.starts_with("current/")
                && !name.contains("kpi_values")
                && !name.contains("calendar")
                && !name.contains("model_changes")
                && !name.contains("recommendations/")
        });
        files
    };
    let (healed, fresh) = (current(&project), current(&clean));
    assert_eq!(healed.len(), fresh.len());
    for ((name, healed), (_, fresh)) in healed.iter().zip(&fresh) {
        assert!(healed == fresh, "{name} differs from a clean run");
    }
}
