//! Columns of sources as their files held them, saved for checks without a connection.
//!
//! One file for each source, so that a change shows where it belongs when people compare versions. It says under which
//! contract it was written: a job that has moved on since does not plan with it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::diagnostic::{Problem, Problems};
use super::job::{Column, Job, SchemaChanges, Source};
use super::load::{HINTS, read};
use super::section::{ColumnType, SchemaChangesSpec};
use super::yaml::{self, Entries, Required, Variables, scalar};
use crate::domain::{DataType, Known, Severity};

/// Columns that were saved for the sources of a job.
#[derive(Debug, Default)]
pub struct SavedSchemas {
    /// Those that SQL sees of a source, where they were saved under today's contract.
    pub columns: BTreeMap<String, Vec<Column>>,
    /// Files that cannot be read, and those that are out of date.
    pub problems: Problems,
}

/// A file of saved columns.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedSpec {
    path: Required<String>,
    schema_changes: Required<SchemaChangesSpec>,
    #[serde(default)]
    partitions: Entries<Required<ColumnType>>,
    columns: Entries<Required<ColumnType>>,
    #[serde(default)]
    #[allow(dead_code, reason = "for people: no SQL sees these")]
    not_read: Entries<Required<String>>,
}

/// The file of a source below the folder of saved columns.
#[must_use]
pub fn schema_file(folder: &Path, job: &Job, source: &str) -> PathBuf {
    folder.join(&job.name).join(format!("{source}.yaml"))
}

/// The text of the file of `source`, whose files hold `columns` for SQL and `unread` besides.
#[must_use]
pub fn schema_text(source: &Source, columns: &[Column], unread: &BTreeMap<String, String>) -> String {
    let mut text = format!(
        "# Columns that the files of `{}` hold, for checks without a connection.\n\
         # Written by `trichter check --connect --write-schemas`, which also brings it up to date.\n\
         path: {}\nschema_changes: {}\n",
        source.name,
        scalar(&format!("{}/{}", source.location.storage, source.location.path)),
        word(source.schema_changes)
    );
    let mut section = |title: &str, entries: Vec<(&str, String)>| {
        if !entries.is_empty() {
            let _ = writeln!(text, "{title}:");
        }
        for (name, value) in entries {
            let _ = writeln!(text, "  {}: {}", scalar(name), scalar(&value));
        }
    };
    section(
        "partitions",
        source.partitions.iter().map(|column| (column.name.as_str(), column.data_type.to_string())).collect(),
    );
    section(
        "columns",
        columns.iter().map(|column| (column.name.as_str(), column.data_type.to_string())).collect(),
    );
    section("not_read", unread.iter().map(|(name, kind)| (name.as_str(), kind.clone())).collect());
    text
}

fn word(changes: SchemaChanges) -> &'static str {
    match changes {
        SchemaChanges::Ignore => "ignore",
        SchemaChanges::Append => "append",
        SchemaChanges::Fail => "fail",
    }
}

/// Reads what was saved below `folder` for `job`. No folder at all is as good as an empty one.
#[must_use]
pub fn load_schemas(folder: &Path, job: &Job) -> SavedSchemas {
    let mut saved = SavedSchemas::default();
    let variables = Variables { environment: &|_| None, own: &BTreeMap::new() };
    for source in &job.sources {
        let file = schema_file(folder, job, &source.name);
        if !file.exists() {
            continue;
        }
        let spec: Option<SavedSpec> = read(&file, variables, &mut saved.problems)
            .and_then(|root| yaml::decode(&root, &file, HINTS, &mut saved.problems));
        let Some(spec) = spec else { continue };
        match outdated(source, &spec) {
            Some(reason) => saved.problems.push(stale(job, source, &file, &reason)),
            None => {
                saved.columns.insert(source.name.clone(), columns(source, &spec));
            }
        }
    }
    saved.problems.extend(orphans(folder, job));
    saved
}

