"""How a form of a published document hangs together with the others: the rules between them.

What is wrong with a whole form shows there, and is told once: here a form that is last year's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from xlbudget.checking.published.intervals import Agreement, judge
from xlbudget.checking.published.mistakes import FOUND
from xlbudget.checking.published.rules import published_instances
from xlbudget.checking.rules.linear import LinearInstance
from xlbudget.model import Cell, Finding, RecognisedForm, Severity
from xlbudget.returns.published.precision import Interval
from xlbudget.returns.published.workbooks import PublishedWorkbook, ShownAmount

TITLE_YEAR = {"title_year": ("表的标题写的是本文件的年度", Severity.EXPLAIN)}


def ties(part: LinearInstance, form: str, panels: Mapping[str, str], workbook: PublishedWorkbook) -> bool:
    """Whether a rule says that amounts of a form equal amounts of others (a bound proves nothing)."""
    if part.operator != "=":
        return False
    filled = {panels.get(cell.table, "") for cell in part.cells if workbook.interval(cell).middle}
    return form in filled and len(filled) > 1


def is_broken(part: LinearInstance, amounts: Mapping[Cell, ShownAmount], workbook: PublishedWorkbook) -> bool:
    """Whether intervals say that a rule cannot hold for some amounts."""

    def reader(cell: Cell) -> Interval:
        amount = amounts.get(cell)
        return workbook.interval(cell) if amount is None else amount.interval

    return judge(part, reader, workbook.blank).agreement is Agreement.BROKEN


def of_their_year(workbook: PublishedWorkbook) -> tuple[PublishedWorkbook, tuple[Finding, ...]]:
    """Return the workbook without the forms that are another year's, and the findings on their titles.

    A title names another year by a slip, or because the whole table is that year's: then its amounts do not
    agree with the other forms, and are left out.
    """
    year = workbook.document.year
    odd = [form for form in workbook.forms if form.year and year and form.year != year]
    findings = []
    for form in odd:
        foreign = _is_foreign(workbook, form)
        findings.append(_finding(workbook, form, year or 0, foreign=foreign))
        if foreign:
            workbook = _without(workbook, form)
    return workbook, tuple(findings)


def _is_foreign(workbook: PublishedWorkbook, form: RecognisedForm) -> bool:
    panels = {panel.id: one.id for one, panel in workbook.blueprint.template.form_tables}
    own = [
        part for part in published_instances(workbook).instances if ties(part, form.form, panels, workbook)
    ]
    wrong = sum(is_broken(part, workbook.amounts, workbook) for part in own)
    return wrong * 2 > len(own)


def _without(workbook: PublishedWorkbook, form: RecognisedForm) -> PublishedWorkbook:
    panels = {panel.id for one, panel in workbook.blueprint.template.form_tables if one.id == form.form}
    reason = f"{form.place.where}“{form.title}”是 {form.year} 年的表"
    unread = {
        (panel.id, column.key): reason
        for _, panel in workbook.blueprint.template.form_tables
        if panel.id in panels
        for column in panel.columns
    }
    amounts = {cell: amount for cell, amount in workbook.amounts.items() if cell.table not in panels}
    return replace(workbook, amounts=amounts, unread={**workbook.unread, **unread})


def _finding(workbook: PublishedWorkbook, form: RecognisedForm, year: int, *, foreign: bool) -> Finding:
    right = next(one.title for one in workbook.blueprint.template.forms if one.id == form.form)
    what, severity = TITLE_YEAR["title_year"]
    said = f"{form.place.where}“{form.title}”写的是 {form.year} 年，其他各表是 {year} 年"
    message = (
        f"{said}，各数也与其他表对不上，像是整张表用了 {form.year} 年的，没有核对。请换成 {year} 年的表。"
        if foreign
        else f"{said}，各数与其他表相符。请改正年份。"
    )
    return Finding(
        "title_year",
        severity,
        message,
        unit=workbook.unit.code,
        file=str(workbook.path),
        place=replace(form.place, form=right),
        stored=str(form.year),
        expected=str(year),
        kind=what,
        found=form.title[:FOUND],
    )
