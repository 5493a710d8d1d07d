//! What other levels of pressure would bring: one channel in one unit, in one shape, at many levels at once.
//!
//! Carry-over is linear, so one pass over the pressure serves every level of the part that is varied.

use std::ops::Range;

use super::design::Design;
use super::returns::usual_worth;
use super::transform::Shape;

/// Pressure of a channel in a unit, as what stays and what is varied.
pub(super) struct Course {
    /// What stays as it is.
    kept: Vec<f64>,
    /// What is varied; level 1 is as it was.
    varied: Vec<f64>,
    /// First period that counts.
    from: usize,
}

impl Course {
    /// The panel's own pressure, varied inside `window`. Nothing is known of pressure after the panel: what is carried
    /// over fades on its own.
    pub(super) fn of_window(design: &Design<'_>, channel: usize, unit: usize, window: &Range<usize>) -> Self {
        let frame = design.frame;
        let mut kept = Vec::new();
        design.pressure(channel, unit, &mut kept);
        kept.resize(frame.width() + frame.channels[channel].max_lag, 0.0);
        let mut varied = vec![0.0; kept.len()];
        varied[window.clone()].copy_from_slice(&kept[window.clone()]);
        kept[window.start..].fill(0.0);
        Self { kept, varied, from: window.start }
    }

    /// The panel's own pressure, then `weights.len()` periods whose pressure is varied, each `weights` of level 1;
    /// afterwards `usual` in every period for as long as they are felt.
    pub(super) fn ahead(
        design: &Design<'_>,
        channel: usize,
        unit: usize,
        weights: &[f64],
        usual: f64,
    ) -> Self {
        let frame = design.frame;
        let from = frame.width();
        let end = from + weights.len() + frame.channels[channel].max_lag;
        let mut kept = Vec::new();
        design.pressure(channel, unit, &mut kept);
        kept.resize(from + weights.len(), 0.0);
        kept.resize(end, usual);
        let mut varied = vec![0.0; end];
        varied[from..from + weights.len()].copy_from_slice(weights);
        Self { kept, varied, from }
    }
}

/// What a shape does in one unit at every level of pressure.
pub(super) enum Felt {
    /// Incremental outcome of one unit of effect, by level.
    Additive(Vec<f64>),
    /// Outcome as it was, and by level the response less that of level 1.
    Multiplicative {
        /// By period.
        outcome: Vec<f64>,
        /// At level 0.
        without: Vec<f64>,
        /// By level, then period.
        by_level: Vec<Vec<f64>>,
    },
}

impl Felt {
    /// Works out the levels `levels` of `course`.
    pub(super) fn new(
        design: &Design<'_>,
        channel: usize,
        shape: Shape,
        unit: usize,
        course: &Course,
        levels: &[f64],
    ) -> Self {
        let frame = design.frame;
        let lag = frame.channels[channel].max_lag;
        let (mut kept, mut varied) = (Vec::new(), Vec::new());
        shape.adstock.apply(&course.kept, lag, &mut kept);
        shape.adstock.apply(&course.varied, lag, &mut varied);
        let response = |level: f64| -> Vec<f64> {
            let felt = kept[course.from..].iter().zip(&varied[course.from..]);
            felt.map(|(kept, varied)| shape.saturation.at(kept + level * varied)).collect()
        };
        let usual = usual_worth(design, unit);
        let worth = (course.from..course.kept.len()).map(|period| {
            let worth = if period < frame.width() { design.worth_of_one(unit, period) } else { usual };
            if worth.is_finite() { worth } else { usual }
        });
        let worth: Vec<f64> = worth.collect();
        let nothing = response(0.0);
        let less = |response: Vec<f64>, other: &[f64]| -> Vec<f64> {
            response.iter().zip(other).map(|(response, other)| response - other).collect()
        };
        if frame.multiplicative {
            let today = response(1.0);
            let by_level = levels.iter().map(|level| less(response(*level), &today)).collect();
            return Self::Multiplicative { outcome: worth, without: less(nothing, &today), by_level };
        }
        let brings = |level: &f64| -> f64 {
            let more = less(response(*level), &nothing);
            more.iter().zip(&worth).map(|(more, worth)| more * worth).sum()
        };
        Self::Additive(levels.iter().map(brings).collect())
    }

    /// Incremental outcome at a level, for a given effect.
    pub(super) fn brings(&self, level: usize, effect: f64) -> f64 {
        match self {
            Self::Additive(by_level) => effect * by_level[level],
            Self::Multiplicative { outcome, without, by_level } => outcome
                .iter()
                .zip(without.iter().zip(&by_level[level]))
                .map(|(outcome, (without, with))| {
                    outcome * ((effect * with).exp() - (effect * without).exp())
                })
                .sum(),
        }
    }
}
