//! Reads a file's values as the type that the contract names, or fails.
//!
//! An ordinary cast gives NULL or rounds where a value does not fit. Here a value that would change
//! is an error which names column, value and type.

use arrow::array::{Array, ArrayRef, AsArray, StringArray, new_null_array};
use arrow::compute::kernels::cmp::distinct;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::domain;
use crate::engine::{ContractViolation, arrow_type};

/// What cannot be read becomes NULL, and is then looked for.
const LENIENT: CastOptions<'static> = CastOptions { safe: true, format_options: FormatOptions::new() };

/// Where values go, and which texts mean that there is none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ReadAs {
    pub(super) source: String,
    pub(super) column: String,
    pub(super) data_type: domain::DataType,
    pub(super) null_values: Vec<String>,
}

impl ReadAs {
    /// Reads `value` so.
    pub(super) fn call(self, value: Expr) -> Expr {
        let signature = Signature::any(1, Volatility::Immutable);
        ScalarUDF::from(ReadAsFunction { read: self, signature }).call(vec![value])
    }

    fn violation(&self, reason: &str, help: &'static str) -> DataFusionError {
        DataFusionError::External(Box::new(ContractViolation {
            source_name: self.source.clone(),
            reason: format!("column `{}`: {reason}", self.column),
            help: Some(help),
        }))
    }

    /// Reads `values`, all of them exactly, or fails at the first that cannot be.
    pub(super) fn read(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let values = self.without_null_values(&unpacked(values)?);
        let target = arrow_type(self.data_type);
        if values.data_type() == &target {
            return Ok(values);
        }
        if values.data_type() == &DataType::Null {
            return Ok(new_null_array(&target, values.len()));
        }
        let read = cast_with_options(&values, &target, &LENIENT)
            .map_err(|error| self.violation(&error.to_string(), OTHER_TYPE))?;
        match first_lost(&values, &read)? {
            None => Ok(read),
            Some(row) => {
                let text = ArrayFormatter::try_new(values.as_ref(), &FormatOptions::default())
                    .map(|formatter| formatter.value(row).to_string())?;
                let reason = format!("cannot read `{text}` as {} without loss", self.data_type);
                let is_text = values.data_type() == &DataType::Utf8;
                Err(self.violation(&reason, if is_text { OTHER_TEXT } else { OTHER_TYPE }))
            }
        }
    }

    /// Turns the texts that stand for a missing value into NULL.
    fn without_null_values(&self, values: &ArrayRef) -> ArrayRef {
        match values.as_string_opt::<i32>() {
            Some(texts) if !self.null_values.is_empty() => {
                let kept: StringArray = texts
                    .iter()
                    .map(|text| text.filter(|text| !self.null_values.iter().any(|null| null == text)))
                    .collect();
                std::sync::Arc::new(kept)
            }
            _ => std::sync::Arc::clone(values),
        }
    }
}

const OTHER_TEXT: &str = "declare the column as `string` and convert it in SQL; a text that stands for a missing value goes \
                          under `null_values`";
const OTHER_TYPE: &str = "declare the type that the files hold, and convert it in SQL";

/// The values of a dictionary, row by row. What is said below about types and missing values is about these.
fn unpacked(values: &ArrayRef) -> Result<ArrayRef> {
    match values.data_type() {
        DataType::Dictionary(_, held) => Ok(cast_with_options(values, held, &LENIENT)?),
        _ => Ok(std::sync::Arc::clone(values)),
    }
}

/// The first row whose value did not survive. Most casts give NULL then; the others round.
fn first_lost(values: &ArrayRef, read: &ArrayRef) -> Result<Option<usize>> {
    if read.null_count() != values.null_count() {
        return Ok((0..values.len()).find(|row| values.is_valid(*row) && read.is_null(*row)));
    }
    match (values.data_type(), read.data_type()) {
        (DataType::Utf8, DataType::Decimal128(_, scale)) => {
            let scale = usize::try_from(*scale).unwrap_or_default();
            Ok(first_text(values, |text| {
                let digits = text.split_once('.').map_or("", |(_, digits)| digits.trim_end_matches('0'));
                digits.len() > scale || text.contains(['e', 'E'])
            }))
        }
        // Longer texts hold a time of day, which a date would lose.
        (DataType::Utf8, DataType::Date32) => Ok(first_text(values, |text| text.trim().len() > 10)),
        (
            DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..),
            DataType::Decimal128(..),
        )
        | (DataType::Int64 | DataType::UInt64, DataType::Float64)
        | (DataType::Timestamp(..), DataType::Timestamp(..))
        | (DataType::Date64, DataType::Date32) => {
            let back = cast_with_options(read, values.data_type(), &LENIENT)?;
            let differs = distinct(&back, values)?;
            Ok((0..differs.len()).find(|row| differs.value(*row)))
        }
        _ => Ok(None),
    }
}

fn first_text(values: &ArrayRef, wrong: impl Fn(&str) -> bool) -> Option<usize> {
    values.as_string::<i32>().iter().position(|text| text.is_some_and(&wrong))
}

