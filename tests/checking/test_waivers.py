"""A waiver belongs to a rule, a cell and the values there: it lapses when they change by a 分."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from support import builders

from xlbudget import InputError, Report, WorkbookTemplate, check, read_waivers, write_report
from xlbudget.checking.mistakes.diagnosis import Diagnosis
from xlbudget.checking.waivers import apply_waivers
from xlbudget.cli import CLEAN, COULD_NOT_RUN, run
from xlbudget.department.summary.refusals import refusals
from xlbudget.model import Finding, Severity, Unit, Waiver, WorkbookReport
from xlbudget.reports.arrangement import arrange
from xlbudget.reports.checklist import checklist
from xlbudget.reports.json_schema import SCHEMA
from xlbudget.reports.replies import reply
from xlbudget.reports.waivers_to_fill import waiver_skeleton

TARGETS = "录入11 绩效目标"
TODAY = date(2023, 3, 1)
HELD = Waiver(
    unit="243001",
    rule="P-04",
    cell="录入11 绩效目标!H6",
    value=Decimal(1200),
    expected=Decimal(330),
    who="预算处",
    why="各年安排不同，已报财政备案",
    until=date(2023, 12, 31),
    line=4,
)
Moved = Callable[..., Path]


@pytest.fixture(scope="module")
def moved(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path_factory: pytest.TempPathFactory
) -> Moved:
    """The reference with a project's money of four years called that of one, and some 元 more of it."""

    def build(more: str = "0") -> Path:
        whole = float(Decimal(12_000_000) + Decimal(more))
        workbook = builders.typed(
            reference_workbook.read_bytes(), TARGETS, {"G6": 1, "H6": whole, "J6": whole}
        )
        folder = tmp_path_factory.mktemp("moved")
        return builders.returned(folder, "报送.xlsx", builders.recalculated(workbook, template))

    return build


@pytest.fixture(scope="module")
def once(template: WorkbookTemplate, moved: Moved) -> Report:
    return check(moved(), template)


def lapses(report: Report) -> list[str]:
    return [lapse.reason for workbook in report.workbooks for lapse in workbook.lapsed]


# ── What a waiver does ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "waiver",
    [
        HELD,
        replace(HELD, expected=None),
        replace(HELD, value="1,200.00 万元"),
        replace(HELD, rule="p-04", cell="H6"),
        replace(HELD, until=TODAY),
    ],
    ids=["both values", "one value", "value as printed", "other spelling", "last day"],
)
def test_a_waived_finding_is_settled_and_the_workbook_can_be_accepted(
    template: WorkbookTemplate, once: Report, waiver: Waiver
) -> None:
    assert once.workbooks[0].verdict == "待说明"
    report = apply_waivers(once, [waiver], template, TODAY)
    [workbook] = report.workbooks
    assert (workbook.findings, workbook.lapsed) == ((), ())
    [part] = workbook.settled
    assert (part.finding, part.explanation, part.waiver) == (once.findings[0], None, waiver)
    assert workbook.verdict == "可接收"


@pytest.mark.parametrize("cent", ["0.01", "-0.01"])
def test_a_waiver_lapses_when_the_value_changes_by_a_cent(
    template: WorkbookTemplate, moved: Moved, cent: str
) -> None:
    value = Decimal(1200) + Decimal(cent) / 10_000
    report = check(moved(cent), template, waivers=[HELD], today=TODAY)
    assert builders.rows_of(report) == [("P-04", "explain", TARGETS, "H6", value, Decimal(330), value - 330)]
    assert lapses(report) == [f"认可以后数值有变化：现值由 1,200.00 万元 变为 {value:,} 万元。"]
    assert report.workbooks[0].verdict == "待说明"


def test_a_waiver_lapses_when_the_other_side_changes(template: WorkbookTemplate, once: Report) -> None:
    report = apply_waivers(once, [replace(HELD, expected=Decimal("330.01"))], template, TODAY)
    assert lapses(report) == ["认可以后数值有变化：应为由 330.01 万元 变为 330.00 万元。"]
    assert len(report.findings) == 1


