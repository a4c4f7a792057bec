"""What formulas read, analysed once for a plan: cells of the row, ranges, keys, cells by position."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from xlbudget.workbook.calculation.order import RowsOf
from xlbudget.workbook.calculation.shapes import Shapes
from xlbudget.workbook.formula_groups import FormulaGroup
from xlbudget.workbook.language import (
    Call,
    ColumnRange,
    LineCells,
    Node,
    RowCell,
    children,
)

Key = tuple[str, str]
"""A column by table and key."""

LOOKUPS = {"SUMIFS", "COUNTIF", "MATCH"}
"""Functions that look a key up."""


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """The cells of a range: a column and the rows of it; the same object wherever formulas name them."""

    key: Key
    rows: range


@dataclass(frozen=True, slots=True)
class Lookup:
    """A call that looks a key up: what it adds up (sums only), where keys stand, and the wanted keys."""

    kind: str
    amounts: Area | None
    columns: tuple[Area, ...]
    wanted: tuple[Node, ...]

    @property
    def table(self) -> tuple[str, Area | None, tuple[Area, ...]]:
        """What calls with the same look-up table have in common."""
        return self.kind, self.amounts, self.columns


@dataclass(frozen=True, slots=True)
class Reads:
    """What a formula reads: cells of its row, whole ranges, keys, and single cells by position."""

    cells: tuple[Key, ...]
    areas: tuple[Area, ...]
    lookups: tuple[Lookup, ...]
    fetches: tuple[tuple[Area, Node], ...]
    running: bool


class Formulas:
    """The formulas of a plan, analysed once: what they read, and their shapes."""

    def __init__(self, groups: Iterable[FormulaGroup], rows_of: RowsOf, capacity: Mapping[str, int]) -> None:
        self.capacity = capacity
        self._rows_of = rows_of
        self.shapes = Shapes()
        self.lookups: dict[int, Lookup] = {}
        self.areas: dict[int, Area] = {}
        self._known: dict[tuple[Key, range], Area] = {}
        self.reads = {id(group): self._reads(group) for group in groups}
        self.rows = {id(group): frozenset(group.rows) for group in groups}

    def area(self, node: Node) -> Area:
        """Return the cells of a range."""
        known = self.areas.get(id(node))
        if known is None:
            if not isinstance(node, ColumnRange | LineCells):
                raise TypeError(f"{node} is no range")
            known = self.areas[id(node)] = self._area((node.table, node.column), self._rows_of(node))
        return known

    def _area(self, key: Key, rows: range) -> Area:
        return self._known.setdefault((key, rows), Area(key, rows))

    def _reads(self, group: FormulaGroup) -> Reads:
        cells: dict[Key, None] = {}
        areas: list[Area] = []
        lookups: list[Lookup] = []
        fetches: list[tuple[Area, Node]] = []
        running = False
        waiting: list[Node] = [group.node]
        while waiting:
            node = waiting.pop()
            if isinstance(node, RowCell):
                cells[node.table, node.column] = None
            elif isinstance(node, ColumnRange | LineCells):
                areas.append(self.area(node))
            elif isinstance(node, Call) and node.function in LOOKUPS:
                lookup = self.lookups[id(node)] = self._lookup(node)
                lookups.append(lookup)
                waiting += lookup.wanted
            elif isinstance(node, Call) and node.function == "INDEX":
                fetches.append((self.area(node.arguments[0]), node.arguments[1]))
                waiting.append(node.arguments[1])
            elif isinstance(node, Call) and node.function == "LAST":
                area = self.area(node.arguments[0])
                areas.append(self._area(area.key, area.rows[-1:]))
            elif isinstance(node, Call) and node.function == "PRIOR":
                running = True
            else:
                waiting += children(node)
        return Reads(tuple(cells), tuple(areas), tuple(lookups), tuple(fetches), running)

    def _lookup(self, node: Call) -> Lookup:
        parts = node.arguments
        if node.function == "MATCH":
            return Lookup("MATCH", None, (self.area(parts[1]),), (parts[0],))
        if node.function == "COUNTIF":
            return Lookup("COUNTIF", None, (self.area(parts[0]),), (parts[1],))
        columns = tuple(self.area(part) for part in parts[1::2])
        return Lookup("SUMIFS", self.area(parts[0]), columns, tuple(parts[2::2]))
