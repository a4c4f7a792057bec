"""The report as a workbook: to sort, filter and print, with links into the returned files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from xlbudget.files.xlsx_writer import Book, build
from xlbudget.model import CellValue, Finding, Report, RuleStatus, Severity, Unit
from xlbudget.model.words import inert, moment_text
from xlbudget.reports import arrangement as amounts
from xlbudget.reports import conclusions
from xlbudget.reports.arrangement import (
    Arrangement,
    FilePart,
    arrange,
)
from xlbudget.reports.checklist import YES_OR_NO, checklist
from xlbudget.reports.list_layout import LONGEST_TEXT
from xlbudget.reports.rule_names import rule_content, rule_name
from xlbudget.reports.rule_runs import directory
from xlbudget.reports.told import told
from xlbudget.reports.xlsx_lists import (
    AMOUNT,
    CENTRED,
    CENTRED_NUMBER,
    WRAPPED,
    ColouredText,
    FoldedRow,
    LinesText,
    LinkedText,
    ListWriter,
    XlsxColumn,
    XlsxEntry,
)
from xlbudget.reports.xlsx_matrix import MATRIX, TELLING, write_matrix

SUMMARY, FINDINGS, RULES, MISSING = "汇总", "问题清单", "规则运行", "未报送单位"
CHECKLIST = "公开检查表"
SETTLED, DIRECTORY, ROUNDING = "说明与认可", "规则一览", "四舍五入差额"


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

    return build(write, title=report.phrases.report_title, by_row=True)


_UNIT_COLUMNS = (
    XlsxColumn("单位代码", 12),
    XlsxColumn("单位名称", 30),
    XlsxColumn("类别", 12),
    XlsxColumn("结论", 11, CENTRED),
    XlsxColumn(Severity.BLOCKING.label, 10, CENTRED_NUMBER),
    XlsxColumn(Severity.EXPLAIN.label, 16, CENTRED_NUMBER),
    XlsxColumn(Severity.NOTE.label, 8, CENTRED_NUMBER),
    XlsxColumn("报送文件", 34),
    XlsxColumn("备注", 36),
)
_FINDING_COLUMNS = (
    XlsxColumn("级别", 10, CENTRED),
    XlsxColumn("单位代码", 10),
    XlsxColumn("单位名称", 15),
    XlsxColumn("表", 16),
    XlsxColumn("位置", 22),
    XlsxColumn("单元格", 14),
    XlsxColumn("现值", 15, AMOUNT),
    XlsxColumn("应为", 15, AMOUNT),
    XlsxColumn("差额", 14, AMOUNT),
    XlsxColumn("金额单位", 6, CENTRED),
    XlsxColumn("说明", 44),
    XlsxColumn("规则", 18),
    XlsxColumn("规则内容", 30),
    XlsxColumn("报送文件", 30),
)
_PRINTED = 11  # columns of the list of findings; the rest is for filtering on the screen
_RULE_COLUMNS = (
    XlsxColumn("单位代码", 12),
    XlsxColumn("单位名称", 26),
    XlsxColumn("规则", 20),
    XlsxColumn("规则内容", 44),
    XlsxColumn("级别", 15, CENTRED),
    XlsxColumn("状态", 9, CENTRED),
    XlsxColumn("核对处数", 9, CENTRED_NUMBER),
    XlsxColumn("原因", 40),
    XlsxColumn("报送文件", 30),
)
_SETTLED_COLUMNS = (
    XlsxColumn("单位代码", 12),
    XlsxColumn("单位名称", 26),
    XlsxColumn("情形", 10, CENTRED),
    XlsxColumn("规则与位置", 44),
    XlsxColumn("说明", 80),
    XlsxColumn("报送文件", 30),
)
_ROUNDING_COLUMNS = (
    XlsxColumn("单位代码", 12),
    XlsxColumn("单位名称", 26),
    XlsxColumn("表", 34),
    XlsxColumn("行", 30),
    XlsxColumn("栏次", 18),
    XlsxColumn("左边", 14, AMOUNT),
    XlsxColumn("右边", 14, AMOUNT),
    XlsxColumn("差额", 12, AMOUNT),
    XlsxColumn("规则", 14),
    XlsxColumn("报送文件", 30),
)
_CHECKLIST_COLUMNS = (
    XlsxColumn("单位名称", 26),
    XlsxColumn("序号", 6, CENTRED),
    XlsxColumn("检查内容", 48),
    XlsxColumn("符合要求", 10, CENTRED),
    XlsxColumn("问题", 70),
    XlsxColumn("页", 8, CENTRED),
    XlsxColumn("公开文件", 30),
)
_DIRECTORY_COLUMNS = (
    XlsxColumn("规则", 20),
    XlsxColumn("规则内容", 60),
    XlsxColumn("级别", 15, CENTRED),
    *(XlsxColumn(f"{status.label}（份）", 11, CENTRED_NUMBER) for status in RuleStatus),
    XlsxColumn("核对处数", 10, CENTRED_NUMBER),
)
_MISSING_COLUMNS = (XlsxColumn("单位代码", 14), XlsxColumn("单位名称", 44), XlsxColumn("类别", 14))


class _ReportWriter(ListWriter):
    """Writes the sheets of one report."""

    def __init__(self, book: Book, folder: Path, report: Report) -> None:
        super().__init__(book, folder)
        self.paths = {
            name: each.path for each in report.workbooks for name in (str(each.path), each.path.name)
        }

    def summary(self, arrangement: Arrangement, rows: Sequence[int]) -> None:
        """Write what can be accepted, the sums, and a line for each unit."""
        report = arrangement.report
        sheet = self.sheet(SUMMARY, _UNIT_COLUMNS)
        last = len(_UNIT_COLUMNS) - 1
        made = f"　　生成时间 {moment_text(report.made_at)}" if report.made_at else ""
        steps = conclusions.next_steps(arrangement)
        texts: list[tuple[str, float, tuple[tuple[str, object], ...]]] = [
            (report.phrases.report_title, 28, (("bold", True), ("font_size", 16))),
            (report.template_title + made, 18, (("font_color", "#5B6672"),)),
            (conclusions.conclusion(arrangement), 32, (("bold", True), ("font_size", 11))),
            (f"下一步：{'；'.join(steps)}。" if steps else "", 32, ()),
        ]
        for row, (text, height, look) in enumerate(texts):
            sheet.set_row(row, height)
            sheet.merge_range(row, 0, row, last, inert(text), self.style((*look, *WRAPPED), border=False))
        top = len(texts)
        sums = [report.count(severity) for severity in Severity]
        returned = f"报送文件 {len(arrangement.parts)} 份，未报送单位 {len(arrangement.missing)} 个"
        totals: tuple[XlsxEntry, ...] = ("合计", returned, "", "", *sums, "", "")
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
                sheet.write_string(row, 0, inert(remark)[:LONGEST_TEXT], self.style((), border=False))

    def unit(self, part: FilePart, row: int) -> Sequence[XlsxEntry]:
        """Return a line of the summary; the name leads to the unit's first finding."""
        name = LinkedText(part.name, f"internal:'{FINDINGS}'!A{row + 1}") if part.findings else part.name
        return (
            part.code,
            name,
            part.kind,
            ColouredText(part.verdict, part.verdict),
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
            row
            for part, finding in arrangement.findings
            for row in self.finding(part, finding, names, titles.get(finding.rule, ""))
        )
        end = self.listing(sheet, 0, _FINDING_COLUMNS, rows, frozen_columns=3)
        if end == 1:
            sheet.write_string(1, 0, "没有问题。", self.style((), border=False))
        sheet.print_area(0, 0, max(end - 1, 1), _PRINTED - 1)

    def finding(
        self, part: FilePart | None, finding: Finding, names: dict[str, str], title: str
    ) -> Iterator[Sequence[XlsxEntry] | FoldedRow]:
        """Yield what is wrong and what to do as a row, and all the rest as a row that is folded."""
        place = finding.place
        path = part.workbook.path if part else self.paths.get(finding.file)
        address = place.where
        code = finding.unit or (part.code if part else "")
        said = told(finding)
        name = part.name if part else names.get(code, amounts.BETWEEN)
        file = part.file if part else finding.file
        yield (
            ColouredText(finding.severity.label, finding.severity),
            code,
            name,
            place.form,
            amounts.where_text(finding),
            self.linked(address, path, place.sheet, place.address),
            _compared(finding.stored, amounts.stored_text(finding), finding.money),
            _compared(finding.expected, amounts.expected_text(finding), finding.money),
            _compared(finding.difference, amounts.difference_text(finding), finding.money),
            finding.money,
            LinesText(said.lines[: 2 if said.do else 1]),
            rule_name(finding.rule),
            title,
            file,
        )
        if _details(finding):
            blank = ("",) * 3
            yield FoldedRow(
                ("", code, name, place.form, "", "", *blank, "", LinesText(_details(finding)), "", "", file)
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
                rule_name(finding.rule),
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
        rows: Iterable[Sequence[XlsxEntry]] = (
            (
                rule_name(outcome.rule),
                rule_content(outcome.rule, outcome.title),
                outcome.severity.label,
                *(counts[status] for status in RuleStatus),
                instances,
            )
            for outcome, counts, instances in directory(arrangement.parts)
        )
        self.listing(self.sheet(DIRECTORY, _DIRECTORY_COLUMNS), 0, _DIRECTORY_COLUMNS, rows)

    def rules(self, arrangement: Arrangement) -> None:
        """Write a row for each rule of a workbook; of many workbooks those that failed or were not run.

        A rule that held or did not apply is said once for all workbooks, in the directory: of a department
        of 300 units the list has 48,000 rows otherwise.
        """
        alone = len(arrangement.parts) == 1
        rows = (
            (
                part.code,
                part.name,
                rule_name(outcome.rule),
                rule_content(outcome.rule, outcome.title),
                outcome.severity.label,
                ColouredText(outcome.status.label, outcome.status),
                outcome.instances,
                outcome.reason,
                part.file,
            )
            for part in arrangement.parts
            for outcome in part.workbook.outcomes
            if alone or outcome.status in TELLING
        )
        sheet = self.sheet(RULES, _RULE_COLUMNS)
        end = self.listing(sheet, 0, _RULE_COLUMNS, rows, frozen_columns=2)
        counts = Counter(each.status for part in arrangement.parts for each in part.workbook.outcomes)
        left_out = 0 if alone else counts.total() - sum(counts[status] for status in TELLING)
        if left_out:
            note = f"其余 {left_out:,} 项次通过或不适用，各规则的份数见“{DIRECTORY}”。"
            sheet.write_string(end, 0, note, self.style((("font_color", "#5B6672"),), border=False))

    def missing(self, units: Sequence[Unit]) -> None:
        """Write the units that returned nothing."""
        rows = ((unit.code, unit.name, unit.kind) for unit in units)
        self.listing(self.sheet(MISSING, _MISSING_COLUMNS), 0, _MISSING_COLUMNS, rows)


def _first_rows(arrangement: Arrangement) -> list[int]:
    """Return for each unit the row of its first finding in the list of findings."""
    rows = []
    row = 1 + sum(1 + bool(_details(finding)) for finding in arrangement.between)
    for part in arrangement.parts:
        rows.append(row)
        row += sum(1 + bool(_details(finding)) for finding in part.findings)
    return rows


def _details(finding: Finding) -> tuple[str, ...]:
    """Return what stands folded under a finding."""
    said = told(finding)
    return tuple(filter(None, (said.rest, said.aside)))


def _compared(value: CellValue, text: str, money: str) -> XlsxEntry:
    """Return an amount as it is, a count as an integer, other values worded, nothing if none is stated."""
    if isinstance(value, Decimal):
        is_count = not money and value.is_finite() and value == value.to_integral_value()
        return int(value) if is_count else value
    return None if text == amounts.NOT_STATED else text
