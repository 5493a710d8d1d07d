//! Rows as they were read: plain columns of numbers and levels, no Arrow behind them.
//!
//! The only place in this room that knows Arrow types. Everything after it (selecting, profiling,
//! encoding) is arithmetic on vectors, tested without a file.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int32Type, TimeUnit, TimestampMicrosecondType};
use arrow::error::ArrowError;
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;

/// Code of a row without a value.
pub(super) const NO_CODE: u32 = u32::MAX;

/// One block of rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RawRows {
    /// Day of each row in the calendar's time zone.
    pub(super) dates: Vec<Option<NaiveDate>>,
    /// Outcome of each row; NaN where it is missing.
    pub(super) outcome: Vec<f64>,
    /// Values of each driver in the order of the model.
    pub(super) drivers: Vec<RawColumn>,
}

/// The values of one driver.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RawColumn {
    /// Numbers; what is not finite is missing.
    Numbers(Vec<f64>),
    /// Texts and booleans as codes into `names`; [`NO_CODE`] where missing. Names may be unused.
    Levels {
        /// Values by code.
        names: Vec<String>,
        /// Code of each row.
        codes: Vec<u32>,
    },
}

/// How a driver's column is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DriverKind {
    /// As numbers.
    Numbers,
    /// As levels, from texts.
    Texts,
    /// As the levels `false` and `true`.
    Booleans,
}

impl DriverKind {
    /// The kind of a column type, or what to do about a type that cannot drive anything.
    pub(super) fn of(data_type: &DataType) -> Result<Self, &'static str> {
        match data_type {
            DataType::Boolean => Ok(Self::Booleans),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Ok(Self::Texts),
            DataType::Dictionary(_, values) => Self::of(values),
            numeric if numeric.is_numeric() => Ok(Self::Numbers),
            temporal if temporal.is_temporal() => {
                Err("a date drives nothing by itself; make it a number of days or a part of the year in SQL")
            }
            _ => Err("a driver must be a number, a text or a boolean; take a flat column of it in SQL"),
        }
    }
}

/// Where the columns of a model stand in a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowLayout {
    /// Column that dates a row.
    pub(super) at: String,
    /// Outcome column.
    pub(super) outcome: String,
    /// Driver columns with their kinds, in the order of the model.
    pub(super) drivers: Vec<(String, DriverKind)>,
    /// Zone in which instants become days.
    pub(super) time_zone: Tz,
}

impl RowLayout {
    /// Names of all columns that are read.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        let drivers = self.drivers.iter().map(|(name, _)| name.as_str());
        [self.at.as_str(), self.outcome.as_str()].into_iter().chain(drivers)
    }

    /// Turns a batch that holds at least [`Self::columns`] into plain columns.
    pub(super) fn rows(&self, batch: &RecordBatch) -> Result<RawRows, ArrowError> {
        let column = |name: &str| {
            let missing = || ArrowError::SchemaError(format!("there is no column `{name}`"));
            batch.column_by_name(name).ok_or_else(missing)
        };
        let drivers = self.drivers.iter().map(|(name, kind)| match kind {
            DriverKind::Numbers => Ok(RawColumn::Numbers(numbers(column(name)?)?)),
            DriverKind::Texts => texts(column(name)?),
            DriverKind::Booleans => booleans(column(name)?),
        });
        Ok(RawRows {
            dates: dates(column(&self.at)?, self.time_zone)?,
            outcome: numbers(column(&self.outcome)?)?,
            drivers: drivers.collect::<Result<_, _>>()?,
        })
    }
}

/// Numbers and booleans as `f64`, NULL as NaN.
pub(super) fn numbers(array: &ArrayRef) -> Result<Vec<f64>, ArrowError> {
    let numbers = cast(array, &DataType::Float64)?;
    let numbers = numbers.as_primitive::<Float64Type>();
    if numbers.null_count() == 0 {
        return Ok(numbers.values().to_vec());
    }
    Ok(numbers.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

pub(super) fn texts(array: &ArrayRef) -> Result<RawColumn, ArrowError> {
    // A dictionary from elsewhere may repeat values or hold NULL among them; texts do not.
    let plain = cast(array, &DataType::Utf8)?;
    let packed = cast(&plain, &DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)))?;
    let packed = packed.as_dictionary::<Int32Type>();
    let names = packed.values().as_string::<i32>().iter().map(|name| name.unwrap_or_default().to_owned());
    let codes = packed.keys().iter().map(|key| key.map_or(NO_CODE, i32::cast_unsigned));
    Ok(RawColumn::Levels { names: names.collect(), codes: codes.collect() })
}

