//! Types that files hold beside those that tables hold: read exactly, or refused, whatever the mixture of files.

use arrow::array::{
    Array, BooleanArray, Date32Array, Date64Array, Decimal32Array, Decimal64Array, Decimal128Array,
    Decimal256Array, DictionaryArray, FixedSizeBinaryArray, Float32Array, Float64Array, Int8Array,
    Int16Array, Int32Array, LargeStringArray, ListArray, NullArray, StringViewArray, StructArray,
    Time64MicrosecondArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampSecondArray,
    UInt32Array, UInt64Array,
};
use arrow::datatypes::{Int8Type, Int32Type, i256};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::data_type::{Int96, Int96Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::*;

/// Rows of a query, each as its values with a bar between them.
pub(super) async fn lines(session: &Session, sql: &str) -> Vec<String> {
    let batches = session.query(&SqlOrigin::file("a.sql"), sql).await.unwrap();
    let options = FormatOptions::default().with_null("-");
    let mut lines = Vec::new();
    for batch in batches {
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).unwrap())
            .collect();
        lines.extend((0..batch.num_rows()).map(|row| {
            let values: Vec<String> = columns.iter().map(|column| column.value(row).to_string()).collect();
            values.join("|")
        }));
    }
    lines
}

/// What becomes of the column `v` of files that hold `files`, declared as `data_type`.
async fn read_column(data_type: DataType, files: &[ArrayRef]) -> Result<Vec<String>, String> {
    let lake = tempfile::tempdir().unwrap();
    for (index, values) in files.iter().enumerate() {
        let path = lake.path().join(format!("s/{index}.parquet"));
        let file = i32::try_from(index).unwrap();
        let files: ArrayRef = Arc::new(Int32Array::from(vec![file; values.len()]));
        write_parquet(&path, vec![("v", Arc::clone(values)), ("file", files)]);
    }
    read_folder(&lake, data_type).await
}

async fn read_folder(lake: &TempDir, data_type: DataType) -> Result<Vec<String>, String> {
    let mut source = csv_source("s", "s/", &[column("v", data_type), column("file", DataType::Integer)]);
    source.format = Format::Parquet;
    let (session, read) = try_read(lake.path(), vec![source], all()).await;
    match read {
        Ok(_) => Ok(lines(&session, "select v from s order by file, v").await),
        Err(failed) => {
            assert_eq!(failed.kind, EngineErrorKind::Source, "{:?}", told(&failed.problems));
            Err(told(&failed.problems).join("\n").replace(&format!("{}/", lake.path().display()), ""))
        }
    }
}

async fn reads(data_type: DataType, files: Vec<ArrayRef>, expected: &[&str]) {
    let types: Vec<String> = files.iter().map(|values| values.data_type().to_string()).collect();
    match read_column(data_type, &files).await {
        Ok(found) => assert_eq!(found, expected, "{types:?} as {data_type}"),
        Err(problems) => panic!("{types:?} as {data_type}: {problems}"),
    }
}

async fn refuses(data_type: DataType, files: Vec<ArrayRef>, words: &[&str]) {
    let types: Vec<String> = files.iter().map(|values| values.data_type().to_string()).collect();
    match read_column(data_type, &files).await {
        Ok(found) => panic!("{types:?} as {data_type}: {found:?}"),
        Err(problems) => {
            for word in words {
                assert!(problems.contains(word), "`{word}` is missing in: {problems}");
            }
        }
    }
}

/// 2012-07-01 10:00:00 UTC.
const NOON: i64 = 1_341_136_800;

#[tokio::test]
async fn timestamps_of_every_unit_and_zone_are_the_same_instant() {
    let instant = "2012-07-01T10:00:00Z";
    let files: Vec<ArrayRef> = vec![
        Arc::new(TimestampNanosecondArray::from(vec![NOON * 1_000_000_000]).with_timezone("UTC")),
        Arc::new(TimestampMicrosecondArray::from(vec![NOON * 1_000_000]).with_timezone("+02:00")),
        Arc::new(TimestampMillisecondArray::from(vec![NOON * 1_000]).with_timezone("America/New_York")),
        Arc::new(TimestampSecondArray::from(vec![NOON]).with_timezone("Europe/Berlin")),
        // Without a zone they are in UTC.
        Arc::new(TimestampNanosecondArray::from(vec![NOON * 1_000_000_000])),
        Arc::new(TimestampMicrosecondArray::from(vec![NOON * 1_000_000])),
        Arc::new(TimestampMillisecondArray::from(vec![NOON * 1_000])),
    ];
    reads(DataType::Timestamp, files, &[instant; 7]).await;
}

