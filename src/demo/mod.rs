//! Seeded generators of the demo lakes and of the truth behind them.
//!
//! A lake is data as a company has it, dirt included; its truth says what really moved it. The worlds
//! are written before any model and share no code with `features` and `models`, so that a model which
//! finds the truth has found it, and has not recognized itself.

mod error;
pub mod furniture;
mod lake;
mod random;
mod sheet;
mod write;

pub use error::DemoError;
pub use lake::{LakePlace, LakeSettings, LakeWritten, Progress};
