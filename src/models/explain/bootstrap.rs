//! Resampled periods: blocks of consecutive strata drawn with replacement (circular block bootstrap,
//! Politis and Romano 1992).
//!
//! Only sums of the strata's matrices change from resample to resample; no row is read again. Blocks
//! keep neighbors together, because a shock that lasts makes single periods look more independent than
//! they are.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Arithmetic that all resamples of a model may take together.
const MOST_WORK: usize = 2_000_000_000;

/// Number of resamples when each takes `work` operations: 100 to 400.
pub(crate) fn resamples(work: usize) -> u64 {
    (MOST_WORK / work.max(1)).clamp(100, 400) as u64
}

/// Draws resamples of `count` strata in blocks of `length` and applies `statistic` to each.
///
/// Results come in the order of the resamples; each has its own stream of the seed, so neither their
/// number nor the number of threads changes any of them.
pub(crate) fn resample<T: Send>(
    seed: u64,
    resamples: u64,
    count: usize,
    length: usize,
    statistic: impl Fn(&[usize]) -> Option<T> + Sync,
) -> Vec<T> {
    (0..resamples)
        .into_par_iter()
        .map(|index| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(index);
            let mut drawn = Vec::with_capacity(count + length);
            while drawn.len() < count {
                let start = rng.random_range(0..count);
                drawn.extend((0..length).map(|step| (start + step) % count));
            }
            drawn.truncate(count);
            statistic(&drawn)
        })
        .collect::<Vec<Option<T>>>()
        .into_iter()
        .flatten()
        .collect()
}

/// The `share` quantile of values in any order, between neighbors by straight line.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = share * (sorted.len() - 1) as f64;
    let below = (0..sorted.len()).take_while(|index| *index as f64 <= at).count().saturating_sub(1);
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (at - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resamples_keep_neighbors_together_and_do_not_depend_on_their_number() {
        let draw = |resamples| resample(5, resamples, 20, 4, |drawn| Some(drawn.to_vec()));
        let (few, many) = (draw(3), draw(30));
        assert_eq!(few, many[..3]);
        for drawn in many {
            assert_eq!(drawn.len(), 20);
            assert!(drawn.chunks(4).all(|block| block.windows(2).all(|pair| pair[1] == (pair[0] + 1) % 20)));
        }
    }

    #[test]
    fn quantiles_lie_between_neighbors() {
        let values = [4.0, 1.0, 3.0, 2.0, 5.0];
        for (share, expected) in [(0.0, 1.0), (0.3, 2.2), (1.0, 5.0)] {
            assert!((quantile(&values, share) - expected).abs() < 1e-12);
        }
        assert!((quantile(&[7.0], 0.5) - 7.0).abs() < 1e-12);
    }
}
