"""The jobs on a collection: receiving, deciding, closing, verifying; the folder is the command line's."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from xlbudget.definitions.rosters import read_roster
from xlbudget.department.collection import Collection, Receipt, Received, decisions
from xlbudget.department.collection.arrivals import PassedOver, workbooks_at_hand
from xlbudget.department.collection.closing import close, reopen
from xlbudget.department.collection.folder import is_collection
from xlbudget.department.collection.receiving import receive
from xlbudget.department.collection.records import Status
from xlbudget.department.collection.status import (
    CollectionStatus,
    decided_in,
    problems_of,
    report_of_collection,
    status_of,
)
from xlbudget.department.collection.status_page import status_page
from xlbudget.department.collection.status_papers import (
    history_text,
    received_line,
    received_summary,
    status_workbook,
)
from xlbudget.department.collection.summary import summary_of
from xlbudget.department.collection.verification import verify
from xlbudget.department.summary.naming import department_of
from xlbudget.desk.jobs import Desk, Done, Job, Output, Step
from xlbudget.desk.mirror import Mirror
from xlbudget.desk.papers import REPLIES, archived, made_in
from xlbudget.desk.views import allowed, in_words, part_view
from xlbudget.files.whole_files import write_whole
from xlbudget.model import Finding, Report, Severity, Waiver
from xlbudget.model.errors import InputError
from xlbudget.model.words import inert
from xlbudget.reports.arrangement import arrange
from xlbudget.reports.replies import write_replies
from xlbudget.returns.template_choice import choose_template

ARCHIVE = "收件情况.zip"
_OFTEN = 1.5  # seconds after which what was received is put down: the register goes as a whole each time
_DECIDE: dict[str, Callable[[Collection, int, str], Receipt]] = {
    "accept": decisions.accept,
    "return": decisions.send_back,
    "replace": decisions.prefer,
    "zero": decisions.confirm_zero,
}


def collection(desk: Desk, job: str, folder: str) -> Job:
    """Say where a collection stands; a folder that is none yet says so (``is_one`` false)."""
    yield Step(0, 1)
    if not is_collection(Path(folder)):
        return Done({"is_one": False})
    with Collection.open(Path(folder)) as opened:
        return Done(_status(opened))


def collect(
    desk: Desk,
    job: str,
    folder: str,
    inputs: Sequence[str],
    *,
    roster: str = "",
    user: str = "",
    real: bool = False,
) -> Job:
    """Receive files, one step each; a new collection is made for the roster and the template they carry."""
    place, paths = Path(folder), [Path(part) for part in inputs]
    mirror = Mirror(place, real=real)
    if is_collection(place) and not roster:
        opened = Collection.open(place, user=user)
    else:
        chosen = choose_template(workbooks_at_hand(paths), None, desk.templates)
        listed = read_roster(Path(roster), chosen) if roster else None
        opened = Collection.create(place, chosen, listed, desk.templates, user=user)
    with opened:
        yield Step(0, len(paths), outputs=mirror.changed())
        results: list[Received | PassedOver] = []
        last = time.monotonic()
        for result in receive(opened, paths, workers=1, at_a_time=1):
            results.append(result)
            source = result.source if isinstance(result, PassedOver) else result.receipt.source
            due = time.monotonic() - last > _OFTEN
            changed = mirror.changed() if due else ()
            yield Step(len(results), max(len(paths), len(results)), inert(source), changed)
            last = time.monotonic() if due else last
        said = {
            "lines": [in_words(received_line(result)) for result in results],
            "summary": received_summary(results),
        }
        status = _status(opened)
    return Done({**status, **said}, mirror.changed())


def decide(
    desk: Desk,
    job: str,
    folder: str,
    receipt: int,
    action: str,
    reason: str,
    *,
    user: str = "",
    real: bool = False,
) -> Job:
    """Take a decision about a return: ``accept``, ``return``, ``replace`` or ``zero``, with a reason."""
    yield Step(0, 1)
    mirror = Mirror(Path(folder), real=real)
    with Collection.open(Path(folder), user=user) as opened:
        _DECIDE[action](opened, receipt, _reason(reason))
        status = _status(opened)
    return Done(status, mirror.changed())


def waive(
    desk: Desk,
    job: str,
    folder: str,
    receipt: int,
    reason: str,
    *,
    until: str,
    user: str = "",
    real: bool = False,
) -> Job:
    """Waive all findings of a return that want an explanation: each for its cell and values, till a day."""
    yield Step(0, 1)
    mirror = Mirror(Path(folder), real=real)
    with Collection.open(Path(folder), user=user) as opened:
        report = opened.report(opened.receipt(receipt))
        open_ones = [finding for finding in report.findings if finding.severity is Severity.EXPLAIN]
        if not open_ones:
            raise InputError(f"{receipt} 号收件没有待说明的问题，不用认可。")
        if not until:
            raise InputError("请填写认可的有效期；过了这一天，认可自动失效。")
        day = date.fromisoformat(until)
        why, unit = _reason(reason), opened.receipt(receipt).unit_code
        waivers = [
            Waiver(unit, each.rule, _cell(each), each.stored, opened.user, why, day, each.expected)
            for each in open_ones
        ]
        decisions.waive(opened, receipt, waivers, why)
        status = _status(opened)
    return Done(status, mirror.changed())


def history(desk: Desk, job: str, folder: str, unit: str) -> Job:
    """Say what happened to the returns of one unit."""
    yield Step(0, 1)
    with Collection.open(Path(folder)) as opened:
        return Done({"lines": history_text(opened, unit).splitlines()})


def receipt(desk: Desk, job: str, folder: str, number: int) -> Job:
    """Give everything that was found in one return."""
    yield Step(0, 1)
    with Collection.open(Path(folder)) as opened:
        report = opened.report(opened.receipt(number))
        whole = Report(opened.settings["title"], "", "", (report,))
    arrangement = arrange(whole)
    return Done({"part": part_view(arrangement, arrangement.parts[0])})


def close_books(
    desk: Desk,
    job: str,
    folder: str,
    reason: str,
    *,
    allow: Sequence[str] = (),
    name: str = "",
    user: str = "",
    real: bool = False,
) -> Job:
    """Close a collection by a manifest."""
    yield Step(0, 1)
    mirror = Mirror(Path(folder), real=real)
    with Collection.open(Path(folder), user=user) as opened:
        close(opened, department_of(opened.roster.units, "", name), _reason(reason), allow)
        status = _status(opened)
    return Done(status, mirror.changed())


def reopen_books(
    desk: Desk, job: str, folder: str, reason: str, *, user: str = "", real: bool = False
) -> Job:
    """Open a closed collection again."""
    yield Step(0, 1)
    mirror = Mirror(Path(folder), real=real)
    with Collection.open(Path(folder), user=user) as opened:
        reopen(opened, _reason(reason))
        status = _status(opened)
    return Done(status, mirror.changed())


def verify_books(desk: Desk, job: str, folder: str) -> Job:
    """Say whether anything of a collection has been changed outside the program."""
    yield Step(0, 1)
    verified = verify(Path(folder))
    return Done(
        {
            "receipts": verified.receipts,
            "entries": verified.entries,
            "changes": [inert(text) for text in verified.changes],
            "remarks": [inert(text) for text in verified.remarks],
        }
    )


def join_books(
    desk: Desk,
    job: str,
    folder: str,
    *,
    allow: Sequence[str] = (),
    name: str = "",
    balance_rounding: bool = False,
) -> Job:
    """Join what has been accepted in a collection into the department workbook."""
    yield Step(0, 1)
    with Collection.open(Path(folder)) as opened:
        head = department_of(opened.counted_units(), "", name)
        summary = summary_of(opened, head, allow)
    if balance_rounding:
        summary = summary.with_balanced_rounding()
    path = write_whole(desk.place(job) / "部门汇总.xlsx", summary.workbook())
    return Done({"units": len(summary.units), "gaps": list(summary.gaps)}, (Output(path.name, path),))


def status_papers(desk: Desk, job: str, folder: str, *, until: str = "") -> Job:
    """Write the status as a page and a workbook, and the replies and reminders, in one archive."""
    yield Step(0, 1)
    target = desk.place(job) / "papers"
    with Collection.open(Path(folder)) as opened:
        status = status_of(opened)
        page = status_page(status, opened.moment())
        write_whole(target / "收件情况.html", page if isinstance(page, bytes) else page.encode())
        write_whole(target / "收件情况.xlsx", status_workbook(status, opened.receipts()))
        day = date.fromisoformat(until) if until else None
        write_replies(report_of_collection(opened), target / REPLIES, day, decided_in(opened))
    made = made_in(target)
    return Done({}, (Output(ARCHIVE, archived(target, made, desk.place(job) / ARCHIVE)),))


def _cell(finding: Finding) -> str:
    """Name the place of a finding as a file of waivers does."""
    place = finding.place
    address = "!".join(word for word in (place.sheet, place.address) if word)
    return address if place.address else str(place)


def _reason(text: str) -> str:
    if not text.strip():
        raise InputError("请写明原因，登记簿要记下来。")
    return text.strip()


def _status(opened: Collection) -> dict[str, Any]:
    status = status_of(opened)
    return {
        "is_one": True,
        "title": inert(status.title),
        "closed": status.closed,
        "receipts": status.receipts,
        "allowed": allowed(),
        "states": [{"state": state, "count": status.count(state)} for state in _states(status)],
        "units": [
            {
                "code": inert(part.unit.code),
                "name": inert(part.unit.name),
                "superior": inert(part.unit.superior),
                "state": part.state,
                "receipt": part.receipt and _receipt(status, part.receipt),
                "waiting": [_receipt(status, each) for each in part.waiting],
            }
            for part in status.units
        ],
        "strangers": [_receipt(status, each) for each in status.strangers],
    }


def _states(status: CollectionStatus) -> list[str]:
    return list(dict.fromkeys(part.state for part in status.units))


def _receipt(status: CollectionStatus, receipt: Receipt) -> dict[str, Any]:
    problems = status.unread.get(receipt.number) or problems_of(receipt)
    return {
        "number": receipt.number,
        "name": inert(receipt.name),
        "source": inert(receipt.source),
        "at": receipt.received_at,
        "status": receipt.status.value,
        "problems": inert(problems),
        "blocking": receipt.blocking,
        "explain": receipt.explain,
        "refused": receipt.status is Status.REFUSED,
        "empty": receipt.empty and not receipt.zero,
        "accepted": receipt.judged.weight > 1 and receipt.stands,
        "stands": receipt.stands,
    }
