//! The levels of a driver with words in it: counted, pooled when rare, one of them the reference.
//!
//! A level with a handful of rows tells nothing and, in a yes/no model, easily separates them by
//! chance. So rare levels are pooled as `(other)`, and a pool that is still too small is counted
//! with the reference instead of getting an effect of its own.

use std::collections::BTreeMap;

/// Rows without a value.
pub(super) const MISSING: &str = "(missing)";
/// Rare levels together.
pub(super) const OTHER: &str = "(other)";
/// A driver with more levels than this is rather a name than a driver.
pub(super) const MOST_LEVELS: usize = 1_000;

/// Rows per level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LevelCounts {
    /// Rows per value.
    pub(super) counts: BTreeMap<String, u64>,
    /// Rows without a value.
    pub(super) missing: u64,
}

impl LevelCounts {
    /// Adds the rows of another block.
    pub(super) fn merge(&mut self, other: &Self) {
        self.missing += other.missing;
        for (level, count) in &other.counts {
            match self.counts.get_mut(level) {
                Some(known) => *known += count,
                None => {
                    self.counts.insert(level.clone(), *count);
                }
            }
        }
    }
}

/// Whether rare levels may be pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooling {
    /// Texts: as many levels as the data happen to hold.
    Rare,
    /// Booleans: both levels are what the analyst asks about, and `false` is the reference.
    Never,
}

/// How the values of a driver become levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Levels {
    /// The level without a column of its own.
    pub(super) reference: String,
    /// Levels with their rows, most frequent first, ties by name. One of them is the reference.
    pub(super) by_frequency: Vec<(String, u64)>,
    /// The level that each value in the data belongs to.
    pub(super) level_of: BTreeMap<String, String>,
    /// The level of rows without a value.
    pub(super) level_of_missing: String,
}

/// The fewest rows that a level, or the column of missing values, needs: 20 or 0.5 % of all.
pub(super) fn fewest_rows(rows: u64) -> u64 {
    rows.div_ceil(200).max(20)
}

impl Levels {
    /// Pools the levels of a driver; `None` when only one level is left.
    pub(super) fn new(counts: &LevelCounts, pooling: Pooling) -> Option<Self> {
        let rows = counts.counts.values().sum::<u64>() + counts.missing;
        let fewest = fewest_rows(rows);
        let reference = reference(counts, pooling)?;
        let rare = |value: &str, count: u64| {
            let optional = pooling == Pooling::Rare || value == MISSING;
            optional && value != reference && count < fewest
        };

        let missing = (counts.missing > 0).then_some((MISSING, counts.missing));
        let values: Vec<(&str, u64)> =
            counts.counts.iter().map(|(value, count)| (value.as_str(), *count)).chain(missing).collect();
        let pooled: u64 = values.iter().filter(|(value, count)| rare(value, *count)).map(|(_, n)| n).sum();
        let pool = if pooled < fewest { reference.as_str() } else { OTHER };
        let level = |value: &str, count: u64| if rare(value, count) { pool } else { value }.to_owned();

        let mut rows_of: BTreeMap<String, u64> = BTreeMap::new();
        for (value, count) in &values {
            *rows_of.entry(level(value, *count)).or_default() += count;
        }
        let level_of = counts.counts.iter().map(|(value, n)| (value.clone(), level(value, *n))).collect();
        let level_of_missing = level(MISSING, counts.missing);
        let mut by_frequency: Vec<(String, u64)> = rows_of.into_iter().collect();
        by_frequency.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        (by_frequency.len() > 1).then_some(Self { reference, by_frequency, level_of, level_of_missing })
    }
}

/// The most frequent value, ties by name, `false` for booleans; never the missing rows while there
/// are others.
fn reference(counts: &LevelCounts, pooling: Pooling) -> Option<String> {
    if pooling == Pooling::Never && counts.counts.contains_key("false") {
        return Some("false".to_owned());
    }
    counts
        .counts
        .iter()
        .max_by(|(a, m), (b, n)| m.cmp(n).then_with(|| b.cmp(a)))
        .map(|(value, _)| value.clone())
        .or_else(|| (counts.missing > 0).then(|| MISSING.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(levels: &[(&str, u64)], missing: u64) -> LevelCounts {
        LevelCounts { counts: levels.iter().map(|(level, n)| ((*level).to_owned(), *n)).collect(), missing }
    }

    fn names(levels: &Levels) -> Vec<(&str, u64)> {
        levels.by_frequency.iter().map(|(level, n)| (level.as_str(), *n)).collect()
    }

    #[test]
    fn the_most_frequent_level_is_the_reference_and_ties_go_by_name() {
        let levels = Levels::new(&counts(&[("b", 50), ("a", 50), ("c", 30)], 0), Pooling::Rare).unwrap();
        assert_eq!(levels.reference, "a");
        assert_eq!(names(&levels), [("a", 50), ("b", 50), ("c", 30)]);
    }

    #[test]
    fn rare_levels_are_pooled() {
        let found = counts(&[("a", 5_000), ("b", 24), ("c", 15), ("d", 12), ("e", 40)], 0);
        let levels = Levels::new(&found, Pooling::Rare).unwrap();
        // 0.5 % of 5,091 rows is 26.
        assert_eq!(names(&levels), [("a", 5_000), (OTHER, 51), ("e", 40)]);
        assert_eq!(levels.level_of["c"], OTHER);
    }

    #[test]
    fn a_pool_that_is_still_rare_counts_with_the_reference() {
        let levels =
            Levels::new(&counts(&[("no", 900), ("unknown", 97), ("yes", 3)], 0), Pooling::Rare).unwrap();
        assert_eq!(names(&levels), [("no", 903), ("unknown", 97)]);
        assert_eq!(levels.level_of["yes"], "no");
        assert_eq!(Levels::new(&counts(&[("no", 900), ("yes", 3)], 0), Pooling::Rare), None);
    }

    #[test]
    fn missing_is_a_level_but_never_the_reference() {
        let levels = Levels::new(&counts(&[("a", 30)], 70), Pooling::Rare).unwrap();
        assert_eq!((levels.reference.as_str(), levels.level_of_missing.as_str()), ("a", MISSING));
        assert_eq!(names(&levels), [(MISSING, 70), ("a", 30)]);
    }

    #[test]
    fn booleans_keep_both_levels_and_compare_with_false() {
        let levels = Levels::new(&counts(&[("false", 3), ("true", 900)], 2), Pooling::Never).unwrap();
        assert_eq!(levels.reference, "false");
        assert_eq!(names(&levels), [("true", 900), ("false", 5)]);
        assert_eq!(levels.level_of_missing, "false");
    }

    #[test]
    fn a_single_level_is_no_driver() {
        assert_eq!(Levels::new(&counts(&[("a", 100)], 0), Pooling::Rare), None);
        assert_eq!(Levels::new(&counts(&[], 100), Pooling::Rare), None);
        assert_eq!(Levels::new(&counts(&[], 0), Pooling::Rare), None);
        assert_eq!(Levels::new(&counts(&[("true", 100)], 0), Pooling::Never), None);
    }

    #[test]
    fn merging_adds_rows() {
        let mut left = counts(&[("a", 1), ("b", 2)], 3);
        left.merge(&counts(&[("b", 5), ("c", 7)], 11));
        assert_eq!(left, counts(&[("a", 1), ("b", 7), ("c", 7)], 14));
    }
}
