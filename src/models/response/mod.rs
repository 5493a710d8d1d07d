//! Response models: what money and circumstances do to an outcome over time.

pub mod core;
pub mod design;
pub mod errors;
pub mod fitted;
pub mod gibbs;
pub mod pooling;
pub mod grid;
pub mod moments;
pub mod normal;
pub mod prior;
pub mod problem;
pub mod returns;
pub mod transform;
pub mod whiten;
pub mod quick;
