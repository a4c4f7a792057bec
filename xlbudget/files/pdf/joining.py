"""Tables put together over pages, before anybody reads them: one table is one table.

A piece goes on with the table before it when their columns stand at the same places and nothing but page
numbers, running heads, a repeated title or 续表 stands between. A heading that is repeated is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from xlbudget.files.pdf.broken_rows import goes_on, put_together, row_of
from xlbudget.files.pdf.lattice import RawTable
from xlbudget.files.pdf.lines import lines_of
from xlbudget.model import Place, PrintedCell, PrintedLine, PublishedTable

_SAME = 4.0  # points by which edges of columns may differ from page to page
_MOST = 0.75  # of the edges of a table that a piece of it must share
_REST = 3  # rows of a piece that may be merged cells throughout
_HEADING = 6  # rows of a repeated heading at most
_NUMBER = re.compile(r"^[-−]?[\d,]*\d(?:\.\d+)?%?$")
_GOES_ON = re.compile(r"^[(（]?(?:续表?|接上[页表])")


@dataclass(slots=True)
class TablePiece:
    """A table on one page, with the lines above it (since what stands before it) and below it."""

    raw: RawTable
    cells: list[PrintedCell]
    lead: tuple[PrintedLine, ...] = ()
    after: tuple[PrintedLine, ...] = ()
    adjoining: bool = False
    """Whether nothing but furniture parts it from the end of the page before."""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(page=self.raw.page, box=self.raw.box)


@dataclass(slots=True)
class _Joined:
    xs: list[float]
    rows: int
    cells: list[PrintedCell]
    pieces: list[TablePiece] = field(default_factory=list)


def printed_cells(table: RawTable) -> list[PrintedCell]:
    """Return the cells of a table on one page with their texts."""
    found = []
    for cell in table.cells:
        lines = tuple(lines_of(cell.glyphs, table.page))
        text = joined_text([line.text for line in lines])
        clipped = any(glyph.hidden for glyph in cell.glyphs)
        place = Place(page=table.page, box=cell.box)
        found.append(
            PrintedCell(cell.row, cell.column, text, place, cell.down, cell.across, lines, clipped=clipped)
        )
    return found


def joined_text(lines: Sequence[str]) -> str:
    """Join the lines of a cell: words of Chinese and numbers go on, Latin words keep a space."""
    text = ""
    for line in lines:
        space = text[-1:].isascii() and text[-1:].isalpha() and line[:1].isascii() and line[:1].isalpha()
        text += f" {line}" if space else line
    return text


def joined_tables(pieces: Sequence[TablePiece]) -> list[PublishedTable]:
    """Return the tables of a document from their pieces, in order."""
    tables: list[_Joined] = []
    for piece in pieces:
        last = tables[-1] if tables else None
        xs = _edges_of_both(last, piece) if last is not None and _follows(last, piece) else None
        if last is None or xs is None:
            raw = piece.raw
            tables.append(_Joined(list(raw.xs), len(raw.ys) - 1, list(piece.cells), [piece]))
        else:
            _append(last, piece, xs)
    return [_table(each) for each in tables]


def _table(joined: _Joined) -> PublishedTable:
    first = joined.pieces[0]
    return PublishedTable(
        rows=joined.rows,
        columns=len(joined.xs) - 1,
        cells=tuple(sorted(joined.cells, key=lambda cell: (cell.row, cell.column))),
        parts=tuple(piece.place for piece in joined.pieces),
        edges=tuple(joined.xs),
        lead=first.lead,
        after=joined.pieces[-1].after,
        ruled=first.raw.ruled,
    )


def _follows(last: _Joined, piece: TablePiece) -> bool:
    """Whether a piece may go on with a table by what stands between them."""
    before = last.pieces[-1]
    if piece.raw.page not in (before.raw.page, before.raw.page + 1) or not piece.adjoining:
        return False
    said = set(map(_plain, _row_texts(last.pieces[0].lead)))
    between = [text for text in _row_texts(piece.lead) if _plain(text)]
    return all(_plain(text) in said or _GOES_ON.match(text.strip()) for text in between)


def _row_texts(lines: Sequence[PrintedLine]) -> list[str]:
    """Return what lines say row by row: lines beside each other are one."""
    rows: list[tuple[float, str]] = []
    for line in lines:
        top = line.place.box.top if line.place.box else 0.0
        if rows and abs(rows[-1][0] - top) <= _SAME:
            rows[-1] = rows[-1][0], rows[-1][1] + line.text
        else:
            rows.append((top, line.text))
    return [text for _, text in rows]


def _plain(text: str) -> str:
    return re.sub(r"[\s\d]|[(（]?续表?[)）]?", "", text)


def _edges_of_both(last: _Joined, piece: TablePiece) -> list[float] | None:
    """Return the edges of a table that a piece goes on with; a few last rows may be merged cells."""
    rest = piece.raw.page > last.pieces[-1].raw.page and not piece.lead and len(piece.raw.ys) - 1 <= _REST
    return _common_edges(last.xs, piece.raw.xs, 0.0 if rest else _MOST)


def _common_edges(one: Sequence[float], other: Sequence[float], most: float) -> list[float] | None:
    """Return the edges of the finer of two tables when the other's are among them, else None.

    ``most`` is the part of the finer one's edges that the other must have.
    """
    shifts = {0.0, other[0] - one[0]}
    for shift in sorted(shifts, key=abs):
        moved = [x - shift for x in other]
        fine, coarse = (list(one), moved) if len(one) >= len(moved) else (moved, list(one))
        ends = abs(fine[0] - coarse[0]) <= _SAME and abs(fine[-1] - coarse[-1]) <= _SAME
        alike = len(coarse) > 2 and len(coarse) >= most * len(fine)
        if ends and alike and all(min(abs(x - y) for y in fine) <= _SAME for x in coarse):
            return fine
    return None


def _append(last: _Joined, piece: TablePiece, xs: list[float]) -> None:
    last.cells = _moved_columns(last.cells, last.xs, xs)
    shift = piece.raw.xs[0] - xs[0]
    cells = _moved_columns(piece.cells, [x - shift for x in piece.raw.xs], xs)
    last.xs = xs
    skipped = _repeated(last.cells, cells)
    above, rest = row_of(last.cells, last.rows - 1), row_of(cells, skipped)
    if last.pieces[-1].raw.page < piece.raw.page and goes_on(above, rest):
        last.cells = [cell for cell in last.cells if above.get(cell.column) is not cell]
        last.cells += put_together(above, rest, last.rows - 1)
        skipped += 1
    below = last.rows - skipped
    for cell in cells:
        if cell.row >= skipped:
            last.cells.append(replace(cell, row=cell.row + below))
    last.rows += len(piece.raw.ys) - 1 - skipped
    last.pieces.append(piece)


def _moved_columns(
    cells: Sequence[PrintedCell], own: Sequence[float], xs: Sequence[float]
) -> list[PrintedCell]:
    """Return cells with their columns counted along other edges."""
    at = [min(range(len(xs)), key=lambda number: abs(xs[number] - x)) for x in own]
    return [
        replace(cell, column=at[cell.column], across=max(1, at[cell.column + cell.across] - at[cell.column]))
        for cell in cells
    ]


def _rows(cells: Sequence[PrintedCell], count: int) -> list[tuple[tuple[int, str], ...]]:
    rows: list[list[tuple[int, str]]] = [[] for _ in range(count)]
    for cell in cells:
        if cell.row < count and cell.text:
            rows[cell.row].append((cell.column, re.sub(r"\s+", "", cell.text)))
    return [tuple(sorted(row)) for row in rows]


def _repeated(first: Sequence[PrintedCell], cells: Sequence[PrintedCell]) -> int:
    """Return how many rows at the top of a piece only repeat the heading of the table."""
    above, below = _rows(first, _HEADING), _rows(cells, _HEADING)
    count = 0
    for one, other in zip(above, below, strict=True):
        if one != other or not one or any(_NUMBER.match(text) and "." in text for _, text in one):
            break
        count += 1
    heading = [row for row in above[:count] if len(row) > 1]
    return count if heading else 0
