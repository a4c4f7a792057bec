"""A .docx as published → :class:`~xlbudget.model.PublishedDocument`: its tables and all its text.

Tracked changes count as accepted (:mod:`xlbudget.files.docx_text`), and are said. Footnotes stand behind
the text. Pages are those that Word remembers of its last display; a document
without such marks has none.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from xlbudget.files.addresses import cell_address
from xlbudget.files.docx import PackageNotFoundError, open_document, qn
from xlbudget.files.docx_text import (
    HOLDERS,
    PARAGRAPH,
    TEXT,
    boxes_in,
    goes_on,
    notes_of,
    text_of,
    unsettled,
)
from xlbudget.model import (
    Place,
    PrintedCell,
    PrintedLine,
    PrintedParagraph,
    PublishedDocument,
    PublishedTable,
)
from xlbudget.model.errors import UnreadableWorkbook

_MOST_BYTES = 400_000_000  # unpacked
_LEAD = 10
_NOTE = re.compile(r"(?:注|备注|说明)\d{0,2}[:：]")  # what belongs to the table above
_TBL, _TR, _TC = (qn(name) for name in ("w:tbl", "w:tr", "w:tc"))
_PICTURE, _PAGE_BREAK = qn("pic:pic"), qn("w:lastRenderedPageBreak")


def read_word(path: Path) -> PublishedDocument:
    """Return what a .docx says; raises UnreadableWorkbook with the reason."""
    content = path.read_bytes()
    refusal = f"“{path.name}”不是能读取的 Word 文档（.docx）；请用 Word 打开后另存为 .docx。"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            if sum(part.file_size for part in package.infolist()) > _MOST_BYTES:
                raise UnreadableWorkbook("limit", f"“{path.name}”解开后太大，没有读取；请删去图片后另存。")
        document = open_document(content)
        body, notes = document.element.body, list(notes_of(document))
    except (PackageNotFoundError, KeyError, ValueError, zipfile.BadZipFile):
        raise UnreadableWorkbook("damaged", refusal) from None
    reader = _WordReader(page=int(next(body.iter(_PAGE_BREAK), None) is not None))
    reader.take(body)
    reader.note(notes)
    pictures = sum(1 for _ in body.iter(_PICTURE))
    said = (f"文件里有图片 {pictures} 张，图片里的内容没有读取。",) if pictures else ()
    return PublishedDocument(
        path,
        hashlib.sha256(content).hexdigest(),
        "docx",
        tables=tuple(reader.tables),
        paragraphs=tuple(reader.paragraphs),
        remarks=(*said, *unsettled(body)),
    )


@dataclass(slots=True)
class _WordReader:
    tables: list[PublishedTable] = field(default_factory=list)
    paragraphs: list[PrintedParagraph] = field(default_factory=list)
    lead: list[PrintedLine] = field(default_factory=list)
    number: int = 0
    begun: str = ""
    """What reads on into the next paragraph."""
    page: int = 0
    """The page on which what comes next begins; 0: not known."""

    def take(self, holder: Any) -> None:
        """Go through paragraphs and tables in order, whatever wraps them."""
        for child in holder:
            if child.tag == PARAGRAPH:
                self._paragraph(child)
            elif child.tag == _TBL:
                self._table(child)
            elif child.tag in HOLDERS:
                self.take(child)

    def _paragraph(self, element: Any) -> None:
        self.number += 1
        text = (self.begun + text_of(element)).strip()
        before, breaks = _breaks(element)
        self.begun = text if goes_on(element) else ""
        if text and not self.begun:
            line = PrintedLine(text, Place(address=f"第 {self.number} 段", page=self.page + before))
            self.paragraphs.append(PrintedParagraph((line,)))
            if self.tables and not self.lead and _NOTE.match(text):
                self.tables[-1] = replace(self.tables[-1], after=(*self.tables[-1].after, line))
            else:
                self.lead.append(line)
        self.page += breaks
        self._boxes(element)

    def _boxes(self, element: Any) -> None:
        outer, self.begun = self.begun, ""
        for box in boxes_in(element):
            self.take(box)
        self.begun = outer

    def note(self, notes: Iterable[tuple[str, str]]) -> None:
        """Take up footnotes behind the text."""
        for address, text in notes:
            if text.strip():
                line = PrintedLine(text.strip(), Place(address=address, page=self.page))
                self.paragraphs.append(PrintedParagraph((line,)))

    def _table(self, element: Any) -> None:
        name = f"表 {len(self.tables) + 1}"
        lead, self.lead = tuple(self.lead[-_LEAD:]), []
        cells: dict[tuple[int, int], PrintedCell] = {}
        open_: dict[int, tuple[int, int]] = {}  # column: the cell that goes on downwards
        rows = columns = 0
        for row, line in enumerate(_rows(element)):
            self.page += max((_breaks(cell)[1] for cell in line.iter(_TC)), default=0)
            column = _skipped(line, "w:gridBefore")
            for cell in line.iter(_TC):
                if _row_of(cell) is not line:
                    continue  # of a table within the cell
                across, merge = _span(cell), _merge(cell)
                if merge == "continue" and column in open_:
                    first = open_[column]
                    cells[first] = _longer(cells[first], row)
                else:
                    place = Place(sheet=name, address=cell_address(row, column), page=self.page)
                    text = "".join(text_of(part) for part in cell if part.tag != _TBL).strip()
                    inner = "".join(text_of(part) for part in cell if part.tag == _TBL).strip()
                    cells[row, column] = PrintedCell(row, column, text or inner, place, 1, across)
                    open_.pop(column, None)
                    if merge == "restart":
                        open_[column] = row, column
                column += across
            columns = max(columns, column)
            rows = row + 1
        parts = (Place(sheet=name),)
        self.tables.append(PublishedTable(rows, columns, tuple(cells.values()), parts, lead=lead))
        self._boxes(element)


def _breaks(element: Any) -> tuple[int, int]:
    """Return how many pages begin in an element before its first text, and in all of it."""
    before = every = 0
    written = False
    for part in element.iter(_PAGE_BREAK, TEXT):
        if part.tag == TEXT:
            written = written or bool((part.text or "").strip())
        else:
            every += 1
            before += not written
    return before, every


def _longer(cell: PrintedCell, row: int) -> PrintedCell:
    return PrintedCell(cell.row, cell.column, cell.text, cell.place, row - cell.row + 1, cell.across)


def _rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == _TR:
            properties = child.find(qn("w:trPr"))
            if properties is None or properties.find(qn("w:del")) is None:
                yield child
        elif child.tag in HOLDERS:
            yield from _rows(child)


def _row_of(cell: Any) -> Any:
    return next(above for above in cell.iterancestors() if above.tag == _TR)


def _span(cell: Any) -> int:
    return max(1, min(_number(cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}"), 1), 200))


def _skipped(row: Any, name: str) -> int:
    return max(0, min(_number(row.find(f"{qn('w:trPr')}/{qn(name)}"), 0), 200))


def _number(element: Any, otherwise: int) -> int:
    said = element.get(qn("w:val"), "") if element is not None else ""
    return int(said) if said.isascii() and said.isdigit() else otherwise


def _merge(cell: Any) -> str:
    merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
    return "" if merge is None else merge.get(qn("w:val"), "continue")
