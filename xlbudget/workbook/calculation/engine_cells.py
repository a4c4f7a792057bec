"""Single cells from the entries by the ``formulas`` engine's own compiled functions: a judge beside the plan.

Of a workbook only the formulas upstream of the cells are computed. Each shape (a formula with letters in
place of what it reads, ranges in their lengths) is compiled once in a process, and rows with the same
operands are given to the engine once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xlbudget.files.addresses import column_letters
from xlbudget.model import Cell, EntryRow
from xlbudget.workbook.calculation.engine import by_engine
from xlbudget.workbook.calculation.order import layout_rows
from xlbudget.workbook.calculation.plan import Plan
from xlbudget.workbook.formula_groups import FormulaGroup
from xlbudget.workbook.language import (
    Call,
    ColumnRange,
    LineCells,
    Node,
    Number,
    RowCell,
    Text,
    show,
    transform,
    walk,
)

_ONE_BY_ONE = {"AND", "OR", "INDEX"}
"""Functions by which the engine makes one value of several rows."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Lettered:
    """A formula as the engine gets it: its text, and by name (``A1``, ``B1:B60``) what it reads."""

    text: str
    names: tuple[str, ...]
    reads: tuple[Node, ...]
    ranges: frozenset[str]


class EngineCells:
    """What the engine makes of cells of workbooks of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._rows_of = layout_rows(plan.layout)
        self._lettered: dict[int, _Lettered] = {}

    def values(self, entries: Mapping[str, Sequence[EntryRow]], cells: Sequence[Cell]) -> list[Any]:
        """Return the values of some formula cells: float, text, bool or ErrorValue; an empty cell gives 0."""
        columns = self.plan.constant_columns()
        for table, rows in entries.items():
            for entered in rows:
                for key, value in entered.values.items():
                    number = float(value) if isinstance(value, Decimal) else value
                    columns[table, key][entered.row] = number
        for group, wanted in self._upstream(cells):
            column = columns[group.table, group.column]
            for row, value in self._computed(group, wanted, columns):
                column[row] = value
        return [columns[cell.table, cell.column][cell.row] for cell in cells]

    def work(self, cells: Sequence[Cell]) -> int:
        """Return about how many cells the engine would look at: the range of each row, or the row."""
        total = 0
        for group, rows in self._upstream(cells):
            parts = [part for part in walk(group.node) if isinstance(part, ColumnRange | LineCells)]
            total += len(rows) * max(1, sum(len(self._rows_of(part)) for part in parts))
        return total

    def _upstream(self, cells: Sequence[Cell]) -> list[tuple[FormulaGroup, list[int]]]:
        """Return the formulas that cells depend on, in order, with the rows that are needed of each."""
        needed: dict[Key, set[int]] = {}
        for cell in cells:
            needed.setdefault((cell.table, cell.column), set()).add(cell.row)
        found = []
        for group in reversed(self.plan.steps):
            own = needed.get((group.table, group.column), set()).intersection(group.rows)
            if not own:
                continue
            if _is_running(group.node):
                own = {row for row in group.rows if row <= max(own)}
            found.append((group, sorted(own)))
            for part in walk(group.node):
                if isinstance(part, RowCell):
                    needed.setdefault((part.table, part.column), set()).update(own)
                elif isinstance(part, ColumnRange | LineCells):
                    needed.setdefault((part.table, part.column), set()).update(self._rows_of(part))
        return found[::-1]

    def _computed(
        self, group: FormulaGroup, rows: Sequence[int], columns: Mapping[Key, list[Any]]
    ) -> Iterator[tuple[int, Any]]:
        """Yield the value of each row as the engine gives it."""
        formula = self._of(group.node)
        if _is_running(group.node):
            yield from self._running(formula, rows, columns)
            return
        operands = {row: tuple(_of_row(part, row, columns) for part in formula.reads) for row in rows}
        distinct = list({_identity(each): each for each in operands.values()}.values())
        many = not any(isinstance(part, Call) and part.function in _ONE_BY_ONE for part in walk(group.node))
        known: dict[Any, Any] = {}
        for batch in [distinct] if many else [[each] for each in distinct]:
            results = self._by_engine(formula, batch, columns)
            known.update(zip(map(_identity, batch), results, strict=True))
        yield from ((row, known[_identity(each)]) for row, each in operands.items())

    def _running(
        self, formula: _Lettered, rows: Sequence[int], columns: Mapping[Key, list[Any]]
    ) -> Iterator[tuple[int, Any]]:
        """Yield running counts, each of which adds to the one before it."""
        known: dict[Any, Any] = {}
        before: Any = 0.0
        for row in rows:
            each = tuple(before if _is_prior(part) else _of_row(part, row, columns) for part in formula.reads)
            same = _identity(each)
            if same not in known:
                [known[same]] = self._by_engine(formula, [each], columns)
            before = known[same]
            yield row, before

    def _by_engine(
        self, formula: _Lettered, rows: Sequence[Sequence[Any]], columns: Mapping[Key, list[Any]]
    ) -> list[Any]:
        given: list[Sequence[Any]] = []
        for at, part in enumerate(formula.reads):
            found = self._range(part, columns)
            given.append([each[at] for each in rows] if found is None else found)
        return by_engine(formula.text, given, len(rows), formula.names, formula.ranges)

    def _range(self, part: Node, columns: Mapping[Key, list[Any]]) -> list[Any] | None:
        """Return the cells of a range; None for what is a single cell of the row."""
        if isinstance(part, ColumnRange | LineCells):
            rows = self._rows_of(part)
            return columns[part.table, part.column][rows.start : rows.stop]
        if isinstance(part, Call) and part.function == "LAST" and isinstance(part.arguments[0], ColumnRange):
            area = part.arguments[0]
            return columns[area.table, area.column][-1:]
        return None

    def _of(self, node: Node) -> _Lettered:
        known = self._lettered.get(id(node))
        if known is None:
            known = self._lettered[id(node)] = self._as_lettered(node)
        return known

    def _as_lettered(self, node: Node) -> _Lettered:
        names: dict[Node, str] = {}

        def named(part: Node) -> Node | None:
            if isinstance(part, Call) and part.function == "CAPACITY" and isinstance(part.arguments[0], Text):
                return Number(Decimal(self.plan.layout.capacity[part.arguments[0].value]))
            single = isinstance(part, RowCell) or (
                isinstance(part, Call) and part.function in {"PRIOR", "LAST"}
            )
            if not single and not isinstance(part, ColumnRange | LineCells):
                return None
            if part not in names:
                letter = column_letters(len(names))
                count = len(self._rows_of(part)) if isinstance(part, ColumnRange | LineCells) else 1
                names[part] = f"{letter}1:{letter}{count}" if count > 1 else f"{letter}1"
            return RowCell(names[part], "")

        text = show(transform(node, named), lambda part: part.table if isinstance(part, RowCell) else "")
        ranges = {name for part, name in names.items() if isinstance(part, ColumnRange | LineCells)}
        return _Lettered(text, tuple(names.values()), tuple(names), frozenset(ranges))


def _is_running(node: Node) -> bool:
    return any(map(_is_prior, walk(node)))


def _is_prior(node: Node) -> bool:
    return isinstance(node, Call) and node.function == "PRIOR"


def _of_row(part: Node, row: int, columns: Mapping[Key, list[Any]]) -> Any:
    """Return what a row reads in a cell of its own; None for a range."""
    return columns[part.table, part.column][row] if isinstance(part, RowCell) else None


def _identity(operands: Sequence[Any]) -> Any:
    """Return what tells operands apart: 1, 1.0 and TRUE are not the same."""
    return tuple((type(value), value) for value in operands)
