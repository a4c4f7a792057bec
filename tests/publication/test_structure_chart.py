"""The chart in every unit's workbook: native, live, the same amounts as printed, legible."""

from __future__ import annotations

import re
import warnings
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from support import builders

from xlbudget import WorkbookTemplate, check
from xlbudget.files.patched_cells import store_results
from xlbudget.model import Cell, EntryRow
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.sheets.writing import workbook_bytes

SHEET, TITLE = "结构图", "一般公共预算当年拨款结构图"
SMALL = {"基本支出": 12, "项目支出": 8, "F2": 40, "F3": 40, "F5": 40}
PRINTED = [
    ("公共安全支出", "6066.78", "0.9091"),
    ("社会保障和就业支出", "494.33", "0.0741"),
    ("卫生健康支出", "112.32", "0.0168"),
]
"""Name, amount in 万元 and share of each part, as the published narrative of the reference says them."""


def rows_of(path: Path) -> list[tuple[object, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    rows = list(book[SHEET].iter_rows(min_row=4, max_row=11, max_col=8, values_only=True))
    book.close()
    return rows


def test_the_table_says_what_was_published(reference_workbook: Path) -> None:
    rows = rows_of(reference_workbook)
    shown = [
        (row[0], str(round(Decimal(str(row[1])), 2)), str(round(Decimal(str(row[2])), 4))) for row in rows[:3]
    ]
    assert shown == PRINTED
    assert [row[0] for row in rows[3:]] == [None] * 5
    assert [row[-1] for row in rows[:4]] == [
        "公共安全支出  90.91%",
        "社会保障和就业支出  7.41%",
        "卫生健康支出  1.68%",
        None,
    ]


def test_libreoffice_finds_the_same(reference_workbook: Path, resaved_reference: Path) -> None:
    ours, theirs = rows_of(reference_workbook), rows_of(resaved_reference)
    assert [row[0] or "" for row in theirs] == [row[0] or "" for row in ours]
    assert [row[-1] or "" for row in theirs] == [row[-1] or "" for row in ours]
    for column in (1, 2):
        assert [row[column] for row in theirs] == pytest.approx([row[column] for row in ours])


def test_the_chart_draws_the_table_and_says_what_it_is(reference_workbook: Path) -> None:
    parts = builders.unpacked(reference_workbook.read_bytes())
    assert [name for name in parts if name.startswith("xl/charts/")] == ["xl/charts/chart1.xml"]
    chart = parts["xl/charts/chart1.xml"].decode()
    assert re.findall(r"<c:f>([^<]+)</c:f>", chart) == ["结构图!$H$4:$H$11", "结构图!$B$4:$B$11"]
    assert set(re.findall(r'srgbClr val="(\w+)"', chart)) == {"404040", "1F2933"}
    assert "plotVisOnly" not in chart  # the names of the bars stand in a hidden column
    assert re.findall(r'<c:show(\w+) val="1"/>', chart) == ["Val"]
    seen = re.findall(r"<c:v>([^<]*)</c:v>", chart)
    assert seen[1:4] == ["公共安全支出  90.91%", "社会保障和就业支出  7.41%", "卫生健康支出  1.68%"]
    assert [round(float(text), 2) for text in seen[9:12]] == [6066.78, 494.33, 112.32]
    assert f'descr="{TITLE}"' in parts["xl/drawings/drawing1.xml"].decode()


def test_more_parts_than_rows_end_in_one_for_the_others(template: WorkbookTemplate) -> None:
    codes = [row for row in template.catalogue("功能科目").rows if row["级次"] == "项"]
    by_class = {row["编码"][:3]: row["编码"] for row in reversed(codes)}
    chosen = [code for _, code in sorted(by_class.items())][:11]
    assert len(chosen) == 11
    amounts = [Decimal(10_000 * number) for number in range(1, 12)]
    entries = [
        EntryRow(row, {"功能科目": code, "经济科目": "30101", "本年一般公共预算": amount})
        for row, (code, amount) in enumerate(zip(chosen, amounts, strict=True))
    ]
    plan = plan_of(template, SMALL)
    values = plan.evaluate({"基本支出": entries})
    found = [[values.raw(Cell("拨款结构", row, key)) for key in ("项目", "金额", "占比")] for row in range(8)]
    names = {row["编码"]: row["名称"] for row in template.catalogue("功能科目").rows}
    assert [row[0] for row in found] == [*(names[code[:3]] for code in chosen[:7]), "其余各类"]
    assert [row[1] for row in found] == pytest.approx([1, 2, 3, 4, 5, 6, 7, 8 + 9 + 10 + 11])
    assert sum(float(row[2]) for row in found) == pytest.approx(1)


def test_a_workbook_whose_chart_was_taken_out_is_whole(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path: Path
) -> None:
    bare = builders.without_sheet(reference_workbook.read_bytes(), SHEET)
    report = check(builders.returned(tmp_path / "报送", "243001.xlsx", bare), template)
    assert report.findings == ()


def test_a_chart_of_another_workbook_is_not_put_in(template: WorkbookTemplate) -> None:
    """Where openpyxl has written other charts than were read, its own stay."""
    own = workbook_bytes(template, capacity=SMALL)
    parts = builders.unpacked(own)
    parts["xl/charts/chart2.xml"] = parts["xl/charts/chart1.xml"]
    stored = builders.unpacked(store_results(own, {SHEET: {"B4": 1.0}}, {}, builders.packed(parts)))
    assert stored["xl/charts/chart1.xml"] == builders.unpacked(own)["xl/charts/chart1.xml"]
    assert "xl/charts/chart2.xml" not in stored
