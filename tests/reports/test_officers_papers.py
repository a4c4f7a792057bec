"""What the officer hands on: the checklist of each unit, and the reply to it."""

from __future__ import annotations

import io
import shutil
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest
from support import builders, hostile_files
from test_reports import (
    CENTRE,
    HARMLESS,
    HOSTILE_REPORT,
    MIXED,
    OFFICE,
    OUTCOMES,
    WRONG_TOTAL,
    report,
    workbook,
)

from xlbudget import WorkbookTemplate, check
from xlbudget.cli import run
from xlbudget.model import Place, Report, Roster, RuleOutcome, RuleStatus, Severity, Unit
from xlbudget.reports import render
from xlbudget.reports.replies import write_replies
from xlbudget.reports.told import told


def document(given: Report) -> Any:
    return docx.Document(io.BytesIO(render(given, Path("检查表.docx"))))


def tables(given: Report) -> list[list[list[str]]]:
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in document(given).tables]


def test_the_checklist_answers_every_rule_failures_first() -> None:
    [table] = tables(report(workbook(OFFICE, WRONG_TOTAL, outcomes=OUTCOMES)))
    assert table == [
        ["序号", "检查内容", "是否符合", "问题"],
        ["1", "合计等于明细之和（wrong_total）", "不符合", WRONG_TOTAL.message.rstrip("。")],
        ["2", "与上年数比较（N-01）", "未核对", "没有提供上年数据"],
        ["3", "所存数值与重新计算一致（stale_value）", "符合", ""],
        ["4", "公用经费 = 机关运行经费（X-15）", "不适用", "事业单位"],
    ]


def test_rules_that_passed_take_one_line_a_group() -> None:
    def outcome(rule: str, title: str, status: RuleStatus, reason: str = "") -> RuleOutcome:
        return RuleOutcome(rule, title, Severity.BLOCKING, status, 1, reason)

    passed, other = RuleStatus.PASSED, RuleStatus.NOT_APPLICABLE
    outcomes = (
        *(outcome(f"F1-0{number}", "关系", passed) for number in (1, 2, 3)),
        *(outcome(f"F3-0{number}", "关系", passed) for number in (1, 2, 4, 5)),
        outcome("F2-01", "总表等于分表", passed),
        outcome("stale", "结果是新的", passed),
        outcome("text", "金额是数", passed),
        *(outcome(name, f"检查{name}", other, "没有这张表") for name in ("a", "b", "c", "d")),
        outcome("X-01", "关系", other, "事业单位"),
        outcome("X-02", "关系", other, "事业单位"),
        outcome("X-03", "关系", other, "没有这种情形"),
        outcome("X-04", "没有核对的", RuleStatus.NOT_RUN, "没有数据"),
    )
    [table] = tables(report(workbook(OFFICE, outcomes=outcomes)))
    assert table[1:] == [
        ["1", "没有核对的（X-04）", "未核对", "没有数据"],
        ["2", "F1-01、F1-02、F1-03（3 条）", "符合", ""],
        ["3", "总表等于分表（F2-01）", "符合", ""],
        ["4", "F3-01 至 F3-05 中的 4 条", "符合", ""],
        ["5", "结果是新的、金额是数", "符合", ""],
        ["6", "X-01、X-02（2 条）", "不适用", "事业单位"],
        ["7", "关系（X-03）", "不适用", "没有这种情形"],
        ["8", "检查a、检查b、检查c等 4 项", "不适用", "没有这张表"],
    ]


def test_a_finding_is_what_is_wrong_what_to_do_and_the_rest() -> None:
    place = Place("总表", "合计", "", "公开表1", "D7")
    message = (
        f"{place}：公式被数值覆盖，现为 1.00 万元，应为 2.00 万元（保存值 ≠ 重新计算值 ＝ 勾稽关系应得值）。"
        "同列连续 40 格都被覆盖。请恢复原公式（从原模板复制），金额在“录入表。”中改。"
    )
    said = told(replace(WRONG_TOTAL, message=message, place=place))
    assert said.what == "公式被数值覆盖，现为 1.00 万元，应为 2.00 万元。"
    assert said.do == "请恢复原公式（从原模板复制），金额在“录入表。”中改。"
    assert said.rest == "同列连续 40 格都被覆盖。"
    assert said.aside == "保存值 ≠ 重新计算值 ＝ 勾稽关系应得值。"
    assert said.lines == (said.what, f"→ {said.do}", said.rest)
    unclosed = told(replace(WRONG_TOTAL, message="“没有合上（的。请改正。", place=place))
    assert "".join((unclosed.what, unclosed.do, unclosed.rest)) == "“没有合上（的。请改正。"


