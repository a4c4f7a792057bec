"""A small share of the detection benchmark: what can be seen is found, the spoiled cell named first."""

from __future__ import annotations

import detection
import pytest
from support.generated_budgets import Budget, budgets

from xlbudget import WorkbookTemplate


@pytest.fixture(scope="module")
def two(template: WorkbookTemplate) -> list[Budget]:
    """A small generated budget, and one with year-end carry-over of a fiscal source."""
    every = budgets(template)
    return [every[3], every[19]]


def test_nothing_above_note_is_found_on_budgets_as_they_are(two: list[Budget]) -> None:
    for budget in two:
        assert detection.unspoiled(budget) == {"forms": 0, "published": 0}


@pytest.mark.parametrize("number", [0, 2, 4, 6, 27])
def test_spoiled_form_cells_are_found_and_named_first_one_finding_each(
    two: list[Budget], number: int
) -> None:
    result = detection.run("forms", number, two)
    assert (result.found, result.first, result.findings) == (True, True, 1 + result.double)


@pytest.mark.parametrize("number", [*range(0, 384, 48), 27])
def test_slips_in_published_values_are_found_and_named(two: list[Budget], number: int) -> None:
    result = detection.run("published", number, two)
    assert result.found == result.visible
    assert not result.visible or result.first or result.tie


@pytest.mark.parametrize("number", [0, 24, 48, 96, 168])
def test_wrong_entries_that_sums_can_see_are_found(two: list[Budget], number: int) -> None:
    result = detection.run("entries", number, two)
    assert result.found == result.visible


@pytest.mark.parametrize("number", [24, 48])
def test_more_known_of_the_same_entries_is_no_worse(two: list[Budget], number: int) -> None:
    plain, known = (detection.run(group, number, two) for group in ("entries", "known"))
    assert (known.kind, known.found) == (plain.kind, known.visible)
    assert (known.first, known.near) >= (plain.first, plain.near)


def test_the_same_number_is_the_same_case(two: list[Budget]) -> None:
    first, again = (detection.run("published", 5, two) for _ in range(2))
    first.seconds = again.seconds = 0.0
    assert first == again
