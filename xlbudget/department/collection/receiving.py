"""Receiving files into a collection: stored, checked, registered with a number, one step for each."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from xlbudget.checking.one_file import refused
from xlbudget.checking.runs import many_files
from xlbudget.checking.runs.batch import Batch
from xlbudget.department.collection.arrivals import Arrival, PassedOver, Unread, arrivals, pieces_of
from xlbudget.department.collection.comparing import compare
from xlbudget.department.collection.entered import entered_data
from xlbudget.department.collection.filing import put_down
from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.records import OWNER_ONLY, Receipt, Status
from xlbudget.department.collection.rows import judged, stood_down
from xlbudget.files.whole_files import safe_name, staging_folder, write_whole
from xlbudget.model import NOT_CHECKED, Roster, Submission, Unit, WorkbookReport
from xlbudget.model.errors import SEND_US, InputError, XlbudgetError, fault
from xlbudget.returns.told_units import told_unit

_TOGETHER = 200  # files staged and checked at a time
_BYTES_TOGETHER = 256 << 20  # their bytes on the disk
_REASONS = 100  # reasons kept of one archive that could not be read as a whole
_TOLD = 3  # of them told on the screen
_NAME = 60  # characters of a name on the disk


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one arrival: its receipt, and whether those bytes had been received before."""

    receipt: Receipt
    again: bool = False
    name: str = ""
    """The name under which bytes came again."""
    replaced: Receipt | None = None
    unread: str = ""
    """Why the file could not be read, and what to do; empty for one that could."""
    failed: bool = False
    """Whether that is so because the check itself failed on it."""
    told: Unit | None = None
    """The unit that the name of a file tells that could not be read."""
    compared: bool = False
    """Whether nothing arrived: what the other units have returned changes what is known of this return."""


def receive(
    collection: Collection,
    paths: Sequence[Path],
    *,
    workers: int | None = None,
    again: bool = False,
    at_a_time: int = _TOGETHER,
    progress: Callable[[int, str], None] | None = None,
) -> Iterator[Received | PassedOver]:
    """Receive everything under ``paths`` and yield what became of each, in order.

    A file is stored, then registered in one step with its log entry; after an interruption the same
    command goes on, since what has been received is known by its bytes. What cannot be read is registered
    too, with the reason; where that was a fault of ours, the same bytes are judged once more when they come
    again, with ``again`` every file that nobody could read. At the end the returns are held against each
    other; those of which that shows something follow (``compared``). ``at_a_time`` files are staged and
    checked together, which is what is lost by an interruption. Raises InputError for a path that does not
    exist or a closed collection, OutputError when the disk does not take it.
    """
    collection.refuse_if_closed()
    batch = collection.batch()
    done = 0
    with staging_folder() as room:
        incoming = arrivals(list(paths), room, inside=collection.folder)
        for together in _together(collection, incoming, at_a_time, again):
            for result in _receive_some(collection, together, batch, workers):
                done += 1
                yield result
                if progress is not None:
                    progress(done, result.source if isinstance(result, PassedOver) else result.receipt.source)
    yield from (Received(receipt, compared=True) for receipt in compare(collection))


def _together(
    collection: Collection, incoming: Iterable[Arrival | PassedOver], most: int, again: bool
) -> Iterator[list[Arrival | PassedOver]]:
    """Yield what arrives in lots; of what is in the collection already, or comes twice, the bytes go."""
    lot: list[Arrival | PassedOver] = []
    fresh: dict[str, int] = {}
    for part in incoming:
        lot.append(part)
        if isinstance(part, Arrival):
            if part.sha256 in fresh or not _to_judge(collection, part, again):
                part.file.unlink(missing_ok=True)
            else:
                fresh[part.sha256] = part.size
        if len(lot) >= most or sum(fresh.values()) >= _BYTES_TOGETHER:
            yield lot
            lot, fresh = [], {}
    if lot:
        yield lot


