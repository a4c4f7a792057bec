"""What somebody did in one go is one finding, in the file as it was saved and as LibreOffice saved it again.

A case is what was done, and the complete list of findings: rule, severity, sheet, address. Stale results are
not at stake: LibreOffice calculates everything anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from support import builders
from support.builders import BASIC
from support.shared_files import made_once
from support.whole_actions import amounts, as_values, converted, with_column

from xlbudget import Report, WorkbookTemplate, check, read_roster
from xlbudget.checking.together import together
from xlbudget.cli import run
from xlbudget.model import Finding, Place, Severity

ROOM = {"基本支出": 20, "项目支出": 8, "上年项目": 4, "年终结转": 3, "收入科目": 3}
Found = list[tuple[str, str, str, str]]
FORM1, FORM3, FORM5, FORM6 = "公开表1", "公开表3", "公开表5", "公开表6"


@dataclass(frozen=True)
class Action:
    """What was done to a workbook, and all that is to be said of it."""

    do: Callable[[bytes], bytes]
    found: tuple[tuple[str, str, str, str], ...]
    says: str
    verdict: str = "不予接收"


def texts(workbook: bytes) -> bytes:
    typed = amounts(workbook, BASIC, "H", range(6, 26))
    return builders.typed(workbook, BASIC, {at: f"{value:.2f}" for at, value in typed.items()})


def in_form_money(workbook: bytes) -> bytes:
    typed = amounts(workbook, BASIC, "H", range(6, 26))
    return builders.typed(workbook, BASIC, {at: round(value / 10000, 2) for at, value in typed.items()})


def three_forms(workbook: bytes) -> bytes:
    return builders.typed(as_values(workbook, [FORM1, FORM3, FORM5]), FORM3, {"D6": 1.0})


ACTIONS = {
    "row deleted in form 1": Action(
        partial(builders.row_deleted, sheet=FORM1, row=20),
        (("moved_cells", "blocking", FORM1, "A20"),),
        "第 20 行起删去了 1 行",
    ),
    "row inserted in form 6": Action(
        partial(builders.row_inserted, sheet=FORM6, before=9),
        (("moved_cells", "blocking", FORM6, "A9"),),
        "第 9 行前插入了 1 行",
    ),
    "column inserted in form 5": Action(
        partial(with_column, sheet=FORM5, before=3),
        (("moved_cells", "blocking", FORM5, "C1"),),
        "C 列前插入了 1 列",
    ),
    "three forms as values, one amount changed": Action(
        three_forms,
        (("changed_formula", "blocking", FORM3, "D6"),),
        "现为 1.00 万元",
    ),
    "two forms as values, a total typed over in a third": Action(
        lambda workbook: builders.typed(as_values(workbook, [FORM1, FORM5]), FORM3, {"D6": 1.0}),
        (("changed_formula", "blocking", FORM3, "D6"), ("changed_formula", "explain", FORM1, "B6")),
        "现为 1.00 万元",
    ),
    "all as values": Action(
        as_values, (("changed_formula", "explain", FORM1, "B6"),), "的公式都被覆盖", "待说明"
    ),
    "all as values, one total changed": Action(
        lambda workbook: builders.typed(as_values(workbook), FORM1, {"B36": 1.0}),
        (("changed_formula", "blocking", FORM1, "B36"),),
        "的公式都被覆盖",
    ),
    "check sheet as values": Action(
        partial(as_values, sheets=["校验表"]),
        (("changed_formula", "explain", "校验表", "D5"),),
        "这张表共",
        "待说明",
    ),
    "code list deleted": Action(
        partial(builders.without_sheet, sheet="代码1 功能科目"),
        (("moved_cells", "blocking", "代码1 功能科目", ""),),
        "公式要从这张代码表取数",
    ),
    "page deleted": Action(
        partial(builders.without_sheet, sheet="名词解释"),
        (("moved_cells", "note", "名词解释", ""),),
        "不影响审核",
        "可接收",
    ),
    "column of texts": Action(
        texts, (("text_amount", "blocking", BASIC, "H6"),), "同一列共 17 格都是如此（还有 H7、H8、H9、H10等）"
    ),
    "column in form money": Action(
        in_form_money,
        (("E-01", "blocking", BASIC, "H6"),),
        "疑把元写成万元（差 10,000 倍）",
    ),
}


@pytest.fixture(scope="session")
def small(template: WorkbookTemplate, demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A unit of the demonstration with room for little more than it has."""
    unit = read_roster(demo_data / "units.csv", template).find("101")
    assert unit is not None
    return builders.filled(template, unit, demo_data / "department" / "101", capacity=ROOM)


