//! Columns of a staged table, whole and in memory.

use std::fs::File;
use std::path::Path;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchReader};
use arrow::compute::concat_batches;
use arrow::error::ArrowError;
use chrono::NaiveDate;
use chrono_tz::Tz;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::features::FeatureError;
use crate::features::raw::{self, NO_CODE, RawColumn};

/// A table of a model, with the columns that it needs.
pub(super) struct Columns<'a> {
    model: &'a str,
    table: &'a str,
    batch: RecordBatch,
}

impl<'a> Columns<'a> {
    /// Reads the columns `names` of `file`, the staged rows of `table`.
    pub(super) fn read(
        model: &'a str,
        table: &'a str,
        file: &Path,
        names: &[&str],
    ) -> Result<Self, FeatureError> {
        let failed =
            |reason: String| FeatureError::Open { model: model.to_owned(), file: file.to_owned(), reason };
        let open = File::open(file).map_err(|error| failed(error.to_string()))?;
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(open).map_err(|error| failed(error.to_string()))?;
        let schema = builder.schema().clone();
        let mut places = Vec::with_capacity(names.len());
        for name in names {
            let no_column = |_| FeatureError::NoColumn {
                model: model.to_owned(),
                table: table.to_owned(),
                column: (*name).to_owned(),
            };
            places.push(schema.index_of(name).map_err(no_column)?);
        }
        let mask = ProjectionMask::roots(builder.parquet_schema(), places);
        let reader = builder.with_projection(mask).build().map_err(|error| failed(error.to_string()))?;
        let schema = reader.schema();
        let batches: Vec<RecordBatch> =
            reader.collect::<Result<_, ArrowError>>().map_err(|error| failed(error.to_string()))?;
        let batch = concat_batches(&schema, &batches).map_err(|error| failed(error.to_string()))?;
        Ok(Self { model, table, batch })
    }

    /// Names of the columns of `file`.
    pub(super) fn names(model: &str, file: &Path) -> Result<Vec<String>, FeatureError> {
        let failed =
            |reason: String| FeatureError::Open { model: model.to_owned(), file: file.to_owned(), reason };
        let open = File::open(file).map_err(|error| failed(error.to_string()))?;
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(open).map_err(|error| failed(error.to_string()))?;
        Ok(builder.schema().fields().iter().map(|field| field.name().clone()).collect())
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// A column as numbers; NaN where there is none.
    pub(super) fn numbers(&self, name: &str) -> Result<Vec<f64>, FeatureError> {
        let mut numbers = raw::numbers(self.column(name)?).map_err(|error| self.broken(name, &error))?;
        for number in numbers.iter_mut().filter(|number| !number.is_finite()) {
            *number = f64::NAN;
        }
        Ok(numbers)
    }

    /// A column as days.
    pub(super) fn dates(&self, name: &str, time_zone: Tz) -> Result<Vec<Option<NaiveDate>>, FeatureError> {
        raw::dates(self.column(name)?, time_zone).map_err(|error| self.broken(name, &error))
    }

    /// A column as texts. Equal numbers give equal texts, whatever their type.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<Option<String>>, FeatureError> {
        let column = self.column(name)?;
        if column.data_type().is_numeric() && !column.data_type().is_integer() {
            let text = |number: f64| number.is_finite().then(|| number.to_string());
            return Ok(self.numbers(name)?.into_iter().map(text).collect());
        }
        match raw::texts(column).map_err(|error| self.broken(name, &error))? {
            RawColumn::Levels { names, codes } => {
                let text = |code: u32| (code != NO_CODE).then(|| names[code as usize].clone());
                Ok(codes.into_iter().map(text).collect())
            }
            RawColumn::Numbers(_) => Ok(vec![None; self.rows()]),
        }
    }

    fn column(&self, name: &str) -> Result<&ArrayRef, FeatureError> {
        self.batch.column_by_name(name).ok_or_else(|| FeatureError::NoColumn {
            model: self.model.to_owned(),
            table: self.table.to_owned(),
            column: name.to_owned(),
        })
    }

    fn broken(&self, column: &str, error: &ArrowError) -> FeatureError {
        FeatureError::Panel {
            model: self.model.to_owned(),
            reason: format!("column `{column}` of `{}` cannot be read: {error}", self.table),
        }
    }
}
