"""The report of a return with what the officer has decided about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.records import Receipt, Status
from xlbudget.model import SettledFinding, Severity, Waiver, WorkbookReport


def settled_report(collection: Collection, receipt: Receipt) -> WorkbookReport:
    """Return the report of a receipt, waivers applied; what was accepted as a whole is settled."""
    return settled(receipt, collection.report(receipt))


def settled(receipt: Receipt, report: WorkbookReport) -> WorkbookReport:
    """Return a report in which what was accepted is no problem any more, and a zero return says so."""
    report = replace(report, empty=receipt.empty and not receipt.zero)
    if receipt.zero:
        told = f"零报告：没有填任何金额，主管部门已确认（{receipt.number} 号收件）。"
        report = replace(report, remarks=(told, *report.remarks))
    if receipt.judged is not Status.ACCEPTED:
        return report
    accepted = [finding for finding in report.findings if finding.severity is Severity.EXPLAIN]
    word = Waiver(receipt.unit_code, "", "", None, "主管部门", f"{receipt.number} 号收件已接收", date.max)
    return replace(
        report,
        findings=tuple(finding for finding in report.findings if finding not in accepted),
        settled=(
            *(replace(each, waiver=each.waiver or word) for each in report.settled),
            *(SettledFinding(finding, waiver=word) for finding in accepted),
        ),
    )
