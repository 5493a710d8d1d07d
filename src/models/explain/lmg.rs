//! LMG: the explained variance divided among groups of drivers by averaging what each adds over all
//! orders of entry (Lindeman, Merenda, Gold 1980; the Shapley value of R²; Grömping 2006).
//!
//! Computed from the covariance matrix, never from refits. All 2^m subsets are visited by a walk that
//! either projects the next group out of the rest or drops it, so that most of the work happens on
//! matrices of one or two columns.

use faer::Mat;

use crate::models::fit::ALIAS_TOLERANCE;

/// Most groups for which all subsets are visited.
pub(crate) const MOST_GROUPS: usize = 16;

/// Divides the explained sum of squares among `groups`.
///
/// `matrix` holds cross products of columns and target (last) around means, with always-in columns
/// projected out; `groups` holds column indices, each once; `reference` the squares of the columns before
/// that projection. The result is in the unit of the target's square and sums to what all groups explain.
pub(crate) fn lmg(matrix: &Mat<f64>, groups: &[Vec<usize>], reference: &[f64]) -> Vec<f64> {
    let order: Vec<usize> = groups.iter().flatten().copied().chain([matrix.nrows() - 1]).collect();
    let mut walk = Walk {
        sizes: groups.iter().map(Vec::len).collect(),
        reference: order.iter().map(|at| reference.get(*at).copied().unwrap_or(0.0)).collect(),
        levels: vec![Vec::new(); groups.len() + 1],
        unexplained: vec![0.0; 1 << groups.len()],
    };
    walk.levels[0] = order.iter().flat_map(|i| order.iter().map(|j| matrix[(*i, *j)])).collect();
    walk.visit(0, 0, 0);
    shapley(&walk.unexplained, groups.len())
}

struct Walk {
    sizes: Vec<usize>,
    reference: Vec<f64>,
    /// Per depth the matrix of the groups that are still to be decided, and the target.
    levels: Vec<Vec<f64>>,
    unexplained: Vec<f64>,
}

impl Walk {
    fn visit(&mut self, depth: usize, first: usize, subset: usize) {
        if depth == self.sizes.len() {
            self.unexplained[subset] = self.levels[depth][0];
            return;
        }
        let (own, size) = (self.sizes[depth], self.reference.len() - first);
        self.descend(depth, own, size);
        self.visit(depth + 1, first + own, subset);
        for pivot in 0..own {
            project_out(&mut self.levels[depth], size, pivot, self.reference[first + pivot]);
        }
        self.descend(depth, own, size);
        self.visit(depth + 1, first + own, subset | 1 << depth);
    }

    /// Copies the part behind the first `own` columns to the next level.
    fn descend(&mut self, depth: usize, own: usize, size: usize) {
        let (upper, lower) = self.levels.split_at_mut(depth + 1);
        let next = &mut lower[0];
        next.clear();
        upper[depth].chunks_exact(size).skip(own).for_each(|row| next.extend_from_slice(&row[own..]));
    }
}

/// Takes column `pivot` out of all later ones.
fn project_out(matrix: &mut [f64], size: usize, pivot: usize, reference: f64) {
    let (above, below) = matrix.split_at_mut((pivot + 1) * size);
    let row = &above[pivot * size..];
    let square = row[pivot];
    if square <= ALIAS_TOLERANCE * reference || square <= 0.0 {
        return;
    }
    for other in below.chunks_exact_mut(size) {
        let factor = other[pivot] / square;
        other[pivot + 1..].iter_mut().zip(&row[pivot + 1..]).for_each(|(value, by)| *value -= factor * by);
    }
}

