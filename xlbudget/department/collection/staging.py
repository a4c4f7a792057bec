"""A room on the disk for what arrives, one file after the other, and how much may come out of one source."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO

from xlbudget.files.xlsx.source import MIB, Limits
from xlbudget.model.errors import OutputError

MOST_ENTRIES = 20_000
"""Files in the archives of one source: a province sends some thousands."""
LARGEST = Limits().file_bytes
"""Bytes of one workbook: the reader takes no larger one."""
LARGEST_NESTED = 8 * LARGEST
"""Bytes of an archive that is itself in one, and of a file that is kept though it cannot be read."""
MOST_INFLATED, _INFLATED_TIMES, _INFLATED_ANYWAY = 16 << 30, 20, 4 * LARGEST
"""Bytes that come out of one source in all, how many times its size, and what may come out of any.

Workbooks are compressed already: an archive of them hardly grows, one of old formats some ten times.
"""
RATIO, _UNASKED = Limits().ratio, MIB
"""How many times its size one file may become, and bytes up to which it is not asked: they cannot hurt."""


class TooMuch(Exception):
    """A source gives more than one may; the message says what, in Chinese."""


class Bounds:
    """What has come out of one source of ``size`` bytes on the disk: counted as it comes, not as it is told.

    ``exceeded`` says why nothing more is taken from it, empty as long as something may.
    """

    def __init__(self, size: int) -> None:
        self._left = min(MOST_INFLATED, max(_INFLATED_ANYWAY, _INFLATED_TIMES * size))
        self._entries = 0
        self.exceeded = ""

    def entry(self) -> None:
        """Count a file; raises TooMuch."""
        self._entries += 1
        if self._entries > MOST_ENTRIES:
            self._stop(f"里面有 {MOST_ENTRIES} 个以上的文件，其余未打开；请分开压缩后报送")

    def came(self, size: int) -> None:
        """Count bytes; raises TooMuch."""
        self._left -= size
        if self._left < 0:
            self._stop("解压出来的内容过多，其余未打开；请解开后直接报送工作簿，或分开压缩")

    def _stop(self, why: str) -> None:
        self.exceeded = why
        raise TooMuch(why)


class TooLarge(Exception):
    """One file is larger than it may be; the message says so, in Chinese."""


def too_large(most: int) -> str:
    """Return why a file of more than ``most`` bytes is not taken."""
    return f"超过 {most // MIB} MB，读不了；请删去与预算无关的内容，或分开报送"


@dataclass(frozen=True, slots=True)
class Staged:
    """A file in the room."""

    path: Path
    sha256: str
    size: int


class Room:
    """A folder in which files are put down under numbers; whoever takes one removes it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    def free_path(self) -> Path:
        """Return a path at which there is nothing."""
        return self._folder / f"{next(self._numbers)}.part"

    def put(
        self, pieces: Iterable[bytes], most: int, bounds: Bounds | None = None, packed: int | None = None
    ) -> Staged:
        """Write a file, counting; ``packed`` is its size in the archive it comes from.

        Raises TooLarge beyond ``most`` bytes or for a file blown up beyond all measure, TooMuch when its
        source has given enough, OutputError when the disk does not take it, and whatever ``pieces`` does.
        """
        path, digest, size = self.free_path(), hashlib.sha256(), 0
        whole = False
        try:
            with path.open("xb") as stream:
                for piece in pieces:
                    size += len(piece)
                    if bounds is not None:
                        bounds.came(len(piece))
                    if size > most:
                        raise TooLarge(too_large(most))
                    if packed is not None and size > max(_UNASKED, RATIO * packed):
                        raise TooLarge("解压后大得异常，疑似“压缩炸弹”，未打开；请直接报送工作簿")
                    digest.update(piece)
                    _write(stream, piece)
            whole = True
        finally:
            if not whole:
                path.unlink(missing_ok=True)
        return Staged(path, digest.hexdigest(), size)


def _write(stream: BinaryIO, piece: bytes) -> None:
    try:
        stream.write(piece)
    except OSError as error:
        raise OutputError(
            f"临时文件夹写不下了（{error.strerror or '系统错误'}）；请腾出磁盘空间后重新收件。"
        ) from error
