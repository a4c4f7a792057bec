"""The report as a workbook: to sort, filter and print, with links into the returned files."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from xlbudget.files.elsewhere import Address
from xlbudget.files.xlsx_writer import Book, Sheet, Style, build
from xlbudget.model import CellValue, Finding, Report, RuleStatus, Severity, Unit, words
from xlbudget.model.words import inert, moment_text
from xlbudget.reports import arrangement as amounts
from xlbudget.reports import conclusions
from xlbudget.reports.arrangement import (
    ACCEPTED,
    EXPLAINED,
    REFUSED,
    TO_EXPLAIN,
    UNCHECKED,
    Arrangement,
    FilePart,
    arrange,
)
from xlbudget.reports.checklist import YES_OR_NO, checklist
from xlbudget.reports.rule_runs import directory
from xlbudget.reports.xlsx_matrix import MATRIX, write_matrix

SUMMARY, FINDINGS, RULES, MISSING = "汇总", "问题清单", "规则运行", "未报送单位"
CHECKLIST = "公开检查表"
SETTLED, DIRECTORY, ROUNDING = "说明与认可", "规则一览", "四舍五入差额"

_FONT = "宋体"
_MONEY = "#,##0.00####"
_SHORT = 12  # characters; longer texts among amounts read better from the left
_LONGEST_TEXT = 32_000  # characters; a cell takes 32,767
_LONGEST_LINK = 2_000  # UTF-16 units; Excel takes 2,079
_MOST_LINKS = 65_000  # in one sheet; Excel takes 65,530
_MOST_ROWS = 1_000_000  # in one sheet; Excel takes 1,048,576
_HIGHEST = 400.0  # points; Excel takes 409
_A4 = 9

_COLOURS: dict[object, dict[str, str]] = {
    Severity.BLOCKING: {"font_color": "#B42318", "bg_color": "#FBE9E7"},
    Severity.EXPLAIN: {"font_color": "#9A5B00", "bg_color": "#FDF3E1"},
    Severity.NOTE: {"font_color": "#4A6078", "bg_color": "#ECF0F4"},
    REFUSED: {"font_color": "#B42318"},
    TO_EXPLAIN: {"font_color": "#9A5B00"},
    UNCHECKED: {"font_color": "#7A1F7A"},
    ACCEPTED: {"font_color": "#3D4852"},
    EXPLAINED: {"font_color": "#4A6078"},
    RuleStatus.FAILED: {"font_color": "#B42318"},
    RuleStatus.NOT_RUN: {"font_color": "#9A5B00"},
    RuleStatus.NOT_APPLICABLE: {"font_color": "#5B6672"},
    RuleStatus.PASSED: {"font_color": "#3D4852"},
}

_CELL = re.compile(r"\$?[A-Z]{1,3}\$?[1-9][0-9]{0,6}(:\$?[A-Z]{1,3}\$?[1-9][0-9]{0,6})?")
_WIDE = re.compile(r"[\u2e80-\U0010ffff]")
_PERCENT_ENCODED = {ord(each): f"%{ord(each):02x}" for each in '%#" <>[]^`{}'}


def render(report: Report, path: Path) -> bytes:
    """Return the workbook; links to returned files are relative to the folder of ``path``."""
    arrangement = arrange(report)

    def write(book: Book) -> None:
        writer = _ReportWriter(book, path.parent, report)
        rows = _first_rows(arrangement)
        writer.summary(arrangement, rows)
        writer.findings(arrangement)
        if any(part.workbook.settled or part.workbook.lapsed for part in arrangement.parts):
            writer.settled(arrangement)
        if any(part.workbook.rounding for part in arrangement.parts):
            writer.rounding(arrangement)
        if any(part.workbook.values_only for part in arrangement.parts):
            writer.checklist(arrangement)
        if any(part.workbook.outcomes for part in arrangement.parts):
            write_matrix(book, writer.sheet(MATRIX, ()), arrangement)
            writer.directory(arrangement)
        writer.rules(arrangement)
        if arrangement.missing:
            writer.missing(arrangement.missing)

    return build(write, title=amounts.TITLE, by_row=True)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a list: heading, width, and look of its cells."""

    heading: str
    width: float
    look: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class _Linked:
    """A text that opens something when clicked."""

    text: str
    link: str


@dataclass(frozen=True, slots=True)
class _Coloured:
    """A text in the colour of what it stands for."""

    text: str
    colour: object


