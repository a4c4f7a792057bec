"""A workbook in any format that offices use → what it holds, as the reader of ``.xlsx`` gives it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from xlbudget.files.ods.reading import is_ods, read_ods
from xlbudget.files.xls.reading import read_xls
from xlbudget.files.xlsx import Limits, RawWorkbook, read_workbook
from xlbudget.files.xlsx.signatures import is_biff
from xlbudget.files.xlsx.source import load
from xlbudget.model.errors import UnreadableWorkbook

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xltx", ".xlsb", ".xls", ".et", ".ods"})
"""The names of workbooks that are read, in lower case; what a file is, its content says."""


def read_any(
    source: Path | bytes,
    *,
    sheets: Callable[[str], bool] | None = None,
    later: Collection[str] = (),
    glance: bool = False,
    limits: Limits | None = None,
) -> RawWorkbook:
    """Return what :func:`~xlbudget.files.xlsx.read_workbook` does, of ``.xls``, ``.et`` and ``.ods`` too.

    Raises UnreadableWorkbook, and nothing else, for whatever bytes.
    """
    limits = limits or Limits()
    try:
        return read_workbook(source, sheets=sheets, later=later, glance=glance, limits=limits)
    except UnreadableWorkbook as error:
        if error.reason != "old_format":
            raise
        loaded = load(source, limits)
        wanted = sheets or (lambda _: True)
        if is_biff(loaded):
            return read_xls(loaded, wanted, limits)
        if is_ods(loaded):
            return read_ods(loaded, wanted, limits)
        raise
