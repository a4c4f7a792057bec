"""Whole files or none: the only place where results reach the disk."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path

from xlbudget.files.own_outputs import may_replace
from xlbudget.model.errors import ExistingFile, InputError, OutputError

_UNSAFE = re.compile(
    r'[\\/:*?"<>|\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufdd0-\ufdef\ufffe\uffff]+'
)
_SAID = {
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "超出磁盘配额",
    errno.EROFS: "磁盘或文件夹是只读的",
    errno.ENAMETOOLONG: "文件名太长",
    errno.EIO: "磁盘读写出错",
    errno.EBADF: "输出已经关闭",
    errno.ENOENT: "路径不存在",
}
_OWN, _PART, _STAGING = "xlbudget", ".part", ".staging"
_LONG_AGO = 24 * 3600  # seconds
_SURROGATE = re.compile("[\ud800-\udfff]")
_HAN = re.compile("[\u3400-\u9fff]")
_RAW = re.compile("[\x00-\x7f\ud800-\udfff]+")  # bytes that may belong together: the second may be ASCII
_NAME_LENGTH = 60  # leaves room for a prefix and a suffix within 255 UTF-8 bytes of Chinese text


def safe_name(text: str) -> str:
    """Return ``text`` as part of a file name: no separators, controls or direction marks, bounded length."""
    return _UNSAFE.sub("_", readable_name(text)).strip(" ._")[:_NAME_LENGTH].strip(" ._")


def readable_name(name: str) -> str:
    """Return a name as people read it: bytes of GB18030 that came as lone surrogates become characters.

    Programs in China unpack archives under raw names on systems that expect UTF-8. What remains
    unreadable becomes the replacement character; the result can always be written as UTF-8.
    """
    if not _SURROGATE.search(name):
        return name
    if not _HAN.search(name):  # two bytes of GB18030 may also be a letter of UTF-8: all is read anew
        with suppress(UnicodeError):
            return name.encode("utf-8", "surrogateescape").decode("gb18030")
    return _RAW.sub(_readable, name)


def readable_path(path: str) -> str:
    """Return a path with each of its names as people read it."""
    return "/".join(map(readable_name, path.split("/")))


def _readable(run: re.Match[str]) -> str:
    try:
        raw = run[0].encode("ascii", "surrogateescape")
    except UnicodeEncodeError:  # surrogates that stand for no byte
        return _SURROGATE.sub("\ufffd", run[0])
    return raw.decode("gb18030", "replace")


def existing_file(path: Path, what: str) -> Path:
    """Return ``path`` if it is a file; raise InputError naming ``what`` it was to be otherwise."""
    try:
        is_file = path.is_file()
    except (OSError, ValueError):
        is_file = False
    if not is_file:
        raise InputError(f"找不到{what}“{path}”；请检查路径和文件名。")
    return path


def identity(path: Path) -> tuple[int, int] | None:
    """Return what is the same for every name of a file (links, letter case); None where there is no file."""
    try:
        found = path.resolve().stat()  # a folder that is not there and «..» behind it lead back
    except (OSError, ValueError, RuntimeError):
        return None
    return found.st_dev, found.st_ino


def refuse_inputs(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Raise InputError when an output is a file that is read, under whatever name."""
    read = {identity(path) for path in inputs} - {None}
    for output in outputs:
        if identity(output) in read:
            raise InputError(f"输出文件“{output}”就是输入文件；原文件不作改动，请另取名称。")


def make_folder(folder: Path, mode: int = 0o777) -> Path:
    """Create ``folder`` if need be; raise OutputError if it cannot be written.

    ``mode`` is who may look into a new one, as far as the user's own settings let them.
    """
    try:
        folder.mkdir(mode, parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"无法建立输出文件夹“{folder}”（{reason_of(error)}）；请换一个有写入权限的位置。"
        ) from error
    return folder


