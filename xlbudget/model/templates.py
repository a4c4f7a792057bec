"""The nouns of definitions: what finance owns, as frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Literal, TypeVar

from xlbudget.model.department_tables import ChartSheet, ControlTotal, TransferTable, UnitFigures, UnitTable
from xlbudget.model.document import DocumentTemplate, Phrases, TargetForm
from xlbudget.model.forms import Column, EntrySheet, Form, Panel, Working
from xlbudget.model.linked import LAST_YEAR, LinkedWorkbooks
from xlbudget.model.plausibility import Plausibility
from xlbudget.model.rules import Rule, Severity
from xlbudget.model.sources import Formula, Source

T = TypeVar("T")
AllowedCodes = Mapping[str, Sequence[str]]
"""Codes that a unit may use, by catalogue; a code stands for all below it."""


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
    amount, and of at least that amount in form money, wants a reason. A reason with words of ``rising`` or
    ``falling`` alone goes with a change in that direction.
    """

    table: str
    item: str
    text: str
    fraction: str
    floor: str
    source: Source = field(compare=False)
    rising: tuple[str, ...] = ()
    falling: tuple[str, ...] = ()


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
    ``is_department`` says which these are (:meth:`at_level`). ``linked`` are other workbooks of the same
    units that rules and entries refer to, beside last year's.
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
    draft_mark: str = ""
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
    phrases: Phrases = field(compare=False, default_factory=Phrases)
    prior_rules: tuple[Rule, ...] = ()
    prior_listings: tuple[Listing, ...] = ()
    linked: tuple[LinkedWorkbooks, ...] = ()
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

    @property
    def every_rule(self) -> tuple[Rule, ...]:
        """Its own rules, then those between two years and with linked workbooks."""
        return (*self.rules, *self.prior_rules)

    @property
    def last_year(self) -> LinkedWorkbooks:
        """Last year's workbooks of the same kind of document."""
        return LinkedWorkbooks(LAST_YEAR, self.document_kind, self.id, Source(self.id, 1), 1)

    @property
    def links(self) -> tuple[LinkedWorkbooks, ...]:
        """Every kind of linked workbooks: last year's, and those that the template names."""
        return (self.last_year, *self.linked)

    @property
    def link_names(self) -> tuple[str, ...]:
        """What they are called: these stand before names in rules and entries."""
        return tuple(link.name for link in self.links)

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