_Entry = CellValue | int | _Linked | _Coloured

_CENTRED = (("align", "center"),)
_WRAPPED = (("text_wrap", True),)
_AMOUNT = (("align", "right"), ("text_wrap", True))
_CENTRED_NUMBER = (("align", "center"), ("num_format", "#,##0"))

_UNIT_COLUMNS = (
    _Column("单位代码", 12),
    _Column("单位名称", 30),
    _Column("类别", 12),
    _Column("结论", 11, _CENTRED),
    _Column(Severity.BLOCKING.label, 10, _CENTRED_NUMBER),
    _Column(Severity.EXPLAIN.label, 16, _CENTRED_NUMBER),
    _Column(Severity.NOTE.label, 8, _CENTRED_NUMBER),
    _Column("报送文件", 34),
    _Column("备注", 36),
)
_FINDING_COLUMNS = (
    _Column("级别", 10, _CENTRED),
    _Column("单位代码", 10),
    _Column("单位名称", 15),
    _Column("表", 16),
    _Column("位置", 22),
    _Column("单元格", 14),
    _Column("现值", 15, _AMOUNT),
    _Column("应为", 15, _AMOUNT),
    _Column("差额", 14, _AMOUNT),
    _Column("金额单位", 6, _CENTRED),
    _Column("说明", 44),
    _Column("规则", 18),
    _Column("规则内容", 30),
    _Column("报送文件", 30),
)
_PRINTED = 11  # columns of the list of findings; the rest is for filtering on the screen
_RULE_COLUMNS = (
    _Column("单位代码", 12),
    _Column("单位名称", 26),
    _Column("规则", 20),
    _Column("规则内容", 44),
    _Column("级别", 15, _CENTRED),
    _Column("状态", 9, _CENTRED),
    _Column("核对处数", 9, _CENTRED_NUMBER),
    _Column("原因", 40),
    _Column("报送文件", 30),
)
_SETTLED_COLUMNS = (
    _Column("单位代码", 12),
    _Column("单位名称", 26),
    _Column("情形", 10, _CENTRED),
    _Column("规则与位置", 44),
    _Column("说明", 80),
    _Column("报送文件", 30),
)
_ROUNDING_COLUMNS = (
    _Column("单位代码", 12),
    _Column("单位名称", 26),
    _Column("表", 34),
    _Column("行", 30),
    _Column("栏次", 18),
    _Column("左边", 14, _AMOUNT),
    _Column("右边", 14, _AMOUNT),
    _Column("差额", 12, _AMOUNT),
    _Column("规则", 14),
    _Column("报送文件", 30),
)
_CHECKLIST_COLUMNS = (
    _Column("单位名称", 26),
    _Column("序号", 6, _CENTRED),
    _Column("检查内容", 48),
    _Column("符合要求", 10, _CENTRED),
    _Column("问题", 70),
    _Column("页", 8, _CENTRED),
    _Column("公开文件", 30),
)
_DIRECTORY_COLUMNS = (
    _Column("规则", 20),
    _Column("规则内容", 60),
    _Column("级别", 15, _CENTRED),
    *(_Column(f"{status.label}（份）", 11, _CENTRED_NUMBER) for status in RuleStatus),
    _Column("核对处数", 10, _CENTRED_NUMBER),
)
_MISSING_COLUMNS = (_Column("单位代码", 14), _Column("单位名称", 44), _Column("类别", 14))


