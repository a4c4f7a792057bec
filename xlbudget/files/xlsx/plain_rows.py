"""Rows of a sheet as most programs write them, taken apart by one expression a cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from xlbudget.files.xlsx.active_content import active_in_formulas
from xlbudget.files.xlsx.cells import MAX_COLUMN, MAX_ROW, Position, RowShape, ShapeCell, SheetRow
from xlbudget.files.xlsx.parts import unescape
from xlbudget.files.xlsx.plain_text import NotPlain, decoded
from xlbudget.files.xlsx.remembered import Memory
from xlbudget.files.xlsx.shared_formulas import column_number
from xlbudget.files.xlsx.source import MIB

SPACE = b" \t\r\n"


ROW_EXTENSION = b'xmlns:x14ac="'  # where Excel keeps the exact height of a row's text


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


VALUE = re.compile(rb"<v>([^<]*)</v>")


SLOT = b"\0"  # stands for a value in a shape; it is no character of XML


LONG_TEXT = 64  # texts up to this length are not counted against the limit on texts


_REMEMBERED = 200_000  # references; a template has some 40,000


REMEMBERED_BYTES = 32 * MIB  # of remembered rows: those of six full workbooks without one row alike


LARGEST_ROW = 65_536


RESOLVED = 4
"""Ways to resolve the shared strings of one row or sheet: files of one program have the same."""


_places: dict[bytes, Position] = {}


_KINDS = {None: "n", b"n": "n", b"s": "s", b"str": "s", b"inlineStr": "s", b"b": "b", b"e": "e"}


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

    def row(self, texts: Sequence[str], *, careful: bool, long: bool) -> PlainRow:
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
            lengths = [len(part) for part in texts if len(part) > LONG_TEXT]
            text, longest = text + sum(lengths), max([longest, *lengths])
        return PlainRow(self, SheetRow(self.shape, values), shared, indexes, text, longest)


@dataclass(slots=True)
class PlainRow:
    """A row as read: values that are shared strings wait for the strings of the file."""

    plain: _PlainShape
    row: SheetRow
    shared: tuple[int, ...]
    indexes: tuple[int, ...]
    text: int
    longest: int
    resolved: dict[tuple[str, ...], SheetRow] = field(default_factory=dict)

    def with_strings(self, strings: list[str]) -> SheetRow:
        """Return the row with its shared strings put in."""
        if not self.shared:
            return self.row
        texts = tuple([strings[index] for index in self.indexes])
        found = self.resolved.get(texts)
        if found is None:
            values = list(self.row.values)
            for slot, text in zip(self.shared, texts, strict=True):
                values[slot] = text
            if len(self.resolved) >= RESOLVED:
                self.resolved.clear()
            found = self.resolved[texts] = SheetRow(self.row.shape, values)
        return found


_shapes: Memory[_PlainShape] = Memory(REMEMBERED_BYTES // 2, at_once=REMEMBERED_BYTES // 8)


def shape_of(written: bytes) -> _PlainShape:
    """Return a shape that has been read before or is read now."""
    shape = _shapes.get(written)
    if shape is None:
        shape = _read_shape(written)
        if len(written) <= LARGEST_ROW:
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
    if after.strip(SPACE) or bool(opening[2]) == bool(closing) or (opening[2] and body):
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
    calculated = list(map(unescape, decoded([formula or b"" for formula in formulas])))
    cells: list[ShapeCell] = []
    valued: list[str] = []
    shared: list[int] = []
    for reference, style, written, formula, slot, nothing, inside, inner, result_of in zip(
        references, styles, kinds, formulas, slots, empty, inline, texts, calculated, strict=True
    ):
        if slot is None and nothing is None and inside is None and formula is None:
            continue
        place = _places.get(reference) or _place(reference)
        if place[0] != number:
            raise NotPlain
        ours = None if formula is None else _formula(result_of)
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
    long = [len(part) for part in formulas if part and len(part) > LONG_TEXT]
    long += [len(text) for text in texts if len(text) > LONG_TEXT]
    return _PlainShape(
        shape=RowShape(number, tuple(cells)),
        kinds=tuple(valued),
        shared=tuple(shared),
        booleans=tuple(at for at, kind in enumerate(valued) if kind == "b"),
        stored=sum(cell.kind != "blank" or cell.formula is not None for cell in cells),
        text=sum(long),
        longest=max(long, default=0),
        active=active_in_formulas(calculated),
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


def _formula(text: str) -> str | None:
    """Return a formula without its sign; None for an empty one."""
    own = text.removeprefix("=")
    return None if not own or own.isspace() else own


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
