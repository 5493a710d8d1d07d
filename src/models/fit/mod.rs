//! From rows to coefficients: one kernel of cross products, one Newton loop, smartcore for the solving.
//!
//! Rows are read in passes over blocks and never kept. Everything after a pass works on matrices whose
//! size depends on the number of columns and periods alone. smartcore's types stay in `mirror`.

mod failure;
mod gram;
mod mirror;
mod newton;
mod rows;
mod scan;
mod strata;
mod survey;
mod symmetric;

pub(crate) use failure::FitFailure;
pub(crate) use gram::{Gram, Link, bernoulli, logistic};
pub(crate) use newton::{Dropped, EXACT, Fit, Problem, fit_all, solve_gram};
pub(crate) use rows::{Rows, linear_predictor};
pub(crate) use scan::fold_blocks;
pub(crate) use strata::Strata;
pub(crate) use survey::{Moments, Sample, Scaling, Survey, total};
pub(crate) use symmetric::{ALIAS_TOLERANCE, Factor, eliminate};
