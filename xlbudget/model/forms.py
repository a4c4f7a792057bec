"""The nouns of tables: columns, lines, panels, forms, entry sheets and workings, as frozen values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from xlbudget.model.sources import Formula, Source


class ColumnKind(StrEnum):
    """What a column holds; decides its style, its validation and how it is read."""

    TEXT = "text"
    CODE = "code"
    AMOUNT = "amount"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Column:
    """A column with a fixed meaning.

    ``heading`` is the path of heading texts from top to bottom; columns that share the
    beginning of a path share merged heading cells. ``name`` is what outputs call it. ``each_line`` says
    that ``formula`` is the panel's for lines without one, not the column's own. ``prior`` is what a row of
    last year's ledger gives an entry column when the workbook is issued. An amount is in ``money``, printed
    with ``decimals``; a zero prints as nothing, with ``zeros`` as 0.00. ``negative`` lets units enter less
    than nothing.
    """

    key: str
    kind: ColumnKind
    source: Source = field(compare=False)
    heading: tuple[str, ...] = ()
    name: str = ""
    width: float = 12.0
    formula: Formula | None = None
    each_line: bool = False
    hidden: bool = False
    money: str = ""
    decimals: int = 2
    zeros: bool = False
    negative: bool = False
    # entry columns only
    entry: bool = False
    required: bool = False
    catalogue: str = ""
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    csv: tuple[str, ...] = ()
    prompt: str = ""
    prior: Formula | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A fixed line: a row with a fixed meaning.

    ``cells`` gives texts or formulas by column key; ``formula`` stands for every amount
    column that ``cells`` does not name, except that one with ``{column}`` leaves columns that
    have a formula of their own to it; a column's own formula comes last. ``prior`` gives, by entry column,
    what last year's workbook puts there when this one is issued. A ``closing`` line stands under the last
    row in use; a ``note`` is one of the remarks below the table.
    """

    key: str
    source: Source = field(compare=False)
    cells: Mapping[str, str | Formula] = field(default_factory=dict)
    formula: Formula | None = None
    prior: Mapping[str, Formula] = field(default_factory=dict)
    numbering: bool = False
    bold: bool = False
    closing: bool = False
    note: bool = False


@dataclass(frozen=True, slots=True)
class OpenSource:
    """Where open rows come from: the n-th row listed is the row of ``table`` whose ``rank`` is n."""

    table: str
    rank: str
    source: Source = field(compare=False)
    cells: Mapping[str, Formula] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenRows:
    """Open rows of a form: a block of rows that lists itself by rank.

    ``capacity`` is a number or the names of tables whose capacities add up to it;
    ``listed`` counts the rows that want to be listed.
    """

    capacity: int | tuple[str, ...]
    sources: tuple[OpenSource, ...]
    listed: Formula
    source: Source = field(compare=False)
    bold_when: Formula | None = None
    closing: OpenSource | None = None
    """The closing lines of the panel, shown right under the last row in use."""

    @property
    def every_source(self) -> tuple[OpenSource, ...]:
        """Return all that may stand in a row of the block: closing lines before open rows.

        Where rows run out a total stands in place of an open row, never the other way round.
        """
        return (self.closing, *self.sources) if self.closing else self.sources


Segment = Line | OpenRows


