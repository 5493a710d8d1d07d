//! Test plans: in which units, how long and how strongly to change a channel's spend so that the outcome answers.
//!
//! A plan compares units whose spend changes with units whose spend stays: the outcome that the model does not
//! explain, summed over the test, less a multiple of the same in the comparison. How far this strays without any
//! test is read off the company's own past (`noise`), so autocorrelation and shocks that all units share are in
//! it without assumptions. With the effect that the model expects it gives the power of every duration and change
//! of spend (`power`); of those that are likely to show the effect the one that puts least money at risk is taken
//! (`plan`).
//!
//! Where a model has one row per lead, contact or deal, chance decides case by case instead (`cases`).
//!
//! Sources: Vaver and Koehler, "Measuring ad effectiveness using geo experiments", 2011 (units that treat and
//! units that hold out); Kerman, Wang and Vaver, "Estimating ad effectiveness using geo experiments in a
//! time-based regression framework", 2017 (the comparison's multiple from the past, and its degrees of freedom);
//! Bloom, "Minimum detectable effects", Evaluation Review 19(5), 1995 (detectable effect and power).

mod cases;
mod noise;
mod plan;
mod power;
mod question;
mod split;
#[cfg(test)]
mod tests;

pub use cases::{CaseNoise, CaseQuestion, CaseTest, plan_cases};
pub use plan::{TestPlan, plan_test};
pub use power::{INTERVAL_LEVEL, WANTED_POWER};
pub use question::{Direction, TestOptions, TestPlanError, TestQuestion};
pub use split::TestDesign;
