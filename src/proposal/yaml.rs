//! The proposed job file.

use std::fmt::Write;

use super::calendar::Proposed;
use super::goals::Goal;
use super::propose::Request;
use super::source::Source;
use super::source_yaml;
use super::tables::Table;
use crate::config::scalar;

/// The recipient and the decision that a job begins with.
const RECIPIENT: &str = "decider";
const DECISION: &str = "first_decision";
/// What the file begins with.
const INTRODUCTION: &str = "\
# Proposed by `trichter init` from what the files look like. It claims what was seen, and no more: every line is
# yours to change, and docs/reference/job.md explains all of them.
#
# A value that begins with FILL_IN is for you to decide; `trichter check` names those that are left.
";

/// Everything that goes into the file.
pub(super) struct Parts<'a> {
    pub(super) request: &'a Request,
    pub(super) place: String,
    pub(super) sources: &'a [Source],
    pub(super) calendar: &'a Proposed,
    pub(super) tables: &'a [Table<'a>],
    pub(super) goals: &'a [Goal<'a>],
    /// Folder of the SQL files, below the SQL folder.
    pub(super) sql: &'a str,
    pub(super) left_out: &'a [String],
}

impl Parts<'_> {
    /// Writes the file.
    pub(super) fn yaml(&self) -> String {
        let mut yaml = INTRODUCTION.to_owned();
        let _ = writeln!(
            yaml,
            "#\n# Looked at: {}, at most {} rows of each source.",
            self.place,
            super::spelling::count(self.request.rows as u64)
        );
        self.head(&mut yaml);
        yaml.push_str("\n# What is there. SQL sees exactly these columns, and a run ends with exit code 4 if one breaks its promise.\n");
        yaml.push_str("# `required` stands where no value is missing, `unique` where none repeats. Values in comments were seen.\nsources:\n");
        for (place, source) in self.sources.iter().enumerate() {
            if place > 0 {
                yaml.push('\n');
            }
            yaml.push_str(&source_yaml::write(source, self.is_needed(source)));
        }
        for left_out in self.left_out {
            let _ = writeln!(yaml, "  # Left out: {}", left_out.replace('\n', " "));
        }
        self.tables(&mut yaml);
        self.goals(&mut yaml);
        self.tail(&mut yaml);
        yaml
    }

    fn head(&self, yaml: &mut String) {
        let request = self.request;
        let _ = writeln!(yaml, "job: {}", request.job);
        let _ = writeln!(
            yaml,
            "owner: {}  # stands in logs and tables",
            blank("who answers for this job, for example a team")
        );
        let _ = match &request.currency {
            Some(currency) => writeln!(yaml, "currency: &currency {currency}"),
            None => writeln!(
                yaml,
                "currency: &currency {}  # no amount is converted",
                blank("the currency of all amounts, as three capital letters such as EUR")
            ),
        };
        let languages: Vec<&str> = request.languages.iter().map(|language| language.code()).collect();
        let _ = writeln!(yaml, "languages: [{}]", languages.join(", "));
        let calendar = &self.calendar.calendar;
        let _ = writeln!(yaml, "# {}", self.calendar.reason);
        let is_instant =
            self.sources.iter().any(|source| source.time.as_ref().is_some_and(|time| time.is_instant));
        let zone = calendar.time_zone.name();
        if is_instant && zone == "UTC" {
            yaml.push_str("# Instants become days in UTC, here and in the SQL. If your days are others, run `trichter init` with --time-zone.\n");
        }
        let _ = writeln!(
            yaml,
            "calendar: {{ period: {}, starts: {}, time_zone: {} }}",
            calendar.period.as_str(),
            self.calendar.starts(),
            scalar(zone)
        );
        if let Some((start, end)) = self.window() {
            yaml.push_str(
                "# Without --start and --end the last whole period is run that the first KPI has data for.\n",
            );
            let _ = writeln!(yaml, "window: {{ start: {start}, end: {end} }}");
        }
    }

    /// The last whole period of the data behind the first KPI, or of any source.
    fn window(&self) -> Option<(chrono::NaiveDate, chrono::NaiveDate)> {
        let last = |source: &Source| Some(source.time.as_ref()?.days?.1);
        let of_goal = self.goals.first().and_then(|goal| last(goal.table.source));
        let last = of_goal.or_else(|| self.sources.iter().filter_map(last).max())?;
        Some(self.calendar.window(last))
    }

    /// Whether a run of the window finds rows of `source`.
    fn is_needed(&self, source: &Source) -> bool {
        let Some((start, end)) = self.window() else { return true };
        let Some((first, last)) = source.time.as_ref().and_then(|time| time.days) else { return true };
        last >= self.calendar.reads_from(start) && first < end
    }

    fn tables(&self, yaml: &mut String) {
        if self.tables.is_empty() {
            yaml.push_str("\n# No source of the company's own has a day for its rows, so no table is proposed. A table is a SELECT in a file of\n# its own below sql/.\n");
            return;
        }
        yaml.push_str("\n# One SELECT each; nothing is published while a row repeats a key.\ntables:\n");
        for table in self.tables {
            let key = table.key(self.calendar);
            let _ = writeln!(
                yaml,
                "  {}:\n    sql: {}/{}.sql\n    key: [{}]\n    time: {}\n    store: publish",
                table.name,
                self.sql,
                table.name,
                key.join(", "),
                key[0]
            );
        }
    }

    fn goals(&self, yaml: &mut String) {
        if self.goals.is_empty() {
            return;
        }
        let language = self.request.languages.first().map_or("en", |language| language.code());
        let cadence = self.calendar.calendar.period.as_str();
        let _ = write!(
            yaml,
            "\n# Nobody measures for the sake of measuring: every KPI serves a decision, and somebody takes it.\n\
             recipients:\n  {RECIPIENT}: {{ name: {}, language: {language} }}\n\ndecisions:\n  {DECISION}:\n    \
             question: {}\n    owner: {RECIPIENT}\n    cadence: {cadence}\n\nkpis:\n",
            blank("name or position of whoever decides by these figures"),
            blank(&format!("the question that is decided by these figures every {cadence}")),
        );
        for goal in self.goals {
            let unit = if goal.is_money { "*currency".to_owned() } else { scalar(&goal.name) };
            let by: Vec<&str> = goal.table.dimensions.iter().map(|(_, called)| called.as_str()).collect();
            let _ = writeln!(yaml, "  # {}", goal.reason);
            let _ = writeln!(
                yaml,
                "  {}:\n    from: {}\n    value: sum({})\n    unit: {unit}\n    better: {}\n    owner: {RECIPIENT}",
                goal.name,
                goal.table.name,
                super::spelling::identifier(&goal.column),
                if goal.is_higher_better { "higher" } else { "lower" }
            );
            if !by.is_empty() {
                let _ = writeln!(yaml, "    by: [{}]", by.join(", "));
            }
            let _ = writeln!(yaml, "    decisions: [{DECISION}]");
        }
    }

    fn tail(&self, yaml: &mut String) {
        yaml.push_str(
            "\n# What drives these figures is asked under `models`: a table that joins them with the world outside by period,\n\
             # and a `response` or an `outcome` on it. docs/reference/job.md has both.\n",
        );
        let _ = writeln!(yaml, "\npublish: {{ to: marts/{}/ }}", self.request.job);
    }
}

/// A value that a person has to write.
fn blank(asked: &str) -> String {
    format!("\"FILL_IN: {asked}\"")
}
