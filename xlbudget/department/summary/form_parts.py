"""What each return has in the cells of the forms, told by lines that mean the same in every workbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from xlbudget.checking.evidence import Evidence, LineIdentity
from xlbudget.department.summary.transfers import only_eliminations
from xlbudget.model import Cell, ColumnKind, OpenRows, Panel, Submission, Unit, WorkbookTemplate

FormCell = tuple[LineIdentity, str]
"""An amount of a form in whichever workbook: its line and its column."""


@dataclass(frozen=True, slots=True)
class FormParts:
    """The amounts of one return (form money), nothing left out; of a summary also what transfers took out."""

    unit: Unit
    amounts: Mapping[FormCell, Decimal]
    eliminated: Mapping[FormCell, Decimal]


def form_parts(template: WorkbookTemplate, submission: Submission) -> FormParts:
    """Return what a return has in the cells of the forms."""
    taken = eliminated_parts(template, submission) if submission.department else {}
    return FormParts(submission.unit, _amounts(Evidence(template, submission)), taken)


def eliminated_parts(template: WorkbookTemplate, summary: Submission) -> Mapping[FormCell, Decimal]:
    """Return by how much a summary's eliminations change the cells of its forms."""
    only = replace(summary, entries=only_eliminations(summary.entries, template))
    return _amounts(Evidence(template, only))


def _amounts(evidence: Evidence) -> dict[FormCell, Decimal]:
    values = ((there, evidence.recalculated(cell)) for cell, there in form_cells(evidence))
    return {there: value for there, value in values if isinstance(value, Decimal) and value}


def form_cells(evidence: Evidence) -> Iterator[tuple[Cell, FormCell]]:
    """Yield the amounts of the forms that a department adds up, in the order of the forms.

    Lines for single projects or units are not among them: in a department they are one unit's own.
    """
    for _, panel in evidence.template.panels:
        by_code = _by_code(panel, evidence.template)
        columns = [part.key for part in panel.columns if part.kind is ColumnKind.AMOUNT and not part.hidden]
        for row in range(evidence.layout.tables[panel.id].rows):
            if by_code or evidence.layout.line_of(panel.id, row):
                line = evidence.line_identities[panel.id, row]
                yield from ((Cell(panel.id, row, column), (line, column)) for column in columns)


def _by_code(panel: Panel, template: WorkbookTemplate) -> bool:
    """Whether the open rows of a panel are codes of an official list."""
    lists = {catalogue.id for catalogue in template.catalogues}
    over_lists = {working.id for working in template.workings if working.rows_of in lists}
    sources = [source for part in panel.body if isinstance(part, OpenRows) for source in part.sources]
    return all(source.table in over_lists for source in sources)
