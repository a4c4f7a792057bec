"""The nouns of exports of other systems: which of their sheets, headings and codes are which entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xlbudget.model.sources import Source


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A sheet of an export, and the entry sheet that it fills.

    It is known by one of ``codes`` (表号) or ``titles``. ``columns`` gives, by entry column, the headings
    under which it may stand there: alternatives, each a heading, a path of headings (甲/乙), or several of
    either joined by ``+`` (amounts are added, texts joined). The rows of a ledger are rows there; where
    headings are codes of entry column ``across``, each amount under one is a row, its amount in column
    ``into``. A fixed line is known by its text under ``label`` (``lines``: by line, the texts that are it),
    or takes the total of a column (``sums``: by line, headings; the amount goes into column ``into``).

    ``where`` keeps rows whose text under a heading is listed, ``unit`` is the heading of the unit's code
    where rows of several units stand there. ``values`` translates texts, by entry column; ``fixed`` is the
    same in every row; a blank of a column in ``repeat`` says what the row above says. ``money`` is that of
    amounts where the sheet does not say it. ``skip_rows`` (labels) and ``skip_columns`` (headings) are left
    out on purpose; an ``optional`` sheet need not be there.
    """

    name: str
    codes: tuple[str, ...]
    titles: tuple[str, ...]
    entry: str
    columns: Mapping[str, tuple[str, ...]]
    source: Source = field(compare=False)
    label: tuple[str, ...] = ()
    lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    across: str = ""
    into: str = ""
    unit: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    repeat: tuple[str, ...] = ()
    money: str = ""
    skip_rows: tuple[str, ...] = ()
    skip_columns: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ExportMapping:
    """How the workbooks that another system exports are read: their tables, and the words of total rows.

    ``totals`` are the words of rows that add up the whole table, ``subtotals`` those of rows that add up a
    part of it; ``skip_sheets`` are codes and titles of sheets that say what others say already.
    """

    name: str
    title: str
    tables: tuple[ExportTable, ...]
    source: Source = field(compare=False)
    totals: tuple[str, ...] = ()
    subtotals: tuple[str, ...] = ()
    skip_sheets: tuple[str, ...] = ()
