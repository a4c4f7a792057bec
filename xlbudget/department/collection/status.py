"""Where a collection stands: who has returned, who is missing, what is still open; text, html, workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.receiving import units_of_unread, why_unread
from xlbudget.department.collection.records import SENT_BACK, Receipt, Status
from xlbudget.model import Report, Roster, Unit, WorkbookReport
from xlbudget.reports.replies import Decided
from xlbudget.returns.told_units import told_unit

TITLE = "收件情况"
MISSING, ZERO = "未报送", "已接收（零报告）"
UNREAD = Status.UNREADABLE.value
ABOLISHED = "已撤销"
STATES = (
    Status.ACCEPTED.value,
    ZERO,
    Status.TO_EXPLAIN.value,
    Status.REFUSED.value,
    UNREAD,
    MISSING,
    ABOLISHED,
)
"""What can be said of a unit, best first, then of one that is out of the round."""
OPEN = {Status.TO_EXPLAIN.value, Status.REFUSED.value, UNREAD}
"""States with something to do."""
STRANGERS = "读不出或认不出单位的文件"


@dataclass(frozen=True, slots=True)
class UnitState:
    """One unit: its state, the receipt that stands for it, and later ones that do not (to decide on).

    Of a unit for which nothing stands, but whose name is on files that nobody can read, ``receipt`` is the
    newest of these.
    """

    unit: Unit
    level: int
    state: str
    receipt: Receipt | None
    waiting: tuple[Receipt, ...] = ()


@dataclass(frozen=True, slots=True)
class CollectionStatus:
    """All units in the order of the roster, files of nobody known, and whether the books are closed.

    ``unread`` says by receipt number why a file could not be read, and what to do; ``told`` which units its
    names tell; ``abolished`` why a unit is out of the round, by its code.
    """

    title: str
    units: tuple[UnitState, ...]
    strangers: tuple[Receipt, ...]
    closed: bool
    receipts: int
    unread: Mapping[int, str] = field(default_factory=dict)
    told: Mapping[int, tuple[Unit, ...]] = field(default_factory=dict)
    abolished: Mapping[str, str] = field(default_factory=dict)

    def problems(self, receipt: Receipt) -> str:
        """What is open in a return, in words."""
        return self.unread.get(receipt.number) or problems_of(receipt)

    @property
    def states(self) -> tuple[str, ...]:
        """The states that are counted; of units out of the round only where there are any."""
        return tuple(state for state in STATES if state != ABOLISHED or self.count(state))

    def count(self, state: str) -> int:
        """How many units are in that state."""
        return sum(part.state == state for part in self.units)


def status_of(collection: Collection) -> CollectionStatus:
    """Return where the collection stands; without a roster its units are those that have returned."""
    receipts, roster, abolished = collection.receipts(), collection.roster, collection.abolished
    standing = {part.unit_code: part for part in receipts if part.stands}
    listed = {unit.code for unit in roster.units}
    others = [
        Unit(part.unit_code, part.unit_name, "") for part in standing.values() if part.unit_code not in listed
    ]
    by_unit: dict[str, list[Receipt]] = {}
    for part in receipts:
        by_unit.setdefault(part.unit_code, []).append(part)
    strangers = tuple(part for part in receipts if part.unit_code not in standing)
    unread, told = _unread(collection, strangers, roster)
    sent = {unit.code: part for part in strangers for unit in told.get(part.number, ())}  # the newest of each
    units = []
    for unit in (*roster.units, *sorted(others, key=lambda unit: unit.code)):
        receipt = standing.get(unit.code)
        later = tuple(
            part
            for part in by_unit.get(unit.code, ())
            if receipt and part.number > receipt.number and not part.stands
        )
        shown = receipt or sent.get(unit.code)
        state = ABOLISHED if unit.code in abolished else state_of(shown)
        units.append(UnitState(unit, roster.level_of(unit.code), state, shown, later))
    return CollectionStatus(
        collection.settings["title"],
        tuple(units),
        strangers,
        bool(collection.closed),
        len(receipts),
        unread,
        told,
        abolished,
    )


def _unread(
    collection: Collection, strangers: Sequence[Receipt], roster: Roster
) -> tuple[dict[int, str], dict[int, tuple[Unit, ...]]]:
    """Return, by receipt number, why a file could not be read, and the units that its names tell."""
    why: dict[int, str] = {}
    told: dict[int, tuple[Unit, ...]] = {}
    for part in strangers:
        if part.judged is Status.UNREADABLE:
            report = collection.report(part)
            why[part.number] = why_unread(part, report)
            if units := units_of_unread(part, report, roster):
                told[part.number] = units
    return why, told


def state_of(receipt: Receipt | None) -> str:
    """Return in a word where a unit stands whose return this is: 零报告 is called that."""
    if receipt is None:
        return MISSING
    return ZERO if receipt.zero and receipt.status is Status.ACCEPTED else receipt.status.value


def told_words(units: Sequence[Unit]) -> str:
    """Return which units the names of a file tell, to be put behind the name."""
    return f"（按文件名是 {'、'.join(f'{unit.code} {unit.name}' for unit in units)}）" if units else ""


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


def report_of_collection(collection: Collection) -> Report:
    """Return the report of the returns that stand for their units, and of the units that are missing.

    A unit whose name is on a file that nobody can read has sent something: it is told about that file.
    """
    template, status = collection.template, status_of(collection)
    standing = {part.unit_code for part in collection.receipts() if part.stands}
    unread = [
        _told_to(unit, collection.report(part), collection.roster)
        for part in status.strangers
        for unit in status.told.get(part.number, ())
        if unit.code not in standing | collection.abolished.keys()
    ]
    told = {report.unit.code for report in unread if report.unit is not None}
    return Report(
        template_title=collection.settings["title"],
        template_id=template.id,
        digest=template.digest,
        phrases=template.phrases,
        workbooks=(*(part.report for part in collection.counted()), *unread),
        missing=tuple(unit for unit in collection.missing() if unit.code not in told),
    )


def _told_to(unit: Unit, report: WorkbookReport, roster: Roster) -> WorkbookReport:
    """Return the report of a file nobody can read as one of its units gets it: of its own files, if named."""
    own = tuple(part for part in report.findings if told_unit([part.file], roster) == unit)
    return replace(report, unit=unit, findings=own or report.findings)


def decided_in(collection: Collection) -> Decided:
    """Return what the officer has decided about the returns that stand for their units."""
    standing = collection.standing()
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
