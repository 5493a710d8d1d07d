//! Outcome models: what makes one lead, contact, deal or day succeed.
//!
//! [`fit_outcome`] runs the steps in their order; each of them is a file or a room of its own.

mod design;
mod findings;
mod model;
mod predictions;
mod quality;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

pub use model::{fit_coefficients, fit_outcome};