class _ReportWriter:
    """Writes the sheets of one report."""

    def __init__(self, book: Book, folder: Path, report: Report) -> None:
        self.book = book
        self.folder = folder
        self.paths = {
            name: each.path for each in report.workbooks for name in (str(each.path), each.path.name)
        }
        self.styles: dict[tuple[tuple[str, object], ...], Style] = {}
        self.links: dict[Sheet, int] = {}

    # the sheets

    def summary(self, arrangement: Arrangement, rows: Sequence[int]) -> None:
        """Write what can be accepted, the sums, and a line for each unit."""
        report = arrangement.report
        sheet = self.sheet(SUMMARY, _UNIT_COLUMNS)
        last = len(_UNIT_COLUMNS) - 1
        made = f"　　生成时间 {moment_text(report.made_at)}" if report.made_at else ""
        steps = conclusions.next_steps(arrangement)
        texts: list[tuple[str, float, tuple[tuple[str, object], ...]]] = [
            (amounts.TITLE, 28, (("bold", True), ("font_size", 16))),
            (report.template_title + made, 18, (("font_color", "#5B6672"),)),
            (conclusions.conclusion(arrangement), 32, (("bold", True), ("font_size", 11))),
            (f"下一步：{'；'.join(steps)}。" if steps else "", 32, ()),
        ]
        for row, (text, height, look) in enumerate(texts):
            sheet.set_row(row, height)
            sheet.merge_range(row, 0, row, last, inert(text), self.style((*look, *_WRAPPED), border=False))
        top = len(texts)
        sums = [report.count(severity) for severity in Severity]
        returned = f"报送文件 {len(arrangement.parts)} 份，未报送单位 {len(arrangement.missing)} 个"
        totals: tuple[_Entry, ...] = ("合计", returned, "", "", *sums, "", "")
        for column, entry in enumerate(totals):
            self.cell(sheet, top, column, entry, (*_UNIT_COLUMNS[column].look, ("bold", True)))
        sheet.set_row(top, 20)
        end = self.listing(
            sheet,
            top + 1,
            _UNIT_COLUMNS,
            (self.unit(*each) for each in zip(arrangement.parts, rows, strict=True)),
        )
        end += 1
        grey = self.style((("font_color", "#5B6672"),), border=False)
        sheet.write_string(end, 0, inert(conclusions.recalculation(report)), grey)
        if report.skipped:
            sheet.write_string(end + 1, 0, "未检查的文件", self.style((("bold", True),), border=False))
            for row, remark in enumerate(report.skipped, end + 2):
                sheet.write_string(row, 0, inert(remark)[:_LONGEST_TEXT], self.style((), border=False))

    def unit(self, part: FilePart, row: int) -> Sequence[_Entry]:
        """Return a line of the summary; the name leads to the unit's first finding."""
        name = _Linked(part.name, f"internal:'{FINDINGS}'!A{row + 1}") if part.findings else part.name
        return (
            part.code,
            name,
            part.kind,
            _Coloured(part.verdict, part.verdict),
            *(part.count(severity) for severity in Severity),
            self.linked(part.file, part.workbook.path),
            "；".join(part.workbook.remarks),
        )

    def findings(self, arrangement: Arrangement) -> None:
        """Write a row for each finding, its address leading into the returned file."""
        sheet = self.sheet(FINDINGS, _FINDING_COLUMNS)
        titles = arrangement.rule_titles
        names = {part.code: part.name for part in arrangement.parts if part.unit}
        names |= {unit.code: unit.name for unit in arrangement.missing}
        rows = (
            self.finding(part, finding, names, titles.get(finding.rule, ""))
            for part, finding in arrangement.findings
        )
        end = self.listing(sheet, 0, _FINDING_COLUMNS, rows, frozen_columns=3)
        if end == 1:
            sheet.write_string(1, 0, "没有问题。", self.style((), border=False))
        sheet.print_area(0, 0, max(end - 1, 1), _PRINTED - 1)

    def finding(
        self, part: FilePart | None, finding: Finding, names: dict[str, str], title: str
    ) -> Sequence[_Entry]:
        """Return a row of the list of findings."""
        place = finding.place
        path = part.workbook.path if part else self.paths.get(finding.file)
        address = place.where
        code = finding.unit or (part.code if part else "")
        return (
            _Coloured(finding.severity.label, finding.severity),
            code,
            part.name if part else names.get(code, amounts.BETWEEN),
            place.form,
            amounts.where_text(finding),
            self.linked(address, path, place.sheet, place.address),
            _compared(finding.stored, amounts.stored_text(finding), finding.money),
            _compared(finding.expected, amounts.expected_text(finding), finding.money),
            _compared(finding.difference, amounts.difference_text(finding), finding.money),
            finding.money,
            amounts.message_text(finding),
            finding.rule,
            title,
            part.file if part else finding.file,
        )

    def settled(self, arrangement: Arrangement) -> None:
        """Write a row for each finding explained or waived, and for each waiver that does not hold."""
        rows = (
            (part.code, part.name, *line, part.file)
            for part in arrangement.parts
            for line in conclusions.settled_lines(part)
        )
        self.listing(self.sheet(SETTLED, _SETTLED_COLUMNS), 0, _SETTLED_COLUMNS, rows, frozen_columns=2)

    def rounding(self, arrangement: Arrangement) -> None:
        """Write a row for each difference that rounding explains: no mistakes."""
        rows = (
            (
                part.code,
                part.name,
                finding.place.form,
                finding.place.line,
                finding.place.column,
                finding.stored if isinstance(finding.stored, Decimal) else None,
                finding.expected if isinstance(finding.expected, Decimal) else None,
                finding.difference,
                finding.rule,
                part.file,
            )
            for part in arrangement.parts
            for finding in part.workbook.rounding
        )
        self.listing(self.sheet(ROUNDING, _ROUNDING_COLUMNS), 0, _ROUNDING_COLUMNS, rows, frozen_columns=2)

    def checklist(self, arrangement: Arrangement) -> None:
        """Write what was checked in each published document, as districts keep it."""
        rows = (
            (part.name, *line._replace(answer=YES_OR_NO.get(line.answer, line.answer)), part.file)
            for part in arrangement.parts
            for line in checklist(part)
        )
        sheet = self.sheet(CHECKLIST, _CHECKLIST_COLUMNS)
        self.listing(sheet, 0, _CHECKLIST_COLUMNS, rows, frozen_columns=1)

    def directory(self, arrangement: Arrangement) -> None:
        """Write each rule once, with how often it had which result."""
        rows: Iterable[Sequence[_Entry]] = (
            (
                outcome.rule,
                outcome.title,
                outcome.severity.label,
                *(counts[status] for status in RuleStatus),
                instances,
            )
            for outcome, counts, instances in directory(arrangement.parts)
        )
        self.listing(self.sheet(DIRECTORY, _DIRECTORY_COLUMNS), 0, _DIRECTORY_COLUMNS, rows)

    def rules(self, arrangement: Arrangement) -> None:
        """Write a row for each rule of each workbook."""
        rows = (
            (
                part.code,
                part.name,
                outcome.rule,
                outcome.title,
                outcome.severity.label,
                _Coloured(outcome.status.label, outcome.status),
                outcome.instances,
                outcome.reason,
                part.file,
            )
            for part in arrangement.parts
            for outcome in part.workbook.outcomes
        )
        self.listing(self.sheet(RULES, _RULE_COLUMNS), 0, _RULE_COLUMNS, rows, frozen_columns=2)

    def missing(self, units: Sequence[Unit]) -> None:
        """Write the units that returned nothing."""
        rows = ((unit.code, unit.name, unit.kind) for unit in units)
        self.listing(self.sheet(MISSING, _MISSING_COLUMNS), 0, _MISSING_COLUMNS, rows)

    # their parts

    def sheet(self, name: str, columns: Sequence[_Column]) -> Sheet:
        """Add a sheet set up for A4 across, one page wide."""
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&L&8&A&R&8第 &P 页，共 &N 页")
        sheet.hide_gridlines(2)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
        return sheet

    def listing(
        self,
        sheet: Sheet,
        top: int,
        columns: Sequence[_Column],
        rows: Iterable[Sequence[_Entry]],
        frozen_columns: int = 0,
    ) -> int:
        """Write headings, frozen and repeated, and rows with filters; return the row after the last."""
        heading = self.style(
            (("bold", True), ("bg_color", "#E9EDF1"), ("align", "center"), ("valign", "vcenter"), *_WRAPPED)
        )
        sheet.set_row(top, 30)
        for at, column in enumerate(columns):
            sheet.write_string(top, at, column.heading, heading)
        row, left_out = top + 1, 0
        for entries in rows:
            if row > _MOST_ROWS:
                left_out += 1
                continue
            sheet.set_row(row, _height(columns, entries))
            for at, (column, entry) in enumerate(zip(columns, entries, strict=True)):
                self.cell(sheet, row, at, entry, column.look)
            row += 1
        sheet.autofilter(top, 0, max(row - 1, top), len(columns) - 1)
        sheet.freeze_panes(top + 1, frozen_columns)
        sheet.repeat_rows(top)
        if left_out:
            note = f"另有 {left_out:,} 行超出工作表的容量，未列出；全部内容见 json 报告。"
            sheet.write_string(row, 0, note, self.style((("bold", True),), border=False))
            row += 1
        return row

    def cell(
        self, sheet: Sheet, row: int, column: int, entry: _Entry, look: tuple[tuple[str, object], ...]
    ) -> None:
        """Write one entry: amounts as numbers, everything else as text that stays text."""
        if isinstance(entry, Decimal | int) and not isinstance(entry, bool):
            number = float(entry)
            if Decimal(repr(number)) == entry:
                money = isinstance(entry, Decimal)
                sheet.write_number(
                    row, column, number, self.style((*look, ("num_format", _MONEY)) if money else look)
                )
                return
            entry = words.amount_text(Decimal(entry))
        link = ""
        if isinstance(entry, _Linked) and self.links.setdefault(sheet, 0) < _MOST_LINKS:
            link = entry.link
            self.links[sheet] += 1
        if isinstance(entry, _Coloured):
            look = (*look, *_COLOURS[entry.colour].items())
        text = inert(_text(entry))[:_LONGEST_TEXT]
        if look == _AMOUNT and len(text) > _SHORT:
            look = (("align", "left"),)
        look = (*look, *_WRAPPED, ("quote_prefix", text.startswith(("=", "+", "-", "@"))))
        if link:
            look = (*look, ("font_color", "#1F4E79"), ("underline", 1))
            sheet.write_url(row, column, link, self.style(look), text)
        elif text:
            sheet.write_string(row, column, text, self.style(look))
        else:
            sheet.write_blank(row, column, None, self.style(look))

    def style(self, look: tuple[tuple[str, object], ...], *, border: bool = True) -> Style:
        """Return the format of that look; equal looks share one."""
        key = (*look, ("border", 1 if border else 0))
        if key not in self.styles:
            base = {"font_name": _FONT, "font_size": 10, "valign": "vcenter", "border_color": "#C9D0D8"}
            self.styles[key] = self.book.add_format(base | dict(key))
        return self.styles[key]

    def linked(self, text: str, path: Path | None, sheet: str = "", address: str = "") -> _Entry:
        """Return ``text`` as a link to a cell of a returned file, or as it is if no link can be made."""
        link = _external(path, self.folder, sheet, address) if path and text else ""
        return _Linked(text, link) if link else text


