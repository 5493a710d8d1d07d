//! What names stand for while a job is resolved.

use std::collections::BTreeMap;

use super::checker::Checker;
use super::time;
use crate::config::section::JobSpec;
use crate::config::yaml::{Located, Optional};
use crate::domain::Calendar;

/// What names stand for, and what other sections need to know. Names of a section that has a problem
/// as a whole are not known.
pub(super) struct Scope<'a> {
    pub(super) tables: Option<Vec<&'a str>>,
    pub(super) sources: Option<Vec<&'a str>>,
    pub(super) recipients: Option<Vec<&'a str>>,
    pub(super) decisions: Option<Vec<&'a str>>,
    pub(super) kpis: Option<Vec<&'a str>>,
    pub(super) models: Option<Vec<&'a str>>,
    /// Tables without a column that dates their rows.
    pub(super) undated: Vec<&'a str>,
    /// Columns that date the rows of tables.
    times: BTreeMap<&'a str, &'a Located<String>>,
    pub(super) calendar: Option<Calendar>,
    pub(super) currency: Option<&'a str>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(spec: &'a JobSpec) -> Self {
        let undated = spec.tables.iter().filter(|(_, table)| table.time.is_absent());
        let dated = spec.tables.iter().filter_map(|(name, table)| Some((name, table.time.get()?)));
        Self {
            tables: spec.tables.known(),
            sources: spec.sources.known(),
            recipients: spec.recipients.known(),
            decisions: spec.decisions.known(),
            kpis: spec.kpis.known(),
            models: spec.models.known(),
            undated: undated.map(|(name, _)| name.value.as_str()).collect(),
            times: dated.map(|(name, time)| (name.value.as_str(), time)).collect(),
            calendar: time::calendar(&spec.calendar),
            currency: spec.currency.get().map(|currency| currency.value.0.as_str()),
        }
    }

    /// Checks that `name` is a SQL table: KPIs and models read tables, which are checked and keyed.
    pub(super) fn table(&self, checker: &mut Checker<'_>, name: &Located<String>) -> Option<String> {
        let among =
            |names: &Option<Vec<&str>>| names.as_ref().map(|names| names.contains(&name.value.as_str()));
        if among(&self.sources) == Some(true) && among(&self.tables) == Some(false) {
            let message = format!("`{}` is a source; KPIs and models read tables", name.value);
            let help = format!(
                "add a table that selects from `{}`: it says what a row is and what must hold",
                name.value
            );
            checker.error("source_not_table", name.position, message, help);
            return None;
        }
        checker.reference("table", name, self.tables.as_deref())
    }

    /// The column that dates the rows of `table`: `at`, or else the `time` of the table.
    pub(super) fn dated(
        &self,
        checker: &mut Checker<'_>,
        at: &Optional<String>,
        table: Option<&Located<String>>,
    ) -> Option<String> {
        if !at.is_absent() {
            return checker.filled(at.get());
        }
        let table = table?;
        if self.undated.contains(&table.value.as_str()) {
            let message = format!("no column dates the rows of `{}`", table.value);
            let help =
                format!("say with `at` which column does, or add `time` to the table `{}`", table.value);
            checker.error("missing_time", table.position, message, help);
            return None;
        }
        self.times.get(table.value.as_str()).map(|time| time.value.clone())
    }
}
