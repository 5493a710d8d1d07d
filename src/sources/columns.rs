//! Which columns SQL sees of a source: those of its contract, and what `schema_changes` lets the files add.
//!
//! The answer depends on the files and on nothing else: not on their number of threads, and not on where in a file a
//! column stands.

use std::collections::{BTreeMap, BTreeSet};

use arrow::datatypes::{DataType, Schema, SchemaRef};

use super::schema::Mismatch;
use crate::config::job::{Column, Format, SchemaChanges, Source};
use crate::domain::{self, Known};
use crate::engine::{EngineError, EngineErrorKind, domain_type};

/// The columns of one file, in the order of the source's objects.
#[derive(Debug, Clone)]
pub(super) struct FileColumns {
    /// What people call the file.
    pub(super) file: String,
    pub(super) schema: SchemaRef,
}

/// The columns of a source's table.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) columns: Vec<Column>,
    /// Columns that no table can hold.
    pub(super) left_out: Vec<String>,
    /// What is worth knowing, as sentences.
    pub(super) warnings: Vec<String>,
}

/// What files hold of a column that no contract names.
#[derive(Debug, Clone, PartialEq)]
enum Holds {
    /// No value in any file.
    Nothing,
    Values(domain::DataType),
    /// Values that no table can hold.
    Other(DataType),
}

/// A column that no contract names, with the file that says what it holds.
#[derive(Debug)]
struct Seen {
    holds: Holds,
    file: String,
}

/// Chooses the columns of `source`, whose files hold `files`.
///
/// # Errors
///
/// With every column that files hold in types which do not fit together, or under names that differ only in case.
pub(super) fn choose(source: &Source, files: &[FileColumns]) -> Result<Chosen, Vec<Mismatch>> {
    let is_free = source.columns.is_empty();
    let appends = source.schema_changes == SchemaChanges::Append;
    if !is_free && !appends {
        return Ok(Chosen { columns: source.columns.clone(), ..Chosen::default() });
    }
    let (seen, mut mismatches) = see(source, files);
    let first: Vec<&str> = match files.first() {
        Some(first) if is_free => names(&first.schema).filter(|name| seen.contains_key(name)).collect(),
        _ => Vec::new(),
    };
    // Names in the order of the first file, which stands in for a contract, then the others by name.
    let in_first: BTreeSet<&str> = first.iter().copied().collect();
    let others = seen.keys().copied().filter(|name| !in_first.contains(name));
    let (added, skipped): (Vec<&str>, Vec<&str>) =
        if appends { (others.collect(), Vec::new()) } else { (Vec::new(), others.collect()) };
    let mut chosen = Chosen { columns: source.columns.clone(), ..Chosen::default() };
    let mut taken = BTreeSet::new();
    for name in first.iter().chain(&added).filter(|name| taken.insert(**name)) {
        let Some(seen) = seen.get(name) else { continue };
        match &seen.holds {
            Holds::Nothing => chosen.columns.push(free_column(name, domain::DataType::String)),
            Holds::Values(data_type) => chosen.columns.push(free_column(name, *data_type)),
            Holds::Other(_) => chosen.left_out.push((*name).to_owned()),
        }
    }
    mismatches.retain(|mismatch| !skipped.contains(&mismatch.name.as_str()));
    if appends {
        mismatches.extend(alike(source, &seen, &chosen.columns));
    }
    if !mismatches.is_empty() {
        return Err(mismatches);
    }
    chosen.warnings = warnings(source, files, &chosen, &skipped);
    Ok(chosen)
}

/// Names of the columns of a file that have one.
fn names(schema: &Schema) -> impl Iterator<Item = &str> {
    schema.fields().iter().map(|field| field.name().as_str()).filter(|name| !name.is_empty())
}

fn free_column(name: &str, data_type: domain::DataType) -> Column {
    Column {
        name: name.to_owned(),
        data_type,
        required: false,
        unique: false,
        min: None,
        max: None,
        known: Known::AtEntry,
    }
}

