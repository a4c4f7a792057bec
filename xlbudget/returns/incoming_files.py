"""Returned files on disk: which are taken, which are passed over and why."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from xlbudget.files.elsewhere import address_of, files_in, is_file, located
from xlbudget.files.file_kinds import looks_like_workbook, silent, unopened
from xlbudget.files.whole_files import readable_name
from xlbudget.model.errors import InputError


def find_files(paths: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Return the workbooks under ``paths`` (folders are searched), and what was passed over and why.

    Raises InputError when a path does not exist or nothing is found.
    """
    files: list[Path] = []
    skipped: list[str] = []
    for path in map(located, paths):
        within = files_in(path)
        if within is not None:
            for part in within:
                reason = _passed_over(part)
                if reason is None:
                    files.append(part)
                elif reason:
                    skipped.append(f"{readable_name(part.name)}：{reason}")
        elif is_file(path):
            files.append(path)
        else:
            raise InputError(f"找不到“{address_of(path) or path}”；请检查路径和文件名。")
    if not files:
        raise InputError("没有找到工作簿（.xlsx）；请检查文件夹是否正确。")
    return files, skipped


def _passed_over(path: Path) -> str | None:
    """Return why a file in a folder is not read: None to read it, an empty text to pass it in silence."""
    if silent(path.name):
        return ""
    if looks_like_workbook(path.name):
        return None
    form = unopened(path.name)
    return f"未读取，{form.reason}" if form is not None else "不是工作簿，未读取"
