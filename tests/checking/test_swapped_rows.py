"""Two rows of one 款 swapped on form 5, as values: sums do not see it, the revenue of each code does."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from support import budgets as printing
from support.generated_budgets import CAPACITY

from xlbudget import WorkbookTemplate
from xlbudget.checking.published.checking import check_published
from xlbudget.model import Cell, EntryRow, Finding, Severity, Unit
from xlbudget.workbook.calculation.kept_plans import plan_of

UNIT = Unit("811", "示例单位", "行政")
GENERAL = "本年一般公共预算"


def found(template: WorkbookTemplate, folder: Path, year_end: int, *, swapped: bool) -> list[Finding]:
    """Check the printed forms of 71.40 and 23.60 万元 under two codes of 20402, and of money kept."""
    plan = plan_of(template, CAPACITY)
    spent = [("2040201", "30101", 714_000), ("2040202", "30201", 236_000), ("2059999", "30201", 55_500)]
    basic = [
        EntryRow(at, {"功能科目": function, "经济科目": economic, GENERAL: Decimal(amount)})
        for at, (function, economic, amount) in enumerate(spent)
    ]
    entries = {
        "基本支出": tuple(basic),
        "年终结转": (EntryRow(0, {"功能科目": "2059999", GENERAL: Decimal(year_end)}),) if year_end else (),
        "收入": (EntryRow(0, {"本年收入": Decimal(714_000 + 236_000 + 55_500 + year_end)}),),
    }
    cells = printing.rounded(printing.printed(plan, entries, UNIT))
    if swapped:
        rows = {cells[cell]: cell.row for cell in cells if cell.table == "F5" and cell.column == "科目编码"}
        one, other = rows["2040201"], rows["2040202"]
        for column in ("合计", "基本支出"):
            first, second = Cell("F5", one, column), Cell("F5", other, column)
            cells[first], cells[second] = cells[second], cells[first]
    path = folder / "公开.xlsx"
    path.write_bytes(printing.values_only(plan, cells, unit=UNIT))
    return list(check_published(path, [template]).findings)


@pytest.mark.parametrize("year_end", [0, 90_000])
def test_found_when_two_rows_are_swapped(template: WorkbookTemplate, tmp_path: Path, year_end: int) -> None:
    findings = found(template, tmp_path, year_end, swapped=True)
    blocking = {finding.rule for finding in findings if finding.severity is Severity.BLOCKING}
    assert blocking & {"X-10", "X-10-2"} == {"X-10-2" if year_end else "X-10"}
    named = " ".join(finding.message for finding in findings)
    assert "71.40 万元" in named and "23.60 万元" in named


@pytest.mark.parametrize("year_end", [0, 90_000])
def test_passed_as_printed(template: WorkbookTemplate, tmp_path: Path, year_end: int) -> None:
    assert found(template, tmp_path, year_end, swapped=False) == []
