//! `trichter show`.

use std::fmt::Write;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow::util::pretty::pretty_format_batches_with_options;
use serde_json::{Value, json};

use super::load;
use crate::cli::args::{GlobalArgs, OutputForm, ShowArgs};
use crate::cli::{json_rows, output};
use crate::config::job::Var;
use crate::config::{self, Job, closest, listed};
use crate::engine::Engine;
use crate::run::{Failure, FailureClass, published_table, published_tables};

/// How values are written; what is missing stays blank.
const FORMAT: FormatOptions<'static> = FormatOptions::new().with_null("");

/// Prints rows of a published table, or the tables that there are.
pub(in crate::cli) fn show(global: &GlobalArgs, args: &ShowArgs) -> Result<u8, Failure> {
    if args.as_sql {
        let table = args.table.as_deref().unwrap_or_default();
        output::text(&sql(&load::job(global, &args.job)?, table)?)?;
        return Ok(0);
    }
    let platform = load::platform(global)?;
    let job = load::job(global, &args.job)?;
    config::check_target(&job, &platform)?;
    let runtime = load::runtime(platform.engine.threads)?;
    let engine = Engine::new(&platform)?;
    match &args.table {
        None => list(global, &runtime.block_on(published_tables(&engine, &job))?)?,
        Some(table) => {
            // One more than is shown tells whether there are more.
            let limit = args.limit.saturating_add(1);
            let batches = runtime.block_on(published_table(&engine, &job, table, limit))?;
            rows(global, args.limit, &batches)?;
        }
    }
    Ok(0)
}

/// The SQL of a table or KPI, with the values of the variables that it reads.
fn sql(job: &Job, name: &str) -> Result<String, Failure> {
    let vars = |sql: &str| -> String {
        let line = |var: &Var| format!("-- ${} is {} ({})\n", var.name, var.value, var.data_type);
        job.vars_of(sql).map(line).collect()
    };
    if let Some(table) = job.table(name) {
        let sql = table.sql.trim_end();
        return Ok(format!("-- {}\n{}{sql}\n", table.file, vars(sql)));
    }
    if let Some(kpi) = job.kpi(name) {
        let ratio = kpi.denominator.iter().map(|below| format!(" / {below}"));
        let value: String = std::iter::once(kpi.numerator.clone()).chain(ratio).collect();
        let condition = kpi.filter.as_ref().map(|filter| format!("\nwhere {filter}")).unwrap_or_default();
        let by: String = kpi.by.iter().flat_map(|column| [column.as_str(), ", "]).collect();
        let group =
            if kpi.by.is_empty() { String::new() } else { format!("\ngroup by {}", kpi.by.join(", ")) };
        let vars = vars(&format!("{value} {condition}"));
        return Ok(format!("{vars}select {by}{value} as {name}\nfrom {}{condition}{group}\n", kpi.from));
    }
    let names = || {
        job.tables.iter().map(|table| table.name.as_str()).chain(job.kpis.iter().map(|kpi| kpi.name.as_str()))
    };
    let help = match closest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the tables and KPIs are {}", listed(names())),
    };
    Err(Failure::new(FailureClass::Job, format!("the job has no table or KPI `{name}`")).with_help(help))
}

fn list(global: &GlobalArgs, tables: &[(String, u64)]) -> Result<(), Failure> {
    if global.output == OutputForm::Json {
        let tables: Vec<Value> =
            tables.iter().map(|(table, rows)| json!({ "table": table, "rows": rows })).collect();
        return output::json(&Value::Array(tables));
    }
    let width = tables.iter().map(|(table, _)| table.len()).max().unwrap_or_default();
    let lines: Vec<String> =
        tables.iter().map(|(table, rows)| format!("{table:width$}  {rows:>10} rows\n")).collect();
    output::text(&lines.concat())
}

fn rows(global: &GlobalArgs, limit: usize, batches: &[RecordBatch]) -> Result<(), Failure> {
    let found: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let batches = &first(batches, limit);
    if global.output == OutputForm::Json {
        return output::json(&json_rows::rows(batches)?);
    }
    let table = pretty_format_batches_with_options(batches, &FORMAT)
        .map_err(|error| Failure::new(FailureClass::Internal, error.to_string()))?
        .to_string();
    let width = table.lines().next().map_or(0, |line| line.chars().count());
    // Wide rows wrap into a tangle on a terminal; a pipe gets them whole.
    let text = match terminal_size::terminal_size() {
        Some((terminal_size::Width(room), _)) if width > usize::from(room) => records(batches)?,
        _ => format!("{table}\n"),
    };
    let more =
        if found > limit { format!("the first {limit} rows; `--limit` shows more\n") } else { String::new() };
    output::text(&format!("{text}{more}"))
}

/// The first `limit` rows.
fn first(batches: &[RecordBatch], limit: usize) -> Vec<RecordBatch> {
    let mut left = limit;
    let cut = |batch: &RecordBatch| {
        let rows = batch.num_rows().min(left);
        left -= rows;
        batch.slice(0, rows)
    };
    batches.iter().map(cut).collect()
}

/// Each row as a block of lines, one per column.
fn records(batches: &[RecordBatch]) -> Result<String, Failure> {
    let defect = |error: arrow::error::ArrowError| Failure::new(FailureClass::Internal, error.to_string());
    let mut text = String::new();
    let mut number = 0;
    for batch in batches {
        let schema = batch.schema();
        let width = schema.fields().iter().map(|field| field.name().len()).max().unwrap_or_default();
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &FORMAT).map_err(defect))
            .collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            number += 1;
            let _ = writeln!(text, "-- row {number}");
            for (field, column) in schema.fields().iter().zip(&columns) {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{:width$}  {}", field.name(), column.value(row));
            }
        }
    }
    Ok(text)
}
