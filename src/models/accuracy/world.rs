//! Worlds of known truth, drawn from wide ranges, to hold response models to.
//!
//! Independent of the models: carry-over and saturation are written here once more, with shapes that no
//! model of ours has. Ranges: see [`World::draw`].

use chrono::{Days, NaiveDate};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::domain::{LocalText, Party, Role};
use crate::features::{DriverValues, FrameDriver, PanelChannel, PanelControl, PanelDriver, PanelFrame};

/// Periods before the first fitted one.
const LEAD: usize = 13;
/// Periods in which pressure is felt.
const FELT: usize = 14;
/// Periods per year.
const YEAR: f64 = 52.0;

/// What a world is like.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// Its number.
    pub seed: u64,
    /// Number of units.
    pub units: usize,
    /// Number of fitted weeks.
    pub periods: usize,
    /// Number of channels.
    pub channels: usize,
    /// Standard deviation of a unit's noise, as a share of its outcome.
    pub noise: f64,
    /// Correlation of noise from week to week.
    pub memory: f64,
    /// Share of the noise's variance that all units share.
    pub shared: f64,
    /// How far spend follows demand.
    pub confounding: f64,
    /// Correlation of the channels' spends beyond demand.
    pub correlation: f64,
    /// Standard deviation of a channel's effect between units, relative to its mean.
    pub heterogeneity: f64,
    /// Share of the outcome that media bring.
    pub media_share: f64,
    /// Whether curves and carry-over are of kinds that no grid has.
    pub misspecified: bool,
    /// What the first two channels with an effect bring together beyond their sum, as a share of what the smaller
    /// one brings, when both are at their mean. No channel's truth counts it.
    pub synergy: f64,
}

/// The truth of one channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Truth {
    /// Return on spend inside the fitted periods.
    pub roas: f64,
    /// Money spent there.
    pub spend: f64,
    /// What it brought.
    pub incremental: f64,
}

#[derive(Debug, Clone, Copy)]
enum Carry {
    Geometric(f64),
    Delayed(f64, f64),
    /// Weibull survival with scale and shape.
    Weibull(f64, f64),
}

#[derive(Debug, Clone, Copy)]
enum Curve {
    Hill(f64, f64),
    Logistic(f64),
    /// 1 − e^(−x/h): no grid has it.
    Exponential(f64),
    /// x^p: no grid has it.
    Power(f64),
}

impl Carry {
    fn weights(self) -> Vec<f64> {
        let mut weights: Vec<f64> = (0..FELT)
            .map(|lag| {
                let lag = lag as f64;
                match self {
                    Self::Geometric(retention) => retention.powf(lag),
                    Self::Delayed(retention, delay) => retention.powf((lag - delay).powi(2)),
                    Self::Weibull(scale, shape) => (-(lag / scale).powf(shape)).exp(),
                }
            })
            .collect();
        let total: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight /= total;
        }
        weights
    }
}

impl Curve {
    fn at(self, x: f64) -> f64 {
        match self {
            Self::Hill(half, slope) => x.powf(slope) / (x.powf(slope) + half.powf(slope)),
            Self::Logistic(half) => 2.0 / (1.0 + (-(3.0_f64.ln()) * x / half).exp()) - 1.0,
            Self::Exponential(half) => 1.0 - (-(2.0_f64.ln()) * x / half).exp(),
            Self::Power(power) => x.powf(power),
        }
    }
}

struct Stream(ChaCha8Rng);

impl Stream {
    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.random::<f64>()
    }
    fn log_between(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }
    fn chance(&mut self, share: f64) -> bool {
        self.0.random::<f64>() < share
    }
    fn series(&mut self, length: usize, memory: f64) -> Vec<f64> {
        let mut value = self.normal();
        (0..length)
            .map(|_| {
                value = memory * value + (1.0 - memory * memory).sqrt() * self.normal();
                value
            })
            .collect()
    }
}

