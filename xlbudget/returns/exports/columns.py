"""Where the headings of an export's sheet stand, and which of its columns a mapping means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from xlbudget.model import ExportTable
from xlbudget.returns.published.grids import Grid
from xlbudget.returns.published.headings import heading_paths
from xlbudget.returns.published.texts import MONEY, without_year

_LOOKED_AT = 25  # rows in which headings begin
_DEEPEST = 4  # rows of headings
_IN_MONEY = re.compile(rf"[(（]({'|'.join(sorted(MONEY, key=len, reverse=True))})[)）]$")

Path = tuple[str, ...]


@dataclass(frozen=True)
class ExportHeadings:
    """The headings of one sheet: their rows, and by column the path of headings above it, the path as shown,
    the lowest heading as it stands, the money that they name.
    """

    rows: tuple[int, ...]
    paths: dict[int, Path]
    shown: dict[int, str]
    lowest: dict[int, str]
    money: dict[int, str]

    def columns(self, alternatives: Sequence[str]) -> tuple[int, ...] | None:
        """Return the columns of the first alternative that is there, () where it is ambiguous, else None."""
        unclear = False
        for text in alternatives:
            found = [self._column(part) for part in text.split("+")]
            unclear = unclear or any(part == 0 for part in found)
            if all(found):
                return tuple(part for part in found if part)
        return () if unclear else None

    def every(self, text: str) -> set[int]:
        """Return all columns under a heading or a path of headings."""
        wanted = tuple(_plain(part) for part in text.split("/"))
        return {at for at, path in self.paths.items() if _ends(path, wanted) or _ends(path, (_plain(text),))}

    def _column(self, text: str) -> int | None:
        """Return the column under a path of headings, 0 where there are several, None where there is none."""
        wanted = tuple(_plain(part) for part in text.split("/"))
        whole = (_plain(text),)
        exact = [at for at, path in self.paths.items() if path in (wanted, whole)]
        ends = [at for at, path in self.paths.items() if _ends(path, wanted) or _ends(path, whole)]
        found = exact if len(exact) == 1 else ends
        return (found[0] if len(found) == 1 else 0) if found else None


def headings_of(
    grid: Grid, tables: Sequence[ExportTable], codes: Callable[[ExportHeadings], int]
) -> ExportHeadings | None:
    """Return the headings of a sheet: those rows under which most of what its tables want is found.

    ``codes`` counts the headings that are codes, where a table wants such.
    """
    wanted = list(_wanted(tables))
    best: tuple[int, int, int] | None = None
    chosen: ExportHeadings | None = None
    for start in range(min(len(grid.rows), _LOOKED_AT)):
        for depth in range(1, _DEEPEST + 1):
            rows = tuple(grid.rows[start : start + depth])
            headings = _headings(grid, rows)
            found = sum(bool(headings.columns(part)) for part in wanted) + codes(headings)
            rank = (found, -depth, -start)
            if found and (best is None or rank > best):
                best, chosen = rank, headings
    return chosen


def _wanted(tables: Sequence[ExportTable]) -> Iterator[Sequence[str]]:
    for table in tables:
        yield from table.columns.values()
        yield from table.sums.values()
        yield from ([heading] for heading in table.where)
        yield from ([heading] for heading in table.skip_columns)
        yield from (part for part in (table.label, table.unit) if part)


def _headings(grid: Grid, rows: Sequence[int]) -> ExportHeadings:
    paths, shown, lowest, money = {}, {}, {}, {}
    for column, path in heading_paths(grid, rows, _plain).items():
        texts = [text for row in rows if (text := grid.shown(row, column))]
        shown[column] = "·".join(dict.fromkeys("".join(text.split()) for text in texts))
        lowest[column] = texts[-1] if texts else ""
        paths[column] = path
        stated = [found[1] for text in texts if (found := _IN_MONEY.search(_normal(text)))]
        if stated:
            money[column] = stated[-1]
    return ExportHeadings(tuple(rows), paths, shown, lowest, money)


def _normal(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _plain(text: str) -> str:
    """Return a heading as it compares: without marks and years, and without the money at its end."""
    return without_year(_IN_MONEY.sub("", _normal(text)))


def _ends(path: Path, wanted: Path) -> bool:
    return path[-len(wanted) :] == wanted
