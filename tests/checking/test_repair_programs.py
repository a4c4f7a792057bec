"""Exact programs of the localization: what scipy's solvers find, without noise, counted in steps."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

import xlbudget
from xlbudget.checking.mistakes.repair.choice import has_choice, smallest_choice
from xlbudget.checking.mistakes.repair.simplex import Inequalities
from xlbudget.checking.mistakes.repair.steps import OutOfSteps, Steps
from xlbudget.model import Cell

COUNT = 4
ROWS = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, COUNT - 1), st.sampled_from([-2, -1, 1, 1, 3]), min_size=1),
        st.integers(-6, 12),
    ),
    min_size=1,
    max_size=9,
)
SETS = st.frozensets(st.integers(0, 8), min_size=1, max_size=4)


def solved(rows: Sequence[tuple[dict[int, int], int]], *, free: bool) -> Inequalities:
    exact = [({at: Fraction(value) for at, value in terms.items()}, Fraction(room)) for terms, room in rows]
    return Inequalities(exact, COUNT, Steps(10**6), free=free)


@settings(max_examples=150, deadline=None)
@given(ROWS, st.booleans())
def test_unknowns_go_as_far_as_the_floating_solver_says(
    rows: list[tuple[dict[int, int], int]], free: bool
) -> None:
    ours = solved(rows, free=free)
    matrix = [[terms.get(at, 0) for at in range(COUNT)] for terms, _ in rows]
    for at in range(COUNT):
        for sign, reached in ((1, Inequalities.least), (-1, Inequalities.greatest)):
            cost = np.zeros(COUNT)
            cost[at] = sign
            bounds = [(None if free else 0, None)] * COUNT
            theirs = linprog(cost, A_ub=matrix, b_ub=[room for _, room in rows], bounds=bounds)
            if ours.contradiction is not None:
                assert theirs.status in (2, 4)
                continue
            found = reached(ours, at)
            if theirs.x is None:  # unbounded, whatever HiGHS calls it
                assert found is None
            else:
                assert found is not None
                assert float(found) == pytest.approx(theirs.x[at], abs=1e-7)


@settings(max_examples=150, deadline=None)
@given(ROWS, st.booleans())
def test_a_contradiction_is_a_sum_of_the_statements_that_cannot_hold(
    rows: list[tuple[dict[int, int], int]], free: bool
) -> None:
    weights = solved(rows, free=free).contradiction
    if weights is None:
        return
    assert all(weight > 0 for weight in weights.values())
    combined = [
        sum((weight * rows[at][0].get(unknown, 0) for at, weight in weights.items()), Fraction(0))
        for unknown in range(COUNT)
    ]
    room = sum((weight * rows[at][1] for at, weight in weights.items()), Fraction(0))
    assert room < 0  # and what is to be at most that is at least 0:
    assert all(factor == 0 if free else factor >= 0 for factor in combined)


def cell(at: int) -> Cell:
    return Cell("表", at, "栏")


def cells(group: frozenset[int]) -> frozenset[Cell]:
    return frozenset(map(cell, group))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(SETS, min_size=1, max_size=7),
    st.lists(SETS, max_size=4),
    st.lists(st.sampled_from([0, 0, 5, 700_000]), min_size=9, max_size=9),
)
def test_the_choice_is_the_smallest_then_the_lightest_then_the_first(
    conflicts: list[frozenset[int]], excluded: list[frozenset[int]], weights: list[int]
) -> None:
    weight = {cell(at): value for at, value in enumerate(weights)}
    found = smallest_choice(
        [cells(group) for group in conflicts],
        [cells(group) for group in excluded],
        weight,
        range(10),
        Steps(10**7),
    )
    every = [
        (size, sum(weights[at] for at in chosen), chosen)
        for size in range(10)
        for chosen in combinations(range(9), size)
        if all(group.intersection(chosen) for group in conflicts)
        and not any(group.issubset(chosen) for group in excluded)
    ]
    assert found == (cells(frozenset(min(every)[2])) if every else None)
    groups = [cells(group) for group in conflicts], [cells(group) for group in excluded]
    assert has_choice(*groups, Steps(10**7)) == bool(every)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.frozensets(st.integers(0, 30), min_size=2, max_size=9), min_size=1, max_size=9))
def test_the_choice_is_as_small_as_that_of_the_floating_solver(conflicts: list[frozenset[int]]) -> None:
    weight = {cell(at): 0 for at in range(31)}
    found = smallest_choice([cells(group) for group in conflicts], [], weight, range(10), Steps(10**7))
    matrix = [[float(at in group) for at in range(31)] for group in conflicts]
    theirs = milp(
        np.ones(31), integrality=np.ones(31), bounds=Bounds(0, 1), constraints=LinearConstraint(matrix, 1.0)
    )
    assert found is not None
    assert len(found) == round(theirs.fun)


def test_steps_are_counted_and_end_where_they_are_said_to() -> None:
    conflicts = [cells(frozenset({at, at + 20})) for at in range(8)]
    weight = {cell(at): at for at in range(40)}
    steps = Steps(10**6)
    smallest_choice(conflicts, [], weight, range(10), steps)
    taken = 10**6 - steps.left
    smallest_choice(conflicts, [], weight, range(10), Steps(taken))
    with pytest.raises(OutOfSteps):
        smallest_choice(conflicts, [], weight, range(10), Steps(taken - 1))


def test_no_search_and_no_calculation_looks_at_a_clock() -> None:
    package = Path(xlbudget.__file__).parent
    rooms = ("checking/mistakes", "workbook/calculation")
    files = [path for room in rooms for path in (package / room).rglob("*.py")]
    for path in files:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        assert "time" not in imported, path
    assert len(files) > 10
