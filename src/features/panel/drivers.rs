//! Drivers of a panel: numbers by cell, gaps filled with the mean.

use super::build::Cells;
use super::columns::Columns;
use super::frame::PanelDriver;
use crate::features::FeatureError;
use crate::features::encoding::DriverEncoding;
use crate::features::moments::Moments;
use crate::features::outcome::frame_driver;

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
        let (described, _) = DriverEncoding::numbers(&moments, driver.per);
        let described = frame_driver(&model.name, driver, resolved, described)?;
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
        found.push(PanelDriver { driver: described, missing: moments.missing, values });
    }
    Ok(found)
}
