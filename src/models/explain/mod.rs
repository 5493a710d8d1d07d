//! From a fit to what people ask: which drivers matter most, what each does, and whether that is more
//! than chance would show.

mod bootstrap;
mod effect;
mod importance;
mod lmg;
mod placebo;
mod relative_weights;

pub(crate) use effect::{Change, average_effects};
pub(crate) use importance::{Group, importance};
pub(crate) use placebo::{LARGEST_P, Placebo, placebo_tests};
