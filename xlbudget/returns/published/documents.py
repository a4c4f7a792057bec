"""A file that others published, of whatever kind → :class:`~xlbudget.model.PublishedDocument`.

What a file is, its first bytes say; its name says only what to advise.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from xlbudget.files.addresses import cell_address
from xlbudget.files.workbooks import read_any
from xlbudget.files.xlsx import Limits, RawSheet
from xlbudget.files.xlsx.number_formats import decimals_of_code, shown_decimals
from xlbudget.model import Place, PrintedCell, PublishedDocument, PublishedTable
from xlbudget.model.errors import InputError, UnreadableWorkbook
from xlbudget.returns.published.continued import joined

_OLD = bytes.fromhex("d0cf11e0a1b11ae1")
_WIDE, _TALL = 200, 20_000  # columns and rows of a sheet that are read
ADVICE = "请用 Word 或 WPS 打开后另存为 .docx 或 PDF，再核对"


def read_document(path: Path, limits: Limits | None = None) -> PublishedDocument:
    """Return what a PDF, a .docx or a workbook prints; raises UnreadableWorkbook with the reason."""
    head = _head(path)
    if b"%PDF-" in head:
        from xlbudget.files.pdf.child import read_in_child  # only where there is a PDF

        return replace(read_in_child(path), sha256=sha256_of(path))
    if head.startswith(_OLD) and path.suffix.lower() in {".doc", ".wps", ".rtf"}:
        raise UnreadableWorkbook("old_format", f"“{path.name}”是旧的 Word 或 WPS 文字格式；{ADVICE}。")
    if head.startswith(b"PK"):
        kind = _kind_of_package(path)
        if kind == "docx":
            return _document(path)
        if kind == "ofd":
            raise UnreadableWorkbook(
                "old_format", f"“{path.name}”是 OFD 版式文件；请用阅读器另存为 PDF，再核对。"
            )
    if path.suffix.lower() in {".pdf", ".docx"}:
        message = f"“{path.name}”的内容不是扩展名所说的文件，或已损坏；请重新下载，或重新导出。"
        raise UnreadableWorkbook("damaged", message)
    return _workbook(path, limits or Limits())


def _document(path: Path) -> PublishedDocument:
    """Read a .docx; without the extra it is this file that cannot be read, not those behind it."""
    try:
        from xlbudget.files.printed_docx import read_word  # only where there is a document
    except InputError as error:
        raise UnreadableWorkbook("not_installed", str(error)) from error
    document = read_word(path)
    return replace(document, tables=tuple(joined(document.tables)))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(1024)
    except FileNotFoundError:
        raise UnreadableWorkbook("not_found", f"找不到文件“{path.name}”。") from None
    except OSError as error:
        raise UnreadableWorkbook("not_found", f"“{path.name}”打不开（{error.strerror}）。") from None


def _kind_of_package(path: Path) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return ""
    if "word/document.xml" in names:
        return "docx"
    return "ofd" if "OFD.xml" in names else ""


# ------------------------------------------------------------------ workbooks


def _workbook(path: Path, limits: Limits) -> PublishedDocument:
    """Return the sheets of a workbook, each as a table; hidden ones are said and not read."""
    raw = read_any(path, limits=limits)
    codes = map(decimals_of_code, raw.number_formats)
    shown = shown_decimals(path, limits) if raw.format == "xlsx" else tuple(codes)
    tables, remarks = [], []
    for sheet in raw.sheets:
        if not sheet.cells:
            continue
        if sheet.state != "visible":
            remarks.append(f"隐藏的工作表“{sheet.name}”没有读取。")
            continue
        if any(row > _TALL for row, _ in sheet.cells):
            remarks.append(f"工作表“{sheet.name}”第 {_TALL} 行以下没有读取。")
        tables.append(_sheet(sheet, shown))
    return PublishedDocument(path, raw.sha256, "xlsx", tables=tuple(joined(tables)), remarks=tuple(remarks))


def _sheet(sheet: RawSheet, shown: tuple[int | None, ...]) -> PublishedTable:
    merged = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in sheet.merges}
    cells = tuple(_cells(sheet, merged, shown))
    return PublishedTable(
        rows=max((cell.row + cell.down for cell in cells), default=0),
        columns=max((cell.column + cell.across for cell in cells), default=0),
        cells=cells,
        parts=(Place(sheet=sheet.name),),
        ruled=False,
    )


def _cells(
    sheet: RawSheet, merged: dict[tuple[int, int], tuple[int, int]], shown: tuple[int | None, ...]
) -> Iterator[PrintedCell]:
    for (row, column), stored in sorted(sheet.cells.items()):
        if row > _TALL or column > _WIDE:
            continue
        down, across = merged.get((row, column), (1, 1))
        yield PrintedCell(
            row=row - 1,
            column=column - 1,
            text=stored.text,
            place=Place(sheet=sheet.name, address=cell_address(row - 1, column - 1)),
            down=min(down, _TALL),
            across=min(across, _WIDE),
            stored=stored,
            decimals=shown[stored.style] if stored.style < len(shown) else None,
        )


def sha256_of(path: Path) -> str:
    """Return the hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