/// Average drop of what is unexplained when a group joins, over all orders.
fn shapley(unexplained: &[f64], groups: usize) -> Vec<f64> {
    // Weight of a subset of size s: s! (m − s − 1)! / m!, by recursion from 1/m.
    let mut weights = vec![1.0 / groups.max(1) as f64];
    for size in 1..groups {
        weights.push(weights[size - 1] * size as f64 / (groups - size) as f64);
    }
    (0..groups)
        .map(|group| {
            let bit = 1 << group;
            (0..unexplained.len())
                .filter(|subset| subset & bit == 0)
                .map(|subset| {
                    let drop = unexplained[subset] - unexplained[subset | bit];
                    weights[subset.count_ones() as usize] * drop
                })
                .sum()
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::models::testing::published;

    /// Centered cross products of columns, the last one being the target.
    pub(crate) fn centered(columns: &[Vec<f64>]) -> Mat<f64> {
        let n = columns[0].len() as f64;
        let means: Vec<f64> = columns.iter().map(|column| column.iter().sum::<f64>() / n).collect();
        Mat::from_fn(columns.len(), columns.len(), |i, j| {
            columns[i].iter().zip(&columns[j]).map(|(a, b)| (a - means[i]) * (b - means[j])).sum()
        })
    }

    fn single(columns: &[Vec<f64>]) -> Vec<f64> {
        let matrix = centered(columns);
        let last = columns.len() - 1;
        let groups: Vec<Vec<usize>> = (0..last).map(|column| vec![column]).collect();
        let reference: Vec<f64> = (0..last).map(|i| matrix[(i, i)]).collect();
        lmg(&matrix, &groups, &reference).iter().map(|part| part / matrix[(last, last)]).collect()
    }

    fn assert_digits(found: &[f64], expected: &[f64], tolerance: f64) {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < tolerance, "{found} instead of {expected}");
        }
    }

    /// Reference: dominance-analysis on its own sample.
    #[test]
    fn the_dominance_analysis_sample_gives_its_published_shares() {
        let Some(columns) = published::dominance_sample() else { return };
        let parts = single(&columns);
        assert_digits(&parts, &[0.132_031, 0.007_060, 0.343_520, 0.012_656], 5.1e-7);
        assert_digits(&[parts.iter().sum()], &[0.495_268], 5.1e-7);
    }

    /// Reference: all subsets of the diabetes data of Efron et al. (2004) by least squares. smartcore
    /// carries the data in single precision, which moves two of the shares by one unit of the last digit.
    #[test]
    fn the_diabetes_data_give_their_published_shares() {
        let parts = single(&published::diabetes());
        let expected = [
            0.006_363, 0.013_032, 0.151_673, 0.072_844, 0.016_809, 0.013_437, 0.046_637, 0.046_387,
            0.116_732, 0.033_834,
        ];
        assert_digits(&parts, &expected, 2e-6);
        assert_digits(&[parts.iter().sum()], &[0.517_748], 2e-6);
    }

    #[test]
    fn independent_groups_get_what_they_explain_alone() {
        let wave = |k: f64| (0..400).map(move |i| (f64::from(i) * k * std::f64::consts::TAU / 400.0).sin());
        let (a, b, c): (Vec<f64>, Vec<f64>, Vec<f64>) =
            (wave(3.0).collect(), wave(7.0).collect(), wave(11.0).collect());
        let y = (0..400).map(|i| 3.0 * a[i] + 2.0 * b[i] + c[i]).collect();
        let matrix = centered(&[a, b, c, y]);
        let reference = [matrix[(0, 0)]; 3];
        let parts = lmg(&matrix, &[vec![0, 2], vec![1]], &reference);
        assert!((parts[0] - 10.0 * 200.0).abs() < 1e-8);
        assert!((parts[1] - 4.0 * 200.0).abs() < 1e-8);
    }

    #[test]
    fn a_column_without_variance_gets_nothing() {
        let a: Vec<f64> = (0..30).map(f64::from).collect();
        let y = a.iter().map(|a| 2.0 * a + a.sin()).collect();
        let parts = single(&[a, vec![1.0; 30], y]);
        assert!(parts[1].abs() < 1e-15);
        assert!(parts[0] > 0.9);
    }
}