def _first_rows(arrangement: Arrangement) -> list[int]:
    """Return for each unit the row of its first finding in the list of findings."""
    rows = []
    row = 1 + len(arrangement.between)
    for part in arrangement.parts:
        rows.append(row)
        row += len(part.findings)
    return rows


def _compared(value: CellValue, text: str, money: str) -> _Entry:
    """Return an amount as it is, a count as an integer, other values worded, nothing if none is stated."""
    if isinstance(value, Decimal):
        is_count = not money and value.is_finite() and value == value.to_integral_value()
        return int(value) if is_count else value
    return None if text == amounts.NOT_STATED else text


def _height(columns: Sequence[_Column], entries: Sequence[_Entry]) -> float:
    """Return the height in points that shows every text in full (WPS does not find it by itself)."""
    lines = 1
    for column, entry in zip(columns, entries, strict=True):
        if not isinstance(entry, Decimal | int):
            text = _text(entry)
            room = column.width - 1
            if 2 * len(text) > room:
                width = len(text) + len(_WIDE.findall(text))
                lines = max(lines, math.ceil(width / room))
    return min(5.0 + 13.5 * lines, _HIGHEST)


def _text(entry: _Entry) -> str:
    """Return the text of an entry that is no number."""
    if isinstance(entry, _Linked | _Coloured):
        return entry.text
    return "" if entry is None else str(entry)


def _external(path: Path, folder: Path, sheet: str, address: str) -> str:
    """Return the link to a cell of a file, relative to ``folder``; empty if it cannot be said in Excel."""
    if isinstance(path, Address):
        return ""
    try:
        relative = Path(os.path.relpath(path.absolute(), folder.absolute())).as_posix()
    except ValueError:  # on another drive
        relative = path.absolute().as_posix()
    if not relative.startswith(("../", "/")) and not Path(relative).is_absolute():
        relative = f"./{relative}"
    link = f"external:{relative.translate(_PERCENT_ENCODED)}"
    if sheet:
        cell = address if _CELL.fullmatch(address) else "A1"
        link += "#'{}'!{}".format(sheet.replace("'", "''"), cell)
    sayable = inert(link) == link and "\\" not in link and len(link.encode("utf-16-le")) // 2 <= _LONGEST_LINK
    return link if sayable else ""