/// Every column of the files that neither the contract nor a folder names, and which of them do not fit together.
fn see<'a>(source: &Source, files: &'a [FileColumns]) -> (BTreeMap<&'a str, Seen>, Vec<Mismatch>) {
    let is_text = matches!(source.format, Format::Csv(_));
    let mut all: BTreeMap<&str, Seen> = BTreeMap::new();
    let mut mismatches: Vec<Mismatch> = Vec::new();
    let columns = source.columns.iter().map(|column| column.name.as_str());
    let partitions = source.partitions.iter().map(|partition| partition.name.as_str());
    let declared: BTreeSet<&str> = columns.chain(partitions).collect();
    for FileColumns { file, schema } in files {
        let mut here = BTreeSet::new();
        for field in schema.fields() {
            let name = field.name().as_str();
            // That a name occurs twice in one file is told when files are compared.
            if name.is_empty() || declared.contains(name) || !here.insert(name) {
                continue;
            }
            let holds = match (field.data_type(), domain_type(field.data_type())) {
                (DataType::Null, _) => Holds::Nothing,
                (_, Some(data_type)) => Holds::Values(data_type),
                (other, None) => Holds::Other(other.clone()),
            };
            let Some(known) = all.get_mut(name) else {
                all.insert(name, Seen { holds, file: file.clone() });
                continue;
            };
            match unite(&known.holds, &holds, is_text) {
                Some(united) if united == known.holds => {}
                Some(united) => *known = Seen { holds: united, file: file.clone() },
                None if mismatches.iter().any(|mismatch| mismatch.name == name) => {}
                None => mismatches.push(conflict(name, known, &holds, file)),
            }
        }
    }
    (all, mismatches)
}

/// What holds the values of both without changing any; `None` if nothing does.
fn unite(one: &Holds, other: &Holds, is_text: bool) -> Option<Holds> {
    use domain::DataType::{Bigint, Decimal, Double, Integer};
    Some(match (one, other) {
        (Holds::Nothing, held) | (held, Holds::Nothing) => held.clone(),
        (Holds::Other(_), Holds::Other(_)) => one.clone(),
        (Holds::Values(one), Holds::Values(other)) => Holds::Values(match (*one, *other) {
            (one, other) if one == other => one,
            (Integer, Bigint) | (Bigint, Integer) => Bigint,
            // `3` in one file and `2.5` in another are two numbers of one kind.
            (Bigint, Double) | (Double, Bigint) if is_text => Double,
            (Decimal { precision: p, scale: s }, Decimal { precision: q, scale: t }) => {
                let scale = s.max(t);
                let whole = (i16::from(p) - i16::from(s)).max(i16::from(q) - i16::from(t));
                let precision = u8::try_from(whole + i16::from(scale)).ok().filter(|digits| *digits <= 38)?;
                Decimal { precision, scale }
            }
            _ => return None,
        }),
        _ => return None,
    })
}

fn conflict(name: &str, known: &Seen, holds: &Holds, file: &str) -> Mismatch {
    let message = format!(
        "column `{name}` holds {} in {}, but {} in {file}",
        said(&known.holds),
        known.file,
        said(holds)
    );
    let error = EngineError::new(EngineErrorKind::Source, "column_type", message).with_help(
        "write it with one type in all files; to leave it out, name the columns that SQL reads under `columns`, \
         without `schema_changes: append`",
    );
    Mismatch { column: None, name: name.to_owned(), error }
}

fn said(holds: &Holds) -> String {
    match holds {
        Holds::Nothing => "nothing".to_owned(),
        Holds::Values(data_type) => data_type.to_string(),
        Holds::Other(other) => kind(other),
    }
}

/// What people call values of `data_type`.
pub(super) fn kind(data_type: &DataType) -> String {
    match data_type {
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => "lists".to_owned(),
        DataType::Struct(_) => "structs".to_owned(),
        DataType::Map(..) => "maps".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "bytes".to_owned()
        }
        DataType::Time32(_) | DataType::Time64(_) => "times of day".to_owned(),
        other => domain_type(other).map_or_else(|| other.to_string(), |data_type| data_type.to_string()),
    }
}

