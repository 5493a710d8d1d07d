//! A whole job: every section in turn, so that one report holds the problems of all of them.

use std::path::Path;

use super::checker::Checker;
use super::scope::Scope;
use super::{goals, model, place, reserved, source, steering, table, test, time, vars};
use crate::config::diagnostic::Problems;
use crate::config::inputs::Inputs;
use crate::config::job::{Job, Positions, TableFormat};
use crate::config::section::{JobSpec, PublishFormat};
use crate::config::yaml::{Entries, Located, Optional};
use crate::domain::Language;

/// Checks a decoded job; `None` when there are problems, which are added to `problems`.
pub(crate) fn job(
    spec: &JobSpec,
    file: &Path,
    sql_root: &Path,
    positions: Positions,
    inputs: &Inputs<'_>,
    problems: &mut Problems,
) -> Option<Job> {
    let mut checker = Checker::new(file, problems);
    let checker = &mut checker;
    let languages = languages(checker, spec);
    checker.languages = languages.clone().unwrap_or_default();
    let scope = Scope::new(spec);
    names(checker, spec);
    let title = checker.label(spec.title.as_ref(), spec.job.get().map_or("", |job| job.value.as_str()));
    let owner = checker.optional(spec.owner.as_ref());
    let window = time::window(checker, spec.window.as_ref(), scope.calendar.as_ref());
    let vars = vars::vars(checker, &spec.vars, inputs);
    let sources = each(&spec.sources, |name, source| source::source(checker, name, source));
    let readable: Option<Vec<&str>> = scope
        .sources
        .as_ref()
        .zip(scope.tables.as_ref())
        .map(|(sources, tables)| [&sources[..], tables].concat());
    let tables =
        each(&spec.tables, |name, table| table::table(checker, name, table, sql_root, readable.as_deref()));
    let (given, known) = (window.as_ref(), vars.as_deref());
    let tests = each(&spec.tests, |name, test| test::test(checker, &scope, (given, known), name, test));
    let recipients = each(&spec.recipients, |name, recipient| goals::recipient(checker, name, recipient));
    let decisions = each(&spec.decisions, |name, decision| goals::decision(checker, &scope, name, decision));
    let kpis = each(&spec.kpis, |name, kpi| goals::kpi(checker, &scope, name, kpi));
    goals::every_decision_is_served(checker, spec);
    goals::kpis_form_a_tree(checker, spec);
    let models = each(&spec.models, |name, model| model::model(checker, &scope, name, model));
    let steering = match &spec.steering {
        Some(steering) => steering::steering(checker, &scope, spec, steering).map(Some),
        None => Some(None),
    };
    let publish = spec.publish.to.get().and_then(|to| place::folder(checker, to));
    let format = format(checker, &spec.publish.format);
    Some(Job {
        name: spec.job.get()?.value.clone(),
        title: title?,
        owner: owner?,
        currency: spec.currency.get()?.value.0.clone(),
        languages: languages?,
        calendar: scope.calendar?,
        window: window?,
        vars: vars?,
        sources: sources?,
        tables: tables?,
        tests: tests?,
        recipients: recipients?,
        decisions: decisions?,
        kpis: kpis?,
        models: models?,
        steering: steering?,
        publish: publish?,
        format: format?,
        file: file.to_owned(),
        positions,
    })
}

/// The format of the published tables, if this program can write it.
fn format(checker: &mut Checker<'_>, format: &Optional<PublishFormat>) -> Option<TableFormat> {
    match format {
        Optional::Faulty => None,
        Optional::Absent | Optional::Given(Located { value: PublishFormat::Parquet, .. }) => {
            Some(TableFormat::Parquet)
        }
        Optional::Given(_) if cfg!(feature = "delta") => Some(TableFormat::Delta),
        Optional::Given(delta) => {
            let message = "this trichter was built without Delta tables";
            let help = "use `parquet`, or build it with `cargo build --release --features delta`";
            checker.error("without_delta", delta.position, message, help);
            None
        }
    }
}

/// Resolves every entry, also after one of them has a problem.
pub(super) fn each<T, R>(
    entries: &Entries<T>,
    mut resolve: impl FnMut(&Located<String>, &T) -> Option<R>,
) -> Option<Vec<R>> {
    let resolved: Vec<Option<R>> = entries.iter().map(|(name, value)| resolve(name, value)).collect();
    resolved.into_iter().collect()
}

fn languages(checker: &mut Checker<'_>, spec: &JobSpec) -> Option<Vec<Language>> {
    let list = spec.languages.get()?;
    if list.value.is_empty() {
        checker.error(
            "empty_list",
            list.position,
            "the job has no language",
            "write for example `languages: [en]`",
        );
        return None;
    }
    let mut languages: Vec<Language> = Vec::new();
    for language in &list.value {
        let language = language.get()?;
        if languages.contains(&language.value) {
            let message = format!("the language `{}` is listed twice", language.value.code());
            checker.error("listed_twice", language.position, message, "keep one of them");
        } else {
            languages.push(language.value);
        }
    }
    Some(languages)
}

/// Checks every name that the author chose; sources, tables and results share one namespace.
fn names(checker: &mut Checker<'_>, spec: &JobSpec) {
    if let Some(job) = spec.job.get() {
        checker.name(job);
    }
    let sources = spec.sources.iter().map(|(name, _)| name);
    for name in sources.chain(spec.tables.iter().map(|(name, _)| name)) {
        checker.name(name);
        if reserved::is_reserved(&name.value) {
            let message = format!("`{}` is the name of a result table", name.value);
            checker.error("reserved_name", name.position, message, "choose another name");
        }
    }
    for (name, _) in spec.tables.iter() {
        if let Some((source, _)) = spec.sources.iter().find(|(source, _)| source.value == name.value) {
            let message = format!("`{}` is a source and a table", name.value);
            let help = format!("rename one of them; the source is in line {}", source.position.line);
            checker.error("declared_twice", name.position, message, help);
        }
    }
    let recipients = spec.recipients.iter().map(|(name, _)| name);
    let goals = spec.decisions.iter().map(|(name, _)| name).chain(spec.kpis.iter().map(|(name, _)| name));
    for name in recipients.chain(goals).chain(spec.models.iter().map(|(name, _)| name)) {
        checker.name(name);
    }
}
