//! The job language and the platform language as people write them: one file per YAML section.
//!
//! Plain structs without logic. Their doc comments are the reference: JSON Schema and the pages in
//! `docs/reference/` are made from them, so they are written for people who write job files.
//! What a value must satisfy beyond its type is checked in `resolve`.

mod budget;
mod check;
mod goals;
mod job;
mod model;
mod platform;
mod response;
mod source;
mod steering;
mod storage;
mod table;
mod test;
mod text;
mod value;
mod vars;

pub(crate) use budget::{BudgetsSpec, HeightSpec, LimitSpec, PhasingSpec};
pub(crate) use check::{CheckSpec, SqlCheckSpec};
pub(crate) use goals::{DecisionSpec, KpiSpec, RecipientSpec};
pub(crate) use job::{CalendarSpec, JobSpec, PublishFormat, WindowSpec};
pub(crate) use model::{DriverSpec, ModelSpec, OutcomeSpec, SeasonalitySpec, SuccessSpec};
pub(crate) use platform::{EngineSpec, PlatformSpec};
pub(crate) use response::{
    ChannelSpec, ChannelsSpec, InteractionsSpec, PriorSpec, ResponseDriverSpec, ResponseSpec, WorthSpec,
};
pub(crate) use source::{
    ColumnSpec, CsvSpec, EncodingSpec, FormatSpec, FreshnessSpec, SchemaChangesSpec, SourceSpec,
};
pub(crate) use steering::{BriefedSpec, BriefingsSpec, SteeringSpec};
pub(crate) use storage::{AzureSpec, GoogleCloudSpec, RequestsSpec, S3Spec, SecretSpec, StorageSpec};
pub(crate) use table::{StoreSpec, TableSpec};
pub(crate) use test::{Cell, TestSpec};
pub(crate) use text::Text;
pub(crate) use value::{Ahead, ColumnType, DurationText, Portion, SpanText};
pub(crate) use vars::VarSpec;
