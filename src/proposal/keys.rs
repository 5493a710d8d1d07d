//! The smallest set of columns that no two rows share, in what was looked at.

use std::collections::HashSet;

use super::column::Column;
use super::words::{is_additive, is_id};
use crate::domain::DataType;

/// Most columns of a key.
const MOST: usize = 4;
/// Most columns that are tried.
const TRIED: usize = 12;
/// Fewer rows than this say nothing about keys.
pub(super) const FEWEST: usize = 8;
/// Rows that rule most sets out.
const FIRST: usize = 2_000;
/// A set that repeats in fewer rows than this is nearly a key.
const NEARLY: f64 = 0.2;

/// A key that holds in what was looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    pub(super) columns: Vec<String>,
    /// Identifiers that are a key but for a share of rows, and the column that tells those apart: rows may have been
    /// sent twice, or there are versions of them.
    pub(super) nearly: Option<(Vec<String>, f64)>,
}

/// How little a column looks like part of a key; `None` if not at all.
fn rank(column: &Column) -> Option<usize> {
    let data_type = column.data_type?;
    let values = &column.values;
    if values.missing > 0 || values.codes.is_empty() || values.distinct < 2 || is_additive(&column.name) {
        return None;
    }
    Some(match data_type {
        _ if is_id(&column.name) => 0,
        DataType::Date => 1,
        DataType::String => 2,
        DataType::Integer | DataType::Bigint => 3,
        DataType::Timestamp => 4,
        DataType::Boolean | DataType::Double | DataType::Decimal { .. } => return None,
    })
}

/// Finds the key of `rows` rows.
pub(super) fn key(columns: &[Column], rows: usize) -> Option<Key> {
    let mut tried: Vec<(usize, &Column)> =
        columns.iter().filter_map(|column| Some((rank(column)?, column))).collect();
    tried.sort_by_key(|(rank, _)| *rank);
    tried.truncate(TRIED);
    if rows < FEWEST {
        return None;
    }
    for size in 1..=MOST.min(tried.len()) {
        let mut best: Option<(usize, Vec<usize>)> = None;
        for set in sets(tried.len(), size) {
            let weight: usize = set.iter().map(|place| 10 * tried[*place].0 + place).sum();
            // Numbers alone, and instants of nothing in particular, are unique by accident.
            let is_odd = (size == 1 && tried[set[0]].0 > 2)
                || (set.iter().any(|place| tried[*place].0 == 4) && tried[set[0]].0 > 0);
            if is_odd || best.as_ref().is_some_and(|(least, _)| *least <= weight) {
                continue;
            }
            let chosen: Vec<&Column> = set.iter().map(|place| tried[*place].1).collect();
            if repeated(&chosen, rows, true) == 0 && repeated(&chosen, rows, false) == 0 {
                best = Some((weight, set));
            }
        }
        if let Some((_, set)) = best {
            let chosen: Vec<&Column> = set.iter().map(|place| tried[*place].1).collect();
            let nearly = nearly(&chosen, rows);
            return Some(Key { columns: chosen.iter().map(|column| column.name.clone()).collect(), nearly });
        }
    }
    None
}

/// Identifiers of a key that are nearly one without its other columns.
fn nearly(key: &[&Column], rows: usize) -> Option<(Vec<String>, f64)> {
    let fewer = |left_out: usize| -> Vec<&Column> {
        key.iter().enumerate().filter(|(place, _)| *place != left_out).map(|(_, column)| *column).collect()
    };
    let candidates =
        (0..key.len()).rev().map(fewer).filter(|set| set.first().is_some_and(|first| is_id(&first.name)));
    let shares = candidates.map(|set| (set.clone(), repeated(&set, rows, false) as f64 / rows as f64));
    let best = shares.min_by(|(_, a), (_, b)| a.total_cmp(b))?;
    (best.1 < NEARLY).then(|| (best.0.iter().map(|column| column.name.clone()).collect(), best.1))
}

/// Rows that share the values of `columns` with an earlier one, among the first ones or all.
fn repeated(columns: &[&Column], rows: usize, first_only: bool) -> usize {
    let most = columns.iter().map(|column| column.values.distinct as f64).product::<f64>();
    if most < rows as f64 && first_only {
        return 1;
    }
    let rows = if first_only { rows.min(FIRST) } else { rows };
    let mut seen: HashSet<[u32; MOST]> = HashSet::with_capacity(rows);
    let row = |row: usize| {
        let mut values = [0; MOST];
        for (value, column) in values.iter_mut().zip(columns) {
            *value = column.values.codes[row];
        }
        values
    };
    (0..rows).filter(|place| !seen.insert(row(*place))).count()
}

/// Every set of `size` numbers below `count`, in order.
fn sets(count: usize, size: usize) -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..size {
        sets = sets
            .into_iter()
            .flat_map(|set| {
                let from = set.last().map_or(0, |last| last + 1);
                (from..count).map(move |next| [set.as_slice(), &[next]].concat())
            })
            .collect();
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposal::column::Values;

    fn column(name: &str, data_type: DataType, codes: &[u32]) -> Column {
        let distinct = codes.iter().collect::<HashSet<_>>().len();
        let values = Values { codes: codes.to_vec(), distinct, ..Values::default() };
        Column {
            name: name.into(),
            data_type: Some(data_type),
            kind: String::new(),
            held_by: 1,
            is_never_missing: true,
            days: None,
            values,
        }
    }

    #[test]
    fn the_smallest_set_wins_and_identifiers_come_first() {
        let columns = [
            column("ordered_at", DataType::Timestamp, &[1, 2, 3, 4, 5, 6, 7, 8]),
            column("name", DataType::String, &[1, 2, 3, 4, 5, 6, 7, 8]),
            column("order_id", DataType::Bigint, &[1, 2, 3, 4, 5, 6, 7, 8]),
        ];
        assert_eq!(key(&columns, 8).unwrap().columns, ["order_id"]);
        assert_eq!(key(&columns[..1], 8), None);
        let panel = [
            column("region", DataType::String, &[1, 1, 1, 1, 2, 2, 2, 2]),
            column("week", DataType::Date, &[1, 2, 3, 4, 1, 2, 3, 4]),
        ];
        assert_eq!(key(&panel, 8).unwrap().columns, ["week", "region"]);
    }

    #[test]
    fn rows_that_were_sent_twice_are_told() {
        let id: Vec<u32> = (1..=20).chain([20]).collect();
        let version: Vec<u32> = [1; 20].into_iter().chain([2]).collect();
        let columns =
            [column("order_id", DataType::Bigint, &id), column("export_number", DataType::Bigint, &version)];
        let found = key(&columns, 21).unwrap();
        assert_eq!(found.columns, ["order_id", "export_number"]);
        let (without, share) = found.nearly.unwrap();
        assert_eq!((without, (share * 21.0).round()), (vec!["order_id".to_owned()], 1.0));
    }

    #[test]
    fn sets_are_in_order() {
        assert_eq!(sets(3, 2), [[0, 1], [0, 2], [1, 2]]);
        assert!(sets(2, 3).is_empty());
    }
}
