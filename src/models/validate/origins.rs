//! Rolling origins: train on everything before, test on what comes next, move on.
//!
//! A random split would let a model look up tomorrow's shock in the rows of tomorrow that it was
//! trained on. Here no coefficient is learned from the future: neither from later periods nor from outcomes
//! that were still open at the origin.

use std::ops::Range;

use crate::models::fit::Strata;

/// Fewest strata that allow origins.
const FEWEST_STRATA: usize = 8;

/// Origins of short histories and of large frames.
const FEWEST_ORIGINS: usize = 5;

/// Most origins.
const MOST_ORIGINS: usize = 10;

/// Rows from which on a frame is large: each origin costs a fit, and so many rows need fewer of them.
const LARGE: u64 = 2_000_000;

/// A cut in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Strata trained on: the first ones, as far as all of their periods are.
    pub(crate) trained: usize,
    /// First stratum that is tested.
    pub(crate) stratum: usize,
    /// First stratum that is neither trained on nor tested.
    pub(crate) end_stratum: usize,
    /// Periods trained on: the first ones, as far as their outcomes were known when the test begins.
    pub(crate) trained_periods: usize,
    /// Periods tested.
    pub(crate) test: Range<usize>,
}

/// Cuts the second half of the strata into at most ten test blocks of about equal length.
///
/// With few strata the first origin moves forward so that five remain; with fewer than eight strata there
/// are none. Frames of more than two million rows get five. `known_before` says for each period how many
/// of the first ones had their outcomes by then; an origin that would know nothing is left out.
pub(crate) fn origins(strata: &Strata, rows: u64, known_before: &[usize]) -> Vec<Origin> {
    let count = strata.count;
    if count < FEWEST_STRATA {
        return Vec::new();
    }
    let first = count.div_ceil(2).min(count - FEWEST_ORIGINS);
    let most = if rows > LARGE { FEWEST_ORIGINS } else { MOST_ORIGINS };
    let origins = most.min(count - first);
    let cut = |at: usize| first + at * (count - first) / origins;
    (0..origins)
        .map(|at| {
            let (stratum, end_stratum) = (cut(at), cut(at + 1));
            let test = strata.first_period(stratum)..strata.first_period(end_stratum);
            let trained_periods = known_before.get(test.start).copied().unwrap_or_default().min(test.start);
            let trained = (0..=stratum)
                .rev()
                .find(|at| strata.first_period(*at) <= trained_periods)
                .unwrap_or_default();
            Origin { trained, stratum, end_stratum, trained_periods, test }
        })
        .filter(|origin| origin.trained > 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_once(periods: usize) -> Vec<usize> {
        (0..periods).collect()
    }

    #[test]
    fn outcomes_that_were_open_at_an_origin_are_not_trained_on() {
        let late: Vec<usize> = (0..26_usize).map(|period| period.saturating_sub(3)).collect();
        for origin in origins(&Strata::by_period(26, 10), 1000, &late) {
            assert_eq!(origin.trained_periods + 3, origin.test.start);
            assert_eq!((origin.trained + 3, origin.stratum), (origin.stratum, origin.test.start));
        }
    }

    #[test]
    fn test_blocks_follow_each_other_to_the_end() {
        for periods in [8, 9, 26, 104, 5000] {
            let strata = Strata::by_period(periods, 60);
            let origins = origins(&strata, 1000, &at_once(periods));
            assert!(origins.len() >= 5, "{periods} periods");
            assert!(origins.windows(2).all(|pair| pair[0].test.end == pair[1].test.start));
            assert_eq!(origins.last().unwrap().test.end, periods);
            assert!(origins[0].test.start >= periods * 3 / 8);
        }
    }

    #[test]
    fn large_frames_have_five() {
        assert_eq!(origins(&Strata::by_period(104, 42), 10_000_000, &at_once(104)).len(), 5);
    }

    #[test]
    fn few_periods_allow_no_origins() {
        assert!(origins(&Strata::by_period(7, 5), 1000, &at_once(7)).is_empty());
    }
}
