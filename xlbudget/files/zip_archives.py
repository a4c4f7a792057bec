"""Zip archives: those of strangers read with bounds, names as people wrote them; ours without a clock."""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from copy import copy
from pathlib import Path
from typing import IO

_UTF8_NAME = 0x800  # flag of an entry
_ENCRYPTED = 0x2041  # flags of an entry: encrypted, strongly encrypted, its directory encrypted
_DIRECTORY = 8 << 20
"""Bytes of a directory: 20,000 entries with long names; in memory it is some 15 times as large."""
_CHUNK = 1 << 16
_DICTIONARY = 64 << 20  # bytes that an LZMA stream may ask to be kept in memory

BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)
"""What zipfile raises for archives and entries that are damaged."""


def write_zip(
    target: Path | IO[bytes],
    members: Iterable[tuple[str, bytes | Iterable[bytes]]],
    level: int = zlib.Z_DEFAULT_COMPRESSION,
) -> None:
    """Write an archive whose bytes follow from its members alone; pieces are packed as they come."""
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members:
            entry = zipfile.ZipInfo(name)  # dated 1 January 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            if isinstance(content, bytes):
                archive.writestr(entry, content, compresslevel=level)
                continue
            with archive.open(entry, "w", force_zip64=True) as packed:
                for piece in content:
                    packed.write(piece)


class _Cautious(io.BufferedReader):
    """A file of which nobody reads more at once than a directory may have."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes; raises BadZipFile when too many are asked for."""
        if size is not None and size > _DIRECTORY:
            raise zipfile.BadZipFile("directory too large")
        return super().read(size)


def opened_zip(path: Path) -> zipfile.ZipFile:
    """Open an archive, to be closed by a with statement; raises one of BROKEN or NotImplementedError."""
    stream: IO[bytes] = _Cautious(io.FileIO(path))
    try:
        archive = _Owning(stream)
    except BaseException:
        stream.close()
        raise
    return archive


class _Owning(zipfile.ZipFile):
    """An archive that closes its file."""

    def close(self) -> None:
        """Close the archive and its file."""
        stream = self.fp
        super().close()
        if stream is not None:
            stream.close()


def entry_name(entry: zipfile.ZipInfo) -> str:
    """Return the name of an entry; programs in China write GBK without saying so."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    raw = entry.filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def is_encrypted(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry wants a password."""
    return bool(entry.flag_bits & _ENCRYPTED)


def entry_pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield an entry inflated, in small pieces; raises one of BROKEN, or NotImplementedError for a method."""
    if entry.compress_type in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield from _unbounded_pieces(archive, entry)
        return
    with archive.open(entry) as stream:
        while piece := stream.read(_CHUNK):
            yield piece


def _unbounded_pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield an entry of a method of which zipfile inflates in one go whatever comes out.

    Its bytes are read as they are stored, and inflated here, some at a time.
    """
    stored = copy(entry)
    stored.compress_type, stored.file_size = zipfile.ZIP_STORED, entry.compress_size
    del stored.CRC  # it is of what comes out; without one, none is asked for
    checksum = 0
    with archive.open(stored) as stream:
        inflater = bz2.BZ2Decompressor() if entry.compress_type == zipfile.ZIP_BZIP2 else _lzma(stream)
        while not inflater.eof:
            raw = stream.read(_CHUNK) if inflater.needs_input else b""
            if inflater.needs_input and not raw:
                break  # LZMA streams need no mark at their end; the checksum says whether it is all
            piece = inflater.decompress(raw, _CHUNK)
            checksum = zlib.crc32(piece, checksum)
            yield piece
    if checksum != entry.CRC:
        raise zipfile.BadZipFile("checksum")


def _lzma(stream: IO[bytes]) -> lzma.LZMADecompressor:
    """Return what inflates the LZMA stream that begins here with its properties."""
    head = stream.read(9)
    if len(head) < 9 or head[2:4] != b"\x05\0":
        raise lzma.LZMAError("properties")
    packed, dictionary = struct.unpack("<BI", head[4:])
    if dictionary > _DICTIONARY:
        raise lzma.LZMAError("dictionary")
    rest, lc = divmod(packed, 9)
    pb, lp = divmod(rest, 5)
    described = {"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": lc, "lp": lp, "pb": pb}
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[described])
