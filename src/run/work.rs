//! What a run computes of the tables that earlier runs kept.
//!
//! Such a table is computed for the window and what it restates; its earlier periods are there. That holds only as long
//! as they were computed with the SQL of today. Otherwise the table is computed anew, unless it reads results of earlier
//! runs: its past cannot be computed again from sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use arrow::datatypes::SchemaRef;
use chrono::NaiveDate;

use super::failure::Failure;
use super::pipeline::read_from;
use crate::config::Job;
use crate::config::job::SqlTable;
use crate::domain::Window;
use crate::engine::{Session, SqlOrigin, parse, previous_table};
use crate::publish::{Previous, first_replaced, sha256};
use crate::transform::{PlannedJob, Wanted, WorkPlan, work_plan};

/// What a run computes, with what it says about it.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) plan: WorkPlan,
    /// Fingerprints of the SQL of kept tables.
    pub(super) logic: BTreeMap<String, String>,
    /// Kept tables that are computed anew, with the reason.
    pub(super) anew: BTreeMap<String, Anew>,
    /// Tables that `--full-refresh` leaves as they are.
    pub(super) stay: Vec<String>,
}

/// Why all rows of a table are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anew {
    /// No run has kept it yet.
    NotKept,
    /// Its SQL, or something that it reads, is not what it was.
    Changed,
    /// It was asked for.
    Asked,
}

impl Anew {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::NotKept => "no run has kept it yet",
            Self::Changed => "its SQL, or what it reads, has changed",
            Self::Asked => "a full refresh was asked for",
        }
    }
}

impl Work {
    /// What is unusual about it, as sentences.
    pub(super) fn remarks(&self) -> Vec<String> {
        let changed = self.anew.iter().filter(|(_, anew)| **anew == Anew::Changed);
        let changed =
            changed.map(|(table, anew)| format!("`{table}` is computed for every period: {}", anew.reason()));
        let stay = self.stay.iter().map(|table| {
            format!(
                "`{table}` reads what earlier runs found, so that a full refresh cannot compute its earlier periods; \
                 they stay"
            )
        });
        changed.chain(stay).collect()
    }
}

/// Plans what to compute for `window`, given what `earlier` runs kept.
pub(super) async fn plan_work(
    session: &Session,
    job: &Job,
    planned: &PlannedJob,
    (earlier, is_full): (&Previous, bool),
    window: Window,
) -> Result<Work, Failure> {
    let mut work = Work::default();
    let mut wanted = Wanted {
        read_from: read_from(job, window),
        start: window.start(),
        end: window.end(),
        starts: BTreeMap::new(),
    };
    let mut usual: BTreeMap<String, NaiveDate> = BTreeMap::new();
    // In the order in which they run: what a table reads decides about it.
    let unplanned = planned.unplanned.iter().filter(|name| job.table(name).is_some());
    for table in planned.order.iter().chain(unplanned).filter_map(|name| job.table(name)) {
        if !table.is_kept() {
            continue;
        }
        let closure = closure(planned, &table.name);
        let logic = logic(job, &closure);
        let reads_earlier = closure.iter().any(|name| previous_table(name).is_some());
        let until = earlier.kept_until(&table.name, (!reads_earlier).then_some(logic.as_str()));
        // Types may change without the SQL: where only files tell the columns of a source.
        let fits = |schema: &SchemaRef| reads_earlier || earlier.keeps_form(&table.name, &table.key, schema);
        let until = until.filter(|_| planned.schemas.get(&table.name).is_none_or(fits));
        work.logic.insert(table.name.clone(), logic);
        let anew = match until {
            None if earlier.kept_until(&table.name, None).is_some() => Some(Anew::Changed),
            None => Some(Anew::NotKept),
            Some(_) if is_full && !reads_earlier => Some(Anew::Asked),
            Some(_) => None,
        };
        if is_full && anew.is_none() {
            work.stay.push(table.name.clone());
        }
        // Weeks that no run has computed are computed too, and so is what follows from periods that another table computes
        // again in a usual run.
        let until = earlier.kept_until(&table.name, None).unwrap_or(window.end());
        let own = first_replaced(table.restate, job.calendar, window).min(job.calendar.floor(until));
        let others = closure.iter().filter_map(|name| usual.get(name).copied());
        let start = others.fold(own, NaiveDate::min);
        usual.insert(table.name.clone(), start);
        let start = anew.is_none().then_some(start);
        work.anew.extend(anew.map(|anew| (table.name.clone(), anew)));
        wanted.starts.insert(table.name.clone(), start);
    }
    work.plan = work_plan(session, job, planned, &wanted).await?;
    Ok(work)
}

/// The table and everything that it reads, directly or not.
fn closure(planned: &PlannedJob, table: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut next = vec![table.to_owned()];
    while let Some(name) = next.pop() {
        if all.insert(name.clone()) {
            next.extend(planned.reads.get(&name).into_iter().flatten().cloned());
        }
    }
    all
}

/// What decides about the rows of a table besides the rows of its sources. Comments and layout of SQL do not.
fn logic(job: &Job, closure: &BTreeSet<String>) -> String {
    let mut told = format!("{:?}", job.calendar);
    for name in closure {
        if let Some(table) = job.table(name) {
            let _ = write!(told, "\ntable {name} {:?} {:?} {}", table.key, table.time, plain(table));
            for var in job.vars_of(&table.sql) {
                let _ = write!(told, "\n{var:?}");
            }
        } else if let Some(source) = job.source(name) {
            let columns: Vec<_> =
                source.columns.iter().map(|column| (&column.name, column.data_type)).collect();
            let _ = write!(
                told,
                "\nsource {name} {:?} {:?} {:?} {:?} {columns:?}",
                source.format, source.schema_changes, source.time, source.partitions
            );
        }
    }
    sha256(told.as_bytes())
}

fn plain(table: &SqlTable) -> String {
    let query = parse(&SqlOrigin::file(table.file.as_str()), &table.sql);
    query.map_or_else(|_| table.sql.clone(), |query| query.to_string())
}
