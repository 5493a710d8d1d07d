//! What every check needs: where to report, names, references, texts.
//!
//! Checks return `None` when a problem is reported, here or by decoding. Callers check everything
//! first and use `?` last, so that one problem does not hide the next.

use std::path::Path;

use crate::config::diagnostic::{Position, Problem, Problems};
use crate::config::section::Text;
use crate::config::yaml::{List, Located, Required, closest, listed};
use crate::domain::{Language, LocalText};

/// Reports problems of one file.
pub(super) struct Checker<'a> {
    file: &'a Path,
    problems: &'a mut Problems,
    /// Languages that every text must have; empty when they are not known.
    pub(super) languages: Vec<Language>,
}

impl<'a> Checker<'a> {
    /// Reports problems of `file`.
    pub(super) fn new(file: &'a Path, problems: &'a mut Problems) -> Self {
        Self { file, problems, languages: Vec::new() }
    }

    /// Reports a problem that refuses the job.
    pub(super) fn error(
        &mut self,
        code: &'static str,
        position: Position,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let problem = Problem::error(code, self.file, Some(position), message.into());
        self.problems.push(problem.with_help(help));
    }

    /// Reports a problem that stands nowhere in the file.
    pub(super) fn file_error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.problems.push(Problem::error(code, self.file, None, message.into()).with_help(help));
    }

    /// Checks a name that the author chose: it becomes part of SQL, folder names and messages.
    pub(super) fn name(&mut self, name: &Located<String>) {
        let text = &name.value;
        let starts_well = text.starts_with(|first: char| first.is_ascii_lowercase());
        let goes_on_well = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !starts_well || !goes_on_well || text.len() > 63 {
            let message = format!("`{text}` cannot be a name");
            let help = "a name has lowercase letters, digits and `_`, starts with a letter and has at most 63 characters";
            self.error("invalid_name", name.position, message, help);
        }
    }

    /// Checks that `name` is one of the declared ones, if those are known.
    pub(super) fn reference(
        &mut self,
        what: &str,
        name: &Located<String>,
        known: Option<&[&str]>,
    ) -> Option<String> {
        let known = known?;
        if known.contains(&name.value.as_str()) {
            return Some(name.value.clone());
        }
        let help = match closest(&name.value, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("the job declares no {what}; add one"),
            None => format!("the job declares {}", listed(known.iter().copied())),
        };
        self.error(
            "unknown_name",
            name.position,
            format!("there is no {what} called `{}`", name.value),
            help,
        );
        None
    }

    /// A text that must not be empty.
    pub(super) fn filled(&mut self, text: Option<&Located<String>>) -> Option<String> {
        let text = text?;
        if text.value.trim().is_empty() {
            self.error(
                "empty_text",
                text.position,
                "the text is empty",
                "write it, or leave the key out if it is optional",
            );
            return None;
        }
        Some(text.value.clone())
    }

    /// A text that must be given and not be empty.
    pub(super) fn required(&mut self, text: &Required<String>) -> Option<String> {
        self.filled(text.get())
    }

    /// An optional text: the outer `None` says that a problem is reported.
    #[allow(clippy::option_option, reason = "reported and not given are two different things here")]
    pub(super) fn optional(&mut self, text: Option<&Located<String>>) -> Option<Option<String>> {
        match text {
            None => Some(None),
            Some(text) => self.filled(Some(text)).map(Some),
        }
    }

    /// A text for people, which must have every language of the job.
    pub(super) fn text(&mut self, text: &Located<Text>) -> Option<LocalText> {
        let texts = match &text.value {
            Text::Same(text) => return Some(LocalText::same(text)),
            Text::PerLanguage(texts) => texts,
            Text::Faulty => return None,
        };
        let missing: Vec<&str> = self
            .languages
            .iter()
            .filter(|language| !texts.0.contains_key(language))
            .map(|language| language.code())
            .collect();
        if missing.is_empty() {
            return Some(texts.clone());
        }
        let message = format!("the text is missing in {}", listed(missing));
        self.error("missing_language", text.position, message, "add it, or write one text for all languages");
        None
    }

    /// A text for people, `name` by default.
    pub(super) fn label(&mut self, label: Option<&Located<Text>>, name: &str) -> Option<LocalText> {
        match label {
            Some(label) => self.text(label),
            None => Some(LocalText::same(name)),
        }
    }

    /// A list of names: not empty, none twice.
    pub(super) fn list(&mut self, what: &str, list: Option<&Located<List<String>>>) -> Option<Vec<String>> {
        let list = list?;
        if list.value.is_empty() {
            let help = format!("name at least one {what}");
            self.error("empty_list", list.position, "the list is empty", help);
            return None;
        }
        self.distinct(what, &list.value)
    }

    /// The elements of a list, none twice; `None` if a problem with one is reported.
    pub(super) fn distinct(&mut self, what: &str, items: &List<String>) -> Option<Vec<String>> {
        let mut distinct: Vec<String> = Vec::new();
        let mut complete = true;
        for item in items {
            match self.filled(item.get()) {
                None => complete = false,
                Some(text) if distinct.contains(&text) => {
                    if let Some(item) = item.get() {
                        let message = format!("the {what} `{text}` is listed twice");
                        self.error("listed_twice", item.position, message, "keep one of them");
                    }
                    complete = false;
                }
                Some(text) => distinct.push(text),
            }
        }
        complete.then_some(distinct)
    }

    /// A whole number within bounds.
    pub(super) fn whole(&mut self, number: &Located<i64>, what: &str, min: i64, max: i64) -> Option<i64> {
        if (min..=max).contains(&number.value) {
            return Some(number.value);
        }
        let message = format!("{what} must be between {min} and {max}, got {}", number.value);
        self.error("out_of_range", number.position, message, "choose a number within these bounds");
        None
    }

    /// Bounds of a range, in order.
    pub(super) fn ordered<T: PartialOrd + std::fmt::Display>(
        &mut self,
        min: Option<&Located<T>>,
        max: Option<&Located<T>>,
    ) {
        if let (Some(min), Some(max)) = (min, max)
            && min.value > max.value
        {
            let message = format!("`min` {} is larger than `max` {}", min.value, max.value);
            self.error("out_of_range", min.position, message, "swap them");
        }
    }
}
