"""Forms whose caption names another unit of money than their amounts are in: one cause, one finding.

A form in 万元 that says 元 breaks every rule that ties it to other forms. Where one factor for all amounts of
one form mends nearly all of them, the caption is the fault: it is told once, and the form is judged as it is
meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from xlbudget.checking.published.form_ties import is_broken, ties
from xlbudget.checking.published.mistakes import FOUND
from xlbudget.checking.published.rules import published_instances
from xlbudget.model import Cell, Finding, Operand, Place, PrintedLine, PublishedDocument, Severity
from xlbudget.returns.published.precision import Interval
from xlbudget.returns.published.texts import MONEY, money_in
from xlbudget.returns.published.workbooks import PublishedWorkbook, ShownAmount

FORM_MONEY = {"form_money": ("表上写的金额单位与数相符", Severity.BLOCKING)}
_LEAST = 2  # rules broken between a form and others from which on its unit of money is doubted
_MENDED = 0.25  # part of them that may stay broken


@dataclass(frozen=True)
class SettledMoney:
    """A workbook read in the money that its amounts are in; ``meant`` the unit of tables that say another."""

    workbook: PublishedWorkbook
    findings: tuple[Finding, ...] = ()
    meant: Mapping[int, str] = field(default_factory=dict)


def settled_money(workbook: PublishedWorkbook) -> SettledMoney:
    """Return the workbook with the unit of money of one form put right where that mends its rules."""
    if len(workbook.forms) < 2:
        return SettledMoney(workbook)
    instances = published_instances(workbook).instances
    common = Counter(form.money for form in workbook.forms).most_common(1)[0][0]
    broken = [part for part in instances if is_broken(part, workbook.amounts, workbook)]
    panels = {panel.id: form.id for form, panel in workbook.blueprint.template.form_tables}
    best: tuple[bool, int, str, int] | None = None
    for form in workbook.forms:
        own = [part for part in instances if ties(part, form.form, panels, workbook)]
        wrong = [part for part in broken if part in own]
        odd = form.money != common
        if len(wrong) < (1 if odd else _LEAST) or len(wrong) * (10 if odd else 2) < len(own):
            continue
        meant = MONEY if len(wrong) >= _LEAST else (common,)  # one rule alone is mended by many factors
        for power in sorted({MONEY.get(name, 0) - MONEY.get(form.money, 0) for name in meant} - {0}):
            scaled = _scaled(workbook, form.form, panels, power)
            left = sum(is_broken(part, scaled, workbook) for part in own)
            mended = len(wrong) - left
            if left <= _MENDED * len(wrong) and (best is None or (odd, mended) > best[:2]):
                best = odd, mended, form.form, power
    return SettledMoney(workbook) if best is None else _put_right(workbook, *best[1:], panels)


def _put_right(
    workbook: PublishedWorkbook, mended: int, name: str, power: int, panels: Mapping[str, str]
) -> SettledMoney:
    form = next(one for one in workbook.forms if one.form == name)
    right = next(money for money, size in MONEY.items() if size == MONEY.get(form.money, 0) + power)
    forms = tuple(replace(one, money=right) if one is form else one for one in workbook.forms)
    document = replace(workbook.document, forms=forms)
    settled = replace(workbook, document=document, amounts=_scaled(workbook, name, panels, power))
    finding = _finding(workbook, name, form.money, right, mended)
    return SettledMoney(settled, (finding,), dict.fromkeys(form.tables, right))


def _finding(workbook: PublishedWorkbook, name: str, said: str, right: str, mended: int) -> Finding:
    form = next(one for one in workbook.forms if one.form == name)
    title = next(one.title for one in workbook.blueprint.template.forms if one.id == name)
    caption = _caption(workbook.document, form.tables, form.place)
    words = "".join(caption.text.split()) or said
    place = replace(caption.place, form=title)
    what, severity = FORM_MONEY["form_money"]
    message = (
        f"{place.where}“{title}”写“{words[-20:]}”，各数却像是按{right}填的：按{right}读，"
        f"它与其他表之间不符的 {mended} 条关系都成立。请改正金额单位或整张表的数；其余按{right}核对。"
    )
    return Finding(
        "form_money",
        severity,
        message,
        unit=workbook.unit.code,
        file=str(workbook.path),
        place=place,
        stored=said,
        expected=right,
        kind=what,
        found=words[-FOUND:],
        operands=(Operand(title, form.place),),
    )


def _caption(document: PublishedDocument, tables: Sequence[int], title: Place) -> PrintedLine:
    """Return the line or cell that names the unit of money of a form."""
    for number in tables:
        table = document.tables[number]
        for line in (*table.lead, *table.after):
            if money_in(line.text):
                return line
        for cell in table.cells:
            if money_in(cell.text):
                return PrintedLine(cell.text, cell.place)
    return PrintedLine("", title)


def _scaled(
    workbook: PublishedWorkbook, form: str, panels: Mapping[str, str], power: int
) -> dict[Cell, ShownAmount]:
    factor = Decimal(10) ** power

    def scaled(cell: Cell, amount: ShownAmount) -> ShownAmount:
        if panels.get(cell.table) != form:
            return amount
        shown = amount.interval
        return replace(amount, interval=Interval(shown.middle * factor, shown.half * factor))

    return {cell: scaled(cell, amount) for cell, amount in workbook.amounts.items()}
