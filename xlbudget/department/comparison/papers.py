"""What differs between two returns of one unit, for the terminal and as a workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from xlbudget.department.comparison import Comparison, EntryChange, Fate, FindingChange, FormChange
from xlbudget.model import CellValue, WorkbookReport
from xlbudget.model.words import amount_text, inert, value_text
from xlbudget.reports.arrangement import message_text
from xlbudget.reports.listings import ListColumn, ListSheet, listings_workbook
from xlbudget.returns.identification import named_apart

TITLE = "两次报送对比"

_ENTRIES = (
    ListColumn("变动", 8, "word"),
    ListColumn("录入表", 16),
    ListColumn("行", 42),
    ListColumn("栏次", 22),
    ListColumn("单元格", 10),
    ListColumn("原报", 18, "amount"),
    ListColumn("新报", 18, "amount"),
    ListColumn("差额（元）", 18, "amount"),
)
_FORMS = (
    ListColumn("公开表", 40),
    ListColumn("行", 34),
    ListColumn("栏次", 22),
    ListColumn("单元格", 10),
    ListColumn("原报", 18, "amount"),
    ListColumn("新报", 18, "amount"),
    ListColumn("差额", 18, "amount"),
    ListColumn("金额单位", 9, "word"),
)
_FINDINGS = (
    ListColumn("情况", 16, "word"),
    ListColumn("级别", 15, "word"),
    ListColumn("规则", 20),
    ListColumn("单元格", 20),
    ListColumn("问题", 90),
)


def comparison_workbook(comparison: Comparison) -> bytes:
    """Return the comparison as a workbook of three lists: entries, form cells, findings."""
    heading = f"{TITLE}：{comparison.unit.code} {comparison.unit.name}"
    files = tuple(_files(comparison))
    return listings_workbook(
        TITLE,
        (
            ListSheet("录入变动", _ENTRIES, map(_entry_row, comparison.entries), (heading, *files)),
            ListSheet("公开表变动", _FORMS, map(_form_row, comparison.forms), (heading, *files)),
            ListSheet("问题变动", _FINDINGS, map(_finding_row, comparison.findings), (heading, *files)),
        ),
    )


def _entry_row(change: EntryChange) -> Sequence[str | Decimal | None]:
    old, new = (_typed(value) for value in (change.old, change.new))
    place = change.place.address
    return change.way.value, change.sheet, change.row, change.column, place, old, new, change.difference


def _typed(value: object) -> str | Decimal | None:
    return value if isinstance(value, Decimal) or value is None else str(value)


def _form_row(change: FormChange) -> Sequence[str | Decimal | None]:
    place = change.place
    amounts = change.old, change.new, change.difference
    return place.form, place.line, place.column, place.address, *amounts, change.money


def _finding_row(change: FindingChange) -> Sequence[str | Decimal | None]:
    finding = change.finding
    cell = "!".join(part for part in (finding.place.sheet, finding.place.address) if part)
    return change.fate.value, finding.severity.label, finding.rule, cell, message_text(finding)


def _files(comparison: Comparison) -> Iterator[str]:
    reports = (comparison.old, comparison.new)
    names = named_apart([report.path for report in reports])
    for word, name, report in zip(("原报", "新报"), names, reports, strict=True):
        yield f"{word}：{name}（{report.verdict}，{_counted(report)}）"


def _counted(report: WorkbookReport) -> str:
    return f"问题 {len(report.findings)} 个" if report.findings else "没有问题"


def comparison_text(comparison: Comparison, limit: int = 20) -> str:
    """Return the comparison as lines of text: a summary first, then up to ``limit`` lines of each list.

    Entries are in 元, form cells in the money of the form, as the headings say.
    """
    return "\n".join(map(inert, _lines(comparison, limit))) + "\n"


def _lines(comparison: Comparison, limit: int) -> Iterator[str]:
    yield f"{TITLE}：{comparison.unit.code} {comparison.unit.name}"
    yield from (f"  {line}" for line in _files(comparison))
    if comparison.same:
        yield "两次报送内容相同：录入、公开表和问题都没有变动。"
        return
    fates = "，".join(f"{fate.value} {comparison.count(fate)}" for fate in Fate if comparison.count(fate))
    yield (
        f"录入变动 {len(comparison.entries)} 处，公开表变动 {len(comparison.forms)} 处；"
        f"问题：{fates or '两次都没有'}"
    )
    yield from _section("录入变动（元）", [_entry_line(change) for change in comparison.entries], limit)
    money = comparison.forms[0].money if comparison.forms else ""
    changed = [part for part in comparison.findings if part.fate is not Fate.UNCHANGED]
    yield from _section("问题变动", [_finding_line(change) for change in changed], limit)
    yield from _section(f"公开表变动（{money}）", [_form_line(change) for change in comparison.forms], limit)


def _section(title: str, lines: Sequence[str], limit: int) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from (f"  {line}" for line in lines[:limit])
    if len(lines) > limit:
        yield f"  ……另有 {len(lines) - limit} 处，用 -o 写出全部"


def _entry_line(change: EntryChange) -> str:
    old, new = (_value(value) for value in (change.old, change.new))
    where = f"{change.way.value}  {change.sheet} · {change.row} · {change.column}（{change.place.address}）"
    return f"{where}：{old} → {new}{_difference(change.difference)}"


def _value(value: CellValue) -> str:
    return amount_text(value) if isinstance(value, Decimal) else value_text(value, "")


def _form_line(change: FormChange) -> str:
    old, new = amount_text(change.old), amount_text(change.new)
    return f"{change.place}：{old} → {new}{_difference(change.difference)}"


def _difference(value: Decimal | None) -> str:
    return "" if value is None else f"（{'+' if value > 0 else ''}{amount_text(value)}）"


def _finding_line(change: FindingChange) -> str:
    finding = change.finding
    return f"{change.fate.value}  【{finding.severity.label}】{message_text(finding)}（{finding.rule}）"
