"""What all readers must agree on about a table, in words that belong to none of them.

A reader computes the figures with its own engine, as a BI tool lets it, from its own decoding and from the
statistics of the files; only the last step into Python values is shared. Columns are compared one by one: the
summary does not see values that change places within a column.

Types are those of the data dictionary: date, timestamp (UTC, microseconds), double, bigint, integer, string, boolean,
decimal(p,s). What has no name among them keeps the reader's own, and is not to be published.
"""

import datetime as dt
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

NAMED_TYPES = re.compile(r"date|timestamp|double|bigint|integer|string|boolean|decimal\(\d+,\d+\)")

RELATIVE_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Column:
    """One column: `total` counts days of dates, microseconds of timestamps and the true ones of booleans."""

    type: str
    count: int
    total: int | float | Decimal | None = None
    low: Any = None
    high: Any = None
    words: Counter[str] = field(default_factory=Counter)
    """How often each string occurs."""

    @classmethod
    def of(cls, type_: str, count: int, total: Any, low: Any, high: Any) -> "Column":
        """Builds a column from a reader's figures. The sum of nothing is NULL to some and 0 to others."""
        if count == 0 or total is None:
            return cls(type_, count)
        if type_ == "double":
            return cls(type_, count, float(total), float(low), float(high))
        if type_.startswith("decimal"):
            return cls(type_, count, total, low, high)
        if type_ == "timestamp":
            low, high = in_utc(low), in_utc(high)
        return cls(type_, count, int(total), low, high)

    @classmethod
    def of_strings(cls, values: Iterable[str]) -> "Column":
        """Builds a column of strings from its values without the NULL ones, in any order."""
        words = Counter(values)
        return cls("string", words.total(), words=words)


def in_utc(value: dt.datetime | str) -> dt.datetime:
    """Returns an instant in UTC. A value without a zone is a mistake: it could be any instant."""
    instant = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    if instant.tzinfo is None:
        raise ValueError(f"timestamp {instant} has no time zone")
    return instant.astimezone(dt.UTC)


@dataclass(frozen=True)
class Summary:
    """The rows and columns of a table, the columns in their order."""

    rows: int
    columns: dict[str, Column]


@dataclass(frozen=True)
class Difference:
    """One thing that two readers see differently, with what either of them sees."""

    place: str
    found: object
    wanted: object


def strange_types(summary: Summary) -> Iterator[str]:
    """Yields the columns whose type the data dictionary has no name for, as a reader that knows all types sees it."""
    for name, column in summary.columns.items():
        if not NAMED_TYPES.fullmatch(column.type):
            yield f"column {name}: type {column.type} is none of the data dictionary"


def differences(found: Summary, wanted: Summary) -> Iterator[Difference]:
    """Yields what differs: rows, or else the list of columns and each column's figures."""
    if found.rows != wanted.rows:
        # All figures of all columns would follow from it.
        yield Difference("rows", found.rows, wanted.rows)
        return
    if list(found.columns) != list(wanted.columns):
        yield Difference("columns", list(found.columns), list(wanted.columns))
    for name, column in found.columns.items():
        if name in wanted.columns:
            for difference in column_differences(column, wanted.columns[name]):
                yield Difference(f"column {name}: {difference.place}", difference.found, difference.wanted)


def column_differences(found: Column, wanted: Column) -> Iterator[Difference]:
    """Yields what differs between two columns; the figures only if the types are equal."""
    if not is_same_type(found.type, wanted.type):
        yield Difference("type", found.type, wanted.type)
        return
    if found.count != wanted.count:
        yield Difference("values that are not NULL", found.count, wanted.count)
    if not is_same_total(found, wanted):
        yield Difference("sum", found.total, wanted.total)
    for place, one, other in (("minimum", found.low, wanted.low), ("maximum", found.high, wanted.high)):
        if one != other:
            yield Difference(place, one, other)
    for word in sorted(found.words.keys() | wanted.words.keys()):
        if found.words[word] != wanted.words[word]:
            yield Difference(f"occurrences of {word!r}", found.words[word], wanted.words[word])
            return


def is_same_type(one: str, other: str) -> bool:
    """Tells whether two types are equal, or one of them is unknown as far as they differ.

    A reader that keeps Python objects says `?` if it has seen none, and `decimal(?,s)` as it knows no precision.
    """
    if "?" in (one, other):
        return True
    if "decimal(?" in one + other:
        return one.startswith("decimal(") and other.startswith("decimal(") and one.split(",")[1] == other.split(",")[1]
    return one == other


def is_same_total(one: Column, other: Column) -> bool:
    """Tells whether two sums are equal; sums of doubles but for the order in which they were added up.

    A sum near zero of large values has no relative accuracy: it may also differ by the rounding of its largest
    terms, which is `count * max(|value|)` times 2^-52.
    """
    if isinstance(one.total, float) and isinstance(other.total, float):
        largest = max(abs(other.low), abs(other.high))
        rounding = other.count * largest * sys.float_info.epsilon
        return math.isclose(one.total, other.total, rel_tol=RELATIVE_TOLERANCE, abs_tol=rounding)
    return one.total == other.total
