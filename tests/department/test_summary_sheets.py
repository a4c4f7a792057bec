"""Units by main figures, and charts: live, equal to the forms, legible."""

from __future__ import annotations

import hashlib
import re
import warnings
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from support import builders

from xlbudget import Report, Unit, WorkbookTemplate, read
from xlbudget.checking.evidence import Evidence
from xlbudget.department.summary import joining
from xlbudget.department.summary.joining import DepartmentSummary
from xlbudget.department.summary.sheets import Drawn, charts_of, trace_table
from xlbudget.model import ChartDefinition, Submission
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.sheets.tables import Across

REVENUE = ["2172.821075", "1036.878005", "1218.29"]
"""Each unit's revenue in 万元, added up by hand from what it types."""


def values(path: Path, sheet: str, *, formulas: bool = False) -> list[list[object]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, read_only=True, data_only=not formulas)
    rows = [list(row) for row in book[sheet].iter_rows(values_only=True)]
    book.close()
    return rows


@pytest.fixture(scope="module")
def parts(transfer_workbooks: list[Path], template: WorkbookTemplate) -> list[Submission]:
    return [read(path, template) for path in transfer_workbooks]


def joined(template: WorkbookTemplate, parts: list[Submission]) -> DepartmentSummary:
    report = Report(template.title, template.id, template.digest, ())
    return joining.consolidate(parts, report, template, Unit("HZ", "示范厅", "部门汇总"))


def test_the_cover_says_that_it_is_a_departments(
    transfer_summary: Path, transfer_workbooks: list[Path], template: WorkbookTemplate, tmp_path: Path
) -> None:
    summary, unit = (
        [cell for row in values(path, "封面") for cell in row if isinstance(cell, str)]
        for path in (transfer_summary, transfer_workbooks[0])
    )
    assert summary[:2] == ["2023年度部门预算", "（各单位预算汇总）"]
    assert unit[:2] == ["2023年度单位预算", "（预算公开表及录入表）"]
    assert not any("黄色单元格" in text for text in summary) and any("黄色单元格" in text for text in unit)
    other = builders.renamed_tab(transfer_summary.read_bytes(), "封面", "首页")
    assert read(builders.returned(tmp_path, "HZ.xlsx", other), template).renamed == {"封面": "首页"}


def test_units_by_main_figures_meet_the_forms(transfer_summary: Path) -> None:
    rows = values(transfer_summary, "单位×表")
    assert rows[2][:4] == ["单位编码", "单位名称", "单位性质", "收入总计"]
    assert [row[0] for row in rows[3:6]] == ["101", "102", "103"]
    assert [Decimal(str(row[3])) for row in rows[3:6]] == [Decimal(text) for text in REVENUE]
    total, taken, forms, rest = rows[6:10]
    assert Decimal(str(total[3])) == sum(map(Decimal, REVENUE))
    assert taken[3] == taken[6] == taken[8] == -40.000005  # 收入总计, 单位资金, 支出总计
    assert taken[4] == 0
    [whole] = (row[1] for row in values(transfer_summary, "公开表1") if row[0] == "收入总计")
    assert forms[3] == whole
    assert set(rest[3:]) == {0}


def test_sums_and_forms_are_live(transfer_summary: Path) -> None:
    rows = values(transfer_summary, "单位×表", formulas=True)
    assert rows[6][3] == "=SUM(D4:D6)"
    assert re.fullmatch(r"='公开表1'!B\d+", str(rows[8][3]))
    assert rows[9][3] == "=ROUND(D9-D8-D7,6)"
    name, amount, *_ = values(transfer_summary, "图表", formulas=True)[4]
    row = int(str(amount).removeprefix("='公开表1'!B"))
    assert str(values(transfer_summary, "公开表1")[row - 1][0]).endswith(str(name))


