//! Rows as they are written → typed columns.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::config::job::{TestCell, TestRow, Var};
use crate::domain;
use crate::engine::{arrow_type, choices, domain_type};

/// What is wrong with a row, at the cell that it is about.
#[derive(Debug)]
pub(super) struct WrongCell<'a> {
    pub(super) cell: &'a TestCell,
    /// Whether the column's name is wrong, and not the value.
    pub(super) is_name: bool,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) help: String,
}

/// What is wrong with `rows` of the table or source `name`, whose columns are `schema`.
pub(super) fn wrong<'a>(name: &str, schema: &Schema, rows: &'a [TestRow]) -> Vec<WrongCell<'a>> {
    let cells = rows.iter().flat_map(|row| &row.cells);
    cells.filter_map(|cell| wrong_cell(name, schema, cell)).collect()
}

fn wrong_cell<'a>(name: &str, schema: &Schema, cell: &'a TestCell) -> Option<WrongCell<'a>> {
    let Ok(field) = schema.field_with_name(&cell.column) else {
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        return Some(WrongCell {
            cell,
            is_name: true,
            code: "unknown_column",
            message: format!("`{name}` has no column `{}`", cell.column),
            help: choices(&cell.column, "columns", &names),
        });
    };
    let (data_type, text) = (domain_type(field.data_type())?, cell.value.as_ref()?);
    if Var::canonical(data_type, text).is_some() {
        return None;
    }
    let help = match data_type {
        domain::DataType::Timestamp => "write an instant with its zone such as `2024-01-31T08:00:00Z`",
        domain::DataType::Date => "write a day such as `2024-01-31`",
        _ => "write a value of the column's type, or `null` for none",
    };
    Some(WrongCell {
        cell,
        is_name: false,
        code: "test_value",
        message: format!(
            "column `{}` of `{name}` holds values of type {data_type}, not `{text}`",
            cell.column
        ),
        help: help.to_owned(),
    })
}

/// The columns that `rows` name, in the order in which they do, with the narrowest type that holds their values: for what
/// only files tell the columns of.
pub(super) fn guessed(rows: &[TestRow]) -> Schema {
    const TYPES: [domain::DataType; 5] = [
        domain::DataType::Bigint,
        domain::DataType::Double,
        domain::DataType::Boolean,
        domain::DataType::Date,
        domain::DataType::Timestamp,
    ];
    let mut fields: Vec<Field> = Vec::new();
    for cell in rows.iter().flat_map(|row| &row.cells) {
        if fields.iter().any(|field| *field.name() == cell.column) {
            continue;
        }
        let cells = rows.iter().flat_map(|row| &row.cells).filter(|other| other.column == cell.column);
        let values: Vec<&String> = cells.filter_map(|cell| cell.value.as_ref()).collect();
        let holds = |data_type: &domain::DataType| {
            !values.is_empty() && values.iter().all(|value| Var::canonical(*data_type, value).is_some())
        };
        let data_type = TYPES.into_iter().find(holds).unwrap_or(domain::DataType::String);
        fields.push(Field::new(&cell.column, arrow_type(data_type), true));
    }
    Schema::new(fields)
}

/// The rows as columns of `schema`; what a row leaves out is NULL.
///
/// # Errors
///
/// When a value has another type than its column.
pub(super) fn batch(schema: &Schema, rows: &[TestRow]) -> Result<RecordBatch, ArrowError> {
    let columns: Result<Vec<ArrayRef>, ArrowError> =
        schema.fields().iter().map(|field| column(field.name(), field.data_type(), rows)).collect();
    let fields: Vec<Field> =
        schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(schema, columns?, &options)
}

/// One column of the rows with the type `data_type`.
///
/// # Errors
///
/// When a value has another type.
pub(super) fn column(name: &str, data_type: &DataType, rows: &[TestRow]) -> Result<ArrayRef, ArrowError> {
    let of = |row: &TestRow| {
        let text = row.cells.iter().find(|cell| cell.column == name)?.value.clone()?;
        // Numbers and days may be written with spaces around them.
        let spelled = domain_type(data_type).and_then(|data_type| Var::canonical(data_type, &text));
        Some(spelled.unwrap_or(text))
    };
    let texts: ArrayRef = Arc::new(rows.iter().map(of).collect::<StringArray>());
    cast_with_options(&texts, data_type, &CastOptions { safe: false, ..CastOptions::default() })
}
