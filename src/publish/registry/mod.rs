//! Every output table of trichter: name, grain, columns, types, units, keys, meaning.
//!
//! The one place where an output table is defined. The builders in `rows`, the checks before a
//! publication, `schema.json` and the data dictionary all read from here.

mod drivers;
mod goals;
mod runs;
mod steering;
mod table;

pub use drivers::{DRIVER_EFFECTS, DRIVER_IMPORTANCE, MODEL_PARAMETERS, MODEL_QUALITY, PREDICTIONS};
pub use goals::{CALENDAR, DECISIONS, KPI_CATALOG, KPI_DECISIONS, KPI_LINKS, KPI_VALUES, RECIPIENTS};
pub use runs::{CHECKS, RUNS, SOURCES_READ, STEPS};
pub use steering::{RECOMMENDATION_EVIDENCE, RECOMMENDATIONS};
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
    &MODEL_PARAMETERS,
    &MODEL_QUALITY,
    &PREDICTIONS,
    &RECOMMENDATIONS,
    &RECOMMENDATION_EVIDENCE,
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

/// Coverage of a row's interval.
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
