//! Parquet.

use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::Compression;
use ::parquet::file::properties::WriterProperties;
use arrow::array::{Date32Array, Int32Array, ListArray, StructArray};
use arrow::datatypes::{Field, Int32Type, Schema};

use super::*;

/// Columns `day` and `units`, in a folder of Parquet.
pub(super) fn daily() -> Source {
    let mut source = text::daily();
    source.format = Format::Parquet;
    source
}

fn free() -> Source {
    let mut source = daily();
    source.columns = Vec::new();
    source
}

fn days(count: i32) -> ArrayRef {
    // From 2012-01-01 on.
    Arc::new(Date32Array::from_iter_values(15_340..15_340 + count))
}

fn units(count: i64) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values((0..count).map(|row| 5 + row)))
}

/// The bytes of a Parquet file with these columns, whose names may occur twice.
fn bytes(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, values)| Field::new(*name, values.data_type().clone(), true)).collect();
    let values = columns.into_iter().map(|(_, values)| values).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), values).unwrap();
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

/// A sound file with one row.
pub(super) fn sound() -> Vec<u8> {
    bytes(vec![("day", days(1)), ("units", units(1))])
}

fn long() -> Vec<u8> {
    bytes(vec![("day", days(5_000)), ("units", units(5_000))])
}

fn parquet(input: &'static str, source: Source, bytes: Vec<u8>) -> Case {
    case(input, source, vec![("s/a.parquet".to_owned(), bytes)])
}

const ROW: [&str; 1] = ["2012-01-01|5"];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = files();
    cases.extend(columns());
    cases
}

fn files() -> Vec<Case> {
    let cut = |bytes: Vec<u8>, by: usize| bytes[..bytes.len() - by].to_vec();
    let half = long().len() / 2;
    let mut overwritten = sound();
    let end = overwritten.len() - 4;
    overwritten[end..].copy_from_slice(b"XXXX");
    let mut beginning = sound();
    beginning[..4].copy_from_slice(b"XXXX");
    let mut footer = sound();
    let place = footer.len() - 40;
    footer[place..place + 32].fill(0xff);
    let mut page = long();
    page[4..60].fill(0xff);
    vec![
        parquet("an empty file", daily(), Vec::new()).fails("unreadable", &["s/a.parquet is empty"]),
        parquet(
            "a file with columns and no rows, in a source that needs rows",
            daily(),
            bytes(vec![("day", days(0)), ("units", units(0))]),
        )
        .fails("empty_source", &["has no rows"]),
        parquet(
            "the same with `required: false`",
            daily(),
            bytes(vec![("day", days(0)), ("units", units(0))]),
        )
        .optional()
        .reads("no rows", &[]),
        parquet("half a file", daily(), cut(long(), half))
            .fails("unreadable", &["s/a.parquet is cut off", "copy it again"]),
        parquet("a file without its last byte", daily(), cut(sound(), 1))
            .fails("unreadable", &["s/a.parquet is cut off"]),
        parquet("only the first four bytes", daily(), b"PAR1".to_vec())
            .fails("unreadable", &["s/a.parquet is no readable Parquet file"]),
        parquet("another mark at the end", daily(), overwritten)
            .fails("unreadable", &["s/a.parquet is cut off"]),
        parquet("another mark at the beginning", daily(), beginning)
            .reads("as any other: readers begin at the end", &ROW),
        parquet("a broken description of the columns", daily(), footer)
            .fails("unreadable", &["s/a.parquet is no readable Parquet file"]),
        parquet("broken rows", daily(), page).fails("unreadable", &["s/a.parquet is damaged"]),
        parquet("delimited text called `.parquet`", daily(), b"day,units\n2012-01-01,5\n".to_vec())
            .fails("unreadable", &["s/a.parquet looks like text", "format: { csv: {} }"]),
        parquet("a file compressed by gzip, called `.parquet`", daily(), b"\x1f\x8b\x08\0\0".to_vec())
            .fails("unreadable", &["s/a.parquet is compressed by gzip"]),
        parquet("any other bytes", daily(), vec![7; 1_000])
            .fails("unreadable", &["s/a.parquet does not begin as Parquet files do"]),
    ]
}

fn columns() -> Vec<Case> {
    let list: ArrayRef =
        Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None])]));
    let one: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let structure: ArrayRef = Arc::new(StructArray::try_from(vec![("units", Arc::clone(&one))]).unwrap());
    let nested = || {
        let nested = vec![
            ("list", Arc::clone(&list)),
            ("day", days(1)),
            ("struct", Arc::clone(&structure)),
            ("units", units(1)),
        ];
        bytes(nested)
    };
    let many: Vec<String> = (0..10_000).map(|index| format!("c{index}")).collect();
    let mut wide: Vec<(&str, ArrayRef)> = many.iter().map(|name| (name.as_str(), Arc::clone(&one))).collect();
    wide.extend([("day", days(1)), ("units", units(1))]);
    let text: ArrayRef = Arc::new(StringArray::from(vec!["5"]));
    let mut dotted = daily();
    dotted.columns = vec![column("day.first", DataType::Date), column("units \"sold\"", DataType::Bigint)];
    vec![
        parquet("lists and structs that are not declared", daily(), nested()).reads("without them", &ROW),
        parquet("lists and structs in a source that declares no columns", free(), nested())
            .reads("without them", &ROW)
            .warns("left out `list`, `struct`"),
        parquet(
            "a list where a number is declared",
            daily(),
            bytes(vec![("day", days(1)), ("units", list.clone())]),
        )
        .fails("column_type", &["column `units` is declared as bigint, but s/a.parquet holds lists"]),
        parquet("text where a number is declared", daily(), bytes(vec![("day", days(1)), ("units", text)]))
            .fails("column_type", &["column `units` is declared as bigint, but s/a.parquet holds string"]),
        parquet(
            "a declared name that occurs twice",
            daily(),
            bytes(vec![("units", units(1)), ("day", days(1)), ("units", units(1))]),
        )
        .fails("duplicate_column", &["s/a.parquet: column `units` occurs twice"]),
        parquet(
            "another name that occurs twice",
            daily(),
            bytes(vec![("x", units(1)), ("x", days(1)), ("units", units(1)), ("day", days(1))]),
        )
        .reads("without both", &ROW),
        parquet(
            "a declared name in another case",
            daily(),
            bytes(vec![("Day", days(1)), ("units", units(1))]),
        )
        .fails("missing_column", &["no column `day` in s/a.parquet", "did you mean `Day`?"]),
        parquet(
            "names with dots, spaces and quotes",
            dotted,
            bytes(vec![("day.first", days(1)), ("units \"sold\"", units(1))]),
        )
        .reads("as any other", &ROW),
        parquet("10,000 columns that are not declared", daily(), bytes(wide)).reads("without them", &ROW),
    ]
}
