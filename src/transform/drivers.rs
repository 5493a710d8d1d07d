//! Drivers of models: where they come from, and whether that lets them be drivers.
//!
//! A driver must be known when the outcome is still open. Column by column the contracts say so, and
//! the plan says which columns of which sources a driver is made of, however many tables lie between.

use std::collections::BTreeMap;

use arrow::datatypes::Schema;

use super::fit::Need;
use super::origins::{Origins, SourceColumn};
use super::plan::{Planning, ResolvedDriver};
use crate::config::job::{Driver, Model};
use crate::domain::{Known, Party};
use crate::engine::previous_table;

impl Planning<'_> {
    /// Resolves every driver of `model`, whose table has the columns `schema`.
    pub(super) fn drivers(&mut self, model: &Model, schema: &Schema, origins: &BTreeMap<String, Origins>) {
        let need = match model {
            Model::Outcome(_) => Need::Driver,
            Model::Response(_) => Need::NumberOrBoolean,
        };
        for driver in model.drivers() {
            let path = format!("models.{}.{}.drivers.{}", model.name(), model.kind(), driver.name);
            if !self.column(&path, model.table(), schema, &driver.name, need) {
                continue;
            }
            if driver.name == model.outcome() {
                let message = format!("`{}` is the outcome: it cannot be its own driver", driver.name);
                self.problem(&path, "outcome_as_driver", message, None);
                continue;
            }
            let origins = origins.get(&driver.name).cloned().unwrap_or_default();
            if self.leaks(&path, driver, &origins)
                || self.overwritten(&path, driver, &origins)
                || self.hindsight(&path, driver, &origins)
            {
                continue;
            }
            let resolved = self.resolve(driver, &origins);
            self.drivers.insert((model.name().to_owned(), driver.name.clone()), resolved);
        }
    }

    fn leaks(&mut self, path: &str, driver: &Driver, origins: &Origins) -> bool {
        let known_late = |origin: &&SourceColumn| {
            let source = self.job.source(&origin.source);
            let column = source.and_then(|source| source.columns.iter().find(|c| c.name == origin.column));
            column.is_some_and(|column| column.known == Known::AfterOutcome)
        };
        let (found, how) = match origins.direct.iter().find(known_late) {
            Some(found) => (found, "comes from"),
            None => match origins.through.iter().find(known_late) {
                Some(found) => (found, "is chosen by"),
                None => return false,
            },
        };
        let SourceColumn { source, column } = found;
        let name = &driver.name;
        let subject = if column == name {
            format!("`{name}` is")
        } else {
            format!("`{name}` {how} `{column}`, which is")
        };
        let message = format!(
            "{subject} known only after the outcome (contract of source `{source}`): it cannot be a driver"
        );
        let help =
            "take it out of the drivers; what is known too late explains everything and predicts nothing";
        self.problem(path, "after_outcome", message, Some(help.into()));
        true
    }

    fn overwritten(&mut self, path: &str, driver: &Driver, origins: &Origins) -> bool {
        // A count is computed from nothing; what chooses the counted rows speaks for it.
        let columns = if origins.direct.is_empty() { &origins.through } else { &origins.direct };
        let snapshot = columns
            .iter()
            .find(|origin| self.job.source(&origin.source).is_some_and(|source| source.snapshot_only));
        let Some(SourceColumn { source, column }) = snapshot else { return false };
        let name = &driver.name;
        let subject =
            if column == name { format!("`{name}` is") } else { format!("`{name}` comes from `{column}`") };
        let message = format!(
            "{subject} of source `{source}`, which is overwritten in place: what it was at the time of the \
             outcome is lost, so it cannot be a driver"
        );
        self.problem(path, "snapshot_only", message, Some("use a source that keeps its history".into()));
        true
    }

    /// A result of an earlier run was computed from all outcomes up to its `as_of`: nearly all that a model reads.
    fn hindsight(&mut self, path: &str, driver: &Driver, origins: &Origins) -> bool {
        let result = origins.direct.iter().find(|origin| previous_table(&origin.source).is_some());
        let Some(SourceColumn { source, column }) = result else { return false };
        let message = format!(
            "`{}` comes from `{column}` of `{source}`, which was computed from the outcomes that the model explains: \
             it cannot be a driver",
            driver.name
        );
        let help =
            "take it out of the drivers; results of earlier runs are for comparing, not for explaining";
        self.problem(path, "after_outcome", message, Some(help.into()));
        true
    }

    /// Whose data a driver is: as given, else third party if all that it is computed from is.
    fn resolve(&self, driver: &Driver, origins: &Origins) -> ResolvedDriver {
        // Rank and row number are computed from nothing; what orders the rows speaks for them.
        let columns = if origins.direct.is_empty() { &origins.through } else { &origins.direct };
        let mut sources: Vec<_> =
            columns.iter().filter_map(|origin| self.job.source(&origin.source)).collect();
        sources.dedup_by(|a, b| a.name == b.name);
        let all_third = !sources.is_empty() && sources.iter().all(|source| source.party == Party::Third);
        let party = driver.party.unwrap_or(if all_third { Party::Third } else { Party::First });
        let mut subjects: Vec<&str> = sources.iter().filter_map(|source| source.about.as_deref()).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let about = driver.about.clone().or_else(|| (!subjects.is_empty()).then(|| subjects.join(", ")));
        ResolvedDriver { party, about }
    }
}
