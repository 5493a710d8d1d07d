//! What a scenario asks for, held against a panel: names of channels and drivers, changes that mean something.

use std::collections::BTreeSet;

use super::interactions::Of;
use crate::domain::{Change, Role};
use crate::features::{DriverValues, PanelFrame};

/// Other spend and other circumstances.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioRequest {
    /// Channels and drivers with their changes, at least one.
    pub changes: Vec<(String, Change)>,
    /// Units that are changed; empty: all.
    pub units: Vec<String>,
}

/// Why a panel has no answer to a scenario.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScenarioError {
    /// No channel and no driver has this name.
    #[error("model `{model}` has no channel and no driver `{name}`")]
    UnknownName {
        /// The model.
        model: String,
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No unit has this name.
    #[error("model `{model}` has no unit `{unit}`")]
    UnknownUnit {
        /// The model.
        model: String,
        /// What was asked for.
        unit: String,
        /// What there is; empty for a single series.
        known: Vec<String>,
    },
    /// The same name twice.
    #[error("`{name}` is changed twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// A channel and a driver share the name.
    #[error("`{name}` is a channel and a driver of model `{model}`")]
    Ambiguous {
        /// The model.
        model: String,
        /// The name.
        name: String,
    },
    /// Spend is changed by an amount.
    #[error("channel `{channel}` cannot be changed by `{change}`")]
    AmountOfSpend {
        /// The channel.
        channel: String,
        /// The change.
        change: Change,
    },
    /// Nothing to change.
    #[error("channel `{channel}` had no pressure in the fitted periods, so there is nothing to change")]
    NoPressure {
        /// The channel.
        channel: String,
    },
    /// A driver that is a consequence of our own action.
    #[error("driver `{driver}` has `role: moved_by_us`, so the model has no effect of it")]
    MovedByUs {
        /// The driver.
        driver: String,
    },
    /// A driver that took no part.
    #[error("driver `{driver}` took no part in the model: it has the same value throughout, {value}")]
    Constant {
        /// The driver.
        driver: String,
        /// Its value.
        value: String,
    },
    /// A driver whose effect is not told from that of others.
    #[error("driver `{driver}` took no part in the model: it follows from the others")]
    Aliased {
        /// The driver.
        driver: String,
    },
    /// A share of values on both sides of zero.
    #[error("driver `{driver}` goes down to {least}, so `{change}` of its own level has no direction")]
    ShareOfSigned {
        /// The driver.
        driver: String,
        /// Its smallest value.
        least: f64,
        /// The change.
        change: Change,
    },
}

impl ScenarioError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        let names = |known: &[String]| {
            let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        };
        match self {
            Self::UnknownUnit { known, .. } if known.is_empty() => {
                "it has a single series; leave `--unit` out".to_owned()
            }
            Self::UnknownName { known, .. } | Self::UnknownUnit { known, .. } => {
                format!("there are {}", names(known))
            }
            Self::Twice { .. } => "name it once, with the whole change".to_owned(),
            Self::Ambiguous { .. } => "give one of them another name in the job".to_owned(),
            Self::AmountOfSpend { channel, .. } => format!(
                "spend changes by a share of itself, spread as it was: `{channel}=+20%`, `{channel}=-100%`"
            ),
            Self::NoPressure { .. } | Self::Constant { .. } => {
                "what never varied tells nothing about a change; leave it out".to_owned()
            }
            Self::MovedByUs { .. } => {
                "it is a consequence of our own action: change the channel or the lever \
                 that moves it, whose effect holds what runs through it"
                    .to_owned()
            }
            Self::Aliased { .. } => {
                "change the drivers that it follows from, or leave one of them out of the model".to_owned()
            }
            Self::ShareOfSigned { driver, .. } => {
                format!("change it by an amount in its own unit, such as `{driver}=+2`")
            }
        }
    }
}

/// A change of a channel or a driver of a panel.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) of: Of,
    pub(super) change: Change,
}