def test_a_figure_leads_to_the_units_and_each_unit_to_its_file(
    transfer_summary: Path, transfer_workbooks: list[Path]
) -> None:
    """There and back: form → 单位×表 → form; unit → its row of 汇总来源, which holds its file's hash."""
    package = builders.unpacked(transfer_summary.read_bytes())
    parts = {name: package[part].decode() for name, part in builders.sheet_parts(package).items()}
    links = {
        name: dict(re.findall(r'<hyperlink ref="(\w+)" location="([^"]+)"', text))
        for name, text in parts.items()
    }
    there = {
        (f"'{name}'!{ref}", target)
        for name, found in links.items()
        for ref, target in found.items()
        if target.startswith("'单位×表'!") and name.startswith("公开表")
    }
    units = links["单位×表"]
    assert len(there) == 10
    assert there == {(target, f"'单位×表'!{ref}") for ref, target in units.items() if "公开表" in target}
    for ref, target in units.items():
        sheet, address = target.replace("'", "").split("!")
        if sheet.startswith("公开表"):  # the link has taken the place of nothing
            assert f"<f>'{sheet}'!{address}</f>" in parts["单位×表"].partition(f'<c r="{ref}"')[2][:80]
            assert re.match(r' s="\d+"><f>', parts[sheet].partition(f'<c r="{address}"')[2])
    listed = values(transfer_summary, "汇总来源")
    names = [(row[1], units[f"B{at}"]) for at, row in enumerate(values(transfer_summary, "单位×表")[3:6], 4)]
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in transfer_workbooks]
    for (name, target), digest in zip(names, hashes, strict=True):
        row = listed[int(target.removeprefix("'汇总来源'!A")) - 1]
        assert (row[2], row[6]) == (name, digest)


def test_each_amount_of_the_forms_is_listed_with_each_units_part(
    transfer_summary: Path, transfer_workbooks: list[Path]
) -> None:
    """A unit's part stands in its own workbook, in the row and under the heading of the same words."""
    head, *rows = values(transfer_summary, "追溯")[2:]
    assert head[3:7] == ["汇总", "各单位合计", "内部往来抵销", "差额（应为零）"]
    assert head[7:] == ["101 示范厅机关", "102 示范厅执法监督局", "103 示范厅信息中心"]
    by_place = {tuple(row[:3]): [Decimal(str(cell or 0)) for cell in row[3:]] for row in rows}
    assert by_place["公开表1", "收入总计", "收入"][4:] == [Decimal(text) for text in REVENUE]
    assert by_place["公开表1", "收入总计", "收入"][2] == Decimal("-40.000005")
    for whole, total, taken, rest, *parts in by_place.values():
        assert (sum(parts), total + taken, rest) == (total, whole, 0)
    for at, path in enumerate(transfer_workbooks):
        form = [row for row in values(path, "公开表3")[4:] if isinstance(row[2], int | float) and row[2]]
        own = {
            ("公开表3", str(row[0]), name): round(Decimal(str(cell)), 6)
            for row in form
            for name, cell in zip(("合计", "基本支出", "项目支出"), row[2:5], strict=True)
            if cell
        }
        listed = {
            (place[0], str(place[1]).partition(" ")[0], place[2]): parts[4 + at]
            for place, parts in by_place.items()
            if place[0] == "公开表3" and parts[4 + at]
        }
        assert listed == own and len(own) > 20


def test_the_list_leads_to_each_amount_and_back(transfer_summary: Path) -> None:
    package = builders.unpacked(transfer_summary.read_bytes())
    sheets = builders.sheet_parts(package)
    text = package[sheets["追溯"]].decode()
    links = dict(re.findall(r'<hyperlink ref="(\w+)" location="([^"]+)"', text))
    rows = values(transfer_summary, "追溯", formulas=True)
    assert len(links) == len(rows) - 3 > 300
    back = {
        target
        for name, part in sheets.items()
        if name.startswith("公开表")
        for target in re.findall(r'location="(\'追溯\'!\w+)"', package[part].decode())
    }
    assert len(back) == len(links) - 10  # the main figures lead to 单位×表
    assert rows[3][3] == f"={links['D4']}" and rows[3][4] == "=ROUND(SUM(H4:J4),6)"
    assert rows[3][6] == "=ROUND(SUM(D4)-SUM(E4:F4),6)"
    assert f'<autoFilter ref="A3:J{len(rows)}"' in text
    assert 'topLeftCell="D4"' in text


