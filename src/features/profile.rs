//! What the first pass finds in a block of rows, and how blocks add up.
//!
//! A profile is small whatever the number of rows: it is what lets a table of any size be encoded
//! block by block. Profiles are merged in block order, never in the order that threads finish.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::frame::OutcomeKind;
use super::levels::{LevelCounts, MOST_LEVELS};
use super::moments::Moments;
use super::raw::{DriverKind, NO_CODE, RawColumn, RawRows, RowLayout};
use super::selection::{Fate, Reason, Selection};

/// What a driver holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum DriverProfile {
    /// Numbers.
    Numbers(Moments),
    /// Levels.
    Levels(LevelCounts),
}

/// What the rows of one or more blocks hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Profile {
    /// Kept rows per day.
    pub(super) days: BTreeMap<NaiveDate, u64>,
    /// Rows left out, in the order of [`Reason::ALL`].
    pub(super) left_out: [u64; Reason::ALL.len()],
    /// Each driver over the kept rows, in the order of the model.
    pub(super) drivers: Vec<DriverProfile>,
}

/// What makes rows unusable for a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Unusable {
    /// A yes/no outcome with this value.
    NotYesNo(f64),
    /// The driver with this index has too many levels.
    TooManyLevels(usize),
}

impl Profile {
    /// The profile of no rows.
    pub(super) fn empty(layout: &RowLayout) -> Self {
        let drivers = layout.drivers.iter().map(|(_, kind)| match kind {
            DriverKind::Numbers => DriverProfile::Numbers(Moments::EMPTY),
            DriverKind::Texts | DriverKind::Booleans => DriverProfile::Levels(LevelCounts::default()),
        });
        Self { days: BTreeMap::new(), left_out: [0; Reason::ALL.len()], drivers: drivers.collect() }
    }

    /// Profiles one block.
    pub(super) fn of(rows: &RawRows, selection: &Selection, outcome: OutcomeKind) -> Result<Self, Unusable> {
        let mut days = BTreeMap::new();
        let mut left_out = [0; Reason::ALL.len()];
        let mut kept = Vec::with_capacity(rows.outcome.len());
        for (row, (date, y)) in rows.dates.iter().zip(&rows.outcome).enumerate() {
            match (selection.fate(*date, *y), date) {
                (Fate::LeftOut(reason), _) => left_out[reason as usize] += 1,
                (Fate::Kept, None) => left_out[Reason::NoDate as usize] += 1,
                (Fate::Kept, Some(date)) => {
                    if outcome == OutcomeKind::YesNo && !is_yes_or_no(*y) {
                        return Err(Unusable::NotYesNo(*y));
                    }
                    *days.entry(*date).or_default() += 1;
                    kept.push(row);
                }
            }
        }
        let drivers = rows.drivers.iter().map(|column| DriverProfile::of(column, &kept)).collect();
        Self { days, left_out, drivers }.checked()
    }

    /// Adds the rows of a later block.
    pub(super) fn merge(mut self, later: &Self) -> Result<Self, Unusable> {
        for (day, rows) in &later.days {
            *self.days.entry(*day).or_default() += rows;
        }
        for (sum, rows) in self.left_out.iter_mut().zip(&later.left_out) {
            *sum += rows;
        }
        for pair in self.drivers.iter_mut().zip(&later.drivers) {
            match pair {
                (DriverProfile::Numbers(sum), DriverProfile::Numbers(other)) => sum.merge(other),
                (DriverProfile::Levels(sum), DriverProfile::Levels(other)) => sum.merge(other),
                // Cannot be: all blocks are read by one layout.
                (DriverProfile::Numbers(_) | DriverProfile::Levels(_), _) => {}
            }
        }
        self.checked()
    }

    /// Number of kept rows.
    pub(super) fn rows(&self) -> u64 {
        self.days.values().sum()
    }

    fn checked(self) -> Result<Self, Unusable> {
        let too_many = self.drivers.iter().position(
            |driver| matches!(driver, DriverProfile::Levels(counts) if counts.counts.len() > MOST_LEVELS),
        );
        too_many.map_or(Ok(self), |driver| Err(Unusable::TooManyLevels(driver)))
    }
}

impl DriverProfile {
    fn of(column: &RawColumn, kept: &[usize]) -> Self {
        match column {
            RawColumn::Numbers(values) => Self::Numbers(Moments::of(kept.iter().map(|row| values[*row]))),
            RawColumn::Levels { names, codes } => {
                let mut rows = vec![0_u64; names.len()];
                let mut missing = 0;
                for row in kept {
                    match codes[*row] {
                        NO_CODE => missing += 1,
                        code => rows[code as usize] += 1,
                    }
                }
                let used = names.iter().zip(rows).filter(|(_, rows)| *rows > 0);
                let counts = used.map(|(name, rows)| (name.clone(), rows)).collect();
                Self::Levels(LevelCounts { counts, missing })
            }
        }
    }
}

fn is_yes_or_no(outcome: f64) -> bool {
    #[allow(clippy::float_cmp, reason = "0 and 1 are exact")]
    let yes_or_no = outcome == 0.0 || outcome == 1.0;
    yes_or_no
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::fixtures::{raw_rows, selection};

    #[test]
    fn profiles_of_blocks_add_up_to_the_profile_of_all_rows() {
        let all = raw_rows(0..300);
        let whole = Profile::of(&all, &selection(), OutcomeKind::YesNo).unwrap();
        let parts = [0..100, 100..101, 101..300]
            .map(|range| Profile::of(&raw_rows(range), &selection(), OutcomeKind::YesNo).unwrap());
        let [first, second, third] = parts;
        let merged = first.merge(&second).unwrap().merge(&third).unwrap();
        assert_eq!((&merged.days, merged.left_out), (&whole.days, whole.left_out));
        assert_eq!(merged.rows() + merged.left_out.iter().sum::<u64>(), 300);
        assert_eq!(merged.drivers[1], whole.drivers[1]);
        let (DriverProfile::Numbers(a), DriverProfile::Numbers(b)) = (&merged.drivers[0], &whole.drivers[0])
        else {
            panic!("driver 0 has numbers");
        };
        assert_eq!((a.count, a.missing), (b.count, b.missing));
        assert!((a.standard_deviation() - b.standard_deviation()).abs() < 1e-12);
    }

    #[test]
    fn an_outcome_that_is_neither_yes_nor_no_is_refused() {
        let mut rows = raw_rows(60..70);
        rows.outcome[7] = 2.0;
        assert_eq!(Profile::of(&rows, &selection(), OutcomeKind::YesNo), Err(Unusable::NotYesNo(2.0)));
        assert!(Profile::of(&rows, &selection(), OutcomeKind::Amount).is_ok());
    }

    #[test]
    fn a_column_of_names_is_refused_even_when_no_block_alone_has_too_many() {
        let named = |range: std::ops::Range<usize>| {
            let mut rows = raw_rows(range.clone());
            let names = range.clone().map(|row| format!("customer {row}")).collect();
            let codes = (0..u32::try_from(range.len()).unwrap()).collect();
            rows.drivers[1] = RawColumn::Levels { names, codes };
            Profile::of(&rows, &selection(), OutcomeKind::YesNo)
        };
        let (first, second) = (named(0..800).unwrap(), named(800..1_600).unwrap());
        assert_eq!(first.merge(&second), Err(Unusable::TooManyLevels(1)));
        assert_eq!(named(0..2_000), Err(Unusable::TooManyLevels(1)));
    }
}
