"""The nouns of definitions: what finance owns, as frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from xlbudget.model.department_tables import ChartSheet, ControlTotal, TransferTable, UnitFigures, UnitTable
from xlbudget.model.rules import Rule, Severity
from xlbudget.model.sources import Formula, Source

if TYPE_CHECKING:
    from xlbudget.model.document import DocumentTemplate, TargetForm

T = TypeVar("T")
AllowedCodes = Mapping[str, Sequence[str]]
"""Codes that a unit may use, by catalogue; a code stands for all below it."""


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


@dataclass(frozen=True, slots=True)
class Catalogue:
    """An official code list; ``rows`` are texts by column key, the first column is the code.

    ``lines`` are the rows' line numbers in ``file``. ``parent`` and ``verified`` name the columns
    with the code above and with yes or no; ``refers`` maps columns to the catalogue they point into.
    ``roster_column`` is the column of the roster that says which of its codes a unit may use; ``kinds`` the
    column that says for which kinds of unit a code is meant, ``reserved`` those kinds by code, stated for it
    or for the nearest code above; a code that is not in it is for all. ``others`` is the code that stands in
    for codes not in the list, where the list is known to be incomplete.
    """

    id: str
    sheet: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    lines: tuple[int, ...]
    source: Source = field(compare=False)
    file: str = field(compare=False, default="")
    parent: str = ""
    verified: str = ""
    refers: Mapping[str, str] = field(default_factory=dict)
    roster_column: str = ""
    kinds: str = ""
    reserved: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    others: str = ""

    @property
    def key(self) -> str:
        """The column that holds the code."""
        return self.columns[0]

    def below(self, codes: Iterable[str]) -> frozenset[str]:
        """Return the codes given and all codes of the list below them."""
        above = {row[self.key]: row.get(self.parent, "") for row in self.rows}
        found = set(codes)
        grew = True
        while grew:
            more = {code for code, parent in above.items() if parent in found} - found
            found |= more
            grew = bool(more)
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet of texts: instructions, glossary, or a catalogue set out for reading."""

    id: str
    sheet: str
    title: str
    headings: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]
    source: Source = field(compare=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a ledger has in one year and not in the other, by ``key``; with ``name`` and sum of ``amounts``.

    ``only_in`` is ``this`` (new this year) or ``prior`` (not carried on).
    """

    id: str
    title: str
    severity: Severity
    table: str
    key: str
    only_in: str
    source: Source = field(compare=False)
    name: str = ""
    amounts: tuple[str, ...] = ()
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Cover:
    """The cover sheet: title lines, labels of the unit's facts, wording of the verdict.

    A department summary has words of its own where they are stated (``department_…``).
    """

    sheet: str
    title: str
    subtitle: str
    notes: tuple[str, ...]
    verdict_label: str
    verdict_clean: str
    verdict_blocking: str
    verdict_explain: str
    verdict_empty: str
    empty_when: Formula
    department_title: str = ""
    department_subtitle: str = ""
    department_notes: tuple[str, ...] = ()

    def of_department(self) -> Cover:
        """Return the cover of a department summary."""
        return replace(
            self,
            title=self.department_title or self.title,
            subtitle=self.department_subtitle or self.subtitle,
            notes=self.department_notes or self.notes,
        )


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """Names under which the workbook keeps the reporting unit's facts: a table, its column, its lines."""

    table: str
    column: str
    code: str
    name: str
    kind: str
    superior: str


@dataclass(frozen=True, slots=True)
class ExplanationTable:
    """Names under which units explain findings: the ledger, its columns of rule, place and text."""

    table: str
    rule: str
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class IndicatorTable:
    """Names under which performance indicators stand in a ledger, and what their words mean.

    ``values`` and ``units`` are the columns of each value and of its unit or words, in pairs. ``classes``
    gives the second-level classes of each first-level class; ``words`` the second-level classes in which an
    indicator may stand whose name has the word; ``shares`` are words of names that are shares of 100.
    """

    table: str
    first: str
    second: str
    name: str
    values: tuple[str, ...]
    units: tuple[str, ...]
    shares: tuple[str, ...]
    classes: Mapping[str, tuple[str, ...]]
    words: Mapping[str, tuple[str, ...]]
    source: Source = field(compare=False)


@dataclass(frozen=True, slots=True)
class LineBounds:
    """What the amounts of one kind of line come to: rows of ``table`` whose ``column`` has one of ``codes``.

    All of them together are ``least`` or more in a workbook that has any, none of them is above ``most``
    (entry money; None: not said).
    """

    name: str
    table: str
    column: str
    codes: tuple[str, ...]
    least: Decimal | None
    most: Decimal | None
    source: Source = field(compare=False)


@dataclass(frozen=True, slots=True)
class Plausibility:
    """What a year's budget of one unit looks like, to see whole workbooks in a wrong unit of money.

    ``whole`` is the form cell that everything adds up to. Below ``least`` it is none (form money); below
    ``doubtful`` it is one unless a line is below its own least. An amount ``apart`` times last year's, or
    less than that part of it, is asked about from ``floor`` on (entry money).
    """

    whole: Formula
    least: Decimal
    doubtful: Decimal
    apart: int
    floor: Decimal
    lines: tuple[LineBounds, ...]
    source: Source = field(compare=False)


@dataclass(frozen=True, slots=True)
class StatedAmounts:
    """Prose columns of a ledger that may state an amount of the project ``name``: one of ``amounts``."""

    table: str
    texts: tuple[str, ...]
    name: str
    amounts: tuple[str, ...]
    source: Source = field(compare=False)


@dataclass(frozen=True, slots=True)
class TextTable:
    """Names under which units write texts for the document: the ledger, its columns of item and text.

    ``fraction`` and ``floor`` are names of constants: a change of at least that fraction of last year's
    amount, and of at least that amount in form money, wants a reason.
    """

    table: str
    item: str
    text: str
    fraction: str
    floor: str
    source: Source = field(compare=False)


@dataclass(frozen=True, slots=True)
class CheckSheet:
    """The live check sheet (校验表): its names and its words; ``exceeds`` is said of a control total."""

    sheet: str
    title: str
    notes: tuple[str, ...]
    matches: str
    differs: str
    exceeds: str
    not_applicable: str


Engine = Literal["plan", "formulas"]


@dataclass(frozen=True, slots=True)
class WorkbookTemplate:
    """Everything issued for one authority, kind of document (预算, 决算 …) and year.

    ``digest`` is the sha256 of the definition files; ``sheets`` is the order of sheets.
    Entry amounts are in ``entry_money`` with ``entry_decimals`` decimals, form amounts in
    ``form_money`` with ``form_decimals``, where a form or a column says nothing else; one form unit is
    ``money_factor`` entry units, and ``moneys`` has the size of every unit in entry units.
    ``other_forms`` are the forms as the other level has them, where a unit's and a department's differ;
    ``is_department`` says which these are (:meth:`at_level`).
    ``engine`` says who recalculates in this run: the plan compiled from the template, or the ``formulas``
    engine itself on each workbook. Like rules switched off it travels with the template and is no part of
    the digest.
    """

    id: str
    authority: str
    year: int
    title: str
    digest: str
    sheets: tuple[str, ...]
    kinds: tuple[str, ...]
    constants: Mapping[str, Decimal]
    entry_money: str
    form_money: str
    entry_decimals: int
    form_decimals: int
    money_factor: int
    moneys: Mapping[str, int]
    cover: Cover
    contents_sheet: str
    contents_title: str
    check_sheet: CheckSheet
    forms: tuple[Form, ...]
    entries: tuple[EntrySheet, ...]
    workings: tuple[Working, ...]
    catalogues: tuple[Catalogue, ...]
    pages: tuple[Page, ...]
    rules: tuple[Rule, ...]
    unit_facts: UnitFacts
    unit_table: UnitTable
    explanations: ExplanationTable | None = None
    placeholders: tuple[str, ...] = ()
    indicators: IndicatorTable | None = None
    stated_amounts: StatedAmounts | None = None
    plausibility: Plausibility | None = None
    transfers: TransferTable | None = None
    unit_figures: UnitFigures | None = None
    charts: ChartSheet | None = None
    texts: TextTable | None = None
    controls: tuple[ControlTotal, ...] = ()
    fiscal: Mapping[str, str] = field(default_factory=dict)
    document: DocumentTemplate | None = field(compare=False, default=None)
    target_form: TargetForm | None = field(compare=False, default=None)
    prior_rules: tuple[Rule, ...] = ()
    prior_listings: tuple[Listing, ...] = ()
    folder: Path = field(compare=False, default=Path())
    engine: Engine = "plan"
    document_kind: str = ""
    other_forms: tuple[Form, ...] = ()
    is_department: bool = False

    def at_level(self, *, department: bool) -> WorkbookTemplate:
        """Return the template with the forms of a unit's workbook or of a department's."""
        if department == self.is_department or not self.other_forms:
            return self
        return replace(self, forms=self.other_forms, other_forms=self.forms, is_department=department)

    def catalogue(self, name: str) -> Catalogue:
        """Return the catalogue of that name; ``KeyError`` if there is none."""
        return next_by_id(self.catalogues, name)

    def entry(self, name: str) -> EntrySheet:
        """Return the entry sheet of that name; ``KeyError`` if there is none."""
        return next_by_id(self.entries, name)

    def form(self, name: str) -> Form:
        """Return the form of that id; ``KeyError`` if there is none."""
        return next_by_id(self.forms, name)

    def counted_as_other(self, column: Column, value: object) -> str:
        """Return the code under which forms show an entry whose code an incomplete list lacks, else ""."""
        if not column.catalogue:
            return ""
        catalogue = self.catalogue(column.catalogue)
        return "" if any(row[catalogue.key] == value for row in catalogue.rows) else catalogue.others

    def allowed_values(self, column: Column, codes: AllowedCodes | None = None, kind: str = "") -> list[str]:
        """Return the texts that an entry column accepts: its choices, or the codes that ``only`` admits.

        ``codes`` are those that one unit may use, ``kind`` is the unit's; a kind that the template does not
        have, as that of a summary, leaves all.
        """
        if column.choices or not column.catalogue:
            return list(column.choices)
        catalogue = self.catalogue(column.catalogue)
        listed = (codes or {}).get(catalogue.id)
        within = None if listed is None else catalogue.below(listed)
        return [
            row[catalogue.key]
            for row in catalogue.rows
            if all(row.get(key, "") in values for key, values in column.only.items())
            and (within is None or row[catalogue.key] in within)
            and not self.is_reserved(catalogue, row[catalogue.key], kind)
        ]

    def is_reserved(self, catalogue: Catalogue, code: str, kind: str) -> bool:
        """Whether a code is meant for other kinds of unit only."""
        return kind in self.kinds and kind not in catalogue.reserved.get(code, (kind,))

    def titles(self, *, department: bool = False) -> Mapping[str, str]:
        """Return the title printed at the top of each sheet, by sheet name; of a summary, if wanted."""
        cover = self.cover.of_department() if department else self.cover
        titles = {self.contents_sheet: self.contents_title}
        titles[self.check_sheet.sheet] = self.check_sheet.title
        titles |= {form.sheet: form.title for form in self.forms}
        titles |= {entry.sheet: entry.title for entry in self.entries}
        titles |= {catalogue.sheet: catalogue.title for catalogue in self.catalogues}
        titles |= {part.sheet: part.chart.title for part in self.workings if part.chart is not None}
        titles |= {page.sheet: page.title for page in self.pages}
        return titles | {cover.sheet: cover.title}  # the unit's facts are a table of the cover's sheet

    @property
    def panels(self) -> Iterator[tuple[Form, Panel]]:
        """Every panel with its form, in order."""
        return ((form, panel) for form in self.forms for panel in form.panels)

    @property
    def form_tables(self) -> Iterator[tuple[Form, Panel]]:
        """Every panel with its form, and those of closing lines."""
        return ((form, panel) for form in self.forms for panel in form.tables)

    def quantum(self, money: str) -> Decimal:
        """Return the smallest difference between two exact amounts in a unit of money."""
        return Decimal(1).scaleb(-self.entry_decimals) / self.moneys.get(money, self.money_factor)


def next_by_id(items: tuple[T, ...], name: str) -> T:
    """Return the item whose ``id`` is ``name``; ``KeyError`` if there is none."""
    for item in items:
        if getattr(item, "id", None) == name:
            return item
    raise KeyError(name)


def next_or_key_error(columns: tuple[Column, ...], key: str) -> Column:
    """Return the column whose ``key`` is given; ``KeyError`` if there is none."""
    for column in columns:
        if column.key == key:
            return column
    raise KeyError(key)
