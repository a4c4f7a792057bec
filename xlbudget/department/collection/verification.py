"""Has anything of a collection been changed outside the program? Files, register, log and manifests.

Whatever has happened to the folder, everything that can be looked at is: what is damaged is named, row by
row, and so is what still stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlbudget.department.collection.folder import HEAD, REGISTER, is_collection
from xlbudget.department.collection.originals import ORIGINALS, digest_at, place_in
from xlbudget.department.collection.records import LogEntry, Receipt
from xlbudget.department.collection.register import changes_of, key_of, replayed
from xlbudget.department.collection.scan import Scan, scan
from xlbudget.department.collection.schema import TABLE_NAMES, column_name
from xlbudget.model.errors import InputError


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and everything that is not as it was written.

    ``remarks`` are no changes; ``standing`` says, when there are changes, what is as it was.
    """

    receipts: int
    entries: int
    changes: tuple[str, ...]
    remarks: tuple[str, ...]
    standing: tuple[str, ...] = ()
    closed: bool = False


def verify(folder: Path) -> Verified:
    """Compare originals and manifests with their hashes, tables with the log, the log with itself.

    Raises InputError when the folder is no collection.
    """
    if not is_collection(folder):
        raise InputError(f"“{folder}”不是收件文件夹（没有 {REGISTER}）；先用 xlbudget collect 收件。")
    found = scan(folder / REGISTER)
    log, receipts = found.log(), found.receipts()
    changes = [*found.faults, *_log_changes(log), *_head_changes(folder, log)]
    changes += [*_row_changes(found, log), *_report_changes(found, receipts)]
    changes = list(dict.fromkeys(changes)) or list(_file_changes(folder, log))
    lost = list(_original_changes(folder, receipts))
    changes += [*lost, *_manifest_changes(folder, log)]
    settings = {row["key"]: row["value"] for row in found.rows.get("setting", ())}
    return Verified(
        len(receipts),
        len(log),
        tuple(changes),
        tuple(_strays(folder, receipts)),
        tuple(_standing(folder, found, log, len(receipts) - len(lost))) if changes else (),
        bool(settings.get("closed")),
    )


def _log_changes(log: Sequence[LogEntry]) -> Iterator[str]:
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


def _head(folder: Path) -> tuple[int, str, str] | None:
    """Return the number and hash of the last entry and the digest of the register, as put down beside it."""
    try:
        number, digest, *register = (folder / HEAD).read_text(encoding="ascii").split()
        return int(number), digest, "".join(register)
    except (OSError, ValueError):
        return None


def _head_changes(folder: Path, log: Sequence[LogEntry]) -> Iterator[str]:
    head = _head(folder)
    if head is None:
        yield f"日志的末条记录“{HEAD}”不见了或改动过。"
        return
    wanted, digest, _ = head
    entry = next((entry for entry in log if entry.number == wanted), None)
    if entry is None:
        last = log[-1].number if log else 0
        yield f"日志末尾被删：记录到第 {wanted} 条，现在只有 {last} 条。"
    elif entry.hash != digest:
        yield f"日志第 {wanted} 条与“{HEAD}”中记下的不同：其中一处改动过。"


def _file_changes(folder: Path, log: Sequence[LogEntry]) -> Iterator[str]:
    """Yield when the file of the register has other bytes though nothing in it reads otherwise."""
    head = _head(folder)
    if head is None or not head[2] or not log or head[0] != log[-1].number:
        return  # an interruption: the next change puts the digest down
    if digest_at(folder / REGISTER) != head[2]:
        yield (
            f"登记簿文件“{REGISTER}”的字节改动过（磁盘出错，或别的程序写过），但各表和日志的内容都没有变。"
        )


def _row_changes(found: Scan, log: Sequence[LogEntry]) -> Iterator[str]:
    """Yield where a table differs from what the log says of it; of a lost log nothing follows."""
    if found.faults and not log:
        return
    for table, expected in replayed(log).items():
        key = key_of(table)
        actual = {row[key]: row for row in found.rows.get(table, ())}
        for at in sorted({*expected, *actual}, key=str):
            words = f"登记簿“{TABLE_NAMES[table]}”{at}"
            if at not in actual:
                yield f"{words} 这一行被删。" if not found.faults else f"{words} 这一行被删或读不出。"
            elif at not in expected:
                yield f"{words} 这一行不是程序写的。"
            else:
                for column, value in actual[at].items():
                    wanted = expected[at].get(column)
                    if value != wanted:
                        name = column_name(table, column)
                        yield f"{words} 的“{name}”改动过：应为“{wanted}”，现为“{value}”。"


def _report_changes(found: Scan, receipts: Sequence[Receipt]) -> Iterator[str]:
    texts = {row["number"]: row["data"] for row in found.rows.get("report", ())}
    numbers = {receipt.number for receipt in receipts}
    for receipt in receipts:
        text = texts.get(receipt.number, "")
        if hashlib.sha256(text.encode()).hexdigest() != receipt.report_sha256:
            yield f"{receipt.number} 号收件的审核结果改动过或被删。"
    for number in texts:
        if number not in numbers:
            yield f"登记簿“{TABLE_NAMES['report']}”{number} 这一行没有对应的收件。"


def _original_changes(folder: Path, receipts: Sequence[Receipt]) -> Iterator[str]:
    for receipt in receipts:
        path = place_in(folder, receipt.sha256, receipt.name)
        words = f"{receipt.number} 号收件（{receipt.name}）的原件"
        actual = digest_at(path)
        if not actual:
            yield f"{words}不见了：{path.name}。"
        elif actual != receipt.sha256:
            yield f"{words}改动过：{path.name}。"


def _manifest_changes(folder: Path, log: Sequence[LogEntry]) -> Iterator[str]:
    for entry in log:
        for table, row in changes_of(entry):
            if table != "setting" or row["key"] != "closed" or not row.get("value"):
                continue
            name, _, digest = str(row["value"]).partition(" ")
            actual = digest_at(folder / Path(name).name)
            if not actual:
                yield f"关账清单“{name}”不见了。"
            elif actual != digest:
                yield f"关账清单“{name}”改动过。"


def _standing(folder: Path, found: Scan, log: Sequence[LogEntry], originals: int) -> Iterator[str]:
    """Yield what is as it was, so that an officer knows what a backup has to bring back."""
    sound = 0
    for number, entry in enumerate(log, 1):
        previous = log[number - 2].hash if number > 1 else ""
        if entry.number != number or entry.previous != previous or entry.hash != entry.expected_hash:
            break
        sound = number
    if sound:
        yield f"日志第 1 至 {sound} 条完好。"
    told = found.standing()
    if told:
        yield told
    files = [path for path in (folder / ORIGINALS).rglob("*") if path.is_file()]
    whole = sum(digest_at(path) == path.name.partition(".")[0] for path in files)
    yield f"原件 {len(files)} 份，其中 {whole} 份与文件名里的摘要相符，没有改动（{originals} 份有登记）。"


def _strays(folder: Path, receipts: Sequence[Receipt]) -> Iterator[str]:
    known = {place_in(folder, receipt.sha256, receipt.name) for receipt in receipts}
    for path in sorted((folder / ORIGINALS).rglob("*")):
        if path.is_file() and path not in known:
            inner = path.relative_to(folder).as_posix()
            yield f"“{inner}”没有登记（收件中断留下的；重新收件即会登记，或可删去）。"
