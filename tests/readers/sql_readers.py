"""DuckDB and Spark, which compute the same SQL but for a few names.

Both work in a session whose time zone is not UTC. The earliest and the latest instant come back as text in that zone,
as people read it there; an instant that was taken for local time would be off by an hour or two.
"""

import os
import shutil
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from published import Table
from summary import Column, Summary


@dataclass(frozen=True)
class Dialect:
    """How one engine spells what standard SQL leaves open; `{}` is the column."""

    quote: str
    days: str
    microseconds: str
    local_time: str
    values: str


DUCKDB = Dialect(
    quote='"',
    days="datediff('day', date '1970-01-01', {})",
    microseconds="epoch_us({})",
    local_time="strftime({}, '%Y-%m-%dT%H:%M:%S.%f%z')",
    values="list({0}) filter ({0} is not null)",
)
SPARK = Dialect(
    quote="`",
    days="unix_date({})",
    microseconds="unix_micros({})",
    local_time="date_format({}, \"yyyy-MM-dd'T'HH:mm:ss.SSSSSSxxxxx\")",
    values="collect_list({})",
)


def figures(dialect: Dialect, name: str, type_: str) -> tuple[str, str, str, str]:
    """Returns the SQL of a column's count, sum, minimum and maximum; of a string's count and values."""
    column = dialect.quote + name.replace(dialect.quote, dialect.quote * 2) + dialect.quote
    count, low, high = f"count({column})", f"min({column})", f"max({column})"
    # As decimals, because Spark's sum of whole numbers overflows.
    exact = "sum(cast({} as decimal(38, 0)))"
    if type_ == "string":
        return count, dialect.values.format(column), "null", "null"
    if type_ == "boolean":
        return count, f"count_if({column})", "null", "null"
    if type_ == "date":
        return count, exact.format(dialect.days.format(column)), low, high
    if type_ == "timestamp":
        total = exact.format(dialect.microseconds.format(column))
        return count, total, dialect.local_time.format(low), dialect.local_time.format(high)
    if type_ in ("bigint", "integer"):
        return count, exact.format(column), low, high
    if type_ == "double" or type_.startswith("decimal("):
        return count, f"sum({column})", low, high
    return count, "null", "null", "null"


def summarize(dialect: Dialect, types: dict[str, str], select: Callable[[Sequence[str]], Sequence[Any]]) -> Summary:
    """Sums up a table of which `select` computes expressions over all rows."""
    expressions = ["count(*)"]
    for name, type_ in types.items():
        expressions += figures(dialect, name, type_)
    rows, *found = select(expressions)
    columns = {}
    for place, (name, type_) in enumerate(types.items()):
        count, total, low, high = found[4 * place : 4 * place + 4]
        columns[name] = (
            Column.of_strings(total or []) if type_ == "string" else Column.of(type_, count, total, low, high)
        )
    return Summary(rows, columns)


# What is not here keeps its name in capitals: DuckDB's `TIMESTAMP` has no time zone, the dictionary's has one.
DUCKDB_TYPES = {
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "VARCHAR": "string",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
}


def duckdb_type(found: str) -> str:
    """Names a DuckDB type in the words of the data dictionary."""
    return found.lower() if found.startswith("DECIMAL(") else DUCKDB_TYPES.get(found, found)


def spark_type(found: str) -> str:
    """Names a Spark type in the words of the data dictionary. Its `timestamp` is an instant in microseconds."""
    return "integer" if found == "int" else found


class DuckDB:
    """Reads files and whole folders by a pattern, as DuckDB's users do."""

    name = "DuckDB"
    threads = 1

    def __init__(self, time_zone: str) -> None:
        import duckdb

        self.version: str = duckdb.__version__
        self.connection = duckdb.connect()
        self.connection.execute(f"set timezone = '{time_zone}'")

    def reads(self, table: Table) -> bool:
        return not table.is_delta

    def read(self, table: Table) -> Summary:
        paths = [f"{table.folder}/**/*.parquet"] if table.folder else table.paths()
        relation = self.connection.read_parquet(paths, union_by_name=True)
        found = zip(relation.columns, relation.types, strict=True)
        types = {name: duckdb_type(str(type_)) for name, type_ in found}
        return summarize(DUCKDB, types, lambda expressions: relation.aggregate(", ".join(expressions)).fetchall()[0])


class Spark:
    """Reads files and whole folders with a Spark of its own.

    Folders of folders need an option (or a pattern, `history/runs/*`): by itself Spark looks for folders `name=value`.
    """

    name = "Spark"
    threads = 4

    def __init__(self, time_zone: str) -> None:
        import pyspark
        from pyspark.sql import SparkSession

        if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
            raise ImportError("there is no Java runtime")
        self.version: str = pyspark.__version__
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        settings: dict[str, Any] = {
            "spark.sql.session.timeZone": time_zone,
            "spark.log.level": "ERROR",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            # The tables are small: compiling a query takes longer than running it.
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            "spark.sql.shuffle.partitions": "1",
        }
        with warnings.catch_warnings():
            # It warns of pandas 3, which plays no part here.
            warnings.simplefilter("ignore")
            try:
                self.session: Any = SparkSession.builder.master("local[*]").config(map=settings).getOrCreate()
            except Exception as error:
                raise ImportError(f"it does not start with this Java runtime: {error}") from error

    def reads(self, table: Table) -> bool:
        return not table.is_delta

    def read(self, table: Table) -> Summary:
        options = {"mergeSchema": "true", "recursiveFileLookup": "true"}
        frame = self.session.read.options(**options).parquet(*table.paths())
        types = {name: spark_type(type_) for name, type_ in frame.dtypes}
        return summarize(SPARK, types, lambda expressions: frame.selectExpr(*expressions).first())
