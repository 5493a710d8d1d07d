//! The SQL of a job's tables, parsed once: what each reads, and where it says so.
//!
//! Order, columns of earlier runs, planning and the job's graph all ask what a table reads. They ask here, so that no
//! text is parsed twice and a text that cannot be read is told once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use datafusion::sql::sqlparser::ast::Query;

use crate::config::Job;
use crate::config::diagnostic::{Position, Problems};
use crate::config::job::SqlTable;
use crate::engine::{SqlOrigin, parse, relations};

/// The SQL of one table.
#[derive(Debug)]
pub(super) struct Statement {
    /// The query.
    pub(super) query: Query,
    /// What it reads, each with the place of its first mention.
    pub(super) mentions: Vec<(String, Position)>,
}

/// The SQL of every table that can be read, by table.
#[derive(Debug, Default)]
pub(super) struct Statements(BTreeMap<String, Statement>);

impl Statements {
    /// Parses the SQL of every table of `job`; what cannot be read is added to `problems`.
    pub(super) fn parse(job: &Job, problems: &mut Problems) -> Self {
        let mut parsed = BTreeMap::new();
        for table in &job.tables {
            let origin = origin(table);
            match parse(&origin, &table.sql) {
                Ok(query) => {
                    let mentions = relations(&origin, &query);
                    parsed.insert(table.name.clone(), Statement { query, mentions });
                }
                Err(error) => problems.push(error.to_problem(&origin.file)),
            }
        }
        Self(parsed)
    }

    /// The SQL of `table`; `None` if it cannot be read.
    pub(super) fn of(&self, table: &str) -> Option<&Statement> {
        self.0.get(table)
    }

    /// Names of what `table` reads.
    pub(super) fn reads(&self, table: &str) -> impl Iterator<Item = &str> {
        self.mentions(table).iter().map(|(name, _)| name.as_str())
    }

    /// What `table` reads, each with the place of its first mention.
    pub(super) fn mentions(&self, table: &str) -> &[(String, Position)] {
        self.of(table).map_or(&[], |statement| &statement.mentions)
    }
}

/// Where the SQL of `table` stands.
pub(super) fn origin(table: &SqlTable) -> SqlOrigin {
    SqlOrigin::file(PathBuf::from(&table.file))
}
