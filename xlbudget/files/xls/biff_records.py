"""What xlrd does not tell of a BIFF workbook: where formulas are, how it calculates, what it links to."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_SHEET, _FORMULA, _END, _EXTERNAL = 0x85, 0x06, 0x0A, 0x1AE
_BEGIN = (0x09, 0x209, 0x409, 0x809)
_CALC_MODE, _PRECISION, _PROTECT = 0x0D, 0x0E, 0x12
_MODES = {0: "manual", 1: "auto", 0xFFFF: "autoNoTable"}
_OURSELVES = (b"\x01\x04", b"\x01\x3a")  # this workbook, and functions of add-ins
_WORKSHEET, _MACROS = 0, (1, 6)


@dataclass(slots=True)
class BiffFacts:
    """``formulas`` are, for each worksheet in order, the cells (row, column, from 0) that have one;
    ``protected`` says of each whether it is.
    """

    formulas: list[set[tuple[int, int]]] = field(default_factory=list)
    protected: list[bool] = field(default_factory=list)
    calc_mode: str = "auto"
    precision_as_displayed: bool = False
    links: bool = False
    macros: bool = False


def biff_facts(stream: bytes) -> BiffFacts:
    """Return what the records of the workbook stream say; struct.error where one is cut."""
    facts = BiffFacts()
    for kind, data in _records(stream, 0):
        if kind == _SHEET:
            offset, _, sort = struct.unpack_from("<IBB", data)
            facts.macros |= sort in _MACROS
            if sort == _WORKSHEET:
                _take_sheet(facts, stream, offset)
        elif kind == _EXTERNAL and len(data) > 4 and data[2:4] not in _OURSELVES:
            facts.links = True
    return facts


def _take_sheet(facts: BiffFacts, stream: bytes, offset: int) -> None:
    found: set[tuple[int, int]] = set()
    protected = False
    for kind, data in _records(stream, offset):
        if kind == _FORMULA:
            row, column = struct.unpack_from("<HH", data)
            found.add((row, column))
        elif kind == _PROTECT:
            protected |= data[:2] != b"\0\0"
        elif kind == _CALC_MODE:
            facts.calc_mode = _MODES.get(struct.unpack_from("<H", data)[0], "auto")
        elif kind == _PRECISION:
            facts.precision_as_displayed |= data[:2] == b"\0\0"
    facts.formulas.append(found)
    facts.protected.append(protected)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one substream; charts within it are passed over."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        data = stream[at + 4 : at + 4 + length]
        depth += (kind in _BEGIN) - (kind == _END)
        if depth <= 0 and kind == _END:
            return
        if depth <= 1:
            yield kind, data
        at += 4 + length
