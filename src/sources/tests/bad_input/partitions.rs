//! Partition folders.

use super::text::daily;
use super::*;

/// A source whose partition `region` has this type, with an object in `folder`.
fn region(input: &'static str, data_type: DataType, folder: &str) -> Case {
    let mut source = daily();
    source.partitions = vec![PartitionColumn { name: "region".into(), data_type }];
    let file = format!("s/{folder}a.csv");
    case(input, source, vec![(file, b"day,units\n2012-01-01,5\n".to_vec())])
}

fn text(input: &'static str, folder: &str) -> Case {
    region(input, DataType::String, folder)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = folders();
    cases.extend(values());
    cases
}

fn folders() -> Vec<Case> {
    let mut twice = text("a folder called like a column of its files", "region=north/");
    twice.files[0].1 = b"region,day,units\nsouth,2012-01-01,5\n".to_vec();
    let mut undeclared = text("partition folders in a source without `partitions`", "region=north/");
    undeclared.source.partitions.clear();
    let mut free =
        text("a folder called like a column, in a source that declares no columns", "region=north/");
    free.files[0].1 = b"region,day,units\nsouth,2012-01-01,5\n".to_vec();
    free.source.columns.clear();
    vec![
        text("an object in no partition folder", "")
            .fails("partition", &["object `s/a.csv`: no folder of its path is called `region=…`"]),
        text("a partition folder whose name is in another case", "Region=north/").fails(
            "partition",
            &["no folder of its path is called `region=…`", "a folder is called `Region=…`"],
        ),
        text("two folders for one partition", "region=north/region=south/")
            .fails("partition", &["says both `region=north` and `region=south`"]),
        text("other folders around the partition folder", "2012/region=north/x=1/")
            .reads("without them", &["2012-01-01|5|north"]),
        twice.reads("as the folder says", &["2012-01-01|5|north"]),
        free.reads("as the folder says", &["2012-01-01|5|north"]),
        undeclared.reads("without a column for them", &["2012-01-01|5"]),
    ]
}

fn values() -> Vec<Case> {
    vec![
        region("a folder whose value is of another type", DataType::Date, "region=north/").fails(
            "partition",
            &["object `s/region=north/a.csv`: `north` is no date, the type of partition `region`"],
        ),
        region(
            "a value that its type would round",
            DataType::Decimal { precision: 4, scale: 1 },
            "region=1.25/",
        )
        .fails("partition", &["`1.25` is no decimal(4,1)"]),
        text("a value with `%2F`, as URLs have it", "region=a%2Fb%3D%C3%A4/")
            .reads("unescaped", &["2012-01-01|5|a/b=ä"]),
        text("a value that looks like a path", "region=..%2F..%2Fetc/")
            .reads("as mere text", &["2012-01-01|5|../../etc"]),
        text("a percent sign that escapes nothing", "region=50%/")
            .reads("as it stands", &["2012-01-01|5|50%"]),
        text("`__HIVE_DEFAULT_PARTITION__`", "region=__HIVE_DEFAULT_PARTITION__/")
            .reads("NULL", &["2012-01-01|5|-"]),
        text("nothing after the `=`", "region=/").reads("an empty text", &["2012-01-01|5|"]),
        region("nothing after the `=` of a date", DataType::Date, "region=/")
            .fails("partition", &["`` is no date"]),
        text("a second `=` in the value", "region=a=b/").reads("as part of the value", &["2012-01-01|5|a=b"]),
        text("a space at the end of the value", "region=north /")
            .reads("as part of the value", &["2012-01-01|5|north "]),
        region("a space at the end of a number", DataType::Integer, "region=7 /")
            .reads("without it", &["2012-01-01|5|7"]),
    ]
}
