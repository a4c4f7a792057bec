"""Which column of a sheet is which column of a form: by the path of its headings, then by the last one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from xlbudget.model import Column, ColumnKind, Form, Memo
from xlbudget.returns.published.grids import Grid
from xlbudget.returns.published.texts import without_year
from xlbudget.workbook.layout import form_heading_depth

Place = tuple[str, str]
"""Panel and column of a form, by key."""

Path = tuple[str, ...]
_HEADINGS = Memo[tuple[dict[int, Path], frozenset[str]]]()
_FIGURE = re.compile(r"[-−]?\d[\d,，]*(?:\.\d+)?")
_LOOKED_AT = 25  # rows of a section in which its headings begin


@dataclass(frozen=True, slots=True)
class Headings:
    """Where a form's headings stand: their rows, and the sheet column of each of its columns found."""

    rows: tuple[int, ...]
    columns: dict[Place, int]
    missing: tuple[Place, ...]

    @property
    def complete(self) -> bool:
        """Whether every column was found."""
        return not self.missing


def find_headings(grid: Grid, rows: Sequence[int], form: Form) -> Headings | None:
    """Return the place of a form's headings among ``rows``, or None when they are not there.

    At least half of the amount columns must be found, and in every panel a column of labels.
    """
    best: tuple[int, int, Headings] | None = None
    wanted = [
        {"".join(_deduplicated(column)), *_names(column)}
        for _, column in visible(form)
        if column.kind is ColumnKind.AMOUNT
    ]
    for start in range(min(len(rows), _LOOKED_AT)):
        for depth in range(1, form_heading_depth(form) + 2):
            chosen = tuple(rows[start : start + depth])
            paths, ends = _looked_up(grid, chosen)
            if 2 * sum(not names.isdisjoint(ends) for names in wanted) < len(wanted):
                continue  # most rows of a document are no headings, and matching costs
            found = _matched(paths, form)
            headings = Headings(chosen, found.columns, found.missing)
            if _enough(headings, form):
                rank = found.weight, -depth
                if best is None or rank > best[:2]:
                    best = (*rank, headings)
    return best[2] if best else None


def visible(form: Form) -> Iterator[tuple[Place, Column]]:
    """Yield the columns that a form prints, from left to right."""
    for panel in form.panels:
        for column in panel.columns:
            if not column.hidden:
                yield (panel.id, column.key), column


def _enough(headings: Headings, form: Form) -> bool:
    amounts = [place for place, column in visible(form) if column.kind is ColumnKind.AMOUNT]
    found = sum(place in headings.columns for place in amounts)
    labelled = {
        place[0]
        for place, column in visible(form)
        if column.kind is not ColumnKind.AMOUNT and place in headings.columns
    }
    worded = {place[0] for place, column in visible(form) if column.kind is not ColumnKind.AMOUNT}
    return 2 * found >= len(amounts) and labelled == worded


def heading_paths(
    grid: Grid, rows: Sequence[int], words: Callable[[str], str] = without_year
) -> dict[int, Path]:
    """Return the headings above each column, from top to bottom, as ``words`` has them.

    A heading over a group stands in a merged cell, or in the first cell of the group with blanks
    beside it: a blank with a heading below it takes the text to its left.
    """
    columns = {column for row in rows for column in grid.covered(row)}
    paths: dict[int, Path] = {}
    for column in sorted(columns):
        texts = [_heading(grid.shown(row, column)) for row in rows]
        for at, text in enumerate(texts):
            if not text and any(texts[at + 1 :]):
                texts[at] = _to_the_left(grid, rows[at], column)
        path: list[str] = []
        for text in map(words, texts):
            if text and path[-1:] != [text]:
                path.append(text)
        if path:
            paths[column] = tuple(path)
    return paths


def is_figure(text: str) -> bool:
    """Whether a text is a number: no heading, also where the first line stands among the lowest ones."""
    return _FIGURE.fullmatch("".join(text.split())) is not None


def _heading(text: str) -> str:
    return "" if is_figure(text) else text


def _looked_up(grid: Grid, rows: tuple[int, ...]) -> tuple[dict[int, Path], frozenset[str]]:
    """Return the headings above each column, and what they end with; kept: every form asks for the same."""

    def look() -> tuple[dict[int, Path], frozenset[str]]:
        paths = heading_paths(grid, rows)
        return paths, frozenset("".join(path[at:]) for path in paths.values() for at in range(len(path)))

    return _HEADINGS.of(grid.memos, rows, look)


def _to_the_left(grid: Grid, row: int, column: int) -> str:
    for other in range(column - 1, 0, -1):
        if grid.merged(row, other):
            return ""  # the merged cell shows how far its heading reaches
        if text := grid.text(row, other):
            return text
    return ""


@dataclass(slots=True)
class _Match:
    columns: dict[Place, int]
    missing: tuple[Place, ...]
    weight: int


def _matched(paths: dict[int, Path], form: Form) -> _Match:
    """Match whole paths first, then last headings between the columns already known."""
    order = list(visible(form))
    found: dict[Place, int] = {}
    for place, column in order:
        wanted = _deduplicated(column)
        whole = "".join(wanted)
        exact = [
            at
            for at, path in paths.items()
            if (path == wanted or "".join(path) == whole) and at not in found.values()
        ]
        if exact:
            found[place] = exact[0]
    for place, column in order:  # a first line may stand beside the lowest headings
        wanted = _deduplicated(column)
        longer = [
            at for at, path in paths.items() if path[: len(wanted)] == wanted and at not in found.values()
        ]
        if place not in found and column.kind is not ColumnKind.AMOUNT and len(longer) == 1:
            found[place] = longer[0]
    weight = 2 * len(found)
    for at, (place, column) in enumerate(order):
        if place in found:
            continue
        after = max((found[other] for other, _ in order[:at] if other in found), default=0)
        before = min((found[other] for other, _ in order[at + 1 :] if other in found), default=10**6)
        names = _names(column)
        close = [
            number
            for number, path in paths.items()
            if after < number < before and _ends(path, names) and number not in found.values()
        ]
        if close:
            found[place] = close[0]
            weight += 1
    missing = tuple(place for place, _ in order if place not in found)
    return _Match(found, missing, weight)


def _ends(path: Path, names: set[str]) -> bool:
    """Whether a path ends with one of the names, broken over lines or not."""
    return any("".join(path[at:]) in names for at in range(len(path)))


def _deduplicated(column: Column) -> Path:
    path: list[str] = []
    for text in map(without_year, column.heading):
        if path[-1:] != [text]:
            path.append(text)
    return tuple(path)


def _names(column: Column) -> set[str]:
    """Return the last headings by which a column may go: as printed, as outputs call it, as formulas do."""
    last = {without_year(column.heading[-1])} if column.heading else set()
    return last | {without_year(column.name or column.key), without_year(column.key)}
