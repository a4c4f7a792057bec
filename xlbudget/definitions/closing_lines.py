"""Lines that stand under the last row in use: totals below open rows, and the notes of a form.

How many open rows are in use is known only when a workbook is filled in, so no address is theirs. Each
closing line is computed once, in a hidden row far below: there formulas, rules and readers find it by name.
The rows of the block show it where it belongs, by the mechanism that lists open rows: the hidden rows are
one more source, ranked from the first row below all that is in use in any panel of the form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from xlbudget.model import Column, ColumnKind, Form, Formula, Line, OpenRows, OpenSource, Panel

RANK = "_列序"
"""The column of a closing panel that says in which row of the block each line is shown."""


def with_closing(form: Form) -> Form:
    """Return a form with the lines below its open rows, and its notes, made closing lines.

    A form without open rows has none: its lines stand where they are written, its notes below them.
    """
    opened = [panel for panel in form.panels if _block(panel)]
    below = [_below(panel) for panel in form.panels]
    if not opened or not (any(below) or form.notes):
        return form
    used = _most([_used(panel) for panel in form.panels])
    panels = []
    most = max(map(len, below))
    for at, (panel, lines) in enumerate(zip(form.panels, below, strict=True)):
        padded = [*lines, *(Line("", panel.source, closing=True) for _ in range(most - len(lines)))]
        notes = list(_notes(form, panel)) if at == 0 else []
        panels.append(_closed(panel, [*padded, *notes], used))
    return replace(form, panels=tuple(panels))


def _block(panel: Panel) -> OpenRows | None:
    return next((part for part in panel.body if isinstance(part, OpenRows)), None)


def _below(panel: Panel) -> list[Line]:
    """Return the closing lines of a panel: those said to be, and all below open rows."""
    found: list[Line] = []
    opened = False
    for part in panel.body:
        if isinstance(part, OpenRows):
            opened = True
        elif opened or part.closing or found:
            found.append(replace(part, closing=True))
    return found


def _before(panel: Panel) -> list[Line]:
    """Return the fixed lines that stand where they are written."""
    found: list[Line] = []
    for part in panel.body:
        if isinstance(part, OpenRows) or part.closing:
            break
        found.append(part)
    return found


def _used(panel: Panel) -> str:
    """Return the formula for the number of rows in use of one panel: no more than there are."""
    block, before = _block(panel), len(_before(panel))
    if block is None:
        return str(before)
    listed, room = block.listed.text, f"CAPACITY({panel.id})"
    used = f"IF({listed}>{room},{room},{listed})"
    return f"({before}+{used})" if before else used


def _most(numbers: Sequence[str]) -> str:
    """Return the formula for the greatest of some numbers."""
    most = numbers[0]
    for other in numbers[1:]:
        most = f"IF({most}>={other},{most},{other})"
    return most


def _notes(form: Form, panel: Panel) -> Iterator[Line]:
    """Yield the notes of a form as lines: in its widest column of words, or its first."""
    column = widest_words(panel)
    empty = Formula(f'IF({form.empty_when.text},{form.empty_note.text},"")', form.source)
    for at, text in enumerate((*form.notes, empty), 1):
        yield Line(f"_注{at}", form.source, {column: text}, closing=True, note=True)


def widest_words(panel: Panel) -> str:
    """Return the visible column that has most room for words: a neighbour's formula clips what runs over."""
    words = [part for part in panel.columns if part.kind is not ColumnKind.AMOUNT and not part.hidden]
    shown = words or [part for part in panel.columns if not part.hidden]
    return max(shown, key=lambda column: column.width).key


def _closed(panel: Panel, lines: Sequence[Line], used: str) -> Panel:
    """Return a panel whose block shows closing lines as well, with their own panel beside it."""
    source, before = panel.source, len(_before(panel))
    name = f"_{panel.id}合计行"
    ranked = tuple(
        replace(line, key=line.key or f"_空{at}", cells=_cells(panel, line, at, used, before))
        for at, line in enumerate(lines, 1)
    )
    rank = Column(RANK, ColumnKind.COUNT, source, ("列序",), RANK, hidden=True)
    columns = tuple(
        replace(column, formula=column.formula if column.kind is ColumnKind.AMOUNT else None)
        for column in panel.columns
    )
    closing = replace(
        panel, id=name, columns=(*columns, rank), body=ranked, key="", level="", parent="", closing=None
    )
    shown = {column.key: Formula(f"[@{column.key}]", source) for column in panel.columns if not column.hidden}
    rows = OpenSource(name, RANK, source, shown)
    block = _block(panel) or OpenRows((), (), Formula("0", source), source)
    return replace(panel, body=(*_before(panel), replace(block, closing=rows)), closing=closing)


def _cells(panel: Panel, line: Line, at: int, used: str, before: int) -> dict[str, str | Formula]:
    """Return the cells of a closing line: as stated, where it is shown, nothing where it says none."""
    rank = Formula(f"{used}+{at}" if not before else f"{used}-{before}+{at}", panel.source)
    cells: dict[str, str | Formula] = {**line.cells, RANK: rank}
    if line.note or not line.key:
        nothing = Formula('""', panel.source)
        cells |= {column.key: nothing for column in panel.columns if column.key not in cells}
    return cells
