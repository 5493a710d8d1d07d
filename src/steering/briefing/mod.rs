//! Briefings: one page for each unit and agency about what the budget means for it, why, and what to watch.
//!
//! Figures come from the plan and its recommendations alone, so that a page never says other things than the tables.

mod facts;
mod write;

pub use write::brief;
