//! Explanations: where a published figure comes from, how it was computed and how far to trust it.
//!
//! Everything is read off published tables; nothing is fitted again. One set of parts becomes text for
//! people and JSON for machines.

mod catalog;
mod channel;
mod driver;
mod explanation;
mod inputs;
mod kpi;
mod lineage;
mod model;
mod page;
mod recommendation;
mod row;
mod subject;
mod trust;

pub use catalog::{Catalog, CatalogEntry};
pub use explanation::{EvidenceRow, Explanation, Figure, PublicationNote, PublishedRows, Reason, Section};
pub use inputs::{DefaultPrior, ExplainInputs};
pub use lineage::{Gives, Lineage, ObjectNode, SourceNode, TableNode, Use};
pub use page::explain;
pub use row::{Cell, Published, PublishedColumn, PublishedTable, Row, split_key};
pub use subject::{Explainable, Kind, Unexplained, explainable, resolve};
