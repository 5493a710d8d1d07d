//! Checks of `sources`.

use std::path::Path;

use chrono::NaiveDate;

use super::checker::Checker;
use super::place;
use crate::config::job::{
    Column, CsvOptions, Encoding, Format, Freshness, PartitionColumn, SchemaChanges, Source,
};
use crate::config::section::{
    ColumnSpec, CsvSpec, EncodingSpec, FormatSpec, FreshnessSpec, SchemaChangesSpec, SourceSpec, SpanText,
};
use crate::config::yaml::{Located, Optional, closest, listed};
use crate::domain::DataType;

/// Checks one source.
pub(super) fn source(checker: &mut Checker<'_>, name: &Located<String>, spec: &SourceSpec) -> Option<Source> {
    let location = spec.path.get().and_then(|path| place::location(checker, path));
    let about = checker.optional(spec.about.as_ref());
    let format = format(checker, spec);
    let columns: Vec<_> =
        spec.columns.iter().map(|(name, column)| self::column(checker, name, column)).collect();
    let partitions = partitions(checker, spec);
    let time = time(checker, spec);
    let freshness = freshness(checker, spec);
    let schema_changes = schema_changes(checker, spec);
    Some(Source {
        name: name.value.clone(),
        party: spec.party.get()?.value,
        about: about?,
        location: location?,
        format: format?,
        time: time?,
        partitions: partitions?,
        freshness: freshness?,
        columns: columns.into_iter().collect::<Option<_>>()?,
        schema_changes,
        snapshot_only: spec.history.is_some(),
        required: spec.required,
    })
}

fn schema_changes(checker: &mut Checker<'_>, spec: &SourceSpec) -> SchemaChanges {
    let Some(Located { value, position }) = spec.schema_changes else { return SchemaChanges::default() };
    let has_names = match spec.format.as_ref().map(|format| &format.value) {
        Some(FormatSpec::Csv(csv)) => csv.header,
        _ => true,
    };
    if !has_names {
        let message = "text without a header line has no column names to compare";
        checker.error(
            "wrong_value",
            position,
            message,
            "remove `schema_changes`, or let the files have a header",
        );
    }
    match value {
        SchemaChangesSpec::Ignore => SchemaChanges::Ignore,
        SchemaChangesSpec::Append => SchemaChanges::Append,
        SchemaChangesSpec::Fail => SchemaChanges::Fail,
    }
}

fn format(checker: &mut Checker<'_>, spec: &SourceSpec) -> Option<Format> {
    match spec.format.as_ref().map(|format| &format.value) {
        Some(FormatSpec::Parquet(_)) => Some(Format::Parquet),
        Some(FormatSpec::Csv(csv)) => self::csv(checker, csv).map(Format::Csv),
        None => {
            let path = &spec.path.get()?.value;
            let is_csv = Path::new(path).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
            Some(if is_csv { Format::Csv(CsvOptions::default()) } else { Format::Parquet })
        }
    }
}

fn csv(checker: &mut Checker<'_>, spec: &CsvSpec) -> Option<CsvOptions> {
    let default = CsvOptions::default();
    let delimiter = spec.delimiter.as_ref().map_or(default.delimiter, |byte| byte.value.0);
    let quote = spec.quote.as_ref().map_or(default.quote, |byte| byte.value.0);
    if let Some(given) = spec.delimiter.as_ref().or(spec.quote.as_ref())
        && delimiter == quote
    {
        let message = "`delimiter` and `quote` are the same character";
        checker.error("wrong_value", given.position, message, "choose two different ones");
    }
    let texts = spec.null_values.iter().map(|text| text.get().map(|text| text.value.clone()));
    let encoding = spec.encoding.as_ref().map_or(default.encoding, |encoding| match encoding.value {
        EncodingSpec::Utf8 => Encoding::Utf8,
        EncodingSpec::Latin1 => Encoding::Latin1,
    });
    let null_values = texts.collect::<Option<_>>()?;
    Some(CsvOptions { delimiter, quote, null_values, header: spec.header, encoding })
}

