"""Returned files on disk: which are taken, which are passed over and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from xlbudget.files.elsewhere import files_in, is_file
from xlbudget.files.file_kinds import looks_like_workbook, silent, unopened
from xlbudget.files.whole_files import readable_name
from xlbudget.model.errors import InputError

_MOST_NAMED = 3  # files passed over, where nothing else was found

UNREAD_FORM = "未读取，"
"""How it is said that a file may be a return in a form that is not read."""
_DOCUMENTS = {".pdf", ".docx", ".doc", ".wps", ".ofd", ".rtf"}


def find_files(paths: Iterable[Path], *, published: bool = False) -> tuple[list[Path], list[str]]:
    """Return the workbooks under ``paths`` (folders are searched), and what was passed over and why.

    ``published`` takes documents of all kinds that budgets are published as, not workbooks alone.
    Raises InputError when a path does not exist or nothing is found.
    """
    files: list[Path] = []
    skipped: list[str] = []
    for path in paths:
        within = files_in(path)
        if within is not None:
            for part in within:
                reason = _passed_over(part, published=published)
                if reason is None:
                    files.append(part)
                elif reason:
                    skipped.append(f"{readable_name(part.name)}：{reason}")
        elif is_file(path):
            files.append(path)
        else:
            raise InputError(f"找不到“{path}”；请检查路径和文件名。")
    if not files:
        raise InputError(_nothing(skipped, published=published))
    return files, skipped


def _nothing(skipped: Sequence[str], *, published: bool) -> str:
    """Say what there is where nothing to read was found."""
    if published:
        return "没有找到公开文件（.pdf、.docx、.xlsx）；请检查文件夹是否正确。"
    if not skipped:
        return "没有找到工作簿（.xlsx 等）；请检查文件夹是否正确。"
    more = f" 等 {len(skipped)} 个文件" if len(skipped) > _MOST_NAMED else ""
    named = "；".join(skipped[:_MOST_NAMED])
    return (
        f"没有找到工作簿（.xlsx 等），只有{named}{more}。压缩包请先解压，或用 xlbudget collect 收件；"
        "PDF、图片等请单位另报工作簿。"
    )


def _passed_over(path: Path, *, published: bool) -> str | None:
    """Return why a file in a folder is not read: None to read it, an empty text to pass it in silence."""
    if silent(path.name):
        return ""
    if looks_like_workbook(path.name) or (published and path.suffix.lower() in _DOCUMENTS):
        return None
    form = unopened(path.name)
    other = "不是公开文件，未读取" if published else "不是工作簿，未读取"
    return f"{UNREAD_FORM}{form.reason}" if form is not None else other
