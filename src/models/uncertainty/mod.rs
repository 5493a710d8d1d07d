//! How sure we are: covariance of coefficients that allows for shocks shared by a period and carried
//! over to the next ones, and intervals from it.

mod clustered;
mod interval;

pub(crate) use clustered::{ClusterScores, covariance, lags};
pub(crate) use interval::{FEWEST_PERIODS, Inference};
