//! Plans against simulated companies whose noise is known.

mod calibration;
mod choice;
mod drawn;
mod edges;
mod world;
