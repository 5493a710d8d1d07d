//! `trichter ls`.

use serde_json::{Value, json};

use super::load;
use crate::cli::args::{GlobalArgs, LsArgs, OutputForm, PartKind};
use crate::cli::output;
use crate::config::Job;
use crate::config::job::{Model, Store};
use crate::run::Failure;

/// A part of a job, as one line.
struct Part {
    kind: PartKind,
    name: String,
    /// Where it comes from, or what it is.
    note: String,
}

/// Lists the parts of a job.
pub(in crate::cli) fn ls(global: &GlobalArgs, args: &LsArgs) -> Result<u8, Failure> {
    let job = load::job(global, &args.job)?;
    let mut parts = parts(&job);
    parts.retain(|part| args.kind.is_none_or(|kind| kind == part.kind));
    if global.output == OutputForm::Json {
        let parts = parts
            .iter()
            .map(|part| json!({ "kind": part.kind.word(), "name": part.name, "note": part.note }));
        output::json(&Value::Array(parts.collect()))?;
        return Ok(0);
    }
    if args.kind.is_some() {
        // One name a line: what loops in a shell read.
        let names: Vec<&str> = parts.iter().flat_map(|part| [part.name.as_str(), "\n"]).collect();
        output::text(&names.concat())?;
        return Ok(0);
    }
    let width = parts.iter().map(|part| part.name.chars().count()).max().unwrap_or_default();
    let line = |part: &Part| {
        let line = format!("{:9}  {:width$}  {}", part.kind.word(), part.name, part.note);
        format!("{}\n", line.trim_end())
    };
    output::text(&parts.iter().map(line).collect::<String>())?;
    Ok(0)
}

fn parts(job: &Job) -> Vec<Part> {
    let language = job.languages.first().copied().unwrap_or(crate::domain::Language::En);
    let part = |kind, name: &str, note: String| Part { kind, name: name.to_owned(), note };
    let vars = job
        .vars
        .iter()
        .map(|var| part(PartKind::Var, &var.name, format!("{} of type {}", var.value, var.data_type)));
    let sources = job.sources.iter().map(|source| {
        let place = format!("{}/{}", source.location.storage, source.location.path);
        part(PartKind::Source, &source.name, place)
    });
    let tables = job.tables.iter().map(|table| {
        let store = match table.store {
            Store::View => "",
            Store::Keep => ", kept",
            Store::Publish => ", published",
        };
        part(PartKind::Table, &table.name, format!("{}{store}", table.file))
    });
    let tests = job.tests.iter().map(|test| part(PartKind::Test, &test.name, format!("of {}", test.table)));
    let recipients = job
        .recipients
        .iter()
        .map(|recipient| part(PartKind::Recipient, &recipient.name, recipient.label.clone()));
    let decisions = job
        .decisions
        .iter()
        .map(|decision| part(PartKind::Decision, &decision.name, decision.question.get(language).to_owned()));
    let kpis = job.kpis.iter().map(|kpi| part(PartKind::Kpi, &kpi.name, kpi.label.get(language).to_owned()));
    let models = job.models.iter().map(|model| {
        let kind = match model {
            Model::Outcome(_) => "outcome",
            Model::Response(_) => "response",
        };
        part(PartKind::Model, model.name(), format!("{kind} of {} in {}", model.outcome(), model.table()))
    });
    vars.chain(sources)
        .chain(tables)
        .chain(tests)
        .chain(recipients)
        .chain(decisions)
        .chain(kpis)
        .chain(models)
        .collect()
}
