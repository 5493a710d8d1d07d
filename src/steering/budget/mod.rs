//! Budgets: from the cells of a job and the curves of its model to a plan that is valued honestly.
//!
//! Three steps, with the model's fit between the first two: what is asked (`question`), how far each channel may be
//! followed (`caution`), and the plan with its value (`plan`, `value`). How money is allocated is
//! [`super::allocation`]'s; docs/methods/budgets.md has the method.

mod caution;
mod error;
mod limits;
mod plan;
mod question;
mod rows;
mod summary;
#[cfg(test)]
pub(super) mod tests;
mod value;

pub use error::BudgetError;
pub use plan::{Before, plan};
pub use question::Question;