fn column(checker: &mut Checker<'_>, name: &Located<String>, spec: &ColumnSpec) -> Option<Column> {
    let data_type = spec.data_type.get()?.value.0;
    if let Some(bound) = spec.min.as_ref().or(spec.max.as_ref())
        && !data_type.is_numeric()
    {
        let message =
            format!("`min` and `max` are for numbers, but `{}` is of type `{data_type}`", name.value);
        checker.error(
            "wrong_value",
            bound.position,
            message,
            "remove them, or give the column a numeric type",
        );
    }
    checker.ordered(spec.min.as_ref(), spec.max.as_ref());
    Some(Column {
        name: name.value.clone(),
        data_type,
        required: spec.required,
        unique: spec.unique,
        min: spec.min.as_ref().map(|min| min.value),
        max: spec.max.as_ref().map(|max| max.value),
        known: spec.known,
    })
}

fn partitions(checker: &mut Checker<'_>, spec: &SourceSpec) -> Option<Vec<PartitionColumn>> {
    let mut partitions = Vec::new();
    for (name, data_type) in spec.partitions.iter() {
        if spec.columns.names().contains(&name.value.as_str()) {
            let message = format!("`{}` is both a partition and a column", name.value);
            let help = "a partition's values are folder names; remove it from `columns`";
            checker.error("declared_twice", name.position, message, help);
        }
        if let Some(data_type) = data_type.get() {
            partitions.push(PartitionColumn { name: name.value.clone(), data_type: data_type.value.0 });
        }
    }
    if let (Some((first, _)), Some(path)) = (spec.partitions.iter().next(), spec.path.get())
        && !path.value.ends_with('/')
    {
        let message = format!("`{}` is one file, but partitions are folders", path.value);
        checker.error("wrong_value", first.position, message, "end the path with `/` if it is a folder");
    }
    (partitions.len() == spec.partitions.names().len()).then_some(partitions)
}

#[allow(clippy::option_option, reason = "reported and not given are two different things here")]
fn time(checker: &mut Checker<'_>, spec: &SourceSpec) -> Option<Option<String>> {
    let Optional::Given(time) = &spec.time else { return spec.time.is_absent().then_some(None) };
    let column = spec.columns.iter().find(|(name, _)| name.value == time.value);
    let partition = spec.partitions.iter().find(|(name, _)| name.value == time.value);
    let data_type = match (column, partition) {
        (Some((_, column)), _) => column.data_type.get()?.value.0,
        (None, Some((_, data_type))) => data_type.get()?.value.0,
        // Without a contract the columns are seen only when the files are.
        (None, None) if spec.columns.names().is_empty() => return Some(Some(time.value.clone())),
        (None, None) => {
            let known: Vec<&str> = spec.columns.names().into_iter().chain(spec.partitions.names()).collect();
            let message =
                format!("`time` names `{}`, which is not among the columns of the source", time.value);
            let help = match closest(&time.value, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add it to `columns`, or use one of {}", listed(known)),
            };
            checker.error("unknown_name", time.position, message, help);
            return None;
        }
    };
    if !matches!(data_type, DataType::Date | DataType::Timestamp) {
        let message = format!("`time` names `{}`, which is of type `{data_type}`", time.value);
        checker.error("wrong_value", time.position, message, "rows are dated by a `date` or a `timestamp`");
        return None;
    }
    Some(Some(time.value.clone()))
}

#[allow(clippy::option_option, reason = "reported and not given are two different things here")]
fn freshness(checker: &mut Checker<'_>, spec: &SourceSpec) -> Option<Option<Freshness>> {
    let Some(Located { value: FreshnessSpec { warn_after, fail_after }, position }) = &spec.freshness else {
        return Some(None);
    };
    if spec.time.is_absent() {
        let help = "say with `time` which column dates a row, or remove `freshness`";
        checker.error("missing_key", *position, "`freshness` needs `time`", help);
        return None;
    }
    let span = |bound: &Option<Located<_>>| bound.as_ref().map(|Located { value: SpanText(span), .. }| *span);
    let (warn, fail) = (span(warn_after), span(fail_after));
    // Months and days compare only from some day on; which one does not matter for what people write.
    if let (Some(warn), Some(fail), Some(given)) = (warn, fail, warn_after)
        && warn.after(NaiveDate::default()) >= fail.after(NaiveDate::default())
    {
        let message = format!("the warning after {warn} comes no earlier than the failure after {fail}");
        checker.error("out_of_range", given.position, message, "make `warn_after` shorter than `fail_after`");
    }
    Some(Some(Freshness { warn_after: warn, fail_after: fail }))
}
