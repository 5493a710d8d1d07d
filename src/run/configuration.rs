//! What a model is told apart from data and seed, as one fingerprint.
//!
//! Texts that people read are left out: a new label moves no figure. SQL counts as it is written, since
//! it decides what the model's rows mean; so do the job's calendar and history, and the version of this
//! program.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::config::Job;
use crate::config::job::{Driver, Model};
use crate::domain::LocalText;
use crate::publish::sha256;
use crate::transform::PlannedJob;

/// Digits of a fingerprint: enough to tell any two configurations of a job apart.
const DIGITS: usize = 16;

/// The fingerprint of `model`.
pub(super) fn fingerprint(job: &Job, planned: &PlannedJob, model: &Model) -> String {
    let mut told = format!(
        "trichter {}\n{:?}\n{:?}\n{:?}\n",
        env!("CARGO_PKG_VERSION"),
        job.calendar,
        job.window.history,
        without_texts(model)
    );
    for driver in model.drivers() {
        let place = (model.name().to_owned(), driver.name.clone());
        // Writing to a string cannot fail.
        let _ = writeln!(told, "{:?}", planned.drivers.get(&place).map(|resolved| resolved.party));
    }
    for table in upstream(job, planned, model) {
        let sql = job.table(&table).map_or("", |table| table.sql.trim());
        let _ = writeln!(told, "{table}\n{sql}");
        for var in job.vars_of(sql) {
            let _ = writeln!(told, "{var:?}");
        }
    }
    sha256(told.as_bytes()).chars().take(DIGITS).collect()
}

/// The job's tables that a model's rows come from.
fn upstream(job: &Job, planned: &PlannedJob, model: &Model) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<String> = model.reads().iter().map(|&table| table.to_owned()).collect();
    while let Some(table) = open.pop() {
        if job.table(&table).is_some() && found.insert(table.clone()) {
            open.extend(planned.reads.get(&table).into_iter().flatten().cloned());
        }
    }
    found
}

/// The model without its labels, units, owners and what its outcome is called.
fn without_texts(model: &Model) -> Model {
    let mut model = model.clone();
    let plain = |drivers: &mut Vec<Driver>| {
        for driver in drivers {
            driver.label = LocalText::default();
            driver.unit = None;
            driver.about = None;
        }
    };
    match &mut model {
        Model::Outcome(model) => {
            model.label = LocalText::default();
            model.explains = None;
            plain(&mut model.drivers);
        }
        Model::Response(model) => {
            model.label = LocalText::default();
            model.explains = None;
            model.outcome_unit.clear();
            plain(&mut model.drivers);
            for channel in &mut model.channels {
                channel.label = LocalText::default();
                channel.side = None;
            }
        }
    }
    model
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn job() -> Job {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = root.join("tests/jobs/valid/response_wide.yaml");
        crate::config::load_job(&file, &root.join("sql"), &crate::config::Inputs::default()).unwrap().0
    }

    fn of(job: &Job) -> String {
        fingerprint(job, &PlannedJob::default(), &job.models[0])
    }

    #[test]
    fn what_moves_figures_counts_and_texts_do_not() {
        let before = of(&job());
        assert_eq!((before.len(), &before), (DIGITS, &of(&job())));
        let mut renamed = job();
        if let Model::Response(model) = &mut renamed.models[0] {
            model.label = LocalText::same("another name");
            model.channels[0].label = LocalText::same("another channel");
        }
        assert_eq!(of(&renamed), before);
        let mut changed = job();
        if let Model::Response(model) = &mut changed.models[0] {
            model.channels[0].no_effect = Some(0.42);
        }
        assert_ne!(of(&changed), before);
        let mut rewritten = job();
        let table = rewritten.models[0].table().to_owned();
        for table in rewritten.tables.iter_mut().filter(|found| found.name == table) {
            table.sql.push_str(" where true");
        }
        assert_ne!(of(&rewritten), before);
        let mut shorter = job();
        shorter.window.history = None;
        assert_ne!(of(&shorter), before);
    }
}
