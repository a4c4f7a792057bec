"""What a unit explains is open no longer, and is the officer's to accept; what blocks stays blocking."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from support import builders
from support.builders import EXPLANATIONS

from xlbudget import ConsolidationRefused, Report, WorkbookTemplate, check, consolidate, read
from xlbudget.checking.named_places import is_meant
from xlbudget.department.summary.refusals import refusals
from xlbudget.model import Place
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.names import CHECKS

TEXT = "项目明年起扩大范围，各年安排不同，已报财政备案"
TARGETS = "录入11 绩效目标"
YEARS = (
    "P-04",
    "explain",
    TARGETS,
    "H6",
    Decimal(1200),
    Decimal(330),
    Decimal(870),
)  # 万元: four years as one
Judge = Callable[..., Report]


@pytest.fixture(scope="module")
def moved(template: WorkbookTemplate, reference_workbook: Path) -> bytes:
    """The reference budget with the money of a project's four years called that of one: P-04 wants a word."""
    workbook = builders.typed(reference_workbook.read_bytes(), TARGETS, {"G6": 1})
    return builders.recalculated(workbook, template)


@pytest.fixture(scope="module")
def at_check(template: WorkbookTemplate, reference_workbook: Path) -> Callable[[str], str]:
    """Put the row of P-04 on the check sheet, and the next, into what a unit writes as a place."""
    layout = plan_of(template, read(reference_workbook, template).capacity).layout
    at = next(at for at, row in enumerate(layout.check_rows) if row.rule.id == "P-04")
    row = int(layout.address(CHECKS, at, "编号").lstrip("A"))
    return lambda place: place.format(row=row, next=row + 1)


@pytest.fixture
def judged(template: WorkbookTemplate, tmp_path: Path) -> Judge:
    def judge(workbook: bytes) -> Report:
        return check(builders.returned(tmp_path, "报送.xlsx", workbook), template)

    return judge


def settled(report: Report) -> list[tuple[builders.Row, str]]:
    [workbook] = report.workbooks
    return [
        (builders.row_of(part.finding), part.explanation.text if part.explanation else "")
        for part in workbook.settled
    ]


def test_without_a_word_the_finding_is_open(moved: bytes, judged: Judge) -> None:
    report = judged(moved)
    assert builders.rows_of(report) == [YEARS]
    assert settled(report) == []
    assert report.workbooks[0].verdict == "待说明"


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ("P-04", ""),
        ("P-04", "录入11 绩效目标!H6"),
        ("p-04", " 校验表！ a{row} "),
        ("实施期资金总额与年度资金乘年数相近（不高出一成）", ""),
    ],
)
def test_an_explanation_settles_the_finding_that_it_names(
    moved: bytes, judged: Judge, at_check: Callable[[str], str], rule: str, place: str
) -> None:
    report = judged(builders.explained(moved, (rule, at_check(place), TEXT)))
    assert builders.rows_of(report) == []
    assert settled(report) == [(YEARS, TEXT)]
    assert report.workbooks[0].verdict == "已说明"
    assert not report.blocked


def test_an_empty_text_answers_nothing_and_is_no_note(moved: bytes, judged: Judge) -> None:
    report = judged(builders.explained(moved, ("P-04", "", ""), ("P-04", "", "   ")))
    assert builders.rows_of(report) == [YEARS]


@pytest.mark.parametrize(
    ("row", "advice"),
    [
        (("X-23", "", TEXT), "审核没有“X-23”的问题"),
        (("P-04", "校验表!D{next}", TEXT), "该规则的问题在 2023年项目支出绩效目标录入表 · 第 1 行"),
        (("", "校验表!D{row}", TEXT), "没有写规则编号"),
    ],
    ids=["rule that holds", "other place", "no rule"],
)
def test_an_explanation_of_nothing_is_a_note(
    moved: bytes, judged: Judge, at_check: Callable[[str], str], row: tuple[str, str, str], advice: str
) -> None:
    rule, place, text = row
    report = judged(builders.explained(moved, (rule, at_check(place), text)))
    assert builders.rows_of(report) == [
        YEARS,
        ("idle_explanation", "note", EXPLANATIONS, "E5", TEXT, None, None),
    ]
    assert advice in report.findings[1].message
    assert report.workbooks[0].verdict == "待说明"


