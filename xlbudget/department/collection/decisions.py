"""What officers decide: accept, send back, prefer, zero report, waive; a unit abolished; all logged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from xlbudget.department.collection.comparing import compare
from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.records import SENT_BACK, Receipt, Row, Status, canonical
from xlbudget.department.collection.rows import ABOLISHED, judged, row, stood_down, waiver_data
from xlbudget.model import Unit, Waiver
from xlbudget.model.errors import InputError
from xlbudget.model.words import nearest


def accept(collection: Collection, number: int, reason: str) -> Receipt:
    """Accept a return whose findings want an explanation, on the officer's word.

    Raises InputError without a reason, for blocking findings, and for what is accepted already.
    """
    receipt = _to_decide(collection, number, reason)
    if receipt.blocking:
        raise InputError(f"{number} 号收件有 {receipt.blocking} 个不予接收的问题，不能认可；请退回单位改正。")
    if receipt.judged is Status.ACCEPTED and receipt.stands:
        raise InputError(f"{number} 号收件已经接收。")
    return _decided(collection, replace(receipt, judged=Status.ACCEPTED), "接收", reason)


def send_back(collection: Collection, number: int, reason: str) -> Receipt:
    """Refuse a return, whatever checking made of it; it stands for the unit no longer as accepted."""
    receipt = _to_decide(collection, number, reason)
    return _decided(collection, replace(receipt, judged=Status.REFUSED), SENT_BACK, reason)


def prefer(collection: Collection, number: int, reason: str) -> Receipt:
    """Let a return stand for its unit in place of the one that does."""
    receipt = _to_decide(collection, number, reason)
    if receipt.stands:
        raise InputError(f"{number} 号收件现在就代表该单位，不用替换。")
    _decided(collection, receipt, "替换", reason)
    compare(collection)
    return collection.receipt(number)


def confirm_zero(collection: Collection, number: int, reason: str) -> Receipt:
    """Confirm that an empty workbook is a zero report (零报告), not one sent by mistake."""
    receipt = _to_decide(collection, number, reason)
    if not receipt.empty or receipt.blocking:
        raise InputError(f"{number} 号收件填有金额或有不予接收的问题，不是零报告。")
    return _decided(collection, replace(receipt, judged=Status.ACCEPTED, zero=True), "零报告", reason)


def waive(collection: Collection, number: int, waivers: Iterable[Waiver], reason: str) -> Receipt:
    """Put waivers on record and judge a return again; raises InputError when none concerns its unit."""
    receipt = _to_decide(collection, number, reason)
    chosen = [waiver for waiver in waivers if waiver.unit == receipt.unit_code]
    if not chosen:
        raise InputError(f"认可文件里没有单位 {receipt.unit_code} 的内容；请核对单位编码。")
    with collection.changing():
        collection.refuse_if_closed()
        first = len(collection.register.rows("waiver")) + 1
        rows: list[tuple[str, Row]] = [
            ("waiver", {"number": at, "data": canonical(waiver_data(waiver))})
            for at, waiver in enumerate(chosen, first)
        ]
        collection.log(rows, "认可", reason, number)
    return _decided(
        collection, judged(receipt, collection.report(receipt), readable=True), "重新评定", reason
    )


def abolish(collection: Collection, code: str, reason: str) -> Unit:
    """Take a unit out of the round that was abolished or merged into another one, and return it.

    It is no longer reminded, and what it has returned no longer counts; everything stays on record. Raises
    InputError without a reason, and for a unit that is not on the roster or abolished already.
    """
    unit = _to_settle(collection, code, reason)
    if code in collection.abolished:
        raise InputError(f"单位“{code} {unit.name}”已经登记为撤销。")
    _settle(collection, {**collection.abolished, code: reason}, "撤销单位", f"{code} {unit.name}：{reason}")
    return unit


def restore(collection: Collection, code: str, reason: str) -> Unit:
    """Take a unit back into the round that was abolished by mistake, and return it; raises InputError."""
    unit = _to_settle(collection, code, reason)
    if code not in collection.abolished:
        raise InputError(f"单位“{code} {unit.name}”没有登记为撤销，不用恢复。")
    left = {other: why for other, why in collection.abolished.items() if other != code}
    _settle(collection, left, "恢复单位", f"{code} {unit.name}：{reason}")
    return unit


def _to_settle(collection: Collection, code: str, reason: str) -> Unit:
    _refuse_without(reason)
    unit = collection.roster.find(code)
    if unit is None:
        codes = [other.code for other in collection.roster.units]
        raise InputError(f"名册里没有编码为“{code}”的单位{nearest(code, codes)}。")
    return unit


def _settle(collection: Collection, abolished: Mapping[str, str], action: str, reason: str) -> None:
    with collection.changing():
        collection.refuse_if_closed()
        setting = {"key": ABOLISHED, "value": canonical(abolished)}
        collection.log([("setting", setting)], action, reason)
    compare(collection)


def _refuse_without(reason: str) -> None:
    if not reason.strip():
        raise InputError("请用 --reason 写明原因，登记簿要记下来。")


def _to_decide(collection: Collection, number: int, reason: str) -> Receipt:
    _refuse_without(reason)
    receipt = collection.receipt(number)
    if not receipt.unit_code or receipt.judged is Status.UNREADABLE:
        raise InputError(f"{number} 号收件（{receipt.name}）认不出是哪个单位的，只能请单位重报。")
    return receipt


def _decided(collection: Collection, receipt: Receipt, action: str, reason: str) -> Receipt:
    """Write a decision; the return decided on stands for its unit from now on."""
    with collection.changing():
        collection.refuse_if_closed()
        before = collection.register.standing(receipt.unit_code)
        changed = replace(receipt, status=receipt.judged, stands=True)
        rows: list[tuple[str, Row]] = []
        if before is not None and before.number != receipt.number:
            if action == SENT_BACK:
                changed = replace(changed, stands=False)
            else:
                rows.append(("receipt", row(stood_down(before))))
        collection.log([*rows, ("receipt", row(changed))], action, reason, receipt.number)
    return changed