def _to_judge(collection: Collection, arrival: Arrival, again: bool) -> bool:
    """Whether a file is new here, or was not judged by a fault of ours (``again``: any unread)."""
    known = collection.register.receipt_of(arrival.sha256)
    if known is None:
        return True
    return known.judged is Status.UNREADABLE and (again or collection.report(known).failed)


def _receive_some(
    collection: Collection,
    together: Sequence[Arrival | PassedOver],
    batch: Batch,
    workers: int | None,
) -> Iterator[Received | PassedOver]:
    here = [part for part in together if isinstance(part, Arrival) and part.file.exists()]
    readable = {part.sha256: _under_its_name(part) for part in here if not part.unread}
    count = workers or many_files.suitable_workers(len(readable))
    checked = many_files.check_each(list(readable.values()), batch, workers=count)
    for part in together:
        if isinstance(part, PassedOver):
            yield part
            continue
        lying = readable.pop(part.sha256, part.file)
        report, submission = (None, None) if lying is part.file else next(checked)
        try:
            yield _received(collection, replace(part, file=lying), report, submission)
        finally:
            lying.unlink(missing_ok=True)


def _received(
    collection: Collection, arrival: Arrival, report: WorkbookReport | None, submission: Submission | None
) -> Received:
    """Register an arrival; one that cannot be, for a reason of its own, is registered as unreadable."""
    try:
        if arrival.unread:
            report = _unread_report(collection, arrival)
        return _registered(collection, arrival, report, submission)
    except (XlbudgetError, OSError, sqlite3.Error):  # it is the collection that cannot go on
        raise
    except Exception as error:  # the barrier: nothing that is wrong with one file stops the next
        reason = f"未能审核：登记时程序出错（{fault(error)}），{SEND_US}"
        unread = replace(arrival, unread=(Unread(arrival.name, reason, ours=True),))
        return _registered(collection, unread, _unread_report(collection, unread), None)


def _unread_report(collection: Collection, arrival: Arrival) -> WorkbookReport:
    """Return the report of a file that was not read: a finding for each reason, nothing run."""
    report = refused(Path(arrival.name), "")
    named = (
        f"文件“{arrival.name}”" if part.name == arrival.name else f"文件“{arrival.name}”里的“{part.name}”"
        for part in arrival.unread
    )
    findings = tuple(
        replace(
            report.findings[0],
            rule=NOT_CHECKED if part.ours else report.findings[0].rule,
            file=part.name,
            message=f"{words}{part.reason}。",
        )
        for words, part in zip(named, arrival.unread, strict=True)
    )
    return replace(report, findings=findings[:_REASONS], outcomes=())


def _registered(
    collection: Collection,
    arrival: Arrival,
    report: WorkbookReport | None,
    submission: Submission | None,
) -> Received:
    original = collection.place_of(arrival.sha256, arrival.name)
    if report is not None and not original.exists() and arrival.file.exists():
        write_whole(original, pieces_of(arrival.file), OWNER_ONLY)
    with collection.changing():
        collection.refuse_if_closed()
        known = collection.register.receipt_of(arrival.sha256)
        unread = known is not None and known.judged is Status.UNREADABLE
        if report is not None and (known is None or (unread and arrival.file.exists())):
            return _new_receipt(collection, known, arrival, report, submission)
        if known is None:  # the same bytes twice among what is received now
            raise InputError(f"“{arrival.source}”没有登记上；请重新收件。")
        return _came_again(collection, known, arrival)


def _came_again(collection: Collection, known: Receipt, arrival: Arrival) -> Received:
    """Return what becomes of bytes that are here already.

    Empty or damaged files of two units may be the same: where nobody could read them, and the name now tells
    another unit, this unit has sent something too, which the report of the receipt then says.
    """
    again = Received(known, again=True, name=arrival.name)
    if known.judged is not Status.UNREADABLE or known.unit_code:
        return again
    stored, roster = collection.report(known, waived=False), collection.roster
    told = told_unit(_places(arrival.name, arrival.source), roster)
    if told is None or told in units_of_unread(known, stored, roster):
        return again
    telling = arrival.name if told_unit([arrival.name], roster) == told else arrival.source
    message = f"文件“{telling}”与 {known.number} 号收件“{known.name}”内容完全相同，同样读不出；请重新报送。"
    finding = replace(stored.findings[0], file=telling, message=message)
    report = replace(stored, findings=(*stored.findings, finding))
    changed = judged(known, report, readable=False)
    put_down(collection, changed, report, "再次收件", reason=arrival.source)
    return replace(again, receipt=changed, unread=message, told=told)


