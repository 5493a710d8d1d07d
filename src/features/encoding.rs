//! Rows into design columns, by what the first pass found.
//!
//! One encoder serves every read of a frame, so that a row is encoded the same way however often
//! and by whichever thread it is read.

use chrono::NaiveDate;

use super::controls::Controls;
use super::frame::{Block, ColumnPart, DesignColumn, DriverValues};
use super::levels::{LevelCounts, Levels, Pooling, fewest_rows};
use super::moments::Moments;
use super::raw::{NO_CODE, RawColumn, RawRows};
use super::selection::{Fate, Selection};

/// How one driver becomes design columns.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum DriverEncoding {
    /// Not at all: it is constant.
    Nothing,
    /// As its value, `fill` where there is none, and perhaps a column that marks those rows.
    Numbers {
        /// The mean.
        fill: f64,
        /// Whether rows without a value are marked.
        marks_missing: bool,
    },
    /// As one column per level but the reference.
    Levels(Levels),
}

impl DriverEncoding {
    /// Describes a numeric driver and decides on its columns.
    ///
    /// Missing values are set to the mean; they are marked by a column of their own if there are at
    /// least [`fewest_rows`] of them. A driver with one value and gaps counts as constant.
    pub(super) fn numbers(moments: &Moments, per: Option<f64>) -> (DriverValues, Self) {
        if moments.count == 0 {
            return (DriverValues::Constant { value: super::levels::MISSING.to_owned() }, Self::Nothing);
        }
        if moments.min.to_bits() == moments.max.to_bits() {
            return (DriverValues::Constant { value: moments.min.to_string() }, Self::Nothing);
        }
        let standard_deviation = moments.standard_deviation();
        let values = DriverValues::Numeric {
            mean: moments.mean,
            standard_deviation,
            per: per.unwrap_or(standard_deviation),
            min: moments.min,
            max: moments.max,
            missing: moments.missing,
        };
        let marks_missing = moments.missing >= fewest_rows(moments.count + moments.missing);
        (values, Self::Numbers { fill: moments.mean, marks_missing })
    }

    /// Describes a driver with levels and decides on its columns.
    pub(super) fn levels(counts: &LevelCounts, pooling: Pooling) -> (DriverValues, Self) {
        let Some(levels) = Levels::new(counts, pooling) else {
            let most = counts.counts.iter().max_by_key(|(_, rows)| **rows);
            let value = most.map_or(super::levels::MISSING, |(value, _)| value).to_owned();
            return (DriverValues::Constant { value }, Self::Nothing);
        };
        let values = DriverValues::Categorical {
            reference: levels.reference.clone(),
            levels: levels.by_frequency.clone(),
        };
        (values, Self::Levels(levels))
    }

    /// The design columns of the driver with this index and name.
    pub(super) fn columns(&self, driver: usize, name: &str) -> Vec<DesignColumn> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Numbers { marks_missing, .. } => {
                let value = DesignColumn { name: name.to_owned(), part: ColumnPart::Value { driver } };
                let missing =
                    DesignColumn { name: format!("{name} is missing"), part: ColumnPart::Missing { driver } };
                std::iter::once(value).chain(marks_missing.then_some(missing)).collect()
            }
            Self::Levels(levels) => own_columns(levels)
                .map(|level| DesignColumn {
                    name: format!("{name}={level}"),
                    part: ColumnPart::Level { driver, level: level.to_owned() },
                })
                .collect(),
        }
    }

    /// Number of design columns.
    fn width(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Numbers { marks_missing, .. } => 1 + usize::from(*marks_missing),
            Self::Levels(levels) => own_columns(levels).count(),
        }
    }

    /// Writes the columns of the kept rows into `x`, which is zero before.
    fn fill(&self, column: &RawColumn, kept: &[usize], x: &mut [f64]) -> Result<(), String> {
        match (self, column) {
            (Self::Nothing, _) => Ok(()),
            (Self::Numbers { fill, marks_missing }, RawColumn::Numbers(values)) => {
                let (value_column, marks) = x.split_at_mut(kept.len());
                for (index, row) in kept.iter().enumerate() {
                    let value = values[*row];
                    value_column[index] = if value.is_finite() { value } else { *fill };
                    if *marks_missing && !value.is_finite() {
                        marks[index] = 1.0;
                    }
                }
                Ok(())
            }
            (Self::Levels(levels), RawColumn::Levels { names, codes }) => {
                let of_level = |level: &str| own_columns(levels).position(|own| own == level);
                // Names without a row may never have been seen by the first pass.
                let of_name = |name: &String| levels.level_of.get(name).map(|level| of_level(level));
                let of_code: Vec<Option<Option<usize>>> = names.iter().map(of_name).collect();
                let of_missing = of_level(&levels.level_of_missing);
                for (index, row) in kept.iter().enumerate() {
                    let column = match codes[*row] {
                        NO_CODE => of_missing,
                        code => of_code[code as usize].ok_or_else(changed)?,
                    };
                    if let Some(column) = column {
                        x[column * kept.len() + index] = 1.0;
                    }
                }
                Ok(())
            }
            (Self::Numbers { .. }, RawColumn::Levels { .. }) | (Self::Levels(_), RawColumn::Numbers(_)) => {
                Err(changed())
            }
        }
    }
}

/// The levels that have a column, in column order.
fn own_columns(levels: &Levels) -> impl Iterator<Item = &str> {
    levels.by_frequency.iter().map(|(level, _)| level.as_str()).filter(|level| *level != levels.reference)
}

fn changed() -> String {
    "the rows are not those of the first pass".to_owned()
}