def write_whole(
    path: Path, content: bytes | Iterable[bytes], mode: int = 0o666, *, replace: bool = False
) -> Path:
    """Write ``content``, in one or in pieces, to ``path`` completely or not at all.

    The bytes go to a temporary file in the same folder, reach the disk, and take the name
    in one step, so that a crash leaves either the old file or the new one. ``mode`` is who may read and
    write a new file, as far as the user's own settings let them. What stands there is replaced when it is
    an older version that nobody has changed since (see :mod:`xlbudget.files.own_outputs`), or when the
    caller knows that it is (``replace``); anything else stays and ExistingFile is raised. OutputError when
    the file cannot be written.
    """
    make_folder(path.parent)
    _clear_once(path.parent, f".{_OWN}-*{_PART}")
    temporary = path.with_name(f".{_own_name()}{_PART}")
    try:
        with open(temporary, "xb", opener=partial(os.open, mode=mode)) as stream:
            stream.writelines([content] if isinstance(content, bytes) else content)
            stream.flush()
            os.fsync(stream.fileno())
        if not replace and os.path.lexists(path):
            _refuse_others(path, temporary)
        temporary.replace(path)
    except BaseException as error:  # a piece that cannot be made leaves nothing behind either
        with suppress(OSError):
            temporary.unlink()
        if not isinstance(error, OSError):
            raise
        raise OutputError(
            f"无法写入“{path}”（{reason_of(error)}）；请确认文件没有被打开、磁盘未满且有写入权限。"
        ) from error
    return path


@contextmanager
def staging_folder() -> Iterator[Path]:
    """Give an empty folder for as long as needed; those that a killed run has left behind are removed."""
    where = Path(tempfile.gettempdir())
    _clear_once(where, f"{_OWN}-*{_STAGING}")
    folder = where / f"{_own_name()}{_STAGING}"
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise OutputError(f"无法建立临时文件夹“{folder}”（{reason_of(error)}）；请检查磁盘。") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _own_name() -> str:
    """Return a name that says which process of which machine uses it."""
    return f"{_OWN}-{_machine()}-{os.getpid()}-{secrets.token_hex(8)}"


@cache
def _machine() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


@cache  # once a process: a folder may hold ten thousand outputs
def _clear_once(folder: Path, pattern: str) -> None:
    for left in folder.glob(pattern):
        with suppress(OSError):
            if _is_left_over(left):
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _is_left_over(path: Path) -> bool:
    """Whether the process that used a name is gone; of another machine one can only wait."""
    parts = path.stem.removeprefix(".").split("-")
    if len(parts) == 4 and parts[1] == _machine() and parts[2].isdigit() and os.name == "posix":
        return not _is_alive(int(parts[2]))
    return time.time() - path.lstat().st_mtime > _LONG_AGO


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _refuse_others(path: Path, new: Path) -> None:
    """Raise ExistingFile unless a path leads to an older version of the file that is to take its place."""
    if path.is_dir():
        raise ExistingFile(f"无法写入“{path}”（该名称是一个文件夹）；请另取名称。")
    if path.exists() and not path.is_file():
        raise ExistingFile(f"“{path}”不是普通文件（是管道或设备），不能写入；请另取名称。")
    if path.is_file() and not may_replace(path, new):
        raise ExistingFile(kept(path))


def kept(path: Path) -> str:
    """Say that a file stands where one was to be written, and is left as it is."""
    return (
        f"“{path}”已经存在，不是本工具写的同类结果，或写出后又改动过，没有覆盖；"
        "请另取名称，或先把它移走再运行。"
    )


def reason_of(error: OSError) -> str:
    """Say in Chinese why the operating system refused."""
    if isinstance(error, PermissionError):
        return "没有权限"
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "同名文件已存在"
    if isinstance(error, IsADirectoryError):
        return "该名称是一个文件夹"
    if error.errno in _SAID:
        return _SAID[error.errno]
    return error.strerror or "系统错误"
