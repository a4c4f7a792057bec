"""变动原因与变动的方向相反：金额增加，原因只说减少；或者相反。"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, Finding, Heading, Paragraph, Severity, Tag, TextTable
from xlbudget.model.words import shown
from xlbudget.workbook.amount_units import money_of
from xlbudget.workbook.language import LineCells, walk
from xlbudget.workbook.names import Context
from xlbudget.workbook.reserved_names import COVER, VERDICT

TITLE = "变动原因与增减方向相反"
SEVERITY = Severity.EXPLAIN
_REASON, _LINE_BY_LINE = "原因", ("逐项", "逐段")  # tags of the document


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each reason whose words speak of the other direction alone.

    Which amounts a reason belongs to is what the published document says. While rules that block are broken
    nothing is asked: of amounts that contradict one another nobody knows the direction.
    """
    if evidence.recalculated(Cell(COVER, 0, VERDICT)) == evidence.template.cover.verdict_blocking:
        return
    table = evidence.template.texts
    if table is None or evidence.submission.department or not (table.rising and table.falling):
        return
    written = _written(evidence, table)
    for item, now, before in dict.fromkeys(_reasons(evidence)):
        rows = written.get(item, [])
        this, last = (_amount(evidence, formula) if rows else None for formula in (now, before))
        if this is None or last is None or this == last:
            continue
        right, wrong = (table.rising, table.falling) if this > last else (table.falling, table.rising)
        every = "".join(text for _, text in rows)
        word = next((word for word in wrong if word in every), "")
        if word and not any(other in every for other in right):
            cell, text = next(row for row in rows if word in row[1])
            money = money_of(evidence.blueprint.names.bind(now, Context()), evidence.layout)
            way = "增加" if this > last else "减少"
            message = (
                f"{evidence.place(cell)}：“{item}”写的是“{text}”，只说到“{word}”，金额却是{way}的："
                f"本年 {shown(this, money)}，上年 {shown(last, money)}。"
                "请核对原因和上年数：写反的请改正，确实如此的请说明。"
            )
            yield evidence.finding("contradicting_reason", SEVERITY, cell, message, stored=text)


def _written(evidence: Evidence, table: TextTable) -> dict[str, list[tuple[Cell, str]]]:
    """Return the texts that the unit wrote, by item, with their cells."""
    found: dict[str, list[tuple[Cell, str]]] = {}
    for row in evidence.submission.entries.get(table.table, ()):
        item, text = row.values.get(table.item), row.values.get(table.text)
        if isinstance(item, str) and isinstance(text, str):
            found.setdefault(item, []).append((Cell(table.table, row.row, table.text), text))
    return found


def _reasons(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    """Yield item and formulas of this year and last for each reason that the document asks for."""
    document = evidence.template.document
    for block in document.blocks if document is not None else ():
        passage = block.passage if isinstance(block, Heading | Paragraph) else ()
        for tag in _tags(passage):
            if tag.keyword == _REASON:
                item, now, before = map(str, tag.arguments)
                yield item, now, before


def _tags(passage: Iterable[object]) -> Iterator[Tag]:
    for part in passage:
        if isinstance(part, Tag) and part.keyword not in _LINE_BY_LINE:
            yield part
            for argument in part.arguments:
                if not isinstance(argument, str):
                    yield from _tags(argument)


def _amount(evidence: Evidence, formula: str) -> Decimal | None:
    """Return the value of a formula over the workbook; None where an entry that it reads is not filled in."""
    rules = evidence.evaluator
    node = rules.names.bind(formula, Context())
    entries = {entry.id for entry in evidence.template.entries}
    for part in walk(node):
        if isinstance(part, LineCells) and part.table in entries:
            row = evidence.layout.tables[part.table].lines[part.first]
            if evidence.entered.get(Cell(part.table, row, part.column)) is None:
                return None
        if isinstance(part, LineCells) and (part.table, part.column) in evidence.unknown_columns:
            return None
    value = rules.value(node, None)
    return value if isinstance(value, Decimal) else None
