"""Worksheets as spreadsheet programs write them, read many times faster than event by event.

A sheet is cut into its rows, and a row in the plain form ``<row …><c r s t><f>…</f><v>…</v></c>…</row>``
into its cells by one regular expression. Rows are remembered: units return the same template, so that
most rows of a file have been read before, byte for byte. What stands before and after the rows goes
through the ordinary handler. Whatever is not plain (shared formulas, prefixes, comments, hidden rows,
doubtful bytes, any limit in sight) makes :func:`read_plainly` return None, and the sheet is read event
by event: what may be accepted, and what is refused with which reason, is decided there alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from xlbudget.errors import UnreadableWorkbook
from xlbudget.model import StoredCell
from xlbudget.ooxml.active_content import active_in_formula
from xlbudget.ooxml.cells import MAX_COLUMN, MAX_ROW, Position, RawSheet, SheetCells, SheetRow
from xlbudget.ooxml.parts import local_name, unescape
from xlbudget.ooxml.shared_formulas import column_number
from xlbudget.ooxml.sheet import SheetHandler, Surroundings
from xlbudget.ooxml.source import CHUNK

_HEAD = re.compile(
    rb'(?:<\?xml version="1\.0" encoding="(?:UTF-8|utf-8)"(?: standalone="yes")?\?>\s*)?<worksheet[ >]'
)
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
    rb'(?: ?/>|>(?:<f(?: aca="false")?>([^<]*)</f>)?(?:<v>([^<]*)</v>|(<v ?/>))?</c>'
    rb'|><is><t(?: xml:space="preserve")?>([^<]*)</t></is></c>)'
)
_PIECES = 8  # the text between two cells, and the seven groups of a cell
_DOUBTFUL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|]]>")
_ENTITY = re.compile("&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}))?(;?)")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_LONG = 64  # texts up to this length are not counted against the limit on texts
_REMEMBERED = 200_000  # formulas and references; a template has some 40,000
_ROW_BYTES = 32 * 1024 * 1024  # of remembered rows: those of six full workbooks without one row alike
_LARGEST_ROW = 65_536
_RESOLVED = 4  # ways to resolve one row's shared strings; files of one program have the same

_formulas: dict[bytes, tuple[str | None, frozenset[str]]] = {}
_places: dict[bytes, Position] = {}


class _NotPlain(Exception):
    """Raised when the sheet must be read event by event."""


class _Frame(SheetHandler):
    """Reads a sheet without its rows."""

    __slots__ = ("data_elements", "known")

    def __init__(self, surroundings: Surroundings, sheet: RawSheet) -> None:
        super().__init__(surroundings, sheet)
        self.data_elements = 0
        self.known: list[SheetRow] = []

    def _start_other(self, depth: int, name: str, attributes: dict[str, str]) -> None:
        if local_name(name) == "sheetData":
            self.data_elements += depth if depth == 2 else 1
        super()._start_other(depth, name, attributes)

    def finished(self) -> RawSheet:
        """Return the sheet with its rows."""
        return replace(super().finished(), cells=SheetCells(self.known))


@dataclass(slots=True)
class _PlainRow:
    """A row as read: cells whose text is a shared string wait for the strings of the file."""

    row: SheetRow
    shared: tuple[tuple[Position, int, str | None, int], ...]
    text: int
    longest: int
    active: frozenset[str]
    extended: bool
    resolved: dict[tuple[str, ...], SheetRow] = field(default_factory=dict)

    @property
    def stored(self) -> int:
        return len(self.row.cells) + len(self.shared)

    def with_strings(self, strings: list[str] | None) -> SheetRow:
        if not self.shared:
            return self.row
        if strings is None or max(index for _, index, _, _ in self.shared) >= len(strings):
            raise _NotPlain
        texts = tuple([strings[index] for _, index, _, _ in self.shared])
        found = self.resolved.get(texts)
        if found is None:
            cells = dict(self.row.cells)
            for (place, _, formula, style), text in zip(self.shared, texts, strict=True):
                cells[place] = StoredCell("s", text, formula, style)
            if len(self.resolved) >= _RESOLVED:
                self.resolved.clear()
            found = self.resolved[texts] = SheetRow(self.row.number, cells)
        return found


class _Memory:
    """Rows read before, by their bytes; emptied when full, so that its size never depends on a batch."""

    def __init__(self) -> None:
        self.rows: dict[bytes, _PlainRow] = {}
        self.size = 0

    def row(self, written: bytes) -> _PlainRow:
        """Return a row that has been read before or is read now."""
        row = self.rows.get(written)
        if row is None:
            row = _row(written)
            if len(written) <= _LARGEST_ROW:
                if self.size > _ROW_BYTES:
                    self.rows.clear()
                    self.size = 0
                self.rows[written] = row
                self.size += len(written)
        return row


_memory = _Memory()


def read_plainly(
    surroundings: Surroundings, sheet: RawSheet, part: str, chunks: Sequence[bytes]
) -> SheetHandler | None:
    """Return the handler of a sheet read to its end, or None when it must be read event by event."""
    kept = surroundings.kept
    before = kept.cells, kept.text
    try:
        return _read(surroundings, sheet, part, b"".join(chunks))
    except (_NotPlain, UnicodeDecodeError, UnreadableWorkbook):
        kept.cells, kept.text = before
        return None


def _read(surroundings: Surroundings, sheet: RawSheet, part: str, data: bytes) -> SheetHandler:
    head, opening, rest = data.partition(b"<sheetData>")
    body, closing, tail = rest.rpartition(b"</sheetData>")
    if not (opening and closing and _HEAD.match(head)) or b"<!" in head or b"<!" in tail:
        raise _NotPlain
    frame = _Frame(surroundings, sheet)
    around = b"".join((head, opening, closing, tail))
    slices = (around[at : at + CHUNK] for at in range(0, len(around), CHUNK))
    surroundings.package.parse(part, frame, frame.check, slices)
    if frame.data_elements != 2 or frame.rows:
        raise _NotPlain
    before, *written = body.split(b"<row ")
    if before.strip(_SPACE):
        raise _NotPlain
    rows = [_memory.row(text) for text in written]
    if _EXTENSION not in head and any(row.extended for row in rows):
        raise _NotPlain
    _put(frame, rows)
    return frame


def _put(frame: _Frame, rows: Sequence[_PlainRow]) -> None:
    """Put the rows into the frame, and count them against the limits."""
    strings = frame.strings
    frame.known = [row.with_strings(strings) for row in rows]
    if len({row.number for row in frame.known}) < len(rows):
        raise _NotPlain
    frame.rows = len(rows)
    frame.kept.cells += sum(row.stored for row in rows)
    frame.kept.text += sum(row.text for row in rows)
    for active in {row.active for row in rows if row.active}:
        frame.active |= active
    if max((row.longest for row in rows), default=0) > frame.package.limits.string_length:
        raise _NotPlain
    frame.package.check_clock()
    frame.check()


# ── One row ──────────────────────────────────────────────────────────────────────────────────────


def _row(written: bytes) -> _PlainRow:
    """Return a row from its bytes after ``<row ``, up to the next row."""
    opening = _ROW.match(written)
    if opening is None:
        raise _NotPlain
    pairs = _ATTRIBUTE.findall(opening[1])
    attributes = dict(pairs)
    if len(attributes) < len(pairs) or not attributes.keys() <= _ROW_ATTRIBUTES:
        raise _NotPlain
    number = _row_number(attributes)
    body, closing, after = written[opening.end() :].rpartition(b"</row>")
    if after.strip(_SPACE) or bool(opening[2]) == bool(closing) or (opening[2] and body):
        raise _NotPlain
    pieces = _CELL.split(body)
    if any(pieces[::_PIECES]):
        raise _NotPlain
    extended = b"x14ac:dyDescent" in attributes
    return _filled(number, pieces, extended=extended)


def _row_number(attributes: dict[bytes, bytes]) -> int:
    number = attributes.get(b"r", b"")
    hidden = attributes.get(b"hidden", b"0") not in (b"0", b"false") or attributes.get(b"ht") == b"0"
    if hidden or not (number.isdigit() and len(number) <= 7 and 1 <= int(number) <= MAX_ROW):
        raise _NotPlain
    return int(number)


def _filled(number: int, pieces: Sequence[bytes], *, extended: bool) -> _PlainRow:
    references, styles, kinds, formulas, stored, empty, inline = (
        pieces[at::_PIECES] for at in range(1, _PIECES)
    )
    values = [_value(*parts) for parts in zip(stored, empty, inline, strict=True)]
    texts = _decoded(values)
    cells: dict[Position, StoredCell] = {}
    shared: list[tuple[Position, int, str | None, int]] = []
    active: frozenset[str] = frozenset()
    count = 0
    for reference, style, kind, formula, value, text, inside in zip(
        references, styles, kinds, formulas, values, texts, inline, strict=True
    ):
        if value is None and formula is None:
            continue
        place = _places.get(reference) or _place(reference)
        if place[0] != number:
            raise _NotPlain
        ours = None
        if formula is not None:
            ours, found = _formulas.get(formula) or _formula(formula)
            active |= found
        if kind == b"s" and inside is None and text.strip():
            shared.append((place, _index(text.strip()), ours, int(style or 0)))
            continue
        read = ("s", unescape(text)) if inside is not None else _typed(kind, value, text)
        if read[0] != "blank" or ours is not None:
            cells[place] = StoredCell(read[0], read[1], ours, int(style or 0))
            count += 1
    if len({*cells, *(place for place, *_ in shared)}) != count + len(shared):
        raise _NotPlain
    long = [len(part) for part in formulas if part and len(part) > _LONG]
    long += [len(text) for text in texts if len(text) > _LONG]
    return _PlainRow(
        SheetRow(number, cells), tuple(shared), sum(long), max(long, default=0), active, extended
    )


def _value(stored: bytes | None, empty: bytes | None, inline: bytes | None) -> bytes | None:
    return b"" if empty else stored if inline is None else inline


def _decoded(values: Sequence[bytes | None]) -> list[str]:
    """Return the values as texts; an absent one as an empty text."""
    joined = b"\n".join([value or b"" for value in values]).decode()
    if _DOUBTFUL.search(joined):
        raise _NotPlain
    texts = joined.split("\n") if values else []
    if len(texts) != len(values):
        raise _NotPlain
    if "&" in joined:
        texts = [_without_entities(text) if "&" in text else text for text in texts]
    return texts


def _without_entities(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        name, decimal, hexadecimal, end = found.groups()
        if not end or not (name or decimal or hexadecimal):
            raise _NotPlain
        return _ENTITIES[name] if name else _character(int(decimal or hexadecimal, 10 if decimal else 16))

    return _ENTITY.sub(character, text)


def _character(number: int) -> str:
    """Return a character given by its number, where XML admits it."""
    admitted = number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE
    if not (admitted or 0x10000 <= number <= 0x10FFFF):
        raise _NotPlain
    return chr(number)


def _formula(written: bytes) -> tuple[str | None, frozenset[str]]:
    """Return a formula and the active content in it; remembered, since rows differ and formulas seldom."""
    text = written.decode()
    if _DOUBTFUL.search(text):
        raise _NotPlain
    text = unescape(_without_entities(text)).removeprefix("=")
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
        raise _NotPlain
    if len(_places) > _REMEMBERED:
        _places.clear()
    _places[reference] = place
    return place


def _index(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise _NotPlain
    return int(text)


def _typed(kind: bytes | None, value: bytes | None, text: str) -> tuple[str, str]:
    """Return kind and text of a cell that holds no shared string."""
    if kind in (b"str", b"inlineStr"):
        return ("blank", "") if value is None else ("s", unescape(text))
    number = text.strip()
    if kind not in (None, b"n", b"s", b"b", b"e"):
        raise _NotPlain
    if not number:
        return "blank", ""
    if kind == b"b":
        if number not in ("0", "1", "true", "false"):
            raise _NotPlain
        return "b", {"true": "1", "false": "0"}.get(number, number)
    return ("e" if kind == b"e" else "n"), number
