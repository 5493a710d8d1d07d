//! Joins marketing and sales data with the outside world, finds what drives success, and writes
//! KPI and recommendation tables.
//!
//! ```text
//! job.yaml ─ config ─ Job ─┐
//! config.yaml ─ config ────┤
//!                          ├─ engine ─ sources ─ transform ─┬─ kpis ───────────────┐
//!                          │                                ├─ features ─ models ──┤
//!                          │                                │                      ├─ steering ─ publish
//!                          └─ run: the order of stages ─────┴──────────────────────┘
//! ```
//!
//! Data flows from left to right once; `domain` holds the words that all rooms share, `report` the page
//! of text that a run ends with, `cli` the command line. ARCHITECTURE.md has the whole floor plan.

pub mod cli;
pub mod config;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod features;
pub mod kpis;
pub mod models;
pub mod proposal;
pub mod publish;
pub mod report;
pub mod run;
pub mod sources;
pub mod steering;
pub mod transform;

#[cfg(test)]
mod published;
