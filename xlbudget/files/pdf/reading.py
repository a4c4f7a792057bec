"""PDF → :class:`~xlbudget.model.PublishedDocument`: its pages, tables and paragraphs; nothing is judged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xlbudget.files.pdf.aligned import Block, aligned_blocks, tables_of
from xlbudget.files.pdf.joining import TablePiece, joined_tables, printed_cells
from xlbudget.files.pdf.lattice import RawTable, ruled_tables, within
from xlbudget.files.pdf.library import carried, opened, page
from xlbudget.files.pdf.lines import lines_of, slanted_lines
from xlbudget.files.pdf.page_view import RawPage
from xlbudget.files.pdf.paragraphs import paragraphs_of
from xlbudget.files.pdf.unruled_rows import split_rows
from xlbudget.model import PrintedLine, PrintedPage, PrintedParagraph, PublishedDocument
from xlbudget.model.errors import UnreadableWorkbook

MOST_PAGES = 2_000
_MARGIN = 0.09  # part of the page's height in which page numbers and running heads stand
_SAME_ROW = 4.0  # points by which tops of texts in one row differ
_LEAD = 10  # rows above a table that may be its title and captions
_FEW = 200  # characters: a page of text has more
_PICTURE = 0.25  # part of a page that a picture covers: with no text beside it, the page is a picture
_NUMBERED = re.compile(r"^[-—–·~\s]*(?:第\s*)?[\dIVXivx]{1,4}\s*(?:页)?[-—–·~\s]*(?:[/共].{0,10})?$")


@dataclass(slots=True)
class _ReadPage:
    number: int
    width: float
    height: float
    lines: list[PrintedLine]
    tables: list[RawTable]
    blocks: list[Block]
    aslant: list[PrintedLine]
    unread: str = ""
    furniture: set[int] = field(default_factory=set)

    def body(self) -> list[PrintedLine]:
        return [line for at, line in enumerate(self.lines) if at not in self.furniture]


def read_pdf(path: Path) -> PublishedDocument:
    """Return what a PDF prints (its hash left empty); raises UnreadableWorkbook with the reason."""
    with opened(path) as document:
        count = len(document)
        if count > MOST_PAGES:
            message = f"“{path.name}”有 {count} 页，超过 {MOST_PAGES} 页，没有读取；请只给出公开文件本身。"
            raise UnreadableWorkbook("limit", message)
        if not count:
            raise UnreadableWorkbook("damaged", f"“{path.name}”里没有一页；请重新导出。")
        beside = carried(document)
        read = [_read(page(document, number)) for number in range(1, count + 1)]
    _take_blocks(read)
    _mark_furniture(read)
    tables = joined_tables(_pieces(read))
    return PublishedDocument(
        path=path,
        sha256="",
        kind="pdf",
        pages=tuple(
            PrintedPage(one.number, one.width, one.height, (*one.lines, *one.aslant), one.unread)
            for one in read
        ),
        tables=tuple(tables),
        remarks=(f"文件里带有{'、'.join(beside)}，没有运行，也没有打开。",) if beside else (),
        paragraphs=(
            *paragraphs_of([(one.body(), one.width, [table.box for table in one.tables]) for one in read]),
            *(PrintedParagraph((line,)) for line in _watermarks(read)),
        ),
    )


def _read(raw: RawPage) -> _ReadPage:
    tables = [split_rows(table) for table in ruled_tables(raw.strokes, raw.glyphs, raw.number)]
    boxes = [table.box for table in tables]
    free = [glyph for glyph in raw.glyphs if not any(within(glyph, box) for box in boxes)]
    slanted = list(slanted_lines(raw.slanted, raw.number))
    blocks = [] if tables else list(aligned_blocks(free, raw.number))
    unread = _why_unread(raw, [*tables, *blocks])
    glyphs = {glyph for block in blocks for glyph in block.glyphs}
    visible = [glyph for glyph in free if not glyph.hidden and glyph not in glyphs]
    lines = lines_of(visible, raw.number)
    return _ReadPage(raw.number, raw.width, raw.height, lines, tables, blocks, slanted, unread)


def _take_blocks(read: Sequence[_ReadPage]) -> None:
    """Make tables of what stands in columns without lines; what does not after all is text again."""
    blocks = [block for one in read for block in one.blocks]
    for block, table in zip(blocks, tables_of(blocks), strict=True):
        one = read[block.page - 1]
        if table is None:
            one.lines = sorted([*one.lines, *lines_of(block.glyphs, block.page)], key=_top)
        else:
            one.tables = sorted([*one.tables, table], key=lambda each: (each.ys[0], each.xs[0]))


def _watermarks(read: Sequence[_ReadPage]) -> list[PrintedLine]:
    """Return what is printed aslant, each text once."""
    found: dict[str, PrintedLine] = {}
    for one in read:
        for line in one.aslant:
            found.setdefault(line.text, line)
    return list(found.values())


def _why_unread(raw: RawPage, tables: Sequence[object]) -> str:
    printed = [glyph for glyph in raw.glyphs if not glyph.text.isspace()]
    if not raw.width:
        return "这一页已损坏，读不出来"
    if raw.cut:
        return "这一页的内容过多，没有读全"
    if not printed:
        return "整页是图片，没有文字" if raw.pictured >= _PICTURE else ""
    lost = sum(glyph.text == "\ufffd" or "\ue000" <= glyph.text <= "\uf8ff" for glyph in printed)
    if 3 * lost > len(printed):
        return "文字没有编码，读出来是乱码"
    if raw.pictured >= _PICTURE and len(printed) < _FEW and not tables:
        return "这一页主要是图片，图片里的内容没有读取"
    return ""


def _mark_furniture(read: Sequence[_ReadPage]) -> None:
    """Mark page numbers, and heads and feet that stand at the same place on many pages, row by row."""
    rows = [_rows(one) for one in read]
    seen = Counter(row.masked for own in rows for row in own if row.margin)
    many = max(3, len(read) // 4)
    for one, own in zip(read, rows, strict=True):
        for order, margin in ((own, "top"), (own[::-1], "bottom")):
            for row in order:  # from the edge inwards, up to what belongs to this page alone
                known = _NUMBERED.match(row.text) or seen[row.masked] >= many
                if not known or row.margin != margin:
                    break
                one.furniture |= set(row.lines)


@dataclass(frozen=True, slots=True)
class _Row:
    """Lines beside each other: their numbers on the page, what they say, in which margin they stand."""

    lines: tuple[int, ...]
    text: str
    margin: str
    masked: tuple[str, int]


def _rows(one: _ReadPage) -> list[_Row]:
    groups: list[list[int]] = []
    for at, line in enumerate(one.lines):
        if groups and abs(_top(one.lines[groups[-1][-1]]) - _top(line)) <= _SAME_ROW:
            groups[-1].append(at)
        else:
            groups.append([at])
    return [_row(one, group) for group in groups]


def _row(one: _ReadPage, group: Sequence[int]) -> _Row:
    boxes = [box for at in group if (box := one.lines[at].place.box) is not None]
    top, bottom = min(box.top for box in boxes), max(box.bottom for box in boxes)
    edge = _MARGIN * one.height + 15
    margin = "top" if bottom <= edge else "bottom" if top >= one.height - edge else ""
    text = "".join(one.lines[at].text for at in group)
    return _Row(tuple(group), text, margin, (re.sub(r"\d+", "#", text), round(top / 6)))


def _pieces(read: Sequence[_ReadPage]) -> list[TablePiece]:
    """Return the tables of all pages in order, each with the lines around it."""
    pieces: list[TablePiece] = []
    carried: list[PrintedLine] = []  # lines below the last table, on the pages since
    for one in read:
        lines = one.body()
        start = 0.0
        for table in one.tables:
            above = [line for line in lines if start - 1 <= _top(line) and _top(line) < table.ys[0] + 1]
            lead = above if above else carried if start == 0.0 else []
            adjoining = len(carried) <= 2 if start == 0.0 else False
            adjoining = adjoining and all(_is_note(line.text) for line in carried)
            piece = TablePiece(table, printed_cells(table), tuple(_nearest(lead)), (), adjoining)
            if not above and adjoining:
                piece.lead = ()
            pieces.append(piece)
            start = table.ys[-1]
            carried = []
        below = [line for line in lines if _top(line) >= start - 1]
        if one.tables:
            pieces[-1].after = tuple(below[:3])
            carried = below
        else:
            carried = [*carried, *below]
    return pieces


def _nearest(lines: Sequence[PrintedLine]) -> Sequence[PrintedLine]:
    """Return the lines of the last rows: what stands beside each other is one row."""
    tops: list[tuple[int, float]] = []
    for at in range(len(lines) - 1, -1, -1):
        here = lines[at].place.page, _top(lines[at])
        if not any(page == here[0] and abs(top - here[1]) <= _SAME_ROW for page, top in tops):
            tops.append(here)
        if len(tops) > _LEAD:
            return lines[at + 1 :]
    return lines


def _is_note(text: str) -> bool:
    return bool(re.match(r"\s*(?:备?注|说明)\s*\d*\s*[:：]", text))


def _top(line: PrintedLine) -> float:
    return line.place.box.top if line.place.box else 0.0
