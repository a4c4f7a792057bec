"""A department summary as values: an economic code on two lines, for 机关 and 事业单位, read by its place."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from support import budgets as printing
from support.generated_budgets import CAPACITY

from xlbudget import Roster, WorkbookTemplate
from xlbudget.checking.published.checking import check_published
from xlbudget.model import EntryRow, RuleStatus, Unit, WorkbookReport
from xlbudget.workbook.calculation.kept_plans import plan_of

UNITS = (Unit("801", "示例厅机关", "行政"), Unit("802", "示例中心", "事业"))
SUMMARY = Unit("800", "示例厅", "")


def summary(template: WorkbookTemplate, folder: Path, **spoiled: Decimal) -> WorkbookReport:
    """Check the printed summary of two units that spend on equipment whose names stand in two classes."""
    plan = plan_of(template.at_level(department=True), {**CAPACITY, "单位名册": 4})
    table = template.unit_table
    money = {"30101": 512_300, "31002": 20_000, "31003": 7_700, "31005": 45_100, "31013": 180_900}
    spent = [
        {
            table.row_unit: unit.code,
            "功能科目": "2040201",
            "经济科目": code,
            "本年一般公共预算": Decimal(amount * at),
        }
        for at, unit in enumerate(UNITS, 1)
        for code, amount in money.items()
    ]
    roster = [{table.code: unit.code, table.name: unit.name, table.kind: unit.kind} for unit in UNITS]
    entries = {
        "基本支出": tuple(EntryRow(at, row) for at, row in enumerate(spent)),
        "收入": (EntryRow(0, {"本年收入": Decimal(3 * sum(money.values()))}),),
        table.table: tuple(EntryRow(at, row) for at, row in enumerate(roster)),
    }
    cells = printing.rounded(printing.printed(plan, entries, SUMMARY))
    for cell in [cell for cell in cells if cell.table == "F6" and cell.column in spoiled]:
        line = cells.get(type(cell)(cell.table, cell.row, "科目编码"))
        if line == "31002" and cells[cell] == Decimal("4.00"):  # the line of 事业单位
            cells[cell] = spoiled[cell.column]
    path = folder / "汇总.xlsx"
    path.write_bytes(printing.values_only(plan, cells, unit=SUMMARY))
    return check_published(path, [template], Roster(UNITS))


def test_found_nothing_and_every_line_of_form_6_is_read_and_summed(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    report = summary(template, tmp_path)
    assert [(finding.rule, finding.message) for finding in report.findings] == []
    [tree] = [one for one in report.outcomes if one.rule == "F6-01"]
    # 合计 and the classes 301 and 310, in three columns
    assert (tree.status, tree.instances) == (RuleStatus.PASSED, 9)
    assert [one.status for one in report.outcomes if one.rule == "X-14"] == [RuleStatus.PASSED]


def test_found_a_wrong_amount_on_the_second_line_of_a_code(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    """办公设备购置 of 事业单位: 4.00 printed as 40.00 in both columns."""
    report = summary(template, tmp_path, 合计=Decimal("40.00"), 公用经费=Decimal("40.00"))
    assert report.findings
    assert all("办公设备购置" in finding.message for finding in report.findings)
    assert {finding.rule for finding in report.findings} <= {"F6-01", "F6-03"}
    assert "40.00 万元" in report.findings[0].message and "4.00 万元" in report.findings[0].message
