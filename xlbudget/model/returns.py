"""The nouns of the work: units, what they return, what was found in it, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from xlbudget.model.templates import AllowedCodes
from xlbudget.model.values import CellValue, fifteen_digits


@dataclass(frozen=True, slots=True)
class Unit:
    """A body that returns a workbook; ``kind`` is one of the template's kinds (行政, 参公, 事业).

    ``superior`` is the name of the body above it, as the cover prints it; ``superior_code`` its code where
    it is on the roster too.
    """

    code: str
    name: str
    kind: str
    superior: str = ""
    superior_code: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """All units expected to return a workbook, in the order of the list.

    ``controls`` holds control totals (form money) by unit code and column of the roster, ``codes`` what codes
    a unit may use, by unit code; a unit that is not in it may use all. ``notes`` say what was set right when
    the list was read.
    """

    units: tuple[Unit, ...]
    controls: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict, hash=False)
    codes: Mapping[str, AllowedCodes] = field(default_factory=dict, hash=False)
    notes: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def find(self, code: str) -> Unit | None:
        """Return the unit of that code, or None."""
        return next((unit for unit in self.units if unit.code == code), None)

    def children(self, code: str) -> tuple[Unit, ...]:
        """Return the units directly below a unit, in the order of the list."""
        return tuple(unit for unit in self.units if code and unit.superior_code == code)

    def descendants(self, code: str) -> tuple[Unit, ...]:
        """Return all units below a unit, in the order of the list."""
        below = {code}
        grew = True
        while grew:
            found = {unit.code for unit in self.units if unit.superior_code in below}
            grew = not found <= below
            below |= found
        return tuple(unit for unit in self.units if unit.code in below and unit.code != code)

    def level_of(self, code: str) -> int:
        """Return how deep a unit stands: 1 at the top; 0 for a unit that is not on the list."""
        level, unit = 0, self.find(code)
        while unit is not None and level <= len(self.units):
            level, unit = level + 1, self.find(unit.superior_code) if unit.superior_code else None
        return level


class Cell(NamedTuple):
    """A place in a workbook: table (form, panel or entry sheet) · line · column.

    ``row`` is the position in the table (from 0) that tells lines of the same name apart.
    """

    table: str
    row: int
    column: str


class Box(NamedTuple):
    """A rectangle on a page, in points from the top left corner of the page as it is shown."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Place:
    """A cell as people find it: the words of the form, the sheet and the address.

    In a document with pages it has the page (physical, from 1) and the box instead; in a Word document
    that knows its pages, the page beside the table and its cell, or the paragraph.
    """

    form: str = ""
    line: str = ""
    column: str = ""
    sheet: str = ""
    address: str = ""
    page: int = 0
    box: Box | None = None

    def __str__(self) -> str:
        words = " · ".join(word for word in (self.form, self.line, self.column) if word)
        where = self.where
        return f"{words}（{where}）" if words and where else words or where

    @property
    def where(self) -> str:
        """The page, and sheet and address where there are such."""
        cell = "!".join(filter(None, (self.sheet, self.address)))
        return " ".join(filter(None, (f"第 {self.page} 页" if self.page else "", cell)))


UNSEEN = "…"
"""Stands for the text of a formula in a format that tells of formulas only where they are."""


