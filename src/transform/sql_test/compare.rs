//! Expected rows against found ones, and how they differ, for people.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::Float64Type;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde::Serialize;

use super::rows::column;
use crate::config::job::TestRow;

/// Doubles may differ by this part of their size: the order of additions is not what a test is about.
const TOLERANCE: f64 = 1e-9;

/// How found rows differ from the expected ones, in one place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The row: its key as `week=2024-01-01, region=north`, or all of it if rows are not told apart by keys.
    pub row: String,
    /// How it differs.
    #[serde(flatten)]
    pub kind: DifferenceKind,
}

/// How a row differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "difference")]
pub enum DifferenceKind {
    /// It is expected, and was not found.
    Missing,
    /// It was found, and is not expected.
    Unexpected,
    /// A column holds something else.
    Changed {
        /// Column.
        column: String,
        /// Expected value; `null` for none.
        expected: String,
        /// Found value; `null` for none.
        found: String,
    },
}

/// A value: its text, and its number if it is a double.
#[derive(Debug, Clone, PartialEq)]
struct Cell {
    text: String,
    number: Option<f64>,
}

impl Cell {
    fn is_like(&self, other: &Self) -> bool {
        match (self.number, other.number) {
            (Some(a), Some(b)) => {
                a.total_cmp(&b).is_eq() || (a - b).abs() <= TOLERANCE * a.abs().max(b.abs())
            }
            _ => self.text == other.text,
        }
    }
}

type Row = Vec<Cell>;

/// Compares `found`, the compared columns by name, with the expected rows. Rows are told apart by the columns `key` if all
/// of them are compared.
///
/// # Errors
///
/// When an expected value has another type than its column.
pub(super) fn differences(
    found: &[(String, ArrayRef)],
    expected: &[TestRow],
    key: &[String],
) -> Result<Vec<Difference>, ArrowError> {
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    let wanted: Result<Vec<ArrayRef>, ArrowError> =
        found.iter().map(|(name, held)| column(name, held.data_type(), expected)).collect();
    let (wanted, found) =
        (rows(&wanted?)?, rows(&found.iter().map(|(_, held)| ArrayRef::clone(held)).collect::<Vec<_>>())?);
    let places: Option<Vec<usize>> =
        key.iter().map(|key| names.iter().position(|name| name == key)).collect();
    let keyed = places.and_then(|places| {
        let by_key = |rows: &[Row]| {
            let keys: Vec<String> = rows.iter().map(|row| shown(&names, row, Some(&places))).collect();
            let distinct: BTreeSet<&String> = keys.iter().collect();
            (distinct.len() == keys.len()).then_some(keys)
        };
        by_key(&wanted).zip(by_key(&found))
    });
    Ok(match keyed {
        Some(keys) => by_key(&names, (&wanted, &keys.0), (&found, &keys.1)),
        None => as_a_whole(&names, &wanted, found),
    })
}

fn by_key(names: &[&str], wanted: (&[Row], &[String]), found: (&[Row], &[String])) -> Vec<Difference> {
    let mut left: BTreeMap<&String, &Row> = found.1.iter().zip(found.0).collect();
    let mut differences = Vec::new();
    for (key, row) in wanted.1.iter().zip(wanted.0) {
        let Some(found) = left.remove(key) else {
            differences.push(Difference { row: shown(names, row, None), kind: DifferenceKind::Missing });
            continue;
        };
        for ((name, expected), found) in names.iter().zip(row).zip(found) {
            if !expected.is_like(found) {
                let (expected, found) = (expected.text.clone(), found.text.clone());
                let kind = DifferenceKind::Changed { column: (*name).to_owned(), expected, found };
                differences.push(Difference { row: key.clone(), kind });
            }
        }
    }
    let unexpected = left.values().map(|row| shown(names, row, None));
    differences.extend(unexpected.map(|row| Difference { row, kind: DifferenceKind::Unexpected }));
    differences
}

fn as_a_whole(names: &[&str], wanted: &[Row], mut found: Vec<Row>) -> Vec<Difference> {
    let mut differences = Vec::new();
    for row in wanted {
        let like = |other: &Row| row.iter().zip(other).all(|(a, b)| a.is_like(b));
        match found.iter().position(like) {
            Some(at) => drop(found.remove(at)),
            None => {
                differences.push(Difference { row: shown(names, row, None), kind: DifferenceKind::Missing });
            }
        }
    }
    let unexpected = found.iter().map(|row| shown(names, row, None));
    differences.extend(unexpected.map(|row| Difference { row, kind: DifferenceKind::Unexpected }));
    differences
}

/// The row as text; of `places` only, or whole.
fn shown(names: &[&str], row: &Row, places: Option<&[usize]>) -> String {
    let one = |at: usize| format!("{}={}", names[at], row[at].text);
    let texts: Vec<String> = match places {
        Some(places) => places.iter().map(|at| one(*at)).collect(),
        None => (0..row.len()).map(one).collect(),
    };
    texts.join(", ")
}

fn rows(columns: &[ArrayRef]) -> Result<Vec<Row>, ArrowError> {
    let options = FormatOptions::default().with_null("null");
    let formatters: Vec<ArrayFormatter<'_>> = columns
        .iter()
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
        .collect::<Result<_, _>>()?;
    let number = |column: &ArrayRef, row: usize| {
        column.as_primitive_opt::<Float64Type>().filter(|held| held.is_valid(row)).map(|held| held.value(row))
    };
    let count = columns.first().map_or(0, Array::len);
    let row = |row: usize| {
        let cells = columns.iter().zip(&formatters);
        cells
            .map(|(column, text)| Cell { text: text.value(row).to_string(), number: number(column, row) })
            .collect()
    };
    Ok((0..count).map(row).collect())
}
