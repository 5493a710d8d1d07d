//! Tests of allocations as a whole against brute force; those of single parts stand beside their code.

mod brute;
mod certificates;
mod conflicts;
mod instance;
mod moves;
mod optima;
mod published;
mod size;
mod ties;