impl World {
    /// Draws the world `seed`: 1 unit in three of ten worlds, else up to 100; 80–260 weeks, 3–12 channels,
    /// noise 2–15 %, memory 0–.7, spend that follows demand by 0–1.2, correlated by 0–.7; no synergy.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let mut stream = Stream(ChaCha8Rng::seed_from_u64(0x00C0_FFEE ^ seed));
        let national = stream.chance(0.3);
        let units = if national { 1.0 } else { stream.log_between(3.0, 101.0).floor() };
        Self {
            seed,
            units: whole(units),
            periods: whole(stream.between(80.0, 261.0).floor()),
            channels: whole(stream.between(3.0, 13.0).floor()),
            noise: if national { stream.log_between(0.02, 0.08) } else { stream.log_between(0.03, 0.15) },
            memory: stream.between(0.0, 0.7),
            shared: stream.between(0.0, 0.4),
            confounding: stream.between(0.0, 1.2),
            correlation: stream.between(0.0, 0.7),
            heterogeneity: if stream.chance(0.5) { 0.0 } else { stream.between(0.1, 0.4) },
            media_share: stream.between(0.08, 0.4),
            misspecified: stream.chance(0.33),
            synergy: 0.0,
        }
    }

    /// Lives the world: the panel that a model sees, and the truth by channel.
    #[must_use]
    #[allow(clippy::too_many_lines, reason = "a world is one story; its parts mean nothing apart")]
    pub fn live(&self) -> (PanelFrame, Vec<Truth>) {
        let mut stream = Stream(ChaCha8Rng::seed_from_u64(self.seed));
        let width = LEAD + self.periods;
        let (units, channels) = (self.units, self.channels);
        let sizes: Vec<f64> = (0..units).map(|_| (0.8 * stream.normal()).exp() * 100.0).collect();
        let levels: Vec<f64> = (0..units).map(|_| 10.0 * (0.2 * stream.normal()).exp()).collect();
        let phase = stream.between(0.0, std::f64::consts::TAU);
        let swing = stream.between(0.0, 0.15);
        let season: Vec<f64> =
            (0..width).map(|t| swing * (std::f64::consts::TAU * t as f64 / YEAR + phase).sin()).collect();
        let growth = stream.between(-0.05, 0.08);
        let national_demand = stream.series(width, 0.85);
        let demand: Vec<f64> = (0..units)
            .flat_map(|_| {
                let own = stream.series(width, 0.7);
                (0..width)
                    .map(|t| {
                        if units == 1 {
                            0.12 * national_demand[t]
                        } else {
                            0.10 * national_demand[t] + 0.06 * own[t]
                        }
                    })
                    .collect::<Vec<_>>()
            })
            .collect();
        let weather: Vec<f64> = (0..units).flat_map(|_| stream.series(width, 0.5)).collect();
        let (demand_effect, weather_effect) = (stream.between(0.3, 1.0), stream.between(-0.03, 0.03));

        // Spend: a plan per channel, flights, demand, a factor that all channels share, and chance.
        let common = stream.series(width, 0.8);
        let mut spends = Vec::with_capacity(channels);
        let mut frames = Vec::with_capacity(channels);
        for channel in 0..channels {
            let plan = stream.log_between(0.003, 0.03) * 10.0;
            let flighted = stream.chance(0.4);
            let follows = self.confounding * stream.between(0.0, 2.0);
            let own = stream.series(width, 0.6);
            let on: Vec<bool> = flights(&mut stream, width);
            let strength = 0.45;
            let mut spend = Vec::with_capacity(units * width);
            for unit in 0..units {
                let local = stream.series(width, 0.5);
                let shift = whole(stream.between(0.0, width as f64));
                for t in 0..width {
                    let joint =
                        self.correlation.sqrt() * common[t] + (1.0 - self.correlation).sqrt() * own[t];
                    let spread = if units == 1 { joint } else { 0.7 * joint + 0.7 * local[t] };
                    let flight = if !flighted {
                        1.0
                    } else if on[(t + shift) % width] {
                        1.8
                    } else {
                        0.05
                    };
                    let before = t.saturating_sub(1);
                    let change =
                        follows * (demand[unit * width + before] + season[before]) + strength * spread;
                    spend.push(plan * sizes[unit] * flight * change.exp());
                }
            }
            let cost = stream.log_between(1.0, 50.0);
            let costs: Vec<f64> =
                stream.series(width, 0.9).into_iter().map(|c| cost * (0.05 * c).exp()).collect();
            let exposure: Vec<f64> =
                spend.iter().enumerate().map(|(at, money)| 1_000.0 * money / costs[at % width]).collect();
            frames.push(PanelChannel {
                name: format!("channel_{channel}"),
                label: label(&format!("channel {channel}")),
                side: None,
                spend: Some(spend.clone()),
                exposure,
                carries: Vec::new(),
                adstock: None,
                max_lag: 13,
                saturation: None,
                prior: None,
                no_effect: None,
            });
            spends.push(spend);
        }

        // Response of each channel, scaled to its share of the outcome.
        let shares: Vec<f64> = (0..channels)
            .map(|_| if stream.chance(0.2) { 0.0 } else { stream.log_between(0.3, 3.0) })
            .collect();
        let total_share: f64 = shares.iter().sum();
        let mut media = vec![0.0; units * width];
        let mut brought = Vec::with_capacity(channels);
        let mut truths = Vec::with_capacity(channels);
        for (channel, frame) in frames.iter().enumerate() {
            let carry = self.carry(&mut stream);
            let curve = self.curve(&mut stream);
            let weights = carry.weights();
            let mean = (0..units)
                .map(|u| frame.exposure[u * width + LEAD..(u + 1) * width].iter().sum::<f64>() / sizes[u])
                .sum::<f64>()
                / (units * self.periods) as f64;
            let varied: Vec<f64> =
                (0..units).map(|_| (1.0 + self.heterogeneity * stream.normal()).max(0.0)).collect();
            let mut with = vec![0.0; units * (width + FELT)];
            let mut without = with.clone();
            for u in 0..units {
                for t in 0..width + FELT {
                    let felt = |skip: bool| -> f64 {
                        let lags = weights.iter().enumerate().filter(|(lag, _)| *lag <= t && t - lag < width);
                        let lags = lags.filter(|(lag, _)| !(skip && t - lag >= LEAD));
                        lags.map(|(lag, w)| w * frame.exposure[u * width + t - lag] / sizes[u] / mean).sum()
                    };
                    with[u * (width + FELT) + t] = sizes[u] * varied[u] * curve.at(felt(false));
                    without[u * (width + FELT) + t] = sizes[u] * varied[u] * curve.at(felt(true));
                }
            }
            let sum: f64 = (0..units)
                .flat_map(|u| with[u * (width + FELT) + LEAD..u * (width + FELT) + width].iter())
                .sum();
            let outcome: f64 = (0..units).map(|u| sizes[u] * levels[u] * self.periods as f64).sum();
            let wanted = if total_share > 0.0 {
                shares[channel] / total_share * self.media_share * outcome
            } else {
                0.0
            };
            let beta = if sum > 0.0 { wanted / sum } else { 0.0 };
            let mut incremental = 0.0;
            let mut series = vec![0.0; units * width];
            for u in 0..units {
                for t in 0..width + FELT {
                    let at = u * (width + FELT) + t;
                    if t < width {
                        series[u * width + t] = beta * with[at];
                        media[u * width + t] += beta * with[at];
                    }
                    if t >= LEAD {
                        incremental += beta * (with[at] - without[at]);
                    }
                }
            }
            let spend: f64 = (0..units)
                .map(|u| spends[channel][u * width + LEAD..(u + 1) * width].iter().sum::<f64>())
                .sum();
            truths.push(Truth { roas: incremental / spend, spend, incremental });
            brought.push(series);
        }
        self.add_synergy(&truths, &brought, &sizes, &mut media);

        let shocks = stream.series(width, self.memory);
        let mut outcome = vec![f64::NAN; units * width];
        for u in 0..units {
            let own = stream.series(width, self.memory);
            for t in LEAD..width {
                let at = u * width + t;
                let shared = if units == 1 { 0.0 } else { self.shared };
                let noise = self.noise * (shared.sqrt() * shocks[t] + (1.0 - shared).sqrt() * own[t]);
                let base = 1.0
                    + growth * (t - LEAD) as f64 / YEAR
                    + season[t]
                    + demand_effect * demand[at]
                    + weather_effect * weather[at]
                    + noise;
                outcome[at] = sizes[u] * levels[u] * (1.0 - self.media_share) * base + media[at];
            }
        }
        let driver = |name: &str, role: Role, values: Vec<f64>| PanelDriver {
            driver: FrameDriver {
                name: name.to_owned(),
                label: label(name),
                party: Party::Third,
                about: None,
                role,
                group: name.to_owned(),
                unit: None,
                values: DriverValues::Numeric {
                    mean: 0.0,
                    standard_deviation: 1.0,
                    per: 1.0,
                    min: -9.0,
                    max: 9.0,
                    missing: 0,
                },
            },
            values,
            missing: 0,
        };
        let frame = PanelFrame {
            model: format!("world_{}", self.seed),
            units: (0..units).map(|u| if units == 1 { String::new() } else { format!("unit_{u}") }).collect(),
            periods: (0..width as u64).map(|t| NaiveDate::default() + Days::new(7 * t)).collect(),
            lead: LEAD,
            season_before: (0..width).map(|t| t.checked_sub(52)).collect(),
            end: NaiveDate::default() + Days::new(7 * width as u64),
            outcome,
            sizes: sizes.clone(),
            worth: None,
            channels: frames,
            controls: controls(width),
            drivers: vec![
                driver("demand", Role::Confounder, demand),
                driver("weather", Role::Precision, weather),
            ],
            multiplicative: false,
            interactions: None,
            experiments: Vec::new(),
            notes: Vec::new(),
        };
        (frame, truths)
    }

    /// Places of the two channels that work together; `None` where fewer than two have an effect.
    #[must_use]
    pub fn pair(truths: &[Truth]) -> Option<(usize, usize)> {
        let mut acting = (0..truths.len()).filter(|at| truths[*at].incremental > 0.0);
        Some((acting.next()?, acting.next()?))
    }

    /// Adds what the pair brings together: the product of both contributions, each in multiples of its mean.
    fn add_synergy(&self, truths: &[Truth], brought: &[Vec<f64>], sizes: &[f64], media: &mut [f64]) {
        let Some((first, second)) = Self::pair(truths).filter(|_| self.synergy > 0.0) else { return };
        let width = LEAD + self.periods;
        let mean = |series: &[f64]| -> f64 {
            let of_unit = |u: usize| series[u * width + LEAD..(u + 1) * width].iter().sum::<f64>() / sizes[u];
            (0..self.units).map(of_unit).sum::<f64>() / (self.units * self.periods) as f64
        };
        let means = [mean(&brought[first]), mean(&brought[second])];
        for (at, media) in media.iter_mut().enumerate() {
            let size = sizes[at / width];
            let together = brought[first][at] / size / means[0] * brought[second][at] / size / means[1];
            *media += self.synergy * means[0].min(means[1]) * together * size;
        }
    }

    fn carry(&self, stream: &mut Stream) -> Carry {
        if self.misspecified && stream.chance(0.5) {
            Carry::Weibull(stream.between(0.5, 6.0), stream.between(0.6, 2.5))
        } else if stream.chance(0.3) {
            Carry::Delayed(stream.between(0.4, 0.85), stream.between(0.5, 3.0))
        } else {
            Carry::Geometric(stream.between(0.0, 0.8))
        }
    }

    fn curve(&self, stream: &mut Stream) -> Curve {
        let half = stream.log_between(0.5, 4.0);
        if self.misspecified {
            if stream.chance(0.5) { Curve::Exponential(half) } else { Curve::Power(stream.between(0.3, 0.9)) }
        } else if stream.chance(0.6) {
            Curve::Hill(half, stream.between(0.8, 1.8))
        } else {
            Curve::Logistic(half)
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small positive numbers")]
fn whole(number: f64) -> usize {
    number as usize
}

fn label(text: &str) -> LocalText {
    LocalText::same(text)
}

fn flights(stream: &mut Stream, width: usize) -> Vec<bool> {
    let mut on = stream.chance(0.5);
    let mut weeks = Vec::with_capacity(width);
    while weeks.len() < width {
        let length = whole(stream.between(3.0, 8.0));
        weeks.extend(std::iter::repeat_n(on, length));
        on = !on;
    }
    weeks.truncate(width);
    weeks
}

/// A straight trend and three waves per year.
fn controls(width: usize) -> Vec<PanelControl> {
    let series = |name: String, part, of: &dyn Fn(f64) -> f64| PanelControl {
        name,
        part,
        values: (0..width).map(|t| of(t as f64)).collect(),
    };
    let mut controls = vec![series("trend".to_owned(), "trend", &|t| t / YEAR)];
    for wave in 1..=3 {
        let angle = move |t: f64| std::f64::consts::TAU * f64::from(wave) * t / YEAR;
        controls.push(series(format!("yearly_sin_{wave}"), "seasonality", &move |t| angle(t).sin()));
        controls.push(series(format!("yearly_cos_{wave}"), "seasonality", &move |t| angle(t).cos()));
    }
    controls
}
