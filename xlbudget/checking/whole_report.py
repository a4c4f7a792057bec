"""One run as a report: the workbooks, what stands between them, the rules that ran."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from xlbudget.model import (
    Report,
    Roster,
    RuleOutcome,
    WorkbookReport,
    WorkbookTemplate,
)
from xlbudget.returns.identification import duplicate
from xlbudget.version import __version__


def report_of(
    template: WorkbookTemplate,
    parts: Iterable[WorkbookReport],
    roster: Roster | None = None,
    skipped: Sequence[str] = (),
) -> Report:
    """Join the reports of single files: units missing, units that returned more than once."""
    workbooks = tuple(_sparing(parts))
    returned: defaultdict[str, list[WorkbookReport]] = defaultdict(list)
    for workbook in workbooks:
        if workbook.unit is not None and workbook.unit.code:
            returned[workbook.unit.code].append(workbook)
    collective = tuple(
        duplicate(parts[0].unit, [part.path for part in parts])
        for parts in (sorted(parts, key=lambda part: str(part.path)) for parts in returned.values())
        if len(parts) > 1 and parts[0].unit is not None
    )
    missing = tuple(unit for unit in roster.units if unit.code not in returned) if roster else ()
    return Report(
        template_title=f"{template.title}（{template.authority}）",
        template_id=template.id,
        digest=template.digest,
        workbooks=workbooks,
        missing=missing,
        collective=collective,
        skipped=tuple(skipped),
        made_at=datetime.now().astimezone().isoformat(timespec="seconds"),
        version=__version__,
    )


def _sparing(parts: Iterable[WorkbookReport]) -> Iterator[WorkbookReport]:
    """Yield the reports of files, with what is equal in many of them kept once."""
    known: dict[RuleOutcome, RuleOutcome] = {}
    every: dict[tuple[RuleOutcome, ...], tuple[RuleOutcome, ...]] = {}
    for part in parts:
        outcomes = every.get(part.outcomes)
        if outcomes is None:
            outcomes = tuple(known.setdefault(outcome, outcome) for outcome in part.outcomes)
            every[outcomes] = outcomes
        unit = part.unit and replace(
            part.unit, kind=sys.intern(part.unit.kind), superior=sys.intern(part.unit.superior)
        )
        yield replace(part, unit=unit, outcomes=outcomes)
