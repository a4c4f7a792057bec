"""What a workbook knows: every amount that a text may state, and the names of codes and lines."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.printed_values import form_values
from xlbudget.model import WorkbookTemplate
from xlbudget.publication.narrative import ComposedText, FigureKind, QuotedFigure


def vocabulary(template: WorkbookTemplate) -> set[str]:
    """Return the names of codes and of lines of forms."""
    lines = {line.key for _, panel in template.panels for line in panel.lines}
    codes = {text for catalogue in template.catalogues for row in catalogue.rows for text in row.values()}
    return {name for name in lines | codes if len(name) > 2 and not name.isascii()}


def known_amounts(evidence: Evidence, composed: Iterable[ComposedText]) -> set[Decimal]:
    """Return every amount (元, without sign) that a text may state: of forms, entries, composed figures."""
    template = evidence.template
    known = {part.value * template.moneys[evidence.money(part.cell)] for part in form_values(evidence)}
    known |= {
        value
        for rows in evidence.submission.entries.values()
        for row in rows
        for value in row.values.values()
        if isinstance(value, Decimal)
    }
    known |= {
        part.value * size_of(part, template)
        for text in composed
        for part in text.figures
        if part.kind in (FigureKind.AMOUNT, FigureKind.CHANGE)
    }
    return {abs(value) for value in known} | {Decimal(0)}


def size_of(figure: QuotedFigure, template: WorkbookTemplate) -> int:
    """Return the size of a figure's unit of money in entry units."""
    return template.moneys.get(figure.money, template.money_factor)
