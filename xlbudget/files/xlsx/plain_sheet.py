"""Worksheets as spreadsheet programs write them, read many times faster than event by event.

A sheet is cut into its rows, and a row in the plain form ``<row …><c r s t><f>…</f><v>…</v></c>…</row>``
into its shape and its values: units return the same template, so that most shapes have been read before.
A shape is taken apart by one regular expression. Whole sheets and rows that two files have byte for byte
are remembered too. What stands before and after the rows goes through the ordinary handler. Whatever is
not plain (shared formulas, prefixes, comments, hidden rows, doubtful bytes, any limit in sight) makes
:func:`read_plainly` return None, and the sheet is read event by event: what may be accepted, and what is
refused with which reason, is decided there alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from xlbudget.files.xlsx.cells import (
    RawSheet,
    SheetCells,
)
from xlbudget.files.xlsx.package import sliced
from xlbudget.files.xlsx.parts import local_name
from xlbudget.files.xlsx.plain_rows import (
    LARGEST_ROW,
    LONG_TEXT,
    REMEMBERED_BYTES,
    RESOLVED,
    ROW_EXTENSION,
    SLOT,
    SPACE,
    VALUE,
    PlainRow,
    shape_of,
)
from xlbudget.files.xlsx.plain_text import DECLARATION, NotPlain, decoded
from xlbudget.files.xlsx.remembered import Memory
from xlbudget.files.xlsx.sheet import SharedParts, SheetHandler
from xlbudget.files.xlsx.texts import Kept
from xlbudget.model.errors import UnreadableWorkbook

_HEAD = re.compile(DECLARATION + rb"<worksheet[ >]")


class _FrameHandler(SheetHandler):
    """Reads a sheet without its rows."""

    __slots__ = ("data_elements",)

    def __init__(self, surroundings: SharedParts, sheet: RawSheet) -> None:
        super().__init__(surroundings, sheet)
        self.data_elements = 0

    def _start_other(self, depth: int, name: str, attributes: dict[str, str]) -> None:
        if local_name(name) == "sheetData":
            self.data_elements += depth if depth == 2 else 1
        super()._start_other(depth, name, attributes)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A sheet without its rows; ``text`` is what it counts against the limit on texts."""

    sheet: RawSheet
    active: frozenset[str]
    text: int
    extended: bool


class _PlainSheet:
    """A sheet as read, and what it counts against limits.

    ``resolved`` are its cells by the shared strings in them: those of code lists, the same in every file, are
    put together once, and so is all that is concluded from them.
    """

    __slots__ = ("active", "frame", "indexes", "longest", "resolved", "rows", "stored", "text")

    def __init__(self, frame: _Frame, rows: Sequence[PlainRow]) -> None:
        self.frame = frame
        self.rows = rows
        self.stored = sum([row.plain.stored for row in rows])
        self.text = frame.text + sum([row.text for row in rows])
        self.longest = max([row.longest for row in rows], default=0)
        self.active = frame.active.union(*{row.plain.active for row in rows})
        self.indexes = [index for row in rows for index in row.indexes]
        self.resolved: dict[tuple[str, ...], SheetCells] = {}
        if len({row.plain.shape.number for row in rows}) < len(rows):
            raise NotPlain
        if not frame.extended and any(row.plain.extended for row in rows):
            raise NotPlain

    def with_strings(self, strings: list[str] | None) -> SheetCells:
        if self.indexes and (strings is None or max(self.indexes) >= len(strings)):
            raise NotPlain
        texts = tuple([strings[index] for index in self.indexes]) if strings else ()
        cells = self.resolved.get(texts)
        if cells is None:
            if len(self.resolved) >= RESOLVED:
                self.resolved.clear()
            cells = self.resolved[texts] = SheetCells([row.with_strings(strings or []) for row in self.rows])
        return cells


