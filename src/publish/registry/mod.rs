//! Every output table of trichter: name, grain, columns, types, units, keys, meaning.
//!
//! The one place where an output table is defined. The builders in `rows`, the checks before a
//! publication, `schema.json` and the data dictionary all read from here.

mod budget;
mod channels;
mod drivers;
mod goals;
mod models;
mod runs;
mod steering;
mod table;

pub use budget::{BUDGET_LIMITS, BUDGET_PLAN, BUDGET_SUMMARY};
pub use channels::{CHANNEL_PERFORMANCE, CONTRIBUTIONS, EXPERIMENTS, RESPONSE_CURVES};
pub use drivers::{DRIVER_EFFECTS, DRIVER_IMPORTANCE, DRIVER_INTERACTIONS};
pub use goals::{CALENDAR, DECISIONS, KPI_CATALOG, KPI_DECISIONS, KPI_LINKS, KPI_VALUES, RECIPIENTS};
pub use models::{MODEL_CHANGES, MODEL_PARAMETERS, MODEL_QUALITY, PREDICTIONS};
pub use runs::{CHECKS, RUNS, SOURCES_READ, STEPS};
pub use steering::{BRIEFINGS, PROPOSED_TESTS, RECOMMENDATION_EVIDENCE, RECOMMENDATIONS};
pub use table::{ColumnDef, Current, TableDef, TableKind};

use crate::domain::DataType;

/// Every output table, in the order of the data dictionary.
pub const TABLES: &[&TableDef] = &[
    &KPI_VALUES,
    &KPI_CATALOG,
    &KPI_LINKS,
    &KPI_DECISIONS,
    &DECISIONS,
    &RECIPIENTS,
    &CALENDAR,
    &DRIVER_IMPORTANCE,
    &DRIVER_EFFECTS,
    &DRIVER_INTERACTIONS,
    &CHANNEL_PERFORMANCE,
    &RESPONSE_CURVES,
    &CONTRIBUTIONS,
    &EXPERIMENTS,
    &MODEL_PARAMETERS,
    &MODEL_QUALITY,
    &MODEL_CHANGES,
    &PREDICTIONS,
    &BUDGET_PLAN,
    &BUDGET_SUMMARY,
    &BUDGET_LIMITS,
    &RECOMMENDATIONS,
    &RECOMMENDATION_EVIDENCE,
    &PROPOSED_TESTS,
    &BRIEFINGS,
    &RUNS,
    &STEPS,
    &CHECKS,
    &SOURCES_READ,
];

/// The job that wrote a row.
const JOB: ColumnDef = ColumnDef::required("job", DataType::String, "Job that wrote the row.");

/// The date that a row was computed for.
const AS_OF: ColumnDef =
    ColumnDef::required("as_of", DataType::Date, "First day after the window that the row was computed for.");

/// The model that a row is about.
const MODEL: ColumnDef = ColumnDef::required("model", DataType::String, "Model of the job.");

/// Part of the company that a row is about.
const UNIT: ColumnDef = ColumnDef::required(
    "unit",
    DataType::String,
    "Unit of the company, for example a region; empty for all of them together.",
);

/// What an outcome is counted in.
const OUTCOME_UNIT: ColumnDef = ColumnDef::required(
    "outcome_unit",
    DataType::String,
    "What the outcome is counted in; `probability` (0 to 1) for yes/no outcomes.",
);

/// The verdict on a row's model.
const GATE: ColumnDef = ColumnDef::required(
    "gate",
    DataType::String,
    "How far the model's advice may be followed: `trusted`, `review` or `withheld`; `model_quality` says why.",
);

/// Coverage of a row's intervals.
const INTERVAL_LEVEL: ColumnDef = ColumnDef::optional(
    "interval_level",
    DataType::Double,
    "Nominal coverage of the interval; NULL where there is none.",
)
.unit("share");

/// Why a row has no interval.
const INTERVAL_NOTE: ColumnDef = ColumnDef::optional(
    "interval_note",
    DataType::String,
    "Why the estimate has no interval; NULL where it has one or there is no estimate.",
);

/// Why some of a row's estimates have no interval.
const INTERVAL_NOTES: ColumnDef = ColumnDef::optional(
    "interval_note",
    DataType::String,
    "Estimates of the row without an interval, each with the reason why; NULL where there are none.",
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_table_starts_with_job_and_as_of_and_keys_them() {
        for table in TABLES {
            let names: Vec<&str> = table.columns.iter().take(2).map(|column| column.name).collect();
            assert_eq!(names, ["job", "as_of"], "{}", table.name);
            assert_eq!(table.key[..2], ["job", "as_of"], "{}", table.name);
        }
    }

    #[test]
    fn names_are_unique_and_keys_are_required_columns() {
        let tables: BTreeSet<&str> = TABLES.iter().map(|table| table.name).collect();
        assert_eq!(tables.len(), TABLES.len());
        for table in TABLES {
            let names: BTreeSet<&str> = table.columns.iter().map(|column| column.name).collect();
            assert_eq!(names.len(), table.columns.len(), "{}", table.name);
            for key in table.key {
                let column = table.columns.iter().find(|column| column.name == *key);
                assert!(column.is_some_and(|column| !column.nullable), "{}.{key}", table.name);
            }
        }
    }

    #[test]
    fn only_run_tables_carry_a_run_id() {
        for table in TABLES {
            let has_run_id = table.position("run_id").is_some();
            assert_eq!(has_run_id, table.kind == TableKind::Run, "{}", table.name);
        }
    }

    #[test]
    fn tables_that_keep_every_period_have_one_to_keep() {
        for table in TABLES {
            if table.current == Current::EveryPeriod {
                assert!(table.key.contains(&"period_start"), "{}", table.name);
            }
        }
    }

    #[test]
    fn meanings_are_sentences() {
        for table in TABLES {
            assert!(table.meaning.ends_with('.'), "{}", table.name);
            for column in table.columns {
                assert!(column.meaning.ends_with('.'), "{}.{}", table.name, column.name);
            }
        }
    }
}
