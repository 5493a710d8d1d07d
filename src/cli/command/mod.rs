//! One file per command.

mod backfill;
mod check;
mod completions;
mod connected;
mod demo;
mod explain;
mod graph;
mod init;
mod load;
mod ls;
mod plan;
mod retry;
mod run;
mod scenario;
mod schema;
mod show;
mod test;
mod vacuum;

pub(super) use backfill::backfill;
pub(super) use check::check;
pub(super) use completions::completions;
pub(super) use demo::demo;
pub(super) use explain::explain;
pub(super) use graph::graph;
pub(super) use init::init;
pub(super) use ls::ls;
pub(super) use plan::plan;
pub(super) use retry::retry;
pub(super) use run::run;
pub(super) use scenario::scenario;
pub(super) use schema::schema;
pub(super) use show::show;
pub(super) use test::test;
pub(super) use vacuum::vacuum;
