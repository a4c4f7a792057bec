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
from dataclasses import dataclass, field, replace
from itertools import islice

from xlbudget.files.xlsx.active_content import active_in_formula
from xlbudget.files.xlsx.cells import (
    MAX_COLUMN,
    MAX_ROW,
    Position,
    RawSheet,
    RowShape,
    ShapeCell,
    SheetCells,
    SheetRow,
)
from xlbudget.files.xlsx.package import sliced
from xlbudget.files.xlsx.parts import local_name, unescape
from xlbudget.files.xlsx.plain_text import DECLARATION, NotPlain, characters, decoded, without_entities
from xlbudget.files.xlsx.remembered import Memory
from xlbudget.files.xlsx.shared_formulas import column_number
from xlbudget.files.xlsx.sheet import SharedParts, SheetHandler
from xlbudget.files.xlsx.source import MIB
from xlbudget.files.xlsx.texts import Kept
from xlbudget.model.errors import UnreadableWorkbook

_HEAD = re.compile(DECLARATION + rb"<worksheet[ >]")
_SPACE = b" \t\r\n"
_EXTENSION = b'xmlns:x14ac="'  # where Excel keeps the exact height of a row's text
_ATTRIBUTES = rb'[A-Za-z0-9:]{1,20}="[ !#-%\'-;=?-~]*"'
_ROW = re.compile(rb"(" + _ATTRIBUTES + rb"(?: " + _ATTRIBUTES + rb")*) ?(/?)>")
_ATTRIBUTE = re.compile(rb'([A-Za-z0-9:]+)="([^"]*)"')
_ROW_ATTRIBUTES = frozenset(
    b"r spans s customFormat ht hidden customHeight outlineLevel collapsed thickTop thickBot ph "
    b"x14ac:dyDescent".split()
)
_CELL = re.compile(
    rb'<c r="([A-Z]{1,3}[0-9]{1,7})"(?: s="([0-9]{1,6})")?(?: t="([A-Za-z]{1,9})")?'
    rb'(?: ?/>|>(?:<f(?: aca="false")?>([^<]*)</f>)?(?:(\0)|(<v ?/>))?</c>'
    rb'|><is><t(?: xml:space="preserve")?>([^<]*)</t></is></c>)'
)
_PIECES = 8  # the text between two cells, and the seven groups of a cell
_VALUE = re.compile(rb"<v>([^<]*)</v>")
_SLOT = b"\0"  # stands for a value in a shape; it is no character of XML
_LONG = 64  # texts up to this length are not counted against the limit on texts
_REMEMBERED = 200_000  # formulas and references; a template has some 40,000
_BYTES = 32 * MIB  # of remembered rows: those of six full workbooks without one row alike
_LARGEST_ROW = 65_536
_RESOLVED = 4  # ways to resolve one row's shared strings; files of one program have the same

_formulas: dict[bytes, tuple[str | None, frozenset[str]]] = {}
_places: dict[bytes, Position] = {}


_KINDS = {
    None: "n",
    b"n": "n",
    b"s": "s",
    b"str": "s",
    b"inlineStr": "s",
    b"b": "b",
    b"e": "e",
}


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


@dataclass(slots=True)
class _PlainShape:
    """A row's shape as read: what its values must be, and what it counts against limits.

    ``kinds`` are those of the values as written (``n`` for the index of a shared string); ``shared`` the
    slots with such an index.
    """

    shape: RowShape
    kinds: tuple[str, ...]
    shared: tuple[int, ...]
    booleans: tuple[int, ...]
    stored: int
    text: int
    longest: int
    active: frozenset[str]
    extended: bool

    def row(self, texts: Sequence[str], *, careful: bool, long: bool) -> _PlainRow:
        """Return the row with these values; ``careful`` and ``long`` say that some may be no plain ones."""
        if len(texts) != len(self.kinds):
            raise NotPlain
        values: Sequence[str | None] = texts
        if careful or "" in texts:
            values = list(map(_value, self.kinds, texts))
        if self.booleans:
            values = list(values)
            for slot in self.booleans:
                values[slot] = _boolean(values[slot])
        shared = tuple([slot for slot in self.shared if values[slot] is not None]) if self.shared else ()
        indexes = tuple([_index(values[slot]) for slot in shared])
        text, longest = self.text, self.longest
        if long:
            lengths = [len(part) for part in texts if len(part) > _LONG]
            text, longest = text + sum(lengths), max([longest, *lengths])
        return _PlainRow(self, SheetRow(self.shape, values), shared, indexes, text, longest)