@pytest.fixture(scope="session")
def spoiled(
    small: bytes,
    libreoffice: Callable[..., list[Path]],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """All spoiled workbooks, as they are and as LibreOffice saves them."""

    def make(folder: Path) -> None:
        made = converted(folder / "as made", {name: action.do(small) for name, action in ACTIONS.items()})
        libreoffice(made, folder / "resaved")

    return made_once(request, tmp_path_factory, "one-action", make)


def rows(report: Report) -> Found:
    return [
        (one.rule, one.severity.value, one.place.sheet, one.place.address)
        for one in report.findings
        if one.rule != "stale_value"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("saved", ["as made", "resaved"])
@pytest.mark.parametrize("name", ACTIONS)
def test_what_was_done_in_one_go_is_one_finding(
    template: WorkbookTemplate, spoiled: Path, name: str, saved: str
) -> None:
    action = ACTIONS[name]
    report = check(spoiled / saved / f"{name}.xlsx", template)
    assert rows(report) == list(action.found)
    assert action.says in report.findings[0].message
    assert saved == "as made" or report.workbooks[0].verdict == action.verdict
    for finding in report.findings:
        assert not any(name in finding.message for name in ("_位", "_序", "上级键"))


@pytest.mark.slow
def test_what_libreoffice_calculated_anew_is_stale_nowhere(template: WorkbookTemplate, spoiled: Path) -> None:
    report = check(sorted((spoiled / "resaved").glob("*.xlsx")), template)
    assert [(one.file, one.place) for one in report.findings if one.rule == "stale_value"] == []


def _told(name: str, small: bytes, judged: Callable[..., Report]) -> None:
    report = judged(ACTIONS[name].do(small))
    assert [row for row in rows(report) if row[0] != "stale_value"] == list(ACTIONS[name].found)


@pytest.mark.returned(24, "公开表1 删去一行")
def test_a_row_deleted_in_a_form_is_told(small: bytes, judged: Callable[..., Report]) -> None:
    _told("row deleted in form 1", small, judged)


@pytest.mark.returned(24, "公开表5 插入一列")
def test_a_column_inserted_in_a_form_is_told(small: bytes, judged: Callable[..., Report]) -> None:
    _told("column inserted in form 5", small, judged)


@pytest.mark.returned(24, "整个工作簿粘贴为数值，改了公开表1 的一个合计")
def test_a_workbook_of_values_is_told(small: bytes, judged: Callable[..., Report]) -> None:
    _told("all as values, one total changed", small, judged)


@pytest.mark.returned(24, "校验表粘贴为数值")
def test_a_check_sheet_of_values_is_told(small: bytes, judged: Callable[..., Report]) -> None:
    _told("check sheet as values", small, judged)


@pytest.mark.returned(24, "录入1 一整列金额是文本")
def test_a_column_of_texts_is_told(small: bytes, judged: Callable[..., Report]) -> None:
    _told("column of texts", small, judged)


def _at(column: str, row: int, rule: str = "text_amount") -> Finding:
    place = Place("", "", "", BASIC, f"{column}{row}")
    return Finding(rule, Severity.BLOCKING, f"{place}：文本。", place=place)


@pytest.mark.parametrize(
    ("columns", "rows_each", "said"),
    [
        ("HNP", 5, ["H6"]),
        ("HN", 4, ["H6"]),
        ("H", 4, ["H6"]),
        ("HN", 1, ["H6", "N6"]),
        ("H", 3, ["H6", "H7", "H8"]),
    ],
)
def test_a_block_of_columns_is_one_and_what_stands_alone_stays(
    columns: str, rows_each: int, said: list[str]
) -> None:
    findings = [_at(column, row) for column in columns for row in range(6, 6 + rows_each)]
    assert [one.place.address for one in together(findings)] == said


def test_what_reports_say_of_a_file_is_on_the_screen(
    small: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workbook = builders.with_sheet(builders.renamed_tab(small, FORM5, "五"), "草稿", {"A1": "草稿"})
    path = builders.returned(tmp_path, "101.xlsx", workbook)
    run(["check", str(path)])
    told = "".join(capsys.readouterr().out.split())
    assert "101示范厅机关：工作表“公开表5”被改名为“五”，已按原表读取。" in told
    assert "101示范厅机关：单位自加的工作表未读取：“草稿”。" in told
