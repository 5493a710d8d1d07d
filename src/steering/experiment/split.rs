//! Which units treat and which hold out: pairs of like size, balanced in spend.
//!
//! No coin is tossed. The same question must give the same plan, and with a handful of units a coin would often put
//! the two largest on one side.

use super::question::TestQuestion;

/// Fewer units than this are not split: a comparison of one or two is as noisy as none.
const FEWEST_TO_SPLIT: usize = 4;
/// A unit with a smaller share of the values that the fullest unit has takes no part: it would shorten the
/// history of all others, since windows need every unit.
const SMALLEST_PRESENCE: f64 = 0.75;

/// What is compared with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestDesign {
    /// Cases drawn by chance with the other cases of the same periods.
    Cases,
    /// Treated units with other units, where nothing changes, and both with their own past.
    Split,
    /// All units with their own past alone, for there are too few to split. Anything else that happens during the test
    /// looks like an effect.
    Time,
}

impl TestDesign {
    /// The word in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cases => "cases",
            Self::Split => "units",
            Self::Time => "time",
        }
    }
}

/// Places of units by their part in the test, each ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) design: TestDesign,
    pub(super) treated: Vec<usize>,
    pub(super) comparison: Vec<usize>,
    pub(super) left_out: Vec<usize>,
}

impl Split {
    /// Splits the units of a question.
    ///
    /// Units that spend are paired from the largest down (ties: in their order), and the larger of a pair goes to the
    /// side that has spent less so far, which at first is the treated one. One without a partner is compared
    /// with, and so are units that spend nothing: a share of nothing changes nothing.
    pub(super) fn of(question: &TestQuestion<'_>) -> Self {
        let present: Vec<usize> = question
            .residuals
            .iter()
            .map(|series| series.iter().filter(|value| value.is_finite()).count())
            .collect();
        let least = present.iter().copied().max().unwrap_or(0) as f64 * SMALLEST_PRESENCE;
        let (taking_part, left_out): (Vec<usize>, Vec<usize>) =
            (0..question.units.len()).partition(|unit| present[*unit] as f64 >= least);
        if taking_part.len() < FEWEST_TO_SPLIT {
            return Self { design: TestDesign::Time, treated: taking_part, comparison: Vec::new(), left_out };
        }
        let spend = |unit: usize| question.spend[unit];
        let (mut spending, mut comparison): (Vec<usize>, Vec<usize>) =
            taking_part.into_iter().partition(|unit| spend(*unit) > 0.0);
        spending.sort_by(|one, other| spend(*other).total_cmp(&spend(*one)));
        let mut treated = Vec::new();
        let mut ahead = 0.0;
        for pair in spending.chunks(2) {
            match *pair {
                [larger, smaller] => {
                    let (treat, hold) = if ahead <= 0.0 { (larger, smaller) } else { (smaller, larger) };
                    ahead += spend(treat) - spend(hold);
                    treated.push(treat);
                    comparison.push(hold);
                }
                // The only unit that spends is the only one that can be treated.
                [single] if treated.is_empty() => treated.push(single),
                _ => comparison.extend(pair),
            }
        }
        treated.sort_unstable();
        comparison.sort_unstable();
        Self { design: TestDesign::Split, treated, comparison, left_out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The split of units with this spend and series.
    fn split(spend: &[f64], residuals: &[Vec<f64>]) -> Split {
        let units = vec![String::new(); spend.len()];
        Split::of(&TestQuestion {
            units: &units,
            spend,
            residuals,
            expected: &|_, _| 0.0,
            felt: &[],
            direction: None,
            worth: None,
        })
    }

    fn full(units: usize) -> Vec<Vec<f64>> {
        vec![vec![1.0; 40]; units]
    }

    #[test]
    fn pairs_alternate_so_that_spend_balances() {
        let found = split(&[10.0, 80.0, 40.0, 20.0, 70.0, 30.0], &full(6));
        assert_eq!(found.design, TestDesign::Split);
        // 80 | 70 puts the treated 10 ahead, so 30 | 40 evens that out, then 20 | 10.
        assert_eq!((found.treated, found.comparison), (vec![1, 3, 5], vec![0, 2, 4]));
    }

    #[test]
    fn the_odd_unit_and_those_without_spend_are_compared_with() {
        let found = split(&[5.0, 0.0, 4.0, 3.0], &full(4));
        assert_eq!((found.treated, found.comparison), (vec![0], vec![1, 2, 3]));
        let found = split(&[0.0, 0.0, 4.0, 0.0], &full(4));
        assert_eq!((found.treated, found.comparison), (vec![2], vec![0, 1, 3]));
    }

    #[test]
    fn few_units_are_all_treated() {
        for units in 1..FEWEST_TO_SPLIT {
            let found = split(&vec![1.0; units], &full(units));
            assert_eq!((found.design, found.treated.len()), (TestDesign::Time, units));
            assert!(found.comparison.is_empty());
        }
    }

    #[test]
    fn a_unit_that_is_mostly_missing_takes_no_part() {
        let mut residuals = full(5);
        residuals[2][..11].fill(f64::NAN);
        residuals[3][..10].fill(f64::NAN);
        let found = split(&[1.0; 5], &residuals);
        assert_eq!(found.left_out, [2]);
        assert_eq!(found.treated.len() + found.comparison.len(), 4);
    }
}