@dataclass(slots=True)
class _PlainRow:
    """A row as read: values that are shared strings wait for the strings of the file."""

    plain: _PlainShape
    row: SheetRow
    shared: tuple[int, ...]
    indexes: tuple[int, ...]
    text: int
    longest: int
    resolved: dict[tuple[str, ...], SheetRow] = field(default_factory=dict)

    def with_strings(self, strings: list[str] | None) -> SheetRow:
        if not self.shared:
            return self.row
        if strings is None or max(self.indexes) >= len(strings):
            raise NotPlain
        texts = tuple([strings[index] for index in self.indexes])
        found = self.resolved.get(texts)
        if found is None:
            values = list(self.row.values)
            for slot, text in zip(self.shared, texts, strict=True):
                values[slot] = text
            if len(self.resolved) >= _RESOLVED:
                self.resolved.clear()
            found = self.resolved[texts] = SheetRow(self.row.shape, values)
        return found


class _PlainSheet:
    """A sheet as read, and what it counts against limits; ``cells`` where no string of the file is needed."""

    __slots__ = ("active", "cells", "frame", "longest", "rows", "stored", "text")

    def __init__(self, frame: _Frame, rows: Sequence[_PlainRow]) -> None:
        self.frame = frame
        self.rows = rows
        self.stored = sum([row.plain.stored for row in rows])
        self.text = frame.text + sum([row.text for row in rows])
        self.longest = max([row.longest for row in rows], default=0)
        self.active = frame.active.union(*{row.plain.active for row in rows})
        self.cells: SheetCells | None = None
        if len({row.plain.shape.number for row in rows}) < len(rows):
            raise NotPlain
        if not frame.extended and any(row.plain.extended for row in rows):
            raise NotPlain

    def with_strings(self, strings: list[str] | None) -> SheetCells:
        if self.cells is not None:
            return self.cells
        cells = SheetCells([row.with_strings(strings) for row in self.rows])
        if not any(row.shared for row in self.rows):
            self.cells = cells
        return cells


