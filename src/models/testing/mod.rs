//! Frames in memory for the tests of this room.

pub(crate) mod published;
pub(crate) mod simulate;
