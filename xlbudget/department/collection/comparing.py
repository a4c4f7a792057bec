"""The returns that stand for their units, held against each other: what no return shows by itself.

Each is judged by itself on receiving it; what is kept of it then is compared here, so that no workbook is
read again. What the others show is a finding like any other from then on: it is told, explained, accepted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from xlbudget.checking.between_units import beside_each_other, by_itself, with_others
from xlbudget.department.collection.filing import put_down
from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.records import SENT_BACK, Receipt, Status
from xlbudget.department.collection.rows import judged
from xlbudget.model import Finding, Severity, WorkbookReport

Said = tuple[str, str, str]

COMPARED = "各单位比对"
"""What the log calls it when other returns show something of one."""


def compare(collection: Collection) -> list[Receipt]:
    """Compare the returns that stand for their units; return the receipts of which more or less is known.

    Earlier returns come first: of two that share amounts the later one is asked about. What an officer has
    sent back stays so; what was accepted is open again when the others show something new of it.
    """
    standing = collection.standing()
    known: list[frozenset[Said]] = []
    alone: list[WorkbookReport] = []
    for receipt in standing:
        report = collection.report(receipt, waived=False)
        known.append(_beside(report.findings))
        alone.append(_compared(by_itself(report)))
    found = beside_each_other(alone, collection.template)
    changed = []
    for receipt, before, one in zip(standing, known, found, strict=True):
        now = tuple(finding for finding in one.findings if finding.beside)
        if _beside(now) != before and not _sent_back(collection, receipt):
            changed.append(_told(collection, receipt, before, now))
    return changed


def _compared(report: WorkbookReport) -> WorkbookReport:
    """Return what is compared of a report: whose it is, what it says by itself, its traits.

    All of a round stand beside each other, and nothing else of them is needed.
    """
    said = tuple(Finding(rule, Severity.NOTE, "") for rule in {one.rule for one in report.findings})
    return WorkbookReport(
        report.path, "", report.unit, said, (), department=report.department, traits=report.traits
    )


def _told(
    collection: Collection, receipt: Receipt, before: frozenset[Said], now: tuple[Finding, ...]
) -> Receipt:
    """Put down what the others show of a return now in place of what they showed before."""
    stored = collection.report(receipt, waived=False)
    report = replace(with_others(by_itself(stored), now), traits=stored.traits)
    fresh = judged(receipt, collection.waived(report), readable=True)
    if receipt.judged is Status.ACCEPTED and _beside(now) <= before:  # the officer's word holds
        fresh = replace(fresh, judged=receipt.judged, status=receipt.status)
    new = [finding.message for finding in now if not _beside([finding]) <= before]
    said = "；".join(new) or "比对出的问题已不存在"
    kept = collection.kept(receipt)
    beside = {key: kept[key] for key in ("basis", "entered") if key in kept}
    with collection.changing():
        collection.refuse_if_closed()
        return put_down(collection, fresh, report, COMPARED, reason=said, beside=beside)


def _beside(findings: Iterable[Finding]) -> frozenset[Said]:
    """Return what others show, by rule and cell: how many others there are says nothing new."""
    return frozenset((one.rule, one.place.sheet, one.place.address) for one in findings if one.beside)


def _sent_back(collection: Collection, receipt: Receipt) -> bool:
    if receipt.status is not Status.REFUSED:
        return False
    own = [entry for entry in collection.register.log() if entry.receipt == receipt.number]
    return bool(own) and own[-1].action == SENT_BACK
