"""编码在代码表中，但名册没有列给本单位，或代码表不供这种性质的单位使用。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Catalogue, Cell, Column, Finding, Severity

TITLE = "编码不是本单位可用的"
SEVERITY = Severity.BLOCKING


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each entry with a code that is on the list and not among those of the unit."""
    limited = [
        part for part in evidence.template.catalogues if part.id in evidence.submission.codes or part.reserved
    ]
    for catalogue in limited:
        for entry in evidence.template.entries:
            for column in entry.columns:
                if column.entry and column.catalogue == catalogue.id:
                    yield from _outside(evidence, entry.id, column, catalogue)


def _outside(evidence: Evidence, table: str, column: Column, catalogue: Catalogue) -> Iterator[Finding]:
    template, submission = evidence.template, evidence.submission
    known = evidence.blueprint.allowed.get((table, column.key), {})
    own = frozenset(template.allowed_values(column, submission.codes, submission.unit.kind))
    for row in submission.entries.get(table, ()):
        value = row.values.get(column.key)
        if isinstance(value, str) and value in known and value not in own:
            cell = Cell(table, row.row, column.key)
            reserved = template.is_reserved(catalogue, value, submission.unit.kind)
            why = _other_kind if reserved else _not_listed
            message = f"{evidence.place(cell)}：{why(evidence, value, catalogue)}"
            yield evidence.finding("disallowed_code", SEVERITY, cell, message, stored=value)


def _not_listed(evidence: Evidence, value: str, catalogue: Catalogue) -> str:
    listed = "、".join(evidence.submission.codes[catalogue.id])
    return (
        f"“{value}”不是本单位可用的编码，可用的是 {listed}（包括下级）。"
        f"请改用可用的编码；确需使用的，请主管部门在单位名册的“{catalogue.roster_column}”中增加。"
    )


def _other_kind(evidence: Evidence, value: str, catalogue: Catalogue) -> str:
    kinds = "、".join(catalogue.reserved[value])
    return (
        f"“{value}”只供{kinds}单位使用（见代码表“{catalogue.id}”的“{catalogue.kinds}”），"
        f"本单位的性质是{evidence.submission.unit.kind}。"
        "请改用本单位性质可用的编码；单位性质有误或确需使用的，请主管部门改正名册或代码表。"
    )
