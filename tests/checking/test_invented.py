"""Budgets that keep their sums but not the habits of other units: no hint is taken for a mistake.

The two budgets by name are those of the demonstration with a row or two changed; the others are drawn by
``tests/support/invented_budgets.py`` and checked as ``studies/invented.py`` does.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import invented
import pytest
from support import budgets as printing
from support import invented_budgets
from support.generated_budgets import CAPACITY, Budget
from support.shared_files import ROOM

from xlbudget import WorkbookTemplate, check, fill, generate, read_roster
from xlbudget.checking.one_file import check_submission
from xlbudget.cli import run
from xlbudget.model import Unit
from xlbudget.returns.entry_files import read_entries
from xlbudget.workbook.calculation.kept_plans import plan_of

FEW = (2, 6, 9)  # with hints that fail, a transfer, money kept for the year end


def entered(demo_data: Path, folder: Path, unit: str, changes: dict[str, tuple[str, str]]) -> Path:
    """Return the entries of a unit of the demonstration with texts of some files replaced."""
    shutil.copytree(demo_data / "department" / unit, folder / unit)
    for name, (old, new) in changes.items():
        path = folder / unit / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")
    return folder / unit


def test_a_mistake_beside_a_hint_that_fails_is_one_finding_and_the_hint_another(
    template: WorkbookTemplate, demo_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Health insurance under another functional code, and own revenue 100,000 元 too large."""
    entries = entered(
        demo_data,
        tmp_path,
        "103",
        {
            "ledger_basic.csv": ("2101102,30110,", "2010350,30110,"),
            "revenue.csv": ("单位资金,1200000.00", "单位资金,1300000.00"),
        },
    )
    unit = read_roster(demo_data / "units.csv", template).find("103")
    issued = generate(template, tmp_path / "下发", unit, capacity=ROOM)
    returned = fill(issued, entries, tmp_path / "103.xlsx", template=template)
    [workbook] = check(returned, template).workbooks
    found = [(one.rule, one.severity.value, str(one.difference)) for one in workbook.findings]
    assert found == [("E-01", "blocking", "10.000000"), ("X-23", "note", "None")]
    code = workbook.findings[1]
    assert (code.place.column, code.stored, code.expected) == ("功能科目", "2010350", "2101102")
    assert "左边为 18.665 万元，右边为 0.00 万元" in code.message  # what shows it, and no amount is proposed
    assert "录入3 收入!B9" in workbook.findings[0].message
    assert run(["check", str(returned)]) == 1
    assert "E-01" in capsys.readouterr().out


def test_a_hint_that_fails_on_values_is_a_note_and_nothing_else(
    template: WorkbookTemplate, demo_data: Path, tmp_path: Path
) -> None:
    """Health insurance under 2010301, the rest of the budget as it was, rounded to two decimals."""
    folder = entered(demo_data, tmp_path, "101", {"ledger_basic.csv": ("2101101,30110,", "2010301,30110,")})
    entries = read_entries(folder, template, plan_of(template, CAPACITY).layout.capacity)
    budget = Budget("101", template, Unit("101", "示范厅机关", "行政"), entries)
    report = invented.as_values(budget, invented_budgets.printed(budget), tmp_path)
    assert [(one.rule, one.severity.value) for one in report.findings] == [("X-23", "note")]
    assert "应为" not in report.findings[0].message


@pytest.mark.parametrize("number", FEW)
def test_invented_budgets_have_nothing_blocking_and_what_is_spoiled_is_found(
    template: WorkbookTemplate, tmp_path: Path, number: int
) -> None:
    budget = invented_budgets.invented(template, number)
    ours, spoiled, values, spoiled_values = invented.looked_at(budget, tmp_path)
    assert (ours.blocking, values.blocking) == ([], [])
    assert (ours.explain, values.explain) == ([], [])
    for clean, found in ((ours, spoiled), (values, spoiled_values)):
        assert found.visible <= bool(found.blocking)
        assert not set(found.blocking) & {*clean.explain, *clean.note}


def test_two_kinds_of_transfer_to_one_unit_are_no_conflict_of_names(template: WorkbookTemplate) -> None:
    """The kind is chosen from a list; it names no project."""
    budget = invented_budgets.invented(template, 0)
    kinds = {row.values["往来类型"] for row in budget.entries["内部往来"]}
    others = {row.values["对方单位"] for row in budget.entries["内部往来"]}
    assert (len(kinds), len(others)) == (3, 1)
    report = check_submission(budget.submission(), template)
    assert [one.rule for one in report.findings if not one.rule.startswith("X-")] == []


def test_a_carry_over_printed_as_nothing_hides_what_rounding_leaves(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    """An amount of a few 元 prints as 0.00: the row with it is not one fact shown twice."""
    budget = invented_budgets.invented(template, 19)
    small = [
        cell
        for cell, value in printing.printed(budget.plan, budget.entries, budget.unit).items()
        if cell.column == "上年结转安排" and not isinstance(value, str) and 0 < value < invented_budgets.TINY
    ]
    assert small
    report = invented.as_values(budget, invented_budgets.printed(budget), tmp_path)
    assert [one.rule for one in report.findings if one.severity == "blocking"] == []
