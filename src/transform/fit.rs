//! Whether what the job says about a table fits the columns that its SQL gives.

use arrow::datatypes::{DataType, Schema};

use super::checks::{place, question};
use super::lint::warn;
use super::plan::Planning;
use crate::config::diagnostic::Problem;
use crate::config::job::{Check, CheckKind, Kpi, OutcomeModel, SqlTable, Success};
use crate::domain::Severity;
use crate::engine::{SqlOrigin, choices, domain_type, parse, quote, table_schema};

/// What a column must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Anything,
    Number,
    DateOrTimestamp,
    /// Boolean, or a number that is 0 or 1.
    YesNo,
    /// A number, a boolean or a text.
    Driver,
    /// What has an effect in a straight line.
    NumberOrBoolean,
    Text,
}

impl Need {
    fn fits(self, data_type: &DataType) -> bool {
        let number = || domain_type(data_type).is_some_and(crate::domain::DataType::is_numeric);
        match self {
            Self::Anything => true,
            Self::Number => number(),
            Self::Text => domain_type(data_type) == Some(crate::domain::DataType::String),
            Self::DateOrTimestamp => matches!(data_type, DataType::Date32 | DataType::Timestamp(..)),
            Self::YesNo | Self::NumberOrBoolean => data_type == &DataType::Boolean || number(),
            Self::Driver => matches!(data_type, DataType::Boolean | DataType::Utf8) || number(),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Anything => "any type",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::DateOrTimestamp => "a date or a timestamp",
            Self::YesNo => "a boolean or a number that is 0 or 1",
            Self::Driver => "a number, a boolean or a text",
            Self::NumberOrBoolean => "a number or a boolean",
        }
    }

    /// What to do about a column that is something else.
    fn help(self, data_type: &DataType) -> Option<&'static str> {
        match self {
            Self::NumberOrBoolean if data_type == &DataType::Utf8 => {
                Some("make a column of 0 and 1 for each of its values in SQL, and name those as drivers")
            }
            Self::Text => Some("cast it to `varchar` in SQL, or state what must hold with `range` or `sql`"),
            _ => None,
        }
    }
}

