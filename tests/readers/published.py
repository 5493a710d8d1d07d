"""The tables that lie below a target, in every way that readers come by them.

One table is found up to four times, because each way has its own traps: through the pointer (a list of files),
as the folder of one table (`current/`), as a folder of folders (`history/`, `tables/`), and as a Delta table.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AREAS = ("current", "history", "tables", "delta")

GATHERED = ("kpi_values", "calendar")
"""The tables of `current/` that hold every published period, not only the newest publication."""


@dataclass(frozen=True)
class Table:
    """What a reader is asked to read as one table: a whole folder, or else a list of files."""

    label: str
    files: tuple[Path, ...]
    folder: Path | None = None
    is_delta: bool = False
    rows: int | None = None
    """The number of rows that the pointer states."""
    same_as: str | None = None
    """The label of the table that this one is a copy of."""

    def paths(self) -> list[str]:
        """The folder or the files, for readers that find the files of a folder by themselves."""
        return [str(self.folder)] if self.folder else [str(file) for file in self.files]


def find_targets(folder: Path) -> list[Path]:
    """Returns the targets at or below a folder, by name."""
    return sorted(pointer.parent.parent for pointer in folder.glob("**/_trichter/publication.json"))


def read_pointer(target: Path) -> list[dict[str, Any]]:
    """Returns the tables of the newest publication: `schema`, `rows`, `files`."""
    pointer = json.loads((target / "_trichter" / "publication.json").read_text())
    return list(pointer["tables"])


def find_tables(target: Path) -> Iterator[Table]:
    """Yields every table of a target: first what the pointer names, then each folder."""
    named = {}
    for table in read_pointer(target):
        files = tuple(target / file["path"] for file in table["files"])
        name = table["schema"]["table"]
        named[name] = f"{target.name}/publication/{name}"
        yield Table(named[name], files, rows=table["rows"])
    for area in AREAS:
        for folder in sorted(path for path in (target / area).glob("*") if path.is_dir()):
            files = tuple(sorted(folder.rglob("*.parquet")))
            is_delta = (folder / "_delta_log").is_dir()
            is_copy = area == "tables" or (area == "current" and folder.name not in GATHERED)
            same_as = named.get(folder.name) if is_copy else None
            if is_delta:
                plain = "current" if (target / "current" / folder.name).is_dir() else "tables"
                same_as = f"{target.name}/{plain}/{folder.name}"
            yield Table(f"{target.name}/{area}/{folder.name}", files, folder, is_delta, same_as=same_as)
