"""The records of a binary part (``.bin`` of an ``.xlsb``): numbered, each with its length, bounded.

A record begins with its number (one or two bytes) and its length (up to four bytes of seven bits each).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from xlbudget.files.xlsx.package import Package
from xlbudget.files.xlsx.source import printable

_FRAME = 6  # bytes of a record's number and length at most
_NOTHING = 0xFFFFFFFF  # the length of a text that is not there


class Record(NamedTuple):
    """One record: its number ([MS-XLSB] 2.3) and its bytes."""

    kind: int
    data: bytes


def records(package: Package, part: str) -> Iterator[Record]:
    """Yield the records of a part in order.

    Raises UnreadableWorkbook: ``damaged`` for a part that is cut or no binary part at all, ``limit`` for a
    record larger than a text may be.
    """
    chunks, held, at = package.chunks(part), b"", 0
    most = 4 * package.limits.string_length
    while True:
        framed = _framed(held, at)
        if framed is None or framed[2] + framed[1] > len(held):
            if framed is not None and framed[1] > most:
                raise package.over(f"内部文件 {printable(part)} 中有过长的记录")
            more = next(chunks, b"")
            if not more:
                break
            held, at = held[at:] + more, 0
            continue
        kind, length, start = framed
        yield Record(kind, held[start : start + length])
        at = start + length
    if at < len(held):
        raise package.damaged(f"内部文件 {printable(part)} 不完整")


def _framed(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Return number, length and beginning of the record at a place; None if its frame is not there whole."""
    frame = data[at : at + _FRAME]
    if not frame:
        return None
    kind, used = frame[0], 1
    if kind & 0x80:
        if len(frame) < 2:
            return None
        kind, used = (kind & 0x7F) | (frame[1] & 0x7F) << 7, 2
    length = 0
    for shift in range(0, 28, 7):
        if used >= len(frame):
            return None
        byte = frame[used]
        length |= (byte & 0x7F) << shift
        used += 1
        if not byte & 0x80:
            break
    return kind, length, at + used


def wide_text(data: bytes, at: int) -> tuple[str, int]:
    """Return the text at a place of a record and where it ends; struct.error or ValueError if it is cut."""
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    if count == _NOTHING:
        return "", at
    raw = data[at : at + 2 * count]
    if len(raw) < 2 * count:
        raise ValueError("a text is cut")
    return raw.decode("utf-16-le", "replace"), at + 2 * count


def unpacked(form: str, data: bytes, at: int = 0) -> tuple[int, ...]:
    """Return whole numbers of a record; struct.error if it is shorter."""
    return struct.unpack_from(form, data, at)
