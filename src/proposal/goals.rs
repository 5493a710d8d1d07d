//! First KPIs: what looks most like success, and what was spent for it.

use super::tables::{ROWS, Table};
use super::words::{is_media, is_money, is_sale, is_spend, success};

/// A proposed KPI.
#[derive(Debug)]
pub(super) struct Goal<'a> {
    pub(super) name: String,
    pub(super) table: &'a Table<'a>,
    /// The column of the table that is summed up.
    pub(super) column: String,
    pub(super) is_money: bool,
    pub(super) is_higher_better: bool,
    /// Why it is proposed, to stand in a comment.
    pub(super) reason: String,
}

/// Proposes KPIs on `tables`, the first one for success.
pub(super) fn goals<'a>(tables: &'a [Table<'a>]) -> Vec<Goal<'a>> {
    let mut goals: Vec<Goal<'a>> = best(tables).into_iter().collect();
    goals.extend(spend(tables));
    if let [first, second] = goals.as_mut_slice()
        && first.name == second.name
    {
        second.name = format!("{}_spent", second.name);
    }
    goals
}

fn best<'a>(tables: &'a [Table<'a>]) -> Option<Goal<'a>> {
    let mut candidates = Vec::new();
    for (place, table) in tables.iter().enumerate() {
        for (column, called) in &table.sums {
            if let Some(rank) = success(&column.name) {
                // What was sold says more than what came back, was planned or was counted at the till.
                let elsewhere = usize::from(!is_sale(&table.source.name));
                candidates.push(((elsewhere, rank, place), table, called));
            }
        }
    }
    let found = candidates.into_iter().min_by_key(|(rank, ..)| *rank);
    if let Some((_, table, column)) = found {
        return Some(Goal {
            name: column.clone(),
            table,
            column: column.clone(),
            is_money: is_money(column),
            is_higher_better: true,
            reason: format!("`{column}` of `{}` is what looks most like success.", table.source.name),
        });
    }
    let table = tables.first()?;
    Some(Goal {
        name: format!("number_of_{}", table.source.name).chars().take(63).collect(),
        table,
        column: ROWS.to_owned(),
        is_money: false,
        is_higher_better: true,
        reason: "No column looks like success, so rows are counted.".to_owned(),
    })
}

fn spend<'a>(tables: &'a [Table<'a>]) -> Option<Goal<'a>> {
    let mut of_media = tables.iter().filter(|table| is_media(&table.source.below));
    let (table, column) = of_media
        .find_map(|table| Some((table, table.sums.iter().find(|(column, _)| is_spend(&column.name))?)))?;
    let column = &column.1;
    Some(Goal {
        name: column.clone(),
        table,
        column: column.clone(),
        is_money: is_money(column),
        is_higher_better: false,
        reason: format!("`{column}` of `{}` looks like what is spent for it.", table.source.name),
    })
}
