//! Resolved response models: what spend and circumstances do to an outcome over time.

use super::model::Driver;
use crate::domain::{Adstock, Calendar, Form, Language, LocalText, Saturation, Trend};

/// A checked response model.
#[derive(Debug, Clone)]
pub struct ResponseModel {
    /// Key in the job file.
    pub name: String,
    /// What people read.
    pub label: LocalText,
    /// Table with one row per period and unit.
    pub table: String,
    /// Column of the outcome.
    pub outcome: String,
    /// Unit of the outcome, for texts; the job's currency unless stated.
    pub outcome_unit: String,
    /// Column that dates a row.
    pub at: String,
    /// Column of the unit; `None`: one series.
    pub unit: Option<String>,
    /// Column of the units' size; `None`: the mean outcome of a unit is its size.
    pub size: Option<String>,
    /// What a unit of outcome is worth; `None`: as much as itself.
    pub worth: Option<Worth>,
    /// Where spend and exposure stand.
    pub media: Media,
    /// Channels that the job says something about, in the order of the file. All of them for
    /// [`Media::Wide`]; for [`Media::Long`] the data may hold more.
    pub channels: Vec<Channel>,
    /// Drivers in the order of the file. Every one has a stated role.
    pub drivers: Vec<Driver>,
    /// How the baseline may drift.
    pub trend: Trend,
    /// Pairs of sine and cosine per year that are always in the model.
    pub yearly_harmonics: u8,
    /// How parts make up the outcome.
    pub form: Form,
    /// Which joint effects are looked for; `None`: none.
    pub interactions: Option<Interactions>,
    /// Table of experiments; `None`: none.
    pub experiments: Option<String>,
    /// The KPI that the outcome moves; recommendations go to the owners of its decisions.
    pub explains: Option<String>,
}

impl ResponseModel {
    /// What people read of a channel; its own name if the job says nothing about it.
    #[must_use]
    pub fn channel_label<'a>(&'a self, channel: &'a str, language: Language) -> &'a str {
        let described = self.channels.iter().find(|known| known.name == channel);
        described.map_or(channel, |known| known.label.get(language))
    }

    /// Most periods after its own in which pressure of any channel is still felt.
    ///
    /// So many periods before the first one that is fitted are read, so that its carry-over is known.
    #[must_use]
    pub fn longest_lag(&self, calendar: &Calendar) -> u32 {
        let default = Channel::default_lag(calendar);
        let stated = self.channels.iter().map(|channel| channel.lag(calendar)).max();
        match self.media {
            Media::Wide => stated.unwrap_or(default),
            // The data may hold channels that the job says nothing about.
            Media::Long { .. } => stated.unwrap_or(default).max(default),
        }
    }
}

impl Channel {
    /// Periods after its own in which pressure is still felt, unless the job says otherwise: a quarter of a year.
    #[must_use]
    pub fn default_lag(calendar: &Calendar) -> u32 {
        calendar.period.per_year().div_ceil(4)
    }

    /// Periods after its own in which pressure is still felt; 0 without carry-over.
    #[must_use]
    pub fn lag(&self, calendar: &Calendar) -> u32 {
        match self.adstock {
            Some(Adstock::None) => 0,
            Some(Adstock::Geometric | Adstock::Delayed) | None => {
                self.max_lag.map_or_else(|| Self::default_lag(calendar), u32::from)
            }
        }
    }
}

/// What a unit of outcome is worth: columns of the model's table, summed over the window.
#[derive(Debug, Clone, PartialEq)]
pub struct Worth {
    /// What is left of the outcome before service.
    pub margin: Margin,
    /// Columns with amounts that are taken off.
    pub minus: Vec<String>,
}

/// How a margin is stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Margin {
    /// Column with an amount per row.
    Amount(String),
    /// Column with a share of the outcome, 0 to 1.
    Rate(String),
}

/// Where spend and exposure stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    /// In columns of the model's table; each channel names its own.
    Wide,
    /// In a table of their own with one row per period, unit and channel. Rows of one cell are summed.
    Long {
        /// The table.
        table: String,
        /// Column with the name of the channel.
        key: String,
        /// Column that dates a row.
        at: String,
        /// Column with money; `None`: no channel has a price.
        spend: Option<String>,
        /// Column with media pressure; `None`: money is the pressure.
        exposure: Option<String>,
    },
}

/// What the job says about a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// Name in results; for [`Media::Long`] the value of the key column.
    pub name: String,
    /// What people read.
    pub label: LocalText,
    /// Column with money; always `None` for [`Media::Long`] and for organic channels.
    pub spend: Option<String>,
    /// Column with media pressure; always `None` for [`Media::Long`].
    pub exposure: Option<String>,
    /// Who books it, for example `marketing` or `sales`.
    pub side: Option<String>,
    /// Channels part of whose effect runs through this one.
    pub carries: Vec<String>,
    /// Which carry-over is tried; `None`: all.
    pub adstock: Option<Adstock>,
    /// Periods after its own in which pressure is still felt; `None`: a quarter of a year.
    pub max_lag: Option<u16>,
    /// Which saturation is tried; `None`: all.
    pub saturation: Option<Saturation>,
    /// What is believed about its ROAS before the data speak; `None`: the default.
    pub prior: Option<RoasPrior>,
    /// Probability, before the data speak, that it has no effect; `None`: the default.
    pub no_effect: Option<f64>,
}

/// Belief about a ROAS: a normal distribution cut off below zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoasPrior {
    /// Its center.
    pub mean: f64,
    /// Its standard deviation, above 0.
    pub standard_deviation: f64,
}

/// Which joint effects are looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Interactions {
    /// Whether every pair of channels is looked at.
    pub channels: bool,
    /// Drivers whose joint effect with every channel is looked at.
    pub drivers: Vec<String>,
    /// Expected share of false claims among all claims, in (0, 1).
    pub false_discovery_rate: f64,
}
