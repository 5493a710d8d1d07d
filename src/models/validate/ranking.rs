//! The area under the ROC curve: how often a success is ranked above a failure.
//!
//! Exact up to two million rows. Beyond, scores are counted in bins of log-odds 1/1600 wide, so that
//! memory stays bounded; two scores in one bin count as tied.

use std::collections::BTreeMap;

/// Rows up to which every score is kept.
const MOST_SCORES: usize = 2_000_000;

/// Bins per unit of log-odds.
const BINS_PER_UNIT: f64 = 1600.0;

/// Scores with their outcomes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ranking {
    scores: Vec<(f64, bool)>,
    bins: BTreeMap<i64, [f64; 2]>,
}

impl Ranking {
    /// Adds one row.
    pub(crate) fn push(&mut self, score: f64, success: bool) {
        self.scores.push((score, success));
    }

    /// Adds other rows, which come later.
    pub(crate) fn merge(&mut self, other: Self) {
        self.scores.extend(other.scores);
        for (bin, counts) in other.bins {
            let own = self.bins.entry(bin).or_default();
            own.iter_mut().zip(counts).for_each(|(own, count)| *own += count);
        }
        if self.scores.len() > MOST_SCORES || !self.bins.is_empty() {
            for (score, success) in self.scores.drain(..) {
                #[expect(clippy::cast_possible_truncation, reason = "log-odds are far below 2^63 / 1600")]
                let bin = (score * BINS_PER_UNIT).round() as i64;
                self.bins.entry(bin).or_default()[usize::from(success)] += 1.0;
            }
        }
    }

    /// The area; `None` when all outcomes are the same.
    pub(crate) fn area(mut self) -> Option<f64> {
        if !self.bins.is_empty() {
            return area(self.bins.into_values());
        }
        self.scores.sort_by(|one, other| one.0.total_cmp(&other.0));
        let ties = self.scores.chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq());
        area(ties.map(|tie| {
            let successes = tie.iter().filter(|(_, success)| *success).count();
            [(tie.len() - successes) as f64, successes as f64]
        }))
    }
}

/// The area from failures and successes per score, in ascending order of the score; ties count half.
pub(crate) fn area(counts: impl IntoIterator<Item = [f64; 2]>) -> Option<f64> {
    let (mut below, mut successes, mut pairs) = (0.0, 0.0, 0.0);
    for [failure, success] in counts {
        pairs += success * (below + failure / 2.0);
        below += failure;
        successes += success;
    }
    (below > 0.0 && successes > 0.0).then(|| pairs / (below * successes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(rows: &[(f64, bool)]) -> Ranking {
        let mut ranking = Ranking::default();
        for (score, success) in rows {
            ranking.push(*score, *success);
        }
        ranking
    }

    #[test]
    fn the_area_counts_pairs_in_the_right_order() {
        assert_eq!(ranking(&[(0.1, false), (0.2, true), (0.3, false), (0.4, true)]).area(), Some(0.75));
        assert_eq!(ranking(&[(0.5, false), (0.5, true)]).area(), Some(0.5));
        assert_eq!(ranking(&[(0.5, true)]).area(), None);
    }

    #[test]
    fn bins_come_close_to_the_exact_area() {
        let rows: Vec<(f64, bool)> = (0..4000)
            .map(f64::from)
            .map(|i| ((i * 0.37).sin(), (i * 0.37).sin() > (i * 1.9).cos()))
            .collect();
        let exact = ranking(&rows).area().unwrap();
        let mut binned = Ranking::default();
        binned.bins.insert(0, [0.0, 0.0]);
        binned.merge(ranking(&rows));
        assert!((binned.area().unwrap() - exact).abs() < 1e-4);
    }
}