def test_a_blocking_finding_cannot_be_explained_away(reference_workbook: Path, judged: Judge) -> None:
    spoilt = builders.typed(reference_workbook.read_bytes(), "公开表5", {"D6": 2195.0698})
    report = judged(builders.explained(spoilt, ("changed_formula", "公开表5!D6", "领导同意")))
    wrong, right = Decimal("2195.0698"), Decimal("2194.0698")
    assert builders.rows_of(report) == [
        ("changed_formula", "blocking", "公开表5", "D6", wrong, right, Decimal(1)),
        ("vain_explanation", "note", EXPLANATIONS, "E5", "领导同意", None, None),
    ]
    assert "说明不能代替改正" in report.findings[1].message
    assert settled(report) == []
    assert report.workbooks[0].verdict == "不予接收"


def test_of_one_rule_what_wants_a_word_is_explained_and_what_blocks_is_not(
    reference_workbook: Path, judged: Judge
) -> None:
    same = Decimal("2194.0698")
    spoilt = builders.typed(reference_workbook.read_bytes(), "公开表5", {"D6": 2194.0698, "E6": 1.0})
    report = judged(builders.explained(spoilt, ("changed_formula", "", TEXT)))
    assert [row[:4] for row in builders.rows_of(report)] == [
        ("changed_formula", "blocking", "公开表5", "E6"),
        ("vain_explanation", "note", EXPLANATIONS, "E5"),
    ]
    assert settled(report) == [
        (("changed_formula", "explain", "公开表5", "D6", same, same, Decimal(0)), TEXT)
    ]


def test_explained_findings_are_joined_only_when_the_officer_says_so(
    template: WorkbookTemplate, moved: bytes, tmp_path: Path
) -> None:
    path = builders.returned(tmp_path, "243001.xlsx", builders.explained(moved, ("P-04", "", TEXT)))
    with pytest.raises(ConsolidationRefused) as refused:
        consolidate([path], tmp_path / "汇总.xlsx", template=template)
    [reason] = refused.value.reasons
    assert reason.startswith(
        "“243001 山西省公安厅交通管理局”（243001.xlsx）有 1 个单位已说明、还没有认可的问题，"
    )
    summary = consolidate([path], tmp_path / "汇总.xlsx", template=template, allow=["explained"])
    assert summary.gaps == ("带问题汇总：243001 山西省公安厅交通管理局（单位说明 1 项）",)
    [row] = read(tmp_path / "汇总.xlsx", template).entries["情况说明"]
    assert dict(row.values) == {"单位编码": "243001", "规则": "P-04", "说明": TEXT}
    # the department's own workbook: what a unit wrote is there to be read and answers nothing again
    assert builders.rows_of(check(tmp_path / "汇总.xlsx", template)) == [YEARS]


def test_what_is_allowed_for_explained_findings_lets_no_open_one_pass(moved: bytes, judged: Judge) -> None:
    [reason] = refusals(judged(moved), ["explained"])
    assert "有待说明的问题" in reason


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("预算收支总表 · 合计 · 收入（公开表1!B36）", True),
        ("预算收支总表·合计·收入", True),
        ("合计・收入", True),
        ("'公开表1'!$B$36", True),
        ("Ｂ３６", True),
        ("", False),
        ("公开表2!B36", False),
        ("合计", False),
    ],
)
def test_a_place_is_known_by_any_way_in_which_reports_print_it(text: str, meant: bool) -> None:
    assert is_meant(text, Place("预算收支总表", "合计", "收入", "公开表1", "B36")) is meant