/// Columns that SQL could tell apart only in quotes: one of them has most likely been renamed.
fn alike(source: &Source, seen: &BTreeMap<&str, Seen>, columns: &[Column]) -> Vec<Mismatch> {
    let partitions = source.partitions.iter().map(|partition| partition.name.as_str());
    let mut mismatches = Vec::new();
    let mut earlier: BTreeMap<String, &str> = BTreeMap::new();
    for name in columns.iter().map(|column| column.name.as_str()).chain(partitions) {
        // Of two declared names people have decided that they differ.
        if let Some(earlier) = earlier.insert(name.to_lowercase(), name)
            && let Some(Seen { file, .. }) = seen.get(name).or_else(|| seen.get(earlier))
        {
            let message =
                format!("the names of the columns `{earlier}` and `{name}` differ only in case, see {file}");
            let error = EngineError::new(EngineErrorKind::Source, "ambiguous_column", message)
                .with_help("give the column one name in all files, or leave `schema_changes` at `ignore`");
            mismatches.push(Mismatch { column: None, name: name.to_owned(), error });
        }
    }
    mismatches
}

fn warnings(source: &Source, files: &[FileColumns], chosen: &Chosen, skipped: &[&str]) -> Vec<String> {
    let mut warnings = Vec::new();
    let listed = |names: &[&str]| {
        let more = if names.len() > 5 { format!(" and {} more", names.len() - 5) } else { String::new() };
        format!("`{}`{more}", names.iter().take(5).copied().collect::<Vec<_>>().join("`, `"))
    };
    if !chosen.left_out.is_empty() {
        let names: Vec<&str> = chosen.left_out.iter().map(String::as_str).collect();
        warnings.push(format!("left out {}: no table can hold their types", listed(&names)));
    }
    if let Some(unnamed) =
        files.iter().find(|file| file.schema.fields().iter().any(|field| field.name().is_empty()))
    {
        warnings.push(format!("left out a column without a name in {}", unnamed.file));
    }
    if let (false, Some(first)) = (skipped.is_empty(), files.first())
        && source.schema_changes == SchemaChanges::Ignore
    {
        warnings.push(format!(
            "left out {}, which {} does not hold; `schema_changes: append` would add them",
            listed(skipped),
            first.file
        ));
    }
    if let (SchemaChanges::Append, Some(last)) = (source.schema_changes, files.last()) {
        // Every column of the table is in some file: `missing` sees to that.
        let held: BTreeSet<&str> = names(&last.schema).collect();
        let gone = chosen.columns.iter().map(|column| column.name.as_str());
        let gone: Vec<&str> = gone.filter(|name| !held.contains(name)).collect();
        if !gone.is_empty() {
            warnings.push(format!(
                "{} does not hold {}, which earlier files do: read as NULL there",
                last.file,
                listed(&gone)
            ));
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DataType::{Bigint, Decimal, Double, Integer, String, Timestamp};

    #[test]
    fn types_of_files_are_united_where_no_value_changes() {
        let decimal = |precision, scale| Decimal { precision, scale };
        let united = |one, other, is_text| {
            let both = [(one, other), (other, one)].map(|(one, other)| {
                match unite(&Holds::Values(one), &Holds::Values(other), is_text) {
                    Some(Holds::Values(united)) => Some(united),
                    _ => None,
                }
            });
            assert_eq!(both[0], both[1]);
            both[0]
        };
        assert_eq!(united(Integer, Bigint, false), Some(Bigint));
        assert_eq!(united(Bigint, Double, false), None);
        assert_eq!(united(Bigint, Double, true), Some(Double));
        assert_eq!(united(decimal(10, 2), decimal(8, 4), false), Some(decimal(12, 4)));
        assert_eq!(united(decimal(38, 0), decimal(38, 10), false), None);
        assert_eq!(united(String, Timestamp, true), None);
        assert_eq!(unite(&Holds::Nothing, &Holds::Values(String), false), Some(Holds::Values(String)));
    }
}
