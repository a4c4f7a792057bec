"""What officers decide about returns: accept, send back, prefer, confirm a zero report, waive; all logged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.records import Receipt, Row, Status, canonical
from xlbudget.department.collection.rows import judged, row, stood_down, waiver_data
from xlbudget.model import Waiver
from xlbudget.model.errors import InputError

SENT_BACK = "退回"
"""What the log calls a return that was refused by the officer."""


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
    return _decided(collection, receipt, "替换", reason)


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


def _to_decide(collection: Collection, number: int, reason: str) -> Receipt:
    if not reason.strip():
        raise InputError("请用 --reason 写明原因，登记簿要记下来。")
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
