"""A document that others published → its report: what was recognised, the rules by intervals, coverage.

Findings of the reader stand beside those of the rules, each with an outcome of its own, so that the
report says what was looked for and what was not run, as for any other workbook.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from xlbudget.checking.published.clipped import CLIPPED, clipped_digits
from xlbudget.checking.published.coded_rows import coded_checks
from xlbudget.checking.published.coverage import counts_of, covered_numbers
from xlbudget.checking.published.empty_notes import EMPTY, empty_note_faults
from xlbudget.checking.published.fit import follows
from xlbudget.checking.published.form_money import FORM_MONEY, settled_money
from xlbudget.checking.published.form_ties import TITLE_YEAR, of_their_year
from xlbudget.checking.published.general import general_checks
from xlbudget.checking.published.lone_amounts import LONE, lone_negative
from xlbudget.checking.published.mistakes import FOUND
from xlbudget.checking.published.page_faults import PAGES, page_faults
from xlbudget.checking.published.rules import run_published_rules
from xlbudget.checking.published.shifted_rows import SHIFTED, shifted_rows
from xlbudget.checking.published.text_checks import text_checks
from xlbudget.checking.published.twins import TWINS, twin_faults
from xlbudget.files.xlsx import Limits
from xlbudget.model import (
    Cell,
    Finding,
    Operand,
    Place,
    PublishedDocument,
    Roster,
    RuleOutcome,
    RuleStatus,
    Severity,
    WorkbookReport,
    WorkbookTemplate,
)
from xlbudget.returns.published.documents import read_document
from xlbudget.returns.published.lines import Unrecognised
from xlbudget.returns.published.precision import mixed
from xlbudget.returns.published.reading import published_workbook
from xlbudget.returns.published.recognition import recognised
from xlbudget.returns.published.texts import bare_title
from xlbudget.returns.published.workbooks import PublishedWorkbook

CHECKS = {
    "missing_form": ("公开表没有找到或不完整", Severity.EXPLAIN),
    "unrecognised_part": ("没有识别的表或行", Severity.EXPLAIN),
    "title_differs": ("表的标题与规定的不同", Severity.EXPLAIN),
    **TITLE_YEAR,
    "missing_total": ("表中的合计行齐全", Severity.EXPLAIN),
    "other_table": ("不属于本套报表的表格", Severity.NOTE),
    "unreadable_printed_amount": ("金额无法读取", Severity.BLOCKING),
    "mixed_precision": ("同一栏的小数位数不一", Severity.NOTE),
    **PAGES,
    **EMPTY,
    **FORM_MONEY,
    **TWINS,
    **LONE,
    **CLIPPED,
    **SHIFTED,
}
"""What the reader of values looks for: title and severity by name."""


def check_published(
    path: Path,
    templates: Sequence[WorkbookTemplate],
    roster: Roster | None = None,
    limits: Limits | None = None,
) -> WorkbookReport:
    """Check a published document by that of ``templates`` which it follows.

    A document that follows none is checked for what any table must fulfil, and counts as not checked.
    Raises UnreadableWorkbook with the reason.
    """
    return check_read(read_document(path, limits), templates, roster)


def check_read(
    document: PublishedDocument, templates: Sequence[WorkbookTemplate], roster: Roster | None = None
) -> WorkbookReport:
    """Check a published document that is read, as :func:`check_published` does."""
    template = recognised(document, templates)
    if template is None:
        return report_unknown(document, templates)
    workbook = published_workbook(document, template, roster)
    if not follows(workbook):
        return report_unknown(document, templates, template)
    return report_published(workbook)


def report_unknown(
    document: PublishedDocument, templates: Sequence[WorkbookTemplate], alike: WorkbookTemplate | None = None
) -> WorkbookReport:
    """Return the report of a document that follows no template; that of ``alike`` has forms of its titles."""
    general = general_checks(document)
    text = text_checks(document)
    codes = coded_checks(document, templates)
    moved = shifted_rows(document, text.facts)
    twins = twin_faults(text.facts, (), general.findings, str(document.path))
    found = [*page_faults(document, ""), *moved.findings, *moved.left(twins.findings), *codes.findings]
    found += text.findings
    file = str(document.path)
    found += [
        *empty_note_faults(document),
        *lone_negative(text.facts, file),
        *clipped_digits(text.facts, file),
    ]
    numbers = covered_numbers(document, others=general.judged | twins.judged, said=text.judged)
    looked = "只做了任何文件都适用的核对（合计、编码、文字），没有核对各表的勾稽"
    reason = f"{_unlike(document, templates, alike)}；{looked}"
    return WorkbookReport(
        path=document.path,
        sha256=document.sha256,
        unit=None,
        findings=tuple(found),
        outcomes=(*_outcomes(found, UNKNOWN), *general.outcomes, *codes.outcomes, *text.outcomes),
        remarks=(*document.remarks, f"{reason}。"),
        values_only=True,
        unchecked=reason,
        covered=counts_of(numbers),
        numbers=numbers,
        unread=_unread(document),
        shared=text.shared,
    )


def _unlike(
    document: PublishedDocument, templates: Sequence[WorkbookTemplate], alike: WorkbookTemplate | None
) -> str:
    """Say why a document follows no template."""
    if alike is not None:
        return f"文件里的表有的与“{alike.title}”同名，但栏目和行不是那套表的"
    names = "、".join(f"“{template.title}”" for template in templates[:4])
    what = f"的 {len(document.tables)} 张表格不是" if document.tables else "没有"
    return f"文件里{what}{names}{'等' if len(templates) > 4 else ''}的表"


_MANY = 20  # amounts of a document from which on one with other decimals is odd
UNKNOWN = (
    "unread_page",
    "clipped_text",
    "clipped_digit",
    "empty_note",
    "same_line",
    "lone_negative",
    "shifted_rows",
)
"""What is looked for in a document of no template, beside the general checks."""


def _line_of(place: Place) -> tuple[str, float]:
    """Return what tells one line of a document from others."""
    return place.where, place.box.top if place.box is not None else 0.0


def _outcomes(found: Sequence[Finding], names: Iterable[str]) -> Iterator[RuleOutcome]:
    for name in names:
        title, severity = CHECKS[name]
        failed = any(finding.rule == name for finding in found)
        status = RuleStatus.FAILED if failed else RuleStatus.PASSED
        yield RuleOutcome(name, title, severity, status, 1)


def _unread(document: PublishedDocument) -> tuple[Operand, ...]:
    return tuple(Operand(page.unread, Place(page=page.number)) for page in document.unread)


def report_published(workbook: PublishedWorkbook) -> WorkbookReport:
    """Return the report of a published document whose forms were recognised."""
    money = settled_money(workbook)
    workbook, years = of_their_year(money.workbook)
    found = [*_missing(workbook), *_unrecognised(workbook), *_unreadable(workbook), *_mixed(workbook)]
    found += [*_titles(workbook), *_lost_totals(workbook)]
    found += page_faults(workbook.document, workbook.unit.code)
    found += empty_note_faults(workbook.document)
    found += [*money.findings, *years]
    general = general_checks(workbook.document, [part.table for part in workbook.unrecognised])
    codes = coded_checks(workbook.document, [workbook.blueprint.template])
    text = text_checks(workbook.document, workbook.blueprint.template, workbook.unit.code, money.meant)
    moved = shifted_rows(workbook.document, text.facts)
    run = run_published_rules(replace(workbook, absent=workbook.absent | moved.cells(workbook.places)))
    forms = {number for form in workbook.forms for number in form.tables}
    twins = twin_faults(text.facts, forms, general.findings, str(workbook.path))
    found += [*moved.findings, *moved.left(twins.findings)]
    if not run.findings:  # else the rules name it, or may have to do with it
        found += lone_negative(text.facts, str(workbook.path))
    numbers = covered_numbers(
        workbook.document, workbook.cells, run.judged, general.judged | twins.judged, text.judged
    )
    told = {_line_of(one.place) for one in found if one.rule == "title_year"}
    said = (one for one in text.findings if one.rule != "text_year" or _line_of(one.place) not in told)
    findings = sorted(
        [*found, *run.findings, *codes.findings, *said],
        key=lambda finding: finding.severity.rank,
    )
    return WorkbookReport(
        path=workbook.path,
        sha256=workbook.sha256,
        unit=workbook.unit if workbook.unit.name else None,
        findings=tuple(findings),
        outcomes=(
            *_outcomes(found, CHECKS),
            *general.outcomes,
            *run.outcomes,
            *codes.outcomes,
            *text.outcomes,
        ),
        remarks=tuple(_remarks(workbook, len(run.rounding), run.certificate)),
        rounding=run.rounding,
        values_only=True,
        unchecked="" if workbook.forms else "没有识别出任何一张表",
        covered=counts_of(numbers),
        numbers=numbers,
        unread=_unread(workbook.document),
        template=workbook.blueprint.template.id,
        shared=text.shared,
    )


def _remarks(workbook: PublishedWorkbook, rounding: int, certificate: str) -> Iterator[str]:
    total = len(workbook.blueprint.template.forms)
    unit = f"单位“{workbook.unit.name}”，" if workbook.unit.name else "没有写明单位名称，"
    yield (
        f"按公开数值核对：{unit}识别出 {len(workbook.forms)}/{total} 张表，"
        f"读到 {len(workbook.amounts)} 个金额；录入表不在文件中，需要录入表的关系没有运行。"
    )
    if rounding:
        yield f"另有 {rounding} 处差额由四舍五入解释，不是错误，单独列出。"
    if certificate:
        yield certificate
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
        found=text[:FOUND],
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
        where = next(found.place for found in workbook.forms if found.form == form.id)
        for panel in form.panels:
            for column in panel.columns:
                reason = workbook.unread.get((panel.id, column.key), "")
                if reason and not column.hidden and reason.endswith("栏"):
                    message = f"{reason}，与该栏有关的关系没有运行。请核对该表的栏目。"
                    place = replace(where, form=form.title, column=column.name, address="")
                    yield _finding(workbook, "missing_form", message, place)


def _lost_totals(workbook: PublishedWorkbook) -> Iterator[Finding]:
    """Yield the totals that a form does not print: what is made of its other lines, and cannot be blank."""
    there = {found.form: found.place for found in workbook.forms}
    for form in workbook.blueprint.template.forms:
        for panel in form.panels if form.id in there else ():
            rows = workbook.blueprint.layout.tables[panel.id].lines
            if not any(cell.table == panel.id for cell in workbook.amounts):
                continue
            absent = {cell.row for cell in workbook.absent if cell.table == panel.id}
            printed = {cell.row for cell in workbook.amounts if cell.table == panel.id}
            for line in panel.lines:
                if line.bold and rows.get(line.key) in absent:
                    label = panel.label(line)
                    beside = rows[line.key] in printed
                    message = (
                        f"{there[form.id].where}“{form.title}”的“{label}”行与表头印在一行，"
                        "表头所在的栏没有合计数，与它们有关的关系没有运行。请把这一行单独印出。"
                        if beside
                        else f"{there[form.id].where}“{form.title}”没有“{label}”行，"
                        "与它有关的关系没有运行。请补上这一行。"
                    )
                    place = replace(there[form.id], form=form.title, line=label)
                    finding = _finding(workbook, "missing_total", message, place)
                    yield replace(finding, severity=Severity.NOTE) if beside else finding


def _titles(workbook: PublishedWorkbook) -> Iterator[Finding]:
    """Yield the titles that are nearly those of their forms: letters mistyped, or words left out or added."""
    forms = {form.id: form for form in workbook.blueprint.template.forms}
    for found in workbook.forms:
        if found.exact:
            continue
        right, printed = forms[found.form].title, found.title
        mistyped = len(bare_title(right)) == len(bare_title(printed))
        message = f"{found.place.where}“{printed}”与规定的标题“{right}”不同，" + (
            "疑有错字。请改正标题。" if mistyped else "按栏目识别为这张表。请核对标题。"
        )
        place = replace(found.place, form=right)
        finding = _finding(workbook, "title_differs", message, place, printed)
        yield replace(
            finding, severity=finding.severity if mistyped else Severity.NOTE, expected=right, kind="name"
        )


def _unrecognised(workbook: PublishedWorkbook) -> Iterator[Finding]:
    titles = {panel.id: form.title for form, panel in workbook.blueprint.template.panels}
    for part in workbook.unrecognised:
        if part.table is not None:
            yield _other_table(workbook, part)
            continue
        form = titles.get(part.panel, "")
        what = f"“{part.text}”" if part.text else "（没有文字）"
        lost = "，该表逐行相加的关系没有运行" if form else ""
        message = (
            f"{form or '表格'}（{part.place.where}）{what}没有识别：{part.reason}{lost}。"
            "请核对名称、编码和标题；确属本表以外的内容，可以不理。"
        )
        place = replace(part.place, form=form, line=part.text)
        yield _finding(workbook, "unrecognised_part", message, place, part.text)


def _other_table(workbook: PublishedWorkbook, part: Unrecognised) -> Finding:
    """Return the note on a table that is no form: it is held to what any table must fulfil."""
    message = (
        f"{part.place.where}“{part.text}”：{part.reason}，只核对了它自己的合计和编码。"
        "是本套报表的，请核对标题和栏目；不是的，可以不理。"
    )
    return _finding(workbook, "other_table", message, replace(part.place, line=part.text), part.text)


def _unreadable(workbook: PublishedWorkbook) -> Iterator[Finding]:
    for cell, text in workbook.unreadable.items():
        place = workbook.place(cell)
        message = f"{place}：“{text}”不是金额，用到它的关系没有核对。请改为数值。"
        yield _finding(workbook, "unreadable_printed_amount", message, place, text)


def _mixed(workbook: PublishedWorkbook) -> Iterator[Finding]:
    """Yield one note for each column whose amounts are printed to different numbers of decimals.

    Where one amount of the whole document has fewer than all others, a digit is likely cut off.
    """
    every = Counter(amount.decimals for amount in workbook.amounts.values())
    lone = len(every) == 2 and min(every.values()) == 1 and every.total() > _MANY
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
            f"{place.form} · {place.column}（{place.where}）：同一栏的小数位数不一"
            f"（{counts}），如 {listed}；各数按自己的位数核对。请统一小数位数。"
        )
        finding = _finding(workbook, "mixed_precision", message, place)
        if lone and 0 < workbook.amounts[odd[0]].decimals < usual:
            words = str(workbook.amounts[odd[0]])
            few = len(words.partition(".")[2])
            message = f"{place}：全文只有“{words}”是 {few} 位小数，末位可能没有印出。请补全。"
            finding = replace(finding, severity=Severity.EXPLAIN, message=message, found=words, stored=words)
        yield finding