def test_a_waiver_past_its_last_day_says_so(template: WorkbookTemplate, once: Report) -> None:
    report = apply_waivers(once, [HELD], template, date(2024, 1, 1))
    assert lapses(report) == ["有效期到 2023-12-31，已过期。"]
    assert report.findings == once.findings


@pytest.mark.parametrize(
    "waiver", [replace(HELD, rule="X-23"), replace(HELD, cell="录入11 绩效目标!H7"), replace(HELD, cell="")]
)
def test_a_waiver_of_nothing_says_so(template: WorkbookTemplate, once: Report, waiver: Waiver) -> None:
    report = apply_waivers(once, [waiver], template, TODAY)
    assert lapses(report) == ["这次审核没有这个问题了，可以从认可文件中删去。"]
    assert report.workbooks[0].lapsed[0].finding is None


def test_a_waiver_of_another_unit_is_not_looked_at(template: WorkbookTemplate, once: Report) -> None:
    assert apply_waivers(once, [replace(HELD, unit="101")], template, TODAY) == once


def test_what_a_unit_explained_and_the_officer_waived_shows_both(
    template: WorkbookTemplate, moved: Moved, tmp_path: Path
) -> None:
    workbook = builders.explained(moved().read_bytes(), ("P-04", "", "已备案"))
    path = builders.returned(tmp_path, "243001.xlsx", workbook)
    report = check(path, template, waivers=[HELD], today=TODAY)
    [part] = report.workbooks[0].settled
    assert part.explanation is not None
    assert (part.explanation.text, part.waiver) == ("已备案", HELD)
    assert report.workbooks[0].verdict == "可接收"
    assert refusals(report) == []


# ── Blocking findings ────────────────────────────────────────────────────────────────────────────


BLOCKING = Finding(
    "E-01", Severity.BLOCKING, "收入不等于支出。", unit="101", stored=Decimal(1), expected=Decimal(2)
)
ON_BLOCKING = replace(HELD, unit="101", rule="E-01", cell="", value=Decimal(1), expected=None)


def with_blocking() -> Report:
    workbook = WorkbookReport(Path("101.xlsx"), "", Unit("101", "示范厅机关", "行政"), (BLOCKING,), ())
    return Report("模板", "id", "digest", (workbook,))


def test_a_blocking_finding_can_not_be_waived(template: WorkbookTemplate) -> None:
    report = apply_waivers(with_blocking(), [ON_BLOCKING], template, TODAY)
    assert lapses(report) == ["“不予接收”的问题须由单位改正，模板没有允许认可这条规则。"]
    assert report.findings == (BLOCKING,)
    assert report.blocked


def test_a_blocking_finding_of_a_waivable_rule_can(template: WorkbookTemplate) -> None:
    rules = tuple(replace(rule, waivable=rule.id == "E-01") for rule in template.rules)
    report = apply_waivers(with_blocking(), [ON_BLOCKING], replace(template, rules=rules), TODAY)
    assert (report.findings, report.blocked, report.workbooks[0].verdict) == ((), False, "可接收")


# ── The file ─────────────────────────────────────────────────────────────────────────────────────


FILE = """
[[waiver]]
unit = "243001"
rule = "P-04"
cell = "录入11 绩效目标!H6"
value = 1200
who = "预算处"
why = "已备案"
until = 2023-12-31
"""