_sheets: Memory[_PlainSheet] = Memory(_BYTES // 2)
_frames: Memory[_Frame] = Memory(_BYTES // 8)
_rows: Memory[_PlainRow] = Memory(_BYTES)
_shapes: Memory[_PlainShape] = Memory(_BYTES // 2, at_once=_BYTES // 8)


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


def _read(surroundings: SharedParts, sheet: RawSheet, part: str, data: bytes) -> _PlainSheet:
    head, opening, rest = data.partition(b"<sheetData>")
    body, closing, tail = rest.rpartition(b"</sheetData>")
    if not (opening and closing and _HEAD.match(head)) or b"<!" in head or b"<!" in tail:
        raise NotPlain
    around = b"".join((head, opening, closing, tail))
    key = around, surroundings.package.limits
    frame = _frames.get(key)
    if frame is None:
        frame = _framed(surroundings, sheet, part, around, extended=_EXTENSION in head)
        _frames.keep(key, frame, len(around))
    before, *written = body.split(b"<row ")
    if before.strip(_SPACE):
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


def _rows_of(written: Sequence[bytes]) -> list[_PlainRow]:
    """Return rows from their bytes after ``<row ``, up to the next row."""
    rows = list(map(_rows.get, written))
    fresh = [at for at, row in enumerate(rows) if row is None]
    split = [_VALUE.split(written[at]) for at in fresh]
    texts = decoded([value for pieces in split for value in pieces[1::2]])
    careful = _is_careful("\n".join(texts))
    long = max(map(len, texts), default=0) > _LONG
    following = iter(texts)
    for at, pieces in zip(fresh, split, strict=True):
        shape = _shape(_SLOT.join(pieces[::2]))
        row = rows[at] = shape.row(list(islice(following, len(pieces) // 2)), careful=careful, long=long)
        if len(written[at]) <= _LARGEST_ROW:
            _rows.keep(written[at], row, len(written[at]))
    return [row for row in rows if row is not None]


def _is_careful(joined: str) -> bool:
    """Whether some of the values, joined by line ends, may not stand for themselves."""
    return not joined.isascii() or any(mark in joined for mark in ("_x", " ", "\t", "\r"))


def _shape(written: bytes) -> _PlainShape:
    """Return a shape that has been read before or is read now."""
    shape = _shapes.get(written)
    if shape is None:
        shape = _read_shape(written)
        if len(written) <= _LARGEST_ROW:
            _shapes.keep(written, shape, len(written))
    return shape


def _read_shape(written: bytes) -> _PlainShape:
    opening = _ROW.match(written)
    if opening is None:
        raise NotPlain
    pairs = _ATTRIBUTE.findall(opening[1])
    attributes = dict(pairs)
    if len(attributes) < len(pairs) or not attributes.keys() <= _ROW_ATTRIBUTES:
        raise NotPlain
    number = _row_number(attributes)
    body, closing, after = written[opening.end() :].rpartition(b"</row>")
    if after.strip(_SPACE) or bool(opening[2]) == bool(closing) or (opening[2] and body):
        raise NotPlain
    pieces = _CELL.split(body)
    if any(pieces[::_PIECES]):
        raise NotPlain
    return _shaped(number, pieces, extended=b"x14ac:dyDescent" in attributes)


def _row_number(attributes: dict[bytes, bytes]) -> int:
    number = attributes.get(b"r", b"")
    hidden = attributes.get(b"hidden", b"0") not in (b"0", b"false") or attributes.get(b"ht") == b"0"
    if hidden or not (number.isdigit() and len(number) <= 7 and 1 <= int(number) <= MAX_ROW):
        raise NotPlain
    return int(number)


def _shaped(number: int, pieces: Sequence[bytes], *, extended: bool) -> _PlainShape:
    references, styles, kinds, formulas, slots, empty, inline = (
        pieces[at::_PIECES] for at in range(1, _PIECES)
    )
    texts = decoded([text or b"" for text in inline])
    cells: list[ShapeCell] = []
    valued: list[str] = []
    shared: list[int] = []
    active: frozenset[str] = frozenset()
    for reference, style, written, formula, slot, nothing, inside, inner in zip(
        references, styles, kinds, formulas, slots, empty, inline, texts, strict=True
    ):
        if slot is None and nothing is None and inside is None and formula is None:
            continue
        place = _places.get(reference) or _place(reference)
        if place[0] != number:
            raise NotPlain
        ours = None
        if formula is not None:
            ours, found = _formulas.get(formula) or _formula(formula)
            active |= found
        kind = _KINDS.get(written)
        if kind is None:
            raise NotPlain
        at, text = -1, ""
        if slot is not None:
            at = len(valued)
            valued.append(kind if written != b"s" else "n")
            if written == b"s":
                shared.append(at)
        elif inside is not None:
            kind, text = "s", unescape(inner)
        elif nothing is None or kind != "s" or written == b"s":
            kind = "blank"
        cells.append(ShapeCell(place, kind, ours, int(style or 0), at, text))
    if len({cell.place for cell in cells}) < len(cells):
        raise NotPlain
    long = [len(part) for part in formulas if part and len(part) > _LONG]
    long += [len(text) for text in texts if len(text) > _LONG]
    return _PlainShape(
        shape=RowShape(number, tuple(cells)),
        kinds=tuple(valued),
        shared=tuple(shared),
        booleans=tuple(at for at, kind in enumerate(valued) if kind == "b"),
        stored=sum(cell.kind != "blank" or cell.formula is not None for cell in cells),
        text=sum(long),
        longest=max(long, default=0),
        active=active,
        extended=extended,
    )


def _value(kind: str, text: str) -> str | None:
    """Return the value of a cell whose text may be blank, padded or escaped; None for a blank one."""
    if kind == "s":
        return unescape(text)
    if not text.isascii():
        raise NotPlain
    return text.strip() or None


def _boolean(text: str | None) -> str | None:
    if text not in (None, "0", "1", "true", "false"):
        raise NotPlain
    return {"true": "1", "false": "0"}.get(text, text) if text else text


def _formula(written: bytes) -> tuple[str | None, frozenset[str]]:
    """Return a formula and the active content in it; remembered, since rows differ and formulas seldom."""
    text = unescape(without_entities(characters(written))).removeprefix("=")
    own = None if not text or text.isspace() else text
    if len(_formulas) > _REMEMBERED:
        _formulas.clear()
    _formulas[written] = known = own, frozenset(active_in_formula(text))
    return known


def _place(reference: bytes) -> Position:
    text = reference.decode()
    letters = text.rstrip("0123456789")
    place = int(text[len(letters) :]), column_number(letters)
    if not (1 <= place[0] <= MAX_ROW and 1 <= place[1] <= MAX_COLUMN):
        raise NotPlain
    if len(_places) > _REMEMBERED:
        _places.clear()
    _places[reference] = place
    return place


def _index(text: str | None) -> int:
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise NotPlain
    return int(text)
