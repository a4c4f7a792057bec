"""Published documents read, and their forms written as values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xlbudget.department.exporting.published_values import values_csv, values_workbook
from xlbudget.files.whole_files import write_whole
from xlbudget.model import WorkbookTemplate
from xlbudget.model.errors import InputError, UnreadableWorkbook
from xlbudget.returns.published.documents import read_document
from xlbudget.returns.published.reading import published_workbook
from xlbudget.returns.published.recognition import recognised
from xlbudget.returns.published.workbooks import PublishedWorkbook


def write_values(
    files: Sequence[Path], known: Sequence[WorkbookTemplate], output: Path
) -> list[tuple[Path, PublishedWorkbook | str]]:
    """Write the forms of documents as values (.csv, else a workbook); each goes by the template it follows.

    Returns each file with what was read of it, or in words why nothing was. Raises InputError when no form
    was found at all.
    """
    read = [(path, _read(path, known)) for path in files]
    workbooks = [workbook for _, workbook in read if not isinstance(workbook, str)]
    if not workbooks:
        raise InputError("\n".join(f"“{path.name}”没有读出数值：{why}" for path, why in read))
    as_csv = output.suffix.lower() == ".csv"
    write_whole(output, values_csv(workbooks).encode("utf-8-sig") if as_csv else values_workbook(workbooks))
    return read


def _read(path: Path, known: Sequence[WorkbookTemplate]) -> PublishedWorkbook | str:
    try:
        document = read_document(path)
    except UnreadableWorkbook as error:
        return str(error)
    found = recognised(document, known)
    return published_workbook(document, found) if found else "没有识别出任何一张表"
