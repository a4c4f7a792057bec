"""The collection itself: receiving files, what officers decide, and which return stands for each unit."""

from __future__ import annotations

import getpass
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from xlbudget.checking.runs.basis import basis_of
from xlbudget.checking.runs.batch import Batch
from xlbudget.checking.runs.report_data import report_from
from xlbudget.checking.waivers import apply_waivers
from xlbudget.definitions.loading import load_template
from xlbudget.department.collection.originals import ORIGINALS, digest_at, place_in
from xlbudget.department.collection.records import OWNER_ONLY, Receipt, Row
from xlbudget.department.collection.register import FORMAT, WHAT_TO_DO, Register, damaged
from xlbudget.department.collection.rows import (
    ABOLISHED,
    CODES,
    CONTROLS,
    codes_from,
    controls_from,
    unit_rows,
    waiver_from,
)
from xlbudget.department.collection.schema import TABLE_NAMES
from xlbudget.files.whole_files import make_folder, write_whole
from xlbudget.model import Report, Roster, Unit, Waiver, WorkbookReport, WorkbookTemplate
from xlbudget.model.errors import InputError, XlbudgetError

REGISTER, HEAD = "register.sqlite", "log-head.txt"

_SETTINGS = {"format", "template", "digest", "title", "closed", "templates"}

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class CountedReturn:
    """The return that stands for a unit, its file, and its report with the waivers applied."""

    unit: Unit
    receipt: Receipt
    path: Path
    report: WorkbookReport


def _clock() -> datetime:
    return datetime.now().astimezone()


