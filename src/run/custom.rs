//! Tables of advice that analysts wrote in SQL, as rows for steering.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Float64Type;

use super::failure::Failure;
use super::pipeline::Stage;
use crate::domain::{Gate, Language};
use crate::engine::{PREVIOUS, SqlOrigin};
use crate::models::result::ModelResults;
use crate::steering::CustomAdvice;

/// Reads the tables of advice of a job, in their order and that of their keys.
pub(super) async fn advice(stage: &Stage<'_>, models: &ModelResults) -> Result<Vec<CustomAdvice>, Failure> {
    let job = &stage.request.job;
    let Some(steering) = &job.steering else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for table in &steering.recommendations.custom {
        let gate = gate(stage, table, models);
        let Some(schema) = stage.planned.schemas.get(table) else { continue };
        let columns: Vec<String> = schema
            .fields()
            .iter()
            .map(|field| {
                let name = field.name();
                let of = if field.data_type().is_numeric() { "double" } else { "varchar" };
                format!("cast(\"{name}\" as {of}) as \"{name}\"")
            })
            .collect();
        let keys = job.table(table).map(|table| table.key.clone()).unwrap_or_default();
        let order: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
        let sql = format!("select {} from \"{table}\" order by {}", columns.join(", "), order.join(", "));
        let origin = SqlOrigin::value(&job.file, job.positions.find("steering.recommendations.custom"));
        let batches = stage.session.query(&origin, &sql).await?;
        let rows = batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |at| (batch, at)));
        for ((batch, at), row) in rows.zip(1..) {
            all.push(one(table, row, gate, batch, at));
        }
    }
    Ok(all)
}

fn one(table: &str, row: usize, gate: Gate, batch: &RecordBatch, at: usize) -> CustomAdvice {
    let text = |column: &str| -> Option<String> {
        let column = batch.column_by_name(column)?;
        let view =
            column.as_string_view_opt().filter(|texts| texts.is_valid(at)).map(|texts| texts.value(at));
        let plain =
            column.as_string_opt::<i32>().filter(|texts| texts.is_valid(at)).map(|texts| texts.value(at));
        view.or(plain).map(str::to_owned)
    };
    let number = |column: &str| -> Option<f64> {
        let numbers = batch.column_by_name(column)?.as_primitive_opt::<Float64Type>()?;
        numbers.is_valid(at).then(|| numbers.value(at)).filter(|number| number.is_finite())
    };
    let texts = |column: &str| -> BTreeMap<Language, String> {
        let of = |language: Language| Some((language, text(&format!("{column}_{}", language.code()))?));
        [Language::De, Language::En].into_iter().filter_map(of).collect()
    };
    CustomAdvice {
        table: table.to_owned(),
        row,
        decision: text("decision"),
        action: text("action"),
        about: text("about"),
        recipient: text("recipient"),
        kpi: text("kpi"),
        headline: texts("headline"),
        reason: texts("reason"),
        expected_effect: number("expected_effect"),
        expected_effect_lower: number("expected_effect_lower"),
        expected_effect_upper: number("expected_effect_upper"),
        amount_from: number("amount_from"),
        amount_to: number("amount_to"),
        gate,
    }
}

/// The worst gate of the job's models if the table, or what it reads, reads results of earlier runs.
fn gate(stage: &Stage<'_>, table: &str, models: &ModelResults) -> Gate {
    let (mut waiting, mut seen) = (vec![table], BTreeSet::new());
    let mut reads_results = false;
    while let Some(name) = waiting.pop() {
        if !seen.insert(name) {
            continue;
        }
        reads_results |= name.strip_prefix(PREVIOUS).is_some_and(|rest| rest.starts_with('.'));
        waiting.extend(stage.planned.reads.get(name).into_iter().flatten().map(String::as_str));
    }
    let worst = models.shared().iter().map(|model| model.gate.gate).max();
    worst.filter(|_| reads_results).unwrap_or(Gate::Trusted)
}
