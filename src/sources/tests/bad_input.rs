//! Input as it should not be: each kind is read correctly or refused with words that help, and `docs/bad-input.md` says
//! which.
//!
//! The cases are a table, and so is the page: it is made from what really happens to them.

use std::fmt::Write;
use std::path::PathBuf;

use super::types::lines;
use super::*;

mod names;
mod parquet;
mod partitions;
mod text;

/// One kind of input.
struct Case {
    /// What it is, for people.
    input: &'static str,
    /// Files by path below the storage.
    files: Vec<(String, Vec<u8>)>,
    /// Does to the storage's folder what files alone cannot say.
    prepare: fn(&Path),
    source: Source,
    sql: &'static str,
    expected: Expected,
}

/// What happens to a kind of input.
enum Expected {
    /// It is read.
    Reads {
        /// In which sense, for people.
        how: &'static str,
        /// Rows of the query, sorted.
        rows: Vec<&'static str>,
        /// Words of a warning; none may come up otherwise.
        warns: Option<&'static str>,
    },
    /// It is refused.
    Fails {
        code: &'static str,
        /// Words of message and help.
        words: Vec<&'static str>,
    },
}

fn nothing(_: &Path) {}

/// A case about the files below `s/`, of a source `s`.
fn case(input: &'static str, source: Source, files: Vec<(String, Vec<u8>)>) -> Case {
    let expected = Expected::Fails { code: "", words: Vec::new() };
    Case { input, files, prepare: nothing, source, sql: "select * from s", expected }
}

impl Case {
    fn after(mut self, prepare: fn(&Path)) -> Self {
        self.prepare = prepare;
        self
    }

    fn asked(mut self, sql: &'static str) -> Self {
        self.sql = sql;
        self
    }

    fn optional(mut self) -> Self {
        self.source.required = false;
        self
    }

    fn reads(mut self, how: &'static str, rows: &[&'static str]) -> Self {
        self.expected = Expected::Reads { how, rows: rows.to_vec(), warns: None };
        self
    }

    fn warns(mut self, words: &'static str) -> Self {
        if let Expected::Reads { warns, .. } = &mut self.expected {
            *warns = Some(words);
        }
        self
    }

    fn fails(mut self, code: &'static str, words: &[&'static str]) -> Self {
        self.expected = Expected::Fails { code, words: words.to_vec() };
        self
    }
}

/// What happened: the row of the page, or what was expected instead.
async fn happens(case: &Case) -> Result<String, String> {
    // A path may climb out of the storage's folder.
    let files: Vec<(String, &Vec<u8>)> =
        case.files.iter().map(|(path, bytes)| (format!("lake/{path}"), bytes)).collect();
    let files: Vec<(&str, &Vec<u8>)> = files.iter().map(|(path, bytes)| (path.as_str(), *bytes)).collect();
    let outside = lake(&files);
    let lake = outside.path().join("lake");
    (case.prepare)(&lake);
    let engine = engine(&lake);
    let folder = format!("{}/", lake.display());
    // Stores name their objects without the first `/`.
    let plain = |text: &str| text.replace(&folder, "").replace(folder.trim_start_matches('/'), "");
    let (session, read) = try_read_with(&engine, vec![case.source.clone()], all()).await;
    let unexpected = |found: &str| Err(format!("{}: {found}", case.input));
    match (read, &case.expected) {
        (Ok(read), Expected::Reads { how, rows, warns }) => {
            let mut found = lines(&session, case.sql).await;
            found.sort();
            let warnings = plain(&read.warnings.join("; ").replace("source `s`: ", ""));
            if found != *rows {
                return unexpected(&format!("{found:?}, not {rows:?}"));
            }
            match warns {
                None if warnings.is_empty() => Ok(format!("read: {how}")),
                Some(words) if warnings.contains(words) => Ok(format!("read: {how}. Warns: {warnings}")),
                _ => unexpected(&format!("warns {warnings:?}, not {warns:?}")),
            }
        }
        (Ok(_), Expected::Fails { .. }) => {
            let found = lines(&session, case.sql).await;
            unexpected(&format!("was read as {:?}", &found[..found.len().min(3)]))
        }
        (Err(failed), expected) => {
            let problems = failed.problems.sorted();
            let first = problems.first().unwrap();
            let help = first.help.as_deref().map(|help| format!(" *Help:* {help}")).unwrap_or_default();
            let message = first.message.strip_prefix("source `s`: ").unwrap_or(&first.message);
            let text = plain(&format!("{message}.{help}"));
            match expected {
                Expected::Fails { code, words }
                    if first.code == *code && words.iter().all(|word| text.contains(word)) =>
                {
                    assert_eq!(failed.kind, EngineErrorKind::Source, "{}", case.input);
                    assert!(first.help.is_some(), "{}: {text} does not say what to do", case.input);
                    Ok(format!("error `{code}`: {text}"))
                }
                _ => unexpected(&format!(
                    "{} problems, the first is `{}` of kind {:?}: {text:.600}",
                    problems.len(),
                    first.code,
                    failed.kind
                )),
            }
        }
    }
}

