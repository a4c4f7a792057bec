"""编码在代码表中，但主管部门没有允许本单位使用。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.evidence import Evidence
from xlbudget.model import Catalogue, Cell, Column, Finding, Severity

TITLE = "编码不是本单位可用的"
SEVERITY = Severity.BLOCKING


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each entry with a code that is on the list and not among those of the unit."""
    template, codes = evidence.template, evidence.submission.codes
    for entry in template.entries:
        for column in entry.columns:
            if column.entry and column.catalogue in codes:
                yield from _outside(evidence, entry.id, column, template.catalogue(column.catalogue))


def _outside(evidence: Evidence, table: str, column: Column, catalogue: Catalogue) -> Iterator[Finding]:
    known = evidence.blueprint.allowed.get((table, column.key), {})
    own = evidence.template.allowed_values(column, evidence.submission.codes)
    for row in evidence.submission.entries.get(table, ()):
        value = row.values.get(column.key)
        if isinstance(value, str) and value in known and value not in own:
            yield _finding(evidence, Cell(table, row.row, column.key), value, catalogue)


def _finding(evidence: Evidence, cell: Cell, value: str, catalogue: Catalogue) -> Finding:
    listed = "、".join(evidence.submission.codes[catalogue.id])
    message = (
        f"{evidence.place(cell)}：“{value}”不是本单位可用的编码，可用的是 {listed}（包括下级）。"
        f"请改用可用的编码；确需使用的，请主管部门在单位名册的“{catalogue.roster_column}”中增加。"
    )
    return evidence.finding("disallowed_code", SEVERITY, cell, message, stored=value)
