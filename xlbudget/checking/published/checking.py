"""A file that holds values only → its report: what was recognised, the rules by intervals, nothing else.

Findings of the reader stand beside those of the rules, each with an outcome of its own, so that the
report says what was looked for and what was not run, as for any other workbook.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from xlbudget.checking.published.rules import run_published_rules
from xlbudget.files.xlsx import Limits
from xlbudget.model import (
    Cell,
    Finding,
    Place,
    Roster,
    RuleOutcome,
    RuleStatus,
    Severity,
    WorkbookReport,
    WorkbookTemplate,
)
from xlbudget.returns.published.precision import mixed
from xlbudget.returns.published.reading import read_published
from xlbudget.returns.published.workbooks import PublishedWorkbook

CHECKS = {
    "missing_form": ("公开表没有找到或不完整", Severity.EXPLAIN),
    "unrecognised_part": ("没有识别的表或行", Severity.EXPLAIN),
    "unreadable_printed_amount": ("金额无法读取", Severity.BLOCKING),
    "mixed_precision": ("同一栏的小数位数不一", Severity.NOTE),
}
"""What the reader of values looks for: title and severity by name."""


def check_published(
    path: Path, template: WorkbookTemplate, roster: Roster | None = None, limits: Limits | None = None
) -> WorkbookReport:
    """Check a file that holds values only; raises UnreadableWorkbook with the reason."""
    return report_published(read_published(path, template, roster, limits))


def report_published(workbook: PublishedWorkbook) -> WorkbookReport:
    """Return the report of a workbook of values."""
    found = [*_missing(workbook), *_unrecognised(workbook), *_unreadable(workbook), *_mixed(workbook)]
    run = run_published_rules(workbook)
    checks = []
    for name, (title, severity) in CHECKS.items():
        failed = any(finding.rule == name for finding in found)
        status = RuleStatus.FAILED if failed else RuleStatus.PASSED
        checks.append(RuleOutcome(name, title, severity, status, 1))
    order = list(Severity)
    findings = sorted([*found, *run.findings], key=lambda finding: order.index(finding.severity))
    return WorkbookReport(
        path=workbook.path,
        sha256=workbook.sha256,
        unit=workbook.unit if workbook.unit.name else None,
        findings=tuple(findings),
        outcomes=(*checks, *run.outcomes),
        remarks=tuple(_remarks(workbook, len(run.rounding))),
        rounding=run.rounding,
        values_only=True,
    )


def _remarks(workbook: PublishedWorkbook, rounding: int) -> Iterator[str]:
    total = len(workbook.blueprint.template.forms)
    unit = f"单位“{workbook.unit.name}”，" if workbook.unit.name else "没有写明单位名称，"
    yield (
        f"按公开数值核对：{unit}识别出 {len(workbook.forms)}/{total} 张表，"
        f"读到 {len(workbook.amounts)} 个金额；录入表不在文件中，需要录入表的关系没有运行。"
    )
    if rounding:
        yield f"另有 {rounding} 处差额由四舍五入解释，不是错误，单独列出。"
    yield from workbook.remarks


def _finding(workbook: PublishedWorkbook, rule: str, message: str, place: Place, text: str = "") -> Finding:
    return Finding(
        rule=rule,
        severity=CHECKS[rule][1],
        message=message,
        unit=workbook.unit.code,
        file=str(workbook.path),
        place=place,
        stored=text or None,
    )


def _missing(workbook: PublishedWorkbook) -> Iterator[Finding]:
    template = workbook.blueprint.template
    there = {found.form for found in workbook.forms}
    for form in template.forms:
        if form.id not in there:
            message = (
                f"没有找到“{form.title}”，与它有关的关系没有运行。"
                "请补上这张表；表在文件中的，请核对标题和栏目是否完整。"
            )
            yield _finding(workbook, "missing_form", message, Place(form.title))
            continue
        sheet = next(found.sheet for found in workbook.forms if found.form == form.id)
        for panel in form.panels:
            for column in panel.columns:
                reason = workbook.unread.get((panel.id, column.key), "")
                if reason and not column.hidden and "栏" in reason:
                    message = f"{reason}，与该栏有关的关系没有运行。请核对该表的栏目。"
                    place = Place(form.title, "", column.name, sheet)
                    yield _finding(workbook, "missing_form", message, place)


def _unrecognised(workbook: PublishedWorkbook) -> Iterator[Finding]:
    titles = {panel.id: form.title for form, panel in workbook.blueprint.template.panels}
    for part in workbook.unrecognised:
        form = titles.get(part.panel, "")
        what = f"“{part.text}”" if part.text else "（没有文字）"
        lost = "，该表逐行相加的关系没有运行" if form else ""
        message = (
            f"{form or '工作表'}（{part.sheet}!{part.address}）{what}没有识别：{part.reason}{lost}。"
            "请核对名称、编码和标题；确属本表以外的内容，可以不理。"
        )
        place = Place(form, part.text, "", part.sheet, part.address)
        yield _finding(workbook, "unrecognised_part", message, place, part.text)


def _unreadable(workbook: PublishedWorkbook) -> Iterator[Finding]:
    for cell, text in workbook.unreadable.items():
        place = workbook.place(cell)
        message = f"{place}：“{text}”不是金额，用到它的关系没有核对。请改为数值。"
        yield _finding(workbook, "unreadable_printed_amount", message, place, text)


def _mixed(workbook: PublishedWorkbook) -> Iterator[Finding]:
    """Yield one note for each column whose amounts are printed to different numbers of decimals."""
    columns: defaultdict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in workbook.amounts:
        columns[cell.table, cell.column].append(cell)
    for cells in columns.values():
        counted = mixed(workbook.amounts[cell].decimals for cell in cells)
        if not counted:
            continue
        usual = max(counted, key=lambda decimals: counted[decimals])
        odd = [cell for cell in sorted(cells) if workbook.amounts[cell].decimals != usual]
        place = workbook.place(odd[0])
        counts = "、".join(f"{decimals} 位小数 {count} 个" for decimals, count in counted.items())
        listed = "、".join(f"{workbook.line_name(cell)} {workbook.amounts[cell]}" for cell in odd[:3])
        message = (
            f"{place.form} · {place.column}（{place.sheet}!{place.address}）：同一栏的小数位数不一"
            f"（{counts}），如 {listed}；各数按自己的位数核对。请统一小数位数。"
        )
        yield _finding(workbook, "mixed_precision", message, place)
