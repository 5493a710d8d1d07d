//! How figures, days and names read in a text; shared by recommendations and the summary.

pub(super) mod advice;
pub mod date;
pub mod gate;
pub mod label;
pub mod number;
pub mod quantity;
