"""The order in which formulas can be computed; finds cycles. Pure: no engine, no arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from xlbudget.workbook.formula_groups import FormulaGroup
from xlbudget.workbook.language import Call, ColumnRange, LineCells, Node, RowCell, children
from xlbudget.workbook.layout import Layout

RowsOf = Callable[[ColumnRange | LineCells], range]


class FormulaCycle(ValueError):
    """Formulas that need one another: (table, column) of each, the first again at the end."""

    def __init__(self, places: Sequence[tuple[str, str]]) -> None:
        self.places = tuple(places)
        super().__init__(f"公式循环引用：{' → '.join(f'{table}[{column}]' for table, column in places)}")


def layout_rows(layout: Layout) -> RowsOf:
    """Return the function that says which rows of its table a range covers."""

    def rows_of(node: ColumnRange | LineCells) -> range:
        placed = layout.tables[node.table]
        if isinstance(node, ColumnRange):
            return range(placed.rows)
        return range(placed.lines[node.first], placed.lines[node.last] + 1)

    return rows_of


def in_order(groups: Sequence[FormulaGroup], rows_of: RowsOf) -> Iterator[FormulaGroup]:
    """Yield the groups so that each stands after those it needs; FormulaCycle names one."""
    fillers: dict[tuple[str, str], list[int]] = {}
    for at, group in enumerate(groups):
        fillers.setdefault((group.table, group.column), []).append(at)
    state: dict[int, int] = {}
    order: list[int] = []

    def needed(at: int) -> Iterator[int]:
        for table, column, rows in needs(groups[at], rows_of):
            for other in fillers.get((table, column), ()):
                if not rows.isdisjoint(groups[other].rows):
                    yield other

    def visit(start: int) -> None:
        stack = [(start, needed(start))]
        state[start] = 1
        while stack:
            at, remaining = stack[-1]
            other = next(remaining, None)
            if other is None:
                state[at] = 2
                order.append(at)
                stack.pop()
            elif state.get(other) == 1:
                path = [part for part, _ in stack]
                circle = [*path[path.index(other) :], other]
                raise FormulaCycle([(groups[part].table, groups[part].column) for part in circle])
            elif other not in state:
                state[other] = 1
                stack.append((other, needed(other)))

    for at in range(len(groups)):
        if at not in state:
            visit(at)
    return (groups[at] for at in order)


def needs(group: FormulaGroup, rows_of: RowsOf) -> Iterator[tuple[str, str, frozenset[int]]]:
    """Yield (table, column, rows) of everything that a group reads; its own rows above do not count."""
    for part in _read(group.node):
        if isinstance(part, RowCell):
            yield part.table, part.column, frozenset(group.rows)
        elif isinstance(part, ColumnRange | LineCells):
            yield part.table, part.column, frozenset(rows_of(part))


def _read(node: Node) -> Iterator[Node]:
    if isinstance(node, Call) and node.function == "PRIOR":
        return
    yield node
    for child in children(node):
        yield from _read(child)
