"""Notes that a table is empty below tables that are not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from xlbudget.checking.published.mistakes import FOUND
from xlbudget.model import Finding, Operand, PrintedLine, PublishedDocument, PublishedTable, Severity
from xlbudget.returns.entry_values import read_amount
from xlbudget.returns.published.grids import grid_of
from xlbudget.returns.published.sections import looks_like_title

EMPTY = {"empty_note": ("空表的说明与表中的数一致", Severity.EXPLAIN)}
_NOTE = re.compile(
    r"(?:本表|此表|该表)(?:为空表?|无数据|没有数据|空白)|空表|无此项(?:收支|数据|内容)|无相关数据"
)
_RULE = re.compile(r"无[^，。]{2,30}的，|如[无没]|若[无没]|为空表的")
_LONGEST = 120
_FEW = 2  # amounts from which on a table is not empty


def empty_note_faults(document: PublishedDocument) -> Iterator[Finding]:
    """Yield the notes that say of a table with amounts that it has none."""
    tables = document.tables
    for number, table in enumerate(tables):
        below = _own_lead(tables[number + 1])[0] if number + 1 < len(tables) else ()
        lines = (*table.after, *below, *_own_lead(table)[1], *_texts(table))
        note = next((line for line in lines if _says_empty(line.text)), None)
        if note is None:
            continue
        grid = grid_of(table, number)
        amounts = [
            at
            for at, cell in grid.by_row.items()
            if at[0] > grid.lead and ("." in cell.text or cell.kind == "n")
            if isinstance(value := read_amount(cell)[0], Decimal) and value
        ]
        if len(amounts) < _FEW:
            continue
        title, severity = EMPTY["empty_note"]
        first = min(amounts)
        text = "".join(note.text.split())
        message = (
            f"{note.place.where}“{text[:40]}”说这张表没有数据，表中却有 {len(amounts)} 个金额，"
            f"如 {grid.text(*first)}（{grid.place(*first).where}）。请删去说明，或核对这张表。"
        )
        yield Finding(
            "empty_note",
            severity,
            message,
            file=str(document.path),
            place=note.place,
            stored=text[:FOUND],
            kind=title,
            found=text[:FOUND],
            operands=(Operand(grid.text(*first), grid.place(*first)),),
        )


def _own_lead(table: PublishedTable) -> tuple[Sequence[PrintedLine], Sequence[PrintedLine]]:
    """Return the lines above a table: those before its title, which end the table before, and the rest."""
    titles = [at for at, line in enumerate(table.lead) if looks_like_title(line.text)]
    return table.lead[: titles[-1] if titles else 0], table.lead[titles[-1] if titles else 0 :]


def _texts(table: PublishedTable) -> Iterator[PrintedLine]:
    """Yield the texts of cells that may be notes."""
    for cell in table.cells:
        if 4 < len(cell.text) < _LONGEST and (cell.stored is None or cell.stored.kind == "s"):
            yield PrintedLine(cell.text, cell.place)


def _says_empty(text: str) -> bool:
    bare = "".join(text.split())
    return bool(_NOTE.search(bare)) and not _RULE.search(bare)
