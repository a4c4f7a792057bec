"""The status of a collection as text and as a workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xlbudget.department.collection.arrivals import PassedOver
from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.receiving import Received
from xlbudget.department.collection.records import Receipt, Status
from xlbudget.department.collection.status import (
    ABOLISHED,
    MISSING,
    OPEN,
    STRANGERS,
    TITLE,
    CollectionStatus,
    UnitState,
    problems_of,
    status_of,
    told_words,
)
from xlbudget.model.errors import InputError
from xlbudget.model.words import inert, moment_text, nearest
from xlbudget.reports.listings import ListColumn, ListSheet, listings_workbook


def status_text(status: CollectionStatus) -> str:
    """Return the status as lines: sums, units with something to do, the chase list, files of nobody known."""
    return "\n".join(map(inert, _lines(status))) + "\n"


def _lines(status: CollectionStatus) -> Iterator[str]:
    yield f"{TITLE}：{status.title}" + ("（已关账）" if status.closed else "")
    counts = "，".join(f"{state} {status.count(state)}" for state in status.states if status.count(state))
    yield f"单位 {len(status.units)} 个：{counts or '没有'}；收件 {status.receipts} 件"
    open_units = [part for part in status.units if part.state in OPEN]
    if open_units:
        yield ""
        yield "待处理"
        for part in open_units:
            if part.receipt is not None:
                open_problems = _open(part.receipt, status.problems(part.receipt))
                yield f"  {part.state}  {part.unit.code} {part.unit.name}：{open_problems}"
    waiting = [(part, receipt) for part in status.units for receipt in part.waiting]
    if waiting:
        yield ""
        yield "后来又报、没有取代已接收的"
        for part, receipt in waiting:
            yield f"  {part.unit.code} {part.unit.name}：{_open(receipt, problems_of(receipt))}"
    missing = [part.unit for part in status.units if part.state == MISSING]
    if missing:
        yield ""
        yield f"催报名单（{len(missing)} 个）"
        for superior in dict.fromkeys(unit.superior for unit in missing):
            names = "、".join(f"{unit.code} {unit.name}" for unit in missing if unit.superior == superior)
            yield f"  {superior + '：' if superior else ''}{names}"
    abolished = [part.unit for part in status.units if part.state == ABOLISHED]
    if abolished:
        yield ""
        yield f"{ABOLISHED}、不再催报（{len(abolished)} 个）"
        for unit in abolished:
            yield f"  {unit.code} {unit.name}：{status.abolished[unit.code]}"
    if status.strangers:
        yield ""
        yield STRANGERS
        for receipt in status.strangers:
            why = status.unread.get(receipt.number, "")
            where = f"{receipt.source}{told_words(status.told.get(receipt.number, ()))}"
            yield f"  {receipt.number} 号  {receipt.status.value}  {where}{'：' if why else ''}{why}"


def _open(receipt: Receipt, problems: str) -> str:
    return f"{receipt.number} 号收件，{problems.rstrip('。')}（{receipt.name}）"


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


_STRANGERS = (
    ListColumn("收件号", 8, "count"),
    ListColumn("状态", 12, "word"),
    ListColumn("单位编码（按文件名）", 20),
    ListColumn("单位名称（按文件名）", 30),
    ListColumn("来源", 60),
    ListColumn("问题和办法", 90),
)


def status_workbook(status: CollectionStatus, receipts: Sequence[Receipt]) -> bytes:
    """Return the status as a workbook: units, chase list, receipts, and sums by level, files unread."""
    heading = (f"{TITLE}：{status.title}",)
    missing = [part for part in status.units if part.state == MISSING]
    levels = (ListColumn("级次", 8, "count"), *(ListColumn(state, 16, "count") for state in status.states))
    return listings_workbook(
        TITLE,
        (
            ListSheet("各单位", _UNITS, map(_unit_row, status.units), heading),
            ListSheet("催报名单", _UNITS[:4], (_unit_row(part)[:4] for part in missing), heading),
            ListSheet("收件登记", _RECEIPTS, map(_receipt_row, receipts), heading),
            ListSheet("分级汇总", levels, level_rows(status), heading),
            ListSheet("读不出的文件", _STRANGERS, _stranger_rows(status), heading),
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


def _stranger_rows(status: CollectionStatus) -> Iterator[Sequence[str | int | None]]:
    """Yield the files that nobody can read or knows, with the units that their names tell."""
    for part in status.strangers:
        units = status.told.get(part.number, ())
        known = "、".join(unit.code for unit in units), "、".join(unit.name for unit in units)
        yield (part.number, part.status.value, *known, part.source, status.problems(part))


def level_rows(status: CollectionStatus) -> Iterator[Sequence[int]]:
    """Yield each level with how many of its units are in each state, in the order of ``status.states``."""
    for level in sorted({part.level for part in status.units}):
        own = [part.state for part in status.units if part.level == level]
        yield (level, *(own.count(state) for state in status.states))


def received_line(result: Received | PassedOver) -> str:
    """Return the line for one arrival."""
    if isinstance(result, PassedOver):
        return inert(f"未收    {result.source}：{result.reason}")
    receipt = result.receipt
    if result.again:
        known = f"{receipt.number} 号（{receipt.status.value}，{receipt.unit_name} {receipt.name}）"
        also = result.told
        words = f"，按文件名记作 {also.code} {also.name} 的报送，读不出" if also else ""
        return inert(f"已收过  {result.name}：内容与{known}相同{words}")
    if result.compared:
        return inert(
            f"{receipt.number} 号  {receipt.status.value}  {receipt.unit_code} {receipt.unit_name}："
            f"与其他单位的报送比对以后，{problems_of(receipt)}（{receipt.name}）"
        )
    who = f"{receipt.unit_code} {receipt.unit_name}" if receipt.unit_code else "认不出单位"
    if result.told is not None:
        who = f"{result.told.code} {result.told.name}（按文件名）"
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
    latest = {part.receipt.number: part.receipt for part in taken}
    compared = sum(part.compared for part in taken)
    fresh = [latest[part.receipt.number] for part in taken if not part.again and not part.compared]
    counts = "，".join(
        f"{status.value} {number}"
        for status in Status
        if (number := sum(receipt.status is status for receipt in fresh))
    )
    again, passed = len(taken) - len(fresh) - compared, len(results) - len(taken)
    words = f"新收 {len(fresh)} 件" + (f"（{counts}）" if counts else "")
    return (
        words + (f"，已收过 {again} 件" if again else "") + (f"，未收 {passed} 个" if passed else "") + "。"
    )


def history_text(collection: Collection, unit: str) -> str:
    """Return what happened to one unit's returns; InputError for a unit that is not known here."""
    status, roster = status_of(collection), collection.roster
    receipts = {
        part.number: part
        for part in collection.receipts()
        if unit in {part.unit_code, *(told.code for told in status.told.get(part.number, ()))}
    }
    known = roster.find(unit)
    if not receipts and known is None:
        codes = [part.code for part in roster.units]
        raise InputError(f"名册和收件里没有单位“{unit}”{nearest(unit, codes)}。")
    name = known.name if known else next(iter(receipts.values())).unit_name
    lines = [f"{unit} {name}"]
    for entry in collection.register.log():
        receipt = receipts.get(entry.receipt)
        if receipt is not None:
            what = f"{receipt.name}（{receipt.source}）" if entry.action == "收件" else entry.reason
            lines.append(
                f"  {moment_text(entry.at)}  {entry.user}  {entry.receipt} 号 {entry.action}：{what}"
            )
    if not receipts:
        lines.append("  还没有报送。")
    for receipt in receipts.values():
        mark = "代表该单位" if receipt.stands else ""
        if receipt.number in status.told:
            mark = "按文件名认出的单位"
        open_problems = status.problems(receipt)
        lines.append(f"  现状  {receipt.number} 号  {receipt.status.value}  {open_problems}  {mark}".rstrip())
    return "\n".join(map(inert, lines)) + "\n"
