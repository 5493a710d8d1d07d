//! The functions that would read the clock, pinned to midnight UTC of the run's `as_of`.
//!
//! A run over the same window must give the same rows tomorrow, so SQL never sees the time of day.

use arrow::datatypes::DataType;
use chrono::NaiveDate;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// Days from the year 1 to 1970, as chrono counts.
const DAYS_TO_1970: i32 = 719_163;

/// `now`, `current_timestamp`, `current_date`, `today` and `current_time` as of `as_of`.
pub(super) fn pinned(as_of: NaiveDate) -> Vec<ScalarUDF> {
    use chrono::Datelike;
    let days = as_of.num_days_from_ce() - DAYS_TO_1970;
    let micros = i64::from(days) * 86_400_000_000;
    [
        (
            "now",
            vec!["current_timestamp"],
            ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into())),
        ),
        ("current_date", vec!["today"], ScalarValue::Date32(Some(days))),
        ("current_time", Vec::new(), ScalarValue::Time64Nanosecond(Some(0))),
    ]
    .into_iter()
    .map(|(name, aliases, value)| {
        let aliases = aliases.into_iter().map(str::to_owned).collect();
        // Immutable: it folds to a constant while planning.
        let signature = Signature::nullary(Volatility::Immutable);
        ScalarUDF::from(Pinned { name, aliases, value, signature })
    })
    .collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Pinned {
    name: &'static str,
    aliases: Vec<String>,
    value: ScalarValue,
    signature: Signature,
}

impl ScalarUDFImpl for Pinned {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(self.value.data_type())
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(self.value.clone()))
    }
}
