//! Checks of `tables`.

use std::io::ErrorKind;
use std::path::Path;

use super::checker::Checker;
use super::{check, place};
use crate::config::job::{SqlTable, Store};
use crate::config::section::{StoreSpec, TableSpec};
use crate::config::yaml::Located;

/// Checks one table and reads its SQL; `tables` are the names that SQL may read.
pub(super) fn table(
    checker: &mut Checker<'_>,
    name: &Located<String>,
    spec: &TableSpec,
    sql_root: &Path,
    tables: Option<&[&str]>,
) -> Option<SqlTable> {
    let sql = spec.sql.get().and_then(|file| read(checker, file, sql_root));
    let key = checker.list("column", spec.key.get());
    let time = checker.optional(spec.time.get());
    let store = store(spec.store);
    if store != Store::View && spec.time.is_absent() {
        let message = format!("the table `{}` is kept, but no column dates its rows", name.value);
        let help = "say with `time` which column does; rows are kept by period";
        checker.error("missing_time", name.position, message, help);
    }
    if let Some(restate) = &spec.restate
        && spec.time.is_absent()
    {
        let message = "`restate` needs a column that dates the rows";
        checker.error("missing_time", restate.position, message, "say with `time` which column does");
    }
    let checks: Vec<_> = spec
        .checks
        .iter()
        .map(|spec| spec.get().and_then(|spec| check::check(checker, spec, tables)))
        .collect();
    let (file, sql) = sql?;
    Some(SqlTable {
        name: name.value.clone(),
        file,
        sql,
        key: key?,
        time: time?,
        store,
        restate: spec.restate.as_ref().map(|restate| restate.value.0),
        checks: checks.into_iter().collect::<Option<_>>()?,
    })
}

/// The SQL of a table about which nothing else may be sound.
pub(super) fn sql_alone(
    checker: &mut Checker<'_>,
    name: &Located<String>,
    spec: &TableSpec,
    sql_root: &Path,
) -> Option<SqlTable> {
    let (file, sql) = spec.sql.get().and_then(|file| read(checker, file, sql_root))?;
    Some(SqlTable {
        name: name.value.clone(),
        file,
        sql,
        key: Vec::new(),
        time: spec.time.get().map(|time| time.value.clone()),
        store: store(spec.store),
        restate: None,
        checks: Vec::new(),
    })
}

fn store(spec: StoreSpec) -> Store {
    match spec {
        StoreSpec::View => Store::View,
        StoreSpec::Keep => Store::Keep,
        StoreSpec::Publish => Store::Publish,
    }
}

/// The SQL file, as people name it, with its text.
fn read(checker: &mut Checker<'_>, file: &Located<String>, sql_root: &Path) -> Option<(String, String)> {
    let name = place::sql_file(checker, file)?;
    let path = sql_root.join(&name);
    let message = match std::fs::read_to_string(&path) {
        Ok(sql) if sql.trim().is_empty() => format!("the SQL file `{name}` is empty"),
        Ok(sql) => return Some((path.display().to_string(), sql)),
        Err(error) => match error.kind() {
            ErrorKind::NotFound => format!("there is no SQL file `{name}`"),
            ErrorKind::InvalidData => format!("the SQL file `{name}` is not UTF-8 text"),
            _ => format!("the SQL file `{name}` cannot be read: {error}"),
        },
    };
    let help = format!("SQL files are looked for below `{}`", sql_root.display());
    checker.error("sql_file", file.position, message, help);
    None
}
