"""Has anything of a collection been changed outside the program? Files, register, log and manifests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from xlbudget.department.collection.folder import HEAD, ORIGINALS, Collection
from xlbudget.department.collection.records import LogEntry
from xlbudget.department.collection.register import key_of, replayed

_NAMES = {"setting": "设置", "unit": "单位", "receipt": "收件", "waiver": "认可"}
_COLUMNS = {
    "received_at": "收件时间",
    "sha256": "文件摘要",
    "name": "文件名",
    "source": "来源",
    "unit_code": "单位编码",
    "unit_name": "单位名称",
    "judged": "评定",
    "status": "状态",
    "stands": "是否代表单位",
    "empty": "是否空表",
    "zero": "是否零报告",
    "blocking": "不予接收的问题数",
    "explain": "待说明的问题数",
    "note": "提示数",
    "report_sha256": "审核结果摘要",
}


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and everything that is not as it was written; ``remarks`` are no changes."""

    receipts: int
    entries: int
    changes: tuple[str, ...]
    remarks: tuple[str, ...]


def verify(collection: Collection) -> Verified:
    """Compare originals and manifests with their hashes, tables with the log, the log with itself."""
    register = collection.register
    damage = register.integrity()
    if damage:
        return Verified(0, 0, tuple(f"登记簿文件已损坏：{part}" for part in damage), ())
    log = register.log()
    changes = [*_log_changes(log), *_head_changes(collection, log)]
    changes += [*_row_changes(collection, log), *_report_changes(collection)]
    changes += [*_original_changes(collection), *_manifest_changes(collection, log)]
    return Verified(len(collection.receipts()), len(log), tuple(changes), tuple(_strays(collection)))


def _log_changes(log: list[LogEntry]) -> Iterator[str]:
    previous, expected = "", 1
    for entry in log:
        if entry.number != expected:
            missing = (
                f"第 {expected} 条"
                if entry.number == expected + 1
                else f"第 {expected} 至 {entry.number - 1} 条"
            )
            yield f"日志缺少{missing}。"
        elif entry.previous != previous:
            yield f"日志第 {entry.number} 条与前一条不衔接：其中一条改动过。"
        if entry.hash != entry.expected_hash:
            yield f"日志第 {entry.number} 条（{entry.at} {entry.user} {entry.action}）的内容改动过。"
        previous, expected = entry.hash, entry.number + 1


def _head_changes(collection: Collection, log: list[LogEntry]) -> Iterator[str]:
    try:
        number, _, digest = (collection.folder / HEAD).read_text(encoding="ascii").strip().partition(" ")
        wanted = int(number)
    except (OSError, ValueError):
        yield f"日志的末条记录“{HEAD}”不见了或改动过。"
        return
    entry = next((entry for entry in log if entry.number == wanted), None)
    if entry is None:
        last = log[-1].number if log else 0
        yield f"日志末尾被删：记录到第 {wanted} 条，现在只有 {last} 条。"
    elif entry.hash != digest:
        yield f"日志第 {wanted} 条与“{HEAD}”中记下的不同：其中一处改动过。"


def _row_changes(collection: Collection, log: list[LogEntry]) -> Iterator[str]:
    """Yield where a table differs from what the log says of it."""
    for table, expected in replayed(log).items():
        key = key_of(table)
        actual = {row[key]: row for row in collection.register.rows(table)}
        for at in sorted({*expected, *actual}, key=str):
            words = f"登记簿“{_NAMES[table]}”{at}"
            if at not in actual:
                yield f"{words} 这一行被删。"
            elif at not in expected:
                yield f"{words} 这一行不是程序写的。"
            else:
                for column, value in actual[at].items():
                    if value != expected[at][column]:
                        name = _COLUMNS.get(column, column)
                        yield f"{words} 的“{name}”改动过：应为“{expected[at][column]}”，现为“{value}”。"


def _report_changes(collection: Collection) -> Iterator[str]:
    for receipt in collection.receipts():
        text = collection.register.report_text(receipt.number)
        if hashlib.sha256(text.encode()).hexdigest() != receipt.report_sha256:
            yield f"{receipt.number} 号收件的审核结果改动过或被删。"


def _original_changes(collection: Collection) -> Iterator[str]:
    for receipt in collection.receipts():
        path = collection.original(receipt)
        words = f"{receipt.number} 号收件（{receipt.name}）的原件"
        actual = collection.digest_of(receipt)
        if not actual:
            yield f"{words}不见了：{path.name}。"
        elif actual != receipt.sha256:
            yield f"{words}改动过：{path.name}。"


def _manifest_changes(collection: Collection, log: list[LogEntry]) -> Iterator[str]:
    for entry in log:
        for table, row in json.loads(entry.changes):
            if table != "setting" or row["key"] != "closed" or not row["value"]:
                continue
            name, _, digest = row["value"].partition(" ")
            try:
                actual = hashlib.sha256((collection.folder / name).read_bytes()).hexdigest()
            except OSError:
                yield f"关账清单“{name}”不见了。"
                continue
            if actual != digest:
                yield f"关账清单“{name}”改动过。"


def _strays(collection: Collection) -> Iterator[str]:
    known = {collection.original(receipt) for receipt in collection.receipts()}
    for path in sorted((collection.folder / ORIGINALS).rglob("*")):
        if path.is_file() and path not in known:
            inner = Path(path).relative_to(collection.folder).as_posix()
            yield f"“{inner}”没有登记（收件中断留下的；重新收件即会登记，或可删去）。"
