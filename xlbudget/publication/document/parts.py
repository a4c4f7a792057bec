"""What a published document is made of, whatever it is written as: headings, texts, tables, a chart."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from xlbudget.model import Finding
from xlbudget.publication.narrative.written import ComposedText, Title


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell over a rectangle of the table; ``align`` is left, center or right.

    ``amount`` is the number that ``text`` shows, rounded as published, where it shows one.
    """

    row: int
    column: int
    text: str
    down: int = 1
    across: int = 1
    align: str = "left"
    bold: bool = False
    amount: Decimal | None = None
    decimals: int = 2


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A printed table: what stands above it, its cells, what stands below.

    ``heading_rows`` are repeated on every page. ``widths`` are relative. ``title`` is a heading of the
    contents where ``listed``; ``caption`` stands above it, ``left`` and ``right`` below it. ``sheet`` is the
    name of the sheet in the public workbook; what has none does not stand there.
    """

    title: str
    widths: tuple[float, ...]
    heading_rows: int
    rows: int
    cells: tuple[TableCell, ...]
    caption: str = ""
    left: str = ""
    right: str = ""
    note: str = ""
    landscape: bool = False
    listed: bool = False
    own_page: bool = False
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart: its name, the amount as printed, its share as printed and as a fraction.

    ``value`` is the number that ``amount`` shows, rounded as published (form money).
    """

    name: str
    amount: str
    share: str
    fraction: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class StructureChart:
    """The structure chart: horizontal bars, each with name, amount (form money) and share."""

    title: str
    money: str
    bars: tuple[Bar, ...]


Item = Title | ComposedText | PrintedTable | StructureChart


@dataclass(frozen=True, slots=True)
class Publication:
    """The whole document: title, unit, items in order, and what is missing."""

    title: str
    contents_title: str
    items: tuple[Item, ...]
    findings: tuple[Finding, ...]
