//! Johnson's relative weights: importance for more groups than all subsets can be visited for.
//!
//! The columns are replaced by the closest orthogonal ones, whose squared correlations with the outcome
//! are handed back in proportion to squared loadings (Johnson 2000). Close to LMG, at the cost of one
//! eigendecomposition. For groups, the weights of their columns are summed.

use faer::{Mat, Side};

use crate::models::fit::ALIAS_TOLERANCE;

/// Divides the explained sum of squares among `groups`, with the arguments of [`super::lmg::lmg`].
///
/// `None` when the eigendecomposition does not converge.
pub(crate) fn relative_weights(
    matrix: &Mat<f64>,
    groups: &[Vec<usize>],
    reference: &[f64],
) -> Option<Vec<f64>> {
    let target = matrix.nrows() - 1;
    let usable = |at: &usize| matrix[(*at, *at)] > ALIAS_TOLERANCE * reference[*at];
    let at: Vec<usize> = groups.iter().flatten().copied().filter(usable).collect();
    let size = at.len();
    let spread: Vec<f64> = at.iter().map(|i| matrix[(*i, *i)].sqrt()).collect();
    let correlation = Mat::from_fn(size, size, |i, j| matrix[(at[i], at[j])] / (spread[i] * spread[j]));
    let eigen = correlation.self_adjoint_eigen(Side::Lower).ok()?;
    let (vectors, values) = (eigen.U(), eigen.S());
    let root = |i: usize, j: usize, power: f64| -> f64 {
        (0..size)
            .map(|k| {
                let value = values[k];
                // A direction without variance carries nothing, and its inverse root would be noise.
                if value <= ALIAS_TOLERANCE {
                    0.0
                } else {
                    vectors[(i, k)] * value.powf(power) * vectors[(j, k)]
                }
            })
            .sum()
    };
    let loadings = Mat::from_fn(size, size, |i, j| root(i, j, 0.5));
    let inverse = Mat::from_fn(size, size, |i, j| root(i, j, -0.5));
    let with_target: Vec<f64> = (0..size).map(|i| matrix[(at[i], target)] / spread[i]).collect();
    let squares: Vec<f64> =
        (0..size).map(|j| (0..size).map(|i| inverse[(j, i)] * with_target[i]).sum::<f64>().powi(2)).collect();
    let weight = |column: usize| (0..size).map(|j| loadings[(column, j)].powi(2) * squares[j]).sum::<f64>();
    let position = |column: &usize| at.iter().position(|other| other == column);
    Some(groups.iter().map(|columns| columns.iter().filter_map(position).map(weight).sum()).collect())
}

#[cfg(test)]
mod tests {
    use super::super::lmg::tests::centered;
    use super::*;
    use crate::models::testing::published;

    /// Reference: Johnson's relative weights of the dominance-analysis sample.
    #[test]
    fn the_dominance_analysis_sample_gives_its_published_weights() {
        let Some(columns) = published::dominance_sample() else { return };
        let matrix = centered(&columns);
        let groups: Vec<Vec<usize>> = (0..4).map(|column| vec![column]).collect();
        let reference: Vec<f64> = (0..4).map(|i| matrix[(i, i)]).collect();
        let weights = relative_weights(&matrix, &groups, &reference).unwrap();
        for (weight, expected) in weights.iter().zip([0.132_628, 0.007_762, 0.343_661, 0.011_218]) {
            assert!((weight / matrix[(4, 4)] - expected).abs() < 5.1e-7);
        }
    }
}
