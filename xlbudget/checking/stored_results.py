"""Which stored results may not be ours, and whether sheets of intermediate results need a look for it.

On these sheets (hidden, locked) nobody types. Where every result that people see is ours, what is stored
there makes no difference, whoever wrote it; they hold half of a workbook's formulas. A formula too few is
seen without reading them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, Memo
from xlbudget.returns.stored_cells import RowFacts, StoredCells, column_numbers

_HANGING = Memo[bool]()
_UNLIKE = Memo[list[Cell]]()


def rows_in_question(evidence: Evidence, stored: StoredCells) -> Iterator[RowFacts]:
    """Yield what is known of our rows: of all, or of those that people see where nothing hangs on others."""
    return stored.all_rows() if _hanging(evidence, stored) else stored.shown_rows()


def doubtful(evidence: Evidence) -> Iterable[Cell]:
    """Return the formula cells whose stored result may not be ours.

    Where both the result and our value are those of the blank workbook, they agree.
    """
    stored = evidence.submission.stored
    if not isinstance(stored, StoredCells):
        return evidence.blueprint.formulas
    if _hanging(evidence, stored):
        return _unlike(evidence, stored.all_rows(), ())
    return _unlike_shown(evidence, stored)


def _hanging(evidence: Evidence, stored: StoredCells) -> bool:
    """Whether what is stored in intermediate results may matter: something that is seen is out of order."""

    def look() -> bool:
        submission = evidence.submission
        usual = submission.calculated and not (submission.irregularities or submission.renamed)
        return bool(stored.unseen) and not (
            usual
            and not any(row.changed for row in stored.shown_rows())
            and all(_agrees(evidence, cell) for cell in _unlike_shown(evidence, stored))
        )

    return _HANGING.of(evidence.memos, None, look)


def _unlike_shown(evidence: Evidence, stored: StoredCells) -> list[Cell]:
    def look() -> list[Cell]:
        return _unlike(evidence, stored.shown_rows(), stored.unseen)

    return _UNLIKE.of(evidence.memos, None, look)


def _agrees(evidence: Evidence, cell: Cell) -> bool:
    stored = evidence.submission.stored.get(cell)
    return stored is None or evidence.plainly_agrees(cell, stored) or evidence.agree(cell, stored.value)


def _unlike(evidence: Evidence, every: Iterable[RowFacts], unseen: Iterable[str]) -> list[Cell]:
    """Return the cells in some rows whose stored result is not plainly ours, and those that have none.

    Sheets that are ``unseen`` are left out.
    """
    values, noise, numbers = evidence.values, evidence.plan.noise, column_numbers(evidence.plan)
    keys = list(numbers)
    columns = [values.columns[key] for key in keys]
    looked_at: list[list[int]] = [[] for _ in keys]
    cells: list[Cell] = []
    for facts in every:
        for number, row, value in facts.stored():
            looked_at[number].append(row)
            ours = columns[number][row]
            if type(value) is float is type(ours) and -noise < value - ours < noise:
                continue
            if type(value) is not str or value != ours:
                cells.append(Cell(keys[number][0], row, keys[number][1]))
    formulas, tables, left_out = evidence.blueprint.formulas, evidence.layout.tables, set(unseen)
    for key, rows in values.changed.items():
        if tables[key[0]].sheet in left_out:
            continue
        others = (Cell(key[0], row, key[1]) for row in rows.difference(looked_at[numbers[key]]))
        cells += [cell for cell in others if cell in formulas]
    return cells