class Collection:
    """A collection folder; use :meth:`create` and :meth:`open`. A context manager that closes the register.

    ``now`` gives the time of what is logged, ``user`` who does it (default: the name of the account).
    """

    def __init__(self, folder: Path, *, now: Clock = _clock, user: str = "") -> None:
        self.folder = folder
        self.now = now
        self.user = user or _account()
        self.register = Register(folder / REGISTER)
        self._changed = False
        self.settings = self.register.settings()

    @classmethod
    def create(
        cls,
        folder: Path,
        template: WorkbookTemplate,
        roster: Roster | None = None,
        templates: Path | None = None,
        *,
        now: Clock = _clock,
        user: str = "",
    ) -> Collection:
        """Make a collection for a template and a roster, or open the one that is there.

        Raises InputError when the folder holds other things, or a collection of another template or roster.
        """
        if folder.exists() and not folder.is_dir():
            raise InputError(f"“{folder}”不是文件夹；收件文件夹要么是新的，要么是以前收件用的。")
        if folder.is_dir() and not (folder / REGISTER).exists() and _strangers(folder):
            raise InputError(f"文件夹“{folder}”里已有别的文件；请为收件另建一个文件夹。")
        make_folder(folder / ORIGINALS, 0o700)
        with ExitStack() as opened:
            collection = opened.enter_context(cls(folder, now=now, user=user))
            collection._begin(template, roster, templates)
            opened.pop_all()  # all went well: it stays open
        return collection

    @classmethod
    def open(cls, folder: Path, *, now: Clock = _clock, user: str = "") -> Collection:
        """Open a collection; InputError when the folder is none."""
        if not is_collection(folder):
            raise InputError(f"“{folder}”不是收件文件夹（没有 {REGISTER}）；先用 xlbudget collect 收件。")
        collection = cls(folder, now=now, user=user)
        if collection.settings.get("format") != FORMAT:
            collection.close()
            raise InputError(f"收件文件夹“{folder}”没有建好，或是别的版本建的；请重新收件。")
        if not collection.settings.keys() >= _SETTINGS:
            collection.close()
            raise damaged(folder / REGISTER)
        return collection

    def __enter__(self) -> Collection:
        """Return the collection."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the register."""
        self.close()

    def close(self) -> None:
        """Close the register."""
        if self._changed:
            with suppress(sqlite3.Error, XlbudgetError):  # the digest is a help, not a duty
                self._put_digest_down()
        self._changed = False
        self.register.close()

    def _put_digest_down(self) -> None:
        """Put the digest of the register's file beside the head of its log, while nobody else writes."""
        with self.register.transaction():
            entry = self.register.last_entry()
            if entry is not None:
                digest = digest_at(self.folder / REGISTER)
                write_whole(
                    self.folder / HEAD,
                    f"{entry.number} {entry.hash} {digest}\n".encode(),
                    OWNER_ONLY,
                    replace=True,
                )

    def _begin(self, template: WorkbookTemplate, roster: Roster | None, templates: Path | None) -> None:
        wanted = {"format": FORMAT, "template": template.id, "digest": template.digest}
        with self.changing():
            self.settings = self.register.settings()
            if not self.settings:
                wanted |= {"title": f"{template.title}（{template.authority}）", "closed": ""}
                wanted["templates"] = str(templates.resolve()) if templates else ""
                rows: list[tuple[str, Row]] = [
                    ("setting", {"key": key, "value": value}) for key, value in wanted.items()
                ]
                self.log([*rows, *unit_rows(roster)], "建立")
                self.settings = dict(wanted)
                return
        for key in ("template", "digest"):
            if self.settings[key] != wanted[key]:
                raise InputError(
                    f"收件文件夹“{self.folder}”是为模板“{self.settings['template']}”的另一版本建的；"
                    "请用原来的模板，或另建收件文件夹。"
                )
        if roster is not None and roster != self._expected(roster):
            self._new_roster(roster)

    def _expected(self, listed: Roster) -> Roster:
        """Return the roster as it is known, without the abolished units that are no longer listed."""
        roster, abolished = self.roster, self.abolished
        units = tuple(
            unit for unit in roster.units if unit.code not in abolished or listed.find(unit.code) is not None
        )
        return replace(roster, units=units)

    def _new_roster(self, roster: Roster) -> None:
        """Take over a changed roster; only abolished units may be gone from it, and stay on record."""
        kept = {unit.code for unit in roster.units} | self.abolished.keys()
        lost = [part for part in self.register.receipts() if part.stands and part.unit_code not in kept]
        gone = [unit.code for unit in self.roster.units if unit.code not in kept]
        if lost or gone:
            names = "、".join(gone or [part.unit_code for part in lost])
            raise InputError(f"新名册里没有原来的单位 {names}；收件中途只能增加或改正单位，不能删去。")
        with self.changing():
            self.refuse_if_closed()
            self.log(unit_rows(roster), "更新名册")

    # -------------------------------------------------------------- reading

    @cached_property
    def template(self) -> WorkbookTemplate:
        """The template of the collection; InputError when its definitions have changed since."""
        templates = Path(self.settings["templates"]) if self.settings["templates"] else None
        template = load_template(self.settings["template"], templates)
        if template.digest != self.settings["digest"]:
            raise InputError(
                f"模板“{template.id}”在收件开始以后改动过，与收到的工作簿不是同一版本；请恢复原来的模板。"
            )
        return template

    @property
    def roster(self) -> Roster:
        """The units expected to return, in the order of their list; empty when none was given."""
        settings = self.register.settings()
        units = tuple(
            Unit(row["code"], row["name"], row["kind"], row["superior"], row["superior_code"])
            for row in self.register.rows("unit")
        )
        with self._as_written("setting"):
            return Roster(
                units,
                controls_from(settings.get(CONTROLS, "")),
                codes_from(settings.get(CODES, "")),
            )

    @property
    def abolished(self) -> dict[str, str]:
        """The units abolished or merged into others in mid-round: unit code → reason."""
        stored: dict[str, str] = json.loads(self.register.settings().get(ABOLISHED, "") or "{}")
        return stored

    @property
    def closed(self) -> str:
        """The manifest that closed the collection, or an empty text while it is open."""
        return self.register.settings().get("closed", "")

    def receipts(self) -> list[Receipt]:
        """Return every receipt, by number."""
        return self.register.receipts()

    def receipt(self, number: int) -> Receipt:
        """Return one receipt; InputError when there is none of that number."""
        for receipt in self.receipts():
            if receipt.number == number:
                return receipt
        raise InputError(f"没有 {number} 号收件；用 xlbudget status 查看收件号。")

    def original(self, receipt: Receipt) -> Path:
        """Return where the bytes of a receipt lie."""
        return self.place_of(receipt.sha256, receipt.name)

    def place_of(self, sha256: str, name: str) -> Path:
        """Return where a file of those bytes lies; it keeps the suffix of its name, so that it opens."""
        return place_in(self.folder, sha256, name)

    def digest_of(self, receipt: Receipt) -> str:
        """Return the SHA-256 of an original as it is now, empty when it is not there."""
        return digest_at(self.original(receipt))

    def report(self, receipt: Receipt, waived: bool = True) -> WorkbookReport:
        """Return the report of a receipt as it was made on receiving it, with the waivers of today."""
        with self._as_written("report", receipt.number):
            stored = report_from(json.loads(self.register.report_text(receipt.number)))
        stored = replace(stored, path=Path(receipt.name))
        return self.waived(stored) if waived else stored

    def batch(self) -> Batch:
        """Return by what returns are judged on receiving them."""
        roster = self.roster
        return Batch(self.template, roster if roster.units else None, entries=True)

    @cached_property
    def basis(self) -> str:
        """What a report that is made now depends on, as :meth:`kept` compares it."""
        return basis_of(self.batch())

    def kept(self, receipt: Receipt) -> Mapping[str, Any]:
        """Return what was put down with the report of a receipt, if nothing that it depends on has changed.

        Empty otherwise: then the original has to be read again.
        """
        text = self.register.report_text(receipt.number)
        if hashlib.sha256(text.encode()).hexdigest() != receipt.report_sha256:
            return {}
        with self._as_written("report", receipt.number):
            data: dict[str, Any] = json.loads(text)
            return data if data.get("basis") == self.basis else {}

    def waivers(self) -> list[Waiver]:
        """Return the waivers that the officer has put on record."""
        rows = self.register.rows("waiver")
        with self._as_written("waiver"):
            return [waiver_from(json.loads(row["data"])) for row in rows]

    @contextmanager
    def _as_written(self, table: str, number: int | None = None) -> Iterator[None]:
        """Turn whatever follows from data that we never wrote into one sentence that names the place."""
        try:
            yield
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            where = f"“{TABLE_NAMES[table]}”{'' if number is None else f'（{number} 号收件）'}"
            what = f"登记簿“{self.register.path}”的{where}已损坏：内容不是程序写的。"
            raise InputError(f"{what}{WHAT_TO_DO}") from error

    def counted(self) -> list[CountedReturn]:
        """Return the return that stands for each unit, in the order of the roster, then of unit codes.

        What units have returned that are abolished since does not count.
        """
        found = []
        for receipt, listed in self._with_units():
            report = self.report(receipt)
            unit = listed or report.unit
            if unit is not None:
                found.append(CountedReturn(unit, receipt, self.original(receipt), report))
        return found

    def counted_units(self) -> list[Unit]:
        """Return the units of :meth:`counted`, without a look at the reports of those on the roster."""
        units = (listed or self.report(receipt).unit for receipt, listed in self._with_units())
        return [unit for unit in units if unit is not None]

    def standing(self) -> list[Receipt]:
        """Return the receipts that count, the earliest first."""
        abolished = self.abolished
        return [part for part in self.receipts() if part.stands and part.unit_code not in abolished]

    def _with_units(self) -> list[tuple[Receipt, Unit | None]]:
        """Return the same in the order of the roster, each with its unit if the roster has it."""
        listed = self.roster.units
        units, place = {unit.code: unit for unit in listed}, {unit.code: at for at, unit in enumerate(listed)}
        standing = self.standing()
        standing.sort(key=lambda part: (place.get(part.unit_code, len(place)), part.unit_code))
        return [(receipt, units.get(receipt.unit_code)) for receipt in standing]

    def missing(self) -> tuple[Unit, ...]:
        """Return the units of the roster for which nothing stands, but for those that are abolished."""
        settled = {receipt.unit_code for receipt in self.receipts() if receipt.stands} | self.abolished.keys()
        return tuple(unit for unit in self.roster.units if unit.code not in settled)

    def waived(self, report: WorkbookReport) -> WorkbookReport:
        """Return a report with the waivers on record applied as of today."""
        waivers = self.waivers()
        if not waivers:
            return report
        whole = Report("", "", "", (report,))
        return apply_waivers(whole, waivers, self.template, self.now().date()).workbooks[0]

    # -------------------------------------------------------------- logging

    def set_closed(self, manifest: str, action: str, reason: str) -> None:
        """Close the collection by a manifest, or open it again with an empty one; the log keeps both."""
        with self.changing():
            self.log([("setting", {"key": "closed", "value": manifest})], action, reason)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Change the register within, all or nothing; then the head of its log is put down beside it.

        The head comes last: after a crash it is behind the log, never ahead of it, so that a log shorter
        than its head has been cut.
        On closing, the digest of the whole file joins it, so that a byte that nothing reads shows too.
        """
        with self.register.transaction():
            yield
        entry = self.register.last_entry()
        if entry is not None:
            write_whole(
                self.folder / HEAD, f"{entry.number} {entry.hash}\n".encode(), OWNER_ONLY, replace=True
            )
        self._changed = True

    def log(self, rows: Sequence[tuple[str, Row]], action: str, reason: str = "", receipt: int = 0) -> None:
        """Write rows and the log entry for them; within :meth:`changing`."""
        self.register.change(
            rows, at=self.moment(), user=self.user, action=action, reason=reason, receipt=receipt
        )

    def moment(self) -> str:
        """Return the time of what is done now, as the log has it."""
        return self.now().isoformat(timespec="seconds")

    def refuse_if_closed(self) -> None:
        """Raise InputError when the collection is closed."""
        if self.closed:
            raise InputError(f"收件文件夹“{self.folder}”已经关账；要继续，先用 xlbudget reopen 并写明原因。")


def is_collection(folder: Path) -> bool:
    """Whether a folder is a collection; a register without a byte is what an interruption left behind."""
    register = folder / REGISTER
    return register.is_file() and register.stat().st_size > 0


def _account() -> str:
    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return "未知"


def _strangers(folder: Path) -> bool:
    ours = {ORIGINALS, HEAD}
    return any(part.name not in ours and not part.name.startswith(".") for part in folder.iterdir())
