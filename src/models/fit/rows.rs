//! A block of rows made ready for sums: ordered by period, centered and scaled.

use std::ops::Range;

use crate::features::Block;

use super::Scaling;

/// Rows of one block, ordered by period; the order within a period is that of the block.
pub(crate) struct Rows {
    /// Number of rows.
    pub(crate) len: usize,
    x: Vec<f64>,
    /// Scaled outcome.
    pub(crate) y: Vec<f64>,
    /// Where the rows of each period that occurs stand; periods ascending.
    pub(crate) runs: Vec<(usize, Range<usize>)>,
}

impl Rows {
    /// Orders and scales a block, in place where it is in order already.
    pub(crate) fn new(block: Block, scaling: &Scaling) -> Self {
        let Block { rows, mut x, mut y, mut period } = block;
        if !period.is_sorted() {
            let mut order: Vec<usize> = (0..rows).collect();
            order.sort_by_key(|row| period[*row]);
            let mut buffer = vec![0.0; rows];
            for column in x.chunks_exact_mut(rows).chain([y.as_mut_slice()]) {
                buffer.copy_from_slice(column);
                column.iter_mut().zip(&order).for_each(|(value, row)| *value = buffer[*row]);
            }
            period.sort_unstable();
        }
        for (column, values) in x.chunks_exact_mut(rows.max(1)).enumerate() {
            let (center, per_unit) = (scaling.center[column], scaling.per_unit[column]);
            for value in values {
                *value = (*value - center) * per_unit;
            }
        }
        for value in &mut y {
            *value = (*value - scaling.y_center) / scaling.y_scale;
        }
        let mut runs = Vec::new();
        let mut start = 0;
        for run in period.chunk_by(|one, other| one == other) {
            runs.push((run[0] as usize, start..start + run.len()));
            start += run.len();
        }
        Self { len: rows, x, y, runs }
    }

    /// Scaled values of design column `column` in the rows of `range`.
    pub(crate) fn column(&self, column: usize, range: &Range<usize>) -> &[f64] {
        &self.x[column * self.len + range.start..column * self.len + range.end]
    }

    /// First to one past the last period that occurs.
    pub(crate) fn periods(&self) -> Range<usize> {
        match (self.runs.first(), self.runs.last()) {
            (Some((first, _)), Some((last, _))) => *first..*last + 1,
            _ => 0..0,
        }
    }
}

/// Writes intercept + Σ coefficient × column for the rows of `range` into `predictor`.
///
/// `beta` has the intercept first, then one coefficient per entry of `columns`.
pub(crate) fn linear_predictor(
    rows: &Rows,
    range: &Range<usize>,
    columns: &[usize],
    beta: &[f64],
    predictor: &mut Vec<f64>,
) {
    predictor.clear();
    predictor.resize(range.len(), beta[0]);
    for (column, coefficient) in columns.iter().zip(&beta[1..]) {
        if *coefficient != 0.0 {
            let values = rows.column(*column, range);
            predictor.iter_mut().zip(values).for_each(|(sum, value)| *sum += coefficient * value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_ordered_by_period_and_scaled() {
        let block = Block {
            rows: 4,
            x: vec![1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 30.0, 40.0],
            y: vec![5.0, 6.0, 7.0, 8.0],
            period: vec![3, 1, 3, 0],
        };
        let scaling =
            Scaling { center: vec![1.0, 0.0], per_unit: vec![1.0, 0.1], y_center: 5.0, y_scale: 2.0 };
        let rows = Rows::new(block, &scaling);
        assert_eq!(rows.column(0, &(0..4)), &[3.0, 1.0, 0.0, 2.0]);
        assert_eq!(rows.column(1, &(1..3)), &[2.0, 1.0]);
        assert_eq!(rows.y, &[1.5, 0.5, 0.0, 1.0]);
        assert_eq!(rows.runs, vec![(0, 0..1), (1, 1..2), (3, 2..4)]);
        assert_eq!(rows.periods(), 0..4);
    }
}