/// Places of the units that are changed, ascending.
pub(super) fn units(frame: &PanelFrame, request: &ScenarioRequest) -> Result<Vec<usize>, ScenarioError> {
    if request.units.is_empty() {
        return Ok((0..frame.units.len()).collect());
    }
    let place = |name: &String| {
        let single = frame.units.len() == 1 && frame.units[0].is_empty();
        frame.units.iter().position(|unit| unit == name && !single).ok_or_else(|| {
            ScenarioError::UnknownUnit {
                model: frame.model.clone(),
                unit: name.clone(),
                known: if single { Vec::new() } else { frame.units.clone() },
            }
        })
    };
    let places: BTreeSet<usize> = request.units.iter().map(place).collect::<Result<_, _>>()?;
    Ok(places.into_iter().collect())
}

/// The changes, held against what the panel has in `units`.
pub(super) fn items(
    frame: &PanelFrame,
    request: &ScenarioRequest,
    units: &[usize],
) -> Result<Vec<Item>, ScenarioError> {
    let mut seen = BTreeSet::new();
    request
        .changes
        .iter()
        .map(|(name, change)| {
            if !seen.insert(name) {
                return Err(ScenarioError::Twice { name: name.clone() });
            }
            let of = place(frame, name)?;
            match of {
                Of::Channel(at) => channel(frame, at, *change, units)?,
                Of::Driver(at) => driver(frame, at, *change)?,
            }
            Ok(Item { of, change: *change })
        })
        .collect()
}

fn place(frame: &PanelFrame, name: &str) -> Result<Of, ScenarioError> {
    let channel = frame.channels.iter().position(|channel| channel.name == name);
    let driver = frame.drivers.iter().position(|driver| driver.driver.name == name);
    let model = || frame.model.clone();
    match (channel, driver) {
        (Some(channel), None) => Ok(Of::Channel(channel)),
        (None, Some(driver)) => Ok(Of::Driver(driver)),
        (Some(_), Some(_)) => Err(ScenarioError::Ambiguous { model: model(), name: name.to_owned() }),
        (None, None) => {
            let channels = frame.channels.iter().map(|channel| channel.name.clone());
            let drivers = frame.drivers.iter().map(|driver| driver.driver.name.clone());
            let known = channels.chain(drivers).collect();
            Err(ScenarioError::UnknownName { model: model(), name: name.to_owned(), known })
        }
    }
}

fn channel(frame: &PanelFrame, at: usize, change: Change, units: &[usize]) -> Result<(), ScenarioError> {
    let channel = &frame.channels[at];
    if let Change::Shift(_) = change {
        return Err(ScenarioError::AmountOfSpend { channel: channel.name.clone(), change });
    }
    let fitted = |unit: &usize| frame.at(*unit, frame.lead)..frame.at(unit + 1, 0);
    if units.iter().flat_map(fitted).all(|cell| channel.exposure[cell] <= 0.0) {
        return Err(ScenarioError::NoPressure { channel: channel.name.clone() });
    }
    Ok(())
}

fn driver(frame: &PanelFrame, at: usize, change: Change) -> Result<(), ScenarioError> {
    let known = &frame.drivers[at].driver;
    let driver = known.name.clone();
    if known.role == Role::MovedByUs {
        return Err(ScenarioError::MovedByUs { driver });
    }
    match &known.values {
        DriverValues::Constant { value } => Err(ScenarioError::Constant { driver, value: value.clone() }),
        DriverValues::Numeric { min, .. } if *min < 0.0 && matches!(change, Change::Share(_)) => {
            Err(ScenarioError::ShareOfSigned { driver, least: *min, change })
        }
        DriverValues::Numeric { .. } | DriverValues::Categorical { .. } => Ok(()),
    }
}

/// The panel with the changes made in the fitted periods of `units`; what was before them stays.
pub(super) fn changed(frame: &PanelFrame, items: &[Item], units: &[usize]) -> PanelFrame {
    let mut changed = frame.clone();
    for Item { of, change } in items {
        for unit in units {
            let cells = frame.at(*unit, frame.lead)..frame.at(unit + 1, 0);
            let series = match *of {
                Of::Channel(at) => {
                    let channel = &mut changed.channels[at];
                    std::iter::once(&mut channel.exposure).chain(&mut channel.spend).collect::<Vec<_>>()
                }
                Of::Driver(at) => vec![&mut changed.drivers[at].values],
            };
            for series in series {
                series[cells.clone()].iter_mut().for_each(|value| *value = change.apply(*value));
            }
        }
    }
    changed
}
