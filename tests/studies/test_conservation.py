"""A share of studies/conservation.py: a summary holds exactly what the units returned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import conservation
import pytest
from support import generated_budgets as budgets

from xlbudget import ConsolidationRefused, WorkbookTemplate, check, consolidate


@pytest.mark.parametrize("number", [0, 3])
def test_every_amount_of_a_summary_is_that_of_its_units(template: WorkbookTemplate, number: int) -> None:
    made = conservation.department(template, number, seed=1, most=12)
    summary = conservation.joined(template, made.submissions)
    assert conservation.differences(template, made, summary) == []
    assert conservation.pandas_differences(template, made, summary) == []
    assert conservation.nesting_differences(conservation.nested(template, made), summary) == []


def test_a_department_with_more_codes_than_any_unit_gets_the_room(template: WorkbookTemplate) -> None:
    """Thirty lines are enough for each unit and not for all of them."""
    room = {**budgets.CAPACITY, "F2": 30, "F3": 30, "F5": 30, "F6": 30}
    made = conservation.department(template, 5, seed=1, most=12, capacity=room)
    summary = conservation.joined(template, made.submissions)
    assert len(made.submissions) == 3
    assert summary.capacity["F3"] > 30
    assert conservation.differences(template, made, summary) == []
    assert conservation.pandas_differences(template, made, summary) == []


def test_a_difference_would_be_seen(template: WorkbookTemplate) -> None:
    made = conservation.department(template, 0, seed=1, most=12)
    summary = conservation.joined(template, made.submissions[1:])
    assert conservation.differences(template, made, summary) != []
    assert conservation.pandas_differences(template, made, summary) != []
    assert conservation.nesting_differences(summary, replace(summary, units=())) == ["units"]


def test_summaries_are_joined_like_units_and_a_unit_in_two_of_them_is_refused(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    branch, whole, nested = tmp_path / "分.xlsx", tmp_path / "全.xlsx", tmp_path / "汇总的汇总.xlsx"
    consolidate(department_workbooks[:2], branch, template=template)
    consolidate(department_workbooks, whole, template=template)
    joined = consolidate([branch, department_workbooks[2]], nested, template=template)
    assert [unit.code for unit in joined.units] == ["101", "102", "103"]
    assert [finding.message for finding in check(nested, template).findings] == []
    assert joined.entries == consolidate(department_workbooks, whole, template=template).entries
    with pytest.raises(ConsolidationRefused, match=r"单位“102 .*”既在“102_.*”里，又在“分.xlsx”里"):
        consolidate([branch, *department_workbooks[1:]], nested, template=template)
