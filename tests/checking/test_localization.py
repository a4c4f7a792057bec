"""The smallest repair: by hand on small systems, and against trying every set of cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xlbudget.checking.mistakes.repair import Constraint, Effort, Localization, Range, System, localize
from xlbudget.checking.mistakes.repair.search import substitutes
from xlbudget.model import Cell

CENT = Decimal("0.01")


def cell(number: int) -> Cell:
    """Cells of tables of their own: no lines that a block could be moved by."""
    return Cell(f"T{number}", number, "金额")


def equation(name: str, coefficients: Mapping[int, int], slack: str = "0", operator: str = "=") -> Constraint:
    terms = {cell(at): Decimal(number) for at, number in coefficients.items()}
    return Constraint(name, terms, operator, Decimal(0), Decimal(slack))


def system(constraints: Sequence[Constraint], values: Sequence[str], **more: object) -> System:
    known = {cell(at): Decimal(value) for at, value in enumerate(values)}
    return System(constraints, known, lambda _: CENT, **more)  # type: ignore[arg-type]


def cells_of(found: Localization) -> list[list[int]]:
    return [[part.row for part in repair.cells] for repair in found.repairs]


# A total 0 of 1 and 2, each of which is shown a second time (3 and 4) beside a total 5 of its own.
TWICE = [
    equation("first total", {0: 1, 1: -1, 2: -1}),
    equation("second total", {5: 1, 3: -1, 4: -1}),
    equation("same total", {0: 1, 5: -1}),
    equation("same first", {1: 1, 3: -1}),
    equation("same second", {2: 1, 4: -1}),
]


def test_values_that_satisfy_everything_need_no_repair() -> None:
    assert localize(system(TWICE, ["3", "1", "2", "1", "2", "3"])) == ()


@pytest.mark.parametrize("wrong", range(6))
def test_a_cell_that_takes_part_in_two_statements_is_found_with_its_value(wrong: int) -> None:
    right = ["3", "1", "2", "1", "2", "3"]
    values = [*right[:wrong], "7.5", *right[wrong + 1 :]]
    [found] = localize(system(TWICE, values))
    assert len(found.broken) == 2
    assert cells_of(found) == [[wrong]]
    assert found.repairs[0].ranges[cell(wrong)] == Range(Decimal(right[wrong]), Decimal(right[wrong]))
    assert found.complete


def test_a_single_sum_may_be_wrong_in_each_of_its_cells_and_the_lightest_comes_first() -> None:
    one = [equation("sum", {0: 1, 1: -1, 2: -1})]
    [found] = localize(system(one, ["4", "1", "2"]), weight=lambda part: 1.0 if part.row == 0 else 0.0)
    assert cells_of(found) == [[1], [2], [0]]
    assert [repair.ranges[repair.cells[0]].only for repair in found.repairs] == [2, 3, 3]


def test_a_repair_below_the_lowest_value_is_none() -> None:
    one = [equation("sum", {0: 1, 1: -1, 2: -1})]
    [found] = localize(system(one, ["1", "3", "2"]))
    assert cells_of(found) == [[0]]  # 1 or 2 would have to be negative


def test_rounding_leaves_a_range_and_explains_what_is_within_it() -> None:
    one = [equation("sum", {0: 1, 1: -1, 2: -1}, slack="0.015")]
    assert localize(system(one, ["3.01", "1", "2"])) == ()
    [found] = localize(system(one, ["3.02", "1", "2"]))
    assert found.repairs[0].ranges[cell(0)] == Range(Decimal("2.99"), Decimal("3.01"))


def test_an_inequality_leaves_one_side_open() -> None:
    least = [equation("at least", {0: 1, 1: -1}, operator=">=")]
    [found] = localize(system(least, ["1", "5"]))
    assert found.repairs[0].ranges == {cell(0): Range(Decimal(5), None)}
    assert found.repairs[1].ranges == {cell(1): Range(Decimal(0), Decimal(1))}


def test_two_mistakes_far_apart_are_two_localizations() -> None:
    apart = [*TWICE, *(equation("other", {10: 1, 11: -1}), equation("third", {10: 1, 12: -1}))]
    values = dict(enumerate(["3", "9", "2", "1", "2", "3"])) | {
        10: "5",
        11: "4",
        12: "4",
    }
    known = {cell(at): Decimal(value) for at, value in values.items()}
    found = localize(System(apart, known, lambda _: CENT))
    assert [cells_of(part) for part in found] == [[[1]], [[10]]]
    assert [part.repairs[0].ranges[part.repairs[0].cells[0]].only for part in found] == [1, 4]


def test_two_mistakes_that_make_up_for_each_other_in_a_sum_are_one_repair_of_both() -> None:
    [found] = localize(system(TWICE, ["3", "2", "1", "1", "2", "3"]))
    assert [1, 2] in cells_of(found)
    assert [3, 4] in cells_of(found)
    assert cells_of(found) == [[1, 2], [3, 4]]
    first = found.repairs[0]
    assert {part.row: values.only for part, values in first.ranges.items()} == {1: 1, 2: 2}


def test_a_fixed_cell_is_no_candidate() -> None:
    one = [equation("sum", {0: 1, 1: -1, 2: -1})]
    [found] = localize(system(one, ["4", "1", "2"], fixed=lambda part: part.row != 2))
    assert cells_of(found) == [[2]]


def test_what_no_change_repairs_is_said() -> None:
    one = [equation("sum", {0: 1, 1: -1})]
    [found] = localize(system(one, ["4", "1"], fixed=lambda part: True))
    assert (found.repairs, found.given_up) == ((), "impossible")


def test_a_search_that_may_cost_nothing_gives_up_and_says_why() -> None:
    values = ["3", "2", "1", "1", "2", "3"]
    [late] = localize(system(TWICE, values), effort=Effort(steps=0))
    assert (late.repairs, late.complete, late.given_up) == ((), False, "steps")
    [small] = localize(system(TWICE, values), effort=Effort(cells=1))
    assert (small.repairs, small.complete, small.given_up) == ((), False, "size")
    [few] = localize(system(TWICE, values), effort=Effort(repairs=1))
    assert (len(few.repairs), few.complete) == (1, False)


def test_cells_that_stand_for_each_other_are_told() -> None:
    pair = [equation("same", {0: 1, 1: -1}), equation("other", {2: 1, 3: -1})]
    both = [*pair, equation("sum", {0: 1, 1: 1, 2: 1, 3: 1, 4: -1})]
    [found] = localize(system(both, ["1", "2", "4", "3", "10"]))
    assert len(found.repairs[0].ranges) == 2
    told = {part.row: {other.row for other in others} for part, others in substitutes(found)}
    assert set(told) <= {0, 1, 2, 3}


# ------------------------------------------------------------------ against exhaustive search


def solvable(constraints: Sequence[Constraint], values: Sequence[Decimal], chosen: Sequence[int]) -> bool:
    """Whether equations can be met by the chosen cells: elimination in fractions, any sign, whole cents."""
    rows = []
    for part in constraints:
        rest = sum(
            (part.terms.get(cell(at), Decimal(0)) * value for at, value in enumerate(values)), Decimal(0)
        )
        own = [Fraction(part.terms.get(cell(at), Decimal(0))) for at in chosen]
        rows.append([*own, -Fraction(rest)])
    for column in range(len(chosen)):
        pivot = next((row for row in rows if row[column] != 0 and not any(row[:column])), None)
        if pivot is None:
            continue
        for row in rows:
            if row is not pivot and row[column] != 0:
                factor = row[column] / pivot[column]
                row[:] = [one - factor * other for one, other in zip(row, pivot, strict=True)]
    if any(row[-1] != 0 and not any(row[:-1]) for row in rows):
        return False
    determined = (row for row in rows if sum(part != 0 for part in row[:-1]) == 1)
    return all(
        (row[-1] / next(part for part in row[:-1] if part) * 100).denominator == 1 for row in determined
    )


def smallest(constraints: Sequence[Constraint], values: Sequence[Decimal]) -> set[frozenset[int]]:
    """Every smallest set of cells whose change meets all equations, by trying all sets."""
    for size in range(len(values) + 1):
        found = {
            frozenset(chosen)
            for chosen in combinations(range(len(values)), size)
            if solvable(constraints, values, chosen)
        }
        if found:
            return found
    raise AssertionError


COEFFICIENTS = st.dictionaries(st.integers(0, 6), st.sampled_from([1, -1, 1, -1, 2]), min_size=2, max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(COEFFICIENTS, min_size=1, max_size=5), st.lists(st.integers(0, 4), min_size=7, max_size=7))
def test_the_repairs_are_those_of_exhaustive_search(
    equations: list[dict[int, int]], numbers: list[int]
) -> None:
    constraints = [equation(str(at), part) for at, part in enumerate(equations)]
    values = [Decimal(number) for number in numbers]
    whole = System(
        constraints, {cell(at): value for at, value in enumerate(values)}, lambda _: CENT, lowest=None
    )
    expected = smallest(constraints, values)
    size = len(next(iter(expected)))
    found = localize(whole, effort=Effort(steps=10**9, cells=7, repairs=200))
    assert sum(part.size for part in found) == size
    combined: set[frozenset[int]] = {frozenset()}
    for part in found:
        assert part.complete
        sets = [frozenset(row for row in rows) for rows in cells_of(part)]
        combined = {one | other for one in combined for other in sets}
    assert combined <= expected
    if len(found) <= 1:
        assert combined == expected
