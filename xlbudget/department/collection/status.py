"""Where a collection stands: who has returned, who is missing, what is still open; text, html, workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xlbudget.department.collection.decisions import SENT_BACK
from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.receiving import why_unread
from xlbudget.department.collection.records import Receipt, Status
from xlbudget.model import Report, Unit
from xlbudget.reports.replies import Decided

TITLE = "收件情况"
MISSING, ZERO = "未报送", "已接收（零报告）"
STATES = (Status.ACCEPTED.value, ZERO, Status.TO_EXPLAIN.value, Status.REFUSED.value, MISSING)
"""What can be said of a unit, best first."""


@dataclass(frozen=True, slots=True)
class UnitState:
    """One unit: its state, the receipt that stands for it, and later ones that do not (to decide on)."""

    unit: Unit
    level: int
    state: str
    receipt: Receipt | None
    waiting: tuple[Receipt, ...] = ()


@dataclass(frozen=True, slots=True)
class CollectionStatus:
    """All units in the order of the roster, files of nobody known, and whether the books are closed.

    ``unread`` says by receipt number why a file could not be read, and what to do.
    """

    title: str
    units: tuple[UnitState, ...]
    strangers: tuple[Receipt, ...]
    closed: bool
    receipts: int
    unread: Mapping[int, str] = field(default_factory=dict)

    def problems(self, receipt: Receipt) -> str:
        """What is open in a return, in words."""
        return self.unread.get(receipt.number) or problems_of(receipt)

    def count(self, state: str) -> int:
        """How many units are in that state."""
        return sum(part.state == state for part in self.units)


def status_of(collection: Collection) -> CollectionStatus:
    """Return where the collection stands; without a roster its units are those that have returned."""
    receipts, roster = collection.receipts(), collection.roster
    standing = {part.unit_code: part for part in receipts if part.stands}
    listed = {unit.code for unit in roster.units}
    others = [
        Unit(part.unit_code, part.unit_name, "") for part in standing.values() if part.unit_code not in listed
    ]
    by_unit: dict[str, list[Receipt]] = {}
    for part in receipts:
        by_unit.setdefault(part.unit_code, []).append(part)
    units = []
    for unit in (*roster.units, *sorted(others, key=lambda unit: unit.code)):
        receipt = standing.get(unit.code)
        later = tuple(
            part
            for part in by_unit.get(unit.code, ())
            if receipt and part.number > receipt.number and not part.stands
        )
        units.append(UnitState(unit, roster.level_of(unit.code), _state(receipt), receipt, later))
    strangers = tuple(part for part in receipts if part.unit_code not in standing)
    unreadable = [part for part in strangers if part.judged is Status.UNREADABLE]
    unread = {part.number: why_unread(part, collection.report(part)) for part in unreadable}
    return CollectionStatus(
        collection.settings["title"], tuple(units), strangers, bool(collection.closed), len(receipts), unread
    )


def _state(receipt: Receipt | None) -> str:
    if receipt is None:
        return MISSING
    return ZERO if receipt.zero and receipt.status is Status.ACCEPTED else receipt.status.value


# --------------------------------------------------------------------- text


def problems_of(receipt: Receipt) -> str:
    """Return what is open in a return, in words."""
    parts = [
        f"{count} 个{word}"
        for count, word in (
            (receipt.blocking, "必须改正"),
            (receipt.explain, "待说明"),
            (receipt.note, "提示"),
        )
        if count
    ]
    if receipt.empty and not receipt.zero:
        parts.append("空表，请确认是否零报告")
    return "、".join(parts) or "没有问题"


# ----------------------------------------------------------------- workbook


# ------------------------------------------------------- receiving, history


def report_of_collection(collection: Collection) -> Report:
    """Return the report of the returns that stand for their units, and of the units that are missing."""
    template = collection.template
    return Report(
        template_title=collection.settings["title"],
        template_id=template.id,
        digest=template.digest,
        workbooks=tuple(part.report for part in collection.counted()),
        missing=collection.missing(),
    )


def decided_in(collection: Collection) -> Decided:
    """Return what the officer has decided about the returns that stand for their units."""
    standing = [part for part in collection.receipts() if part.stands]
    last = {entry.receipt: entry for entry in collection.register.log() if entry.receipt}
    sent_back = {part.unit_code: last[part.number] for part in standing if part.status is Status.REFUSED}
    taken = [part for part in standing if part.status is Status.ACCEPTED]
    return Decided(
        accepted=frozenset(part.unit_code for part in taken if part.blocking or part.explain or part.empty),
        zero=frozenset(part.unit_code for part in taken if part.zero),
        sent_back={
            code: entry.reason.rstrip("。") for code, entry in sent_back.items() if entry.action == SENT_BACK
        },
    )
