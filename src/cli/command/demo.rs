//! `trichter demo`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{load, run};
use crate::cli::args::{DemoArgs, DemoWorld, GlobalArgs, OutputForm, RunArgs, RunOptions, WindowArgs};
use crate::cli::output;
use crate::config;
use crate::demo::furniture;
use crate::demo::{LakePlace, LakeSettings, LakeWritten};
use crate::engine::Engine;
use crate::run::{DEFAULT_SEED, Failure};

/// The storage that the job of a demo reads.
const LAKE: &str = "lake";
/// The job of the demo, below the current directory.
const JOB: &str = "jobs/furniture.yaml";

/// Makes a demo lake, unless it is there, and runs its job.
pub(in crate::cli) fn demo(global: &GlobalArgs, args: &DemoArgs) -> Result<u8, Failure> {
    let DemoWorld::Furniture = args.world;
    let platform = load::with_threads(load::platform(global)?, args.threads);
    let threads = load::threads(platform.engine.threads);
    let (storage, path) = args.to.split_once('/').unwrap_or((&args.to, ""));
    config::check_storage(storage, &platform)?;
    let engine = Engine::new(&platform)?;
    let place = place(&engine, storage, path)?;
    let is_lake_of_job = (storage, place.path.as_str()) == (LAKE, "");
    let runs = is_lake_of_job && !args.data_only;
    // Better to know now than after the lake is written.
    let job = if runs { Some(load::job(global, Path::new(JOB))?) } else { None };
    let settings = LakeSettings { seed: args.seed, scale: args.scale, without_effects: args.without_effects };
    let runtime = load::runtime(Some(threads))?;
    let bar = bar(global);
    let written = runtime.block_on(furniture::write(&place, settings, threads, &|done, total, path| {
        tell(&bar, done, total, path);
    }));
    bar.finish_and_clear();
    let written = written?;
    if global.output == OutputForm::Text {
        let next = match (runs, is_lake_of_job) {
            (true, _) => String::new(),
            (false, true) => format!("Run the job over it with {} run {JOB}\n", load::program()),
            (false, false) => {
                format!("{JOB} reads the storage `{LAKE}`; to read this place, change its `path:` keys\n")
            }
        };
        output::text(&format!("{}{next}", describe(&place, &written)))?;
    } else if !runs {
        output::json(&json!({
            "lake": format!("{}/{}", place.name, furniture::LAKE),
            "truth": format!("{}/{}", place.name, furniture::TRUTH),
            "settings": settings,
            "files": written.files,
            "rows": written.rows,
            "bytes": written.bytes,
            "was_there": written.was_there,
            "replaced": written.replaced,
        }))?;
    }
    let Some(job) = job else { return Ok(0) };
    if global.output == OutputForm::Text {
        output::text("\n")?;
    }
    run::run_loaded(global, &run_args(args), platform, job)
}

/// The path in the storage of that name.
fn place(engine: &Engine, storage: &str, path: &str) -> Result<LakePlace, Failure> {
    let storage = engine.storage(storage)?;
    let path = path.trim_matches('/').to_owned();
    let name = storage.describe(&path).trim_end_matches('/').to_owned();
    Ok(LakePlace { store: Arc::clone(&storage.store), path, name })
}

/// The run that follows the lake.
fn run_args(args: &DemoArgs) -> RunArgs {
    RunArgs {
        job: PathBuf::from(JOB),
        window: WindowArgs::default(),
        run_id: None,
        seed: DEFAULT_SEED,
        skip_unchanged: false,
        full_refresh: false,
        options: RunOptions { threads: args.threads, ..RunOptions::default() },
    }
}

/// A bar where people watch, nothing elsewhere: log lines tell there.
fn bar(global: &GlobalArgs) -> ProgressBar {
    if !std::io::stderr().is_terminal() || global.log_format != OutputForm::Text {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{spinner} making the lake {bar:30} {pos}/{len} {elapsed} {msg}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn tell(bar: &ProgressBar, done: usize, total: usize, path: &str) {
    bar.set_length(total as u64);
    bar.set_position(done as u64);
    bar.set_message(path.to_owned());
    // A line per tenth keeps a log readable and a scheduler sure.
    if bar.is_hidden() && (done == total || done.is_multiple_of((total / 10).max(1))) {
        tracing::info!("{done} of {total} files of the lake are written");
    }
}

fn describe(place: &LakePlace, written: &LakeWritten) -> String {
    let verb = match (written.was_there, written.replaced) {
        (true, _) => "The lake is there already",
        (false, true) => "Made a lake in place of the one before",
        (false, false) => "Made a lake",
    };
    let megabytes = written.bytes as f64 / 1e6;
    let (lake, truth) = (furniture::LAKE, furniture::TRUTH);
    format!(
        "{verb}: {} files, {} rows, {megabytes:.0} MB in {}/{lake}/\n\
         The truth behind it, which no job reads, lies in {}/{truth}/\n",
        written.files, written.rows, place.name, place.name
    )
}
