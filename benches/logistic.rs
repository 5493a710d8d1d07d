//! Fits a logistic model from a Parquet file and prints seconds and coefficients as one JSON object.
//!
//! `scripts/scale.py` writes the file, runs this, and sets it beside scikit-learn. By hand:
//! `cargo run --release --features bench --bin bench-logistic -- FILE [--whole]`, where `--whole` runs the models
//! stage with importance, placebos and validation too.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use trichter::config::job::{Driver, OutcomeModel, Success};
use trichter::domain::{Calendar, LocalText, Party, PeriodKind, Role, StartOfWeek};
use trichter::features::{FrameRequest, ResolvedDriver, outcome_frame};
use trichter::models::{ModelSettings, fit_coefficients, fit_outcome};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(file) = arguments.iter().find(|argument| !argument.starts_with("--")).map(PathBuf::from) else {
        println!("give a Parquet file with the columns id, month, won, x00, x01, …; see scripts/scale.py");
        return Ok(());
    };
    let model = model(&file)?;
    let drivers: Vec<ResolvedDriver> =
        model.drivers.iter().map(|_| ResolvedDriver { party: Party::First, about: None }).collect();
    let calendar =
        Calendar { period: PeriodKind::Month, starts: StartOfWeek::Monday, time_zone: chrono_tz::UTC };
    let request = FrameRequest {
        model: &model,
        drivers: &drivers,
        file: &file,
        calendar: &calendar,
        history_start: None,
        end: chrono::NaiveDate::MAX,
    };
    let settings = ModelSettings::default();

    let began = Instant::now();
    let frame = outcome_frame(&request)?;
    let frame_seconds = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let parameters = fit_coefficients(&frame, &settings)?;
    let fit_seconds = began.elapsed().as_secs_f64();
    let mut result = serde_json::json!({
        "rows": frame.rows,
        "columns": frame.columns.len(),
        "frame_seconds": frame_seconds,
        "fit_seconds": fit_seconds,
        "coefficients": parameters.iter().map(|each| (each.name.clone(), each.estimate.value.into())).collect::<serde_json::Map<_, _>>(),
        "standard_errors": parameters.iter().map(|each| (each.name.clone(), each.standard_error.into())).collect::<serde_json::Map<_, _>>(),
    });
    if arguments.iter().any(|argument| argument == "--whole") {
        let began = Instant::now();
        let whole = fit_outcome(&frame, &settings)?;
        result["whole_seconds"] = began.elapsed().as_secs_f64().into();
        result["gate"] = whole.gate.gate.as_str().into();
    }
    println!("{result}");
    Ok(())
}

/// The model of `won` by every column whose name begins with `x`.
fn model(file: &std::path::Path) -> Result<OutcomeModel, Box<dyn Error>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(file)?)?;
    let names = reader.schema().fields().iter().map(|field| field.name().clone());
    let drivers = names
        .filter(|name| name.starts_with('x'))
        .map(|name| Driver {
            label: LocalText::same(&name),
            party: None,
            about: None,
            role: Role::Precision,
            group: name.clone(),
            per: None,
            unit: None,
            name,
        })
        .collect();
    Ok(OutcomeModel {
        name: "won".to_owned(),
        label: LocalText::same("won"),
        table: "rows".to_owned(),
        success: Success::YesNo { column: "won".to_owned(), matures_after: None },
        at: "month".to_owned(),
        drivers,
        yearly_harmonics: 0,
        trend: false,
        explains: None,
    })
}
