//! Covariance of coefficients from the scores of periods (Newey and West 1987 on period sums, which is
//! Driscoll and Kraay 1998; with no lags it is clustering by period).
//!
//! Rows of one period share weather, prices and holidays, and a shock lasts into the next periods.
//! Standard errors that treat rows as independent are far too short for any driver that is the same
//! for all rows of a period, which is every outside driver.

use faer::Mat;

/// Scores of the periods that have rows, in order of time.
pub(crate) struct ClusterScores<'a> {
    /// Σ x (y − fitted) per period, intercept first.
    pub(crate) scores: Vec<&'a [f64]>,
    /// Rows behind them.
    pub(crate) rows: u64,
}

/// Lags for `clusters` periods: ⌈1.3 √G⌉ − 1 (Lazarus, Lewis, Stock, Watson 2018).
///
/// The older rule ⌊4 (G/100)^(2/9)⌋ stops at four lags and leaves most of a slow shock out.
pub(crate) fn lags(clusters: usize) -> usize {
    let rule = 1.3 * (clusters as f64).sqrt();
    (1..clusters).take_while(|lag| (*lag as f64) < rule).count()
}

/// Builds `(X'WX)⁻¹ M (X'WX)⁻¹` with `M = Γ_0 + Σ_l w_l (Γ_l + Γ_l')`, `w_l = 1 − l / (lags + 1)` and
/// `Γ_l = Σ_g s_g s_{g−l}'`.
///
/// Small samples are allowed for as statsmodels does for clusters: × G/(G − 1) × (n − 1)/(n − k).
/// Lags count periods with rows, so a gap in the calendar is stepped over.
pub(crate) fn covariance(bread: &Mat<f64>, clusters: &ClusterScores<'_>, lags: usize) -> Mat<f64> {
    let size = bread.nrows();
    let count = clusters.scores.len();
    let scores = Mat::from_fn(count, size, |g, i| clusters.scores[g][i]);
    // Weighted sum of each period's neighbors, so that one product gives all lags at once.
    let smoothed = Mat::from_fn(count, size, |g, i| {
        (0..=lags)
            .map(|lag| {
                let weight = 1.0 - lag as f64 / (lags + 1) as f64;
                let before = if lag <= g { scores[(g - lag, i)] } else { 0.0 };
                let after = if lag > 0 && g + lag < count { scores[(g + lag, i)] } else { 0.0 };
                weight * (before + after)
            })
            .sum::<f64>()
    });
    let meat = scores.transpose() * smoothed;
    let (groups, rows) = (count as f64, clusters.rows as f64);
    let correction = groups / (groups - 1.0) * (rows - 1.0) / (rows - size as f64);
    let full = bread * meat * bread;
    Mat::from_fn(size, size, |i, j| correction * 0.5 * (full[(i, j)] + full[(j, i)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_gives_the_published_lags() {
        assert_eq!([26, 52, 100, 104, 260].map(lags), [6, 9, 12, 13, 20]);
        assert_eq!(lags(1), 0);
    }

    #[test]
    fn lags_are_weighted_sums_of_cross_products_of_scores() {
        let scores: Vec<Vec<f64>> =
            (0..9).map(|g| vec![f64::from(g).sin(), (f64::from(g) * 1.7).cos()]).collect();
        let bread = Mat::from_fn(2, 2, |i, j| if i == j { 0.5 } else { 0.1 });
        let clusters = ClusterScores { scores: scores.iter().map(Vec::as_slice).collect(), rows: 90 };
        let covariance = covariance(&bread, &clusters, 2);
        let mut meat = Mat::<f64>::zeros(2, 2);
        for lag in 0..=2_usize {
            let weight = [1.0, 2.0 / 3.0, 1.0 / 3.0][lag];
            for g in lag..9 {
                for i in 0..2 {
                    for j in 0..2 {
                        let forth = scores[g][i] * scores[g - lag][j];
                        let back = scores[g - lag][i] * scores[g][j];
                        meat[(i, j)] += weight * if lag == 0 { forth } else { forth + back };
                    }
                }
            }
        }
        let expected = &bread * meat * &bread;
        let correction = 9.0 / 8.0 * 89.0 / 88.0;
        for i in 0..2 {
            for j in 0..2 {
                assert!((covariance[(i, j)] - correction * expected[(i, j)]).abs() < 1e-13);
            }
        }
    }
}
