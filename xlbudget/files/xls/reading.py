"""``.xls`` and ``.et`` (BIFF): read by xlrd in a process of its own, whose time and memory are limited.

What a stranger's file can make a reader do then ends with that process. Of formulas only where they stand is
known.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from xlbudget.files.xlsx.cells import RawSheet, RawWorkbook, SheetCells
from xlbudget.files.xlsx.source import SAVE_AS_XLSX, Limits, PackageSource
from xlbudget.model import UNSEEN, StoredCell
from xlbudget.model.errors import UnreadableWorkbook

_READER = "xlbudget.files.xls.child"
_TOO_MUCH = 3  # the code with which it ends when it has used up its time or memory
_PATIENCE = 4  # times the reader's seconds of processor time: a busy machine refuses none
_ROOT = Path(__file__).parents[3]


def read_xls(source: PackageSource, sheets: Callable[[str], bool], limits: Limits) -> RawWorkbook:
    """Return what a BIFF workbook holds; ``sheets`` says by name which cells are wanted.

    Raises UnreadableWorkbook: ``encrypted``, ``damaged`` or ``limit``.
    """
    found = _told(source, limits)
    if "refused" in found:
        reason, what = found["refused"]
        raise _broken(source) if reason == "damaged" else source.refusal(reason, what)
    return RawWorkbook(
        sheets=tuple(_sheet(part, wanted=sheets(part["name"])) for part in found["sheets"]),
        defined_names=found["names"],
        sheet_names_local=tuple((name, sheet, text) for name, sheet, text in found["local_names"]),
        properties={},
        core=found["core"],
        date_1904=found["date_1904"],
        calc_mode=found["calc_mode"],
        precision_as_displayed=found["precision_as_displayed"],
        active_content=tuple(found["active"]),
        sha256=hashlib.sha256(source.data).hexdigest(),
        format="xls",
        number_formats=tuple(found["formats"]),
    )


def _told(source: PackageSource, limits: Limits) -> Mapping[str, Any]:
    """Return what the reader's process says of the file; whatever becomes of the process is a refusal."""
    given = {"cells": limits.cells, "text": limits.text_total, "seconds": limits.seconds}
    # -P: a file called json.py in the folder that the command runs in must not be imported
    command = [sys.executable or "python", "-P", "-m", _READER, json.dumps(given)]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONIOENCODING": "utf-8"}
    seconds = max(limits.seconds, 0) * _PATIENCE
    try:
        done = subprocess.run(  # noqa: S603 - our own module by our own interpreter
            command, input=source.data, capture_output=True, timeout=seconds, env=environment, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise source.refusal("limit", f"超出读取上限（读了 {seconds:g} 秒没有读完）") from error
    except OSError as error:
        what = "是早期的 Excel 或 WPS 表格格式（.xls、.et），在这里无法读取"
        raise source.refusal("old_format", what) from error
    try:
        if done.returncode == 0:
            told: Mapping[str, Any] = json.loads(done.stdout)
            return told
    except ValueError:
        pass
    if done.returncode < 0 or done.returncode == _TOO_MUCH:  # ended by a limit of its own or of the system
        raise source.refusal("limit", "超出读取上限（读取时占用的时间或内存过多）")
    raise _broken(source)


def _broken(source: PackageSource) -> UnreadableWorkbook:
    what = "是早期的 Excel 或 WPS 表格格式（.xls、.et），内容已损坏，读不出来"
    return source.refusal("damaged", what, SAVE_AS_XLSX)


def _sheet(part: Mapping[str, Any], *, wanted: bool) -> RawSheet:
    if not wanted:
        return RawSheet(part["name"], part["state"])
    cells = {
        (row, column): StoredCell(kind, text, UNSEEN if formula else None, style)
        for row, column, kind, text, formula, style in part["cells"]
    }
    return RawSheet(
        name=part["name"],
        state=part["state"],
        cells=SheetCells.grouped(cells),
        hidden_rows=frozenset(part["hidden_rows"]),
        hidden_columns=tuple((first, last) for first, last in part["hidden_columns"]),
        merges=tuple((top, left, bottom, right) for top, left, bottom, right in part["merges"]),
        protected=part["protected"],
        decoded=True,
    )
