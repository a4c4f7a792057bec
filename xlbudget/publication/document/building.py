"""A composed document with its forms, targets, pages and chart put in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, Insert
from xlbudget.model.letters import writable
from xlbudget.model.words import published
from xlbudget.publication.document.form_tables import form_table, page_table
from xlbudget.publication.document.parts import Bar, Item, Publication, StructureChart
from xlbudget.publication.document.target_forms import target_tables
from xlbudget.publication.narrative import compose
from xlbudget.publication.narrative.composing import Composer
from xlbudget.publication.narrative.figures import amount_text, percent_text, share

_LONGEST_TITLE = 120  # letters: what fits on the title page


def build(evidence: Evidence) -> Publication:
    """Return the document of one workbook, ready to be written; raises InputError as ``compose`` does."""
    composed = compose(evidence)
    items: list[Item] = []
    for block in composed.blocks:
        items += _inserted(evidence, block) if isinstance(block, Insert) else [block]
    title = writable(composed.title, _LONGEST_TITLE)
    return Publication(
        title, evidence.template.contents_title, tuple(map(_writable, items)), composed.findings
    )


def _writable(part: Any) -> Any:
    """Return a part of the document with □ for every letter that no format can hold, at any depth."""
    if isinstance(part, str):
        return writable(part)
    if isinstance(part, tuple):
        return tuple(map(_writable, part))
    if not is_dataclass(part) or isinstance(part, Cell | type):
        return part
    return replace(part, **{each.name: _writable(getattr(part, each.name)) for each in fields(part)})


def _inserted(evidence: Evidence, insert: Insert) -> Iterator[Item]:
    template = evidence.template
    if insert.what == "公开表":
        yield from (form_table(evidence, form) for form in template.forms)
    elif insert.what == "绩效目标申报表":
        yield from target_tables(evidence)
    elif insert.what == "资料":
        yield page_table(next(page for page in template.pages if page.id == insert.arguments[0]))
    elif insert.what == "结构图":
        yield from _chart(evidence, *insert.arguments)


def _chart(
    evidence: Evidence, title: str, panel: str, lines: str, name: str, amount: str
) -> Iterator[StructureChart]:
    """Yield the chart of a form's lines; none where they have no amounts."""
    composer = Composer(evidence)
    found = []
    for line in composer.lines(panel, lines):
        value, _ = composer.amount(amount, line)
        found.append((str(composer.rules.value(composer.node(name, line), line)), value))
    whole = sum((value for _, value in found), Decimal(0))
    bars = tuple(
        Bar(
            words,
            amount_text(value, evidence.template.form_decimals),
            percent_text(share(value, whole)),
            share(value, whole),
            published(value, evidence.template.form_decimals),
        )
        for words, value in found
        if value
    )
    if bars:
        yield StructureChart(title, evidence.template.form_money, bars)