class StoredCell(NamedTuple):
    """What a file holds at one cell.

    ``kind`` is ``n`` number, ``s`` text (shared, inline or the result of a formula), ``b``
    boolean, ``e`` error, ``ambiguous`` (programs show different values), ``zero`` (a number 0 that the
    program may have written in the place of a text) or ``blank`` (a formula that was never calculated).
    ``text`` is the number as written and not validated, the resolved string, ``1`` or
    ``0``, ``#REF!``, or what is written there, where that is ambiguous.
    A date stored as ISO text (``t="d"``) becomes the serial number that Excel makes of it.
    ``formula`` has no leading ``=``; shared formulas are moved to their own cell, array
    formulas stand at their first cell, data tables read ``TABLE(row input,column input)``. Of a format whose
    formulas are not read it is :data:`UNSEEN`.
    ``style`` is the index into the cell formats, 0 if none is given.
    """

    kind: str
    text: str
    formula: str | None = None
    style: int = 0

    @property
    def value(self) -> CellValue:
        """The value for comparison: Decimal, text, bool, or None for a blank cell."""
        if self.kind == "zero":
            return Decimal(0)
        if self.kind == "n":
            try:
                number = fifteen_digits(self.text)
            except ValueError:
                return self.text
            return number if number.is_finite() else self.text
        if self.kind == "b":
            return self.text == "1"
        return None if self.kind == "blank" else self.text

    @property
    def as_float(self) -> float | str | bool | None:
        """The value as a spreadsheet program computes with it."""
        value = self.value
        return float(value) if isinstance(value, Decimal) else value


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One filled row of an entry table: values by column key, and the cells as stored."""

    row: int
    values: Mapping[str, CellValue]


@dataclass(frozen=True, slots=True)
class Issue:
    """What the officer puts into one unit's workbook.

    ``controls`` are its control totals (form money, by column of the roster); ``entries`` what is taken over
    from last year (rows by entry table, entry money), and ``remarks`` say why something of it is left
    empty or to be asked about; ``codes`` are those that it may use.
    """

    controls: Mapping[str, Decimal] = field(default_factory=dict)
    entries: Mapping[str, tuple[EntryRow, ...]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    codes: AllowedCodes = field(default_factory=dict)


class Trouble(StrEnum):
    """What the reader met in a cell or sheet; checks turn each kind into findings."""

    TEXT_AMOUNT = "text_amount"
    NO_AMOUNT = "no_amount"
    FLOAT_RESIDUE = "float_residue"
    UNREADABLE_AMOUNT = "unreadable_amount"
    ERROR_VALUE = "error_value"
    AMBIGUOUS_VALUE = "ambiguous_value"
    MALFORMED_CODE = "malformed_code"
    UNREADABLE_CODE = "unreadable_code"
    SHOWN_OTHERWISE = "shown_otherwise"
    READ_AS_SHOWN = "read_as_shown"
    OUTSIDE_TABLE = "outside_table"
    ENTRY_FORMULA = "entry_formula"
    MISSING_SHEET = "missing_sheet"
    EMPTIED_SHEET = "emptied_sheet"
    HIDDEN_SHEET = "hidden_sheet"
    MISSING_LIST = "missing_list"
    MISSING_PAGE = "missing_page"
    MOVED_COLUMNS = "moved_columns"
    MOVED_ROWS = "moved_rows"
    CELLS_MOVED = "cells_moved"
    CELLS_GONE = "cells_gone"
    LINES_SORTED = "lines_sorted"
    CHANGED_LIST = "changed_list"
    HIDDEN_ENTRY = "hidden_entry"
    ACTIVE_CONTENT = "active_content"


@dataclass(frozen=True, slots=True)
class Irregularity:
    """One thing the reader met: where, what stood there, and the value read from it (if any)."""

    kind: Trouble
    sheet: str
    cell: Cell | None = None
    text: str = ""
    value: CellValue = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Displacement:
    """Where rows and columns of a sheet stand in a file that has moved them: ours → theirs, from 0.

    What is before the first of them and behind the last moved along; what is between them and none of ours
    was put there.
    """

    rows: Mapping[int, int]
    columns: Mapping[int, int]

    @property
    def nothing(self) -> bool:
        """Whether all of it stands where ours does."""
        return all(ours == theirs for part in (self.rows, self.columns) for ours, theirs in part.items())

    def theirs(self, row: int, column: int) -> tuple[int, int]:
        """Return where a cell of ours stands in the file, or would, if it is gone."""
        return _followed(self.rows, row), _followed(self.columns, column)

    def ours(self, row: int, column: int) -> tuple[int, int] | None:
        """Return which place of ours a cell of the file is, or None if it was put between ours."""
        at = _led_back(self.rows, row), _led_back(self.columns, column)
        return None if at[0] is None or at[1] is None else (at[0], at[1])


def _followed(moved: Mapping[int, int], place: int) -> int:
    if place in moved or not moved:
        return moved.get(place, place)
    if place < min(moved):
        return place + min(moved.values()) - min(moved)
    if place > max(moved):
        return place + max(moved.values()) - max(moved)
    near = max(ours for ours in moved if ours < place)
    return place + moved[near] - near


def _led_back(moved: Mapping[int, int], place: int) -> int | None:
    if not moved:
        return place
    first, last = min(moved.values()), max(moved.values())
    if place > last:
        return max(moved) + place - last
    if place < first:
        led = min(moved) + place - first
        return led if led >= 0 else None
    return next((ours for ours, theirs in moved.items() if theirs == place), None)


@dataclass(frozen=True, slots=True)
class MergedEntries:
    """Entries that lie under one merge, the one that shows first; ``where`` is the merge in the file."""

    cells: tuple[Cell, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Submission:
    """What one unit returned, as frozen values.

    ``unit`` is the unit stamped into the file (``issued``), else the one that the cover of a blank
    workbook has been filled in with (code empty: none). ``entries`` holds readable entries (amounts in 元,
    normalised where unambiguous); ``stored`` every cell of our tables as the file has it;
    ``controls`` are the control totals (form money, by column of the roster) that the file was issued with,
    ``codes`` those that its unit may use;
    ``irregularities`` what the reader met; ``unreadable`` entry cells whose value is unknown;
    ``unreadable_tables`` tables that could not be found in place; ``renamed`` the names that our
    sheets have in this file; ``remarks`` facts about the file that are no mistakes; ``unseen_formulas`` says
    why the texts of formulas are not known (empty: they are); ``displaced`` are sheets of entries, as the
    template names them, whose cells the file has elsewhere.
    """

    path: Path
    sha256: str
    unit: Unit
    template_id: str
    digest: str
    department: bool
    capacity: Mapping[str, int]
    entries: Mapping[str, tuple[EntryRow, ...]]
    stored: Mapping[Cell, StoredCell]
    irregularities: tuple[Irregularity, ...] = ()
    unreadable: frozenset[Cell] = frozenset()
    unreadable_tables: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)
    calculated: bool = True
    issued: bool = True
    remarks: tuple[str, ...] = ()
    controls: Mapping[str, Decimal] = field(default_factory=dict)
    codes: AllowedCodes = field(default_factory=dict)
    unseen_formulas: str = ""
    displaced: Mapping[str, Displacement] = field(default_factory=dict)
    merged: tuple[MergedEntries, ...] = ()
