"""Where a collection stands: who has returned, who is missing, what is still open; text, html, workbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xlbudget.department.collection.arrivals import PassedOver
from xlbudget.department.collection.decisions import SENT_BACK
from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.receiving import Received, why_unread
from xlbudget.department.collection.records import Receipt, Status
from xlbudget.model import Report, Unit
from xlbudget.model.errors import InputError
from xlbudget.reports.arrangement import inert
from xlbudget.reports.listings import ListColumn, Listing, listings_workbook
from xlbudget.reports.replies import Decided
from xlbudget.workbook.names import nearest

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


def status_text(status: CollectionStatus) -> str:
    """Return the status as lines: sums, units with something to do, the chase list, files of nobody known."""
    return "\n".join(map(inert, _lines(status))) + "\n"


def _lines(status: CollectionStatus) -> Iterator[str]:
    yield f"{TITLE}：{status.title}" + ("（已关账）" if status.closed else "")
    counts = "，".join(f"{state} {status.count(state)}" for state in STATES if status.count(state))
    yield f"单位 {len(status.units)} 个：{counts or '没有'}；收件 {status.receipts} 件"
    open_units = [part for part in status.units if part.state in (Status.TO_EXPLAIN, Status.REFUSED)]
    if open_units:
        yield ""
        yield "待处理"
        for part in open_units:
            if part.receipt is not None:
                yield f"  {part.state}  {part.unit.code} {part.unit.name}：{_open(part.receipt)}"
    waiting = [(part, receipt) for part in status.units for receipt in part.waiting]
    if waiting:
        yield ""
        yield "后来又报、没有取代已接收的"
        for part, receipt in waiting:
            yield f"  {part.unit.code} {part.unit.name}：{_open(receipt)}"
    missing = [part.unit for part in status.units if part.state == MISSING]
    if missing:
        yield ""
        yield f"催报名单（{len(missing)} 个）"
        for superior in dict.fromkeys(unit.superior for unit in missing):
            names = "、".join(f"{unit.code} {unit.name}" for unit in missing if unit.superior == superior)
            yield f"  {superior + '：' if superior else ''}{names}"
    if status.strangers:
        yield ""
        yield "认不出单位的文件"
        for receipt in status.strangers:
            why = status.unread.get(receipt.number, "")
            yield f"  {receipt.number} 号  {receipt.status.value}  {receipt.source}{'：' if why else ''}{why}"


def _open(receipt: Receipt) -> str:
    return f"{receipt.number} 号收件，{problems_of(receipt)}（{receipt.name}）"


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

_UNITS = (
    ListColumn("单位编码", 12),
    ListColumn("单位名称", 34),
    ListColumn("性质", 8, "word"),
    ListColumn("上级单位", 28),
    ListColumn("情况", 16, "word"),
    ListColumn("收件号", 8, "count"),
    ListColumn("收件时间", 26),
    ListColumn("不予接收", 9, "count"),
    ListColumn("待说明", 9, "count"),
    ListColumn("提示", 9, "count"),
    ListColumn("文件", 44),
)
_RECEIPTS = (
    ListColumn("收件号", 8, "count"),
    ListColumn("收件时间", 26),
    ListColumn("单位编码", 12),
    ListColumn("单位名称", 30),
    ListColumn("状态", 12, "word"),
    ListColumn("不予接收", 9, "count"),
    ListColumn("待说明", 9, "count"),
    ListColumn("提示", 9, "count"),
    ListColumn("来源", 60),
    ListColumn("文件摘要（SHA-256）", 68),
)
_LEVELS = (ListColumn("级次", 8, "count"), *(ListColumn(state, 16, "count") for state in STATES))


def status_workbook(status: CollectionStatus, receipts: Sequence[Receipt]) -> bytes:
    """Return the status as a workbook: units, chase list, receipts, and sums by level."""
    heading = (f"{TITLE}：{status.title}",)
    missing = [part for part in status.units if part.state == MISSING]
    return listings_workbook(
        TITLE,
        (
            Listing("各单位", _UNITS, map(_unit_row, status.units), heading),
            Listing("催报名单", _UNITS[:4], (_unit_row(part)[:4] for part in missing), heading),
            Listing("收件登记", _RECEIPTS, map(_receipt_row, receipts), heading),
            Listing("分级汇总", _LEVELS, level_rows(status), heading),
        ),
    )


def _unit_row(part: UnitState) -> Sequence[str | int | None]:
    unit, receipt = part.unit, part.receipt
    known = unit.code, unit.name, unit.kind, unit.superior, part.state
    if receipt is None:
        return (*known, None, None, None, None, None, None)
    counts = receipt.blocking or None, receipt.explain or None, receipt.note or None
    return (*known, receipt.number, receipt.received_at, *counts, receipt.name)


def _receipt_row(receipt: Receipt) -> Sequence[str | int | None]:
    counts = receipt.blocking or None, receipt.explain or None, receipt.note or None
    unit = receipt.unit_code, receipt.unit_name, receipt.status.value
    return (receipt.number, receipt.received_at, *unit, *counts, receipt.source, receipt.sha256)


def level_rows(status: CollectionStatus) -> Iterator[Sequence[int]]:
    """Yield each level with how many of its units are in each state, in the order of ``STATES``."""
    for level in sorted({part.level for part in status.units}):
        own = [part.state for part in status.units if part.level == level]
        yield (level, *(own.count(state) for state in STATES))


# ------------------------------------------------------- receiving, history


def received_line(result: Received | PassedOver) -> str:
    """Return the line for one arrival."""
    if isinstance(result, PassedOver):
        return inert(f"未收    {result.source}：{result.reason}")
    receipt = result.receipt
    if result.again:
        known = f"{receipt.number} 号（{receipt.status.value}）"
        return inert(f"已收过  与{known}相同：{receipt.unit_name} {receipt.name}")
    who = f"{receipt.unit_code} {receipt.unit_name}" if receipt.unit_code else "认不出单位"
    open_problems = result.unread or problems_of(receipt)
    words = f"{receipt.number} 号  {receipt.status.value}  {who}：{open_problems}（{receipt.name}）"
    if result.replaced is not None:
        words += f"，取代 {result.replaced.number} 号"
    elif receipt.unit_code and not receipt.stands:
        words += "，没有取代先前已接收的；要以它为准，用 xlbudget decide"
    return inert(words)


def received_summary(results: Sequence[Received | PassedOver]) -> str:
    """Return the last line of a run of receiving."""
    taken = [part for part in results if isinstance(part, Received)]
    fresh = [part.receipt for part in taken if not part.again]
    counts = "，".join(
        f"{status.value} {number}"
        for status in Status
        if (number := sum(receipt.status is status for receipt in fresh))
    )
    again, passed = len(taken) - len(fresh), len(results) - len(taken)
    words = f"新收 {len(fresh)} 件" + (f"（{counts}）" if counts else "")
    return (
        words + (f"，已收过 {again} 件" if again else "") + (f"，未收 {passed} 个" if passed else "") + "。"
    )


def history_text(collection: Collection, unit: str) -> str:
    """Return what happened to one unit's returns; InputError for a unit that is not known here."""
    receipts = {part.number: part for part in collection.receipts() if part.unit_code == unit}
    known = collection.roster.find(unit)
    if not receipts and known is None:
        codes = [part.code for part in collection.roster.units]
        raise InputError(f"名册和收件里没有单位“{unit}”{nearest(unit, codes)}。")
    name = known.name if known else next(iter(receipts.values())).unit_name
    lines = [f"{unit} {name}"]
    for entry in collection.register.log():
        receipt = receipts.get(entry.receipt)
        if receipt is not None:
            what = f"{receipt.name}（{receipt.source}）" if entry.action == "收件" else entry.reason
            lines.append(f"  {entry.at}  {entry.user}  {entry.receipt} 号 {entry.action}：{what}")
    if not receipts:
        lines.append("  还没有报送。")
    for receipt in receipts.values():
        mark = "代表该单位" if receipt.stands else ""
        lines.append(
            f"  现状  {receipt.number} 号  {receipt.status.value}  {problems_of(receipt)}  {mark}".rstrip()
        )
    return "\n".join(map(inert, lines)) + "\n"


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