def test_each_unit_has_a_page_of_its_own_and_files_not_read_one_together() -> None:
    made = document(MIXED)
    texts = [paragraph.text for paragraph in made.paragraphs]
    assert [text for text in texts if text.startswith("单位：")] == [
        "单位：101001 某某厅机关　　类别：行政　　结论：不予接收",
        "单位：101002 某某事业发展中心　　类别：事业　　结论：可接收",
    ]
    breaks = [p.paragraph_format.page_break_before for p in made.paragraphs if p.text == "部门预算审核检查表"]
    assert [bool(each) for each in breaks] == [False, True, True]
    assert sum(text.startswith("审核人（签字）") for text in texts) == 3
    assert "备注：文件由 WPS 表格保存" in texts
    assert "没有通过接收检查的文件 1 份，其余各项都没有核对" in texts
    heading, [number, file, unit, problem] = tables(MIXED)[2]
    assert heading == ["序号", "报送文件", "单位", "问题"]
    assert (number, unit) == ("1", "（未能识别单位）")
    assert file.endswith(".xlsx")
    assert problem == "不能确定是哪个单位的报表；请用下发的工作簿填报"


def test_what_a_unit_wrote_stays_text_in_the_checklist() -> None:
    rows = [row for table in tables(HOSTILE_REPORT) for row in table]
    assert any(HARMLESS in cell for row in rows for cell in row)


def test_the_checklist_of_300_units_is_made_in_seconds() -> None:
    outcomes = tuple(RuleOutcome(f"r{n}", "规则", Severity.NOTE, RuleStatus.PASSED, 1) for n in range(30))
    units = (workbook(Unit(str(100 + n), "单位", "事业"), outcomes=outcomes) for n in range(300))
    started = time.process_time()
    assert len(render(report(*units), Path("r.docx"))) < 2_000_000
    assert time.process_time() - started < 15


def test_a_reply_says_what_where_and_until_when(tmp_path: Path) -> None:
    written = write_replies(MIXED, tmp_path, date(2023, 2, 10))
    assert [path.name for path in written] == [
        "101001_某某厅机关.txt", "101002_某某事业发展中心.txt", "未识别_新建 工作表#1.txt",
        "101003_某某监督管理服务站_催报.txt",
    ]  # fmt: skip
    raw = written[0].read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\n") == raw.count(b"\r\n")
    assert raw.decode("utf-8-sig").replace("\r\n", "\n") == (
        "某某厅机关：\n"
        "你单位报送的“部门预算公开表（2023年）”（文件：101001.xlsx）已审核，结论：不予接收"
        "（必须改正 1 项，请改正或说明 1 项）。\n\n"
        "一、必须改正（改正前不予接收）\n"
        "1. 预算收支总表 · 本年支出合计 · 当年预算安排（公开表1!F40）：合计不等于明细之和，请核对。\n\n"
        "二、请改正；确有原因的，请书面说明\n"
        "1. 预算收入总表 · 合计 · 本年收入（公开表2!C5）：所存数值未更新，请重新计算并保存。\n\n"
        "请于 2023 年 2 月 10 日前在下发的原工作簿中改正并保存，重新报送；"
        "不要另建文件，不要改动公式和表样。\n"
    )
    assert "可以接收，不需要再报" in written[1].read_text("utf-8-sig")
    assert "请于 2023 年 2 月 10 日前报送" in written[3].read_text("utf-8-sig")


def test_a_unit_that_sent_an_archive_hears_of_it_and_is_not_called_silent(tmp_path: Path) -> None:
    sent = replace(
        report(workbook(OFFICE)),
        missing=(CENTRE, Unit("101009", "某某站", "事业")),
        skipped=(f"{CENTRE.code}_预算.rar：未读取，是 RAR 压缩包，请解压后重新报送",),
    )
    texts = {path.name: path.read_text("utf-8-sig") for path in write_replies(sent, tmp_path)}
    assert set(texts) == {
        f"{OFFICE.code}_{OFFICE.name}.txt",
        f"{CENTRE.code}_{CENTRE.name}_未读取.txt",
        "101009_某某站_催报.txt",
    }
    told_of = texts[f"{CENTRE.code}_{CENTRE.name}_未读取.txt"]
    assert f"“{CENTRE.code}_预算.rar”未读取，是 RAR 压缩包，请解压后重新报送。" in told_of
    assert "尚未收到" not in told_of
    assert "尚未收到" in texts["101009_某某站_催报.txt"]


def test_a_reply_names_fifty_of_a_kind_and_the_true_number(tmp_path: Path) -> None:
    many = [replace(WRONG_TOTAL, place=replace(WRONG_TOTAL.place, address=f"F{at}")) for at in range(1, 71)]
    [written] = write_replies(report(workbook(OFFICE, *many)), tmp_path)
    text = written.read_text("utf-8-sig")
    assert "（必须改正 70 项）" in text
    assert "\n50. " in text and "\n51. " not in text
    assert "   wrong_total 共 70 项，以上列出 50 项，其余见批注副本或审核报告。" in text