/// Says that what was saved for `source` is out of date.
#[must_use]
pub fn stale(job: &Job, source: &Source, file: &Path, reason: &str) -> Problem {
    Problem {
        code: "stale_schema",
        severity: Severity::Warn,
        file: job.file.clone(),
        position: job.positions.find(&format!("sources.{}", source.name)),
        message: format!("the columns of `{}` in {} are out of date: {reason}", source.name, file.display()),
        help: Some(format!(
            "write them anew with `trichter check {} --connect --write-schemas`, or remove the file",
            job.file.display()
        )),
    }
}

/// Files of sources that the job does not have.
fn orphans(folder: &Path, job: &Job) -> Problems {
    let mut problems = Problems::default();
    let Ok(entries) = std::fs::read_dir(folder.join(&job.name)) else { return problems };
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    for file in files {
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let is_schema = file.extension().is_some_and(|extension| extension == "yaml");
        if is_schema && !job.sources.iter().any(|source| source.name == stem) {
            problems.push(Problem {
                code: "stale_schema",
                severity: Severity::Warn,
                file: file.clone(),
                position: None,
                message: format!("the job `{}` has no source called `{stem}`", job.name),
                help: Some("remove the file, or move it to the new name of the source".to_owned()),
            });
        }
    }
    problems
}

/// What has changed in the contract since `spec` was written.
fn outdated(source: &Source, spec: &SavedSpec) -> Option<String> {
    let path = format!("{}/{}", source.location.storage, source.location.path);
    let saved = spec.path.get().map(|path| path.value.as_str()).unwrap_or_default();
    if saved != path {
        return Some(format!("`path` was `{saved}`, and is `{path}`"));
    }
    let changes = match spec.schema_changes.get()?.value {
        SchemaChangesSpec::Ignore => "ignore",
        SchemaChangesSpec::Append => "append",
        SchemaChangesSpec::Fail => "fail",
    };
    let today = word(source.schema_changes);
    if changes != today {
        return Some(format!("`schema_changes` was `{changes}`, and is `{today}`"));
    }
    let declared = source.columns.iter().map(|column| (column.name.as_str(), column.data_type)).collect();
    let folders = source.partitions.iter().map(|column| (column.name.as_str(), column.data_type)).collect();
    // What SQL sees beyond the contract comes from the files, where the contract lets it.
    let is_open = !source.is_known_offline();
    differs(&types(&spec.columns), &declared, is_open)
        .or_else(|| differs(&types(&spec.partitions), &folders, false))
}

fn types(entries: &Entries<Required<ColumnType>>) -> BTreeMap<&str, DataType> {
    entries
        .iter()
        .filter_map(|(name, data_type)| Some((name.value.as_str(), data_type.get()?.value.0)))
        .collect()
}

/// The first column by name that was saved otherwise than it is declared.
fn differs(
    saved: &BTreeMap<&str, DataType>,
    declared: &BTreeMap<&str, DataType>,
    is_open: bool,
) -> Option<String> {
    let changed = declared.iter().find_map(|(name, today)| match saved.get(name) {
        None => Some(format!("`{name}` is new in the contract")),
        Some(before) if before != today => Some(format!("`{name}` was {before}, and is declared as {today}")),
        Some(_) => None,
    });
    let gone = saved.keys().find(|name| !is_open && !declared.contains_key(*name));
    changed.or_else(|| gone.map(|name| format!("`{name}` is no longer in the contract")))
}

