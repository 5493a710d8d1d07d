//! Accumulators for one group at a time: plain, distinct, and over moving window frames.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type, UInt64Type};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err};
use datafusion::logical_expr::Accumulator;

use super::function::Kind;
use super::total::ExactTotal;

/// Sum or mean of all values.
#[derive(Debug)]
pub(super) struct ExactAccumulator {
    kind: Kind,
    total: ExactTotal,
    count: u64,
}

impl ExactAccumulator {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, total: ExactTotal::default(), count: 0 }
    }
}

impl Accumulator for ExactAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let values = values[0].as_primitive::<Float64Type>();
        self.count += (values.len() - values.null_count()) as u64;
        if values.null_count() == 0 {
            values.values().iter().for_each(|value| self.total.add(*value));
        } else {
            values.iter().flatten().for_each(|value| self.total.add(value));
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let values = values[0].as_primitive::<Float64Type>();
        self.count -= (values.len() - values.null_count()) as u64;
        values.iter().flatten().for_each(|value| self.total.subtract(value));
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(self.kind.result(&self.total, self.count)))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.total.write_bytes())), ScalarValue::UInt64(Some(self.count))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let (totals, counts) = (states[0].as_binary::<i32>(), states[1].as_primitive::<UInt64Type>());
        for (total, count) in totals.iter().zip(counts.values()) {
            let bytes = total.unwrap_or_default();
            self.total
                .merge_bytes(bytes)
                .ok_or_else(|| exec_datafusion_err!("broken state of an exact sum"))?;
            self.count += count;
        }
        Ok(())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.total.heap_size()
    }
}

/// Sum or mean of the different values, each taken once.
#[derive(Debug)]
pub(super) struct DistinctAccumulator {
    kind: Kind,
    /// Bits of the value, and how often it lies in the window frame.
    values: BTreeMap<u64, u64>,
}

impl DistinctAccumulator {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, values: BTreeMap::new() }
    }

    /// Both zeros are one value, and so are all NaN.
    fn bits(value: f64) -> u64 {
        if value.is_nan() {
            f64::NAN.to_bits()
        } else if value == 0.0 {
            0.0_f64.to_bits()
        } else {
            value.to_bits()
        }
    }
}

impl Accumulator for DistinctAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for value in values[0].as_primitive::<Float64Type>().iter().flatten() {
            *self.values.entry(Self::bits(value)).or_default() += 1;
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for value in values[0].as_primitive::<Float64Type>().iter().flatten() {
            let bits = Self::bits(value);
            if let Some(count) = self.values.get_mut(&bits) {
                *count -= 1;
                if *count == 0 {
                    self.values.remove(&bits);
                }
            }
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut total = ExactTotal::default();
        self.values.keys().for_each(|bits| total.add(f64::from_bits(*bits)));
        Ok(ScalarValue::Float64(self.kind.result(&total, self.values.len() as u64)))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let values: Vec<ScalarValue> =
            self.values.keys().map(|bits| ScalarValue::Float64(Some(f64::from_bits(*bits)))).collect();
        let list = ScalarValue::new_list_nullable(&values, &DataType::Float64);
        Ok(vec![ScalarValue::List(Arc::clone(&list))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for values in states[0].as_list::<i32>().iter().flatten() {
            self.update_batch(&[values])?;
        }
        Ok(())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.len() * 2 * size_of::<(u64, u64)>()
    }
}
