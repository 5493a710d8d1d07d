//! Checks of `tests`, as far as they need no columns.

use super::checker::Checker;
use super::scope::Scope;
use crate::config::job::{GivenRows, JobWindow, SqlTest, TestCell, TestRow, Var};
use crate::config::section::{Cell, TestSpec};
use crate::config::yaml::{Entries, List, Located};

/// Checks one test.
pub(super) fn test(
    checker: &mut Checker<'_>,
    scope: &Scope<'_>,
    (window, vars): (Option<&JobWindow>, Option<&[Var]>),
    name: &Located<String>,
    spec: &TestSpec,
) -> Option<SqlTest> {
    checker.name(name);
    let about = checker.optional(spec.about.as_ref());
    let table = spec.table.get().and_then(|table| scope.table(checker, table));
    let window = match &spec.window {
        None => window.map(|window| window.start.zip(window.end)),
        Some(given) => {
            let (start, end) = (given.value.start.get(), given.value.end.get());
            let (start, end) = (start?.value.0, end?.value.0);
            if start >= end {
                let message = format!("the window ends on {end}, not after its start on {start}");
                checker.error("invalid_window", given.position, message, "`end` is the first day after it");
                return None;
            }
            Some(Some((start, end)))
        }
    };
    let vars = vars.and_then(|vars| replaced(checker, vars, &spec.vars));
    let given: Vec<Option<GivenRows>> = spec
        .given
        .iter()
        .map(|(name, list)| {
            let rows = rows(&list.get()?.value)?;
            Some(GivenRows { name: name.value.clone(), position: name.position, rows })
        })
        .collect();
    let expect = spec.expect.get().and_then(|list| rows(&list.value));
    if let Some(expect) = &expect {
        same_columns(checker, expect)?;
    }
    Some(SqlTest {
        name: name.value.clone(),
        about: about?,
        table: table?,
        window: window?,
        vars: vars?,
        given: given.into_iter().collect::<Option<_>>()?,
        expect: expect?,
    })
}

/// The job's variables with the values of the test.
fn replaced(checker: &mut Checker<'_>, vars: &[Var], given: &Entries<Located<Cell>>) -> Option<Vec<Var>> {
    let mut replaced = vars.to_vec();
    let names: Vec<&str> = vars.iter().map(|var| var.name.as_str()).collect();
    for (name, value) in given.iter() {
        checker.reference("variable", name, Some(&names))?;
        let var = replaced.iter_mut().find(|var| var.name == name.value)?;
        let text = value.value.0.as_deref().unwrap_or_default();
        let Some(canonical) = Var::canonical(var.data_type, text) else {
            let message = format!("`{}` must be of type {}, got `{text}`", var.name, var.data_type);
            checker.error("invalid_value", value.position, message, "write a value of the variable's type");
            return None;
        };
        var.value = canonical;
    }
    Some(replaced)
}

fn rows(list: &List<Entries<Located<Cell>>>) -> Option<Vec<TestRow>> {
    let row = |cells: &Entries<Located<Cell>>| TestRow {
        cells: cells
            .iter()
            .map(|(column, cell)| TestCell {
                column: column.value.clone(),
                column_position: column.position,
                value: cell.value.0.clone(),
                position: cell.position,
            })
            .collect(),
    };
    list.iter().map(|item| item.get().map(|item| row(&item.value))).collect()
}

/// Checks that all expected rows name the same columns: leaving one out could mean two things.
fn same_columns(checker: &mut Checker<'_>, rows: &[TestRow]) -> Option<()> {
    let Some((first, others)) = rows.split_first() else { return Some(()) };
    for row in others {
        let missing = first.cells.iter().find(|cell| row.cells.iter().all(|own| own.column != cell.column));
        if let (Some(missing), Some(start)) = (missing, row.cells.first()) {
            let message = format!("this row says nothing about `{}`, an earlier one does", missing.column);
            let help = "every expected row names the same columns; write `null` where there is no value";
            checker.error("test_columns", start.column_position, message, help);
            return None;
        }
        let more = row.cells.iter().find(|cell| first.cells.iter().all(|own| own.column != cell.column));
        if let Some(more) = more {
            let message = format!("earlier rows say nothing about `{}`", more.column);
            let help = "every expected row names the same columns; write `null` where there is no value";
            checker.error("test_columns", more.column_position, message, help);
            return None;
        }
    }
    Some(())
}