_sheets: Memory[_PlainSheet] = Memory(REMEMBERED_BYTES // 2)
_frames: Memory[_Frame] = Memory(REMEMBERED_BYTES // 8)
_rows: Memory[PlainRow] = Memory(REMEMBERED_BYTES)


def read_plainly(
    surroundings: SharedParts, sheet: RawSheet, part: str, data: bytes
) -> tuple[RawSheet, frozenset[str]] | None:
    """Return a sheet and the active content in it, or None when it must be read event by event."""
    kept, limits = surroundings.kept, surroundings.package.limits
    key = data, limits
    try:
        plain = _sheets.get(key)
        if plain is None:
            plain = _read(surroundings, sheet, part, data)
            _sheets.keep(key, plain, len(data))
        cells = plain.with_strings(surroundings.strings)
    except (NotPlain, UnicodeDecodeError, UnreadableWorkbook):
        return None
    if (
        plain.longest > limits.string_length
        or len(plain.rows) > limits.rows
        or kept.text + plain.text > limits.text_total
        or kept.cells + plain.stored > limits.cells
    ):
        return None
    kept.text += plain.text
    kept.cells += plain.stored
    surroundings.package.check_clock()
    framed = replace(plain.frame.sheet, name=sheet.name, state=sheet.state, cells=cells)
    return framed, plain.active


_TELLING = (b"|", b"#", b"<!", b"WEBSERVICE", b"RTD(")  # active content, and what may hide it


def can_wait(data: bytes) -> bool:
    """Whether a sheet may be read later: whole, and nothing in it that is listed without being looked for."""
    whole = _HEAD.match(data) and data.rstrip(SPACE).endswith(b"</worksheet>")
    capitals = data.upper() if whole else b""
    return bool(whole) and not any(mark in capitals for mark in _TELLING)


def _read(surroundings: SharedParts, sheet: RawSheet, part: str, data: bytes) -> _PlainSheet:
    head, opening, rest = data.partition(b"<sheetData>")
    body, closing, tail = rest.rpartition(b"</sheetData>")
    if not (opening and closing and _HEAD.match(head)) or b"<!" in head or b"<!" in tail:
        raise NotPlain
    around = b"".join((head, opening, closing, tail))
    key = around, surroundings.package.limits
    frame = _frames.get(key)
    if frame is None:
        frame = _framed(surroundings, sheet, part, around, extended=ROW_EXTENSION in head)
        _frames.keep(key, frame, len(around))
    before, *written = body.split(b"<row ")
    if before.strip(SPACE):
        raise NotPlain
    return _PlainSheet(frame, _rows_of(written))


def _framed(
    surroundings: SharedParts, sheet: RawSheet, part: str, around: bytes, *, extended: bool
) -> _Frame:
    apart = replace(surroundings, kept=Kept(), strings=None)
    handler = _FrameHandler(apart, sheet)
    surroundings.package.parse(part, handler, handler.check, sliced(around))
    if handler.data_elements != 2 or handler.rows:
        raise NotPlain
    return _Frame(handler.finished(), frozenset(handler.active), apart.kept.text, extended)


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────


def _rows_of(written: Sequence[bytes]) -> list[PlainRow]:
    """Return rows from their bytes after ``<row ``, up to the next row."""
    rows = list(map(_rows.get, written))
    fresh = [at for at, row in enumerate(rows) if row is None]
    split = [VALUE.split(written[at]) for at in fresh]
    texts = decoded([value for pieces in split for value in pieces[1::2]])
    careful = _is_careful("\n".join(texts))
    long = max(map(len, texts), default=0) > LONG_TEXT
    following = iter(texts)
    for at, pieces in zip(fresh, split, strict=True):
        shape = shape_of(SLOT.join(pieces[::2]))
        row = rows[at] = shape.row(list(islice(following, len(pieces) // 2)), careful=careful, long=long)
        if len(written[at]) <= LARGEST_ROW:
            _rows.keep(written[at], row, len(written[at]))
    return [row for row in rows if row is not None]


def _is_careful(joined: str) -> bool:
    """Whether some of the values, joined by line ends, may not stand for themselves."""
    return not joined.isascii() or any(mark in joined for mark in ("_x", " ", "\t", "\r"))
