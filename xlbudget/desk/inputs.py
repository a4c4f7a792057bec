"""What was handed in: workbooks in files and folders, and those that lie in archives and mails."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from xlbudget.files.whole_files import safe_name, staging_folder, write_whole
from xlbudget.model.errors import InputError
from xlbudget.returns.incoming_files import find_files

_HOLDING = {".zip", ".eml", ".mbox"}


def workbooks_in(inputs: Sequence[str], opened: str = "") -> tuple[list[Path], list[str]]:
    """Return the workbooks under ``inputs``, and what was passed over and why.

    Archives and mails are opened into the folder ``opened``, their workbooks under safe names; without it
    they are passed over. Raises InputError when nothing is found.
    """
    paths = [Path(part) for part in inputs]
    holding = [path for path in _all_files(paths) if path.suffix.lower() in _HOLDING] if opened else []
    others = [path for path in paths if path not in holding]
    if others and (not holding or _has_workbooks(others)):
        files, skipped = find_files(others)
        names = {f"{path.name}：" for path in holding}
        skipped = [text for text in skipped if not any(text.startswith(name) for name in names)]
    else:
        files, skipped = [], []
    for path in holding:
        found, passed = _opened(path, Path(opened))
        files += found
        skipped += passed
    if not files:
        raise InputError("没有找到工作簿（.xlsx）；请检查选的文件夹或压缩包是否正确。")
    return files, skipped


def _all_files(paths: Sequence[Path]) -> list[Path]:
    return [
        part
        for path in paths
        for part in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if part.is_file()
    ]


def _has_workbooks(paths: Sequence[Path]) -> bool:
    try:
        return bool(find_files(paths)[0])
    except InputError:
        return False


def _opened(archive: Path, folder: Path) -> tuple[list[Path], list[str]]:
    """Put the workbooks of an archive or mail into ``folder``; names inside choose no place outside it."""
    from xlbudget.department.collection.arrivals import PassedOver, arrivals  # a page of the check has none

    files, passed = [], []
    with staging_folder() as room:
        for found in arrivals([archive], room):
            if isinstance(found, PassedOver):
                passed.append(f"{found.source}：{found.reason}")
            elif found.unread and found.source == archive.name:  # the archive itself, not a workbook in it
                passed.append(f"{found.source}：{found.unread[0].reason}")
            else:
                parts = [_safe(part) for part in re.split(" → |/", found.source) if part]
                path = _free(folder.joinpath(*parts))
                files.append(write_whole(path, found.file.read_bytes()))
    return files, passed


def _safe(part: str) -> str:
    name = PurePosixPath(part)
    return f"{safe_name(name.stem) or '未命名'}{name.suffix.lower()}"


def _free(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}_{number}")
    return free
