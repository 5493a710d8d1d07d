//! Explains published figures: reads the publication, plans the job, and follows one to the other.

mod answer;
mod lineage;
mod tables;

pub use answer::{Explained, explain};
