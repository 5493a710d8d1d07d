//! How a channel acts in this world: how pressure lasts, how it wears off, what moves its spend.

/// How the pressure of a week is felt in the weeks after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CarryOver {
    /// Falls from week to week by the same factor.
    Geometric {
        /// What is left a week later, 0–1.
        retention: f64,
    },
    /// Builds up before it falls: week `l` weighs `(l + 1)^shape × retention^l`.
    Delayed {
        /// Factor of the fall, 0–1.
        retention: f64,
        /// How long it builds up.
        shape: f64,
    },
}

/// Weeks in which pressure is felt, the week itself included.
pub const WEEKS_FELT: usize = 13;

impl CarryOver {
    /// Weights of the week itself and the weeks after it, which sum to 1.
    #[must_use]
    pub fn weights(self) -> [f64; WEEKS_FELT] {
        let mut weights = [0.0; WEEKS_FELT];
        for (lag, weight) in weights.iter_mut().enumerate() {
            let lag = lag as f64;
            *weight = match self {
                Self::Geometric { retention } => retention.powf(lag),
                Self::Delayed { retention, shape } => (lag + 1.0).powf(shape) * retention.powf(lag),
            };
        }
        let total: f64 = weights.iter().sum();
        weights.map(|weight| weight / total)
    }
}

/// How response grows with pressure, from 0 towards 1. Pressure is measured in half-saturations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Saturation {
    /// `x^slope / (1 + x^slope)`.
    Hill {
        /// Above 1 the curve starts like an S.
        slope: f64,
    },
    /// `1 − 2^(−x)`.
    Exponential,
    /// `(1 − e^(−λx)) / (1 + e^(−λx))` with λ = ln 3.
    Logistic,
}

impl Saturation {
    /// Response to pressure `x ≥ 0`; one half at `x = 1`.
    #[must_use]
    pub fn at(self, x: f64) -> f64 {
        match self {
            Self::Hill { slope } => {
                let power = x.powf(slope);
                power / (1.0 + power)
            }
            Self::Exponential => 1.0 - (-x).exp2(),
            Self::Logistic => (0.5 * 3.0_f64.ln() * x).tanh(),
        }
    }
}

/// Weeks on air and weeks off, drawn anew for each group of regions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flights {
    /// Fewest and most weeks on air.
    pub on: (u64, u64),
    /// Fewest and most weeks off.
    pub off: (u64, u64),
    /// Spend while off as a share of spend while on.
    pub low: f64,
    /// Groups of regions that are on air together.
    pub groups: u64,
}

/// A way to spend money on customers, as it truly works.
#[derive(Debug, Clone, Copy)]
pub struct Channel {
    /// Name in clean tables.
    pub name: &'static str,
    /// What is bought: impressions, clicks, visits.
    pub exposure: &'static str,
    /// Euros per 1,000 of it, on average.
    pub cost_per_thousand: f64,
    /// Planned spend as a share of revenue.
    pub share: f64,
    /// Incremental revenue per euro at the planned spend, without synergy and without other channels' help.
    pub roas: f64,
    /// How long pressure lasts.
    pub carry_over: CarryOver,
    /// How response wears off.
    pub saturation: Saturation,
    /// Half-saturation, in multiples of the planned weekly pressure.
    pub half: f64,
    /// Relative change of spend per relative change of last week's demand.
    pub follows_demand: f64,
    /// Relative change of spend per relative change of last week's revenue.
    pub follows_revenue: f64,
    /// Standard deviation of the relative change of spend that all regions share.
    pub noise_national: f64,
    /// Standard deviation of the relative change of spend in one region.
    pub noise_regional: f64,
    /// Weeks on and off air; `None`: always on.
    pub flights: Option<Flights>,
    /// Who books it: `marketing` or `sales`.
    pub side: &'static str,
    /// Whether the agency books it, and exports it in its own format.
    pub by_agency: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressure_is_conserved() {
        for carry_over in [
            CarryOver::Geometric { retention: 0.0 },
            CarryOver::Geometric { retention: 0.7 },
            CarryOver::Delayed { retention: 0.6, shape: 1.5 },
        ] {
            assert!((carry_over.weights().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn delayed_pressure_peaks_after_the_week_itself() {
        let weights = CarryOver::Delayed { retention: 0.6, shape: 1.5 }.weights();
        let peak = (0..WEEKS_FELT).max_by(|a, b| weights[*a].total_cmp(&weights[*b]));
        assert_eq!(peak, Some(2));
    }

    #[test]
    fn response_is_half_at_half_saturation_and_grows_towards_one() {
        for saturation in [
            Saturation::Hill { slope: 1.0 },
            Saturation::Hill { slope: 1.4 },
            Saturation::Exponential,
            Saturation::Logistic,
        ] {
            assert!(saturation.at(0.0).abs() < 1e-12);
            assert!((saturation.at(1.0) - 0.5).abs() < 1e-12);
            assert!(saturation.at(2.0) > saturation.at(1.0) && saturation.at(100.0) <= 1.0);
        }
    }
}
