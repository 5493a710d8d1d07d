//! Tables into model frames.
//!
//! A table of any size becomes a [`ModelFrame`] in two steps: one pass over its rows finds what each
//! driver holds, then every later read encodes one block of rows by what was found. Nothing is ever
//! held in memory but one block per thread.

mod controls;
mod encoding;
mod error;
#[cfg(test)]
mod fixtures;
mod frame;
mod levels;
mod memory_blocks;
mod moments;
mod outcome;
mod panel;
mod parquet_blocks;
mod profile;
mod raw;
mod selection;
#[cfg(test)]
mod tests;

pub use error::FeatureError;
pub use frame::{
    Block, ColumnPart, DesignColumn, DriverValues, FrameDriver, FrameError, ModelFrame, OutcomeKind,
    RowBlocks,
};
pub use memory_blocks::MemoryBlocks;
pub use outcome::{FrameRequest, ResolvedDriver, outcome_frame};
pub use panel::{
    CellsRequest, JoinedCheck, PanelChannel, PanelControl, PanelDriver, PanelExperiment, PanelFrame,
    PanelInteractions, PanelRequest, budget_cells, joined_checks, panel_frame,
};
