"""A small share of the study on workbooks typed in 万元; the whole of it is run by hand."""

from __future__ import annotations

import random

import pytest
import unit_of_money
from support.invented_budgets import invented

from xlbudget import WorkbookTemplate


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_budgets_in_form_money_are_found_in_every_way_and_others_asked_nothing(
    template: WorkbookTemplate, number: int
) -> None:
    other = number % 2 == 1
    chance = random.Random(number)
    results = unit_of_money.judged(invented(template, number, 16), chance, other=other)
    assert [one.way for one in results] == ["alone", "control", "last_year"]
    assert [(one.found, one.others) for one in results] == [(other, ())] * 3
    assert [one.proven for one in results] == [False, other, other]
