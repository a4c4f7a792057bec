"""A table that goes on in another sheet, or in the next table of a Word document, is one table.

It goes on where the next one begins with the heading of the first (with its title or without) and has other
rows below: a copy is no continuation, and neither is a form that has the same heading under another title.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from xlbudget.model import PublishedTable
from xlbudget.returns.published.sections import looks_like_title
from xlbudget.returns.published.texts import title_of

_HEAD = 12  # rows in which a heading stands
_LONGEST = 40  # rows of a title, captions and heading together
_NUMBER = re.compile(r"[-−]?\d[\d,]*\.\d+")

_Row = tuple[tuple[int, str], ...]


def joined(tables: Sequence[PublishedTable]) -> list[PublishedTable]:
    """Return tables with those that go on with the one before put together."""
    found: list[PublishedTable] = []
    for table in tables:
        skipped = _repeated(found[-1], table) if found and not _titled_anew(found[-1], table) else 0
        if skipped:
            found[-1] = _appended(found[-1], table, skipped)
        else:
            found.append(table)
    return found


def _titled_anew(first: PublishedTable, second: PublishedTable) -> bool:
    """Whether another title stands above a table than above the one before it."""
    said = {title_of(line.text)[0] for line in first.lead}
    titles = (title_of(line.text)[0] for line in second.lead if looks_like_title(line.text))
    return any(title and title not in said for title in titles)


def _rows(table: PublishedTable) -> list[_Row]:
    """Return what stands in the first rows, by column, spaces left out."""
    rows: list[list[tuple[int, str]]] = [[] for _ in range(min(table.rows, _LONGEST))]
    for cell in table.cells:
        text = re.sub(r"\s+", "", cell.text)
        if cell.row < len(rows) and text:
            rows[cell.row].append((cell.column, text))
    return [tuple(sorted(row)) for row in rows]


def _repeated(first: PublishedTable, second: PublishedTable) -> int:
    """Return how many rows of a table only repeat the head of the one before it; 0: it is another table."""
    above, below = _rows(first), _rows(second)
    best = 0
    for start in range(min(_HEAD, len(above))):
        count = 0
        while (
            start + count < len(above)
            and count < len(below)
            and above[start + count] == below[count]
            and not _has_amount(below[count])
        ):
            count += 1
        whole = any(len(row) > 1 for row in below[:count])
        following = above[start + count : start + count + 1]
        if whole and following and count < len(below) and below[count] not in following:
            best = max(best, count)
    return best


def _has_amount(row: _Row) -> bool:
    return any(_NUMBER.fullmatch(text) for _, text in row)


def _appended(first: PublishedTable, second: PublishedTable, skipped: int) -> PublishedTable:
    below = first.rows - skipped
    moved = (replace(cell, row=cell.row + below) for cell in second.cells if cell.row >= skipped)
    return replace(
        first,
        rows=first.rows + second.rows - skipped,
        columns=max(first.columns, second.columns),
        cells=(*first.cells, *moved),
        parts=(*first.parts, *second.parts),
        after=second.after,
    )
