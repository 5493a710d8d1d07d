"""Reads every published table with DuckDB and with PyArrow, and holds it to its data dictionary.

Usage: read.py FOLDER, where FOLDER holds one folder per job, as the example jobs publish them.
Checks names, types, keys, nulls, infinities, and that both readers see the same rows.
"""

import json
import math
import pathlib
import sys

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

ARROW_TYPES = {
    "string": pa.string(),
    "boolean": pa.bool_(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


def expected_type(name: str) -> pa.DataType:
    if name.startswith("decimal("):
        precision, scale = name[len("decimal(") : -1].split(",")
        return pa.decimal128(int(precision), int(scale))
    return ARROW_TYPES[name]


def same_type(found: pa.DataType, wanted: pa.DataType) -> bool:
    if pa.types.is_timestamp(found) and pa.types.is_timestamp(wanted):
        return found.unit == wanted.unit and found.tz in ("UTC", "+00:00")
    return found == wanted or (wanted == pa.string() and found == pa.large_string())


def check_table(name: str, files: list[pathlib.Path], schema: dict) -> int:
    table = pa.concat_tables([pq.read_table(file) for file in files])
    columns = {column["name"]: column for column in schema["columns"]}
    assert table.column_names == list(columns), f"{name}: columns {table.column_names} != {list(columns)}"
    for field in table.schema:
        wanted = expected_type(columns[field.name]["type"])
        assert same_type(field.type, wanted), f"{name}.{field.name}: {field.type}, not {wanted}"
        values = table.column(field.name)
        if not columns[field.name]["nullable"]:
            assert values.null_count == 0, f"{name}.{field.name}: NULL in a column that has none"
        if pa.types.is_floating(field.type):
            bad = [value for value in values.to_pylist() if value is not None and not math.isfinite(value)]
            assert not bad, f"{name}.{field.name}: {bad[:3]}"
    key = schema["key"]
    rows = list(zip(*(table.column(column).to_pylist() for column in key)))
    assert len(set(rows)) == len(rows), f"{name}: key {key} is not unique"
    paths = [str(file) for file in files]
    duck = duckdb.sql(f"select count(*) from read_parquet({paths!r}, union_by_name = true)").fetchall()[0][0]
    assert duck == table.num_rows, f"{name}: DuckDB sees {duck} rows, PyArrow {table.num_rows}"
    return table.num_rows


def check_target(target: pathlib.Path) -> None:
    pointer = json.loads((target / "_trichter" / "publication.json").read_text())
    for table in pointer["tables"]:
        schema = table["schema"]
        name = schema["table"]
        rows = check_table(name, [target / file["path"] for file in table["files"]], schema)
        current = target / "current" / name
        if current.exists():
            check_table(name, sorted(current.glob("*.parquet")), schema)
            # As a folder too: nothing but Parquet may lie in it, and no hive folder may shadow a column.
            assert ds.dataset(current, format="parquet").count_rows() >= rows
        print(f"{target.name}/{name}: {rows} rows")


def main() -> None:
    targets = sorted(path.parent.parent for path in pathlib.Path(sys.argv[1]).glob("*/_trichter/publication.json"))
    assert targets, f"nothing is published below {sys.argv[1]}"
    for target in targets:
        check_target(target)


if __name__ == "__main__":
    main()
