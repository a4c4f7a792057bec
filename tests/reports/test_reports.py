"""Reports say the same in every format, exactly, and nothing a unit wrote gets a life of its own."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from rich.cells import cell_len
from rich.console import Console

from xlbudget.checking.whole_report import report_of
from xlbudget.definitions.loading import load_template
from xlbudget.files.whole_files import write_whole
from xlbudget.model import (
    CellValue,
    Finding,
    Place,
    Report,
    RuleOutcome,
    RuleStatus,
    Severity,
    Unit,
    WorkbookReport,
    WorkbookTemplate,
)
from xlbudget.model.errors import InputError, OutputError
from xlbudget.model.words import amount_text, exact_text, inert, value_text
from xlbudget.reports import SUFFIXES, render, write_report, xlsx_lists
from xlbudget.reports.arrangement import arrange, expected_text, message_text, stored_text
from xlbudget.reports.conclusions import conclusion, next_steps
from xlbudget.reports.json_findings import pieces, report_json
from xlbudget.reports.json_schema import SCHEMA
from xlbudget.reports.terminal_findings import print_report

OFFICE = Unit("101001", "某某厅机关", "行政")
CENTRE = Unit("101002", "某某事业发展中心", "事业")
ABSENT = Unit("101003", "某某监督管理服务站", "参公")

TOTAL = Place("预算收支总表", "本年支出合计", "当年预算安排", "公开表1", "F40")
REPORT_PATH = Path("/回收/结果/报告.xlsx")


def finding(place: Place = TOTAL, severity: Severity = Severity.BLOCKING, **values: Any) -> Finding:
    values = {"rule": "wrong_total", "message": f"{place}：合计不等于明细之和，请核对。"} | values
    return Finding(severity=severity, place=place, **values)


WRONG_TOTAL = finding(
    stored=Decimal("4866.02"), expected=Decimal("4688.0200"), difference=Decimal("178"), money="万元"
)
STALE = finding(
    Place("预算收入总表", "合计", "本年收入", "公开表2", "C5"),
    Severity.EXPLAIN,
    rule="stale_value",
    message="所存数值未更新，请重新计算并保存。",
    stored=Decimal("3E+6"),
    expected=Decimal("12.3456"),
    difference=Decimal("2999987.6544"),
    money="万元",
)
TEXT = finding(
    Place("项目支出录入表", "第 17 行", "一般公共预算", "项目支出", "H21"),
    Severity.NOTE,
    rule="text_number",
    message="录入的是文字，请改为数字。",
    stored="1,200 ",
    money="元",
)
UNIDENTIFIED = Finding("unidentified", Severity.BLOCKING, "不能确定是哪个单位的报表；请用下发的工作簿填报。")
BETWEEN = Finding("duplicate_project", Severity.EXPLAIN, "项目代码 1400 同时出现在两个单位，请核实。")

OUTCOMES = (
    RuleOutcome("wrong_total", "合计等于明细之和", Severity.BLOCKING, RuleStatus.FAILED, 33),
    RuleOutcome("stale_value", "所存数值与重新计算一致", Severity.EXPLAIN, RuleStatus.PASSED, 301),
    RuleOutcome(
        "X-15", "公用经费 = 机关运行经费", Severity.BLOCKING, RuleStatus.NOT_APPLICABLE, 0, "事业单位"
    ),
    RuleOutcome("N-01", "与上年数比较", Severity.NOTE, RuleStatus.NOT_RUN, 0, "没有提供上年数据"),
)


def workbook(
    unit: Unit | None, *findings: Finding, name: str = "", outcomes: tuple[RuleOutcome, ...] = (), **more: Any
) -> WorkbookReport:
    path = Path("/回收") / (name or f"{unit.code if unit else '未知'}.xlsx")
    return WorkbookReport(path, "ab" * 32, unit, findings, outcomes, **more)


def report(*workbooks: WorkbookReport, **more: Any) -> Report:
    phrases = load_template("shanxi_provincial/2023").phrases
    values = {"made_at": "2023-02-06 09:30", "version": "0.1.0", "phrases": phrases} | more
    return Report("部门预算公开表（2023年）", "shanxi_provincial/2023", "4c1f0e", workbooks, **values)


MIXED = report(
    workbook(None, UNIDENTIFIED, name="二批/新建 工作表#1.xlsx"),
    workbook(CENTRE, TEXT, remarks=("文件由 WPS 表格保存",)),
    workbook(OFFICE, STALE, WRONG_TOTAL, outcomes=OUTCOMES),
    missing=(ABSENT,),
    collective=(BETWEEN,),
    skipped=("~$101001.xlsx：Excel 的临时文件，已跳过",),
)

HOSTILE = "<script>alert(1)</script>=cmd|' /C calc'!A0\x1b[31m\u202e[bold red]&amp;\"x\"\r\n\udcff\x00\u200b"
HARMLESS = "<script>alert(1)</script>=cmd|' /C calc'!A0□[31m□[bold red]&amp;\"x\"↵□□□"
LONG = "名" * 300
HOSTILE_REPORT = report(
    workbook(
        Unit("=1+1", HOSTILE, HOSTILE),
        Finding(
            HOSTILE,
            Severity.BLOCKING,
            HOSTILE,
            place=Place(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE),
            stored=HOSTILE,
            expected=HOSTILE,
        ),
        Finding("-2+3", Severity.NOTE, "@SUM(A1)", place=Place("+1", LONG, sheet="表'一", address="A1:B2")),
        name=f"{HOSTILE.replace('/', '')}.xlsx",
        outcomes=(RuleOutcome(HOSTILE, HOSTILE, Severity.NOTE, RuleStatus.NOT_RUN, 0, HOSTILE),),
        remarks=(HOSTILE,),
    ),
    workbook(Unit("=1+2", LONG, "事业"), finding()),
    missing=(Unit("@3", HOSTILE, ""),),
    collective=(Finding("=x", Severity.NOTE, HOSTILE, unit="@3"),),
    skipped=(HOSTILE,),
)


# ------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("value", "shown", "exact"),
    [
        ("1489.19", "1,489.19", "1489.19"),
        ("3E+6", "3,000,000.00", "3000000"),
        ("12.345678", "12.345678", "12.345678"),
        ("12.3400", "12.34", "12.34"),
        ("-0.5", "-0.50", "-0.5"),
        ("-0.00", "0.00", "0"),
        ("1E-7", "0.0000001", "0.0000001"),
        ("123456789012345678901.01", "123,456,789,012,345,678,901.01", "123456789012345678901.01"),
        ("1E+307", "1E+307", "1" + "0" * 307),
        ("NaN", "NaN", "NaN"),
    ],
)
def test_amounts_are_never_rounded(value: str, shown: str, exact: str) -> None:
    assert amount_text(Decimal(value)) == shown
    assert exact_text(Decimal(value)) == exact


def test_values_are_worded_by_kind() -> None:
    values: list[CellValue] = [Decimal(12), "文字", "", None, True]
    assert [value_text(value, "") for value in values] == ["12", "“文字”", "（空）", "（空）", "TRUE"]
    assert value_text(Decimal(12), "万元") == "12.00"


def test_a_value_that_is_not_stated_is_no_empty_cell() -> None:
    assert stored_text(UNIDENTIFIED) == "—"
    assert (stored_text(finding()), expected_text(finding())) == ("（空）", "—")
    assert expected_text(finding(stored="x", expected="")) == "（空）"


def test_inert_text_shows_what_it_replaced() -> None:
    assert inert(HOSTILE) == HARMLESS
    assert inert("普通文字 · “三公”") == "普通文字 · “三公”"
    for code in [*range(0x20), *range(0x7F, 0xA0), *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0xFEFF]:
        assert inert(chr(code)) in ("□", "↵")


def test_the_place_is_not_said_twice() -> None:
    assert message_text(WRONG_TOTAL) == "合计不等于明细之和，请核对。"
    assert message_text(STALE) == STALE.message
    assert message_text(finding(message=str(TOTAL))) == str(TOTAL)


# -------------------------------------------------------------------- order


def test_findings_stand_by_sheet_then_severity_then_place() -> None:
    def at(sheet: str, address: str, severity: Severity = Severity.BLOCKING) -> Finding:
        return finding(Place(sheet=sheet, address=address), severity)

    wanted = [
        UNIDENTIFIED,
        at("公开表2", "F9"),
        at("公开表2", "AA9"),
        at("公开表2", "F10"),
        at("公开表2", "A1", Severity.NOTE),
        at("公开表10", "A1"),
    ]
    assert arrange(report(workbook(OFFICE, *reversed(wanted)))).parts[0].findings == tuple(wanted)


def test_a_finding_between_workbooks_counts_for_the_unit_it_names() -> None:
    duplicate = replace(BETWEEN, unit=OFFICE.code, severity=Severity.BLOCKING)
    one = arrange(report(workbook(OFFICE), workbook(CENTRE), collective=(duplicate,)))
    assert [(part.verdict, part.findings) for part in one.parts] == [
        ("不予接收", (duplicate,)),
        ("可接收", ()),
    ]
    twice = report(workbook(OFFICE, name="a.xlsx"), workbook(OFFICE, name="b.xlsx"), collective=(duplicate,))
    assert [part.verdict for part in arrange(twice).parts] == ["不予接收", "不予接收"]
    assert arrange(twice).between == (duplicate,)
    named = replace(twice, collective=(replace(duplicate, file="b.xlsx"),))
    assert [part.verdict for part in arrange(named).parts] == ["可接收", "不予接收"]


def test_a_file_without_a_unit_is_never_accepted() -> None:
    assert arrange(report(workbook(None))).parts[0].verdict == "不予接收"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (report(), "没有检查任何文件。"),
        (report(workbook(OFFICE)), "全部相符，可以接收。"),
        (report(workbook(OFFICE), workbook(CENTRE)), "2 份报送文件全部相符，可以接收。"),
        (
            report(workbook(OFFICE), missing=(ABSENT,)),
            "全部相符，可以接收。另有 1 个单位未报送。",
        ),
        (
            report(workbook(OFFICE, outcomes=OUTCOMES[1:])),
            "已运行的校验全部相符，可以接收。规则未运行 1 项次，未运行不等于相符，原因见规则运行情况。",
        ),
        (
            report(workbook(OFFICE, TEXT)),
            "没有需要改正或说明的问题，可以接收；另有提示 1 项，供参考。",
        ),
        (report(workbook(OFFICE, WRONG_TOTAL, TEXT)), "不予接收，发现问题 2 项：不予接收 1 项，提示 1 项。"),
        (report(workbook(None)), "不予接收，未能识别单位。"),
        (
            report(workbook(OFFICE, WRONG_TOTAL), workbook(CENTRE, STALE)),
            "共 2 份报送文件：可接收 0 份，待说明 1 份，不予接收 1 份。",
        ),
    ],
)
def test_the_conclusion_claims_no_more_than_was_checked(given: Report, words: str) -> None:
    assert conclusion(arrange(given)) == words
    assert words in render(given, Path("r.html")).decode()
    sheet = load_workbook(io.BytesIO(render(given, REPORT_PATH)))["汇总"]
    assert sheet["A3"].value == words


def test_next_steps_name_what_is_left_to_do() -> None:
    assert next_steps(arrange(report(workbook(OFFICE)))) == ("可以接收并汇总",)
    assert next_steps(arrange(report())) == ()
    assert next_steps(arrange(MIXED)) == (
        "核实各单位之间的问题 1 项",
        "将不予接收的 2 份退回单位，按说明改正后重新报送",
        "催报未报送的 1 个单位",
    )


def test_a_return_without_amounts_is_not_called_clean() -> None:
    empty, until = workbook(CENTRE, empty=True), "单位书面确认是零报告以前，不算已经报送。"
    ask = "向没有填任何金额的 1 个单位问明是不是零报告"
    for made, said in (
        (report(empty), f"没有填任何金额，{until}"),
        (
            report(workbook(OFFICE), empty),
            f"共 2 份报送文件：可接收 1 份，待说明 1 份，不予接收 0 份。其中 1 份没有填任何金额，{until}",
        ),
    ):
        assert conclusion(arrange(made)) == said
        assert next_steps(arrange(made)) == (ask,)
    missing_cover = replace(empty, findings=(WRONG_TOTAL,))
    assert "金额" not in conclusion(arrange(report(missing_cover)))


# --------------------------------------------------------------------- json


def test_json_findings_are_exact() -> None:
    document = json.loads(report_json(MIXED))
    assert list(document["findings"][1].items()) == [
        ("rule", "wrong_total"),
        ("severity", "blocking"),
        ("unit", "101001"),
        ("form", "预算收支总表"),
        ("line", "本年支出合计"),
        ("column", "当年预算安排"),
        ("sheet", "公开表1"),
        ("address", "F40"),
        ("stored", "4866.02"),
        ("expected", "4688.02"),
        ("difference", "178"),
        (
            "message",
            "预算收支总表 · 本年支出合计 · 当年预算安排（公开表1!F40）：合计不等于明细之和，请核对。",
        ),
        ("file", "101001.xlsx"),
        ("money", "万元"),
        ("document", "101001.xlsx"),
        ("page", 0),
        ("box", None),
        ("kind", "wrong_total"),
        ("found", ""),
        ("operands", []),
        ("candidates", []),
    ]
    assert [(each["rule"], each["file"], each["unit"]) for each in document["findings"]] == [
        ("duplicate_project", "", ""),
        ("wrong_total", "101001.xlsx", "101001"),
        ("stale_value", "101001.xlsx", "101001"),
        ("text_number", "101002.xlsx", "101002"),
        ("unidentified", "二批/新建 工作表#1.xlsx", ""),
    ]
    values = [(each["stored"], each["expected"], each["difference"]) for each in document["findings"]]
    assert values[2:4] == [("3000000", "12.3456", "2999987.6544"), ("1,200 ", None, None)]


def test_json_states_run_and_counts() -> None:
    document = json.loads(report_json(MIXED))
    findings, rules, workbooks = (document.pop(name) for name in ("findings", "rules", "workbooks"))
    assert document == {
        "format": "xlbudget.report",
        "format_version": 2,
        "xlbudget_version": "0.1.0",
        "template": {"id": "shanxi_provincial/2023", "title": "部门预算公开表（2023年）", "digest": "4c1f0e"},
        "made_at": "2023-02-06 09:30",
        "summary": {
            "workbooks": 3,
            "accepted": 1,
            "explained": 0,
            "to_explain": 0,
            "refused": 2,
            "unchecked": 0,
            "missing": 1,
            "blocking": 2,
            "explain": 2,
            "note": 1,
            "settled": 0,
            "lapsed": 0,
        },
        "rounding": [],
        "settled": [],
        "lapsed": [],
        "numbers": [],
        "missing": [{"code": "101003", "name": "某某监督管理服务站", "kind": "参公"}],
        "skipped": ["~$101001.xlsx：Excel 的临时文件，已跳过"],
        "recalculation": {
            **dict.fromkeys(("engine", "version"), ""),
            **dict.fromkeys(("judged", "wrong", "drawn", "differences"), 0),
            "reason": "没有要求另算",
        },
    }
    assert len(findings) == 5
    assert rules[2] == {
        "file": "101001.xlsx",
        "unit": "101001",
        "rule": "X-15",
        "title": "公用经费 = 机关运行经费",
        "severity": "blocking",
        "status": "not_applicable",
        "instances": 0,
        "reason": "事业单位",
    }
    assert [rule["status"] for rule in rules] == ["fail", "pass", "not_applicable", "not_run"]
    assert workbooks[1] == {
        "file": "101002.xlsx",
        "sha256": "ab" * 32,
        "unit": {"code": "101002", "name": "某某事业发展中心", "kind": "事业"},
        "verdict": "可接收",
        "remarks": ["文件由 WPS 表格保存"],
        "counts": {"blocking": 0, "explain": 0, "note": 1},
        "unchecked": "",
        "coverage": {"checked": 0, "read": 0, "unread": 0, "in_forms": 0, "in_forms_checked": 0},
        "unread_pages": [],
    }
    assert workbooks[2]["unit"] is None


_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
    "array": list,
    "object": dict,
}


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Check the few words of JSON Schema that SCHEMA uses."""
    used = {
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "const",
        "anyOf",
        "minimum",
        "minItems",
        "maxItems",
        "maxLength",
    }
    assert set(schema) <= used | {"$schema", "title"}
    if "anyOf" in schema:
        return any(fits(value, each) for each in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return value in schema.get("enum", [schema.get("const")])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    too_long = isinstance(value, str) and len(value) > schema.get("maxLength", len(value))
    if too_long or not any(isinstance(value, _TYPES[each]) for each in types):
        return False
    if isinstance(value, dict):
        properties = schema["properties"]
        return set(value) == set(properties) == set(schema["required"]) and all(
            fits(value[key], properties[key]) for key in value
        )
    if isinstance(value, list):
        few, many = schema.get("minItems", 0), schema.get("maxItems", len(value))
        return few <= len(value) <= many and all(fits(each, schema["items"]) for each in value)
    return not isinstance(value, int) or value >= schema.get("minimum", value)


@pytest.mark.parametrize("given", [MIXED, HOSTILE_REPORT, report()])
def test_json_fits_its_schema(given: Report) -> None:
    document = json.loads(report_json(given))
    assert fits(document, SCHEMA)
    assert not fits(document | {"extra": 1}, SCHEMA)
    assert not fits(document | {"made_at": None}, SCHEMA)


def test_json_keeps_texts_as_they_are() -> None:
    text = render(HOSTILE_REPORT, Path("r.json")).decode("utf-8")
    found = json.loads(text)["findings"]
    found = next(each for each in found if each["rule"] == HOSTILE)
    assert found["stored"] == found["message"] == HOSTILE
    assert "<script>" in text
    assert "\x1b" not in text
    assert '\n "format_version": 2,\n' in text


# --------------------------------------------------------------------- html


class Page(HTMLParser):
    """The elements, attributes and texts of a page, for looking things up."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.rows: list[list[str]] = []
        self.texts: list[str] = []
        self.script = ""
        self.in_cell = False
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.in_cell = False

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] == ["script"]:
            self.script += data
        elif data.strip():
            self.texts.append(data.strip())
            if self.in_cell:
                self.rows[-1][-1] += data.strip()


def test_html_shows_summary_findings_and_rules() -> None:
    page = Page(render(MIXED, Path("r.html")))
    assert ["101001", "某某厅机关", "行政", "不予接收", "1", "1", "0", "101001.xlsx"] in page.rows
    assert ["", "（未能识别单位）", "", "不予接收", "1", "0", "0", "二批/新建 工作表#1.xlsx"] in page.rows
    assert ["预算收支总表（公开表1）金额单位：万元"] in page.rows
    assert [
        "不予接收",
        "合计等于明细之和wrong_total",
        "本年支出合计 · 当年预算安排（F40）",
        "4,866.02",
        "4,688.02",
        "178.00",
        "合计不等于明细之和，请核对。",
    ] in page.rows
    assert [
        "提示",
        "text_number",
        "第 17 行 · 一般公共预算（H21）",
        "“1,200 ”",
        "—",
        "—",
        "录入的是文字，请改为数字。",
    ] in page.rows
    assert ["未运行", "没有提供上年数据", "N-01与上年数比较"] in page.rows
    assert ["通过", "—", "所存数值与重新计算一致（301）"] in page.rows
    texts = " ".join(page.texts)
    for words in ("未报送单位（1）", "101003 某某监督管理服务站", "各单位之间的问题", "文件由 WPS 表格保存"):
        assert words in texts
    assert "~$101001.xlsx：Excel 的临时文件，已跳过" in texts


def test_html_asks_nothing_of_anyone() -> None:
    page = Page(render(MIXED, Path("r.html")))
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(page.tags)
    assert not [value for name, value in page.attributes if name in ("src", "srcset", "action", "background")]
    assert all((value or "").startswith("#") for name, value in page.attributes if name == "href")
    assert "http:" not in page.script
    assert "url(" not in render(MIXED, Path("r.html")).decode()


def test_html_interprets_nothing_a_unit_wrote() -> None:
    content = render(HOSTILE_REPORT, Path("r.html"))
    page = Page(content)
    assert page.tags.count("script") == Page(render(MIXED, Path("r.html"))).tags.count("script") == 1
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "alert(1)" not in page.script
    assert b"&lt;script&gt;alert(1)&lt;/script&gt;" in content
    assert HARMLESS in page.texts
    assert inert(content.decode().replace("\n", "")) == content.decode().replace("\n", "")


def test_html_admits_only_its_own_script() -> None:
    policies = [value or "" for _, value in Page(render(MIXED, Path("r.html"))).attributes]
    policy = next(value for value in policies if value.startswith("default-src"))
    assert re.search(r"default-src 'none'; .*script-src 'sha256-[A-Za-z0-9+/]{43}='", policy)


def test_html_without_findings_or_rules_stays_whole() -> None:
    page = Page(render(report(), Path("r.html")))
    assert "没有检查任何文件。" in page.texts
    assert "form" not in page.tags
    assert "校验规则运行情况" not in page.texts


def test_html_of_a_whole_province_stays_light() -> None:
    outcomes = tuple(replace(OUTCOMES[0], rule=f"f{n // 12}.total_{n}") for n in range(150))
    findings = [replace(WRONG_TOTAL, place=replace(TOTAL, address=f"F{n}")) for n in range(10)]
    units = [Unit(f"{101000 + n}", f"某某厅下属第{n}单位", "事业") for n in range(300)]
    large = report(*(workbook(unit, *findings, outcomes=outcomes) for unit in units))
    started = time.process_time()
    content = render(large, Path("r.html"))
    assert len(content) < 5_000_000
    assert time.process_time() - started < 5
    assert content.count(b'data-level="blocking"') == 3000


# --------------------------------------------------------------------- xlsx


def opened(given: Report, path: Path = REPORT_PATH) -> Any:
    return load_workbook(io.BytesIO(render(given, path)))


def cells(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_xlsx_lists_units_findings_rules_and_missing() -> None:
    book = opened(MIXED)
    assert book.sheetnames == ["汇总", "问题清单", "规则矩阵", "规则一览", "规则运行", "未报送单位"]
    summary = cells(book["汇总"])
    assert summary[4] == ["合计", "报送文件 3 份，未报送单位 1 个", None, None, 2, 2, 1, None, None]
    assert summary[6] == ["101001", "某某厅机关", "行政", "不予接收", 1, 1, 0, "101001.xlsx", None]
    assert summary[7][-1] == "文件由 WPS 表格保存"
    assert summary[-1][0] == "~$101001.xlsx：Excel 的临时文件，已跳过"
    listed = cells(book["问题清单"])
    assert listed[2] == [
        "不予接收",
        "101001",
        "某某厅机关",
        "预算收支总表",
        "本年支出合计 · 当年预算安排",
        "公开表1!F40",
        4866.02,
        4688.02,
        178,
        "万元",
        "合计不等于明细之和，请核对。",
        "wrong_total",
        "合计等于明细之和",
        "101001.xlsx",
    ]
    assert [row[2] for row in listed[1:]] == [
        "各单位之间的问题",
        "某某厅机关",
        "某某厅机关",
        "某某事业发展中心",
        "（未能识别单位）",
    ]
    assert listed[4][6:10] == ["“1,200 ”", None, None, "元"]
    ran = cells(book["规则运行"])
    assert [(row[0], row[2], row[5]) for row in ran[1:-1]] == [
        ("101001", "wrong_total", "不符"),
        ("101001", "N-01", "未运行"),
    ]
    assert ran[-1][0] == "其余 2 项次通过或不适用，各规则的份数见“规则一览”。"
    assert ran[2] == [
        "101001",
        "某某厅机关",
        "N-01",
        "与上年数比较",
        "提示",
        "未运行",
        0,
        "没有提供上年数据",
        "101001.xlsx",
    ]
    assert cells(book["未报送单位"])[1] == ["101003", "某某监督管理服务站", "参公"]
    assert opened(report(workbook(OFFICE))).sheetnames == ["汇总", "问题清单", "规则运行"]


def test_xlsx_is_ready_to_filter_and_print() -> None:
    book = opened(MIXED)
    setting = {
        sheet.title: (sheet.auto_filter.ref, sheet.freeze_panes, sheet.print_title_rows) for sheet in book
    }
    assert setting == {
        "汇总": ("A6:I9", "A7", "$6:$6"),
        "问题清单": ("A1:N6", "D2", "$1:$1"),
        "规则矩阵": ("A3:E6", "D4", "$3:$3"),
        "规则一览": ("A1:H5", "A2", "$1:$1"),
        "规则运行": ("A1:I3", "C2", "$1:$1"),
        "未报送单位": ("A1:C2", "A2", "$1:$1"),
    }
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)
    sheet = book["问题清单"]
    assert sheet["G3"].number_format == "#,##0.00####"
    assert sheet["K3"].alignment.wrap_text
    assert sheet["A3"].fill.fgColor.rgb == "FFFBE9E7"


def targets(sheet: Any) -> dict[str, tuple[str | None, str | None]]:
    links = [cell.hyperlink for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    return {link.ref: (link.target and link.target.replace("\\", "/"), link.location) for link in links}


def test_xlsx_links_lead_to_the_cell_in_the_returned_file() -> None:
    book = opened(MIXED)
    assert targets(book["问题清单"]) == {
        "F3": ("../101001.xlsx", "'公开表1'!F40"),
        "F4": ("../101001.xlsx", "'公开表2'!C5"),
        "F5": ("../101002.xlsx", "'项目支出'!H21"),
    }
    assert targets(book["汇总"]) == {
        "B7": (None, "'问题清单'!A3"),
        "B8": (None, "'问题清单'!A5"),
        "B9": (None, "'问题清单'!A6"),
        "H7": ("../101001.xlsx", None),
        "H8": ("../101002.xlsx", None),
        "H9": ("../二批/新建%20工作表%231.xlsx", None),
    }
    beside = targets(opened(MIXED, Path("/回收/报告.xlsx"))["问题清单"])
    assert beside["F3"] == ("101001.xlsx", "'公开表1'!F40")


def test_xlsx_links_survive_odd_names() -> None:
    odd = finding(Place(sheet="表'一", address="见附件"))
    book = opened(report(workbook(OFFICE, odd, name="50%41.xlsx")))
    assert targets(book["问题清单"]) == {"F2": ("../50%2541.xlsx", "'表''一'!A1")}
    too_long = report(workbook(OFFICE, finding(), name="x" * 3000))
    assert targets(opened(too_long)["问题清单"]) == {}


def test_xlsx_text_stays_text() -> None:
    book = opened(HOSTILE_REPORT)
    seen = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in seen} == {"s", "n"}
    texts = [cell for cell in seen if cell.data_type == "s"]
    assert all(inert(cell.value) == cell.value for cell in texts)
    assert HARMLESS in [cell.value for cell in texts]
    risky = [cell for cell in texts if cell.value.startswith(("=", "+", "-", "@"))]
    assert {cell.value for cell in risky} >= {"=1+1", "-2+3", "@SUM(A1)", "+1", "@3"}
    assert all(cell.quotePrefix for cell in risky)


def test_xlsx_keeps_amounts_that_a_number_cannot_hold() -> None:
    exact = Decimal("123456789012345678.12")
    huge = finding(stored=exact, expected=Decimal("0.1"), difference=Decimal("NaN"), money="元")
    count = finding(stored=Decimal("12.0"), expected=Decimal(11), difference=Decimal(1))
    rows = cells(opened(report(workbook(OFFICE, huge, count)))["问题清单"])
    assert [row[6:9] for row in rows[1:]] == [[12, 11, 1], ["123,456,789,012,345,678.12", 0.1, "NaN"]]


def test_xlsx_says_what_did_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_lists, "_MOST_ROWS", 2)
    monkeypatch.setattr(xlsx_lists, "_MOST_LINKS", 1)
    sheet = opened(report(workbook(OFFICE, WRONG_TOTAL, STALE, TEXT, outcomes=OUTCOMES)))["问题清单"]
    assert len(targets(sheet)) == 1
    assert cells(sheet)[3][0] == "另有 1 行超出工作表的容量，未列出；全部内容见 json 报告。"


def test_xlsx_without_findings_says_so() -> None:
    assert opened(report(workbook(OFFICE)))["问题清单"]["A2"].value == "没有问题。"


# ----------------------------------------------------------------- terminal


def printed(given: Report, width: int = 80, limit: int = 20, **console: Any) -> str:
    stream = io.StringIO()
    print_report(given, Console(file=stream, width=width, **console), limit)
    return stream.getvalue()


def test_terminal_lines_at_80_columns() -> None:
    assert printed(MIXED).splitlines() == [
        "预算报表审核报告",
        "部门预算公开表（2023年）",
        "生成时间 2023-02-06 09:30",
        "",
        "单位代码  单位名称                                结论      不予接收  说明  提示",
        "101001    某某厅机关                              不予接收         1     1     0",
        "101002    某某事业发展中心                        可接收           0     0     1",
        "          （未能识别单位）二批/新建 工作表#1.xl…  不予接收         1     0     0",
        "",
        "未报送单位（1）：101003 某某监督管理服务站",
        "未检查的文件：~$101001.xlsx：Excel 的临时文件，已跳过",
        "",
        "各单位之间的问题",
        "  改正或书面说明  duplicate_project",
        "    项目代码 1400 同时出现在两个单位，请核实。",
        "",
        "101001 某某厅机关",
        "  不予接收  wrong_total",
        "    预算收支总表 · 本年支出合计 · 当年预算安排（公开表1!F40）",
        "    合计不等于明细之和，请核对。",
        "  改正或书面说明  保存的计算结果过期",
        "    预算收入总表 · 合计 · 本年收入（公开表2!C5）",
        "    所存数值未更新，请重新计算并保存。",
        "",
        "101002 某某事业发展中心",
        "  提示  text_number",
        "    项目支出录入表 · 第 17 行 · 一般公共预算（项目支出!H21）",
        "    录入的是文字，请改为数字。",
        "",
        "（未能识别单位）二批/新建 工作表#1.xlsx",
        "  不予接收  unidentified",
        "    不能确定是哪个单位的报表；请用下发的工作簿填报。",
        "",
        "备注",
        "  101002 某某事业发展中心：文件由 WPS 表格保存",
        "",
        "结论：共 3 份报送文件：可接收 1 份，待说明 0 份，不予接收 2 份。另有 1 个单位未",
        "      报送。规则未运行 1 项次，未运行不等于相符，原因见规则运行情况。",
        "下一步：核实各单位之间的问题 1 项；将不予接收的 2 份退回单位，按说明改正后重新报",
        "        送；催报未报送的 1 个单位。",
    ]


def test_terminal_lists_the_most_severe_first() -> None:
    text = printed(MIXED, limit=2)
    assert "wrong_total" in text
    assert "unidentified" in text
    assert "stale_value" not in text
    assert "以上列出 2 项，共 5 项；其余见 html 或 xlsx 报告。" in text


def test_terminal_leaves_out_units_with_nothing_to_do_when_there_are_many() -> None:
    units = [workbook(Unit(f"{n:06}", f"单位{n}", "事业")) for n in range(60)]
    text = printed(report(*units, workbook(OFFICE, WRONG_TOTAL)))
    assert "其余 60 个单位可接收，没有问题，未列出。" in text
    assert "000001" not in text


@pytest.mark.parametrize("width", [20, 60, 80, 200])
def test_terminal_lines_fit_and_nothing_in_them_commands(width: int) -> None:
    text = printed(HOSTILE_REPORT, width=width)
    assert "\x1b" not in text
    assert width < 60 or "[bold" in text
    assert all(inert(line) == line for line in text.splitlines())
    assert max(map(cell_len, text.splitlines())) <= min(max(width, 60), 100)


def test_terminal_colours_only_a_terminal() -> None:
    assert "\x1b[1;31m不予接收" in printed(
        MIXED, force_terminal=True, color_system="standard", no_color=False
    )
    assert "\x1b" not in printed(MIXED)


def test_terminal_with_a_smaller_character_set_goes_on() -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="gbk", newline="\n")
    print_report(report(workbook(Unit("1", "单位\N{GRINNING FACE}", ""))), Console(file=stream, width=80))
    stream.flush()
    assert "单位?" in written.getvalue().decode("gbk")


# -------------------------------------------------------------------- files


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("given", [MIXED, HOSTILE_REPORT, report()])
def test_the_same_report_gives_the_same_bytes(tmp_path: Path, suffix: str, given: Report) -> None:
    shuffled = replace(
        given,
        workbooks=tuple(
            replace(each, findings=tuple(reversed(each.findings))) for each in reversed(given.workbooks)
        ),
    )
    first = write_report(given, tmp_path / f"报告{suffix}")
    assert first == tmp_path / f"报告{suffix}"
    assert first.read_bytes() == render(given, first) == render(shuffled, first)


@pytest.mark.parametrize("name", ["报告.pdf", "报告", "报告.html.txt"])
def test_an_unknown_suffix_names_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        write_report(MIXED, tmp_path / name)
    assert (
        str(caught.value) == f"报告文件名“{name}”的扩展名不能识别；请用 .html、.xlsx、.json、.docx 之一结尾。"
    )
    assert list(tmp_path.iterdir()) == []


def test_suffixes_may_be_in_capitals(tmp_path: Path) -> None:
    assert write_report(MIXED, tmp_path / "报告.HTML").read_bytes().startswith(b"<!DOCTYPE html>")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_place_that_cannot_be_written_is_left_as_it_was(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "文件").write_text("原有内容", encoding="utf-8")
    with pytest.raises(OutputError, match="无法建立输出文件夹"):
        write_report(MIXED, tmp_path / "文件" / f"报告{suffix}")
    (tmp_path / f"报告{suffix}").mkdir()
    with pytest.raises(OutputError, match="无法写入"):
        write_report(MIXED, tmp_path / f"报告{suffix}")
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(["文件", f"报告{suffix}"])
    assert (tmp_path / "文件").read_text(encoding="utf-8") == "原有内容"


def test_json_is_written_little_by_little(tmp_path: Path) -> None:
    """So that ten thousand files take no more memory than a few."""
    many = report(*(workbook(replace(OFFICE, code=f"{at}"), outcomes=OUTCOMES) for at in range(2_000)))
    path = write_report(many, tmp_path / "findings.json")
    size = path.stat().st_size
    assert size > 1_000_000 and len(json.loads(path.read_bytes())["rules"]) == 2_000 * len(OUTCOMES)
    assert max(map(len, pieces(many))) < 1_000


def test_equal_outcomes_of_many_files_are_kept_once(template: WorkbookTemplate) -> None:
    copied = (
        replace(workbook(OFFICE, outcomes=tuple(map(replace, OUTCOMES))), sha256=f"{at}") for at in range(3)
    )
    other = workbook(CENTRE, outcomes=(replace(OUTCOMES[0]), replace(OUTCOMES[1], instances=7)))
    joined = report_of(template, [*copied, other]).workbooks
    assert [part.outcomes for part in joined[:3]] == [OUTCOMES] * 3
    assert joined[3].outcomes == (OUTCOMES[0], replace(OUTCOMES[1], instances=7))
    assert len({id(part.outcomes) for part in joined[:3]}) == 1
    assert joined[3].outcomes[0] is joined[0].outcomes[0]


def test_a_report_that_cannot_be_made_leaves_no_part_of_itself(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"{"
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_whole(tmp_path / "findings.json", broken())
    assert list(tmp_path.iterdir()) == []