impl Planning<'_> {
    /// Adds a problem at `path` of the job file.
    pub(super) fn problem(&mut self, path: &str, code: &'static str, message: String, help: Option<String>) {
        self.problems.push(Problem {
            code,
            severity: Severity::Error,
            file: self.job.file.clone(),
            position: self.job.positions.find(path),
            message,
            help,
        });
    }

    /// Checks that `column` is there and is what it must be. True if so.
    pub(super) fn column(
        &mut self,
        path: &str,
        table: &str,
        schema: &Schema,
        column: &str,
        need: Need,
    ) -> bool {
        match schema.field_with_name(column) {
            Ok(field) if need.fits(field.data_type()) => true,
            Ok(field) => {
                let held = domain_type(field.data_type())
                    .map_or_else(|| field.data_type().to_string(), |held| held.to_string());
                let message =
                    format!("column `{column}` of `{table}` must be {}, it is {held}", need.as_str());
                self.problem(path, "column_type", message, need.help(field.data_type()).map(Into::into));
                false
            }
            Err(_) => {
                let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
                let message = format!("table `{table}` has no column `{column}`");
                self.problem(path, "unknown_column", message, Some(choices(column, "columns", &names)));
                false
            }
        }
    }

    /// Key, time and checks of a table.
    pub(super) async fn table(&mut self, table: &SqlTable, schema: &Schema) {
        let (name, path) = (&table.name, format!("tables.{}", table.name));
        let mut sound = true;
        for column in &table.key {
            sound &= self.column(&format!("{path}.key"), name, schema, column, Need::Anything);
        }
        if let Some(time) = &table.time {
            self.column(&format!("{path}.time"), name, schema, time, Need::DateOrTimestamp);
        }
        for (index, check) in table.checks.iter().enumerate() {
            let fits = self.check(table, schema, check, &format!("{path}.checks.{index}")).await;
            // What is asked of columns that are there, and nothing else, can be asked.
            if fits && sound && check.holds_sql() {
                let question = question(table, schema, check, self.job.calendar);
                let origin = place(self.job, table, index);
                if self.queries(&origin, &question.queries()).await
                    && let Some(rows) = question.rows().filter(|_| check.keep_failures)
                {
                    self.keepable(&origin, rows).await;
                }
            }
        }
    }

    /// Rows are kept in a file with columns as those of tables.
    async fn keepable(&mut self, origin: &SqlOrigin, rows: &str) {
        let planned = self.query(origin, rows).await;
        let columns = planned.and_then(|plan| table_schema(origin, plan.schema().as_arrow()));
        for error in columns.err().into_iter().flatten() {
            self.problems.push(error.to_problem(&self.job.file));
        }
    }

    /// Checks that a check, which stands at `at`, fits the columns of its table. True if so.
    async fn check(&mut self, table: &SqlTable, schema: &Schema, check: &Check, at: &str) -> bool {
        let name = &table.name;
        match &check.kind {
            CheckKind::NotNull { columns } | CheckKind::Unique { columns } => {
                let mut there = true;
                for column in columns {
                    there &= self.column(at, name, schema, column, Need::Anything);
                }
                there
            }
            CheckKind::AcceptedValues { column, .. } => self.column(at, name, schema, column, Need::Anything),
            CheckKind::Range { column, .. } => self.column(at, name, schema, column, Need::Number),
            CheckKind::MeanInRange { column, .. } => {
                self.column(&format!("{at}.mean_in_range.column"), name, schema, column, Need::Number)
            }
            CheckKind::Pattern { column, .. } => {
                self.column(&format!("{at}.pattern.column"), name, schema, column, Need::Text)
            }
            CheckKind::ZScore { column, by, .. } => {
                let mut there =
                    self.column(&format!("{at}.z_score.column"), name, schema, column, Need::Number);
                for column in by {
                    there &= self.column(&format!("{at}.z_score.by"), name, schema, column, Need::Anything);
                }
                there
            }
            CheckKind::Relationship { column, to, field } => {
                self.column(at, name, schema, column, Need::Anything) && self.other(at, to, field).await
            }
            CheckKind::RowCountChange { periods, .. } => self.row_count_change(table, schema, *periods, at),
            CheckKind::RowCount { .. } | CheckKind::Reconciles { .. } | CheckKind::Sql { .. } => true,
        }
    }

    /// Rows can be counted by period only where something dates them, and over as many periods as every run reads.
    fn row_count_change(&mut self, table: &SqlTable, schema: &Schema, periods: u32, at: &str) -> bool {
        let Some(time) = &table.time else {
            let message =
                format!("rows of `{}` cannot be counted by period, no column dates them", table.name);
            self.problem(
                at,
                "missing_time",
                message,
                Some("say with `time` of the table which column does".into()),
            );
            return false;
        };
        let calendar = self.job.calendar;
        let most = calendar.period.per_year();
        if periods > most {
            let message = format!("`periods` must be between 1 and {most}, a year, got {periods}");
            let help = Some("choose a number within these bounds".into());
            self.problem(&format!("{at}.row_count_change.periods"), "out_of_range", message, help);
            return false;
        }
        // Another type is told at `time` itself.
        schema.field_with_name(time).is_ok_and(|field| Need::DateOrTimestamp.fits(field.data_type()))
    }

    /// The column of another table that a relationship names.
    async fn other(&mut self, path: &str, to: &str, field: &str) -> bool {
        match self.scratch.schema(to).await {
            Some(schema) => self.column(path, to, &schema, field, Need::Anything),
            // Said where that table is broken, or later by the query if there is none at all.
            None if self.job.table(to).is_some() || self.job.source(to).is_some() => false,
            None => true,
        }
    }

    /// Plans queries that the job's values make. Every problem is told at the value.
    pub(super) async fn queries(&mut self, origin: &SqlOrigin, queries: &[&str]) -> bool {
        for sql in queries {
            if let Err(errors) = self.query(origin, sql).await {
                for error in errors {
                    self.problems.push(error.to_problem(&self.job.file));
                }
                return false;
            }
        }
        true
    }

    /// Value, filter and dimensions of a KPI.
    pub(super) async fn kpi(&mut self, kpi: &Kpi, schema: &Schema, time: Option<&str>) {
        let path = format!("kpis.{}", kpi.name);
        let mut sound = true;
        for column in &kpi.by {
            sound &= self.column(&format!("{path}.by"), &kpi.from, schema, column, Need::Anything);
        }
        let origin =
            |key: &str| SqlOrigin::value(&self.job.file, self.job.positions.find(&format!("{path}.{key}")));
        let (at_value, at_filter) = (origin("value"), origin("where"));
        if let Some(filter) = &kpi.filter {
            let sql = format!("select 1 as one from {} where ({filter})", quote(&kpi.from));
            sound &= self.queries(&at_filter, &[&sql]).await;
        }
        if !sound {
            return;
        }
        // Grouped, so that a column outside of an aggregate is noticed.
        let group: Vec<String> = kpi.by.iter().map(String::as_str).chain(time).map(quote).collect();
        for value in std::iter::once(&kpi.numerator).chain(&kpi.denominator) {
            let sql =
                format!("select ({value}) as value from {} group by {}", quote(&kpi.from), group.join(", "));
            match self.query(&at_value, &sql).await {
                Ok(plan) => {
                    let held = plan.schema().field(0).data_type().clone();
                    if !Need::Number.fits(&held) {
                        let message =
                            format!("the value of KPI `{}` must be a number, `{value}` is {held}", kpi.name);
                        self.problem(&format!("{path}.value"), "kpi_type", message, None);
                    }
                    if let Ok(query) = parse(&at_value, &sql) {
                        warn(&at_value, &query, &mut self.warnings);
                    }
                }
                Err(errors) => {
                    for error in errors {
                        self.problems.push(error.to_problem(&self.job.file));
                    }
                }
            }
        }
    }

    /// Outcome and date of a model; drivers have a file of their own.
    pub(super) fn model(&mut self, model: &OutcomeModel, schema: &Schema) {
        let (kind, need) = match &model.success {
            Success::YesNo { .. } => ("yes_no", Need::YesNo),
            Success::Amount { .. } => ("amount", Need::Number),
        };
        let path = format!("models.{}.outcome.success.{kind}", model.name);
        self.column(&format!("{path}.column"), &model.table, schema, model.success.column(), need);
        self.column(&format!("{path}.at"), &model.table, schema, &model.at, Need::DateOrTimestamp);
    }
}
