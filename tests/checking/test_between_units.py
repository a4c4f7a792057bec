"""What only the other units of a batch show: a whole in another money, a line out of all proportion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from support.generated_budgets import Budget
from support.invented_budgets import invented
from support.other_money import in_form_money

from xlbudget import WorkbookTemplate
from xlbudget.checking.one_file import check_submission
from xlbudget.checking.whole_report import report_of
from xlbudget.model import CellValue, EntryRow, WorkbookReport

BASIC = "录入1 基本支出"
MANY = range(8)


def times(budget: Budget, factor: int) -> Budget:
    """Return a budget of another size: every amount larger."""

    def larger(values: Mapping[str, CellValue]) -> dict[str, CellValue]:
        return {key: one * factor if isinstance(one, Decimal) else one for key, one in values.items()}

    entries = {
        table: tuple(EntryRow(row.row, larger(row.values)) for row in rows)
        for table, rows in budget.entries.items()
    }
    return replace(budget, entries=entries)


def asked(
    budgets: list[Budget], template: WorkbookTemplate, rules: tuple[str, ...]
) -> list[tuple[str, str, str, str, str]]:
    parts: list[WorkbookReport] = [
        replace(check_submission(one.submission(), template), sha256=one.name, path=Path(one.name))
        for one in budgets
    ]
    return [
        (one.file, one.rule, one.severity.value, one.place.sheet, one.place.address)
        for one in report_of(template, parts).findings
        if one.rule in rules and "同批其他" in one.message
    ]


@pytest.fixture(scope="module")
def large(template: WorkbookTemplate) -> list[Budget]:
    """Units of some hundred thousand million 元: in 万元 each would still be a small unit's budget."""
    return [times(invented(template, number), 3000) for number in MANY]


def test_a_whole_far_below_all_others_is_asked_about(template: WorkbookTemplate, large: list[Budget]) -> None:
    rules = ("wrong_money",)
    assert asked(large, template, rules) == []
    small = replace(large[3], entries=in_form_money(large[3]))
    assert asked([small], template, rules) == []  # by itself it may be a small unit
    batch = [*large[:3], small, *large[4:]]
    assert asked(batch, template, rules) == [(small.name, "wrong_money", "explain", "公开表1", "D38")]
    assert asked(batch[:5], template, rules) == []  # too few others to tell


def test_small_units_among_large_ones_vouch_for_each_other(
    template: WorkbookTemplate, large: list[Budget]
) -> None:
    tiny = [times(invented(template, number), 1) for number in (11, 12)]
    assert asked([*large, *tiny], template, ("wrong_money",)) == []


@pytest.mark.parametrize(("factor", "found"), [(10_000, True), (3, False)])
def test_one_line_out_of_all_proportion_is_asked_about(
    template: WorkbookTemplate, factor: int, found: bool
) -> None:
    budgets = [invented(template, number) for number in MANY]
    rows = list(budgets[2].entries["基本支出"])
    sums = [sum(v for v in row.values.values() if isinstance(v, Decimal)) for row in rows]
    at = sums.index(max(sums))
    larger = {key: one * factor if isinstance(one, Decimal) else one for key, one in rows[at].values.items()}
    rows[at] = EntryRow(rows[at].row, larger)
    budgets[2] = replace(budgets[2], entries={**budgets[2].entries, "基本支出": tuple(rows)})
    places = [row[:4] for row in asked(budgets, template, ("odd_amount",))]
    assert places == ([(budgets[2].name, "odd_amount", "explain", BASIC)] if found else [])


def test_a_unit_large_in_everything_is_in_proportion(template: WorkbookTemplate) -> None:
    budgets = [invented(template, number) for number in MANY]
    budgets[4] = times(budgets[4], 2000)
    assert asked(budgets, template, ("odd_amount", "wrong_money")) == []
    assert {row.values["经济科目"] for row in budgets[4].entries["基本支出"]}  # it has lines to compare
