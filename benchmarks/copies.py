"""Thousands of returns out of one filled workbook: each of a unit of its own, its amounts its own.

All amounts of a copy are those of the workbook times one factor, and so are the results of its formulas, but
for shares and counts, which stay. What a copy does not change stays as it was compressed.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from batch import _NUMBER, COUNT, _parts
from per_workbook import UNIT

from xlbudget import read
from xlbudget.files.spliced_zip import Piece, packed, piece
from xlbudget.model import ColumnKind, EntryRow, Submission, WorkbookTemplate
from xlbudget.workbook.calculation.kept_plans import plan_of

FIRST_CODE = 300_000
STEPS = 100
"""How many copies it takes until amounts have doubled; a hundredth of 元 is never divided."""

_SHORTEST = 8192  # bytes that are worth a piece of their own
_CELL = re.compile(r".*?</c>", re.DOTALL)

Line = Mapping[str, tuple[float, float]]
"""Address → the number in the workbook, and what it grows by when amounts double."""

Words = Sequence[str | tuple[float, float]]
"""Text of a part with the numbers that are others in each copy."""


class Original:
    """A filled workbook without findings, ready to be copied.

    Its amounts are whole 元: what has 角 and 分 stays as it is, and must not be part of a sum.
    """

    def __init__(self, workbook: Path, template: WorkbookTemplate) -> None:
        lines = _lines(read(workbook, template), template)
        with zipfile.ZipFile(workbook) as archive:
            sheets = {part: lines.get(sheet, {}) for sheet, part in _parts(archive).items()}
            self._parts = {
                name: tuple(_chunks(archive.read(name).decode(), sheets.get(name, {})))
                for name in archive.namelist()
            }

    def copy(self, number: int) -> bytes:
        """Return copy number 0, 1, 2 …; no two have an amount in common."""
        return packed({name: tuple(_pieces(chunks, number)) for name, chunks in self._parts.items()})

    def write(self, folder: Path, count: int) -> None:
        """Write so many copies into a new folder."""
        folder.mkdir()
        for number in range(count):
            (folder / f"{FIRST_CODE + number}.xlsx").write_bytes(self.copy(number))


def _lines(submission: Submission, template: WorkbookTemplate) -> dict[str, dict[str, tuple[float, float]]]:
    """Return by sheet what grows with the amounts, as the plan works it out for them once and twice."""
    plan = plan_of(template, submission.capacity)
    once, twice = (
        plan.evaluate(
            {
                table: tuple(_times(template, table, row, times) for row in rows)
                for table, rows in submission.entries.items()
            }
        )
        for times in (1, 2)
    )
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for cell in twice.changed_cells:
        before, after = once.raw(cell), twice.raw(cell)
        if type(before) is float and before != after:
            sheet = found.setdefault(plan.layout.tables[cell.table].sheet, {})
            sheet[plan.layout.address(*cell)] = before, after - before
    return found


def _times(template: WorkbookTemplate, table: str, row: EntryRow, times: int) -> EntryRow:
    """Return a row with its amounts so many times as large; counts and areas stay."""
    amounts = {column.key for column in template.entry(table).columns if column.kind is ColumnKind.AMOUNT}
    values = {
        key: value * times
        if key in amounts and isinstance(value, Decimal) and value >= COUNT and value % 1 == 0
        else value
        for key, value in row.values.items()
    }
    return EntryRow(row.row, values)


def _chunks(text: str, line: Line) -> Iterator[Piece | Words]:
    """Yield a part in pieces, cut behind cells where what is the same in all copies meets what is not."""
    cells = _CELL.findall(text)
    cells.append(text[sum(map(len, cells)) :])
    runs: list[tuple[bool, list[str]]] = []
    for own, group in groupby(cells, lambda cell: _own(cell, line)):
        run = list(group)
        if runs and (runs[-1][0] or own) and min(sum(map(len, runs[-1][1])), sum(map(len, run))) < _SHORTEST:
            runs[-1] = True, runs[-1][1] + run
        else:
            runs.append((own, run))
    for at, (own, run) in enumerate(runs, 1):
        yield _words("".join(run), line) if own else piece("".join(run).encode(), last=at == len(runs))


def _own(cell: str, line: Line) -> bool:
    found = _NUMBER.search(cell)
    return UNIT.code in cell or bool(found and found[2] in line)


def _words(text: str, line: Line) -> Words:
    words: list[str | tuple[float, float]] = []
    done = 0
    for found in _NUMBER.finditer(text):
        if found[2] in line:
            words += [text[done : found.end(1)], line[found[2]]]
            done = found.start(3)
    return [*words, text[done:]]


def _pieces(chunks: Sequence[Piece | Words], number: int) -> Iterator[Piece]:
    for at, chunk in enumerate(chunks, 1):
        if isinstance(chunk, Piece):
            yield chunk
            continue
        code = str(FIRST_CODE + number)
        text = "".join(
            word.replace(UNIT.code, code)
            if isinstance(word, str)
            else f"{word[0] + word[1] * number / STEPS:.17g}"
            for word in chunk
        )
        yield piece(text.encode(), last=at == len(chunks))
