//! `trichter init`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::load;
use crate::cli::args::{GlobalArgs, InitArgs, InitLanguage, OutputForm};
use crate::cli::output;
use crate::config::platform::EngineSettings;
use crate::config::{self, Platform};
use crate::domain::Language;
use crate::engine::Engine;
use crate::proposal::{self, Place, Proposal, ProposalError, Request};
use crate::run::{Failure, FailureClass};

/// Memory for the engine where no platform file says how much.
const MEMORY_LIMIT: u64 = 1 << 30;
/// Where proposed jobs publish to.
const MARTS: &str = "marts";

/// Looks at data and writes a first job.
pub(in crate::cli) fn init(global: &GlobalArgs, args: &InitArgs) -> Result<u8, Failure> {
    let config = args.out.join(&global.config);
    let has_config = config.exists();
    let platform = if has_config {
        config::load_platform(&config, &load::variable)?
    } else {
        let engine = EngineSettings { memory_limit: MEMORY_LIMIT, ..EngineSettings::default() };
        Platform { storages: Vec::new(), unset: Vec::new(), engine, file: config.clone() }
    };
    let place = proposal::place(&typed(args), &platform).map_err(failure)?;
    config::check_storage(&place.storage, &platform)?;
    let request = request(args, &place)?;
    let has_marts =
        platform.storage(MARTS).is_some() || platform.unset.iter().any(|unset| unset.name == MARTS);
    let job_file = args.out.join("jobs").join(format!("{}.yaml", request.job));
    let sql_folder = args.out.join(&global.sql);
    // Better to know now than after the data were looked at.
    refuse_existing(args, &[job_file.clone(), sql_folder.join(&request.job)])?;
    let engine = Engine::new(&place.completed(platform))?;
    let runtime = load::runtime(None)?;
    let proposal = runtime.block_on(proposal::propose(&engine, &place, &request)).map_err(failure)?;
    let mut files = vec![(job_file, proposal.job.clone())];
    files.extend(proposal.sql.iter().map(|(path, text)| (sql_folder.join(path), text.clone())));
    let entries = missing_entries(&place, has_marts);
    if !has_config {
        files.push((config.clone(), platform_file(&entries)));
    }
    for (path, text) in &files {
        write(path, text)?;
    }
    let written: Vec<&Path> = files.iter().map(|(path, _)| path.as_path()).collect();
    let to_add = if has_config { entries } else { Vec::new() };
    match global.output {
        OutputForm::Text => output::text(&page(&proposal, &written, (&config, &to_add), args))?,
        OutputForm::Json => output::json(&object(&proposal, &written, &to_add))?,
    }
    Ok(0)
}

/// What was typed, as it is to stand in the project's platform file: a folder is found from any other one.
fn typed(args: &InitArgs) -> String {
    let folder = Path::new(&args.place).canonicalize().ok().filter(|_| args.out != Path::new("."));
    folder.map_or_else(|| args.place.clone(), |folder| folder.display().to_string())
}

#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn failure(error: ProposalError) -> Failure {
    let class = match &error {
        ProposalError::NothingUsable { .. } => FailureClass::Source,
        ProposalError::Engine(error) => error.kind.into(),
        _ => FailureClass::Job,
    };
    let help = error.help();
    let failure = Failure::new(class, error.to_string());
    match help {
        Some(help) => failure.with_help(help),
        None => failure,
    }
}

fn request(args: &InitArgs, place: &Place) -> Result<Request, Failure> {
    let wrong = |message: String, help: &str| Err(Failure::new(FailureClass::Job, message).with_help(help));
    let job = args.job.clone().unwrap_or_else(|| place.name());
    if proposal::name(&job) != job {
        return wrong(
            format!("`--job` is `{job}`, which cannot be a name"),
            "a name has lowercase letters, digits and `_`, and starts with a letter",
        );
    }
    if let Some(currency) = &args.currency
        && (currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()))
    {
        return wrong(
            format!("`--currency` is `{currency}`"),
            "write three capital letters such as `EUR` (ISO 4217)",
        );
    }
    let mut languages: Vec<Language> = Vec::new();
    for language in &args.language {
        let language = match language {
            InitLanguage::De => Language::De,
            InitLanguage::En => Language::En,
        };
        if !languages.contains(&language) {
            languages.push(language);
        }
    }
    let (currency, time_zone, rows) = (args.currency.clone(), args.time_zone, args.rows.get());
    Ok(Request { job, currency, languages, time_zone, rows })
}

/// Nothing is written over unless that is asked for.
fn refuse_existing(args: &InitArgs, paths: &[PathBuf]) -> Result<(), Failure> {
    let is_there = |path: &&PathBuf| match path.read_dir() {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => path.exists(),
    };
    match paths.iter().find(is_there) {
        Some(path) if !args.force => {
            let message = format!("{} is there already", path.display());
            Err(Failure::new(FailureClass::Job, message)
                .with_help("give the job another name with `--job`, or write over it with `--force`"))
        }
        _ => Ok(()),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text)).map_err(|error| {
        Failure::new(FailureClass::Step, format!("cannot write {}: {error}", path.display()))
    })
}

/// Storages that the platform configuration lacks, as its entries.
fn missing_entries(place: &Place, has_marts: bool) -> Vec<String> {
    let mut entries: Vec<String> = place.added.iter().map(|(_, entry)| entry.clone()).collect();
    if !has_marts && place.storage != MARTS {
        entries.push(format!("{MARTS}: {{ folder: ./marts }}"));
    }
    entries
}

fn platform_file(entries: &[String]) -> String {
    let mut text = "# Proposed by `trichter init`: where jobs run, and which storages they name. docs/storages.md has more kinds.\nstorages:\n".to_owned();
    for entry in entries {
        let _ = writeln!(text, "  {entry}");
    }
    text
}

fn page(
    proposal: &Proposal,
    written: &[&Path],
    (config, to_add): (&Path, &[String]),
    args: &InitArgs,
) -> String {
    let mut text = proposal::summary(proposal);
    text.push_str("\nWrote\n");
    for path in written {
        let _ = writeln!(text, "  {}", shown(path));
    }
    text.push_str("\nWhat to do next\n");
    let program = load::program();
    if !to_add.is_empty() {
        let _ = writeln!(text, "  Add to `storages` in {}:", shown(config));
        for entry in to_add {
            let _ = writeln!(text, "    {entry}");
        }
    }
    if args.out != Path::new(".") {
        let _ = writeln!(text, "  cd {}", args.out.display());
    }
    let job = written.first().and_then(|job| job.strip_prefix(&args.out).ok()).map(shown).unwrap_or_default();
    let blanks = proposal.job.matches("\"FILL_IN").count();
    let _ = writeln!(text, "  Read {job}, and fill in its blanks ({blanks} begin with FILL_IN)");
    let _ = writeln!(text, "  {program} check {job}");
    let _ = writeln!(text, "  {program} run {job}");
    text
}

fn object(proposal: &Proposal, written: &[&Path], to_add: &[String]) -> Value {
    let mut facts = proposal::facts(proposal);
    facts["written"] = json!(written.iter().map(|path| shown(path)).collect::<Vec<_>>());
    facts["add_to_storages"] = json!(to_add);
    facts
}

fn shown(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    path.display().to_string()
}