/// Encodes blocks of rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Encoder {
    /// Which rows are encoded.
    pub(super) selection: Selection,
    /// Trend and season.
    pub(super) controls: Controls,
    /// The drivers in the order of the model.
    pub(super) drivers: Vec<DriverEncoding>,
    /// Starts of the periods that have rows, ascending.
    pub(super) periods: Vec<NaiveDate>,
}

impl Encoder {
    /// Encodes the rows that are kept, in the order they stand in.
    ///
    /// # Errors
    ///
    /// When the rows are not those that the encoder was made for.
    pub(super) fn encode(&self, rows: &RawRows) -> Result<Block, String> {
        let mut kept = Vec::with_capacity(rows.outcome.len());
        let mut dates = Vec::with_capacity(rows.outcome.len());
        for (row, (date, y)) in rows.dates.iter().zip(&rows.outcome).enumerate() {
            if let (Fate::Kept, Some(date)) = (self.selection.fate(*date, *y), date) {
                kept.push(row);
                dates.push(*date);
            }
        }
        let control_width = self.controls.names().len();
        let width = control_width + self.drivers.iter().map(DriverEncoding::width).sum::<usize>();
        let mut x = vec![0.0; kept.len() * width];
        let (controls, mut rest) = x.split_at_mut(kept.len() * control_width);
        self.controls.fill(&dates, controls);
        for (encoding, column) in self.drivers.iter().zip(&rows.drivers) {
            let (own, others) = rest.split_at_mut(kept.len() * encoding.width());
            encoding.fill(column, &kept, own)?;
            rest = others;
        }
        Ok(Block {
            rows: kept.len(),
            x,
            y: kept.iter().map(|row| rows.outcome[*row]).collect(),
            period: dates.iter().map(|date| self.period(*date)).collect::<Result<_, _>>()?,
        })
    }

    /// The index of the period that holds `date`: the last one that starts no later.
    fn period(&self, date: NaiveDate) -> Result<u32, String> {
        let after = self.periods.partition_point(|start| *start <= date);
        after.checked_sub(1).and_then(|index| u32::try_from(index).ok()).ok_or_else(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(counts: &[(&str, u64)], missing: u64) -> LevelCounts {
        LevelCounts { counts: counts.iter().map(|(level, n)| ((*level).to_owned(), *n)).collect(), missing }
    }

    fn filled(encoding: &DriverEncoding, column: &RawColumn, kept: &[usize]) -> Result<Vec<f64>, String> {
        let mut x = vec![0.0; kept.len() * encoding.width()];
        encoding.fill(column, kept, &mut x).map(|()| x)
    }

    #[test]
    fn missing_numbers_are_the_mean_and_marked_only_when_there_are_enough() {
        let moments = Moments::of((0..100).map(|i| if i < 30 { f64::NAN } else { f64::from(i) }));
        let (values, encoding) = DriverEncoding::numbers(&moments, Some(5.0));
        assert!(matches!(values, DriverValues::Numeric { per: 5.0, missing: 30, .. }));
        let column = RawColumn::Numbers(vec![f64::NAN, 1.0, f64::INFINITY]);
        assert_eq!(filled(&encoding, &column, &[0, 1, 2]).unwrap(), [64.5, 1.0, 64.5, 1.0, 0.0, 1.0]);

        let few = Moments::of((0..100).map(|i| if i < 3 { f64::NAN } else { f64::from(i) }));
        let (_, encoding) = DriverEncoding::numbers(&few, None);
        assert_eq!(encoding.columns(0, "temp").len(), 1);
    }

    #[test]
    fn one_value_is_no_driver() {
        for values in [vec![3.5; 50], vec![3.5, f64::NAN, 3.5]] {
            let (values, encoding) = DriverEncoding::numbers(&Moments::of(values.into_iter()), None);
            assert_eq!(values, DriverValues::Constant { value: "3.5".to_owned() });
            assert!(encoding.columns(0, "x").is_empty());
        }
        let (values, _) = DriverEncoding::numbers(&Moments::EMPTY, None);
        assert_eq!(values, DriverValues::Constant { value: "(missing)".to_owned() });
        let (values, _) = DriverEncoding::levels(&levels(&[("no", 997), ("yes", 3)], 0), Pooling::Rare);
        assert_eq!(values, DriverValues::Constant { value: "no".to_owned() });
    }

    #[test]
    fn levels_have_a_column_each_but_the_reference() {
        let counts = levels(&[("summer", 50), ("winter", 60), ("rare", 2)], 25);
        let (_, encoding) = DriverEncoding::levels(&counts, Pooling::Rare);
        let names: Vec<String> =
            encoding.columns(3, "season").into_iter().map(|column| column.name).collect();
        assert_eq!(names, ["season=summer", "season=(missing)"]);
        let column = RawColumn::Levels {
            names: vec!["winter".to_owned(), "rare".to_owned(), "summer".to_owned(), "unused".to_owned()],
            codes: vec![0, 1, 2, NO_CODE, 2],
        };
        let x = filled(&encoding, &column, &[0, 1, 3, 4]).unwrap();
        assert_eq!(x, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn a_level_that_the_first_pass_did_not_see_is_an_error() {
        let (_, encoding) = DriverEncoding::levels(&levels(&[("a", 50), ("b", 60)], 0), Pooling::Rare);
        let column = RawColumn::Levels { names: vec!["new".to_owned()], codes: vec![0] };
        assert!(filled(&encoding, &column, &[0]).is_err());
        assert!(filled(&encoding, &RawColumn::Numbers(vec![1.0]), &[0]).is_err());
    }
}
