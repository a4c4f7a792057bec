"""The checklist that finance departments keep (检查内容 | 是否符合 | 问题), a page for each unit, as docx.

Files that were not read stand together in one list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from xlbudget.files.docx import (
    WD_ORIENT,
    Mm,
    Pt,
    new_document,
    paragraph,
    undated,
)
from xlbudget.model import Report, RuleStatus
from xlbudget.model.words import inert, moment_text
from xlbudget.reports.arrangement import FilePart, arrange
from xlbudget.reports.checklist import ANSWERS, YES_OR_NO, checklist, problems
from xlbudget.reports.conclusions import coverage_text, recalculation

HEADINGS = ("序号", "检查内容", "是否符合", "问题")
PUBLISHED_HEADINGS = ("序号", "检查内容", "符合要求", "问题", "页")
_PUBLISHED_WIDTHS = (740, 3500, 1100, 4060, 740)
_WIDTHS = (740, 3800, 1200, 4460)  # twentieths of a point, on A4 upright with margins of 15 mm
_UNREAD_HEADINGS = ("序号", "报送文件", "单位", "问题")
_UNREAD_WIDTHS = (740, 2800, 2200, 4460)
_FONT = "宋体"
_SIZE = 10
_SIGNATURES = "审核人（签字）：　　　　　　　　复核人（签字）：　　　　　　　　日期：　　　　年　　月　　日"


def render(report: Report, path: Path) -> bytes:
    """Return the document; ``path`` has no influence on it."""
    document = new_document(report.phrases.checklist_title, _FONT, _SIZE)
    _set_up(document)
    return undated(document, _pages(report))


def _set_up(document: Any) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(15)
    section.top_margin = section.bottom_margin = Mm(15)
    document.styles["Normal"].paragraph_format.space_after = Pt(2)


def _pages(report: Report) -> Iterator[str]:
    """Yield the pages, page by page: a department's are never in memory together."""
    parts = arrange(report).parts
    checked = [part for part in parts if not part.unread]
    unread = [part for part in parts if part.unread]
    for number, part in enumerate(checked):
        yield from _unit(report, part, first=not number)
    if unread:
        yield from _together(report, unread, first=not checked)
    if not parts:
        yield _line("没有检查任何文件。")


def _head(report: Report, *, first: bool, published: bool = False) -> str:
    phrases = report.phrases
    title = paragraph(
        phrases.published_title if published else phrases.checklist_title,
        size=16,
        bold=True,
        centred=True,
        page=not first,
    )
    return title + _line(report.template_title, centred=True)


def _unit(report: Report, part: FilePart, *, first: bool) -> Iterator[str]:
    """Yield one unit's page: who, the table, what follows, room for signatures."""
    published = part.workbook.values_only
    yield _head(report, first=first, published=published)
    kind = part.kind or "—"
    yield _line(f"单位：{part.code} {part.name}　　类别：{kind}　　结论：{part.verdict}", bold=True)
    yield _line(f"报送文件：{part.file}　　审核时间：{moment_text(report.made_at) or '—'}")
    if published:
        lines = (line._replace(answer=YES_OR_NO.get(line.answer, line.answer)) for line in checklist(part))
        yield _table(PUBLISHED_HEADINGS, _PUBLISHED_WIDTHS, lines)
        yield _line(coverage_text(part))
    else:
        yield _table(HEADINGS, _WIDTHS, (line[:4] for line in checklist(part, together=True)))
    if part.workbook.remarks:
        yield _line("备注：" + "；".join(part.workbook.remarks))
    yield _line("“未核对”是缺少可核对的数据，不等于符合；原因见问题栏。")
    yield _line(recalculation(report))
    yield _line("")
    yield _line(_SIGNATURES)


def _together(report: Report, parts: Sequence[FilePart], *, first: bool) -> Iterator[str]:
    """Yield one list of the files that were not read: nothing was checked on any of them."""
    yield _head(report, first=first)
    yield _line(f"没有通过接收检查的文件 {len(parts)} 份，其余各项都没有核对", bold=True)
    yield _line(f"审核时间：{moment_text(report.made_at) or '—'}")
    rows = (
        (str(number), part.file, f"{part.code} {part.name}".strip(), problems(part.findings))
        for number, part in enumerate(parts, 1)
    )
    yield _table(_UNREAD_HEADINGS, _UNREAD_WIDTHS, rows)
    yield _line("")
    yield _line(_SIGNATURES)


def _table(headings: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[str]]) -> str:
    """Return the table as WordprocessingML."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    heading = "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>" + _cells(headings, widths, bold=headings)
    wrong = ANSWERS[RuleStatus.FAILED]
    failed = (wrong, YES_OR_NO[wrong])
    body = "".join(
        f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{_cells(row, widths, bold=failed)}</w:tr>" for row in rows
    )
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/>'
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid><w:tr>{heading}</w:tr>{body}</w:tbl>"
    )


def _cells(row: Sequence[str], widths: Sequence[int], bold: Sequence[str]) -> str:
    pieces = []
    for text, width in zip(row, widths, strict=True):
        look = "<w:rPr><w:b/></w:rPr>" if text in bold else ""
        words = f'<w:t xml:space="preserve">{escape(inert(text))}</w:t>'
        cell = f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:r>{look}{words}</w:r></w:p>'
        pieces.append(f"<w:tc>{cell}</w:tc>")
    return "".join(pieces)


def _line(text: str, *, bold: bool = False, centred: bool = False) -> str:
    return paragraph(inert(text), size=_SIZE, bold=bold, centred=centred)
