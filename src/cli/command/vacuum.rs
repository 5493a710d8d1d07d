//! `trichter vacuum`.

use chrono::TimeDelta;
use serde_json::json;

use super::load;
use crate::cli::args::{GlobalArgs, OutputForm, VacuumArgs};
use crate::cli::{output, stop};
use crate::config;
use crate::engine::Engine;
use crate::publish::Vacuumed;
use crate::run::{DEFAULT_SEED, Failure, FailureClass, RunContext};

/// Removes superseded publications of a job and what stopped runs left behind.
pub(in crate::cli) fn vacuum(global: &GlobalArgs, args: &VacuumArgs) -> Result<u8, Failure> {
    let platform = load::platform(global)?;
    let job = load::job(global, &args.job)?;
    config::check_target(&job, &platform)?;
    let age = TimeDelta::from_std(args.older_than)
        .map_err(|error| Failure::new(FailureClass::Job, format!("`--older-than` is too long: {error}")))?;
    let runtime = load::runtime(platform.engine.threads)?;
    let engine = Engine::new(&platform)?;
    let context = RunContext::new(None, DEFAULT_SEED);
    let what = (age, args.dry_run);
    let vacuumed = runtime.block_on(async {
        crate::run::vacuum(&engine, &job, &context, what, args.lock_wait, stop::asked()).await
    })?;
    match global.output {
        OutputForm::Text => output::text(&describe(&vacuumed, args))?,
        OutputForm::Json => output::json(&json!({
            "job": job.name,
            "dry_run": args.dry_run,
            "publications": vacuumed.publications,
            "objects": vacuumed.objects,
            "bytes": vacuumed.bytes,
            "too_young": vacuumed.too_young,
        }))?,
    }
    Ok(0)
}

fn describe(vacuumed: &Vacuumed, args: &VacuumArgs) -> String {
    let count = |count: u64, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let verb = if args.dry_run { "Would remove" } else { "Removed" };
    let publications = count(vacuumed.publications.len() as u64, "superseded publication");
    let objects = count(vacuumed.objects, "object");
    let megabytes = vacuumed.bytes as f64 / 1e6;
    let younger = match vacuumed.too_young.len() {
        0 => String::new(),
        younger => {
            let age = humantime::format_duration(args.older_than);
            let verb = if younger == 1 { "stays" } else { "stay" };
            format!("{younger} more {verb} until {age} old: somebody may still read them\n")
        }
    };
    format!("{verb} {publications}: {objects}, {megabytes:.1} MB\n{younger}")
}
