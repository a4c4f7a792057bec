"""What is exported, as tables of plain values: texts, whole numbers, and amounts as Decimal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.printed_values import form_values
from xlbudget.files.whole_files import readable_name
from xlbudget.model import Finding, Submission, WorkbookReport, WorkbookTemplate

Value = str | int | Decimal | None
Returned = tuple[WorkbookReport, Submission | None]
"""The report of a file, and what was read from it, if anything."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name, ``string``, ``integer`` or ``number`` (Decimal), what it holds in Chinese.

    ``fiscal`` is its ColumnType in a Fiscal Data Package, where it has one.
    """

    name: str
    kind: str
    title: str
    fiscal: str = ""


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table: name, what it holds, its columns, its rows."""

    name: str
    title: str
    fields: tuple[Field, ...]
    rows: tuple[tuple[Value, ...], ...]


_UNIT = (
    Field("unit_code", "string", "单位编码", "administrative-classification:generic:code"),
    Field("unit_name", "string", "单位名称", "administrative-classification:generic:label"),
)


def tables_of(template: WorkbookTemplate, returned: Iterable[Returned]) -> tuple[DataTable, ...]:
    """Return the four tables of what units returned: entries, ledger, cells, findings.

    ``entries`` has every entry, ``ledger`` the amounts of ledgers with the codes that classify them (元),
    ``cells`` the amounts that the forms print (exact, in form money), ``findings`` what is open and what
    is settled. The order is that of ``returned``, then of the workbook.
    """
    entries: list[tuple[Value, ...]] = []
    ledger: list[tuple[Value, ...]] = []
    cells: list[tuple[Value, ...]] = []
    findings: list[tuple[Value, ...]] = []
    for report, submission in returned:
        if submission is not None:
            entries += _entries(template, submission)
            ledger += _ledger(template, submission)
            cells += _cells(template, submission)
        findings += _findings(report)
    typed = template.entry_money
    moneys = {column.money for _, panel in template.panels for column in panel.columns} - {""}
    several = moneys != {template.form_money}
    money = "见“金额单位”一栏" if several else template.form_money
    place = (
        Field("table", "string", "录入表"),
        Field("row", "integer", "第几行（从 1 起）"),
        Field("column", "string", "栏"),
    )
    return (
        DataTable(
            "entries",
            "录入数",
            (*_UNIT, *place, Field("text", "string", "文字"), Field("amount", "number", f"金额（{typed}）")),
            tuple(entries),
        ),
        DataTable(
            "ledger",
            "录入的金额及其科目",
            (
                *_UNIT,
                Field("year", "integer", "年度", "date:fiscal-year"),
                *place,
                *(Field(key, "string", key, kind) for key, kind in template.fiscal.items()),
                Field("amount", "number", f"金额（{typed}）", "value"),
            ),
            tuple(ledger),
        ),
        DataTable(
            "cells",
            "公开表的金额（重新计算，未舍入）",
            (
                *_UNIT,
                Field("form", "integer", "公开表"),
                Field("line", "string", "行"),
                Field("column", "string", "栏"),
                Field("amount", "number", f"金额（{money}）"),
                *((Field("money", "string", "金额单位"),) if several else ()),
            ),
            tuple(cells if several else (row[:-1] for row in cells)),
        ),
        DataTable("findings", "审核发现的问题", _FINDING, tuple(findings)),
    )


def _entries(template: WorkbookTemplate, submission: Submission) -> Iterator[tuple[Value, ...]]:
    unit = submission.unit
    for entry in template.entries:
        for row in submission.entries.get(entry.id, ()):
            for key, value in row.values.items():
                if value is not None and value != "":
                    text, amount = (None, value) if isinstance(value, Decimal) else (str(value), None)
                    yield unit.code, unit.name, entry.id, row.row + 1, key, text, amount


def _ledger(template: WorkbookTemplate, submission: Submission) -> Iterator[tuple[Value, ...]]:
    """Yield the amounts of ledgers that have the first of the classifying columns; others repeat them.

    Rows taken over from last year are no amounts of this one.
    """
    unit, first = submission.unit, next(iter(template.fiscal), "")
    for entry in template.entries:
        if not entry.is_ledger or entry.prior_rows or first not in {column.key for column in entry.columns}:
            continue
        for row in submission.entries.get(entry.id, ()):
            codes = [_text(row.values.get(key)) for key in template.fiscal]
            for key, value in row.values.items():
                if isinstance(value, Decimal) and value:
                    yield unit.code, unit.name, template.year, entry.id, row.row + 1, key, *codes, value


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _cells(template: WorkbookTemplate, submission: Submission) -> Iterator[tuple[Value, ...]]:
    unit = submission.unit
    evidence = Evidence(template, submission)
    for part in form_values(evidence):
        money = evidence.money(part.cell)
        yield unit.code, unit.name, part.form, part.line, part.column, part.value, money


_FINDING = (
    *_UNIT,
    Field("file", "string", "文件"),
    Field("rule", "string", "规则"),
    Field("severity", "string", "级别：blocking 不予接收，explain 改正或说明，note 提示"),
    Field("settled", "string", "waived 已认可，explained 单位已说明；空为未处理"),
    Field("form", "string", "表"),
    Field("line", "string", "行"),
    Field("column", "string", "栏"),
    Field("sheet", "string", "工作表"),
    Field("address", "string", "单元格"),
    Field("stored", "number", "报送值"),
    Field("expected", "number", "应为"),
    Field("difference", "number", "差额"),
    Field("money", "string", "金额单位"),
    Field("message", "string", "说明"),
)


def _findings(report: WorkbookReport) -> Iterator[tuple[Value, ...]]:
    for finding in report.findings:
        yield _finding(report, finding, None)
    for part in report.settled:
        yield _finding(report, part.finding, "waived" if part.waiver else "explained")


def _finding(report: WorkbookReport, finding: Finding, settled: str | None) -> tuple[Value, ...]:
    unit, place = report.unit, finding.place
    known: Sequence[Value] = (
        unit.code if unit else None,
        unit.name if unit else None,
        readable_name(report.path.name),
        finding.rule,
        finding.severity.value,
        settled,
        *(part or None for part in (place.form, place.line, place.column, place.sheet, place.address)),
    )
    amounts = (
        value if isinstance(value, Decimal) else None
        for value in (finding.stored, finding.expected, finding.difference)
    )
    return (*known, *amounts, finding.money or None, finding.message)
