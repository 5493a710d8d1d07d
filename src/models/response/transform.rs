//! How pressure becomes response: carry-over first, then saturation.
//!
//! Pure functions of a series. Weights sum to one, so that a carried-over series has the units and, but
//! for its edges, the sum of the pressure itself; saturation is stated in multiples of the channel's mean
//! pressure, so that one grid of shapes serves every channel.

/// λ of a logistic curve whose half is 1.
const LN_3: f64 = 1.098_612_288_668_109_8;

/// How pressure of a period is felt in the periods after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Adstock {
    /// Falls from period to period by the factor `retention`: lag l weighs `retention^l`.
    Geometric {
        /// What is left a period later, in [0, 1).
        retention: f64,
    },
    /// Builds up, then fades like a geometric one: lag l weighs `(l + 1)^shape × retention^l`, a negative
    /// binomial in all but name.
    Fading {
        /// What is left a period later once it fades, in (0, 1).
        retention: f64,
        /// How long it builds up, above 0.
        shape: f64,
    },
    /// Builds up for `delay` periods before it falls: lag l weighs `retention^((l − delay)²)`
    /// (Jin et al. 2017, "Bayesian methods for media mix modeling with carryover and shape effects").
    Delayed {
        /// How slowly the bell falls off, in (0, 1).
        retention: f64,
        /// Periods until its peak.
        delay: f64,
    },
}

/// How response wears off with pressure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Saturation {
    /// `x`.
    None,
    /// `x^slope / (x^slope + half^slope)`, from 0 towards 1, one half at `half`.
    Hill {
        /// Pressure of half the largest response.
        half: f64,
        /// 1: wears off at once; above 1: starts like an S.
        slope: f64,
    },
    /// `(1 − e^(−λx)) / (1 + e^(−λx))` with λ = ln 3 / half: one half at `half`.
    Logistic {
        /// Pressure of half the largest response.
        half: f64,
    },
}

/// One way in which a channel may work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    /// Carry-over.
    pub adstock: Adstock,
    /// Saturation, in multiples of the channel's mean pressure.
    pub saturation: Saturation,
}

impl Adstock {
    /// Weights of lags 0 to `max_lag`, which sum to 1. Weights that no longer matter are left off.
    #[must_use]
    pub(super) fn weights(self, max_lag: usize) -> Vec<f64> {
        let weight = |lag: usize| {
            let lag = lag as f64;
            match self {
                Self::Geometric { retention } => retention.powf(lag),
                Self::Fading { retention, shape } => (lag + 1.0).powf(shape) * retention.powf(lag),
                Self::Delayed { retention, delay } => retention.powf((lag - delay).powi(2)),
            }
        };
        let mut weights: Vec<f64> = (0..=max_lag).map(weight).collect();
        let total: f64 = weights.iter().sum();
        while weights.len() > 1 && weights.last().is_some_and(|weight| *weight < 1e-9 * total) {
            weights.pop();
        }
        let total: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight /= total;
        }
        weights
    }

    /// Carry-over of `pressure`, which is taken to be 0 before its first period, into `felt`.
    pub(super) fn apply(self, pressure: &[f64], max_lag: usize, felt: &mut Vec<f64>) {
        felt.clear();
        let weights = self.weights(max_lag);
        felt.extend((0..pressure.len()).map(|period| {
            let lags = weights.iter().zip(pressure[..=period].iter().rev());
            lags.map(|(weight, pressure)| weight * pressure).sum::<f64>()
        }));
    }
}

impl Saturation {
    /// Response to pressure `x ≥ 0`.
    #[must_use]
    pub(super) fn at(self, x: f64) -> f64 {
        match self {
            Self::None => x,
            Self::Hill { half, slope } => {
                let ratio = x / half;
                // The two slopes of the grid need no power function.
                let power = if (slope - 1.0).abs() < f64::EPSILON {
                    ratio
                } else if (slope - 2.0).abs() < f64::EPSILON {
                    ratio * ratio
                } else {
                    ratio.powf(slope)
                };
                power / (1.0 + power)
            }
            Self::Logistic { half } => {
                // A hyperbolic tangent, but one exponential is several times faster.
                let left = (-LN_3 * x / half).exp();
                (1.0 - left) / (1.0 + left)
            }
        }
    }
}

impl Shape {
    /// Share of the carry-over that is felt after the period itself.
    #[must_use]
    pub(super) fn carry_over_share(self, max_lag: usize) -> f64 {
        1.0 - self.adstock.weights(max_lag).first().copied().unwrap_or(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADSTOCKS: [Adstock; 5] = [
        Adstock::Geometric { retention: 0.0 },
        Adstock::Geometric { retention: 0.8 },
        Adstock::Delayed { retention: 0.5, delay: 1.0 },
        Adstock::Delayed { retention: 0.85, delay: 3.0 },
        Adstock::Fading { retention: 0.5, shape: 1.5 },
    ];

    #[test]
    fn carry_over_conserves_pressure_once_its_tail_is_counted() {
        for adstock in ADSTOCKS {
            let mut pressure = vec![0.0; 40];
            pressure[3] = 2.0;
            pressure[9] = 5.0;
            let mut felt = Vec::new();
            adstock.apply(&pressure, 13, &mut felt);
            assert!((felt.iter().sum::<f64>() - 7.0).abs() < 1e-12, "{adstock:?}");
            assert!(felt[..3].iter().all(|felt| *felt == 0.0));
        }
    }

    #[test]
    fn delayed_pressure_peaks_at_its_delay() {
        let weights = Adstock::Delayed { retention: 0.7, delay: 2.0 }.weights(13);
        let peak = (0..weights.len()).max_by(|a, b| weights[*a].total_cmp(&weights[*b]));
        assert_eq!(peak, Some(2));
    }

    #[test]
    fn saturations_are_one_half_at_their_half() {
        for saturation in [
            Saturation::Hill { half: 1.7, slope: 1.0 },
            Saturation::Hill { half: 1.7, slope: 2.0 },
            Saturation::Hill { half: 1.7, slope: 1.4 },
            Saturation::Logistic { half: 1.7 },
        ] {
            assert!((saturation.at(1.7) - 0.5).abs() < 1e-12, "{saturation:?}");
            assert!(saturation.at(0.0).abs() < 1e-12);
            assert!(saturation.at(40.0) < 1.0 + 1e-12 && saturation.at(3.0) > saturation.at(2.0));
        }
    }
}
