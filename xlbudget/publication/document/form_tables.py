"""The official forms and the pages of a template as printed tables: values only, rounded as published."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, ColumnKind, Form, Formula, Line, OpenRows, Page, Panel
from xlbudget.model.words import published
from xlbudget.publication.document.parts import PrintedTable, TableCell
from xlbudget.workbook.language import LineCells, Node, Operation, Text
from xlbudget.workbook.layout import heading_depth
from xlbudget.workbook.names import Context
from xlbudget.workbook.sheets.headings import heading_cells


def form_table(evidence: Evidence, form: Form) -> PrintedTable:
    """Return one form as printed; money stands in the form's unit, zero prints as blank."""
    visible = [column for panel in form.panels for column in panel.columns if not column.hidden]
    depth = heading_depth(tuple(visible))
    cells = [
        TableCell(
            part.first_row,
            part.first_column,
            part.text,
            part.last_row - part.first_row + 1,
            part.last_column - part.first_column + 1,
            "center",
            bold=True,
        )
        for part in heading_cells([column.heading for column in visible], depth)
    ]
    lines = _lines(evidence, form)
    for number, row in enumerate(lines, depth):
        cells += _row(evidence, form, row, number)
    widths = tuple(column.width for column in visible)
    empty = evidence.evaluator.value(
        evidence.blueprint.names.bind(form.empty_when.text, Context("", form.id)), None
    )
    notes = [_said(evidence, text) for text in form.notes]
    notes += [_said(evidence, form.empty_note)] if empty is True else []
    return PrintedTable(
        title=form.title,
        widths=widths,
        heading_rows=depth,
        rows=depth + len(lines),
        cells=tuple(cells),
        caption=form.caption,
        left=_said(evidence, form.left),
        right=form.right,
        note="\n".join(notes),
        landscape=form.landscape,
        listed=True,
        sheet=form.sheet,
    )


def _said(evidence: Evidence, text: Formula) -> str:
    """Return a text with fields as it stands in this workbook; the unit is the one that the file is of."""
    node = evidence.blueprint.names.bind(text.text, Context())
    return "".join(_words(evidence, node))


def _words(evidence: Evidence, node: Node) -> Iterator[str]:
    facts, unit = evidence.template.unit_facts, evidence.submission.unit
    known = {
        facts.name: unit.name,
        facts.code: unit.code,
        facts.kind: unit.kind,
        facts.superior: unit.superior,
    }
    if isinstance(node, Text):
        yield node.value
    elif isinstance(node, Operation):
        yield from (*_words(evidence, node.left), *_words(evidence, node.right))
    elif isinstance(node, LineCells):
        yield known.get(node.first, "")


def page_table(page: Page) -> PrintedTable:
    """Return a page of the template as a table."""
    rows = (page.headings, *page.rows)
    cells = tuple(
        TableCell(row, column, text, align="left" if row else "center", bold=not row)
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
    )
    return PrintedTable(page.title, page.widths, 1, len(rows), cells, own_page=False)


def _lines(evidence: Evidence, form: Form) -> list[int]:
    """Return the rows of a form that are printed: fixed lines, and open rows in use."""
    rows: set[int] = set()
    for panel in form.panels:
        for segment, start, stop in _segments(evidence, panel):
            rows |= {row for row in range(start, stop) if _printed(evidence, form, panel, segment, row)}
    return sorted(rows)


def _segments(evidence: Evidence, panel: Panel) -> Iterator[tuple[Line | OpenRows, int, int]]:
    """Yield the parts of a panel's body with their first row and the one behind their last."""
    blocks = iter(evidence.layout.open_blocks[panel.id])
    at = 0
    for segment in panel.body:
        stop = next(blocks).stop if isinstance(segment, OpenRows) else at + 1
        yield segment, at, stop
        at = stop


def _printed(evidence: Evidence, form: Form, panel: Panel, segment: Line | OpenRows, row: int) -> bool:
    """Whether a row is printed; on the sheet the first open row of an empty form holds its note."""
    if isinstance(segment, Line):
        return bool(segment.key)
    closing = evidence.lines.closing(panel, row)
    if closing is not None:
        return not closing.note
    note = _said(evidence, form.empty_note)
    visible = (column for column in panel.columns if not column.hidden)
    return any(
        evidence.recalculated(Cell(panel.id, row, column.key)) not in (None, "", Decimal(0), note)
        for column in visible
    )


def _row(evidence: Evidence, form: Form, row: int, number: int) -> Iterator[TableCell]:
    at = 0
    for panel in form.panels:
        bold, numbering = _look(evidence, panel, row)
        for column in panel.columns:
            if column.hidden:
                continue
            inside = row < evidence.layout.tables[panel.id].rows
            value = evidence.recalculated(Cell(panel.id, row, column.key)) if inside else None
            is_amount = column.kind is ColumnKind.AMOUNT
            amount = None
            if isinstance(value, Decimal) and is_amount:
                amount = published(value, column.decimals) if value or column.zeros else None
                text = f"{amount:,}" if amount is not None else ""
            else:
                text = "" if value is None else str(value)
            centred = numbering or (bold == "line" and not is_amount)
            align = "center" if centred else "right" if is_amount else "left"
            yield TableCell(
                number, at, text, align=align, bold=bool(bold), amount=amount, decimals=column.decimals
            )
            at += 1


def _look(evidence: Evidence, panel: Panel, row: int) -> tuple[str, bool]:
    """Return why a row is bold (``line``, ``rule`` or not at all), and whether it numbers the columns."""
    closing = evidence.lines.closing(panel, row)
    if closing is not None:
        return ("line" if closing.bold else ""), False
    for segment, start, stop in _segments(evidence, panel):
        if start <= row < stop:
            if isinstance(segment, Line):
                return ("line" if segment.bold else ""), segment.numbering
            if segment.bold_when is None:
                return "", False
            node = evidence.blueprint.names.bind(segment.bold_when.text, evidence.blueprint.context_of(panel))
            place = Cell(panel.id, row, panel.columns[0].key)
            return ("rule" if evidence.evaluator.value(node, place) is True else ""), False
    return "", False
