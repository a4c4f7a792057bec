"""Zip archives from strangers: the directory bounded, names as people wrote them, bytes piece by piece."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_UTF8_NAME = 0x800  # flag of an entry
_ENCRYPTED = 0x2041  # flags of an entry: encrypted, strongly encrypted, its directory encrypted
_DIRECTORY = 8 << 20
"""Bytes of a directory: 20,000 entries with long names; in memory it is some 15 times as large."""
_CHUNK, _SMALL_CHUNK = 1 << 16, 1 << 12
_BOUNDED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Methods of which zipfile gives no more bytes than it was asked for; of others, all that a piece becomes."""

BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)
"""What zipfile raises for archives and entries that are damaged."""


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
    """Yield an entry inflated, in pieces; raises one of BROKEN, or NotImplementedError for a method."""
    chunk = _CHUNK if entry.compress_type in _BOUNDED else _SMALL_CHUNK
    with archive.open(entry) as stream:
        while piece := stream.read(chunk):
            yield piece
