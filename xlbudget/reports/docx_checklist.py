"""The checklist that finance departments keep (检查内容 | 是否符合 | 问题), a page for each unit, as docx."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from xlbudget.files.docx import (
    WD_ALIGN_PARAGRAPH,
    WD_ORIENT,
    Mm,
    Pt,
    new_document,
    nsdecls,
    parse_xml,
    undated,
)
from xlbudget.model import Finding, Report, RuleOutcome, RuleStatus
from xlbudget.model.words import inert, natural
from xlbudget.reports.arrangement import FilePart, arrange
from xlbudget.reports.conclusions import settled_line

TITLE = "部门预算审核检查表"
HEADINGS = ("序号", "检查内容", "是否符合", "问题")
ANSWERS = {
    RuleStatus.PASSED: "符合",
    RuleStatus.FAILED: "不符合",
    RuleStatus.NOT_APPLICABLE: "不适用",
    RuleStatus.NOT_RUN: "未核对",
}
_WIDTHS = (740, 3800, 1200, 4460)  # twentieths of a point, on A4 upright with margins of 15 mm
_FONT = "宋体"
_SIGNATURES = "审核人（签字）：　　　　　　　　复核人（签字）：　　　　　　　　日期：　　　　年　　月　　日"


def render(report: Report, path: Path) -> bytes:
    """Return the document; ``path`` has no influence on it."""
    document = new_document(TITLE, _FONT, 10)
    _set_up(document)
    arrangement = arrange(report)
    for number, part in enumerate(arrangement.parts):
        _unit(document, report, part, first=not number)
    if not arrangement.parts:
        _line(document, "没有检查任何文件。")
    return undated(document)


def _set_up(document: Any) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(15)
    section.top_margin = section.bottom_margin = Mm(15)
    document.styles["Normal"].paragraph_format.space_after = Pt(2)


def _unit(document: Any, report: Report, part: FilePart, *, first: bool) -> None:
    """Write one unit's page: who, the table, what follows, room for signatures."""
    head = _line(document, TITLE, size=16, bold=True, centred=True)
    head.paragraph_format.page_break_before = not first
    _line(document, report.template_title, centred=True)
    _line(
        document,
        f"单位：{part.code} {part.name}　　类别：{part.kind or '—'}　　结论：{part.verdict}",
        bold=True,
    )
    _line(document, f"报送文件：{part.file}　　审核时间：{report.made_at or '—'}")
    placeholder = document.add_table(rows=1, cols=1)._tbl
    placeholder.getparent().replace(placeholder, parse_xml(_table(checklist(part))))
    if part.workbook.remarks:
        _line(document, "备注：" + "；".join(part.workbook.remarks))
    _line(document, "“未核对”是缺少可核对的数据，不等于符合；原因见问题栏。")
    _line(document, "")
    _line(document, _SIGNATURES)


def _table(rows: Iterable[Sequence[str]]) -> str:
    """Return the table as WordprocessingML: written at once, since the library takes a second a page."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in _WIDTHS)
    heading = "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>" + _cells(HEADINGS, bold=HEADINGS)
    failed = (ANSWERS[RuleStatus.FAILED],)
    body = "".join(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{_cells(row, bold=failed)}</w:tr>" for row in rows)
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/>'
        f'<w:tblW w:w="{sum(_WIDTHS)}" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid><w:tr>{heading}</w:tr>{body}</w:tbl>"
    )


def _cells(row: Sequence[str], bold: Sequence[str]) -> str:
    pieces = []
    for text, width in zip(row, _WIDTHS, strict=True):
        look = "<w:rPr><w:b/></w:rPr>" if text in bold else ""
        words = f'<w:t xml:space="preserve">{escape(inert(text))}</w:t>'
        cell = f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:r>{look}{words}</w:r></w:p>'
        pieces.append(f"<w:tc>{cell}</w:tc>")
    return "".join(pieces)


def _line(document: Any, text: str, *, size: float = 10, bold: bool = False, centred: bool = False) -> Any:
    paragraph = document.add_paragraph()
    run = paragraph.add_run(inert(text))
    run.bold, run.font.size = bold, Pt(size)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return paragraph


def checklist(part: FilePart) -> Iterator[tuple[str, str, str, str]]:
    """Yield number, what is checked, whether it holds, and what is wrong, for each rule; failures first.

    Findings of no rule that ran (a file that was refused) come before all.
    """
    by_rule: dict[str, list[Finding]] = {}
    for finding in part.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    known = {outcome.rule for outcome in part.workbook.outcomes}
    number = 0
    for rule, findings in by_rule.items():
        if rule not in known:
            number += 1
            yield str(number), "文件接收检查", ANSWERS[RuleStatus.FAILED], _problems(findings)
    settled = _settled(part)
    for outcome in sorted(part.workbook.outcomes, key=_failures_first):
        number += 1
        problems = [_problems(by_rule.get(outcome.rule, ())), *settled.get(outcome.rule, ())]
        problem = "；".join(filter(None, problems)) or outcome.reason
        yield str(number), f"{outcome.title}（{outcome.rule}）", _answer(outcome, by_rule), problem


def _settled(part: FilePart) -> dict[str, list[str]]:
    """Return what was explained or waived, in words, by rule."""
    found: dict[str, list[str]] = {}
    for each in part.workbook.settled:
        word, _, told = settled_line(each)
        found.setdefault(each.finding.rule, []).append(f"【{word}】{told.rstrip('。')}")
    return found


def _answer(outcome: RuleOutcome, by_rule: dict[str, list[Finding]]) -> str:
    return ANSWERS[RuleStatus.FAILED if outcome.rule in by_rule else outcome.status]


def _failures_first(outcome: RuleOutcome) -> tuple[int, object]:
    order = (RuleStatus.FAILED, RuleStatus.NOT_RUN, RuleStatus.PASSED, RuleStatus.NOT_APPLICABLE)
    return order.index(outcome.status), natural(outcome.rule)


def _problems(findings: list[Finding] | tuple[()]) -> str:
    return "；".join(finding.message.rstrip("。") for finding in findings)
