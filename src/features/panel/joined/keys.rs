//! Units and periods: those that one table has and the other lacks, rows that come twice, gaps.

use super::check::{JoinedCheck, check, counted, some};
use super::read::Joined;

/// Largest share of cells with several rows in a table of channels where one row per cell is the rule. Where more have, the
/// table is finer on purpose, such as by campaign or by day, and the model sums its rows.
const SEVERAL_BY_MISTAKE: f64 = 0.1;

/// Units and periods of the panel without media, and the other way round.
///
/// A model takes media that are not there for no media, and drops those of units that it does not know.
pub(super) fn key_coverage(joined: &Joined) -> JoinedCheck {
    let Some(media) = &joined.media else { return check("key_coverage", Vec::new()) };
    let (table, other) = (&joined.table, &media.table);
    let mut found = Vec::new();
    let mut tell = |places: Vec<String>, noun: &str, what: String| {
        if !places.is_empty() {
            let count = counted(places.len(), noun);
            found.push((places.len() as u64, format!("{count} {what}: {}", some(&places))));
        }
    };
    if joined.unit_name.is_some() {
        let without = joined
            .by_unit()
            .zip(&joined.units)
            .filter(|(cells, _)| media.rows[cells.clone()].iter().all(|rows| *rows == 0));
        let without = without.map(|(_, unit)| format!("`{unit}`")).collect();
        tell(without, "unit", format!("of `{table}` without a row in `{other}`"));
        let strangers = media.strangers.iter().map(|unit| format!("`{unit}`")).collect();
        tell(
            strangers,
            "unit",
            format!("of `{other}` whose media are lost, as `{table}` has no outcome of it"),
        );
    }
    let width = joined.periods.len();
    let has_rows = |period: usize| (0..joined.units.len()).any(|unit| joined.rows[unit * width + period] > 0);
    let periods = |wanted: &dyn Fn(usize) -> bool| -> Vec<String> {
        (0..width).filter(|period| wanted(*period)).map(|period| joined.periods[period].to_string()).collect()
    };
    let silent = periods(&|period| has_rows(period) && media.by_period[period] == 0);
    tell(
        silent,
        "period",
        format!("of `{table}` without a row in `{other}`, which is taken for no media at all"),
    );
    let unmatched = periods(&|period| !has_rows(period) && media.by_period[period] > 0);
    tell(unmatched, "period", format!("of `{other}` without a row in `{table}`"));
    check("key_coverage", found)
}

/// Cells with several rows in a table of channels that has one per cell as a rule: they are summed, so that money delivered
/// twice counts twice. Two rows of the model's own table are an error of the panel.
pub(super) fn duplicate_periods(joined: &Joined) -> JoinedCheck {
    let Some(media) = &joined.media else { return check("duplicate_periods", Vec::new()) };
    let filled = joined.channels.iter().flat_map(|channel| &channel.rows).filter(|rows| **rows > 0).count();
    let mut several = Vec::new();
    for channel in &joined.channels {
        let cells = channel.rows.iter().enumerate().filter(|(_, rows)| **rows > 1);
        several.extend(
            cells.map(|(cell, rows)| format!("`{}` {} ({rows} rows)", channel.name, joined.describe(cell))),
        );
    }
    if several.is_empty() || several.len() as f64 > SEVERAL_BY_MISTAKE * filled as f64 {
        return check("duplicate_periods", Vec::new());
    }
    let message = format!(
        "{} of channel and period with several rows in `{}`, where one is the rule; they are summed: {}",
        counted(several.len(), "combination"),
        media.table,
        some(&several)
    );
    check("duplicate_periods", vec![(several.len() as u64, message)])
}

/// Periods without a row between the first and the last of a unit.
pub(super) fn calendar_gaps(joined: &Joined) -> JoinedCheck {
    let mut gaps = Vec::new();
    for cells in joined.by_unit() {
        let filled = |cell: &usize| joined.rows[*cell] > 0;
        let (first, last) = (cells.clone().find(filled), cells.clone().rfind(filled));
        let (Some(first), Some(last)) = (first, last) else { continue };
        gaps.extend((first..last).filter(|cell| joined.rows[*cell] == 0).map(|cell| joined.describe(cell)));
    }
    if gaps.is_empty() {
        return check("calendar_gaps", Vec::new());
    }
    let message = format!(
        "{} without a row in `{}` between the first and the last{}: {}",
        counted(gaps.len(), "period"),
        joined.table,
        joined.unit_name.as_ref().map(|unit| format!(" of its {unit}")).unwrap_or_default(),
        some(&gaps)
    );
    check("calendar_gaps", vec![(gaps.len() as u64, message)])
}
