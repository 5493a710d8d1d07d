//! Problems in job files, platform files and SQL files, with their place.
//!
//! Kept apart from the code that finds problems, because YAML decoding, name resolution and SQL
//! planning all add to one [`Problems`], which is shown once, in source order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::domain::Severity;

/// A place in a text file; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
    /// Characters to underline, at least 1.
    pub length: u32,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable `snake_case` code, for example `unknown_key`.
    pub code: &'static str,
    /// Problems of severity error refuse the job; warnings are shown and the run goes on.
    pub severity: Severity,
    /// The file, as people would name it.
    pub file: PathBuf,
    /// The place, where there is one.
    pub position: Option<Position>,
    /// What is wrong: a lowercase fragment with names in back-ticks.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    /// A problem that refuses the job.
    #[must_use]
    pub fn error(code: &'static str, file: &Path, position: Option<Position>, message: String) -> Self {
        let file = file.to_owned();
        Self { code, severity: Severity::Error, file, position, message, help: None }
    }

    /// Says what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// All problems of a job, together with the texts that they point into.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    problems: Vec<Problem>,
    texts: BTreeMap<PathBuf, String>,
}

impl Problems {
    /// Adds a problem unless the very same is there already.
    pub fn push(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Adds all problems of `other`.
    pub fn extend(&mut self, other: Self) {
        for problem in other.problems {
            self.push(problem);
        }
        self.texts.extend(other.texts);
    }

    /// The problems that are not among `known`.
    #[must_use]
    pub fn except(&self, known: &Self) -> Self {
        let new = self.problems.iter().filter(|problem| !known.problems.contains(problem)).cloned().collect();
        Self { problems: new, texts: self.texts.clone() }
    }

    /// Gives the text of a file, so that [`Problems::render`] can show the lines at fault.
    pub fn add_text(&mut self, file: &Path, text: &str) {
        self.texts.insert(file.to_owned(), text.to_owned());
    }

    /// Reads the text of every file that problems stand in and whose text was not given. A file that
    /// cannot be read shows its place only.
    pub fn add_texts(&mut self) {
        let files: Vec<PathBuf> = self.problems.iter().map(|problem| problem.file.clone()).collect();
        for file in files {
            if !self.texts.contains_key(&file)
                && let Ok(text) = std::fs::read_to_string(&file)
            {
                // Some editors write a byte order mark, which is no part of the text.
                let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
                self.texts.insert(file, text);
            }
        }
    }

    /// The text of a file, if it was given.
    #[must_use]
    pub fn text(&self, file: &Path) -> Option<&str> {
        self.texts.get(file).map(String::as_str)
    }

    /// True when some problem refuses the job.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Takes out the problems that `which` says.
    pub(super) fn take(&mut self, which: impl Fn(&Problem) -> bool) -> Vec<Problem> {
        let (taken, left) = std::mem::take(&mut self.problems).into_iter().partition(which);
        self.problems = left;
        taken
    }

    /// The problems by file and position.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Problem> {
        let mut problems: Vec<&Problem> = self.problems.iter().collect();
        problems.sort_by(|a, b| (&a.file, a.position, a.code).cmp(&(&b.file, b.position, b.code)));
        problems
    }

    /// True when there is no problem.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Serializes the problems in source order.
impl Serialize for Problems {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.sorted())
    }
}
