"""Published documents beside each other: a department and its units, this year and the last, two copies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from support.word_documents import word_document

from xlbudget import WorkbookTemplate, check
from xlbudget.model import Report, Severity

DEPARTMENT, STATION = "青石县水务局", "青石县水文监测站"


def written(
    folder: Path,
    name: str,
    unit: str,
    amounts: Sequence[str],
    texts: Sequence[str] = (),
    *,
    year: int = 2031,
    department: bool = False,
) -> None:
    """Write a document of no template: 行政运行, 水文测报 and their total, in 万元."""
    level = "部门" if department else "单位"
    rows = [("科目名称", "合计"), *zip(("行政运行", "水文测报", "合计"), amounts, strict=True)]
    caption = f"编制{level}：{unit} 单位：万元"
    word_document(folder / f"{name}.docx", [f"{year}年{level}支出预算表", caption, rows, *texts])


def told(report: Report) -> list[tuple[str, str, str, Severity]]:
    across = {"department_and_units", "units_remainder", "last_years_document", "two_copies"}
    return [
        (workbook.path.name, one.rule, one.found, one.severity)
        for workbook in report.workbooks
        for one in workbook.findings
        if one.rule in across
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "公开"
    path.mkdir()
    return path


LISTED = ("本部门所属单位：", STATION)


def test_a_department_has_what_its_units_have_and_the_rest_is_a_note(
    folder: Path, template: WorkbookTemplate
) -> None:
    """100.00 + 30.00 of one unit, 40.00 of another: 60.00 more are of units that are not there."""
    written(folder, "部门", DEPARTMENT, ("100.00", "130.00", "230.00"), LISTED, department=True)
    written(folder, "站", STATION, ("40.00", "130.00", "170.00"))
    report = check(folder, template, as_published=True)
    assert told(report) == [("部门.docx", "units_remainder", "100.00", Severity.NOTE)]
    [note] = [one for part in report.workbooks for one in part.findings if one.rule == "units_remainder"]
    assert (str(note.stored), str(note.expected)) == ("1000000.00", "400000.00")


def test_a_line_that_the_units_exceed_is_named_once_with_all_lines(
    folder: Path, template: WorkbookTemplate
) -> None:
    written(folder, "部门", DEPARTMENT, ("100.00", "120.00", "220.00"), LISTED, department=True)
    written(folder, "站", STATION, ("40.00", "130.00", "170.00"))
    report = check(folder, template, as_published=True)
    assert told(report)[0] == ("部门.docx", "department_and_units", "120.00", Severity.EXPLAIN)
    assert [one[1] for one in told(report)] == ["department_and_units", "units_remainder"]


def test_units_of_other_departments_are_not_compared(folder: Path, template: WorkbookTemplate) -> None:
    written(folder, "部门", DEPARTMENT, ("100.00", "120.00", "220.00"), department=True)
    written(folder, "馆", "青石县文化馆", ("400.00", "130.00", "530.00"))
    assert told(check(folder, template, as_published=True)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2031年水文测报支出预算130.00万元，比2030年预算增加20.00万元。", []),
        ("2031年水文测报支出预算130.00万元，比2030年预算增加25.00万元。", ["支出预算130.00万元"]),
        ("2031年水文测报支出预算130.00万元，比2030年执行数增加25.00万元。", []),
        ("2031年水文测报支出预算130.00万元，与2030年预算持平。", ["支出预算130.00万元"]),
        ("2031年水文测报支出预算130.00万元，与2029年预算持平。", []),
    ],
)
def test_what_a_text_says_of_last_year_is_held_to_last_years_document(
    text: str, expected: list[str], folder: Path, template: WorkbookTemplate
) -> None:
    """Last year's document has 110.00."""
    written(folder, "今年", STATION, ("40.00", "130.00", "170.00"), [text])
    written(folder, "去年", STATION, ("40.00", "110.00", "150.00"), year=2030)
    report = check(folder, template, as_published=True)
    got = [(name, rule, found.endswith(tuple(expected))) for name, rule, found, _ in told(report)]
    assert got == [("今年.docx", "last_years_document", True) for _ in expected]


def test_two_copies_of_one_document_agree_or_are_one_finding(
    folder: Path, template: WorkbookTemplate
) -> None:
    written(folder, "一", STATION, ("40.00", "130.00", "170.00"))
    written(folder, "二", STATION, ("40.00", "130.00", "170.00"), ["本单位无车辆。"])
    assert told(check(folder, template, as_published=True)) == []
    written(folder, "二", STATION, ("40.00", "103.00", "143.00"))
    assert told(check(folder, template, as_published=True)) == [
        ("一.docx", "two_copies", "130.00", Severity.EXPLAIN)
    ]
