//! Published tables as an explanation reads them: rows with named cells, found by their keys.
//!
//! Tables are taken as they were published, with their own keys, units and meanings, so that a figure
//! of a table that this code has never heard of can be followed like any other.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::Estimate;

/// A cell of a published table.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// NULL.
    Missing,
    /// A number, whatever its type.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// A text; days are written as `2024-12-30`.
    Text(String),
}

/// A row of a published table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row(pub BTreeMap<String, Cell>);

/// A column as its table describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedColumn {
    /// Name.
    pub name: String,
    /// Unit of numbers, or where it stands.
    pub unit: Option<String>,
    /// What it holds.
    pub meaning: Option<String>,
}

/// A published table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PublishedTable {
    /// Columns that identify a row.
    pub key: Vec<String>,
    /// All columns, in order.
    pub columns: Vec<PublishedColumn>,
    /// The rows, in key order.
    pub rows: Vec<Row>,
}

/// Tables of one publication, by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Published(pub BTreeMap<String, PublishedTable>);

impl Row {
    /// The number in `column`; `None` where it is missing or no number.
    #[must_use]
    pub fn number(&self, column: &str) -> Option<f64> {
        match self.0.get(column) {
            Some(Cell::Number(value)) => Some(*value),
            _ => None,
        }
    }

    /// The text in `column`; empty where it is missing.
    #[must_use]
    pub fn text(&self, column: &str) -> &str {
        match self.0.get(column) {
            Some(Cell::Text(text)) => text,
            _ => "",
        }
    }

    /// True if `column` holds true.
    #[must_use]
    pub fn flag(&self, column: &str) -> bool {
        self.0.get(column) == Some(&Cell::Flag(true))
    }

    /// The day in `column`.
    #[must_use]
    pub fn day(&self, column: &str) -> Option<chrono::NaiveDate> {
        self.text(column).parse().ok()
    }

    /// The figure in `column` with the interval beside it.
    #[must_use]
    pub fn estimate(&self, column: &str) -> Option<Estimate> {
        let value = self.number(column)?;
        let ends = (self.number(&format!("{column}_lower")), self.number(&format!("{column}_upper")));
        Some(match (ends, self.number("interval_level")) {
            ((Some(lower), Some(upper)), Some(level)) => Estimate::with_bounds(value, lower, upper, level),
            _ => Estimate::without_interval(value, self.text("interval_note")),
        })
    }

    /// True if `column` holds what `written` says, as a key of evidence writes it.
    #[must_use]
    pub fn holds(&self, column: &str, written: &str) -> bool {
        match self.0.get(column) {
            Some(Cell::Text(text)) => text == written,
            Some(Cell::Number(value)) => {
                written.parse().is_ok_and(|stated: f64| stated.total_cmp(value).is_eq())
            }
            Some(Cell::Flag(flag)) => written == if *flag { "true" } else { "false" },
            Some(Cell::Missing) => written.is_empty(),
            None => false,
        }
    }

    /// True if every column holds what is written beside it.
    #[must_use]
    pub fn holds_all(&self, key: &[(&str, &str)]) -> bool {
        key.iter().all(|(column, written)| self.holds(column, written))
    }
}

impl PublishedTable {
    /// The column called `name`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&PublishedColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Published {
    /// The table called `name`, if it was published.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&PublishedTable> {
        self.0.get(name)
    }

    /// The rows of `table`; none if it was not published.
    pub fn rows(&self, table: &str) -> impl Iterator<Item = &Row> + use<'_> {
        self.table(table).map(|table| table.rows.as_slice()).unwrap_or_default().iter()
    }

    /// The first row of `table` whose columns hold what is written beside them.
    #[must_use]
    pub fn row(&self, table: &str, key: &[(&str, &str)]) -> Option<&Row> {
        self.rows(table).find(|row| row.holds_all(key))
    }
}

/// Splits the key of a row of evidence, `column=value` pairs joined by `, `, at the `columns` of its table.
///
/// A value may hold a comma or an equals sign itself, so that only the name of a column begins a new pair.
/// `None` if the text is no such key.
#[must_use]
pub fn split_key<'a>(row_key: &'a str, columns: &[PublishedColumn]) -> Option<Vec<(&'a str, &'a str)>> {
    let begins = |text: &str| {
        let (name, _) = text.split_once('=')?;
        columns.iter().any(|column| column.name == name).then_some(name.len())
    };
    let mut pairs = Vec::new();
    let mut rest = row_key;
    while !rest.is_empty() {
        let name = begins(rest)?;
        let value = name + 1;
        let next = rest[value..]
            .match_indices(", ")
            .map(|(at, _)| value + at)
            .find(|at| begins(&rest[at + 2..]).is_some());
        let end = next.unwrap_or(rest.len());
        pairs.push((&rest[..name], &rest[value..end]));
        rest = next.map_or("", |at| &rest[at + 2..]);
    }
    (!pairs.is_empty()).then_some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Vec<PublishedColumn> {
        let column = |name: &&str| PublishedColumn { name: (*name).to_owned(), unit: None, meaning: None };
        names.iter().map(column).collect()
    }

    #[test]
    fn keys_are_split_at_columns_of_the_table_alone() {
        let columns = columns(&["model", "driver", "level"]);
        assert_eq!(
            split_key("model=m, driver=source, level=a, b=c", &columns),
            Some(vec![("model", "m"), ("driver", "source"), ("level", "a, b=c")])
        );
        assert_eq!(split_key("model=m, driver=d, level=", &columns).unwrap()[2], ("level", ""));
        assert_eq!(split_key("channel=tv", &columns), None);
        assert_eq!(split_key("", &columns), None);
    }

    #[test]
    fn numbers_are_found_however_they_are_written() {
        let row = Row(BTreeMap::from([
            ("spend_multiple".to_owned(), Cell::Number(1.0)),
            ("level".to_owned(), Cell::Missing),
            ("is_observed".to_owned(), Cell::Flag(true)),
        ]));
        assert!(row.holds_all(&[("spend_multiple", "1"), ("level", ""), ("is_observed", "true")]));
        assert!(row.holds("spend_multiple", "1.0") && !row.holds("spend_multiple", "0.9"));
        assert!(!row.holds("channel", ""));
    }

    #[test]
    fn a_figure_has_its_interval_or_says_why_not() {
        let mut row = Row(BTreeMap::from([
            ("roas".to_owned(), Cell::Number(2.0)),
            ("roas_lower".to_owned(), Cell::Number(1.0)),
            ("roas_upper".to_owned(), Cell::Number(3.0)),
            ("interval_level".to_owned(), Cell::Number(0.9)),
        ]));
        assert_eq!(row.estimate("roas"), Some(Estimate::with_bounds(2.0, 1.0, 3.0, 0.9)));
        row.0.insert("roas_lower".to_owned(), Cell::Missing);
        row.0.insert("interval_note".to_owned(), Cell::Text("one chain".to_owned()));
        assert_eq!(row.estimate("roas"), Some(Estimate::without_interval(2.0, "one chain")));
        assert_eq!(row.estimate("mroas"), None);
    }
}
