//! The pages people look at, as plain text: the summary at the end of a run, and explanations of figures.

mod change_lines;
mod channel_lines;
mod driver_lines;
pub mod explain;
mod inputs;
mod kpi_lines;
mod layout;
mod quality;
mod summary;
#[cfg(test)]
mod tests;

pub use inputs::{SourceRows, SummaryInputs};
pub use summary::{SummaryError, summary};