const PAGE: &str = "docs/bad-input.md";

const INTRODUCTION: &str = "# Bad input

<!-- Generated by the tests in src/sources/tests/bad_input; do not edit. -->

What becomes of files that are not as they should be. Each of them is read as the table says, or ends the run with a
message that names the file and says what to do. All errors below are exit code 4 unless they say otherwise; published
tables stay as they were. No value is rounded, cut or turned into NULL on the way.

Sources are as plain as can be: a folder `s/` of delimited text with the columns `day: date` and `units: bigint`, or of
Parquet with the same ones, declared under `columns`, if the table does not say otherwise. Messages begin with
`source ‘<name>’:` and the place in the job file, which are left out here; paths are below the storage's folder.

What no reader can find out is not found out: a line that is missing at the end of delimited text, and bits that have
changed among the values of Parquet.

A folder or file that may not be read ends the run with exit code 2, like a wrong key of an S3 storage does. So does `..`
in a `path` of a job file. Names of objects that cannot be part of a path, such as `..` in a bucket, are an error
`object_name` of exit code 4.

Columns that come, go, or change their type from one file to the next are a matter of
[`schema_changes`](reference/job.md).
";

const TYPES: &str = "
## Types

Files of one source may mix everything that stands in one row. Whatever is not in this table is refused with
`column_type`; a value that does not fit is refused with `contract`, which names it.

| declared | what Parquet files may hold |
| --- | --- |
| `string` | strings of any width or view, dictionaries of them, whole numbers |
| `boolean` | booleans |
| `integer`, `bigint` | whole numbers of any width, signed or not, as far as the declared type reaches |
| `double` | `float`, `double`, half floats, and whole numbers that a double holds exactly |
| `decimal(p,s)` | decimals of 32 to 256 bits with any scale, and whole numbers, if no digit is lost |
| `date` | days, and milliseconds that are at midnight |
| `timestamp` | timestamps in seconds to nanoseconds, if microseconds hold them. Those with a zone are instants; those without are taken as UTC. `INT96` of old Spark and Impala files are UTC, to the microsecond |
| any | dictionaries of what is listed here, and columns that hold no value at all, which are NULL |
";

fn cell(text: &str) -> String {
    let plain = text.replace('|', "\\|").replace('\n', " ");
    plain.replace('\0', "␀")
}

#[tokio::test]
async fn every_kind_of_bad_input_is_read_or_refused_as_the_page_says() {
    let mut page = INTRODUCTION.to_owned();
    let mut surprises = Vec::new();
    for (title, cases) in [
        ("Delimited text", text::cases()),
        ("Parquet", parquet::cases()),
        ("Folders and names", names::cases()),
        ("Partition folders", partitions::cases()),
    ] {
        write!(page, "\n## {title}\n\n| input | what happens |\n| --- | --- |\n").unwrap();
        for case in &cases {
            match happens(case).await {
                Ok(happened) => writeln!(page, "| {} | {} |", cell(case.input), cell(&happened)).unwrap(),
                Err(surprise) => surprises.push(surprise),
            }
        }
    }
    page.push_str(TYPES);
    assert!(surprises.is_empty(), "\n{}\n", surprises.join("\n"));
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    if is_to_be_written() {
        fs::write(&file, &page).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(found == page, "{PAGE} is stale: run `TRICHTER_BLESS=1 cargo test --lib bad_input`");
}

#[allow(clippy::disallowed_methods, reason = "a variable asks for the page to be written")]
fn is_to_be_written() -> bool {
    std::env::var_os("TRICHTER_BLESS").is_some()
}