fn booleans(array: &ArrayRef) -> Result<RawColumn, ArrowError> {
    let plain = cast(array, &DataType::Boolean)?;
    let codes = plain.as_boolean().iter().map(|value| value.map_or(NO_CODE, u32::from));
    Ok(RawColumn::Levels { names: vec!["false".to_owned(), "true".to_owned()], codes: codes.collect() })
}

/// Days of dates, or of instants in `time_zone`; instants without a zone of their own are UTC.
pub(super) fn dates(array: &ArrayRef, time_zone: Tz) -> Result<Vec<Option<NaiveDate>>, ArrowError> {
    if matches!(array.data_type(), DataType::Timestamp(..)) {
        let instants = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))?;
        let instants = instants.as_primitive::<TimestampMicrosecondType>();
        let day = |micros| {
            let instant = DateTime::from_timestamp_micros(micros)?;
            Some(instant.with_timezone(&time_zone).date_naive())
        };
        return Ok(instants.iter().map(|micros| micros.and_then(day)).collect());
    }
    let days = cast(array, &DataType::Date32)?;
    let days = days.as_primitive::<Date32Type>();
    Ok(days.iter().map(|day| day.and_then(Date32Type::to_naive_date_opt)).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        Date32Array, Decimal128Array, DictionaryArray, Float64Array, StringArray, StringViewArray,
        TimestampMicrosecondArray,
    };

    use super::*;

    fn rows(driver: ArrayRef, kind: DriverKind) -> RawColumn {
        let length = driver.len();
        let layout = RowLayout {
            at: "day".to_owned(),
            outcome: "y".to_owned(),
            drivers: vec![("x".to_owned(), kind)],
            time_zone: chrono_tz::UTC,
        };
        let day: ArrayRef = Arc::new(Date32Array::from(vec![0; length]));
        let y: ArrayRef = Arc::new(Float64Array::from(vec![0.0; length]));
        let batch = RecordBatch::try_from_iter([("x", driver), ("y", y), ("day", day)]).unwrap();
        layout.rows(&batch).unwrap().drivers.remove(0)
    }

    #[test]
    fn every_kind_of_text_reads_alike() {
        let texts = vec![Some("b"), None, Some("a"), Some("b")];
        let expected =
            RawColumn::Levels { names: vec!["b".to_owned(), "a".to_owned()], codes: vec![0, NO_CODE, 1, 0] };
        let arrays: [ArrayRef; 3] = [
            Arc::new(StringArray::from(texts.clone())),
            Arc::new(StringViewArray::from(texts.clone())),
            Arc::new(texts.into_iter().collect::<DictionaryArray<Int32Type>>()),
        ];
        for array in arrays {
            assert_eq!(DriverKind::of(array.data_type()), Ok(DriverKind::Texts));
            assert_eq!(rows(array, DriverKind::Texts), expected);
        }
    }

    #[test]
    fn decimals_are_numbers() {
        let array =
            Decimal128Array::from(vec![Some(1_250), Some(-5)]).with_precision_and_scale(9, 3).unwrap();
        assert_eq!(DriverKind::of(array.data_type()), Ok(DriverKind::Numbers));
        assert_eq!(rows(Arc::new(array), DriverKind::Numbers), RawColumn::Numbers(vec![1.25, -0.005]));
    }

    #[test]
    fn dates_and_nested_types_are_no_drivers() {
        assert!(DriverKind::of(&DataType::Date32).is_err());
        assert!(DriverKind::of(&DataType::Timestamp(TimeUnit::Microsecond, None)).is_err());
        let item = arrow::datatypes::Field::new("item", DataType::Int32, true);
        assert!(DriverKind::of(&DataType::List(Arc::new(item))).is_err());
    }

    #[test]
    fn an_instant_falls_on_the_day_of_the_calendars_zone() {
        // 2012-03-31 23:30 UTC is 1 April in Berlin, and 29 February 1968 23:30 is 1 March.
        let micros = [1_333_236_600_000_000, -57_976_200_000_000];
        let naive = TimestampMicrosecondArray::from(micros.to_vec());
        let utc = naive.clone().with_timezone("UTC");
        for array in [naive, utc] {
            let array: ArrayRef = Arc::new(array);
            let days = dates(&array, chrono_tz::Europe::Berlin).unwrap();
            let days: Vec<_> = days.into_iter().map(|day| day.unwrap().to_string()).collect();
            assert_eq!(days, ["2012-04-01", "1968-03-01"]);
        }
    }
}
