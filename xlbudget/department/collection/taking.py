"""Out of a collection again: originals, annotated copies and replies, a folder for each unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from xlbudget.department.collection.at_hand import FileOfReturn, at_hand
from xlbudget.department.collection.folder import Collection
from xlbudget.files.whole_files import make_folder, safe_name, write_whole
from xlbudget.model import Report
from xlbudget.model.errors import InputError
from xlbudget.reports.annotated_copies import write_copies
from xlbudget.reports.mail_drafts import mail_draft
from xlbudget.reports.replies import TOGETHER, Decided, together, write_replies

_NOBODY = "认不出单位"


@dataclass(frozen=True, slots=True)
class TakenReturn:
    """What was written for one return: its original, annotated copies (with why not), replies, mails.

    ``drafts`` are mails with the reply as text and the annotated copy attached.
    """

    number: int
    original: Path
    annotated: tuple[Path, ...]
    replies: tuple[Path, ...]
    drafts: tuple[Path, ...]
    not_annotated: str = ""


def take(
    collection: Path | str, folder: Path | str, units: Sequence[str] = (), until: date | None = None
) -> list[TakenReturn]:
    """Write original, annotated copy, reply and mail of returns into ``folder``, a folder for each unit.

    All replies stand in one file beside these folders.

    ``units`` are codes or names of units, or receipts (``7号``); without any, all that stand for theirs are
    taken. ``until`` is the date in the replies. Raises InputError for what is no
    collection, a unit or receipt that is not there, OutputError or ExistingFile where something cannot be
    written.
    """
    place, source = Path(folder), Path(collection)
    Collection.open(source).close()  # says so when it is none
    if place.resolve().is_relative_to(source.resolve()):
        raise InputError(f"“{place}”在收件文件夹里；请另选一个文件夹。")
    with at_hand([source, *map(Path, units)]) as given:
        whole = Report("", "", "", ())
        known = given.known
        if known is not None:
            title = f"{known.title}（{known.authority}）"
            made = datetime.now().astimezone().isoformat(timespec="seconds")
            whole = Report(title, known.id, known.digest, (), made_at=made, phrases=known.phrases)
        taken = [_taken(part, whole, place, until, given.said) for part in given.returns]
    replies = [reply for part in taken for reply in part.replies]
    write_whole(place / TOGETHER, together([_text(path) for path in replies]))
    return taken


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")


def _taken(
    part: FileOfReturn, whole: Report, place: Path, until: date | None, decided: Decided
) -> TakenReturn:
    name = f"{part.unit.code}_{part.unit.name}" if part.unit else f"{_NOBODY}_{part.receipt.number}号"
    own = make_folder(place / safe_name(name))
    original = own / part.path.name
    if original.exists() and original.read_bytes() != part.path.read_bytes():
        original = own / f"{part.receipt.number}号_{part.path.name}"
    if not original.exists():
        write_whole(original, part.path.read_bytes())
    report = replace(whole, workbooks=(part.report,))
    copies = write_copies(report, own)
    replies = write_replies(report, own, until, decided)
    annotated = [copy.path for copy in copies if copy.path is not None]
    drafts = tuple(
        write_whole(
            path.with_suffix(".eml"), mail_draft(f"“{whole.template_title}”审核情况", _text(path), annotated)
        )
        for path in replies
    )
    return TakenReturn(
        part.receipt.number,
        original,
        tuple(annotated),
        replies,
        drafts,
        "；".join(copy.reason for copy in copies if copy.reason),
    )