@dataclass(frozen=True, slots=True)
class Panel:
    """One table of a form; most forms have one, two stand side by side in some.

    ``id`` names its columns in formulas; ``key`` is the column that identifies a row
    across forms (codes), ``level`` the one that says its level (类, 款, 项), ``parent`` the
    one with the key of the row above it in the code tree; ``line_name`` says how outputs
    call a row. ``closing`` holds what stands below open rows (see ``definitions.closing_lines``); its
    amounts stand in hidden rows at fixed addresses and are shown under the last row in use.
    """

    id: str
    columns: tuple[Column, ...]
    body: tuple[Segment, ...]
    source: Source = field(compare=False)
    key: str = ""
    level: str = ""
    parent: str = ""
    line_name: str = ""
    closing: Panel | None = None

    def column(self, key: str) -> Column:
        """Return the column of that key; ``KeyError`` if there is none."""
        return next_or_key_error(self.columns, key)

    @property
    def lines(self) -> Iterator[Line]:
        """The fixed lines, in order; closing lines are those of ``closing``."""
        return (segment for segment in self.body if isinstance(segment, Line))

    @property
    def tables(self) -> tuple[Panel, ...]:
        """The panel and, if it has one, that of its closing lines."""
        return (self, self.closing) if self.closing else (self,)

    def label(self, line: Line) -> str:
        """Return the words that a line of the table shows, else its key."""
        shown = (line.cells.get(column.key) for column in self.columns if not column.hidden)
        return next((text for text in shown if isinstance(text, str) and text), line.key)

    def holder(self, line: str) -> Panel:
        """Return which of the two has a fixed line of that key; the panel itself if none has."""
        return next((part for part in self.tables if any(one.key == line for one in part.lines)), self)


@dataclass(frozen=True, slots=True)
class Form:
    """An official form: one sheet, locked, every amount a formula.

    ``left`` and ``right`` are the captions above the table: who reports, and in which money. ``notes``
    always stand below the table, before what is said of an empty form.
    """

    id: str
    number: int
    sheet: str
    title: str
    caption: str
    panels: tuple[Panel, ...]
    empty_note: Formula
    empty_when: Formula
    source: Source = field(compare=False)
    left: Formula
    right: str
    landscape: bool = False
    notes: tuple[Formula, ...] = ()

    @property
    def has_closing(self) -> bool:
        """Whether something stands under the last row in use: closing lines, notes."""
        return any(panel.closing for panel in self.panels)

    @property
    def tables(self) -> Iterator[Panel]:
        """Every panel, and those of closing lines."""
        return (part for panel in self.panels for part in panel.tables)


@dataclass(frozen=True, slots=True)
class EntrySheet:
    """A sheet that units fill in: a ledger (numbered rows) or a small table of fixed lines.

    ``prefilled`` tables are written by ``generate`` and locked for the unit, hidden while there is nothing in
    them. ``totals`` asks for the sums
    of amount columns above the heading. ``prior_rows`` is the ledger of last year whose rows it takes over.
    """

    id: str
    sheet: str
    title: str
    columns: tuple[Column, ...]
    source: Source = field(compare=False)
    lines: tuple[Line, ...] = ()
    capacity: int = 0
    csv: str = ""
    notes: tuple[str, ...] = ()
    prefilled: bool = False
    totals: bool = True
    department_only: tuple[str, ...] = ()
    prior_rows: str = ""

    @property
    def is_issued(self) -> bool:
        """Whether there may be something in it before the unit fills in anything."""
        return self.prefilled or bool(self.prior_rows) or any(line.prior for line in self.lines)

    @property
    def is_ledger(self) -> bool:
        """Whether rows are numbered (open to the unit) rather than fixed."""
        return not self.lines

    @property
    def key(self) -> str:
        """The column without which a row of a ledger says nothing: its first required one, or empty."""
        return next((column.key for column in self.columns if column.required), "")


@dataclass(frozen=True, slots=True)
class WorkingChart:
    """The chart of a working, and the columns that it draws: names, amounts (form money), shares of 1."""

    title: str
    names: str
    amounts: str
    shares: str
    source: Source = field(compare=False)


@dataclass(frozen=True, slots=True)
class Working:
    """A helper table: one row for each row of a catalogue or of an entry ledger, or ``rows`` of its own.

    It is hidden, except one with a ``chart``: that is a sheet with its table and the chart below.
    """

    id: str
    sheet: str
    rows_of: str
    columns: tuple[Column, ...]
    source: Source = field(compare=False)
    rows: int = 0
    chart: WorkingChart | None = None


def next_or_key_error(columns: tuple[Column, ...], key: str) -> Column:
    """Return the column whose ``key`` is given; ``KeyError`` if there is none."""
    for column in columns:
        if column.key == key:
            return column
    raise KeyError(key)
