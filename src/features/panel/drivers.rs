//! Drivers of a panel: numbers by cell, gaps filled with the mean.

use super::build::Cells;
use super::columns::Columns;
use super::frame::PanelDriver;
use crate::features::moments::Moments;
use crate::features::{DriverValues, FeatureError, FrameDriver};

/// Reads every driver of the model.
pub(super) fn drivers(
    cells: &Cells<'_>,
    columns: &Columns<'_>,
    rows: &[Option<usize>],
    notes: &mut Vec<String>,
) -> Result<Vec<PanelDriver>, FeatureError> {
    let model = cells.request.model;
    let mut found = Vec::with_capacity(model.drivers.len());
    for (driver, resolved) in model.drivers.iter().zip(cells.request.drivers) {
        let numbers = columns.numbers(&driver.name)?;
        let mut values: Vec<f64> = rows.iter().map(|row| row.map_or(f64::NAN, |row| numbers[row])).collect();
        let width = cells.periods.len();
        let fitted = (0..rows.len()).filter(|cell| cell % width >= cells.lead && rows[*cell].is_some());
        let moments = Moments::of(fitted.map(|cell| values[cell]));
        if !(moments.mean.is_finite() && moments.standard_deviation().is_finite()) && moments.count > 1 {
            return Err(FeatureError::TooLarge { model: model.name.clone(), driver: driver.name.clone() });
        }
        if moments.missing > 0 {
            notes.push(format!(
                "driver `{}` has no value in {} of its cells, which are set to its mean",
                driver.name, moments.missing
            ));
        }
        let fill = if moments.count > 0 { moments.mean } else { 0.0 };
        for value in values.iter_mut().filter(|value| !value.is_finite()) {
            *value = fill;
        }
        let described = if moments.count == 0 {
            DriverValues::Constant { value: crate::features::levels::MISSING.to_owned() }
        } else if moments.min.to_bits() == moments.max.to_bits() {
            DriverValues::Constant { value: moments.min.to_string() }
        } else {
            let standard_deviation = moments.standard_deviation();
            DriverValues::Numeric {
                mean: moments.mean,
                standard_deviation,
                per: driver.per.unwrap_or(standard_deviation),
                min: moments.min,
                max: moments.max,
                missing: moments.missing,
            }
        };
        found.push(PanelDriver {
            driver: FrameDriver {
                name: driver.name.clone(),
                label: driver.label.clone(),
                party: resolved.party,
                about: resolved.about.clone(),
                role: driver.role,
                group: driver.group.clone(),
                unit: driver.unit.clone(),
                values: described,
            },
            missing: moments.missing,
            values,
        });
    }
    Ok(found)
}
