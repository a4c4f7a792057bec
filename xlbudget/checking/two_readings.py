"""Fixed lines in another order: whether names moved with their amounts, the unit's own results tell.

Formulas read lines where they stand. If all results follow what is read by names, whole lines were moved and
formulas with them. Else names or amounts may have been sorted without the others, and none of them is read.
"""

from __future__ import annotations

from dataclasses import replace

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.problems._changed_formulas import not_following
from xlbudget.model import Submission, Trouble, WorkbookTemplate


def evidence_of(template: WorkbookTemplate, submission: Submission) -> Evidence:
    """Return the evidence of a submission; tables with two readings count as unread."""
    evidence = Evidence(template, submission)
    sheets = {part.sheet for part in evidence.irregular(Trouble.LINES_SORTED)}
    if not sheets or not_following(evidence) is None:
        return evidence
    tables = {name for name, placed in evidence.layout.tables.items() if placed.sheet in sheets}
    unread = replace(
        submission,
        entries={table: rows for table, rows in submission.entries.items() if table not in tables},
        unreadable_tables=submission.unreadable_tables | tables,
        irregularities=tuple(
            replace(part, kind=Trouble.MOVED_ROWS) if part.kind is Trouble.LINES_SORTED else part
            for part in submission.irregularities
        ),
    )
    return Evidence(template, unread)
