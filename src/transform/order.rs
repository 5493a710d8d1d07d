//! The order of tables, read off what their SQL refers to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::lint::warn;
use super::previous::unreadable;
use super::statements::{Statement, Statements, origin};
use crate::config::Job;
use crate::config::diagnostic::{Position, Problem, Problems};
use crate::config::job::SqlTable;
use crate::domain::Severity;
use crate::engine::{choices, previous_table};

/// Functions that stand where tables stand.
const TABLE_FUNCTIONS: [&str; 2] = ["generate_series", "range"];

/// Whether a function that gives rows has this name.
pub(super) fn is_table_function(name: &str) -> bool {
    TABLE_FUNCTIONS.contains(&name)
}

/// Tables in an order in which each comes after those it reads.
#[derive(Debug, Default)]
pub(super) struct Ordered {
    /// Tables that can be planned.
    pub(super) order: Vec<String>,
    /// Tables that cannot, because their SQL, or that of a table they read, is broken.
    pub(super) broken: BTreeSet<String>,
}

/// Orders the tables of `job`. Adds unknown tables and cycles to `problems`.
///
/// `known` names the sources that can be planned and the results of earlier runs; a table that reads a
/// source that cannot, or one of `left_out`, is left out without a problem of its own. Reading `previous.<table>` orders nothing.
pub(super) fn order(
    job: &Job,
    statements: &Statements,
    (known, left_out): (&BTreeSet<String>, &BTreeSet<String>),
    problems: &mut Problems,
) -> Ordered {
    let mut ordered = Ordered::default();
    let mut reads: BTreeMap<&str, Vec<(String, Position)>> = BTreeMap::new();
    for table in &job.tables {
        match statements.of(&table.name) {
            Some(statement) => {
                let found = references(job, table, statement, (known, left_out), &mut ordered, problems);
                warn(&origin(table), &statement.query, problems);
                reads.insert(&table.name, found);
            }
            None => drop(ordered.broken.insert(table.name.clone())),
        }
    }
    let mut walk = Walk { job, reads: &reads, ordered, problems, done: BTreeSet::new(), path: Vec::new() };
    for table in &job.tables {
        walk.visit(&table.name);
    }
    walk.ordered
}

/// The tables that `table` reads. Unknown names become problems and mark it as broken.
fn references(
    job: &Job,
    table: &SqlTable,
    statement: &Statement,
    (known, left_out): (&BTreeSet<String>, &BTreeSet<String>),
    ordered: &mut Ordered,
    problems: &mut Problems,
) -> Vec<(String, Position)> {
    let mut found = Vec::new();
    for (name, position) in statement.mentions.iter().cloned() {
        if job.table(&name).is_some() {
            found.push((name, position));
        } else if job.source(&name).is_some() || left_out.contains(previous_table(&name).unwrap_or(&name)) {
            if !known.contains(&name) {
                ordered.broken.insert(table.name.clone());
            }
        } else if !is_table_function(&name) {
            let unreadable = match previous_table(&name) {
                Some(earlier) => unreadable(job, earlier, known),
                None => Some(unknown(job, &name)),
            };
            let Some((message, help)) = unreadable else { continue };
            ordered.broken.insert(table.name.clone());
            problems.push(Problem {
                code: "unknown_table",
                severity: Severity::Error,
                file: origin(table).file,
                position: Some(position),
                message,
                help: Some(help),
            });
        }
    }
    found
}

fn unknown(job: &Job, name: &str) -> (String, String) {
    let names = job.sources.iter().map(|source| &source.name);
    let names: Vec<String> = names.chain(job.tables.iter().map(|table| &table.name)).cloned().collect();
    (format!("there is no source or table `{name}`"), choices(name, "sources and tables", &names))
}

/// A depth-first walk along the references.
struct Walk<'a> {
    job: &'a Job,
    reads: &'a BTreeMap<&'a str, Vec<(String, Position)>>,
    ordered: Ordered,
    problems: &'a mut Problems,
    done: BTreeSet<String>,
    path: Vec<String>,
}

impl Walk<'_> {
    fn visit(&mut self, name: &str) {
        if self.done.contains(name) {
            return;
        }
        self.path.push(name.to_owned());
        for (other, position) in self.reads.get(name).cloned().unwrap_or_default() {
            if let Some(start) = self.path.iter().position(|earlier| *earlier == other) {
                self.cycle(start, name, position);
            } else {
                self.visit(&other);
            }
            if self.ordered.broken.contains(&other) {
                self.ordered.broken.insert(name.to_owned());
            }
        }
        self.path.pop();
        self.done.insert(name.to_owned());
        if !self.ordered.broken.contains(name) {
            self.ordered.order.push(name.to_owned());
        }
    }

    fn cycle(&mut self, start: usize, name: &str, position: Position) {
        let members = &self.path[start..];
        self.ordered.broken.extend(members.iter().cloned());
        let mut names: Vec<String> = members.iter().map(|member| format!("`{member}`")).collect();
        names.extend(names.first().cloned());
        let file =
            self.job.table(name).map_or_else(|| self.job.file.clone(), |table| PathBuf::from(&table.file));
        self.problems.push(Problem {
            code: "cycle",
            severity: Severity::Error,
            file,
            position: Some(position),
            message: format!("tables depend on each other: {}", names.join(" reads ")),
            help: Some("let one of them read sources only".into()),
        });
    }
}