def test_a_reply_without_a_date_and_to_a_clean_unit(tmp_path: Path) -> None:
    clean, wrong = write_replies(report(workbook(CENTRE), workbook(OFFICE, WRONG_TOTAL)), tmp_path)[::-1]
    assert "没有问题，可以接收，不需要再报。" in clean.read_text("utf-8-sig")
    assert "请尽快在下发的原工作簿中改正" in wrong.read_text("utf-8-sig")


OLD_FORMATS = {
    "103_旧.xls": hostile_files.ole2("Workbook"),
    "103_旧.et": hostile_files.ole2("Workbook"),
    "103_旧.ods": hostile_files.opendocument("spreadsheet"),
}


@pytest.mark.parametrize("name", OLD_FORMATS)
def test_a_reply_about_an_old_format_says_what_to_click_in_wps_and_in_excel(
    template: WorkbookTemplate, tmp_path: Path, name: str
) -> None:
    path = builders.returned(tmp_path / "报送", name, OLD_FORMATS[name])
    [written] = write_replies(check(path, template), tmp_path / "回复")
    text = written.read_text("utf-8-sig")
    assert written.name == "未识别_103_旧.txt"
    for words in (
        f"文件“{name}”是",
        "点“文件”→“另存为”",
        "在 WPS 中选“Microsoft Excel 文件（*.xlsx）”",
        "在 Excel 中选“Excel 工作簿（*.xlsx）”",
        "只改扩展名不行",
        "请尽快按上述办法处理后重新报送",
    ):
        assert words in text
    assert "不要另建文件" not in text


def test_a_file_that_does_not_open_gets_one_reply_by_its_name_and_no_reminder(
    template: WorkbookTemplate, roster: Roster, units: dict[str, bytes], tmp_path: Path
) -> None:
    """By the code or name of a unit in it, or the folder that it lies in; a good return goes before it."""
    folder = tmp_path / "报送"
    builders.returned(folder, "101_坏.xlsx", b"PK\x03\x04")
    builders.returned(folder / "示范厅执法监督局", "预算.et", hostile_files.ole2("Workbook"))
    found = check(folder, template, roster=roster)
    assert [part.unit and part.unit.code for part in found.workbooks] == ["101", "102"]
    assert [unit.code for unit in found.missing] == ["103"]
    written = {path.name: path.read_text("utf-8-sig") for path in write_replies(found, tmp_path / "回复")}
    assert sorted(written) == [
        "101_示范厅机关.txt",
        "102_示范厅执法监督局.txt",
        "103_示范厅信息中心_催报.txt",
    ]
    assert "已损坏或不完整" in written["101_示范厅机关.txt"]
    builders.returned(folder, "101_好.xlsx", units["101"])
    both = check(folder, template, roster=roster)
    assert sorted((part.unit.code if part.unit else "") for part in both.workbooks) == ["", "101", "102"]
    assert both.collective == ()


def test_names_and_texts_that_units_wrote_stay_harmless_in_replies(tmp_path: Path) -> None:
    same = report(*HOSTILE_REPORT.workbooks, replace(HOSTILE_REPORT.workbooks[1]))
    written = write_replies(same, tmp_path)
    assert len({path.name for path in written}) == 3
    assert all(path.parent == tmp_path for path in written)
    assert "\x1b" not in written[0].read_text("utf-8-sig")


def test_a_date_needs_replies_and_must_be_one(
    reference_workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", str(reference_workbook), "--until", "2023-02-10"]) == 2
    assert "--until 是回复中的期限，要与 --replies 同用" in capsys.readouterr().err
    assert run(["check", str(reference_workbook), "--until", "明天", "--replies", str(tmp_path)]) == 2
    assert "参数 --until 的值不合要求" in capsys.readouterr().err
    arguments = ["check", str(reference_workbook), "--replies", str(tmp_path), "--until", "2023-02-10"]
    assert run([*arguments, "-o", str(tmp_path / "检查表.docx")]) == 0
    assert f"回复 1 份已写入 {tmp_path}" in capsys.readouterr().out
    assert docx.Document(str(tmp_path / "检查表.docx")).tables


def test_a_summary_among_the_returns_is_to_be_taken_out_before_joining(
    department_workbooks: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder with a summary in it is not called ready: joined, it would count its units twice."""
    returned = tmp_path / "报送"
    returned.mkdir()
    for path in department_workbooks:
        shutil.copy(path, returned)
    assert run(["check", str(returned), "--no-judge"]) == 0
    assert "可以接收并汇总" in capsys.readouterr().out
    assert run(["consolidate", str(returned), "-o", str(tmp_path / "汇总.xlsx")]) == 0
    shutil.copy(tmp_path / "汇总.xlsx", returned)
    capsys.readouterr()
    run(["check", str(returned), "--no-judge"])
    said = capsys.readouterr().out.replace("\n        ", "").replace("\n", "")
    assert "可以接收并汇总" not in said
    assert "把部门汇总“汇总.xlsx”移出报送文件夹" in said
    assert run(["consolidate", str(returned), "-o", str(tmp_path / "再汇总.xlsx")]) == 2
