"""PyArrow, and delta-rs, which hands its tables over as Arrow."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from published import Table
from summary import Column, Summary


def neutral_type(found: pa.DataType) -> str:
    """Names an Arrow type in the words of the data dictionary."""
    if pa.types.is_decimal(found):
        return f"decimal({found.precision},{found.scale})"
    if pa.types.is_timestamp(found):
        return "timestamp" if found.unit == "us" and found.tz in ("UTC", "+00:00") else str(found)
    if pa.types.is_large_string(found) or pa.types.is_string_view(found):
        return "string"
    names = {"date32[day]": "date", "int64": "bigint", "int32": "integer", "bool": "boolean"}
    return names.get(str(found), str(found))


def merged_schema(table: Table) -> pa.Schema:
    """Returns the columns of all files: those of later windows may have more of them."""
    return pa.unify_schemas([pq.read_schema(file).remove_metadata() for file in table.files])


def arrow_column(values: pa.ChunkedArray) -> Column:
    """Sums up a column with PyArrow's compute functions, whole numbers without overflow."""
    type_ = neutral_type(values.type)
    count = len(values) - values.null_count
    if type_ == "string":
        return Column.of_strings(values.drop_null().to_pylist())
    if type_ == "boolean":
        return Column.of(type_, count, pc.sum(values).as_py(), None, None)
    if type_ in ("date", "timestamp", "bigint", "integer"):
        numbers = values.cast(pa.int32()) if type_ == "date" else values
        addends = numbers.cast(pa.int64()).cast(pa.decimal128(38, 0))
    elif type_.startswith("decimal("):
        # Narrower decimals have no functions of their own.
        addends = values = values.cast(pa.decimal128(38, values.type.scale))
    elif type_ == "double":
        addends = values
    else:
        return Column(type_, count)
    bounds = pc.min_max(values).as_py()
    return Column.of(type_, count, pc.sum(addends).as_py(), bounds["min"], bounds["max"])


def arrow_summary(table: pa.Table) -> Summary:
    """Sums up an Arrow table."""
    names = table.column_names
    return Summary(table.num_rows, {name: arrow_column(table.column(name)) for name in names})


class PyArrow:
    """Reads files and folders as a PyArrow data set."""

    name = "PyArrow"
    threads = 1
    version: str = pa.__version__

    def reads(self, table: Table) -> bool:
        return not table.is_delta

    def read(self, table: Table) -> Summary:
        paths: Any = table.paths()
        source = ds.dataset(paths[0] if table.folder else paths, schema=merged_schema(table), format="parquet")
        return arrow_summary(source.to_table())


class DeltaRs:
    """Reads Delta tables, and nothing else."""

    name = "delta-rs"
    threads = 1

    def __init__(self) -> None:
        import deltalake

        self.version: str = deltalake.__version__
        self.open = deltalake.DeltaTable

    def reads(self, table: Table) -> bool:
        return table.is_delta

    def read(self, table: Table) -> Summary:
        return arrow_summary(self.open(str(table.folder)).to_pyarrow_table())