/// True when values of `from` can be read as `to` at all. Single values may still not fit.
pub(super) fn can_read(from: &DataType, to: domain::DataType) -> bool {
    let from = match from {
        DataType::Dictionary(_, values) => values.as_ref(),
        other => other,
    };
    match to {
        // A column without a single value, as some writers leave it: all of it is missing.
        _ if from == &DataType::Null => true,
        domain::DataType::String => {
            from.is_integer() || matches!(from, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
        }
        domain::DataType::Boolean => from == &DataType::Boolean,
        domain::DataType::Integer | domain::DataType::Bigint => from.is_integer(),
        domain::DataType::Double => from.is_integer() || from.is_floating(),
        domain::DataType::Date => matches!(from, DataType::Date32 | DataType::Date64),
        domain::DataType::Timestamp => matches!(from, DataType::Timestamp(..)),
        domain::DataType::Decimal { .. } => from.is_integer() || from.is_decimal(),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ReadAsFunction {
    read: ReadAs,
    signature: Signature,
}

impl ScalarUDFImpl for ReadAsFunction {
    fn name(&self) -> &'static str {
        "read_as"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(arrow_type(self.read.data_type))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let values = args.args.first().ok_or_else(|| exec_datafusion_err!("read_as takes one value"))?;
        match values {
            ColumnarValue::Array(values) => Ok(ColumnarValue::Array(self.read.read(values)?)),
            ColumnarValue::Scalar(value) => {
                let read = self.read.read(&value.to_array()?)?;
                Ok(ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&read, 0)?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        Decimal128Array, DictionaryArray, Int32Array, Int64Array, NullArray, TimestampNanosecondArray,
    };
    use arrow::datatypes::Int32Type;

    use super::*;
    use crate::domain::DataType::{Bigint, Boolean, Date, Decimal, Double, Integer, Timestamp};

    fn read(
        values: impl Array + 'static,
        data_type: domain::DataType,
        null_values: &[&str],
    ) -> Result<ArrayRef> {
        let null_values = null_values.iter().map(|text| (*text).to_owned()).collect();
        ReadAs { source: "s".into(), column: "c".into(), data_type, null_values }
            .read(&(Arc::new(values) as ArrayRef))
    }

    fn texts(values: &[&str]) -> StringArray {
        StringArray::from(values.to_vec())
    }

    #[test]
    fn texts_read_as_every_type() {
        for (data_type, good, bad) in [
            (Integer, "-12", "12.0"),
            (Bigint, "9007199254740993", "1e3"),
            (Double, "1.5e3", "1,5"),
            (Boolean, "true", "maybe"),
            (Date, "2011-01-31", "31/01/2011"),
            (Date, "2011-01-31", "2011-01-31T10:00:00"),
            (Timestamp, "2011-01-31T10:00:00.000001", "soon"),
            (Decimal { precision: 5, scale: 2 }, "1.50", "1.505"),
            (Decimal { precision: 5, scale: 2 }, "999.990", "1000.00"),
        ] {
            let values = read(texts(&[good]), data_type, &[]).unwrap();
            assert!(values.is_valid(0), "{data_type}");
            let error = read(texts(&[good, bad]), data_type, &[]).unwrap_err().to_string();
            assert!(error.contains(&format!("cannot read `{bad}` as {data_type}")), "{error}");
        }
    }

    #[test]
    fn null_values_are_missing_and_nothing_else_is() {
        let values = read(texts(&["1", "NA", "n/a"]), Bigint, &["NA", "n/a"]).unwrap();
        assert_eq!(values.null_count(), 2);
        assert!(read(texts(&["1", "NA"]), Bigint, &[]).is_err());
    }

    #[test]
    fn typed_values_must_survive() {
        let large = 1_i64 << 53;
        assert!(read(Int64Array::from(vec![large]), Double, &[]).is_ok());
        assert!(read(Int64Array::from(vec![large + 1]), Double, &[]).is_err());
        assert!(read(Int64Array::from(vec![3_000_000_000]), Integer, &[]).is_err());
        assert!(read(TimestampNanosecondArray::from(vec![1_000]), Timestamp, &[]).is_ok());
        assert!(read(TimestampNanosecondArray::from(vec![1_001]), Timestamp, &[]).is_err());
        let cents = Decimal128Array::from(vec![1_505]).with_precision_and_scale(10, 3).unwrap();
        assert!(read(cents, Decimal { precision: 10, scale: 2 }, &[]).is_err());
    }

    #[test]
    fn values_of_dictionaries_must_survive_too() {
        let dictionary = |values: ArrayRef| {
            let keys = Int32Array::from(vec![Some(1), None, Some(0), Some(1)]);
            DictionaryArray::<Int32Type>::new(keys, values)
        };
        let large = 1_i64 << 53;
        let exact = read(dictionary(Arc::new(Int64Array::from(vec![1, large]))), Double, &[]).unwrap();
        assert_eq!((exact.null_count(), exact.data_type()), (1, &DataType::Float64));
        assert!(read(dictionary(Arc::new(Int64Array::from(vec![1, large + 1]))), Double, &[]).is_err());
        // A value that is missing may be an entry of its own.
        let texts = StringArray::from(vec![Some("a"), None]);
        let read_back = read(dictionary(Arc::new(texts)), domain::DataType::String, &[]).unwrap();
        assert_eq!(read_back.null_count(), 3);
    }

    #[test]
    fn a_column_without_values_reads_as_any_type() {
        let missing = read(NullArray::new(3), Decimal { precision: 5, scale: 2 }, &[]).unwrap();
        assert_eq!((missing.len(), missing.null_count()), (3, 3));
    }

    #[test]
    fn types_that_lose_something_by_nature_are_refused() {
        assert!(!can_read(&DataType::Float64, Bigint));
        assert!(!can_read(&DataType::Utf8, Double));
        assert!(!can_read(&DataType::Decimal128(12, 2), Double));
        assert!(can_read(&DataType::Int64, Integer));
        assert!(can_read(&DataType::Null, Timestamp));
    }
}
