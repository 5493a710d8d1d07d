//! Does the model forecast? Rolling origins against naive forecasts, leaks, and the gate.

mod forecast;
mod gate;
mod leakage;
mod naive;
mod origins;
mod ranking;
mod rolling;
mod scoring;

pub(crate) use forecast::Forecast;
pub(crate) use gate::{Facts, verdict};
pub(crate) use leakage::{leak_reasons, leaking_drivers};
pub(crate) use naive::naive_forecasts;
pub(crate) use origins::{Origin, origins};
pub(crate) use rolling::{Variant, validate};
pub(crate) use scoring::score_in_sample;
