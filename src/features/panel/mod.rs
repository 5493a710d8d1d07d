//! Tables into panels: units × periods for response models.

mod build;
mod cells;
mod channels;
mod columns;
mod drivers;
mod experiments;
mod frame;
mod joined;
#[cfg(test)]
mod tests;

pub use build::{PanelRequest, panel_frame};
pub use cells::{CellsRequest, budget_cells};
pub use frame::{PanelChannel, PanelControl, PanelDriver, PanelExperiment, PanelFrame, PanelInteractions};
pub use joined::{JoinedCheck, joined_checks};
