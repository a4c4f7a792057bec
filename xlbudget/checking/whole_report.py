"""One run as a report: the workbooks, what stands between them, the rules that ran."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from xlbudget.checking.between_units import beside_each_other
from xlbudget.model import (
    Report,
    Roster,
    RuleOutcome,
    WorkbookReport,
    WorkbookTemplate,
)
from xlbudget.returns.identification import UNREADABLE, duplicate, named_apart
from xlbudget.returns.told_units import told_unit
from xlbudget.version import __version__

_NO_TEMPLATE = "公开文件，没有套用模板"


def report_of(
    template: WorkbookTemplate,
    parts: Iterable[WorkbookReport],
    roster: Roster | None = None,
    skipped: Sequence[str] = (),
    known: Sequence[WorkbookTemplate] = (),
) -> Report:
    """Join the reports of single files: units missing, units that returned more than once.

    A unit whose name is on a file that nobody can read has sent something: it is not missing.
    ``known`` are the templates that published documents may follow; the one that most of them do names the
    report, and where none does, none of them does.
    """
    workbooks, twins = _without_twins(_sparing(parts))
    workbooks = beside_each_other(workbooks, template)
    if any(workbook.shared is not None for workbook in workbooks):
        from xlbudget.checking.published.across import held_together  # documents of others alone

        workbooks = held_together(workbooks)
    followed = Counter(workbook.template for workbook in workbooks if workbook.template)
    if followed:
        most = followed.most_common(1)[0][0]
        template = next((one for one in known if one.id == most), template)
    returned: defaultdict[str, list[WorkbookReport]] = defaultdict(list)
    for workbook in workbooks:
        if workbook.unit is not None and workbook.unit.code:
            returned[workbook.unit.code].append(workbook)
    if roster is not None:
        workbooks = tuple(_told(workbook, roster, returned) for workbook in workbooks)
    sent = {workbook.unit.code for workbook in workbooks if workbook.unit is not None}
    collective = tuple(
        duplicate(parts[0].unit, [part.path for part in parts])
        for parts in (sorted(parts, key=lambda part: str(part.path)) for parts in returned.values())
        if len(parts) > 1 and parts[0].unit is not None
    )
    missing = tuple(unit for unit in roster.units if unit.code not in sent) if roster else ()
    none = bool(known) and not followed
    return Report(
        template_title=_NO_TEMPLATE if none else f"{template.title}（{template.authority}）",
        template_id="" if none else template.id,
        digest="" if none else template.digest,
        workbooks=workbooks,
        missing=missing,
        collective=collective,
        skipped=(*skipped, *twins),
        made_at=datetime.now().astimezone().isoformat(timespec="seconds"),
        version=__version__,
        phrases=template.phrases,
    )


def _without_twins(parts: Iterable[WorkbookReport]) -> tuple[tuple[WorkbookReport, ...], list[str]]:
    """Return the reports without those of files that hold what another of the unit does, and words."""
    kept: list[WorkbookReport] = []
    first: dict[tuple[str, str], WorkbookReport] = {}
    twins = []
    for part in parts:
        code = part.unit.code if part.unit else ""
        known = first.setdefault((code, part.sha256), part) if code and part.sha256 else part
        if known is part:
            kept.append(part)
        else:
            name, other = named_apart([part.path, known.path])
            twins.append(f"{name}：与“{other}”内容完全相同，只审核一份")
    return tuple(kept), twins


def _told(workbook: WorkbookReport, roster: Roster, returned: Container[str]) -> WorkbookReport:
    """Return the report of a file that nobody can read as that of the unit that its name tells."""
    if workbook.unit is not None or [finding.rule for finding in workbook.findings] != [UNREADABLE]:
        return workbook
    unit = told_unit([workbook.path.name, workbook.path.parent.name], roster)
    return workbook if unit is None or unit.code in returned else replace(workbook, unit=unit)


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