def test_waivers_are_read_from_toml(tmp_path: Path) -> None:
    (tmp_path / "认可.toml").write_text(FILE, encoding="utf-8")
    file = read_waivers(tmp_path / "认可.toml")
    expected = replace(HELD, expected=None, why="已备案", line=2)
    assert (file.waivers, file.unfilled) == ((expected,), ())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('who = "预算处"', 'who = ""', "认可.toml:7: “who”没有填写（认可人）"),
        ('why = "已备案"', "", "认可.toml:2: “why”没有填写（理由）"),
        (
            'rule = "P-04"',
            "",
            "认可.toml:2: 缺少属性“rule”（文字（加引号））",
        ),
        ("until = 2023-12-31", "until = 2023-02-30", "认可.toml:9: TOML 语法错误：没有这个日期"),
        ("until = 2023-12-31", 'until = "年底"', "认可.toml:9: “until”应为日期"),
        ("value = 1200", "value = [1]", "认可.toml:6: 属性“value”应为数字或文字"),
        ("value = 1200", "value = 1.2.3", "认可.toml:6: TOML 语法错误"),
        ("value = 1200", "", "认可.toml:2: 缺少属性“value”（认可时的数值）"),
        ('cell = "', 'celll = "', "认可.toml:5: 不认识的属性“celll”；最接近的是“cell”"),
        ("[[waiver]]", "[[waivers]]", "认可.toml:2: 不认识的属性“waivers”；最接近的是“waiver”"),
        ("\n[[waiver]]", FILE + "[[waiver]]", "认可.toml:10: 与第 2 行是同一个问题，只能写一次"),
    ],
)
def test_a_mistake_in_the_file_is_named_by_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in FILE
    (tmp_path / "认可.toml").write_text(FILE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_waivers(tmp_path / "认可.toml")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_skeleton_is_a_file_that_only_wants_filling_in(
    template: WorkbookTemplate, once: Report, tmp_path: Path
) -> None:
    path = tmp_path / "认可.toml"
    path.write_text(waiver_skeleton(once), encoding="utf-8")
    assert (read_waivers(path).waivers, len(read_waivers(path).unfilled)) == ((), 1)
    filled = path.read_text(encoding="utf-8")
    for key, text in (("who", "预算处"), ("why", "已备案"), ("until", "2023-12-31")):
        filled = filled.replace(f'{key} = ""', f'{key} = "{text}"')
    path.write_text(filled, encoding="utf-8")
    report = apply_waivers(once, read_waivers(path).waivers, template, TODAY)
    assert (report.findings, lapses(report)) == ((), [])


def test_nothing_that_a_unit_wrote_leaves_its_quotes_in_a_skeleton() -> None:
    hostile = 'a"\n[[waiver]]\nwho = "我"\r\x00\x7f\udcff\\'
    wanting = Finding("active_content", Severity.EXPLAIN, hostile, unit="101", stored=hostile)
    workbook = WorkbookReport(Path("1.xlsx"), "", Unit("101", hostile, ""), (wanting,), ())
    text = waiver_skeleton(Report("模板", "id", "digest", (workbook,)))
    [entry] = tomllib.loads(text)["waiver"]
    assert (entry["who"], entry["unit"]) == ("", "101")
    assert entry["value"] == hostile.replace("\udcff", "?")


# ── Command line and reports ─────────────────────────────────────────────────────────────────────


def test_from_skeleton_to_acceptance_on_the_command_line(
    moved: Moved, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    returned, skeleton = str(moved()), tmp_path / "认可.toml"
    assert run(["check", returned, "--waivers-template", str(skeleton)]) == CLEAN
    capsys.readouterr()
    assert run(["check", returned, "--waivers-template", str(skeleton)]) == COULD_NOT_RUN
    assert "已经存在" in capsys.readouterr().err
    assert run(["check", returned, "--waivers", str(skeleton)]) == CLEAN
    assert "有 1 段没有填写" in capsys.readouterr().err
    filled = re.sub('(who|why) = ""', r'\1 = "预算处"', skeleton.read_text(encoding="utf-8"))
    skeleton.write_text(filled.replace('until = ""', "until = 9999-12-31"), encoding="utf-8")
    page = tmp_path / "报告.json"
    assert run(["check", returned, "--waivers", str(skeleton), "-o", str(page)]) == CLEAN
    out = capsys.readouterr().out
    assert "已认可 1 项" in out
    assert "预算处认可" in "".join(out.split())
    assert "9999" not in out  # a date that never comes is none
    document = json.loads(page.read_text(encoding="utf-8"))
    assert document["format_version"] == SCHEMA["properties"]["format_version"]["const"] == 2
    assert [entry["waiver"]["who"] for entry in document["settled"]] == ["预算处"]
    assert (document["findings"], document["lapsed"]) == ([], [])
    assert document["summary"]["accepted"] == document["summary"]["settled"] == 1
    target = str(tmp_path / "汇总.xlsx")
    assert run(["consolidate", returned, "-o", target]) == COULD_NOT_RUN
    assert "有待说明的问题" in capsys.readouterr().err
    assert run(["consolidate", returned, "-o", target, "--waivers", str(skeleton)]) == CLEAN
    assert "（认可 1 项）" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", [".html", ".json", ".xlsx"])
def test_every_report_lists_explained_waived_and_lapsed_apart(
    template: WorkbookTemplate, moved: Moved, tmp_path: Path, suffix: str
) -> None:
    workbook = builders.explained(moved().read_bytes(), ("P-04", "", "已向财政备案"))
    path = builders.returned(tmp_path, "243001.xlsx", workbook)
    gone = replace(HELD, rule="X-23", line=40)
    report = check(path, template, waivers=[gone], today=TODAY)
    target = write_report(report, tmp_path / f"报告{suffix}")
    text = target.read_text(encoding="utf-8") if suffix != ".xlsx" else _all_text(target)
    assert "已说明" in text
    assert "已向财政备案" in text
    assert "这次审核没有这个问题了" in text


def _all_text(path: Path) -> str:
    return "".join(
        content.decode("utf-8", "replace") for content in builders.unpacked(path.read_bytes()).values()
    )


def test_failures_that_are_not_listed_stay_open_when_the_listed_ones_are_waived(
    template: WorkbookTemplate, moved: Moved, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a located cell a rule's failures are listed one by one, up to a limit; here the limit is 0."""
    monkeypatch.setattr("xlbudget.checking.rule_findings.entry_mistakes", lambda *_: Diagnosis(()))
    monkeypatch.setattr("xlbudget.checking.rule_findings._MOST_FINDINGS", 0)
    report = check(moved(), template, waivers=[HELD], today=TODAY)
    [finding] = report.findings
    assert (finding.rule, finding.severity, finding.stored) == ("P-04", Severity.EXPLAIN, Decimal(1))
    assert "除列出的 0 处外，另有 1 处不符" in finding.message
    assert report.workbooks[0].verdict == "待说明"
    counted = replace(HELD, cell="", value=Decimal(1), expected=None)
    assert apply_waivers(report, [counted], template, TODAY).workbooks[0].verdict == "可接收"
    assert len(apply_waivers(report, [replace(counted, value=Decimal(2))], template, TODAY).findings) == 1


def test_checklist_and_reply_tell_what_was_explained_and_waived(
    template: WorkbookTemplate, moved: Moved, tmp_path: Path
) -> None:
    workbook = builders.explained(moved().read_bytes(), ("P-04", "", "已向财政备案"))
    path = builders.returned(tmp_path / "in", "243001.xlsx", workbook)
    report = check(path, template)
    [part] = arrange(report).parts
    [line] = [row for row in checklist(part) if "（P-04）" in row[1]]
    assert line[2] == "不符合"
    assert line[3].startswith("【已说明】") and line[3].endswith("单位说明：已向财政备案")
    text = reply(report, part)
    assert "一、你单位已说明或主管部门已认可，不需要再改\n1. 【已说明】" in text
    assert text.endswith("你单位的说明已收到，等待主管部门认可；没有另行通知的，不需要再报。\n")
    waived = apply_waivers(report, [HELD], template, TODAY)
    [part] = arrange(waived).parts
    [line] = [row for row in checklist(part) if "（P-04）" in row[1]]
    assert line[3].startswith("【已认可】") and "预算处认可，有效期到 2023-12-31" in line[3]
    assert reply(waived, part).endswith("以上供核对，可以接收，不需要再报。\n")
