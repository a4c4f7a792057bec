"""Zip packages whose parts are compressed in pieces, so that what workbooks share is compressed once.

A part is cut after the last place where workbooks differ. Its pieces are deflated one by one, all but
the last ending on a byte (a full flush), so that their bytes can be put together anew and any program
inflates the part as one. The pieces depend on their contents alone: equal contents, equal bytes.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO

_EPOCH = 0x0021  # 1 January 1980, as XlsxWriter dates its parts
_VERSION, _UNIX, _DEFLATED = 20, 3, 8
_ATTRIBUTES = 0o600 << 16
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s4B4H3I5H2I")
_END = struct.Struct("<4s4H2IH")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of a part, plain and deflated, with their checksum; ``last`` ends the part."""

    content: bytes
    deflated: bytes
    checksum: int
    last: bool


Parts = dict[str, tuple[Piece, ...]]
"""Part name → its pieces, in the order of the package."""


def piece(content: bytes, *, last: bool) -> Piece:
    """Return a piece of a part."""
    deflater = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    deflated = deflater.compress(content) + deflater.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)
    return Piece(content, deflated, zlib.crc32(content), last)


def unpacked(package: bytes, cuts: Mapping[str, str] | None = None) -> Parts:
    """Return the parts of a package that XlsxWriter wrote, cut behind the formula cells given.

    ``cuts`` gives an address for the part of a sheet. A part that is not cut keeps its compressed bytes.
    """
    parts: Parts = {}
    cuts = cuts or {}
    with zipfile.ZipFile(BytesIO(package)) as archive:
        for entry in archive.infolist():
            content = archive.read(entry)
            if entry.filename in cuts:
                cut = cell_span(content, cuts[entry.filename])[1]
                parts[entry.filename] = (piece(content[:cut], last=False), piece(content[cut:], last=True))
            else:
                start = entry.header_offset + _LOCAL.size
                start += sum(struct.unpack_from("<2H", package, start - 4))  # lengths of name and extra field
                deflated = package[start : start + entry.compress_size]
                parts[entry.filename] = (Piece(content, deflated, entry.CRC, last=True),)
    return parts


def cell_span(content: bytes, address: str) -> tuple[int, int]:
    """Return where a formula cell begins and ends in the part of a sheet; KeyError if it is not there."""
    start = content.find(f'<c r="{address}"'.encode())
    end = content.find(b"</c>", start) + 4
    if start < 0 or end < 4:
        raise KeyError(address)
    return start, end


def packed(parts: Mapping[str, Iterable[Piece]]) -> bytes:
    """Return the package of these parts, headed as XlsxWriter heads it (names are ASCII)."""
    local: list[bytes] = []
    central: list[bytes] = []
    offset = 0
    for part, pieces in parts.items():
        crc = size = 0
        for found in pieces:
            crc = zlib.crc32(found.content, crc) if size else found.checksum
            size += len(found.content)
        deflated = [found.deflated for found in pieces]
        compressed, name = sum(map(len, deflated)), part.encode("ascii")
        common = (0, _DEFLATED, 0, _EPOCH, crc, compressed, size, len(name), 0)
        head = _LOCAL.pack(b"PK\x03\x04", _VERSION, *common) + name
        central.append(
            _CENTRAL.pack(b"PK\x01\x02", _VERSION, _UNIX, _VERSION, 0, *common, 0, 0, 0, _ATTRIBUTES, offset)
            + name
        )
        local += [head, *deflated]
        offset += len(head) + compressed
    directory = b"".join(central)
    end = _END.pack(b"PK\x05\x06", 0, 0, len(central), len(central), len(directory), offset, 0)
    return b"".join([*local, directory, end])
