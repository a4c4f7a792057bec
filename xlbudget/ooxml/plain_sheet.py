"""Worksheets as spreadsheet programs write them, read several times faster than event by event.

Cells in the plain form ``<c r s t><f>…</f><v>…</v></c>`` are cut out by one regular expression; what is
left of the sheet goes through the ordinary handler, which thus sees every other byte. Whatever is not
plain (inline texts, shared formulas, prefixes, comments, hidden rows, doubtful bytes, any limit in
sight) makes :func:`read_plainly` return None, and the sheet is read event by event: what may be
accepted, and what is refused with which reason, is decided there alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from xlbudget.errors import UnreadableWorkbook
from xlbudget.model import StoredCell
from xlbudget.ooxml.active_content import active_in_formula
from xlbudget.ooxml.cells import RawSheet
from xlbudget.ooxml.parts import local_name, unescape
from xlbudget.ooxml.sheet import SheetHandler, Surroundings
from xlbudget.ooxml.source import CHUNK

_CELL = re.compile(
    rb'<c r="([A-Z]{1,3}[0-9]{1,7})"(?: s="([0-9]{1,6})")?(?: t="([A-Za-z]{1,9})")?'
    rb'(?: ?/>|>(?:<f(?: aca="false")?>([^<]*)</f>)?(?:<v>([^<]*)</v>|(<v ?/>))?</c>'
    rb'|><is><t(?: xml:space="preserve")?>([^<]*)</t></is></c>)'
)
_PIECES = 8  # the text between two cells, and the seven groups of a cell
_HEAD = re.compile(
    rb'(?:<\?xml version="1\.0" encoding="(?:UTF-8|utf-8)"(?: standalone="yes")?\?>\s*)?<worksheet[ >]'
)
_DOUBTFUL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|]]>")
_ENTITY = re.compile("&(?:(amp|lt|gt|quot|apos);)?")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_KINDS = {None: "n", b"n": "n", b"s": "s", b"str": "str", b"inlineStr": "inlineStr", b"b": "b", b"e": "e"}
_LONG = 64  # texts up to this length are not counted against the limit on texts
_REMEMBERED = 200_000  # formulas and references; a template has some 40,000

_formulas: dict[bytes, tuple[str | None, frozenset[str]]] = {}
_places: dict[bytes, tuple[int, int]] = {}


class _NotPlain(Exception):
    """Raised when the sheet must be read event by event."""


class _Frame(SheetHandler):
    """Reads a sheet without its cells, and notes its rows."""

    __slots__ = ("data_elements", "row_numbers")

    def __init__(self, surroundings: Surroundings, sheet: RawSheet) -> None:
        super().__init__(surroundings, sheet)
        self.row_numbers: list[int] = []
        self.data_elements = 0

    def _start_row(self, attributes: dict[str, str]) -> None:
        super()._start_row(attributes)
        if self.row_hidden:
            raise _NotPlain
        self.row_numbers.append(self.row)

    def _start_other(self, depth: int, name: str, attributes: dict[str, str]) -> None:
        if local_name(name) == "sheetData":
            self.data_elements += depth if depth == 2 else 1
        super()._start_other(depth, name, attributes)


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
    if not (opening and closing and _HEAD.match(head)):
        raise _NotPlain
    pieces = _CELL.split(body)
    between = pieces[::_PIECES]
    around = b"".join((head, opening, *between, closing, tail))
    if b"<!" in around:
        raise _NotPlain
    frame = _Frame(surroundings, sheet)
    slices = (around[at : at + CHUNK] for at in range(0, len(around), CHUNK))
    surroundings.package.parse(part, frame, frame.check, slices)
    if frame.data_elements != 2 or frame.stored:
        raise _NotPlain
    _fill(frame, pieces, _rows(between, frame.row_numbers))
    return frame


def _rows(between: Sequence[bytes], numbers: Sequence[int]) -> list[int]:
    """Return the row of each cell, from the row elements that open before it."""
    rows, at, row = [], 0, 0
    for text in between[:-1]:
        if text:
            last = text[text.rfind(b"<") :]
            at += text.count(b"<row")
            if not last.startswith(b"<row ") or last.rstrip().endswith(b"/>") or at > len(numbers):
                raise _NotPlain
            row = numbers[at - 1]
        rows.append(row)
    if at + between[-1].count(b"<row") != len(numbers):
        raise _NotPlain
    return rows


def _fill(frame: _Frame, pieces: Sequence[bytes], rows: Sequence[int]) -> None:
    """Put the cells into the frame."""
    references, styles, kinds, formulas, stored, empty, inline = (
        pieces[at::_PIECES] for at in range(1, _PIECES)
    )
    values = [_value(*parts) for parts in zip(stored, empty, inline, strict=True)]
    texts = _decoded(values)
    cells: dict[tuple[int, int], StoredCell] = {}
    count = 0
    for row, reference, style, kind, formula, value, text, inside in zip(
        rows, references, styles, kinds, formulas, values, texts, inline, strict=True
    ):
        if value is None and formula is None:
            continue
        place = _places.get(reference) or _place(frame, reference)
        if place[0] != row:
            raise _NotPlain
        ours = _own_formula(frame, formula) if formula is not None else None
        if kind is None and inside is None and (number := text.strip()):
            read = "n", number
        elif inside is not None:
            read = "s", unescape(text)
        else:
            read = _typed(frame, kind, None if value is None else text)
        if read[0] != "blank" or ours is not None:
            cells[place] = StoredCell(read[0], read[1], ours, int(style or 0))
            count += 1
    frame.cells, frame.stored = cells, count
    frame.kept.text += sum(len(part) for part in formulas if part and len(part) > _LONG)
    frame.kept.text += sum(len(text) for text in texts if len(text) > _LONG)
    longest = max(map(len, (*texts, *filter(None, formulas))), default=0)
    if len(cells) != count or longest > frame.package.limits.string_length:
        raise _NotPlain
    frame.check()


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
        if found[1] is None:
            raise _NotPlain
        return _ENTITIES[found[1]]

    return _ENTITY.sub(character, text)


def _own_formula(frame: _Frame, written: bytes) -> str | None:
    text, active = _formulas.get(written) or _formula(written)
    if active:
        frame.active |= active
    return text


def _formula(written: bytes) -> tuple[str | None, frozenset[str]]:
    """Return a formula and the active content in it; remembered, since units return the same template."""
    text = written.decode()
    if _DOUBTFUL.search(text):
        raise _NotPlain
    text = unescape(_without_entities(text)).removeprefix("=")
    own = None if not text or text.isspace() else text
    if len(_formulas) > _REMEMBERED:
        _formulas.clear()
    _formulas[written] = known = own, frozenset(active_in_formula(text))
    return known


def _place(frame: _Frame, reference: bytes) -> tuple[int, int]:
    if len(_places) > _REMEMBERED:
        _places.clear()
    _places[reference] = place = frame.position(reference.decode())
    return place


def _typed(frame: _Frame, kind: bytes | None, value: str | None) -> tuple[str, str]:
    if kind not in _KINDS:
        raise _NotPlain
    return frame.typed(_KINDS[kind], value, None)
