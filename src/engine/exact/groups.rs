//! The accumulator for many groups at once.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryBuilder, BooleanArray, Float64Array, UInt64Array};
use arrow::datatypes::{Float64Type, UInt64Type};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};

use super::function::Kind;
use super::total::ExactTotal;

/// Totals and counts by group.
#[derive(Debug)]
pub(super) struct ExactGroups {
    kind: Kind,
    totals: Vec<ExactTotal>,
    counts: Vec<u64>,
}

impl ExactGroups {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, totals: Vec::new(), counts: Vec::new() }
    }

    fn resize(&mut self, groups: usize) {
        self.totals.resize_with(groups, ExactTotal::default);
        self.counts.resize(groups, 0);
    }

    #[inline]
    fn add(&mut self, group: usize, value: f64) {
        self.totals[group].add(value);
        self.counts[group] += 1;
    }
}

impl GroupsAccumulator for ExactGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.resize(total_num_groups);
        let values = values[0].as_primitive::<Float64Type>();
        if values.null_count() == 0 && opt_filter.is_none() {
            for (group, value) in group_indices.iter().zip(values.values()) {
                self.add(*group, *value);
            }
            return Ok(());
        }
        for (row, (group, value)) in group_indices.iter().zip(values).enumerate() {
            // As everywhere in SQL, a filter that is NULL leaves the row out.
            let kept = opt_filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            if let (true, Some(value)) = (kept, value) {
                self.add(*group, value);
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let totals = emit_to.take_needed(&mut self.totals);
        let counts = emit_to.take_needed(&mut self.counts);
        let results: Float64Array =
            totals.iter().zip(counts).map(|(total, count)| self.kind.result(total, count)).collect();
        Ok(Arc::new(results))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let mut totals = BinaryBuilder::new();
        for mut total in emit_to.take_needed(&mut self.totals) {
            totals.append_value(total.write_bytes());
        }
        let counts = UInt64Array::from(emit_to.take_needed(&mut self.counts));
        Ok(vec![Arc::new(totals.finish()), Arc::new(counts)])
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.resize(total_num_groups);
        let (totals, counts) = (values[0].as_binary::<i32>(), values[1].as_primitive::<UInt64Type>());
        for ((group, total), count) in group_indices.iter().zip(totals).zip(counts.values()) {
            self.totals[*group]
                .merge_bytes(total.unwrap_or_default())
                .ok_or_else(|| exec_datafusion_err!("broken state of an exact sum"))?;
            self.counts[*group] += count;
        }
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let rows = values[0].len();
        let mut each = Self::new(self.kind);
        let groups: Vec<usize> = (0..rows).collect();
        each.update_batch(values, &groups, opt_filter, rows)?;
        each.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        let heap: usize = self.totals.iter().map(ExactTotal::heap_size).sum();
        self.totals.capacity() * size_of::<ExactTotal>() + self.counts.capacity() * size_of::<u64>() + heap
    }
}
