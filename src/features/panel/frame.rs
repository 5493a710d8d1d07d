//! The panel frame: what a response model sees, units × periods in memory.
//!
//! Unlike a [`crate::features::ModelFrame`] it is held as a whole: a response model needs each unit's series in
//! order, and a thousand units over four years of weeks with ten channels are 17 MB.

use chrono::NaiveDate;

use crate::domain::{Adstock, LocalText, Saturation};
use crate::features::FrameDriver;

/// Units × periods of one response model.
///
/// Every series is unit by unit: the value of unit `u` in period `t` stands at `u × periods.len() + t`.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelFrame {
    /// Model name, for messages and result tables.
    pub model: String,
    /// Names of the units; one empty name for a single series.
    pub units: Vec<String>,
    /// First days of all periods, ascending and without gaps: those that are only looked at for
    /// carry-over come first.
    pub periods: Vec<NaiveDate>,
    /// Number of periods at the front that are never fitted.
    pub lead: usize,
    /// For each period the place of the same one a year before, if the frame holds it.
    pub season_before: Vec<Option<usize>>,
    /// First day after the last period.
    pub end: NaiveDate,
    /// Outcome; NaN in the lead and where there is no row.
    pub outcome: Vec<f64>,
    /// Size of each unit, above 0: outcome and exposure are compared per unit of it.
    pub sizes: Vec<f64>,
    /// What a unit of outcome is worth; `None`: nothing is stated.
    pub worth: Option<f64>,
    /// Channels in the order of the job.
    pub channels: Vec<PanelChannel>,
    /// Trend and season: name and value per period, the same for all units.
    pub controls: Vec<PanelControl>,
    /// Drivers in the order of the job.
    pub drivers: Vec<PanelDriver>,
    /// Whether the logarithm of the outcome is fitted.
    pub multiplicative: bool,
    /// Which joint effects are looked for.
    pub interactions: Option<PanelInteractions>,
    /// Experiments that the job knows of.
    pub experiments: Vec<PanelExperiment>,
    /// Things about the data that whoever reads the results should know, as sentences.
    pub notes: Vec<String>,
}

/// A control: trend or season.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelControl {
    /// Name, for example `trend` or `yearly_sin_1`.
    pub name: String,
    /// `trend` or `seasonality`: the line of contributions that it counts with.
    pub part: &'static str,
    /// One value per period.
    pub values: Vec<f64>,
}

/// A channel of a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelChannel {
    /// Name in results.
    pub name: String,
    /// What people read.
    pub label: LocalText,
    /// Who books it.
    pub side: Option<String>,
    /// Money; `None` for an organic channel.
    pub spend: Option<Vec<f64>>,
    /// Media pressure: exposure where there is one, else money. Not negative, never missing.
    pub exposure: Vec<f64>,
    /// Places of the channels part of whose effect runs through this one.
    pub carries: Vec<usize>,
    /// Which carry-over is tried; `None`: all.
    pub adstock: Option<Adstock>,
    /// Periods after its own in which pressure is still felt.
    pub max_lag: usize,
    /// Which saturation is tried; `None`: all.
    pub saturation: Option<Saturation>,
    /// Belief about its ROAS: mean and standard deviation of a normal distribution cut off at zero.
    pub prior: Option<(f64, f64)>,
    /// Probability, before the data speak, that it has no effect.
    pub no_effect: Option<f64>,
}

/// A driver of a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelDriver {
    /// What it is.
    pub driver: FrameDriver,
    /// Values; missing ones are set to the mean.
    pub values: Vec<f64>,
    /// Cells that have a row but no value.
    pub missing: u64,
}

/// Which joint effects are looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelInteractions {
    /// Whether every pair of channels is looked at.
    pub channels: bool,
    /// Places of drivers whose joint effect with every channel is looked at.
    pub drivers: Vec<usize>,
    /// Expected share of false claims among all claims.
    pub false_discovery_rate: f64,
}

/// A controlled experiment: one channel changed in some units for some periods.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelExperiment {
    /// Place of the channel.
    pub channel: usize,
    /// Places of the units.
    pub units: Vec<usize>,
    /// First period.
    pub start: usize,
    /// First period after the last.
    pub end: usize,
    /// Additional spend.
    pub spend_change: f64,
    /// Additional outcome that was measured.
    pub lift: f64,
    /// Its standard error, above 0.
    pub standard_error: f64,
}

impl PanelFrame {
    /// Number of periods, the lead included.
    #[must_use]
    pub fn width(&self) -> usize {
        self.periods.len()
    }

    /// All fitted periods as one block.
    #[must_use]
    pub fn whole(&self) -> Vec<std::ops::Range<usize>> {
        std::iter::once(self.lead..self.width()).collect()
    }

    /// Number of fitted periods.
    #[must_use]
    pub fn fitted_periods(&self) -> usize {
        self.periods.len() - self.lead
    }

    /// Where unit `unit` in period `period` stands.
    #[must_use]
    pub fn at(&self, unit: usize, period: usize) -> usize {
        unit * self.width() + period
    }

    /// Mean of a series of a unit, like [`PanelChannel::exposure`], over the last `periods` periods.
    #[must_use]
    pub fn rate(&self, series: &[f64], unit: usize, periods: usize) -> f64 {
        let last = &series[self.at(unit + 1, 0) - periods..self.at(unit + 1, 0)];
        last.iter().sum::<f64>() / periods as f64
    }

    /// True if the cell has an outcome to be fitted.
    #[must_use]
    pub fn is_observed(&self, unit: usize, period: usize) -> bool {
        period >= self.lead && self.outcome[self.at(unit, period)].is_finite()
    }

    /// The panel as it was known when `period` began: everything from then on is gone, experiments with it.
    #[must_use]
    pub fn until(&self, period: usize) -> Self {
        let cut = |series: &[f64]| -> Vec<f64> {
            series.chunks_exact(self.width()).flat_map(|of_unit| &of_unit[..period]).copied().collect()
        };
        let channels = self.channels.iter().map(|channel| PanelChannel {
            spend: channel.spend.as_deref().map(cut),
            exposure: cut(&channel.exposure),
            ..channel.clone()
        });
        let drivers =
            self.drivers.iter().map(|driver| PanelDriver { values: cut(&driver.values), ..driver.clone() });
        let controls = self
            .controls
            .iter()
            .map(|control| PanelControl { values: cut(&control.values), ..control.clone() });
        Self {
            periods: self.periods[..period].to_vec(),
            season_before: self.season_before[..period].to_vec(),
            end: self.periods.get(period).copied().unwrap_or(self.end),
            outcome: cut(&self.outcome),
            channels: channels.collect(),
            drivers: drivers.collect(),
            controls: controls.collect(),
            experiments: Vec::new(),
            ..self.clone()
        }
    }

    /// Number of cells that are fitted.
    #[must_use]
    pub fn rows(&self) -> usize {
        let cells = (0..self.units.len()).flat_map(|unit| (self.lead..self.width()).map(move |t| (unit, t)));
        cells.filter(|(unit, period)| self.is_observed(*unit, *period)).count()
    }
}
