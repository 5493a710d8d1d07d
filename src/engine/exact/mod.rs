//! Sums and means of doubles that do not depend on the order of rows.
//!
//! Floating-point addition is not associative: the same rows in another order, or in another number
//! of partitions, give another last bit, and a model search downstream makes that bit visible. So
//! `sum`, `avg` and `mean` of doubles add exactly and round once.

mod accumulator;
mod function;
mod groups;
mod total;

pub(crate) use function::{exact_avg, exact_sum};
