"""Holds published tables to their data dictionary: names, types, keys, nulls, infinities."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from arrow_readers import neutral_type
from published import read_pointer


def check_target(target: Path) -> Iterator[str]:
    """Yields what is wrong with the tables of the newest publication and with their copies in `current/`."""
    for table in read_pointer(target):
        schema, files = table["schema"], [target / file["path"] for file in table["files"]]
        name = f"{target.name}/publication/{schema['table']}"
        yield from check_table(name, files, schema)
        current = target / "current" / schema["table"]
        # The folder of a Delta table also holds files that it no longer counts.
        if current.exists() and not (current / "_delta_log").exists():
            name = f"{target.name}/current/{schema['table']}"
            yield from check_table(name, sorted(current.glob("*.parquet")), schema)
            # As a folder too: nothing but Parquet may lie in it, and no hive folder may shadow a column.
            if ds.dataset(current, format="parquet").count_rows() < table["rows"]:
                yield f"{name}: fewer rows than the pointer states, {table['rows']}"


def check_table(name: str, files: Sequence[Path], schema: dict[str, Any]) -> Iterator[str]:
    """Yields what is wrong with one table. Files of earlier windows may lack columns that were added later."""
    parts = [pq.read_table(file) for file in files]
    columns = {column["name"]: column for column in schema["columns"]}
    for part in parts:
        if part.column_names != [column for column in columns if column in part.column_names]:
            yield f"{name}: columns {part.column_names}, in the dictionary {list(columns)}"
            return
    try:
        table = pa.concat_tables(parts, promote_options="default")
    except pa.ArrowInvalid as error:
        yield f"{name}: files of different types: {error}"
        return
    missing = columns.keys() - set(table.column_names)
    if missing:
        yield f"{name}: no columns {sorted(missing)}"
        return
    for column, wanted in columns.items():
        yield from check_column(f"{name}, column {column}", table.column(column), wanted)
    keys = table.select(schema["key"])
    if keys.group_by(schema["key"]).aggregate([]).num_rows != keys.num_rows:
        yield f"{name}: key {schema['key']} is not unique"


def check_column(name: str, values: pa.ChunkedArray, wanted: dict[str, Any]) -> Iterator[str]:
    """Yields what is wrong with one column."""
    found = neutral_type(values.type)
    if found != wanted["type"]:
        yield f"{name}: type {found}, in the dictionary {wanted['type']}"
    if values.null_count and not wanted["nullable"]:
        yield f"{name}: NULL in a column that has none"
    if pa.types.is_floating(values.type) and not pc.all(pc.is_finite(values), min_count=0).as_py():
        yield f"{name}: a number that is not finite"
