"""Files that lie elsewhere (the one door to fsspec): ``s3://bucket/returned``, ``sftp://host/folder``.

What a user typed is taken by :func:`typed`, which alone decides whether it is an address. Such a one is an
:class:`Address`: a path like every other file, so that reports, journals and commands need not know the
difference, but of a class of its own, so that no file found on this machine is ever taken for one, whatever
its folders are called. Nothing is asked of fsspec, which is an extra, before an address is really met.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xlbudget.files.extras import missing_extra
from xlbudget.files.whole_files import staging_folder
from xlbudget.files.xlsx.source import Limits, printable
from xlbudget.model.errors import InputError, UnreadableWorkbook

if sys.platform == "win32":
    from pathlib import WindowsPath as _LocalPath
else:
    from pathlib import PosixPath as _LocalPath

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+)://(.*)", re.DOTALL)
_ON_DISK = {"file", "local"}
_CHUNK = 1 << 20


class Address(_LocalPath):
    """A file or folder that lies elsewhere; made by :func:`typed` alone.

    Its text is the address with both slashes, which pathlib folds into one.
    """

    __slots__ = ()

    def __str__(self) -> str:
        """Return the address as it was typed."""
        scheme, *parts = self.parts or ("",)
        return f"{scheme}//{'/'.join(parts)}" if scheme.endswith(":") else super().__str__()

    def __eq__(self, other: object) -> bool:
        """Whether it is the same address: a folder of this machine that is called like one is another."""
        return isinstance(other, Address) and str(self) == str(other)

    def __hash__(self) -> int:
        """Return a number that is the same for the same address."""
        return hash(str(self))


def typed(text: str | Path) -> Path:
    """Return the path that somebody typed: ``s3://…`` is an :class:`Address`, ``file://…`` a file here.

    What is a path already stays what it is.
    """
    match = _ADDRESS.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return Path(text) if isinstance(text, str) else text
    if match[1] not in _ON_DISK:
        return Address(f"{match[1]}:", match[2].lstrip("/"))
    rest = match[2].lstrip("/")
    return Path(rest if re.match("[A-Za-z]:", rest) else f"/{rest}")


def rooted(path: Path) -> Path:
    """Return the path as it reads from any folder; addresses do already."""
    return path if isinstance(path, Address) else path.absolute()


def files_in(path: Path) -> list[Path] | None:
    """Return the files in a folder and below, in order; None when ``path`` is no folder.

    Raises InputError when the place cannot be reached.
    """
    if not isinstance(path, Address):
        return sorted(part for part in path.rglob("*") if part.is_file()) if path.is_dir() else None
    address = str(path)
    system, name = _reached(address)
    with _said(address):
        if not system.isdir(name):
            return None
        return sorted(typed(system.unstrip_protocol(part)) for part in system.find(name))


def is_file(path: Path) -> bool:
    """Whether there is such a file; raises InputError when the place cannot be reached."""
    if not isinstance(path, Address):
        return path.is_file()
    address = str(path)
    system, name = _reached(address)
    with _said(address):
        return bool(system.isfile(name))


@contextmanager
def at_hand(path: Path, limit: int = Limits().file_bytes) -> Iterator[Path]:
    """Give the file itself or, of one that lies elsewhere, a copy of the same name for as long as needed.

    No more than one byte beyond ``limit`` is fetched, so that the reader can refuse what is too large.
    A file that is not there gives a copy that is not there. Raises UnreadableWorkbook when the file cannot
    be fetched, InputError when nothing can be fetched from such an address here.
    """
    if not isinstance(path, Address):
        yield path
        return
    address = str(path)
    with staging_folder() as folder:
        copy = folder / path.name
        system, name = _reached(address)
        with _said(address, lambda message: UnreadableWorkbook("not_found", message)):
            _fetch(system, name, copy, limit + 1)
        yield copy


def _fetch(system: Any, name: str, copy: Path, most: int) -> None:
    try:
        with system.open(name, "rb") as source, copy.open("wb") as target:
            while most > 0 and (chunk := source.read(min(most, _CHUNK))):
                target.write(chunk)
                most -= len(chunk)
    except FileNotFoundError:
        copy.unlink(missing_ok=True)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes; raises OSError or InputError when it cannot be read."""
    with at_hand(path) as copy:
        return hashlib.sha256(copy.read_bytes()).hexdigest()


def _reached(address: str) -> tuple[Any, str]:
    """Return the file system and the name in it."""
    if "::" in address:
        raise InputError(
            f"不支持“{printable(address)}”这样层层嵌套的地址；请先解压或取回文件，再给出所在文件夹。"
        )
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise missing_extra(f"读取“{printable(address)}”", error) from error
    try:
        system, name = url_to_fs(address)
    except ValueError as error:
        known = f"不认识地址“{printable(address)}”的开头；请核对，或给出本机文件夹。"
        raise InputError(known) from error
    except ImportError as error:
        what = printable(str(error), 160)
        raise InputError(f"读取“{printable(address)}”还缺相应组件（{what}）；请安装后再运行。") from error
    return system, name


@contextmanager
def _said(address: str, wrong: Callable[[str], InputError] = InputError) -> Iterator[None]:
    """Turn whatever a file system raises (each has errors of its own) into one sentence."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        reason = printable(f"{type(error).__name__}: {error}", 160)
        message = f"无法读取“{printable(address)}”（{reason}）；请核对地址、网络和访问权限后再试。"
        raise wrong(message) from error


def listed(paths: Iterable[Path | str] | Path | str, scheduler: str | None = None) -> list[Path]:
    """Return paths as they were typed; those that workers of a scheduler shall see are whole."""
    typed_in = [typed(path) for path in ([paths] if isinstance(paths, Path | str) else paths)]
    return [rooted(path) for path in typed_in] if scheduler else typed_in
