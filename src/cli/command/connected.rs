//! `trichter check --connect`: contracts against files, and columns saved for checks without them.

use std::collections::BTreeMap;
use std::path::Path;

use super::check::Look;
use crate::cli::args::CheckArgs;
use crate::config::diagnostic::{Problem, Problems};
use crate::config::{self, Job, Platform};
use crate::domain::Severity;
use crate::engine::Engine;
use crate::run::{self, Failure, FailureClass};

/// Compares the sources of `job` with their files, and plans it with what they hold.
pub(super) async fn look(platform: &Platform, job: &Job, args: &CheckArgs) -> Result<Look, Failure> {
    let engine = Engine::new(platform)?;
    let found = run::connect(&engine, job, &args.window.request()).await?;
    let mut problems = found.problems;
    for message in found.warnings {
        problems.push(Problem {
            code: "source",
            severity: Severity::Warn,
            file: job.file.clone(),
            position: None,
            message,
            help: None,
        });
    }
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let mut notes = vec![format!("connected: {} object{} looked at", found.objects, plural(found.objects))];
    let texts = found.schemas;
    if args.write_schemas {
        for (source, text) in &texts {
            write(&config::schema_file(&args.schemas, job, source), text)?;
        }
        let folder = args.schemas.join(&job.name);
        notes.push(format!(
            "saved: the columns of {} source{} in {}",
            texts.len(),
            plural(texts.len()),
            folder.display()
        ));
    }
    problems.extend(outdated(job, &args.schemas, &texts));
    Ok(Look { planned: found.planned, problems, class: found.class, notes })
}

/// What was saved and is no longer so. A file that was written just now is right; one that cannot be read is told too.
fn outdated(job: &Job, folder: &Path, texts: &BTreeMap<String, String>) -> Problems {
    let saved = config::load_schemas(folder, job);
    let mut problems = saved.problems;
    for source in job.sources.iter().filter(|source| saved.columns.contains_key(&source.name)) {
        let file = config::schema_file(folder, job, &source.name);
        let (Some(today), Ok(saved)) = (texts.get(&source.name), std::fs::read_to_string(&file)) else {
            continue;
        };
        if saved != *today {
            let reason = match first_difference(&saved, today) {
                Some((before, now)) => format!("it says `{before}` where the files say `{now}`"),
                None => "the files hold something else".to_owned(),
            };
            problems.push(config::stale(job, source, &file, &reason));
        }
    }
    problems
}

/// The first line that differs, as it was and as it is.
fn first_difference<'a>(saved: &'a str, today: &'a str) -> Option<(&'a str, &'a str)> {
    let nothing = std::iter::repeat("nothing");
    let lines = |text: &'a str| text.lines().map(str::trim).chain(nothing.clone());
    let longest = saved.lines().count().max(today.lines().count());
    lines(saved).zip(lines(today)).take(longest).find(|(before, now)| before != now)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text)).map_err(|error| {
        Failure::new(FailureClass::Step, format!("cannot write {}: {error}", path.display()))
    })
}
