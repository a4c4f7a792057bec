"""Returns of a collection as files at hand: by unit or receipt, under the names that people gave them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath

from xlbudget.checking.waivers import apply_waivers
from xlbudget.checking.whole_report import report_of
from xlbudget.department.collection.choice import chosen_receipts, is_word
from xlbudget.department.collection.folder import Collection, is_collection
from xlbudget.department.collection.originals import safe_suffix
from xlbudget.department.collection.records import Receipt
from xlbudget.department.collection.settled import settled, settled_report
from xlbudget.department.collection.status import CollectionStatus, decided_in, status_of
from xlbudget.files.elsewhere import listed
from xlbudget.files.whole_files import safe_name, staging_folder
from xlbudget.files.xlsx import Limits
from xlbudget.model import Report, Roster, Traits, Unit, Waiver, WorkbookReport, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.reports.replies import UNDECIDED, Decided
from xlbudget.returns.incoming_files import find_files
from xlbudget.returns.template_choice import choose_template

_NAME = 60  # characters of a name on the disk


@dataclass(frozen=True, slots=True)
class FileOfReturn:
    """A return of a collection as a file under its own name, and its report as the collection has it.

    The report's path is the file. ``unit`` is None when nobody knows whose it is. ``current``: the report
    would be the same if the file were judged now.
    """

    path: Path
    receipt: Receipt
    unit: Unit | None
    report: WorkbookReport
    current: bool


@dataclass(frozen=True, slots=True)
class AtHand:
    """What paths of a command name, as files and folders: of a collection the returns that are meant.

    ``returns`` are those that come from collections. ``known`` is the template, ``roster`` the units of the
    one collection that all is from; None where it is not so. ``missing`` are its units without a return,
    ``waivers`` what is on record there, ``said`` what officers decided, for replies.
    """

    paths: tuple[Path, ...]
    returns: tuple[FileOfReturn, ...] = ()
    known: WorkbookTemplate | None = None
    roster: Roster | None = None
    missing: tuple[Unit, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    said: Decided = UNDECIDED

    def files(self, *, published: bool = False) -> list[Path]:
        """Return every file, those in folders too; InputError when there is none."""
        return find_files(self.paths, published=published)[0]

    def template(
        self,
        name: str | None,
        root: Path | None,
        limits: Limits | None = None,
        *,
        published: bool = False,
    ) -> WorkbookTemplate:
        """Return the template called ``name``, else the collection's, else that of the files' stamps."""
        known = self.known
        if (
            known is not None
            and not name
            and (not root or known.folder.resolve().is_relative_to(root.resolve()))
        ):
            return known
        return choose_template(self.files(published=published), name, root, limits)

    def report(self, template: WorkbookTemplate, roster: Roster | None = None) -> Report | None:
        """Return the report of returns as they were judged on receiving them, with all decisions since.

        None where they have to be judged now: other files are among them, or by other rules, with another
        roster, or another version of the program judged them.
        """
        if self.known is None or not _same_rules(self.known, template):
            return None
        if roster not in (None, self.roster) or not all(part.current for part in self.returns):
            return None
        whole = report_of(template, (part.report for part in self.returns))
        return replace(whole, missing=self.missing)

    def decided(self, report: Report, template: WorkbookTemplate) -> Report:
        """Return a report that was made now with what officers decided about the returns in it."""
        if not self.returns:
            return report
        waived = apply_waivers(report, self.waivers, template, date.today()) if self.waivers else report
        receipts = {part.path: part.receipt for part in self.returns}
        workbooks = (
            settled(receipts[part.path], part) if part.path in receipts else part for part in waived.workbooks
        )
        return replace(waived, workbooks=tuple(workbooks))


def _same_rules(one: WorkbookTemplate, other: WorkbookTemplate) -> bool:
    return (one.digest, [rule.off for rule in one.every_rule]) == (
        other.digest,
        [rule.off for rule in other.every_rule],
    )


def given(
    paths: Iterable[Path | str] | Path | str | AtHand, scheduler: str | None = None, last: int = 1
) -> AbstractContextManager[AtHand]:
    """Have paths as files at hand; what is at hand already stays so."""
    return nullcontext(paths) if isinstance(paths, AtHand) else at_hand(listed(paths, scheduler), last)


@contextmanager
def at_hand(paths: Sequence[Path], last: int = 1) -> Iterator[AtHand]:
    """Have what ``paths`` name as files: a collection, and behind it units by code or name, or receipts.

    Without units those returns are taken that stand for theirs. Of a unit the ``last`` returns are taken that
    can be read, oldest first. Originals are copied, never handed out. Raises InputError for a unit or receipt
    that is not there, and for an original that has been changed.
    """
    if not any(is_collection(path) for path in paths):
        yield AtHand(tuple(paths))
        return
    with staging_folder() as room, ExitStack() as opened:
        found: list[Path] = []
        returns: list[FileOfReturn] = []
        collections: list[Collection] = []
        whole = True
        rest = list(paths)
        while rest:
            path = rest.pop(0)
            if not is_collection(path):
                found.append(path)
                continue
            collection = opened.enter_context(Collection.open(path))
            words = []
            while rest and not is_collection(rest[0]) and is_word(collection, rest[0]):
                words.append(str(rest.pop(0)))
            inner = room / str(len(collections))
            status = status_of(collection)
            taken = list(_taken(collection, status, words, last, inner))
            collections.append(collection)
            returns += taken
            found += [part.path for part in taken]
            whole = not words
        if len(collections) > 1 or len(found) > len(returns):
            yield AtHand(tuple(found), tuple(returns))
            return
        [one] = collections
        missing = _missing(one, status, returns) if whole else ()
        roster = one.roster if one.roster.units and whole else None
        yield AtHand(
            tuple(found), tuple(returns), one.template, roster, missing, tuple(one.waivers()), decided_in(one)
        )


def _missing(
    collection: Collection, status: CollectionStatus, returns: Sequence[FileOfReturn]
) -> tuple[Unit, ...]:
    here = {part.unit.code for part in returns if part.unit is not None}
    here |= {unit.code for units in status.told.values() for unit in units}
    return tuple(unit for unit in collection.missing() if unit.code not in here)


def _taken(
    collection: Collection, status: CollectionStatus, words: Sequence[str], last: int, room: Path
) -> Iterator[FileOfReturn]:
    """Yield the returns that are meant, put down in ``room``."""
    units = {part.unit.code: part.unit for part in status.units}
    receipts = [part for word in words for part in chosen_receipts(collection, word, last)]
    if not words:
        receipts = [part.receipt for part in status.units if part.receipt is not None]
    if not receipts:
        raise InputError(f"收件文件夹“{collection.folder}”里还没有各单位的报送；先用 xlbudget collect 收件。")
    for receipt in dict.fromkeys(receipts):
        path = _put(collection, receipt, room)
        report = settled_report(collection, receipt)
        told = status.told.get(receipt.number, ())
        unit = units.get(receipt.unit_code) or report.unit or (told[0] if len(told) == 1 else None)
        current = bool(collection.kept(receipt))
        # what the other units show is in the report: it is not compared again with what was decided since
        report = replace(report, path=path, unit=unit, traits=Traits())
        yield FileOfReturn(path, receipt, unit, report, current)


def _put(collection: Collection, receipt: Receipt, room: Path) -> Path:
    """Copy an original under its own name; InputError when it is not as it was received."""
    if collection.digest_of(receipt) != receipt.sha256:
        raise InputError(
            f"{receipt.number} 号收件（{receipt.name}）的原件在收件以后改动过或不见了；"
            "用 xlbudget verify 核查，并请单位重报。"
        )
    name = PurePosixPath(receipt.name)
    own = f"{safe_name(name.stem)[:_NAME] or '未命名'}{safe_suffix(receipt.name)}"
    target = room / f"{receipt.number}号" / own
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(collection.original(receipt), target)
    return target
