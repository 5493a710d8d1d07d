//! Columns of one table and the part that each has in a model, so that none has two.

use super::checker::Checker;
use crate::config::yaml::{Located, Optional};

/// Columns that have a part already.
#[derive(Default)]
pub(super) struct Columns {
    taken: Vec<(String, String)>,
}

impl Columns {
    /// Gives `column` a part that is not written in the job, such as a default.
    pub(super) fn note(&mut self, column: &str, part: &str) {
        self.taken.push((column.to_owned(), part.to_owned()));
    }

    /// The part of `column`, if it has one.
    pub(super) fn part(&self, column: &str) -> Option<&str> {
        self.taken.iter().find(|(taken, _)| taken == column).map(|(_, part)| part.as_str())
    }

    /// Gives `column` a part. A second one is a problem; an empty name is one, too.
    pub(super) fn take(
        &mut self,
        checker: &mut Checker<'_>,
        column: Option<&Located<String>>,
        part: &str,
    ) -> Option<String> {
        let name = checker.filled(column)?;
        if let (Some(first), Some(column)) = (self.part(&name), column) {
            let message = format!("`{name}` is {first} and cannot be {part} as well");
            checker.error("column_twice", column.position, message, "name another column");
            return None;
        }
        self.note(&name, part);
        Some(name)
    }

    /// The same for a column that need not be given; the outer `None` says that a problem is reported.
    #[allow(clippy::option_option, reason = "reported and not given are two different things here")]
    pub(super) fn take_optional(
        &mut self,
        checker: &mut Checker<'_>,
        column: &Optional<String>,
        part: &str,
    ) -> Option<Option<String>> {
        if column.is_absent() { Some(None) } else { self.take(checker, column.get(), part).map(Some) }
    }
}
