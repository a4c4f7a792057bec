"""What each unit has in a figure of the department's summary: its own form cell, and its receipt."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from xlbudget.checking.evidence import Evidence
from xlbudget.department.collection.at_hand import at_hand
from xlbudget.department.collection.records import Status
from xlbudget.department.summary.joining import units_in
from xlbudget.department.trace_text import UnitPart
from xlbudget.department.tracing import same_cell, trace
from xlbudget.files.whole_files import existing_file
from xlbudget.model import Cell, Submission
from xlbudget.returns.reading import open_workbook, read


def unit_parts(evidence: Evidence, cell: Cell, paths: Sequence[Path]) -> list[UnitPart]:
    """Return what each unit has at the same line and column; of a collection those that were joined.

    ``paths`` are workbooks, folders of them, or a collection. Raises InputError when a path does not exist.
    """
    joined = {unit.code for unit in units_in(evidence.submission, evidence.template)}
    with at_hand(paths) as given:
        returns = {part.path: part for part in given.returns}
        parts = []
        for path in given.files():
            part = returns.get(path)
            if part and (part.receipt.status is Status.REFUSED or part.receipt.unit_code not in joined):
                continue
            submission = read(open_workbook(existing_file(path, "工作簿")), evidence.template)
            receipt = f"{part.receipt.number} 号收件" if part else path.name
            parts.append(_part(evidence, cell, submission, receipt))
    return parts


def _part(evidence: Evidence, cell: Cell, submission: Submission, receipt: str) -> UnitPart:
    own = Evidence(evidence.template, submission)
    there = same_cell(evidence, cell, own)
    value = own.recalculated(there) if there is not None else None
    return UnitPart(
        submission.unit.code,
        submission.unit.name,
        own.place(there) if there is not None else None,
        value if isinstance(value, Decimal) else Decimal(0),
        receipt,
        trace(own, there).eliminated if submission.department and there is not None else Decimal(0),
    )
