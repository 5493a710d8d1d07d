//! The one place that knows the order of stages.
//!
//! [`run`] takes a checked job through all of them; [`plan`] stops before the first one that reads
//! data. Seed, clock and run id come from [`RunContext`] and nowhere else.

mod backfill;
mod budget;
mod changes;
mod configuration;
mod connection;
mod context;
mod custom;
mod execute;
mod explain;
mod failure;
mod failures;
mod graph;
mod hold;
mod joined;
mod modelling;
mod pipeline;
mod preview;
mod previous;
mod record;
mod response;
pub mod result;
pub mod scenario;
mod tables;
mod target;
mod unchanged;
mod vacuum;
mod window;
mod work;

pub use backfill::{BackfillOutcome, BackfillRequest, BackfilledWindow, backfill};
pub use connection::{Connection, connect};
pub use context::{DEFAULT_SEED, RunContext};
pub use execute::{RunOutcome, RunRequest, run};
pub use explain::{Explained, explain};
pub use failure::{Failure, FailureClass};
pub use graph::{Edge, Graph, Node, NodeKind};
pub use pipeline::{plan, plan_parts, plan_with};
pub use preview::{Preview, SourcePreview, TablePreview, preview};
pub use record::{Observer, Record, StepReport};
pub use scenario::{ScenarioOutcome, ScenarioWords, scenario};
pub use target::{last_run, published_table, published_tables};
pub use vacuum::vacuum;
pub use window::{WindowRequest, WindowRequestError};
