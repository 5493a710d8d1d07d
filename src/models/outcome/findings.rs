//! One line per driver or level: its effect, and whether it is one.

use crate::domain::Evidence;
use crate::features::{ColumnPart, DriverValues, FrameDriver, FrameError, ModelFrame};
use crate::models::explain::{Change, Group, LARGEST_P, Placebo, average_effects};
use crate::models::fit::{Dropped, Fit, Scaling};
use crate::models::result::{DriverEffect, Finding};
use crate::models::uncertainty::Inference;

/// A driver or level, and the change its effect is for, or why it has none.
struct Line {
    driver: usize,
    level: Option<String>,
    content: Result<Change, Finding>,
}

/// The lines of all drivers, in the order of the job.
///
/// A driver that is in gets a line for its value or for each level except the reference; one that is
/// out gets one line that says why. `tested` are the groups in the fit with their placebos.
///
/// # Errors
///
/// When rows cannot be read.
pub(crate) fn driver_effects(
    frame: &ModelFrame,
    scaling: &Scaling,
    fit: &Fit,
    left_out: &[Option<Finding>],
    inference: &Inference,
    tested: &[(Group, Option<Placebo>)],
) -> Result<Vec<DriverEffect>, FrameError> {
    let lines: Vec<Line> =
        (0..frame.drivers.len()).flat_map(|driver| lines_of(frame, fit, left_out, driver)).collect();
    let changes: Vec<Change> = lines.iter().filter_map(|line| line.content.clone().ok()).collect();
    let mut effects = average_effects(frame, scaling, fit, &changes)?.into_iter();
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        let mut row = empty(&frame.drivers[line.driver], line.level, Finding::NotFitted);
        match line.content {
            Err(finding) => row.finding = finding,
            Ok(change) => {
                if let Change::Rise { per, .. } = change {
                    row.change = Some(per);
                }
                let group = tested.iter().find(|(group, _)| group.drivers.contains(&line.driver));
                row.placebo_p_value = group.and_then(|(_, placebo)| *placebo).map(|placebo| placebo.p_value);
                if let Some(average) = effects.next() {
                    let standard_error = inference.standard_error(&average.gradient);
                    row.p_value = inference.p_value(average.value, standard_error);
                    let estimate = inference.estimate(average.value, standard_error);
                    let beats_placebos = row.placebo_p_value.is_none_or(|p| p <= LARGEST_P);
                    row.finding = if estimate.excludes_zero() && beats_placebos {
                        Finding::Effect
                    } else {
                        Finding::NoEvidence
                    };
                    row.effect = Some(estimate);
                }
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

/// One line per driver of a model that could not be fitted.
pub(crate) fn not_fitted(frame: &ModelFrame, left_out: &[Option<Finding>]) -> Vec<DriverEffect> {
    let line = |(driver, out): (&FrameDriver, &Option<Finding>)| {
        empty(driver, None, out.unwrap_or(Finding::NotFitted))
    };
    frame.drivers.iter().zip(left_out).map(line).collect()
}

fn lines_of(frame: &ModelFrame, fit: &Fit, left_out: &[Option<Finding>], driver: usize) -> Vec<Line> {
    if let Some(finding) = left_out[driver] {
        return vec![Line { driver, level: None, content: Err(finding) }];
    }
    let position = |column: usize| {
        fit.columns.binary_search(&column).map_err(|_| {
            match fit.dropped.iter().find(|(dropped, _)| *dropped == column) {
                Some((_, Dropped::Aliased)) => Finding::Aliased,
                Some((_, Dropped::OneOutcome { .. })) | None => Finding::NotFitted,
            }
        })
    };
    let levels: Vec<usize> = (0..fit.columns.len())
        .filter(|at| matches!(&frame.columns[fit.columns[*at]].part, ColumnPart::Level { driver: of, .. } if *of == driver))
        .collect();
    let per = match frame.drivers[driver].values {
        DriverValues::Numeric { per, .. } => per,
        DriverValues::Categorical { .. } | DriverValues::Constant { .. } => 1.0,
    };
    let line = |(column, part): (usize, &ColumnPart)| match part {
        ColumnPart::Value { driver: of } if *of == driver => Some(Line {
            driver,
            level: None,
            content: position(column).map(|position| Change::Rise { position, per }),
        }),
        ColumnPart::Level { driver: of, level } if *of == driver => Some(Line {
            driver,
            level: Some(level.clone()),
            content: position(column).map(|position| Change::Switch { position, levels: levels.clone() }),
        }),
        _ => None,
    };
    frame.columns.iter().enumerate().filter_map(|(at, column)| line((at, &column.part))).collect()
}

fn empty(driver: &FrameDriver, level: Option<String>, finding: Finding) -> DriverEffect {
    let reference = match &driver.values {
        DriverValues::Categorical { reference, .. } => Some(reference.clone()),
        DriverValues::Numeric { .. } | DriverValues::Constant { .. } => None,
    };
    DriverEffect {
        driver: driver.name.clone(),
        reference: if level.is_some() { reference } else { None },
        level,
        party: driver.party,
        about: driver.about.clone(),
        role: driver.role,
        evidence: Evidence::Observational,
        change: None,
        effect: None,
        p_value: None,
        placebo_p_value: None,
        finding,
    }
}
