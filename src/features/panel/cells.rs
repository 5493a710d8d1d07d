//! Cells of a budget: where money may go, from the job's table of them.

use std::collections::BTreeSet;
use std::path::Path;

use super::columns::Columns;
use super::frame::PanelFrame;
use crate::domain::BudgetCell;
use crate::features::FeatureError;

/// Columns that may be there, apart from unit and channel.
const TEXTS: [&str; 2] = ["agency", "recipient"];
const AMOUNTS: [&str; 4] = ["planned", "committed", "min", "max"];

/// What cells are read for.
#[derive(Debug, Clone, Copy)]
pub struct CellsRequest<'a> {
    /// Name of the table.
    pub table: &'a str,
    /// Its staged rows.
    pub file: &'a Path,
    /// Column of the unit; `None` for a single series.
    pub unit: Option<&'a str>,
    /// Recipients of the job.
    pub recipients: &'a [String],
    /// The panel whose channels and units they are.
    pub panel: &'a PanelFrame,
    /// Last periods that say at which rate money was spent.
    pub reference: usize,
    /// Periods that are planned.
    pub horizon: usize,
}

/// Reads the cells of a budget, in the order of the table.
///
/// # Errors
///
/// When the file cannot be read; when a row names no channel or unit of the panel, or a channel without money, or a recipient that
/// the job does not have; when a
/// cell has two rows; when an amount is negative.
pub fn budget_cells(request: &CellsRequest<'_>) -> Result<Vec<BudgetCell>, FeatureError> {
    let CellsRequest { table, file, panel, .. } = *request;
    let there = Columns::names(&panel.model, file)?;
    let has = |name: &&str| there.iter().any(|known| known == name);
    let optional = TEXTS.into_iter().chain(AMOUNTS).filter(has);
    let names: Vec<&str> = std::iter::once("channel").chain(request.unit).chain(optional).collect();
    let columns = Columns::read(&panel.model, table, file, &names)?;
    let rows = columns.rows();
    let texts = |name: &str| if has(&name) { columns.texts(name) } else { Ok(vec![None; rows]) };
    let amounts = |name: &str| if has(&name) { columns.numbers(name) } else { Ok(vec![f64::NAN; rows]) };
    let channels = columns.texts("channel")?;
    let units =
        request.unit.map_or_else(|| Ok(vec![Some(String::new()); rows]), |unit| columns.texts(unit))?;
    let [agencies, recipients] = [texts(TEXTS[0])?, texts(TEXTS[1])?];
    let found = AMOUNTS.map(amounts);
    let mut found = found.into_iter();
    let mut next = || found.next().unwrap_or_else(|| Ok(vec![f64::NAN; rows]));
    let [planned, committed, least, most] = [next()?, next()?, next()?, next()?];

    let mut cells = Vec::with_capacity(rows);
    let mut seen = BTreeSet::new();
    for row in 0..rows {
        let failed = |reason: String| FeatureError::Panel {
            model: panel.model.clone(),
            reason: format!("row {} of `{table}`: {reason}", row + 1),
        };
        let name = channels[row].clone().unwrap_or_default();
        let Some(channel_at) = panel.channels.iter().position(|channel| channel.name == name) else {
            return Err(failed(format!("there is no channel `{name}`")));
        };
        let unit = units[row].clone().unwrap_or_default();
        let unit_at = match request.unit {
            None => 0,
            Some(column) => panel
                .units
                .iter()
                .position(|known| *known == unit)
                .ok_or_else(|| failed(format!("the model knows no {column} `{unit}`")))?,
        };
        let Some(spend) = &panel.channels[channel_at].spend else {
            return Err(failed(format!("channel `{name}` costs no money that could be planned")));
        };
        if let Some(recipient) = &recipients[row]
            && !request.recipients.contains(recipient)
        {
            return Err(failed(format!("the job has no recipient `{recipient}`")));
        }
        if !seen.insert((channel_at, unit_at)) {
            return Err(failed(format!("`{name}` has two rows{}", in_unit(&unit))));
        }
        let amount = |column: &str, values: &[f64]| match values[row] {
            value if value.is_nan() => Ok(None),
            value if value < 0.0 => Err(failed(format!("`{column}` is negative: {value}"))),
            value => Ok(Some(value)),
        };
        cells.push(BudgetCell {
            rate: panel.rate(spend, unit_at, request.reference) * request.horizon as f64,
            planned: amount("planned", &planned)?,
            committed: amount("committed", &committed)?,
            min: amount("min", &least)?,
            max: amount("max", &most)?,
            agency: agencies[row].clone(),
            recipient: recipients[row].clone(),
            channel: name,
            channel_at,
            unit,
            unit_at,
        });
    }
    Ok(cells)
}

fn in_unit(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(" in `{unit}`") }
}
