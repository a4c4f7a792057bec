"""The department summary of a collection: what has been accepted, joined; the rest refused or named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from xlbudget.department.collection.entered import submission_from
from xlbudget.department.collection.folder import Collection, CountedReturn
from xlbudget.department.collection.records import Status
from xlbudget.department.collection.settled import settled
from xlbudget.department.summary import joining, refusals
from xlbudget.model import Report, Submission, Traits, Unit, WorkbookReport
from xlbudget.model.errors import ConsolidationRefused, InputError
from xlbudget.model.words import nearest
from xlbudget.returns.reading import read_entered


def summary_of(
    collection: Collection, department: Unit, allow: Sequence[str] = (), level: str = ""
) -> joining.DepartmentSummary:
    """Join the returns that stand for their units: all, or those of the unit ``level`` and all below it.

    What an officer has accepted counts as settled. Units missing, refused or with open questions are named in
    a ConsolidationRefused, unless ``allow`` lets them pass (``missing``, ``refused``, ``explain``,
    ``explained``); gaps then stand on the cover. Raises InputError when an original has been changed, or
    for a level that is not on the roster.
    """
    within = _within(collection, level)
    counted = [part for part in collection.counted() if within is None or part.unit.code in within]
    returned = [part for part in counted if part.receipt.status is not Status.REFUSED]
    refused = [part for part in counted if part.receipt.status is Status.REFUSED]
    template = collection.template
    kept = {part.receipt.number: collection.kept(part.receipt) for part in returned}
    report = Report(
        template_title=collection.settings["title"],
        template_id=template.id,
        digest=template.digest,
        phrases=template.phrases,
        workbooks=tuple(_as_known(part, kept[part.receipt.number]) for part in returned),
        missing=tuple(unit for unit in collection.missing() if within is None or unit.code in within),
    )
    reasons = list(_reasons(refused, allow))
    if reasons:
        raise ConsolidationRefused([*reasons, *refusals.refusals(report, allow)])
    if not returned:
        raise ConsolidationRefused(["还没有可以汇总的报送。"])
    receipts = {part.unit.code: (str(part.receipt.number), part.receipt.received_at) for part in returned}
    submissions = [_submission(collection, part, kept[part.receipt.number]) for part in returned]
    codes = [unit.code for unit in collection.roster.units]
    summary = joining.consolidate(submissions, report, template, department, allow, receipts, codes)
    gaps = [f"退回未重报：{part.unit.code} {part.unit.name}" for part in refused]
    return replace(summary, gaps=(*gaps, *summary.gaps))


def _within(collection: Collection, level: str) -> frozenset[str] | None:
    """Return the codes of a unit and all below it; None for the whole department."""
    if not level:
        return None
    roster = collection.roster
    if roster.find(level) is None:
        codes = [unit.code for unit in roster.units]
        raise InputError(f"名册里没有编码为“{level}”的单位{nearest(level, codes)}。")
    return frozenset({level, *(unit.code for unit in roster.descendants(level))})


def _reasons(refused: Sequence[CountedReturn], allow: Sequence[str]) -> Iterator[str]:
    if "refused" not in allow:
        for part in refused:
            yield f"{_called(part)}的报送已退回，没有重报；可用 --allow refused 先行汇总。"


def _called(part: CountedReturn) -> str:
    return f"“{part.unit.code} {part.unit.name}”（{part.receipt.number} 号收件）"


def _as_known(part: CountedReturn, kept: Mapping[str, Any]) -> WorkbookReport:
    """Return the report of a return with what was decided; its figures only where they are those of today."""
    report = settled(part.receipt, part.report)
    return report if kept else replace(report, traits=Traits())


def _submission(collection: Collection, part: CountedReturn, kept: Mapping[str, Any]) -> Submission:
    if collection.digest_of(part.receipt) not in ("", part.receipt.sha256):
        raise InputError(
            f"{_called(part)}的原件在收件以后改动过，不能汇总；用 xlbudget verify 核查，并请单位重报。"
        )
    path, entered = part.path.with_name(part.receipt.name), kept.get("entered")
    if entered is not None:
        return submission_from(entered, path, part.receipt.sha256)
    return replace(read_entered(part.path, collection.template), path=path, stored={})
