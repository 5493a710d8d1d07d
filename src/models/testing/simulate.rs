//! Small seeded panels with a known outcome rule.

use chrono::{Days, NaiveDate};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::domain::{LocalText, Party, Role};
use crate::features::{
    Block, ColumnPart, DesignColumn, DriverValues, FrameDriver, FrameError, ModelFrame, OutcomeKind,
    RowBlocks,
};
use crate::models::size::normal;

/// Rows in memory, cut into blocks.
pub(crate) struct MemoryBlocks(pub(crate) Vec<Block>);

impl RowBlocks for MemoryBlocks {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn read(&self, index: usize) -> Result<Block, FrameError> {
        Ok(self.0[index].clone())
    }
}

/// A simulated table; fields may be changed before it becomes a frame.
#[derive(Clone)]
pub(crate) struct Simulated {
    pub(crate) columns: Vec<Vec<f64>>,
    pub(crate) parts: Vec<ColumnPart>,
    pub(crate) drivers: Vec<FrameDriver>,
    pub(crate) y: Vec<f64>,
    pub(crate) period: Vec<u32>,
    pub(crate) periods: usize,
    pub(crate) kind: OutcomeKind,
    pub(crate) block_rows: usize,
    pub(crate) season: Option<usize>,
}

/// `units` rows in each of `periods`, unit by unit, with independent normal drivers `d0`, `d1`, …
/// and a yes/no outcome that depends a little on the first.
pub(crate) fn panel(units: usize, columns: usize, periods: usize) -> Simulated {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let rows = units * periods;
    let mut simulated = Simulated {
        columns: Vec::new(),
        parts: Vec::new(),
        drivers: Vec::new(),
        y: Vec::new(),
        period: (0..rows).map(|row| u32::try_from(row % periods).unwrap()).collect(),
        periods,
        kind: OutcomeKind::YesNo,
        block_rows: 1 << 20,
        season: None,
    };
    for _ in 0..columns {
        let values = (0..rows).map(|_| normal(&mut rng)).collect();
        simulated.add_column(values);
    }
    simulated.y = (0..rows)
        .map(|row| {
            let odds = simulated.columns.first().map_or(0.0, |column| 0.5 * column[row]);
            f64::from(u8::from(rng.random::<f64>() < 1.0 / (1.0 + (-odds).exp())))
        })
        .collect();
    simulated
}

impl Simulated {
    /// Adds a numeric driver with these values.
    pub(crate) fn add_column(&mut self, values: Vec<f64>) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let spread = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        let numbers = DriverValues::Numeric {
            mean,
            standard_deviation: spread,
            per: 1.0,
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            missing: 0,
        };
        let driver = self.add_driver(numbers);
        self.parts.push(ColumnPart::Value { driver });
        self.columns.push(values);
    }

    /// Adds a categorical driver from level numbers; level 0 is the reference.
    pub(crate) fn add_levels(&mut self, levels: &[usize]) {
        let count = levels.iter().max().unwrap() + 1;
        let driver = self.add_driver(DriverValues::Categorical {
            reference: "l0".into(),
            levels: (0..count)
                .map(|l| (format!("l{l}"), levels.iter().filter(|v| **v == l).count() as u64))
                .collect(),
        });
        for level in 1..count {
            self.parts.push(ColumnPart::Level { driver, level: format!("l{level}") });
            self.columns.push(levels.iter().map(|v| f64::from(u8::from(*v == level))).collect());
        }
    }

    /// Adds a control column in front of everything else.
    pub(crate) fn add_control(&mut self, values: Vec<f64>) {
        self.columns.insert(0, values);
        self.parts.insert(0, ColumnPart::Control);
    }

    /// Adds a driver that is a line in column `column`.
    pub(crate) fn copy_column(&mut self, column: usize, slope: f64, offset: f64) {
        let copy = self.columns[column].iter().map(|value| slope * value + offset).collect();
        self.add_column(copy);
    }

    /// Sets the outcome from each row's columns.
    pub(crate) fn outcome(mut self, kind: OutcomeKind, rule: impl Fn(&[f64]) -> f64) -> Self {
        self.kind = kind;
        self.y = (0..self.period.len())
            .map(|row| rule(&self.columns.iter().map(|column| column[row]).collect::<Vec<f64>>()))
            .collect();
        self
    }

    /// Cuts the rows into blocks of `rows`.
    pub(crate) fn blocks_of(mut self, rows: usize) -> Self {
        self.block_rows = rows;
        self
    }

    /// The frame.
    pub(crate) fn frame(&self) -> ModelFrame {
        let rows = self.period.len();
        let blocks = (0..rows)
            .step_by(self.block_rows)
            .map(|start| {
                let range = start..rows.min(start + self.block_rows);
                Block {
                    rows: range.len(),
                    x: self.columns.iter().flat_map(|column| column[range.clone()].to_vec()).collect(),
                    y: self.y[range.clone()].to_vec(),
                    period: self.period[range].to_vec(),
                }
            })
            .collect();
        let first = NaiveDate::from_ymd_opt(2020, 1, 6).unwrap();
        let mut rows_per_period = vec![0; self.periods];
        self.period.iter().for_each(|period| rows_per_period[*period as usize] += 1);
        let season =
            |period: usize| period.checked_sub(self.season?).map(|before| before.try_into().unwrap());
        ModelFrame {
            model: "simulated".into(),
            outcome: self.kind,
            periods: (0..self.periods as u64).map(|period| first + Days::new(7 * period)).collect(),
            season_before: (0..self.periods).map(season).collect(),
            known_before: (0..self.periods).collect(),
            rows_per_period,
            columns: self
                .parts
                .iter()
                .enumerate()
                .map(|(at, part)| DesignColumn { name: format!("c{at}"), part: part.clone() })
                .collect(),
            drivers: self.drivers.clone(),
            rows: rows as u64,
            left_out: Vec::new(),
            blocks: Box::new(MemoryBlocks(blocks)),
        }
    }

    fn add_driver(&mut self, values: DriverValues) -> usize {
        let name = format!("d{}", self.drivers.len());
        self.drivers.push(FrameDriver {
            name: name.clone(),
            label: LocalText::same(&name),
            party: Party::First,
            about: None,
            role: Role::Precision,
            group: name,
            unit: None,
            values,
        });
        self.drivers.len() - 1
    }
}
