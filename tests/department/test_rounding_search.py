"""The fewest moves in plain Python: as cheap as HiGHS finds them, and no identity left broken."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlbudget.department.summary import rounding_moves
from xlbudget.department.summary.rounding_moves import fewest_moves, moves_by_solver
from xlbudget.department.summary.rounding_search import OutOfStepsError, search
from xlbudget.model import Cell

Identity = tuple[dict[Cell, Decimal], Decimal]
ONE = Decimal(1)


def cell(*numbers: int) -> Cell:
    return Cell("表", 100 * numbers[0] + numbers[-1], "栏")


def prices(moved: dict[Cell, int], cost: dict[Cell, tuple[float, float]]) -> float:
    return sum(cost[at][0] * max(steps, 0) + cost[at][1] * max(-steps, 0) for at, steps in moved.items())


def holds(moved: dict[Cell, int], identities: Sequence[Identity]) -> bool:
    return all(
        sum(coefficient * moved.get(at, 0) for at, coefficient in terms.items()) == goal
        for terms, goal in identities
    )


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Identity], dict[Cell, tuple[float, float]]]:
    """A table of exact amounts with sums of its rows, its columns and of all, and some sums over two rows."""
    high, wide = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    amounts = st.integers(0, 5_000).map(lambda number: Decimal(number) / 1000)
    exact = {cell(row, column): draw(amounts) for row in range(1, high + 1) for column in range(1, wide + 1)}
    rows, columns = range(1, high + 1), range(1, wide + 1)
    sums = [
        *((cell(row, 0), [cell(row, column) for column in columns]) for row in rows),
        *((cell(0, column), [cell(row, column) for row in rows]) for column in columns),
        (cell(0, 0), [cell(row, 0) for row in rows]),
        (cell(0, 0), [cell(0, column) for column in columns]),
    ]
    if high > 1 and draw(st.booleans()):
        sums.append((cell(9, 9), [cell(1, 0), cell(2, 0)]))
    for total, parts in sums:
        exact[total] = sum((exact[part] for part in parts), Decimal(0))
    rounded = {at: value.quantize(Decimal("0.1"), ROUND_HALF_UP) for at, value in exact.items()}
    identities = []
    for total, parts in sums:
        rest = sum((rounded[part] for part in parts), Decimal(0)) - rounded[total]
        identities.append(({total: -ONE, **dict.fromkeys(parts, ONE)}, -rest * 10))
    cost = {}
    for at, value in exact.items():
        up, down = (abs(rounded[at] + sign * Decimal("0.1") - value) * 10 for sign in (1, -1))
        cost[at] = 1 + 1e-4 * float(up), 1 + 1e-4 * float(down)
    return identities, cost


@settings(deadline=None, max_examples=150)
@given(tables(), st.integers(1, 2))
def test_it_is_as_cheap_as_the_solver_finds_it(
    table: tuple[list[Identity], dict[Cell, tuple[float, float]]], most: int
) -> None:
    identities, cost = table
    plain, solved = search(identities, cost, most), moves_by_solver(identities, cost, most, 60)
    assert (plain is None) == (solved is None)
    if plain is not None and solved is not None:
        assert holds(plain, identities)
        assert all(0 < abs(steps) <= most for steps in plain.values())
        assert prices(plain, cost) == pytest.approx(prices(solved, cost), abs=1e-6)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(st.lists(st.integers(-2, 2), min_size=4, max_size=4), st.integers(-3, 3)), max_size=4),
    st.lists(st.integers(1, 9), min_size=8, max_size=8),
)
def test_it_is_the_cheapest_of_all(rows: list[tuple[list[int], int]], given_costs: list[int]) -> None:
    """Any identities, coefficients other than one among them: every way of moving four cells is tried."""
    cells = [cell(1, number) for number in range(4)]
    cost = {
        at: (1 + given_costs[2 * n] / 100, 1 + given_costs[2 * n + 1] / 100) for n, at in enumerate(cells)
    }
    identities: list[Identity] = [
        ({at: Decimal(part) for at, part in zip(cells, terms, strict=True) if part}, Decimal(goal))
        for terms, goal in rows
    ]
    ways = [
        {at: steps for at, steps in zip(cells, way, strict=True) if steps}
        for way in itertools.product(range(-2, 3), repeat=4)
    ]
    possible = [prices(way, cost) for way in ways if holds(way, identities)]
    found = search(identities, cost, 2)
    assert (found is None) == (not possible)
    if found is not None:
        assert holds(found, identities)
        assert prices(found, cost) == pytest.approx(min(possible))


def test_steps_of_two_never_come_to_an_odd_number() -> None:
    cells = [cell(1, number) for number in range(4)]
    identities: list[Identity] = [(dict.fromkeys(cells, Decimal(2)), ONE)]
    assert search(identities, dict.fromkeys(cells, (1.01, 1.01)), 2) is None


def test_what_is_given_up_is_left_to_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [cell(1, number) for number in range(3)]
    cost = dict.fromkeys(cells, (1.0, 1.0))
    identities: list[Identity] = [(dict.fromkeys(cells, ONE), ONE)]
    with pytest.raises(OutOfStepsError):
        search(identities, cost, 1, steps=0)

    def gives_up(*_: object) -> None:
        raise OutOfStepsError

    monkeypatch.setattr(rounding_moves, "search", gives_up)
    moved = fewest_moves(identities, cost, 1, 10)
    assert moved is not None
    assert list(moved.values()) == [1]


def test_of_equally_good_ways_the_first_cell_moves() -> None:
    cells = [cell(1, number) for number in range(3)]
    moved = search([(dict.fromkeys(cells, ONE), ONE)], dict.fromkeys(cells, (1.0, 1.0)), 1)
    assert moved == {cells[0]: 1}