#[tokio::test]
async fn timestamps_that_microseconds_cannot_hold_are_refused() {
    let fine: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![NOON * 1_000_000]));
    let finer: ArrayRef = Arc::new(TimestampNanosecondArray::from(vec![NOON * 1_000_000_000 + 1]));
    let words = ["cannot read `2012-07-01T10:00:00.000000001` as timestamp without loss, in s/1.parquet"];
    refuses(DataType::Timestamp, vec![fine, finer], &words).await;
    let far: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![i64::MAX / 100]));
    refuses(DataType::Timestamp, vec![far], &["without loss, in s/0.parquet"]).await;
    let day: ArrayRef = Arc::new(Date32Array::from(vec![1]));
    refuses(DataType::Timestamp, vec![day], &["is declared as timestamp, but s/0.parquet holds date"]).await;
}

#[tokio::test]
async fn timestamps_of_old_spark_files_are_instants() {
    let lake = tempfile::tempdir().unwrap();
    fs::create_dir_all(lake.path().join("s")).unwrap();
    let schema =
        Arc::new(parse_message_type("message m { optional int96 v; optional int32 file; }").unwrap());
    let file = fs::File::create(lake.path().join("s/a.parquet")).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::new())).unwrap();
    let mut rows = writer.next_row_group().unwrap();
    let mut instants = Vec::new();
    // Nanoseconds of the day, then the day by the Julian calendar. The last is 9999-12-31.
    for (nanos, day) in [(36_000_000_000_000_u64, 2_456_110_u32), (1_000, 2_456_110), (0, 5_373_484)] {
        let mut instant = Int96::new();
        let low = u32::try_from(nanos & u64::from(u32::MAX)).unwrap();
        instant.set_data(low, u32::try_from(nanos >> 32).unwrap(), day);
        instants.push(instant);
    }
    let mut column = rows.next_column().unwrap().unwrap();
    column.typed::<Int96Type>().write_batch(&instants, Some(&[1, 1, 1]), None).unwrap();
    column.close().unwrap();
    let mut column = rows.next_column().unwrap().unwrap();
    let files = column.typed::<parquet::data_type::Int32Type>();
    files.write_batch(&[0, 0, 0], Some(&[1, 1, 1]), None).unwrap();
    column.close().unwrap();
    rows.close().unwrap();
    writer.close().unwrap();
    let instants = ["2012-07-01T00:00:00.000001Z", "2012-07-01T10:00:00Z", "9999-12-31T00:00:00Z"];
    assert_eq!(read_folder(&lake, DataType::Timestamp).await.unwrap(), instants);
}

#[tokio::test]
async fn decimals_of_every_width_and_scale_keep_their_digits() {
    let money = DataType::Decimal { precision: 12, scale: 2 };
    let files: Vec<ArrayRef> = vec![
        Arc::new(Decimal32Array::from(vec![150]).with_precision_and_scale(9, 2).unwrap()),
        Arc::new(Decimal64Array::from(vec![Some(1_500), None]).with_precision_and_scale(18, 3).unwrap()),
        Arc::new(Decimal128Array::from(vec![15]).with_precision_and_scale(38, 1).unwrap()),
        Arc::new(
            Decimal256Array::from(vec![i256::from_i128(15_000)]).with_precision_and_scale(50, 4).unwrap(),
        ),
        Arc::new(Int64Array::from(vec![-3])),
        Arc::new(UInt64Array::from(vec![3])),
    ];
    reads(money, files, &["1.50", "1.50", "-", "1.50", "1.50", "-3.00", "3.00"]).await;
    let finer: ArrayRef =
        Arc::new(Decimal64Array::from(vec![1_505]).with_precision_and_scale(18, 3).unwrap());
    refuses(money, vec![finer], &["cannot read `1.505` as decimal(12,2) without loss"]).await;
    let wide = i256::from_i128(10_i128.pow(15));
    let large: ArrayRef =
        Arc::new(Decimal256Array::from(vec![wide]).with_precision_and_scale(76, 2).unwrap());
    refuses(money, vec![large], &["cannot read `10000000000000.00` as decimal(12,2)"]).await;
    let whole: ArrayRef = Arc::new(Int64Array::from(vec![10_000_000_000]));
    refuses(money, vec![whole], &["cannot read `10000000000` as decimal(12,2)"]).await;
    let double: ArrayRef = Arc::new(Float64Array::from(vec![1.5]));
    refuses(money, vec![double], &["declared as decimal(12,2), but s/0.parquet holds double"]).await;
}

