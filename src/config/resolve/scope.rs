//! What names stand for while a job is resolved.

use super::checker::Checker;
use super::time;
use crate::config::section::JobSpec;
use crate::config::yaml::Located;
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
    pub(super) calendar: Option<Calendar>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(spec: &'a JobSpec) -> Self {
        let undated = spec.tables.iter().filter(|(_, table)| table.time.is_absent());
        Self {
            tables: spec.tables.known(),
            sources: spec.sources.known(),
            recipients: spec.recipients.known(),
            decisions: spec.decisions.known(),
            kpis: spec.kpis.known(),
            models: spec.models.known(),
            undated: undated.map(|(name, _)| name.value.as_str()).collect(),
            calendar: time::calendar(&spec.calendar),
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
}
