//! Problems as people read them in a terminal or in a log.

use std::fmt::Write;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::diagnostic::{Position, Problem, Problems};
use crate::domain::Severity;

impl Problems {
    /// The problems in source order, each with the line at fault, and a last line that counts them.
    ///
    /// `color` adds ANSI escapes.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut report = String::new();
        for problem in self.sorted() {
            let text = self.text(&problem.file);
            let _ = writeln!(report, "{}\n", renderer.render(&[group(problem, text)]));
        }
        let count = |severity| self.sorted().iter().filter(|problem| problem.severity == severity).count();
        let counts: Vec<String> = [(count(Severity::Error), "error"), (count(Severity::Warn), "warning")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
            .collect();
        let _ = write!(report, "{}", counts.join(", "));
        report
    }
}

fn group<'a>(problem: &'a Problem, text: Option<&'a str>) -> Group<'a> {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warn => Level::WARNING,
    };
    let group = Group::with_title(level.primary_title(problem.message.as_str()).id(problem.code));
    let path = problem.file.to_string_lossy().into_owned();
    let group = match (problem.position, text) {
        (Some(position), Some(text)) => group.element(
            Snippet::source(text).path(path).annotation(AnnotationKind::Primary.span(bytes(text, position))),
        ),
        (Some(position), None) => group
            .element(Origin::path(path).line(position.line as usize).char_column(position.column as usize)),
        (None, _) => group.element(Origin::path(path)),
    };
    match &problem.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }
}

/// The bytes that a position underlines; within one line and within the text.
fn bytes(text: &str, position: Position) -> std::ops::Range<usize> {
    let before: usize =
        text.split_inclusive('\n').take(position.line.saturating_sub(1) as usize).map(str::len).sum();
    let line = text[before..].lines().next().unwrap_or_default();
    let offset = |characters: u32| line.chars().take(characters as usize).map(char::len_utf8).sum::<usize>();
    let start = position.column.saturating_sub(1);
    before + offset(start)..before + offset(start.saturating_add(position.length))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn position(line: u32, column: u32, length: u32) -> Position {
        Position { line, column, length }
    }

    #[test]
    fn positions_become_bytes_within_the_text() {
        let text = "äö: x\nab: ü\n";
        assert_eq!(&text[bytes(text, position(1, 1, 2))], "äö");
        assert_eq!(&text[bytes(text, position(2, 5, 1))], "ü");
        assert_eq!(&text[bytes(text, position(2, 5, 99))], "ü");
        assert_eq!(bytes(text, position(9, 9, 9)), text.len()..text.len());
    }

    #[test]
    fn a_report_shows_place_line_and_help() {
        let file = Path::new("jobs/x.yaml");
        let mut problems = Problems::default();
        problems.add_text(file, "job: x\npth: y\n");
        let problem =
            Problem::error("unknown_key", file, Some(position(2, 1, 3)), "unknown key `pth`".to_owned());
        problems.push(problem.with_help("did you mean `path`?"));
        let expected = "\
error[unknown_key]: unknown key `pth`
 --> jobs/x.yaml:2:1
  |
2 | pth: y
  | ^^^
  |
  = help: did you mean `path`?

1 error";
        assert_eq!(problems.render(false), expected);
        assert!(problems.render(true).contains("\u{1b}["));
    }

    #[test]
    fn a_place_without_text_is_still_named() {
        let file = Path::new("sql/x.sql");
        let mut problems = Problems::default();
        problems.push(Problem::error("sql", file, Some(position(3, 4, 1)), "no column `a`".to_owned()));
        assert_eq!(problems.render(false), "error[sql]: no column `a`\n--> sql/x.sql:3:4\n\n1 error");
    }
}
