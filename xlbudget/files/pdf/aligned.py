"""Tables without lines: rows of words that stand below each other in columns, with numbers among them.

A block of rows is a table when enough of them have numbers beside words. Its columns are the stretches that
the words of these rows cover; headings that stand over none of them are columns that hold nothing yet. Titles
and captions right above are rows of the table: whoever looks for a form finds them there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from xlbudget.files.pdf.lattice import RawCell, RawTable
from xlbudget.files.pdf.lines import apart, rows_of
from xlbudget.files.pdf.page_view import Glyph
from xlbudget.model import Box

_LEAST_ROWS = 3  # rows with numbers beside words: fewer are a coincidence
_GAP = 0.9  # letters between two columns
_FINE = 0.25  # letters between an amount and the words of the next column: nearer than columns else are
_NEAR = 0.72  # of the usual distance of rows: lines that near belong to one row
_PITCH = 4.5  # line heights without text that end a table
_PROSE = re.compile(r"[。；]|^\s*(?:备?注|说明)\s*\d*\s*[:：]")  # a sentence above or below a table
_LONG = 0.62  # of the text's width: a row of one text that long is a line of a paragraph
_PAGE_NUMBER = re.compile(r"[-—–\s]*(?:第\s*)?\d{1,4}\s*页?[-—–\s]*")
_AMOUNT = re.compile(r"[-−]?\d[\d,]*\.\d+")


@dataclass(slots=True)
class Part:
    """Glyphs of one row that stand together."""

    glyphs: list[Glyph]

    @property
    def left(self) -> float:
        """Where it begins."""
        return min(glyph.left for glyph in self.glyphs)

    @property
    def right(self) -> float:
        """Where it ends."""
        return max(glyph.right for glyph in self.glyphs)

    @property
    def text(self) -> str:
        """What it says."""
        return "".join(glyph.text for glyph in self.glyphs).strip()


@dataclass(slots=True)
class Row:
    """Parts on one line, from left to right."""

    parts: list[Part]

    @property
    def top(self) -> float:
        """Where it begins."""
        return min(glyph.top for part in self.parts for glyph in part.glyphs)

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return max(glyph.bottom for part in self.parts for glyph in part.glyphs)

    @property
    def tabular(self) -> bool:
        """Whether it has an amount beside other words."""
        return len(self.parts) > 1 and any(_AMOUNT.fullmatch(part.text) for part in self.parts)


@dataclass(slots=True)
class Block:
    """Rows of one page that make a table; one that is not ``filled`` only if it goes on with another."""

    page: int
    rows: list[Row]
    filled: bool = True

    @property
    def glyphs(self) -> list[Glyph]:
        """All that it holds."""
        return [glyph for row in self.rows for part in row.parts for glyph in part.glyphs]


def aligned_blocks(glyphs: Sequence[Glyph], page: int) -> Iterator[Block]:
    """Yield the blocks of rows on a page that are tables without lines, from top to bottom."""
    rows = [
        Row(parts)
        for row in rows_of(glyph for glyph in glyphs if not glyph.hidden)
        if (parts := [Part(part) for part in apart(row, _GAP)])
    ]
    while rows and len(rows[-1].parts) == 1 and _PAGE_NUMBER.fullmatch(rows[-1].parts[0].text):
        rows.pop()
    if not rows:
        return
    width = max(part.right for row in rows for part in row.parts)
    width -= min(part.left for row in rows for part in row.parts)
    current: list[Row] = []
    for row in rows:
        far = bool(current) and row.top - current[-1].bottom > _PITCH * (row.bottom - row.top)
        prose = len(row.parts) == 1 and row.parts[0].right - row.parts[0].left > _LONG * width
        if far or prose:
            yield from _table_in(current, page)
            current = []
        if not prose:
            current.append(row)
    yield from _table_in(current, page)


def _table_in(rows: list[Row], page: int) -> Iterator[Block]:
    several = [at for at, row in enumerate(rows) if len(row.parts) > 1]
    if len(several) < _LEAST_ROWS:
        return
    filled = sum(row.tabular for row in rows) >= _LEAST_ROWS
    prose = [at for at, row in enumerate(rows) if len(row.parts) == 1 and _PROSE.search(row.parts[0].text)]
    first = max((at + 1 for at in prose if at < several[0]), default=0)
    last = min((at for at in prose if at > several[-1]), default=len(rows))
    within = [Row([piece for part in row.parts for piece in _pieces(part)]) for row in rows[first:last]]
    yield Block(page, _whole_rows(within), filled)


def _pieces(part: Part) -> list[Part]:
    """Split a part of a table where an amount, set to the right, nearly touches words set to the left."""
    pieces = [Part(piece) for piece in apart(part.glyphs, _FINE)]
    amounts = [bool(_AMOUNT.fullmatch(piece.text)) for piece in pieces]
    if len(pieces) < 2 or not any(amounts):
        return [part]
    found: list[Part] = []
    for piece, own, before in zip(pieces, amounts, [True, *amounts], strict=False):
        if own or before:
            found.append(piece)
        else:
            found[-1].glyphs += piece.glyphs  # words that are set wide
    return found


def _whole_rows(rows: list[Row]) -> list[Row]:
    """Join lines that are nearer to each other than rows are: words of a cell broken over lines."""
    gaps = [
        after.top - before.top
        for before, after in pairwise(rows)
        if len(before.parts) > 1 and len(after.parts) > 1
    ]
    pitch = median(gaps) if gaps else 0.0
    joined: list[Row] = []
    last = 0.0
    for row in rows:
        near = bool(joined) and row.top - last < _NEAR * pitch
        if near and not _collide(joined[-1], row):
            joined[-1] = Row(_beside(joined[-1].parts, row.parts))
        else:
            joined.append(row)
        last = row.top
    return joined


def _collide(one: Row, other: Row) -> bool:
    """Whether both rows have numbers, or one alone is a row of its own."""
    return any(_AMOUNT.fullmatch(part.text) for part in one.parts) and any(
        _AMOUNT.fullmatch(part.text) for part in other.parts
    )


def _beside(one: Sequence[Part], other: Sequence[Part]) -> list[Part]:
    """Return the parts of two lines, those below each other as one."""
    parts = [Part(list(part.glyphs)) for part in one]
    for part in other:
        same = next((each for each in parts if each.left < part.right and part.left < each.right), None)
        if same is not None:
            same.glyphs += part.glyphs
        else:
            parts.append(Part(list(part.glyphs)))
    return sorted(parts, key=lambda each: each.left)


def tables_of(blocks: Sequence[Block]) -> list[RawTable | None]:
    """Return blocks as tables (None: one that has no columns after all).

    Neighbours on pages that follow each other share columns where they fit.
    """
    groups: list[list[Block]] = []
    for block in blocks:
        if groups and _alike(groups[-1], block):
            groups[-1].append(block)
        else:
            groups.append([block])
    tables: list[RawTable | None] = []
    for group in groups:
        columns = _columns([row for block in group for row in block.rows])
        filled = len(columns) > 1 and any(block.filled for block in group)
        tables += [_table(block, columns, group) if filled else None for block in group]
    return tables


def _alike(group: Sequence[Block], block: Block) -> bool:
    """Whether a block goes on with the columns of those before it, on the next page."""
    if block.page != group[-1].page + 1:
        return False
    rows = [row for one in group for row in one.rows]
    if not any(one.filled for one in group):
        return False
    before, after, together = _columns(rows), _columns(block.rows), _columns([*rows, *block.rows])
    if len(together) != max(len(before), len(after)):
        return False
    return _apart(before, together) and _apart(after, together)


def _apart(columns: Sequence[Span], others: Sequence[Span]) -> bool:
    """Whether every column lies in one of its own among others."""
    taken: set[int] = set()
    for start, end in columns:
        at = {number for number, (left, right) in enumerate(others) if left < end and start < right}
        if len(at) != 1 or at & taken:
            return False
        taken |= at
    return True


Span = tuple[float, float]


def _columns(rows: Sequence[Row]) -> list[Span]:
    """Return the stretches of the columns, from left to right."""
    numbers = [(part.left, part.right) for row in rows for part in row.parts if _AMOUNT.fullmatch(part.text)]
    columns = _merged(numbers)
    columns = _widened(columns, [part for row in rows if row.tabular for part in row.parts])
    return _widened(columns, [part for row in rows if len(row.parts) > 2 for part in row.parts])


def _widened(columns: list[Span], parts: Sequence[Part]) -> list[Span]:
    """Return columns with the stretches of texts added; a text over several of them is a common heading."""
    spans = [
        (part.left, part.right) for part in parts if sum(_overlap(column, part) > 0 for column in columns) < 2
    ]
    return _merged([*columns, *spans], keep=columns)


def _merged(spans: Sequence[Span], keep: Sequence[Span] = ()) -> list[Span]:
    """Join stretches that overlap, but never two of those that are columns already."""
    found: list[Span] = []
    for left, right in sorted(spans):
        if found and left <= found[-1][1] - 0.5:
            joined = found[-1][0], max(found[-1][1], right)
            if sum(joined[0] <= start and end <= joined[1] for start, end in keep) < 2:
                found[-1] = joined
            continue
        found.append((left, right))
    return found


def _overlap(column: Span, part: Part) -> float:
    return min(column[1], part.right) - max(column[0], part.left)


def _table(block: Block, columns: Sequence[Span], group: Sequence[Block]) -> RawTable:
    middles = [(one[1] + other[0]) / 2 for one, other in pairwise(columns)]
    parts = [part for one in group for row in one.rows for part in row.parts]
    left = min(columns[0][0], *(part.left for part in parts)) - 1
    right = max(columns[-1][1], *(part.right for part in parts)) + 1
    xs = [left, *middles, right]
    ys = [row.top - 0.5 for row in block.rows] + [block.rows[-1].bottom + 1]
    cells: list[RawCell] = []
    for number, row in enumerate(block.rows):
        taken: dict[int, RawCell] = {}
        for part in row.parts:
            over = [at for at, column in enumerate(columns) if _overlap(column, part) > 0]
            middle = (part.left + part.right) / 2
            first = over[0] if over else sum(x < middle for x in middles)
            last = over[-1] if over else first
            if first in taken:
                taken[first].glyphs += part.glyphs
                continue
            box = Box(xs[first], ys[number], xs[last + 1], ys[number + 1])
            taken[first] = RawCell(number, first, 1, last - first + 1, box, list(part.glyphs))
        cells += taken.values()
    return RawTable(block.page, xs, ys, cells, ruled=False)
