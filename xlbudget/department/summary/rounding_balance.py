"""Published figures that add up (舍位平衡): which printed amounts to move by the last decimal, and why.

Rounded one by one, figures need not add up to their rounded totals; that is right, and nothing is moved
unless somebody asks for it. Then the fewest cells are moved by which every stated equality between
printed cells holds, each to the neighbour of its exact value where that is possible. The forms keep
their exact amounts; what comes out is a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.rules.linear import LinearInstance, linear_instances
from xlbudget.department.summary.rounding_moves import fewest_moves
from xlbudget.model import Cell, ColumnKind, Place
from xlbudget.model.errors import InputError

_SECONDS = 120.0
_PREFERENCE = 1e-4  # between moves; far less than a move costs, however many there are
_STEPS = (1, 2)  # how far a cell may move: further only when there is no other way


@dataclass(frozen=True, slots=True)
class Move:
    """A printed amount that is moved: where it stands, exact, rounded, and as it is to be printed (万元)."""

    place: Place
    exact: Decimal
    rounded: Decimal
    balanced: Decimal


def balanced(evidence: Evidence) -> tuple[Move, ...]:
    """Return the moves that make the printed amounts of all forms add up, in the order of the forms.

    Raises InputError when no small moves do, or the fewest were not found in time.
    """
    step = Decimal(1).scaleb(-evidence.template.form_decimals)
    exact = dict(_printed(evidence))
    rounded = {cell: value.quantize(step, ROUND_HALF_UP) for cell, value in exact.items()}
    identities = list(_identities(evidence, exact.keys()))
    broken = [part for part in identities if _rest(part, rounded)]
    if not broken:
        return ()
    concerned = _connected(identities, broken)
    goals = [(part, -_rest(part, rounded) / step) for part in concerned]
    cells = sorted({cell for part in concerned for cell in part if exact[cell]})
    cost = {cell: _cost(exact[cell], rounded[cell], step) for cell in cells}
    for most in _STEPS:
        moves = fewest_moves(goals, cost, most, _SECONDS)
        if moves is not None:
            order = {panel.id: at for at, (_, panel) in enumerate(evidence.template.panels)}
            return tuple(
                Move(evidence.place(cell), exact[cell], rounded[cell], rounded[cell] + moves[cell] * step)
                for cell in sorted(moves, key=lambda cell: (order[cell.table], cell.row, cell.column))
            )
    raise InputError("没有找到使各表相加相符的舍位办法；请不加 --balance-rounding 汇总，公布数按四舍五入。")


def _printed(evidence: Evidence) -> Iterator[tuple[Cell, Decimal]]:
    """Yield every amount that the forms print, with its exact value."""
    for _, panel in evidence.template.panels:
        for column in panel.columns:
            if column.kind is not ColumnKind.AMOUNT or column.hidden:
                continue
            for row in range(evidence.layout.tables[panel.id].rows):
                cell = Cell(panel.id, row, column.key)
                value = evidence.recalculated(cell)
                if isinstance(value, Decimal):
                    yield cell, value


Terms = Mapping[Cell, Decimal]


def _identities(evidence: Evidence, printed: Iterable[Cell]) -> Iterator[Terms]:
    """Yield every stated equality between printed cells as Σ coefficient · cell = 0."""
    known = set(printed)
    rules = evidence.template.rules
    for part in linear_instances(evidence.blueprint, evidence.recalculated, rules):
        if part.operator == "=" and part.cells <= known and _unmixed(part):
            terms = (part.left - part.right).terms
            if terms:
                yield terms


def _unmixed(part: LinearInstance) -> bool:
    return not part.left.constant and not part.right.constant


def _rest(terms: Terms, values: Mapping[Cell, Decimal]) -> Decimal:
    return sum((coefficient * values[cell] for cell, coefficient in terms.items()), Decimal(0))


def _connected(identities: Sequence[Terms], broken: Sequence[Terms]) -> list[Terms]:
    """Return the identities that hang together with the broken ones through cells they share."""
    by_cell: dict[Cell, list[Terms]] = {}
    for part in identities:
        for cell in part:
            by_cell.setdefault(cell, []).append(part)
    found, waiting = {id(part): part for part in broken}, list(broken)
    while waiting:
        for cell in waiting.pop():
            for part in by_cell.pop(cell, ()):
                if id(part) not in found:
                    found[id(part)] = part
                    waiting.append(part)
    return list(found.values())


def _cost(exact: Decimal, rounded: Decimal, step: Decimal) -> tuple[float, float]:
    """Return what moving up and moving down cost: one, and a little more the further from the exact value."""
    up, down = (abs(rounded + sign * step - exact) / step for sign in (1, -1))
    return 1 + _PREFERENCE * float(up), 1 + _PREFERENCE * float(down)