def test_parts_of_a_joined_summary_hold_what_it_has_taken_out(
    template: WorkbookTemplate, parts: list[Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = replace(joined(template, parts[:2]).as_submission(), unit=Unit("H1", "分部", "部门汇总"))
    nested = joined(template, [inner, parts[2]])
    taken = nested.taken_out()
    table = trace_table(Evidence(template, nested.as_submission()), nested.parts, taken)
    [row] = (row for row in table.rows if row[:3] == ("公开表1", "收入总计", "收入"))
    assert row[5] == Decimal("-30")  # of 40.000005, 10.000005 between 101 and 102
    assert {cell.value for *_, cell in (row[:7] for row in table.rows) if isinstance(cell, Across)} == {0}
    monkeypatch.setattr(joining, "MOST_TRACED", 1)
    assert joined(template, parts).parts == ()


def test_a_summary_that_was_joined_is_a_line_with_its_own_eliminations_in_it(
    template: WorkbookTemplate, parts: list[Submission]
) -> None:
    branch = joined(template, parts[:2])
    inner = replace(parts[0], unit=Unit("H1", "分部", "部门汇总"), department=True, entries=branch.entries)
    inner = replace(inner, capacity=branch.capacity)
    nested = joined(template, [inner, parts[2]])
    assert [line.unit.code for line in nested.lines] == ["103", "H1"]
    assert nested.lines[1].eliminated[0] == Decimal("-10.000005")
    assert nested.lines[1].figures[0] == sum(map(Decimal, REVENUE[:2])) - Decimal("10.000005")


def test_each_chart_is_drawn_over_its_table_in_one_dark_colour(transfer_summary: Path) -> None:
    package = builders.unpacked(transfer_summary.read_bytes())
    charts = [package[f"xl/charts/chart{number}.xml"].decode() for number in (2, 3, 4, 5)]
    assert "xl/charts/chart6.xml" not in package
    for chart in charts:
        assert set(re.findall(r'srgbClr val="(\w+)"', chart)) <= {"404040", "1F2933"}
        assert re.findall(r"<c:f>([^<]+)</c:f>", chart)[-1].startswith("图表!$B$")
    table = values(transfer_summary, "图表")
    assert [row[0] for row in table[4:9]] == [
        "一般公共预算",
        "上年结转",
        "政府性基金预算",
        "单位资金",
        "财政专户管理资金",
    ]
    assert sum(float(str(row[2])) for row in table[4:9]) == pytest.approx(1)
    assert table[4][3] == "一般公共预算  88.7%"  # 3,892.889075 of 4,387.989075


def test_units_beyond_the_largest_are_one_bar(template: WorkbookTemplate, parts: list[Submission]) -> None:
    summary = joined(template, parts)
    assert template.charts is not None
    chart = ChartDefinition("单位规模", figure="收入总计", most=2)
    few = replace(template, charts=replace(template.charts, charts=(chart,)))
    plan = plan_of(template, summary.capacity)
    sheet = charts_of(few, Drawn(plan, plan.evaluate(summary.entries), summary.lines))
    assert sheet is not None
    assert [(point.name, point.amount.value) for point in sheet.charts[0].points] == [
        ("示范厅机关", Decimal(REVENUE[0])),
        ("示范厅信息中心", Decimal(REVENUE[2])),
        ("其他 1 个单位", Decimal(REVENUE[1])),
    ]
