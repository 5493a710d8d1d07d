//! The page people look at: the summary at the end of a run, as plain text.

mod change_lines;
mod channel_lines;
mod driver_lines;
mod inputs;
mod kpi_lines;
mod layout;
mod quality;
mod summary;
#[cfg(test)]
mod tests;

pub use inputs::{SourceRows, SummaryInputs};
pub use summary::{SummaryError, summary};
