"""A zip package with a few parts changed or added; the others keep their bytes, headers and order."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from xlbudget.files.xlsx.package import Entry, Package
from xlbudget.model.errors import NotAnnotatable

_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_END = struct.Struct("<4s4H2IH")
_DEFLATED = 8
_UTF8_NAME = 0x800
_FIRST_DAY = 0x21  # 1980-01-01, so that the same input gives the same bytes
_LARGEST_PART = 16 * 1024 * 1024


@dataclass(slots=True)
class _Record:
    """One entry of the directory: its fields, its name, extra field and comment as they are."""

    fields: list[int]
    name: bytes
    extra: bytes
    comment: bytes

    @property
    def offset(self) -> int:
        return self.fields[15]


class PatchedPackage:
    """The parts of a package as they are and as they are to become.

    Part names are compared as the reader does: in lower case.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self._changed: dict[str, bytes] = {}
        self._added: dict[str, bytes] = {}

    def part(self, name: str) -> bytes:
        """Return a part as it now is; raises NotAnnotatable when it is too large or not there."""
        key = name.lower()
        if key in self._changed:
            return self._changed[key]
        if name in self._added:
            return self._added[name]
        entry = self.package.parts.get(key)
        if entry is None:
            raise NotAnnotatable("缺少内部文件")
        if entry.declared > _LARGEST_PART:
            raise NotAnnotatable("工作表过大")
        return b"".join(self.package.chunks(key))

    def has(self, name: str) -> bool:
        """Whether there is a part of that name."""
        return name.lower() in self.package.parts or name in self._added

    def change(self, name: str, content: bytes) -> None:
        """Give a part new content, or add it where there is none."""
        if name.lower() in self.package.parts:
            self._changed[name.lower()] = content
        else:
            self._added[name] = content

    def free_name(self, pattern: str) -> str:
        """Return a part name that nobody uses; ``{}`` in the pattern becomes a number."""
        number = 1
        while self.has(pattern.format(number)):
            number += 1
        return pattern.format(number)

    def packed(self) -> bytes:
        """Return the package; raises NotAnnotatable for packages of an unusual build."""
        data = self.package.source.data
        records, directory, tail = _directory(data)
        changed = {entry.offset: self._changed[key] for key, entry in self._touched().items()}
        pieces: list[bytes] = []
        length = 0
        by_place = sorted(records, key=lambda record: record.offset)
        stops = [record.offset for record in by_place[1:]] + [directory]
        if by_place and by_place[0].offset != 0:
            raise NotAnnotatable("压缩包前面有别的内容")
        for record, stop in zip(by_place, stops, strict=True):
            start = record.offset
            content = changed.get(start)
            piece = data[start:stop] if content is None else _renewed(record, content)
            record.fields[15] = length
            pieces.append(piece)
            length += len(piece)
        for name, content in self._added.items():
            record = _new_record(name)
            piece = _renewed(record, content)
            record.fields[15] = length
            records.append(record)
            pieces.append(piece)
            length += len(piece)
        listing = b"".join(map(_listed, records))
        end = _END.pack(b"PK\x05\x06", 0, 0, len(records), len(records), len(listing), length, len(tail))
        return b"".join([*pieces, listing, end, tail])

    def _touched(self) -> Mapping[str, Entry]:
        return {key: self.package.parts[key] for key in self._changed}


def _directory(data: bytes) -> tuple[list[_Record], int, bytes]:
    """Return the entries of the directory, where it begins, and the comment of the file."""
    end = data.rfind(b"PK\x05\x06")
    _, disk, first, here, count, size, start, comment = _END.unpack_from(data, end)
    plain = disk == first == 0 and here == count and start + size == end and end + 22 + comment == len(data)
    if not plain:
        raise NotAnnotatable("压缩结构特殊（zip64、分卷或前后另有内容）")
    records, at = [], start
    for _ in range(count):
        signature, *fields = _CENTRAL.unpack_from(data, at)
        if signature != b"PK\x01\x02":
            raise NotAnnotatable("压缩目录有错")
        name, extra, note = (fields[number] for number in (9, 10, 11))
        at += _CENTRAL.size
        parts = data[at : at + name], data[at + name : at + name + extra]
        records.append(_Record(fields, *parts, data[at + name + extra : at + name + extra + note]))
        at += name + extra + note
        if 0xFFFFFFFF in (fields[15], fields[7], fields[8]):
            raise NotAnnotatable("压缩结构特殊（zip64）")
    return records, start, data[end + 22 :]


def _new_record(name: str) -> _Record:
    return _Record(
        [20, 20, 0, _DEFLATED, 0, _FIRST_DAY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], name.encode("ascii"), b"", b""
    )


def _renewed(record: _Record, content: bytes) -> bytes:
    """Return local header and data of an entry with new content, its directory entry brought in line."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(content) + packer.flush()
    fields = record.fields
    fields[1] = max(fields[1], 20)
    fields[2] &= _UTF8_NAME
    fields[3] = _DEFLATED
    fields[6:9] = [zlib.crc32(content), len(packed), len(content)]
    record.extra = b""
    header = _LOCAL.pack(b"PK\x03\x04", *fields[1:9], len(record.name), 0)
    return header + record.name + packed


def _listed(record: _Record) -> bytes:
    fields = record.fields
    fields[9:12] = [len(record.name), len(record.extra), len(record.comment)]
    return _CENTRAL.pack(b"PK\x01\x02", *fields) + record.name + record.extra + record.comment


def numbers_after(text: str, pattern: str) -> int:
    """Return the largest number that ``pattern`` (with one group) finds in a text, 0 if none."""
    return max((int(number) for number in re.findall(pattern, text)), default=0)
