"""The returns that stand for their units, held against each other: what no return shows by itself.

Each is judged by itself on receiving it; what is kept of it then is compared here, so that no workbook is
read again. What the others show is a finding like any other from then on: it is told, explained, accepted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from xlbudget.checking.between_units import beside_each_other, by_itself
from xlbudget.department.collection.filing import put_down
from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.records import SENT_BACK, Receipt, Status
from xlbudget.department.collection.rows import judged
from xlbudget.model import WorkbookReport

COMPARED = "各单位比对"
"""What the log calls it when other returns show something of one."""


def compare(collection: Collection) -> list[Receipt]:
    """Compare the returns that stand for their units; return the receipts of which more or less is known.

    Earlier returns come first: of two that share amounts the later one is asked about. What an officer has
    sent back stays so; what was accepted is open again when the others show something new of it.
    """
    receipts = [part for part in collection.receipts() if part.stands]
    abolished = collection.abolished
    standing = [part for part in receipts if part.unit_code not in abolished]
    stored = [collection.report(part, waived=False) for part in standing]
    alone = [by_itself(report) for report in stored]
    found = beside_each_other(alone, collection.template)
    return list(_changed(collection, standing, stored, found))


def _changed(
    collection: Collection,
    standing: list[Receipt],
    stored: list[WorkbookReport],
    found: tuple[WorkbookReport, ...],
) -> Iterator[Receipt]:
    for receipt, before, after in zip(standing, stored, found, strict=True):
        known, now = _beside(before), _beside(after)
        if known == now or _sent_back(collection, receipt):
            continue
        report = replace(after, traits=before.traits)
        fresh = judged(receipt, collection.waived(report), readable=True)
        if receipt.judged is Status.ACCEPTED and now <= known:  # the officer's word holds
            fresh = replace(fresh, judged=receipt.judged, status=receipt.status)
        said = "；".join(sorted(now - known)) or "比对出的问题已不存在"
        with collection.changing():
            collection.refuse_if_closed()
            yield put_down(
                collection, fresh, report, COMPARED, reason=said, beside=_kept(collection, receipt)
            )


def _kept(collection: Collection, receipt: Receipt) -> dict[str, Any]:
    kept = collection.kept(receipt)
    return {key: kept[key] for key in ("basis", "entered") if key in kept}


def _beside(report: WorkbookReport) -> set[str]:
    return {finding.message for finding in report.findings if finding.beside}


def _sent_back(collection: Collection, receipt: Receipt) -> bool:
    if receipt.status is not Status.REFUSED:
        return False
    own = [entry for entry in collection.register.log() if entry.receipt == receipt.number]
    return bool(own) and own[-1].action == SENT_BACK
