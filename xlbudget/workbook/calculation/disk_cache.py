"""What is worked out from a template's definitions alone, kept on disk from run to run.

A file holds one part of one plan: the values of the blank workbook, or the texts of its formulas. Its name
is a hash of all that this follows from: the template and its capacities, the sources of this package and of
the engine, Python. It is JSON, so that reading it runs nothing. A file that is damaged, belongs to something
else or could have been written by others is as good as none: the part is made anew. Where nothing can be
written, nothing is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from xlbudget.files.whole_files import write_whole
from xlbudget.model.errors import OutputError
from xlbudget.workbook.calculation.engine import engine_folder

VARIABLE = "XLBUDGET_CACHE"
"""The environment variable that names another folder, or is :data:`OFF`."""

OFF = "off"
"""Keeps nothing and reads nothing that was kept."""

_SUFFIX = ".plan"
_MOST = 64  # files: some thirty plans of one or more templates, a few MB
_PATIENCE = 20.0  # seconds; the longest that a plan has taken to make is two
_HASH = hashlib.sha256().digest_size

T = TypeVar("T")


class PlanCache:
    """The kept parts of one plan, of which ``key`` names all that it follows from; None keeps nothing."""

    def __init__(self, key: str | None = None) -> None:
        self._key = key

    def remembered(
        self,
        part: str,
        make: Callable[[], T],
        data_of: Callable[[T], Any],
        made_of: Callable[[Any], T],
    ) -> T:
        """Return a part as it was kept, or make it, and keep it if that can be done.

        ``data_of`` gives it as what JSON can hold, ``made_of`` makes it of that and raises ValueError or
        TypeError where it does not fit. Whatever is wrong on the disk, the part is made.
        """
        folder = cache_folder() if self._key is not None else None
        program = _program() if folder is not None else None
        if folder is None or program is None:
            return make()
        name = hashlib.sha256(f"{part} {self._key} {program}".encode()).digest()
        path = folder / (name.hex() + _SUFFIX)
        found = _found(path, name, made_of)
        if found is not None:
            return found
        with _alone(folder) as private:
            if private:
                found = _found(path, name, made_of)  # another process may have made it meanwhile
            if found is None:
                found = make()
                if private:
                    _keep(path, name, data_of(found))
        return found


NOTHING_KEPT = PlanCache()
"""For plans of which nothing is to be kept."""


def cache_folder() -> Path | None:
    """Return where plans are kept: the user's cache folder unless told otherwise; None if nowhere."""
    given = os.environ.get(VARIABLE, "")
    if given.lower() == OFF:
        return None
    if given:
        return Path(given).absolute()
    from platformdirs import user_cache_path

    folder = user_cache_path("xlbudget", appauthor=False)
    return folder if folder.is_absolute() else None  # an account without a home


@lru_cache(maxsize=1)
def _program() -> str | None:
    """Return a hash of what makes plans: the sources of this package and of the engine, and Python.

    None where there are no sources by which one version could be told from another.
    """
    digest = hashlib.sha256(sys.version.encode())
    for package in (Path(__file__).parents[2], engine_folder()):
        if package is None or not (sources := sorted(package.rglob("*.py"))):
            return None
        for path in sources:
            digest.update(path.relative_to(package).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _found(path: Path, name: bytes, made_of: Callable[[Any], T]) -> T | None:
    """Return a part as kept; None if there is none, or none that can be trusted."""
    try:
        with path.open("rb") as stream:
            if not (_is_private(path.parent.stat()) and _is_private(os.fstat(stream.fileno()))):
                return None
            content = stream.read()
        checked, packed = content[:_HASH], content[_HASH:]
        if checked != hashlib.sha256(name + packed).digest():
            return None
        return made_of(json.loads(zlib.decompress(packed)))
    except (OSError, ValueError, TypeError, zlib.error):
        return None


def _is_private(found: os.stat_result) -> bool:
    """Whether a file or folder is the user's own and nobody else can write to it."""
    if not hasattr(os, "geteuid"):  # Windows: the user's cache folder is closed to others
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Let one process at a time make what is missing; give whether the result can be kept."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private = _is_private(folder.stat()) and os.access(folder, os.W_OK)
    except OSError:
        private = False
    if not private:
        yield False
        return
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "lock", timeout=_PATIENCE, mode=0o600)
    with suppress(Timeout, OSError, NotImplementedError):  # on some network disks nothing can be locked
        lock.acquire()
    try:
        yield True
    finally:
        lock.release()


def _keep(path: Path, name: bytes, data: Any) -> None:
    with suppress(OutputError, OSError, ValueError):  # ValueError: a number that JSON does not know
        packed = zlib.compress(json.dumps(data, ensure_ascii=False, allow_nan=False).encode())
        write_whole(path, hashlib.sha256(name + packed).digest() + packed, mode=0o600, replace=True)
        _forget(path.parent.glob("*" + _SUFFIX))


def _forget(files: Iterable[Path]) -> None:
    """Delete all but the latest files."""
    ages = sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)
    for path in ages[_MOST:]:
        path.unlink(missing_ok=True)
