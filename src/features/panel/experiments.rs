//! Experiments of a panel: who was treated, when, and what was measured.

use super::build::Cells;
use super::columns::Columns;
use super::frame::{PanelChannel, PanelExperiment};
use crate::features::FeatureError;

/// Separates units in the column `unit` of an experiment.
const SEPARATOR: char = ',';

/// Reads the experiments of the model; none if it names no table.
///
/// An experiment that lies outside the panel says nothing about it and is left out.
pub(super) fn experiments(
    cells: &Cells<'_>,
    channels: &[PanelChannel],
) -> Result<Vec<PanelExperiment>, FeatureError> {
    let model = cells.request.model;
    let (Some(table), Some(file)) = (&model.experiments, cells.request.experiments) else {
        return Ok(Vec::new());
    };
    let mut names = vec!["channel", "start", "end", "spend_change", "lift", "lift_se"];
    names.extend(model.unit.is_some().then_some("unit"));
    let columns = Columns::read(&model.name, table, file, &names)?;
    let zone = cells.request.calendar.time_zone;
    let (of_channel, starts, ends) =
        (columns.texts("channel")?, columns.dates("start", zone)?, columns.dates("end", zone)?);
    let (changes, lifts, errors) =
        (columns.numbers("spend_change")?, columns.numbers("lift")?, columns.numbers("lift_se")?);
    let units = if model.unit.is_some() { columns.texts("unit")? } else { vec![None; columns.rows()] };
    let mut found = Vec::new();
    for row in 0..columns.rows() {
        let failed = |reason: String| cells.failed(format!("row {} of `{table}`: {reason}", row + 1));
        let name = of_channel[row].as_deref().unwrap_or_default();
        let Some(channel) = channels.iter().position(|channel| channel.name == name) else {
            return Err(failed(format!("there is no channel `{name}`")));
        };
        if channels[channel].spend.is_none() {
            return Err(failed(format!("channel `{name}` has no spend that an experiment could change")));
        }
        let places: Vec<Option<usize>> = match &units[row] {
            Some(text) => text.split(SEPARATOR).map(|unit| cells.unit(Some(unit.trim()))).collect(),
            // Without a unit: all of them.
            None => (0..cells.units.len()).map(Some).collect(),
        };
        if !(changes[row].is_finite() && lifts[row].is_finite() && errors[row] > 0.0) {
            return Err(failed(
                "`spend_change`, `lift` and `lift_se` must be numbers, `lift_se` above 0".into(),
            ));
        }
        let start = starts[row].and_then(|day| cells.period(day));
        let last = ends[row].and_then(|day| day.pred_opt()).and_then(|day| cells.period(day));
        let (Some(start), Some(last), Some(mut units)) =
            (start, last, places.into_iter().collect::<Option<Vec<_>>>())
        else {
            continue;
        };
        if start < cells.lead || last < start {
            continue;
        }
        // A unit that is named twice was treated once.
        units.sort_unstable();
        units.dedup();
        found.push(PanelExperiment {
            channel,
            units,
            start,
            end: last + 1,
            spend_change: changes[row],
            lift: lifts[row],
            standard_error: errors[row],
        });
    }
    Ok(found)
}
