//! What a test needs, and whether its rows fit the columns that there are.

use std::collections::BTreeSet;

use arrow::array::RecordBatch;
use chrono::NaiveDate;

use super::rows::{batch, guessed, wrong};
use crate::config::diagnostic::{Position, Problem};
use crate::config::job::{GivenRows, SqlTest, TestRow, Var};
use crate::domain::Severity;
use crate::engine::{choices, previous_table};
use crate::transform::order::is_table_function;
use crate::transform::plan::Planning;

/// A test that can be run.
#[derive(Debug, Clone)]
pub struct PlannedTest {
    /// Name of the test.
    pub name: String,
    /// What it shows.
    pub about: Option<String>,
    /// The tested table.
    pub table: String,
    pub(super) window: (NaiveDate, NaiveDate),
    pub(super) vars: Vec<Var>,
    /// Rows by the name under which SQL reads them.
    pub(super) inputs: Vec<(String, RecordBatch)>,
    /// The tables to compute, in this order; the tested one is the last.
    pub(super) tables: Vec<String>,
    pub(super) expect: Vec<TestRow>,
}

/// What a test reads and computes.
#[derive(Default)]
struct Needs {
    /// What is given.
    inputs: BTreeSet<String>,
    /// What would have to be given too, with the table that reads it.
    missing: Vec<(String, String)>,
    tables: Vec<String>,
}

impl Planning<'_> {
    /// Plans every test whose table has no problem of its own.
    pub(in crate::transform) fn tests(&mut self) -> Vec<PlannedTest> {
        let job = self.job;
        let untroubled = !self.problems.has_errors();
        let sound = |test: &&SqlTest| untroubled || self.schemas.contains_key(&test.table);
        let tests: Vec<&SqlTest> = job.tests.iter().filter(sound).collect();
        tests.into_iter().filter_map(|test| self.test(test)).collect()
    }

    fn test(&mut self, test: &SqlTest) -> Option<PlannedTest> {
        let mut needs = Needs::default();
        self.needs(test, &test.table, &mut needs);
        let path = format!("tests.{}", test.name);
        let mut sound = true;
        for (name, reader) in &needs.missing {
            let message = format!("the test gives no rows of `{name}`, which `{reader}` reads");
            let help = format!("add `{name}: []` under `given` if it shall have none");
            self.problem(&format!("{path}.given"), "test_input", message, Some(help));
            sound = false;
        }
        for given in test.given.iter().filter(|given| !needs.inputs.contains(&given.name)) {
            let readable: Vec<String> = needs.inputs.iter().cloned().collect();
            let message = format!("`{}` does not read `{}`", test.table, given.name);
            let help = choices(&given.name, "tables and sources that it reads", &readable);
            self.told(given.position, "test_input", message, help);
            sound = false;
        }
        let window = self.window(test, &needs, &path);
        let inputs: Vec<Option<(String, RecordBatch)>> =
            test.given.iter().map(|given| self.given(given)).collect();
        if let Some(schema) = self.schemas.get(&test.table).cloned() {
            sound &= self.fit(&test.table, &schema, &test.expect);
        }
        let inputs = inputs.into_iter().collect::<Option<_>>()?;
        sound.then_some(PlannedTest {
            name: test.name.clone(),
            about: test.about.clone(),
            table: test.table.clone(),
            window: window?,
            vars: test.vars.clone(),
            inputs,
            tables: needs.tables,
            expect: test.expect.clone(),
        })
    }

    /// Adds what computing `table` needs, and then the table.
    fn needs(&self, test: &SqlTest, table: &str, needs: &mut Needs) {
        for name in self.statements.reads(table) {
            if test.given.iter().any(|given| given.name == name) {
                needs.inputs.insert(name.to_owned());
            } else if previous_table(name).is_none() && self.job.table(name).is_some() {
                if !needs.tables.iter().any(|known| known == name) {
                    self.needs(test, name, needs);
                }
            } else if !is_table_function(name) && needs.inputs.insert(name.to_owned()) {
                needs.missing.push((name.to_owned(), table.to_owned()));
            }
        }
        needs.tables.push(table.to_owned());
    }

    /// The window that the SQL sees; any will do if it looks at none.
    fn window(&mut self, test: &SqlTest, needs: &Needs, path: &str) -> Option<(NaiveDate, NaiveDate)> {
        if let Some(window) = test.window {
            return Some(window);
        }
        let sql = |name: &String| self.job.table(name).map(|table| table.sql.to_ascii_lowercase());
        let looks = |sql: String| {
            ["$start", "$end", "$as_of", "now()", "current_"].iter().any(|word| sql.contains(word))
        };
        if needs.tables.iter().filter_map(sql).any(looks) {
            let message = "the SQL looks at the window of the run, which the test does not tell".to_owned();
            let help = "add for example `window: { start: 2024-01-01, end: 2024-01-08 }`".to_owned();
            self.problem(path, "test_window", message, Some(help));
            return None;
        }
        Some((NaiveDate::default(), NaiveDate::default()))
    }

    /// The given rows with the types of their columns.
    fn given(&mut self, given: &GivenRows) -> Option<(String, RecordBatch)> {
        let schema = match self.columns_of(&given.name) {
            Some((schema, _)) => schema,
            // Only files tell the columns; the rows name those that matter.
            None if !given.rows.is_empty() => guessed(&given.rows).into(),
            None => {
                if self.job.source(&given.name).is_some() {
                    let message = format!("nothing says which columns `{}` has", given.name);
                    let help = "give a row, or list the `columns` of the source".to_owned();
                    self.told(given.position, "test_input", message, help);
                }
                return None;
            }
        };
        if !self.fit(&given.name, &schema, &given.rows) {
            return None;
        }
        match batch(&schema, &given.rows) {
            Ok(batch) => Some((given.name.clone(), batch)),
            Err(error) => {
                let help = "write values of the types of the columns".to_owned();
                self.told(given.position, "test_value", error.to_string(), help);
                None
            }
        }
    }

    /// Whether the rows fit the columns. What does not is told.
    fn fit(&mut self, name: &str, schema: &arrow::datatypes::Schema, rows: &[TestRow]) -> bool {
        let wrong = wrong(name, schema, rows);
        for found in &wrong {
            let at = if found.is_name { found.cell.column_position } else { found.cell.position };
            self.told(at, found.code, found.message.clone(), found.help.clone());
        }
        wrong.is_empty()
    }

    fn told(&mut self, position: Position, code: &'static str, message: String, help: String) {
        self.problems.push(Problem {
            code,
            severity: Severity::Error,
            file: self.job.file.clone(),
            position: Some(position),
            message,
            help: Some(help),
        });
    }
}
