//! `trichter test`.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use super::load;
use crate::cli::args::{GlobalArgs, OutputForm, TestArgs};
use crate::cli::output;
use crate::config::diagnostic::Problems;
use crate::config::{Job, closest, listed};
use crate::engine::EngineError;
use crate::run::{Failure, FailureClass};
use crate::transform::{Difference, DifferenceKind, PlannedTest, run_test};

/// Differences that are shown of one test.
const SHOWN: usize = 20;

/// What one test gave.
type Outcome = Result<Vec<Difference>, EngineError>;

/// Runs the tests of jobs.
pub(in crate::cli) fn test(global: &GlobalArgs, args: &TestArgs) -> Result<u8, Failure> {
    let platform = load::platform(global)?;
    let engine = load::planning_engine(Some(&platform))?;
    let runtime = load::runtime(platform.engine.threads)?;
    let (mut passed, mut failed) = (0, 0);
    let mut reports = Vec::new();
    let mut asked: Vec<&str> = args.only.iter().map(String::as_str).collect();
    let mut known = Vec::new();
    for file in &args.jobs {
        let job = load::job(global, file)?;
        known.extend(job.tests.iter().map(|test| test.name.clone()));
        let planned = runtime.block_on(crate::run::plan(&engine, &job, None))?;
        let wanted = |test: &&PlannedTest| args.only.is_empty() || args.only.contains(&test.name);
        for test in planned.tests.iter().filter(wanted) {
            asked.retain(|name| *name != test.name);
            let outcome = runtime.block_on(run_test(&engine, &job, test));
            let is_good = outcome.as_ref().is_ok_and(Vec::is_empty);
            (passed, failed) = if is_good { (passed + 1, failed) } else { (passed, failed + 1) };
            if global.output == OutputForm::Text {
                output::text(&told(file, test, &outcome))?;
            }
            reports.push(report(&job, test, &outcome));
        }
    }
    if let Some(name) = asked.first() {
        return Err(unknown(name, &known));
    }
    match global.output {
        OutputForm::Json => output::json(&json!({ "ok": failed == 0, "tests": reports }))?,
        OutputForm::Text if passed + failed == 0 => {
            output::text("no tests: write them under `tests` of the job; docs/testing.md shows how\n")?;
        }
        OutputForm::Text => output::text(&format!("{passed} passed, {failed} failed\n"))?,
    }
    Ok(if failed == 0 { 0 } else { FailureClass::Check.exit_code() })
}

fn unknown(name: &str, known: &[String]) -> Failure {
    let names = || known.iter().map(String::as_str);
    let help = match closest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "the job declares no tests".to_owned(),
        None => format!("the tests are {}", listed(names())),
    };
    Failure::new(FailureClass::Job, format!("there is no test `{name}`")).with_help(help)
}

/// A line for the test, and what differs below it.
fn told(file: &Path, test: &PlannedTest, outcome: &Outcome) -> String {
    let word = if outcome.as_ref().is_ok_and(Vec::is_empty) { "ok    " } else { "FAILED" };
    let mut text = format!("{word}  {}: {} ({})\n", file.display(), test.name, test.table);
    match outcome {
        Ok(differences) => {
            if let (Some(about), false) = (&test.about, differences.is_empty()) {
                let _ = writeln!(text, "        {about}");
            }
            for difference in differences.iter().take(SHOWN) {
                let _ = writeln!(text, "        {}", line(difference));
            }
            if differences.len() > SHOWN {
                let _ = writeln!(text, "        and {} more differences", differences.len() - SHOWN);
            }
        }
        Err(error) => {
            let mut problems = Problems::default();
            problems.push(error.to_problem(file));
            problems.add_texts();
            let report = problems.render(false);
            for line in report.lines().filter(|line| !line.is_empty()) {
                let _ = writeln!(text, "        {line}");
            }
        }
    }
    text
}

fn line(difference: &Difference) -> String {
    let row = &difference.row;
    match &difference.kind {
        DifferenceKind::Missing => format!("- expected, but not there: {row}"),
        DifferenceKind::Unexpected => format!("+ there, but not expected: {row}"),
        DifferenceKind::Changed { column, expected, found } => {
            format!("~ {row}: `{column}` is {found}, expected {expected}")
        }
    }
}

fn report(job: &Job, test: &PlannedTest, outcome: &Outcome) -> Value {
    let (status, differences, error) = match outcome {
        Ok(differences) if differences.is_empty() => ("pass", json!([]), None),
        Ok(differences) => ("fail", json!(differences), None),
        Err(error) => ("error", json!([]), Some(error.to_string())),
    };
    json!({
        "job": job.name,
        "test": test.name,
        "table": test.table,
        "status": status,
        "differences": differences,
        "error": error,
    })
}
