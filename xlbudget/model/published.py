"""The nouns of a document that somebody else published: what is printed where.

One noun for PDF, Word and workbooks of values. Reading gives a :class:`PublishedDocument`:

- ``pages``: what each page shows as :class:`PrintedLine` (a line of text with the edge of each character,
  so that any part of it has a box), and whether the page could be read at all;
- ``tables``: :class:`PublishedTable`, each a grid of :class:`PrintedCell`; a table that goes on over pages is
  one table (``parts`` are its pieces), a repeated heading stands in it once. ``lead`` are the lines above it
  (title, unit, money), ``after`` those below it (notes);
- ``paragraphs``: the text outside tables, lines joined to :class:`PrintedParagraph`;
- ``forms``: :class:`RecognisedForm`, the tables (or parts of one) that are forms of a template, with the
  printed cell of each :class:`~xlbudget.model.Cell` of the template's layout.

Every line, cell and paragraph has a :class:`~xlbudget.model.Place`: a page (physical, from 1) and a box for
PDF, sheet and address for workbooks, "段落" or "表 n" with a number for Word. Boxes are in points from the
top left corner of the page as it is shown. Amounts are texts here, as printed; a number that a workbook
stores keeps its kind and style in ``stored``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from xlbudget.model.returns import Box, Cell, Place, StoredCell


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One line of text. ``edges`` has the left edge of each character and the right edge of the last one."""

    text: str
    place: Place
    edges: tuple[float, ...] = ()

    def at(self, start: int, end: int) -> Place:
        """Return the place of the characters from ``start`` up to ``end`` (not included)."""
        box = self.place.box
        if box is None or len(self.edges) <= end or start >= end:
            return self.place
        return replace(self.place, box=Box(self.edges[start], box.top, self.edges[end], box.bottom))


@dataclass(frozen=True, slots=True)
class PrintedParagraph:
    """A paragraph outside tables: its lines, in reading order, over pages too."""

    lines: tuple[PrintedLine, ...]

    @property
    def text(self) -> str:
        """The text without line breaks."""
        return "".join(line.text for line in self.lines)

    @property
    def place(self) -> Place:
        """Where it begins."""
        return self.lines[0].place

    def at(self, start: int, end: int) -> tuple[Place, ...]:
        """Return the places of the characters of ``text`` from ``start`` up to ``end``, one for each line."""
        found, before = [], 0
        for line in self.lines:
            first, last = max(start - before, 0), min(end - before, len(line.text))
            if first < last:
                found.append(line.at(first, last))
            before += len(line.text)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class PrintedCell:
    """A cell of a table: its first row and column (from 0), how far it reaches, what is printed in it.

    ``clipped`` says that the text does not fit: readers of the page see less of it than ``text`` has.
    ``decimals`` are those that a workbook's number format prints, None where it leaves that to the value.
    """

    row: int
    column: int
    text: str
    place: Place
    down: int = 1
    across: int = 1
    lines: tuple[PrintedLine, ...] = ()
    stored: StoredCell | None = None
    decimals: int | None = None
    clipped: bool = False


@dataclass(frozen=True)
class PublishedTable:
    """A table as a grid; a merged cell is listed once, at its top left corner.

    ``parts`` are the places of its pieces, ``edges`` those of its columns on the page (empty: no page),
    ``ruled`` whether lines are drawn between its cells.
    """

    rows: int
    columns: int
    cells: tuple[PrintedCell, ...]
    parts: tuple[Place, ...]
    lead: tuple[PrintedLine, ...] = ()
    after: tuple[PrintedLine, ...] = ()
    edges: tuple[float, ...] = ()
    ruled: bool = True

    def cell(self, row: int, column: int) -> PrintedCell | None:
        """Return the cell that covers a position, or None."""
        for cell in self.cells:
            rows = range(cell.row, cell.row + cell.down)
            if row in rows and column in range(cell.column, cell.column + cell.across):
                return cell
        return None

    def texts(self) -> list[list[str]]:
        """Return the texts row by row; a merged cell has its text at its top left corner only."""
        grid = [[""] * self.columns for _ in range(self.rows)]
        for cell in self.cells:
            grid[cell.row][cell.column] = cell.text
        return grid


@dataclass(frozen=True, slots=True)
class PrintedPage:
    """A page (physical, from 1): its size in points, its lines, and why it was not read (a picture …)."""

    number: int
    width: float
    height: float
    lines: tuple[PrintedLine, ...] = ()
    unread: str = ""


@dataclass(frozen=True)
class RecognisedForm:
    """A form of a template that stands in the document.

    ``tables`` are positions in the document's ``tables``; ``cells`` the printed cell of each cell of the
    template's layout; ``title`` as printed, at ``place``; ``year`` the year that the title names; ``exact``
    whether the title is the form's own, years and marks aside.
    """

    form: str
    title: str
    place: Place
    tables: tuple[int, ...]
    money: str
    titled: bool
    year: int | None = None
    exact: bool = True
    cells: Mapping[Cell, PrintedCell] = field(default_factory=dict)


@dataclass(frozen=True)
class PublishedDocument:
    """A document as published. ``kind`` is ``pdf``, ``docx`` or ``xlsx``; ``template`` the id of the template
    whose forms it has, empty where none fits; ``year`` that of its titles, ``unit`` the name in its captions.
    """

    path: Path
    sha256: str
    kind: str
    pages: tuple[PrintedPage, ...] = ()
    tables: tuple[PublishedTable, ...] = ()
    paragraphs: tuple[PrintedParagraph, ...] = ()
    forms: tuple[RecognisedForm, ...] = ()
    template: str = ""
    year: int | None = None
    unit: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def unread(self) -> Iterator[PrintedPage]:
        """The pages that could not be read."""
        return (page for page in self.pages if page.unread)
