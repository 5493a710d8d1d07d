//! Rows made independent and equally sure: what is left of the errors' memory, of shocks that all units
//! share, and of units that are noisier than others is taken out before anything is fitted.
//!
//! The errors are taken to be e(u, t) = ρ e(u, t − 1) + shock(t) + own(u, t) with a variance of its own per
//! unit. Quasi-differences take out ρ, weights the units' variances, and the cross products of a period's sums the
//! shared shocks (Woodbury), so gaps in the panel need no special case.

/// What is known of the errors' shape.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Whitening {
    /// Correlation of an error with the one before it in the same unit, in [0, 1).
    pub(super) memory: f64,
    /// Variance of the shocks that all units share, as a multiple of the own variance of a unit of
    /// weight 1.
    pub(super) shared: f64,
    /// Weight of each unit: the inverse of its own standard deviation, 1 on average.
    pub(super) weights: Vec<f64>,
}

impl Whitening {
    /// Errors taken to be independent and alike.
    pub(super) fn none(units: usize) -> Self {
        Self { memory: 0.0, shared: 0.0, weights: vec![1.0; units] }
    }

    /// Whitens the values of unit `unit` at its observed periods `rows` (ascending) into `out`.
    ///
    /// A gap of g periods is bridged by ρ^g. The first row of a unit keeps its own scale.
    pub(super) fn apply(&self, unit: usize, values: &[f64], rows: &[usize], out: &mut [f64]) {
        let weight = self.weights[unit];
        if self.memory == 0.0 {
            for (out, row) in out.iter_mut().zip(rows) {
                *out = weight * values[*row];
            }
            return;
        }
        let innovation = (1.0 - self.memory * self.memory).sqrt();
        let mut before: Option<usize> = None;
        for (out, &row) in out.iter_mut().zip(rows) {
            *out = weight
                * match before {
                    None => innovation * values[row],
                    Some(before) if row == before + 1 => values[row] - self.memory * values[before],
                    Some(before) => {
                        let left = left_after(self.memory, row - before);
                        (values[row] - left * values[before]) * innovation / (1.0 - left * left).sqrt()
                    }
                };
            before = Some(row);
        }
    }
}

/// How much of a period's squared sums shocks of size `shared` make up: c in V⁻¹ = I − c v v', where v holds
/// the weights of the units with a row in the period and `squares` is v'v.
pub(super) fn shrinkage(shared: f64, squares: f64) -> f64 {
    shared / (1.0 + shared * squares)
}

/// What is left of an error `gap` periods later.
pub(super) fn left_after(memory: f64, gap: usize) -> f64 {
    memory.powi(i32::try_from(gap).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_memory_values_are_only_weighed() {
        let mut whitening = Whitening::none(2);
        whitening.weights[1] = 2.0;
        let mut out = [0.0; 2];
        whitening.apply(1, &[1.0, 5.0, 3.0], &[0, 2], &mut out);
        assert!((out[0] - 2.0).abs() < 1e-12 && (out[1] - 6.0).abs() < 1e-12);
    }

    #[test]
    fn an_autoregressive_series_becomes_white() {
        // The covariance of an AR(1) series with a gap, whitened on both sides, is the identity.
        let memory: f64 = 0.7;
        let rows = [0_usize, 1, 4, 5];
        let whitening = Whitening { memory, shared: 0.0, weights: vec![1.0] };
        let variance = 1.0 / (1.0 - memory * memory);
        let whiten = |values: [f64; 6]| {
            let mut out = [0.0; 4];
            whitening.apply(0, &values, &rows, &mut out);
            out
        };
        // Rows of the whitening matrix, from unit vectors.
        let columns: Vec<[f64; 4]> =
            (0..6).map(|at| whiten(std::array::from_fn(|row| f64::from(u8::from(row == at))))).collect();
        for i in 0..4 {
            for j in 0..4 {
                let mut product = 0.0;
                for a in rows {
                    for b in rows {
                        let covariance = variance * left_after(memory, a.abs_diff(b));
                        product += columns[a][i] * covariance * columns[b][j];
                    }
                }
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-12, "{i} {j} {product}");
            }
        }
    }
}
