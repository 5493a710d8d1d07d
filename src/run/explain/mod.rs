//! Explains published figures: reads the publication, plans the job, and follows one to the other.

mod answer;
mod lineage;
mod tables;
#[cfg(test)]
mod tests;

pub use answer::{Explained, explain};
