//! Worlds of known truth and peers, to hold response models to.
pub mod world;
