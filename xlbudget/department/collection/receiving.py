"""Receiving files into a collection: stored, checked, registered with a number, one step for each."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path, PurePosixPath

from xlbudget.checking.runs import many_files
from xlbudget.checking.runs.batch import Batch
from xlbudget.checking.runs.report_data import data_of
from xlbudget.department.collection.arrivals import Arrival, PassedOver, arrivals
from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.records import Receipt, Row, Status, canonical
from xlbudget.department.collection.rows import judged, row, stood_down
from xlbudget.files.whole_files import safe_name, write_whole
from xlbudget.model import Submission, WorkbookReport
from xlbudget.model.errors import InputError

_TOGETHER = 200  # files staged and checked at a time
_NAME = 60  # characters of a name on the disk


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one arrival: its receipt, and whether those bytes had been received before."""

    receipt: Receipt
    again: bool = False
    replaced: Receipt | None = None
    unread: str = ""
    """Why the file could not be read, and what to do; empty for one that could."""


def receive(
    collection: Collection,
    paths: Sequence[Path],
    *,
    workers: int | None = None,
    at_a_time: int = _TOGETHER,
    progress: Callable[[int, str], None] | None = None,
) -> Iterator[Received | PassedOver]:
    """Receive everything under ``paths`` and yield what became of each, in order.

    A file is stored, then registered in one step with its log entry; after an interruption the same
    command goes on, since what has been received is known by its bytes. ``at_a_time`` files are staged and
    checked together, which is what is lost by an interruption. Raises InputError for a path
    that does not exist or a closed collection, OutputError when the disk does not take it.
    """
    collection.refuse_if_closed()
    batch = Batch(collection.template, collection.roster if collection.roster.units else None, entries=True)
    done = 0
    incoming = arrivals(list(paths), inside=collection.folder)
    while together := list(islice(incoming, at_a_time)):
        for result in _receive_some(collection, together, batch, workers):
            done += 1
            yield result
            if progress is not None:
                progress(done, result.source if isinstance(result, PassedOver) else result.receipt.source)


def _receive_some(
    collection: Collection,
    together: Sequence[Arrival | PassedOver],
    batch: Batch,
    workers: int | None,
) -> Iterator[Received | PassedOver]:
    fresh: dict[str, Arrival] = {}
    for part in together:
        if isinstance(part, Arrival):
            sha256 = hashlib.sha256(part.content).hexdigest()
            if collection.register.receipt_of(sha256) is None:
                fresh.setdefault(sha256, part)
    with tempfile.TemporaryDirectory(prefix="xlbudget-") as staging:
        staged = [_staged(Path(staging), sha256, part) for sha256, part in fresh.items()]
        count = workers or many_files.suitable_workers(len(staged))
        checked = zip(fresh, many_files.check_each(staged, batch, workers=count), strict=True)
        results = dict(checked)
    for part in together:
        if isinstance(part, PassedOver):
            yield part
            continue
        sha256 = hashlib.sha256(part.content).hexdigest()
        yield _registered(collection, sha256, part, *results.pop(sha256, (None, None)))


def _registered(
    collection: Collection,
    sha256: str,
    arrival: Arrival,
    report: WorkbookReport | None,
    submission: Submission | None,
) -> Received:
    original = collection.place_of(sha256, arrival.name)
    if report is not None and not original.exists():
        write_whole(original, arrival.content)
    with collection.changing():
        collection.refuse_if_closed()
        known = collection.register.receipt_of(sha256)
        if known is not None or report is None:
            if known is None:  # the same bytes twice among what is received now
                raise InputError(f"“{arrival.source}”没有登记上；请重新收件。")
            return Received(known, again=True)
        return _new_receipt(collection, sha256, arrival, report, submission)


def _new_receipt(
    collection: Collection,
    sha256: str,
    arrival: Arrival,
    report: WorkbookReport,
    submission: Submission | None,
) -> Received:
    report, unit = _as_arrived(report, arrival.name), report.unit
    receipt = judged(
        Receipt(
            number=collection.register.next_receipt(),
            received_at=collection.moment(),
            sha256=sha256,
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
        readable=submission is not None or unit is not None,
    )
    text = canonical(data_of(report))
    receipt = replace(receipt, report_sha256=hashlib.sha256(text.encode()).hexdigest())
    before = collection.register.standing(receipt.unit_code)
    stands = bool(receipt.unit_code) and receipt.judged is not Status.UNREADABLE
    stands = stands and (before is None or receipt.judged.weight >= before.judged.weight)
    changed = replace(receipt, stands=stands)
    replaced = stood_down(before) if stands and before is not None else None
    rows: list[tuple[str, Row]] = [("receipt", row(part)) for part in (replaced, changed) if part]
    rows.append(("report", {"number": changed.number, "data": text}))
    collection.log(rows, "收件", receipt=changed.number)
    return Received(changed, replaced=replaced, unread=why_unread(changed, report))


def why_unread(receipt: Receipt, report: WorkbookReport) -> str:
    """Return what the report of a file that could not be read says; an empty text for others."""
    return report.findings[0].message if receipt.judged is Status.UNREADABLE and report.findings else ""


def _as_arrived(report: WorkbookReport, name: str) -> WorkbookReport:
    """Return a report that speaks of the file by the name under which it arrived."""
    findings = tuple(replace(finding, file=name) for finding in report.findings)
    settled = tuple(replace(part, finding=replace(part.finding, file=name)) for part in report.settled)
    return replace(report, path=Path(name), findings=findings, settled=settled)


def _staged(folder: Path, sha256: str, arrival: Arrival) -> Path:
    """Write an arrival under its own name, by which checks know it, into a folder of its own."""
    name = PurePosixPath(arrival.name)
    inner = folder / sha256[:16]
    inner.mkdir()
    path = inner / f"{safe_name(name.stem)[:_NAME] or '未命名'}{name.suffix.lower()}"
    path.write_bytes(arrival.content)
    return path
