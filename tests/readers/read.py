"""Reads every published table with several readers, and holds them to each other and to the data dictionary.

Usage: read.py [--require READERS] [--time-zone ZONE] FOLDER

FOLDER is a target, or holds targets at any depth, as the example jobs publish them. PyArrow, DuckDB, pandas, Polars,
and Spark (with a Java runtime) read what `_trichter/publication.json` names and every folder below `current/`,
`history/` and `tables/`, each as one table, delta-rs those below `delta/`. Equal must be: names and types of columns, rows,
and in each column the number of values, their sum, minimum and maximum, and of strings each value's number. Sums of
doubles may differ by 1e-9 of themselves. Sessions and the process live in a time zone other than UTC. What `current/`
and `tables/` copy from the newest publication must equal it, and Delta tables what lies there.

A reader that is not installed is skipped, or is an error if it is among `--require duckdb,pandas,polars`; PyArrow is
always needed. Exits with 1 if anything differs, and names table, column and both values.

    pip install -r requirements.txt           # PyArrow, DuckDB, pandas, Polars, delta-rs
    pip install -r requirements-optional.txt  # Spark
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from arrow_readers import DeltaRs, PyArrow
from dictionary import check_target
from frame_readers import Pandas, Polars
from published import Table, find_tables, find_targets
from sql_readers import DuckDB, Spark
from summary import Summary, differences, strange_types


class Reader(Protocol):
    """Something that reads a table and sums it up, as many at a time as it has `threads`."""

    name: str
    version: str
    threads: int

    def reads(self, table: Table) -> bool:
        """Tells whether it can read this kind of table."""

    def read(self, table: Table) -> Summary:
        """Reads a table; whatever it raises is a finding."""


def readers(time_zone: str) -> dict[str, Callable[[], Reader]]:
    """Returns how each reader is started; the first that reads a table is what the others are compared with."""
    return {
        "pyarrow": PyArrow,
        "duckdb": lambda: DuckDB(time_zone),
        "pandas": Pandas,
        "polars": Polars,
        "spark": lambda: Spark(time_zone),
        "delta-rs": DeltaRs,
    }


class Comparison:
    """What each reader sees, compared with what the first one saw."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = tables
        self.first: dict[str, tuple[str, Summary]] = {}
        self.is_equal = True

    def add(self, reader: Reader) -> None:
        """Reads all tables, prints what differs and then the reader's line."""
        began = time.monotonic()
        tables = [table for table in self.tables if reader.reads(table)]
        if not tables:
            print(f"{reader.name} {reader.version}: no table that it reads")
            return
        rows, unequal = 0, 0
        with ThreadPoolExecutor(reader.threads) as pool:
            summaries = pool.map(lambda table: attempt(reader, table), tables)
            for table, found in zip(tables, summaries, strict=True):
                problems = list(self._problems(reader.name, table, found))
                for problem in problems:
                    print(f"{table.label}, {problem}")
                unequal += bool(problems)
                rows += found.rows if isinstance(found, Summary) else 0
        verdict = f"{unequal} of them not equal" if unequal else "equal"
        seconds = time.monotonic() - began
        print(f"{reader.name} {reader.version}: {len(tables)} tables, {rows:,} rows, {verdict} ({seconds:.0f} s)")
        self.is_equal &= unequal == 0

    def _problems(self, reader: str, table: Table, found: Summary | Exception) -> Iterator[str]:
        if isinstance(found, Exception):
            # Spark's second line says what happened; its stack trace has a hundred more.
            yield f"{reader} cannot read it: {' '.join(str(found).splitlines()[:2])}"
            return
        if table.rows not in (None, found.rows):
            yield f"rows: {reader} {found.rows}, publication.json {table.rows}"
        if table.label in self.first:
            other, wanted = self.first[table.label]
            for each in differences(found, wanted):
                yield f"{each.place}: {reader} {each.found}, {other} {each.wanted}"
            return
        self.first[table.label] = reader, found
        yield from strange_types(found)
        if table.same_as in self.first:
            for each in differences(found, self.first[table.same_as][1]):
                yield f"{each.place}: {each.found}, in {table.same_as} {each.wanted}"


def attempt(reader: Reader, table: Table) -> Summary | Exception:
    """Reads a table; what a reader trips over, whatever it is, is returned as its finding."""
    try:
        return reader.read(table)
    except Exception as error:
        return error


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parses the command line; `require` becomes a set of readers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--require", default="", metavar="READERS", help=f"of {', '.join(readers(''))}")
    parser.add_argument("--time-zone", default="Europe/Berlin", metavar="ZONE", help="default: %(default)s")
    options = parser.parse_args(arguments)
    options.require = {name for name in options.require.split(",") if name}
    unknown = options.require - readers("").keys()
    if unknown:
        parser.error(f"no such reader: {', '.join(sorted(unknown))}")
    return options


def main(arguments: Sequence[str]) -> int:
    """Checks all targets and returns the exit code."""
    options = parse(arguments)
    # The process's own time zone too: it is the one that Java, pandas and Python take for local time.
    os.environ["TZ"] = options.time_zone
    time.tzset()
    targets = find_targets(options.folder.resolve())
    if not targets:
        print(f"nothing is published below {options.folder}")
        return 1
    wrong = [problem for target in targets for problem in check_target(target)]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"data dictionary: {len(targets)} targets, {'not ' if wrong else ''}as described")
    comparison = Comparison([table for target in targets for table in find_tables(target)])
    missing = False
    for key, start in readers(options.time_zone).items():
        try:
            reader = start()
        except ImportError as error:
            print(f"{key}: {'required, but not there' if key in options.require else 'skipped'}: {error}")
            missing |= key in options.require
            continue
        comparison.add(reader)
    unread = [table.label for table in comparison.tables if table.label not in comparison.first]
    for label in unread:
        print(f"{label}: no reader reads it")
    return 0 if comparison.is_equal and not (wrong or missing or unread) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