def _new_receipt(
    collection: Collection,
    known: Receipt | None,
    arrival: Arrival,
    report: WorkbookReport,
    submission: Submission | None,
) -> Received:
    unit = report.unit
    report = report if arrival.unread else _as_arrived(report, arrival.name)
    receipt = judged(
        Receipt(
            number=known.number if known else collection.register.next_receipt(),
            received_at=known.received_at if known else collection.moment(),
            sha256=arrival.sha256,
            name=arrival.name,
            source=arrival.source,
            unit_code=unit.code if unit else "",
            unit_name=unit.name if unit else "",
            judged=Status.UNREADABLE,
            status=Status.UNREADABLE,
            stands=False,
            empty=report.empty,
            zero=False,
            blocking=0,
            explain=0,
            note=0,
            report_sha256="",
        ),
        collection.waived(report),
        readable=(submission is not None or unit is not None) and not report.failed,
    )
    before = collection.register.standing(receipt.unit_code)
    stands = bool(receipt.unit_code) and receipt.judged is not Status.UNREADABLE
    stands = stands and (before is None or receipt.judged.weight >= before.judged.weight)
    changed = replace(receipt, stands=stands)
    replaced = stood_down(before) if stands and before is not None else None
    beside = {"basis": collection.basis, "entered": entered_data(submission) if submission else None}
    action = "重新审核" if known else "收件"
    changed = put_down(collection, changed, report, action, replaced, beside=beside)
    told = units_of_unread(changed, report, collection.roster)
    return Received(
        changed,
        replaced=replaced,
        unread=why_unread(changed, report),
        told=told[0] if len(told) == 1 else None,
        failed=report.failed,
    )


def units_of_unread(receipt: Receipt, report: WorkbookReport, roster: Roster) -> tuple[Unit, ...]:
    """Return the units that a file nobody can read is from.

    By its names and those of what is in it; where none tells a unit, by where the file came from.
    """
    if receipt.judged is not Status.UNREADABLE or receipt.unit_code:
        return ()
    names = dict.fromkeys([receipt.name, *(finding.file for finding in report.findings)])
    told = [unit for name in names if (unit := told_unit([name], roster))]
    if not told and (unit := told_unit(_places(receipt.name, receipt.source), roster)):
        return (unit,)
    return tuple(dict.fromkeys(told))


def _places(name: str, source: str) -> list[str]:
    """Return the name of a file, then the folders, archives and mails it came in, the nearest first."""
    return [name, *reversed(re.split(r"/| → ", source))]


def why_unread(receipt: Receipt, report: WorkbookReport) -> str:
    """Return what the report of a file that could not be read says; an empty text for others."""
    if receipt.judged is not Status.UNREADABLE or not report.findings:
        return ""
    told = "".join(finding.message for finding in report.findings[:_TOLD])
    return told + (f"（等 {len(report.findings)} 处）" if len(report.findings) > _TOLD else "")


def _as_arrived(report: WorkbookReport, name: str) -> WorkbookReport:
    """Return a report that speaks of the file by the name under which it arrived."""
    findings = tuple(replace(finding, file=name) for finding in report.findings)
    settled = tuple(replace(part, finding=replace(part.finding, file=name)) for part in report.settled)
    return replace(report, path=Path(name), findings=findings, settled=settled)


def _under_its_name(arrival: Arrival) -> Path:
    """Give an arrival its own name, by which checks know it, in a folder of its own in the room."""
    name = PurePosixPath(arrival.name)
    inner = arrival.file.with_suffix("")
    inner.mkdir()
    return arrival.file.replace(inner / f"{safe_name(name.stem)[:_NAME] or '未命名'}{name.suffix.lower()}")
