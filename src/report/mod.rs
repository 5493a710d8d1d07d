//! The pages people look at, as plain text: the summary at the end of a run, explanations of figures, the answer to a
//! scenario.

mod budget_lines;
mod change_lines;
mod channel_lines;
mod driver_lines;
pub mod explain;
mod inputs;
mod kpi_lines;
mod layout;
mod page;
mod quality;
mod scenario;
#[cfg(test)]
mod scenario_tests;
mod summary;
#[cfg(test)]
mod tests;

pub use inputs::{SourceRows, SummaryInputs};
pub use page::PageError;
pub use scenario::{ScenarioInputs, scenario};
pub use summary::summary;
