//! How differences are found and told, on rows that are plain to see.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, StringArray};
use arrow::datatypes::DataType;

use super::compare::{Difference, DifferenceKind, differences};
use super::rows::{batch, guessed, wrong};
use crate::config::diagnostic::Position;
use crate::config::job::{TestCell, TestRow};

fn row(cells: &[(&str, Option<&str>)]) -> TestRow {
    let position = Position { line: 1, column: 1, length: 1 };
    let cell = |(column, value): &(&str, Option<&str>)| TestCell {
        column: (*column).to_owned(),
        column_position: position,
        value: value.map(str::to_owned),
        position,
    };
    TestRow { cells: cells.iter().map(cell).collect() }
}

fn shops(shops: &[&str], units: &[Option<i64>], revenue: &[f64]) -> Vec<(String, ArrayRef)> {
    vec![
        ("shop".into(), Arc::new(StringArray::from(shops.to_vec()))),
        ("units".into(), Arc::new(Int64Array::from(units.to_vec()))),
        ("revenue".into(), Arc::new(Float64Array::from(revenue.to_vec()))),
    ]
}

fn told(found: &[(String, ArrayRef)], expected: &[TestRow], key: &[&str]) -> Vec<Difference> {
    let key: Vec<String> = key.iter().map(|&column| column.to_owned()).collect();
    differences(found, expected, &key).unwrap()
}

#[test]
fn equal_rows_in_any_order_do_not_differ() {
    let found = shops(&["a", "b"], &[Some(1), None], &[0.1 + 0.2, 7.0]);
    let expected = [
        row(&[("shop", Some("b")), ("units", None), ("revenue", Some("7"))]),
        row(&[("shop", Some("a")), ("units", Some("1")), ("revenue", Some("0.3"))]),
    ];
    assert_eq!(told(&found, &expected, &["shop"]), []);
    assert_eq!(told(&found, &expected, &[]), []);
}

#[test]
fn rows_with_a_key_are_compared_column_by_column() {
    let found = shops(&["a", "b", "d"], &[Some(1), None, Some(4)], &[1.0, 2.0, 3.0]);
    let expected = [
        row(&[("shop", Some("a")), ("units", Some("2")), ("revenue", Some("1"))]),
        row(&[("shop", Some("b")), ("units", Some("3")), ("revenue", Some("2.000001"))]),
        row(&[("shop", Some("c")), ("units", Some("5")), ("revenue", Some("6"))]),
    ];
    let changed = |row: &str, column: &str, expected: &str, found: &str| Difference {
        row: row.into(),
        kind: DifferenceKind::Changed {
            column: column.into(),
            expected: expected.into(),
            found: found.into(),
        },
    };
    assert_eq!(
        told(&found, &expected, &["shop"]),
        [
            changed("shop=a", "units", "2", "1"),
            changed("shop=b", "units", "3", "null"),
            changed("shop=b", "revenue", "2.000001", "2.0"),
            Difference { row: "shop=c, units=5, revenue=6.0".into(), kind: DifferenceKind::Missing },
            Difference { row: "shop=d, units=4, revenue=3.0".into(), kind: DifferenceKind::Unexpected },
        ]
    );
}

#[test]
fn rows_without_a_key_are_compared_as_a_whole_and_counted() {
    let found = shops(&["a", "a"], &[Some(1), Some(1)], &[1.0, 1.0]);
    let one = row(&[("shop", Some("a")), ("units", Some("1")), ("revenue", Some("1"))]);
    let whole = "shop=a, units=1, revenue=1.0";
    // A key that is not unique tells no rows apart.
    assert_eq!(
        told(&found, std::slice::from_ref(&one), &["shop"]),
        [Difference { row: whole.into(), kind: DifferenceKind::Unexpected }]
    );
    assert_eq!(
        told(&found, &[one.clone(), one.clone(), one], &[]),
        [Difference { row: whole.into(), kind: DifferenceKind::Missing }]
    );
}

#[test]
fn expecting_no_rows_finds_every_row() {
    let found = shops(&["a"], &[None], &[1.0]);
    let kinds: Vec<DifferenceKind> =
        told(&found, &[], &["shop"]).into_iter().map(|difference| difference.kind).collect();
    assert_eq!(kinds, [DifferenceKind::Unexpected]);
}

#[test]
fn types_of_rows_without_columns_are_the_narrowest_that_hold_them() {
    let rows = [
        row(&[
            ("a", Some("1")),
            ("b", Some("1")),
            ("c", Some("2024-01-31")),
            ("d", None),
            ("e", Some("true")),
        ]),
        row(&[("a", Some("2")), ("b", Some("1.5")), ("c", None), ("f", Some("x"))]),
    ];
    let schema = guessed(&rows);
    let types: Vec<(&str, &DataType)> =
        schema.fields().iter().map(|field| (field.name().as_str(), field.data_type())).collect();
    assert_eq!(
        types,
        [
            ("a", &DataType::Int64),
            ("b", &DataType::Float64),
            ("c", &DataType::Date32),
            ("d", &DataType::Utf8),
            ("e", &DataType::Boolean),
            ("f", &DataType::Utf8),
        ]
    );
    let batch = batch(&schema, &rows).unwrap();
    let days: Date32Array = vec![Some(19753), None].into();
    assert_eq!(batch.column(2).as_ref(), &days);
    assert_eq!(batch.column(5).null_count(), 1);
}

#[test]
fn wrong_names_and_values_are_found_at_their_cells() {
    let rows = [row(&[("shp", Some("a")), ("units", Some("many")), ("revenue", None)])];
    let schema = arrow::datatypes::Schema::new(vec![
        arrow::datatypes::Field::new("shop", DataType::Utf8, true),
        arrow::datatypes::Field::new("units", DataType::Int64, true),
        arrow::datatypes::Field::new("revenue", DataType::Float64, true),
    ]);
    let found: Vec<(bool, String)> =
        wrong("sales", &schema, &rows).into_iter().map(|wrong| (wrong.is_name, wrong.message)).collect();
    assert_eq!(
        found,
        [
            (true, "`sales` has no column `shp`".to_owned()),
            (false, "column `units` of `sales` holds values of type bigint, not `many`".to_owned()),
        ]
    );
}
