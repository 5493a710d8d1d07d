//! Definitions of the four run tables, the only ones that carry a run id or a clock reading.

use super::{AS_OF, ColumnDef, Current, JOB, TableDef, TableKind};
use crate::domain::DataType::{Bigint, Date, Double, String, Timestamp};

const RUN_ID: ColumnDef = ColumnDef::required("run_id", String, "Run that wrote the row.");

/// The run that published.
pub const RUNS: TableDef = TableDef {
    name: "runs",
    grain: "run",
    meaning: "The run that wrote this publication. Failed runs publish nothing; \
              their `run_results.json` is under `_trichter/runs/`.",
    columns: &[
        JOB,
        AS_OF,
        RUN_ID,
        ColumnDef::required("trichter_version", String, "Version of trichter."),
        ColumnDef::required(
            "status",
            String,
            "How the run ended: `success` or `warn`; other runs publish nothing.",
        ),
        ColumnDef::required("exit_code", Bigint, "Exit code of the process."),
        ColumnDef::required("seed", String, "Seed of everything random, in decimal digits."),
        ColumnDef::required("window_start", Date, "First day of the window."),
        ColumnDef::required("window_end", Date, "First day after the window."),
        ColumnDef::required("started_at", Timestamp, "When the run began."),
        ColumnDef::required("completed_at", Timestamp, "When its results were ready to be published."),
        ColumnDef::required("seconds", Double, "Wall clock time between the two.").unit("seconds"),
        ColumnDef::optional("warnings", String, "Warnings, one per line; NULL if there were none."),
    ],
    key: &["job", "as_of", "run_id"],
    kind: TableKind::Run,
    current: Current::Newest,
};

/// The steps of the run.
pub const STEPS: TableDef = TableDef {
    name: "steps",
    grain: "run and step",
    meaning: "What the run did, how long it took and how it ended.",
    columns: &[
        JOB,
        AS_OF,
        RUN_ID,
        ColumnDef::required("step", String, "Step, for example `table.daily_rentals`."),
        ColumnDef::required("step_number", Bigint, "Place in the order of steps, from 1."),
        ColumnDef::required("stage", String, "`source`, `table`, `kpis`, `model`, `steering` or `publish`."),
        ColumnDef::required("status", String, "How it ended: `success`, `warn`, `error` or `skipped`."),
        ColumnDef::optional("started_at", Timestamp, "When it began; NULL when skipped."),
        ColumnDef::required("seconds", Double, "Wall clock time; 0 when skipped.").unit("seconds"),
        ColumnDef::optional("row_count", Bigint, "Rows that came out; NULL where rows make no sense.")
            .unit("rows"),
        ColumnDef::optional("message", String, "What is worth knowing; NULL when nothing is."),
    ],
    key: &["job", "as_of", "run_id", "step"],
    kind: TableKind::Run,
    current: Current::Newest,
};

/// The checks of the run.
pub const CHECKS: TableDef = TableDef {
    name: "checks",
    grain: "run and check",
    meaning: "Every data check of the run with its result.",
    columns: &[
        JOB,
        AS_OF,
        RUN_ID,
        ColumnDef::required("check_name", String, "Check, for example `daily_rentals.not_null.1`; of joined data for example `sales_response.calendar_gaps`."),
        ColumnDef::required("table_name", String, "Table or source that was checked; of checks of joined data, the table of the model."),
        ColumnDef::required("kind", String, "Kind of check, as in the job file; `docs/checks.md` says what each kind asks."),
        ColumnDef::required("severity", String, "How bad a failure is: `error` or `warn`."),
        ColumnDef::required("status", String, "`pass`, `warn`, `fail` or `skipped`."),
        ColumnDef::optional(
            "failures",
            Bigint,
            "Offending rows, of joined data combinations of unit and period; NULL when skipped or where rows make no sense.",
        )
        .unit("rows"),
        ColumnDef::optional(
            "message",
            String,
            "What was found; NULL when the check held and there is nothing to add.",
        ),
        ColumnDef::optional(
            "failures_file",
            String,
            "Storage and path of a Parquet file with all offending rows; NULL unless the job keeps them and there are any.",
        ),
    ],
    key: &["job", "as_of", "run_id", "check_name"],
    kind: TableKind::Run,
    current: Current::Newest,
};

/// The objects that the run read.
pub const SOURCES_READ: TableDef = TableDef {
    name: "sources_read",
    grain: "run, source and object",
    meaning: "Every object that the run read, as it was at that time.",
    columns: &[
        JOB,
        AS_OF,
        RUN_ID,
        ColumnDef::required(
            "source",
            String,
            "Source of the job that the object belongs to; `previous.<table>` for what an earlier run published.",
        ),
        ColumnDef::required("object", String, "Storage and path."),
        ColumnDef::required("bytes", Bigint, "Size.").unit("bytes"),
        ColumnDef::optional("e_tag", String, "Entity tag of the store; NULL if it gives none."),
        ColumnDef::required("last_modified", Timestamp, "When the object was written."),
    ],
    key: &["job", "as_of", "run_id", "source", "object"],
    kind: TableKind::Run,
    current: Current::Newest,
};
