//! What a job with problems still says about its SQL.
//!
//! A report that stops at the YAML makes people mend a job twice. The sources and tables that have no problem of their
//! own are put together once more, in silence, so that their SQL can be planned and told of in the same report.

use std::collections::BTreeSet;
use std::path::Path;

use super::checker::Checker;
use super::{source, table, time, vars};
use crate::config::diagnostic::Problems;
use crate::config::inputs::Inputs;
use crate::config::job::{Job, JobWindow, Location, Positions, SqlTable, TableFormat};
use crate::config::section::JobSpec;
use crate::domain::LocalText;

/// Sources and tables of a job that has problems elsewhere.
#[derive(Debug)]
pub struct Parts {
    /// A job of these sources and tables alone: nobody decides, measures or publishes anything.
    pub job: Job,
    /// Names of the sources and tables that are left out, because they have a problem.
    pub left_out: BTreeSet<String>,
}

/// The parts of a job whose SQL can be planned; `None` if too little is known.
pub(crate) fn parts(
    spec: &JobSpec,
    file: &Path,
    sql_root: &Path,
    positions: Positions,
    inputs: &Inputs<'_>,
) -> Option<Parts> {
    // Told already, every one of them.
    let mut silent = Problems::default();
    let checker = &mut Checker::new(file, &mut silent);
    if spec.sources.is_faulty() || spec.tables.is_faulty() || spec.vars.is_faulty() {
        return None;
    }
    let calendar = time::calendar(&spec.calendar)?;
    let vars = vars::vars(checker, &spec.vars, inputs)?;
    let mut left_out = BTreeSet::new();
    let mut sources = Vec::new();
    for (name, spec) in spec.sources.iter() {
        match source::source(checker, name, spec) {
            Some(source) => sources.push(source),
            None => drop(left_out.insert(name.value.clone())),
        }
    }
    let mut tables: Vec<SqlTable> = Vec::new();
    for (name, spec) in spec.tables.iter() {
        match table::table(checker, name, spec, sql_root, None)
            .or_else(|| table::sql_alone(checker, name, spec, sql_root))
        {
            Some(table) => tables.push(table),
            None => drop(left_out.insert(name.value.clone())),
        }
    }
    let nowhere = Location { storage: String::new(), path: String::new() };
    let job = Job {
        name: String::new(),
        title: LocalText::default(),
        owner: None,
        currency: String::new(),
        languages: Vec::new(),
        calendar,
        window: JobWindow::default(),
        vars,
        sources,
        tables,
        tests: Vec::new(),
        recipients: Vec::new(),
        decisions: Vec::new(),
        kpis: Vec::new(),
        models: Vec::new(),
        steering: None,
        publish: nowhere,
        format: TableFormat::default(),
        file: file.to_owned(),
        positions,
    };
    Some(Parts { job, left_out })
}
