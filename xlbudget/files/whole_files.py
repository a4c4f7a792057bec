"""Whole files or none: the only place where results reach the disk."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

from xlbudget.model.errors import InputError, OutputError

_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+')
_NAME_LENGTH = 60  # leaves room for a prefix and a suffix within 255 UTF-8 bytes of Chinese text


def safe_name(text: str) -> str:
    """Return ``text`` as part of a file name: no separators, controls or direction marks, bounded length."""
    return _UNSAFE.sub("_", text).strip(" ._")[:_NAME_LENGTH].strip(" ._")


def existing_file(path: Path, what: str) -> Path:
    """Return ``path`` if it is a file; raise InputError naming ``what`` it was to be otherwise."""
    try:
        is_file = path.is_file()
    except (OSError, ValueError):
        is_file = False
    if not is_file:
        raise InputError(f"找不到{what}“{path}”；请检查路径和文件名。")
    return path


def make_folder(folder: Path) -> Path:
    """Create ``folder`` if need be; raise OutputError if it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"无法建立输出文件夹“{folder}”（{_reason(error)}）；请换一个有写入权限的位置。"
        ) from error
    return folder


def write_whole(path: Path, content: bytes | Iterable[bytes], mode: int = 0o666) -> Path:
    """Write ``content``, in one or in pieces, to ``path`` completely or not at all, replacing what was there.

    The bytes go to a temporary file in the same folder, reach the disk, and take the name
    in one step, so that a crash leaves either the old file or the new one. ``mode`` is who may read and
    write a new file, as far as the user's own settings let them.
    """
    make_folder(path.parent)
    temporary = path.with_name(f".xlbudget-{secrets.token_hex(8)}.part")
    try:
        with open(temporary, "xb", opener=partial(os.open, mode=mode)) as stream:
            stream.writelines([content] if isinstance(content, bytes) else content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException as error:  # a piece that cannot be made leaves nothing behind either
        with suppress(OSError):
            temporary.unlink()
        if not isinstance(error, OSError):
            raise
        raise OutputError(
            f"无法写入“{path}”（{_reason(error)}）；请确认文件没有被打开、磁盘未满且有写入权限。"
        ) from error
    return path


def _reason(error: OSError) -> str:
    """Say in Chinese why the operating system refused."""
    if isinstance(error, PermissionError):
        return "没有权限"
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "同名文件已存在"
    if isinstance(error, IsADirectoryError):
        return "该名称是一个文件夹"
    return error.strerror or "系统错误"