fn dictionary(values: ArrayRef) -> ArrayRef {
    let keys = Int32Array::from(vec![Some(1), None, Some(0)]);
    Arc::new(DictionaryArray::<Int32Type>::new(keys, values))
}

#[tokio::test]
async fn texts_are_texts_in_every_encoding() {
    let keys = Int8Array::from(vec![0, 0]);
    let narrow = DictionaryArray::<Int8Type>::new(keys, Arc::new(LargeStringArray::from(vec!["e"])));
    let files: Vec<ArrayRef> = vec![
        dictionary(Arc::new(StringArray::from(vec!["a", "ä"]))),
        Arc::new(LargeStringArray::from(vec![Some("c"), None])),
        Arc::new(StringViewArray::from(vec!["d, longer than a view holds"])),
        Arc::new(narrow),
        Arc::new(StringArray::from(vec![""])),
        Arc::new(Int16Array::from(vec![7])),
        Arc::new(NullArray::new(1)),
    ];
    let expected = ["a", "ä", "-", "c", "-", "d, longer than a view holds", "e", "e", "", "7", "-"];
    reads(DataType::String, files, &expected).await;
    let bytes: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter([b"ab"].into_iter()).unwrap());
    refuses(DataType::String, vec![bytes], &["is declared as string, but s/0.parquet holds bytes"]).await;
    let double: ArrayRef = Arc::new(Float64Array::from(vec![1.5]));
    refuses(DataType::String, vec![double], &["is declared as string, but s/0.parquet holds double"]).await;
}

#[tokio::test]
async fn numbers_in_dictionaries_are_numbers() {
    let files: Vec<ArrayRef> = vec![
        dictionary(Arc::new(Int64Array::from(vec![5, 6]))),
        Arc::new(Int8Array::from(vec![-7])),
        Arc::new(UInt32Array::from(vec![u32::MAX])),
        Arc::new(NullArray::new(1)),
    ];
    reads(DataType::Bigint, files, &["5", "6", "-", "-7", "4294967295", "-"]).await;
    let large = 1_i64 << 53;
    let exact = dictionary(Arc::new(Int64Array::from(vec![1, large])));
    reads(DataType::Double, vec![exact], &["1.0", "9007199254740992.0", "-"]).await;
    let lossy = dictionary(Arc::new(Int64Array::from(vec![1, large + 1])));
    refuses(DataType::Double, vec![lossy], &["cannot read `9007199254740993` as double without loss"]).await;
    let unsigned: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
    refuses(DataType::Bigint, vec![unsigned], &["cannot read `18446744073709551615` as bigint"]).await;
    let single: ArrayRef = Arc::new(Float32Array::from(vec![0.5]));
    reads(DataType::Double, vec![single], &["0.5"]).await;
    let double: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
    refuses(DataType::Bigint, vec![double], &["is declared as bigint, but s/0.parquet holds double"]).await;
}

#[tokio::test]
async fn days_and_truths_are_read_as_such() {
    let day = 86_400_000;
    let days: Vec<ArrayRef> =
        vec![Arc::new(Date32Array::from(vec![1])), Arc::new(Date64Array::from(vec![day]))];
    reads(DataType::Date, days, &["1970-01-02", "1970-01-02"]).await;
    let truths: Vec<ArrayRef> =
        vec![Arc::new(BooleanArray::from(vec![Some(true), None])), Arc::new(NullArray::new(1))];
    reads(DataType::Boolean, truths, &["true", "-", "-"]).await;
    let noon: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![NOON]));
    refuses(DataType::Date, vec![noon], &["is declared as date, but s/0.parquet holds timestamp"]).await;
}

#[tokio::test]
async fn nested_values_are_refused_where_they_are_declared() {
    let list: ArrayRef =
        Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None])]));
    let item: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let structure: ArrayRef = Arc::new(StructArray::try_from(vec![("a", item)]).unwrap());
    let time: ArrayRef = Arc::new(Time64MicrosecondArray::from(vec![1]));
    for (values, held) in [(list, "lists"), (structure, "structs"), (time, "times of day")] {
        let told = format!("is declared as string, but s/0.parquet holds {held} (tables hold strings,");
        refuses(DataType::String, vec![values], &[&told]).await;
    }
}