/// The columns of the file, with what the contract promises about them.
fn columns(source: &Source, spec: &SavedSpec) -> Vec<Column> {
    let promised = |name: &str| source.columns.iter().find(|column| column.name == name).cloned();
    let free = |(name, data_type): (&str, DataType)| Column {
        name: name.to_owned(),
        data_type,
        required: false,
        unique: false,
        min: None,
        max: None,
        known: Known::AtEntry,
    };
    let saved = spec.columns.iter();
    let saved = saved.filter_map(|(name, data_type)| Some((name.value.as_str(), data_type.get()?.value.0)));
    saved.map(|(name, data_type)| promised(name).unwrap_or_else(|| free((name, data_type)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: &str = "\
job: rides
currency: EUR
languages: [en]
calendar: { period: week, starts: monday, time_zone: UTC }
sources:
  open: { party: first, path: lake/open/ }
  added:
    party: first
    path: lake/added/
    schema_changes: append
    partitions: { region: string }
    columns: { \"2nd\": { type: \"decimal(12,2)\", required: true } }
publish: { to: marts/rides/ }
";

    fn job(text: &str, folder: &Path) -> Job {
        let file = folder.join("job.yaml");
        std::fs::write(&file, text).unwrap();
        super::super::load_job(&file, folder, &crate::config::Inputs::default())
            .unwrap_or_else(|problems| panic!("{}", problems.render(false)))
            .0
    }

    fn save(folder: &Path, job: &Job, extra: &str) {
        for source in &job.sources {
            let mut columns = source.columns.clone();
            columns.push(Column {
                name: extra.to_owned(),
                required: false,
                data_type: DataType::Double,
                ..free()
            });
            let unread = BTreeMap::from([("tags".to_owned(), "lists".to_owned())]);
            let file = schema_file(&folder.join("schemas"), job, &source.name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, schema_text(source, &columns, &unread)).unwrap();
        }
    }

    fn free() -> Column {
        let (min, max, known) = (None, None, Known::AtEntry);
        Column {
            name: String::new(),
            data_type: DataType::String,
            required: false,
            unique: false,
            min,
            max,
            known,
        }
    }

    #[test]
    fn what_is_saved_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let job = job(JOB, folder.path());
        save(folder.path(), &job, "größe: cm");
        let saved = load_schemas(&folder.path().join("schemas"), &job);
        assert!(saved.problems.is_empty(), "{}", saved.problems.render(false));
        let names: Vec<_> =
            saved.columns["added"].iter().map(|column| (column.name.as_str(), column.required)).collect();
        assert_eq!(names, [("2nd", true), ("größe: cm", false)]);
        assert_eq!(saved.columns["open"][0].data_type, DataType::Double);
        assert!(load_schemas(&folder.path().join("nowhere"), &job).columns.is_empty());
    }

    #[test]
    fn what_the_contract_left_behind_is_told_and_not_used() {
        let folder = tempfile::tempdir().unwrap();
        save(folder.path(), &job(JOB, folder.path()), "x");
        for (from, to, words) in [
            ("lake/open/", "lake/opened/", "`path` was `lake/open/`, and is `lake/opened/`"),
            ("append", "fail", "`schema_changes` was `append`, and is `fail`"),
            ("decimal(12,2)", "double", "`2nd` was decimal(12,2), and is declared as double"),
            ("2nd", "3rd", "`3rd` is new in the contract"),
            ("region: string", "region: date", "`region` was string, and is declared as date"),
            ("  open:", "  closed:", "the job `rides` has no source called `open`"),
        ] {
            let job = job(&JOB.replace(from, to), folder.path());
            let saved = load_schemas(&folder.path().join("schemas"), &job);
            let report = saved.problems.render(false);
            assert!(report.contains(words) && report.contains("warning[stale_schema]"), "{report}");
            assert_eq!((saved.columns.len(), saved.problems.has_errors()), (1, false), "{report}");
        }
    }

    #[test]
    fn a_file_that_is_none_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let job = job(JOB, folder.path());
        save(folder.path(), &job, "x");
        std::fs::write(
            schema_file(&folder.path().join("schemas"), &job, "open"),
            "path: x\ncolumns: { a: text }\n",
        )
        .unwrap();
        assert!(load_schemas(&folder.path().join("schemas"), &job).problems.has_errors());
    }
}
