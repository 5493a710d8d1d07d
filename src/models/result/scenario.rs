//! What would have happened, had spend or drivers been otherwise.

use chrono::NaiveDate;

use super::GateVerdict;
use crate::domain::{Change, Estimate, Gate, Role};

/// What a response model says of other spend and other circumstances in its fitted periods.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioResult {
    /// Model name.
    pub model: String,
    /// The verdict on the model as a whole.
    pub gate: GateVerdict,
    /// First day of the fitted periods.
    pub start: NaiveDate,
    /// First day after them.
    pub end: NaiveDate,
    /// Number of fitted periods.
    pub periods: usize,
    /// Units that were changed, if not all; figures count these alone.
    pub units: Vec<String>,
    /// Whether parts are factors of the outcome: then changes together are not the sum of each alone.
    pub multiplicative: bool,
    /// Outcome that was observed.
    pub actual: f64,
    /// Outcome that is fitted, above 0 for anything to be a share of it.
    pub fitted: f64,
    /// What a unit of outcome is worth; `None`: nothing is stated.
    pub worth: Option<f64>,
    /// Each change alone, in the order asked for.
    pub items: Vec<ScenarioItem>,
    /// Claimed joint effects that the changes move, all of them made: name and change of the outcome.
    pub joint: Vec<(String, Estimate)>,
    /// All changes together less the sum of all lines above; only where parts are factors.
    pub beyond_sum: Option<Estimate>,
    /// All changes together, joint effects included.
    pub total: ScenarioEffect,
    /// Things about the data that whoever reads the figures should know, as sentences.
    pub notes: Vec<String>,
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioItem {
    /// Channel or driver.
    pub name: String,
    /// What was asked for.
    pub change: Change,
    /// What it does alone, without joint effects.
    pub effect: ScenarioEffect,
    /// What is known of the channel or driver.
    pub subject: ScenarioSubject,
    /// Why the change leaves what was observed; `None`: it stays within.
    pub outside: Option<OutsideObserved>,
}

/// What is changed.
#[derive(Debug, Clone, PartialEq)]
pub enum ScenarioSubject {
    /// A channel.
    Channel {
        /// Whether its budget may be moved on what is known.
        gate: GateVerdict,
        /// Channels part of whose effect runs through it.
        carries: Vec<String>,
        /// Channels through which part of its effect runs.
        carried_by: Vec<String>,
    },
    /// A driver.
    Driver {
        /// What it may do: only a lever is ours to move.
        role: Role,
        /// Its mean over the cells that are changed, as it was.
        mean_before: f64,
        /// The same after the change.
        mean_after: f64,
    },
}

/// How far a change leaves what was observed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OutsideObserved {
    /// Mean pressure lies where single periods hardly ever were. All in multiples of the mean pressure.
    Pressure {
        /// After the change.
        multiple: f64,
        /// Smallest pressure of single periods: 1 % are below.
        least: f64,
        /// Largest: 1 % are above.
        most: f64,
    },
    /// Values lie where none was observed.
    Values {
        /// Smallest observed value.
        least: f64,
        /// Largest observed value.
        most: f64,
        /// Smallest value after the change.
        reaches_down_to: f64,
        /// Largest value after the change.
        reaches_up_to: f64,
        /// Share of the changed cells whose value is outside, 0 to 1.
        share: f64,
    },
}

/// What comes of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioEffect {
    /// Outcome with the change less outcome as it was, also after the last period.
    pub outcome: Estimate,
    /// The same as a share of the fitted outcome of the units that are changed.
    pub share: Estimate,
    /// Spend before and after; `None` where nothing has a price.
    pub spend: Option<(f64, f64)>,
    /// Change of the outcome per unit of changed spend; `None` where spend is not all that changes.
    pub marginal_roas: Option<Estimate>,
    /// Worth of the change of the outcome; `None` without a stated worth.
    pub worth: Option<Estimate>,
    /// The same less additional spend; `None` also where a channel has no price.
    pub gain: Option<Estimate>,
}

impl ScenarioResult {
    /// Changed channels whose budget may not be moved on this, with their verdict.
    pub fn doubtful(&self) -> impl Iterator<Item = (&ScenarioItem, &GateVerdict)> {
        self.items.iter().filter_map(|item| match &item.subject {
            ScenarioSubject::Channel { gate, .. } if gate.gate != Gate::Trusted => Some((item, gate)),
            _ => None,
        })
    }
}
