"""pandas and Polars."""

import datetime as dt
import importlib.util
import re
from decimal import Decimal, localcontext
from typing import Any

from published import Table
from summary import Column, Summary


class Pandas:
    """Reads into NumPy's nullable types, not Arrow's, so that pandas' own conversions are tried.

    Dates and decimals are Python objects there: their type is that of the first value.
    """

    name = "pandas"
    threads = 1

    def __init__(self) -> None:
        import pandas

        from arrow_readers import merged_schema

        self.version: str = pandas.__version__
        self.pandas = pandas
        self.merged_schema = merged_schema

    def reads(self, table: Table) -> bool:
        return not table.is_delta

    def read(self, table: Table) -> Summary:
        paths: Any = table.paths()
        frame = self.pandas.read_parquet(
            paths[0] if table.folder else paths,
            dtype_backend="numpy_nullable",
            schema=self.merged_schema(table),
        )
        return Summary(len(frame), {name: pandas_column(frame[name]) for name in frame.columns})


PANDAS_TYPES = {
    "Int64": "bigint",
    "Int32": "integer",
    "Float64": "double",
    "boolean": "boolean",
    "string": "string",
    "datetime64[us, UTC]": "timestamp",
}


def pandas_type(values: Any) -> str:
    """Names the type of a series without NULL in the words of the data dictionary."""
    if values.dtype != object:
        return PANDAS_TYPES.get(str(values.dtype), str(values.dtype))
    if values.empty:
        return "?"
    first = values.iloc[0]
    if isinstance(first, Decimal):
        return f"decimal(?,{-int(first.as_tuple().exponent)})"
    return "date" if type(first) is dt.date else type(first).__name__


def pandas_column(column: Any) -> Column:
    """Sums up a series; whole numbers as Python's, since pandas lets them overflow."""
    values = column.dropna()
    type_, count = pandas_type(values), len(values)
    if type_ == "string":
        return Column.of_strings(values.tolist())
    if type_ == "boolean":
        return Column.of(type_, count, values.sum(), None, None)
    if type_ == "date":
        addends = values.map(dt.date.toordinal).astype(object) - dt.date(1970, 1, 1).toordinal()
    elif type_ == "timestamp":
        addends = values.dt.tz_convert(None).astype("int64").astype(object)
    elif type_ in ("bigint", "integer"):
        addends = values.astype(object)
    elif type_ == "double" or type_.startswith("decimal("):
        addends = values
    else:
        return Column(type_, count)
    with localcontext(prec=80):
        # Python's decimals keep 28 digits of a sum by default.
        return Column.of(type_, count, addends.sum(), values.min(), values.max())


POLARS_TYPES = {
    "Int64": "bigint",
    "Int32": "integer",
    "Float64": "double",
    "Boolean": "boolean",
    "String": "string",
    "Date": "date",
    "Datetime(time_unit='us', time_zone='UTC')": "timestamp",
}


class Polars:
    """Reads lazily, so that Polars may answer from the statistics of the files."""

    name = "Polars"
    threads = 1

    def __init__(self) -> None:
        import polars

        self.version: str = polars.__version__
        self.polars = polars

    def reads(self, table: Table) -> bool:
        # Polars opens Delta tables by means of delta-rs.
        return not table.is_delta or importlib.util.find_spec("deltalake") is not None

    def read(self, table: Table) -> Summary:
        frame = self._scan(table)
        types = {name: polars_type(str(dtype)) for name, dtype in frame.collect_schema().items()}
        figures = [self.polars.len().alias("rows")]
        for name, type_ in types.items():
            for figure, expression in polars_figures(self.polars.col(name), type_).items():
                figures.append(expression.alias(f"{figure} {name}"))
        row = frame.select(figures).collect().row(0, named=True)
        return Summary(row["rows"], {name: polars_column(row, name, type_) for name, type_ in types.items()})

    def _scan(self, table: Table) -> Any:
        if table.is_delta:
            return self.polars.scan_delta(str(table.folder))
        # Polars takes the columns of the first file for those of all, unless it is told them.
        merged = self.polars.concat([self.polars.scan_parquet(file) for file in table.files], how="diagonal")
        return self.polars.scan_parquet(table.paths(), schema=merged.collect_schema(), missing_columns="insert")


def polars_type(found: str) -> str:
    """Names a Polars type in the words of the data dictionary."""
    decimal = re.fullmatch(r"Decimal\(precision=(\d+), scale=(\d+)\)", found)
    return f"decimal({decimal[1]},{decimal[2]})" if decimal else POLARS_TYPES.get(found, found)


def polars_figures(column: Any, type_: str) -> dict[str, Any]:
    """Returns what Polars is to compute of a column, whole numbers with 128 bits."""
    figures = {"count": column.count(), "low": column.min(), "high": column.max()}
    if type_ == "string":
        return {"words": column.drop_nulls().implode()}
    if type_ == "boolean":
        return {"count": column.count(), "total": column.sum()}
    if type_ in ("date", "timestamp", "bigint", "integer"):
        import polars

        return figures | {"total": column.to_physical().cast(polars.Int128).sum()}
    if type_ == "double" or type_.startswith("decimal("):
        return figures | {"total": column.sum()}
    return {"count": column.count()}


def polars_column(row: dict[str, Any], name: str, type_: str) -> Column:
    """Takes the figures of a column out of the row of all figures."""
    if type_ == "string":
        return Column.of_strings(row[f"words {name}"])
    total, low, high = (row.get(f"{figure} {name}") for figure in ("total", "low", "high"))
    return Column.of(type_, row[f"count {name}"], total, low, high)
