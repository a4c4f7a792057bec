"""The nouns of a department: its units, transfers between them, control totals, main figures and charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xlbudget.model.rules import Severity
from xlbudget.model.sources import Formula, Source


@dataclass(frozen=True, slots=True)
class UnitTable:
    """Names under which a department summary keeps its units.

    ``table`` lists them (columns ``code``, ``name``, ``kind``); ledger rows say theirs in column
    ``row_unit``; ``kinds`` is the column range that holds the kind of every unit in the workbook.
    """

    table: str
    code: str
    name: str
    kind: str
    row_unit: str
    kinds: str


@dataclass(frozen=True, slots=True)
class EliminatedIn:
    """An expenditure ledger in which payments to other units are taken out: of amount column ``column``.

    ``match`` gives, by column of the ledger, the column of the transfers that must hold the same text; a
    payment that leaves one of them empty stands in another ledger.
    """

    table: str
    column: str
    match: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TransferTable:
    """Names under which units state what they pay to and receive from each other, and where it is taken out.

    A row of ledger ``table`` says ``kind``, ``direction`` (``received`` or ``paid``), ``counterparty`` and
    ``amount`` (元). A department summary fills ``eliminated``, enters what is taken out of revenue in the
    cell ``revenue`` and what is taken out of expenditure as rows with negative amounts, ``mark`` in the
    column of that name.
    """

    table: str
    kind: str
    direction: str
    received: str
    paid: str
    counterparty: str
    amount: str
    eliminated: str
    mark: str
    revenue: Formula
    expenditure: tuple[EliminatedIn, ...]
    source: Source = field(compare=False)


@dataclass(frozen=True, slots=True)
class ControlTotal:
    """A limit that the officer sets for each unit (控制数): the roster's column, the form cell that it binds.

    ``cell`` names one cell of a form; ``exact`` wants it equal to the limit, otherwise it must not be more.
    Limits are in form money. A workbook that is issued with them shows them on its check sheet.
    """

    id: str
    column: str
    title: str
    cell: Formula
    exact: bool
    severity: Severity
    advice: str
    source: Source = field(compare=False)


@dataclass(frozen=True, slots=True)
class Figure:
    """A main figure of each unit: its heading, and the form cell (of a fixed line) that it is."""

    heading: str
    cell: Formula


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """The sheet of a department summary that shows units by main figures."""

    sheet: str
    title: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class ChartDefinition:
    """A chart of a department summary: form cells (``cells``), or units by a figure.

    ``most`` is how many units are drawn, the largest ones; the others are one bar together.
    """

    title: str
    cells: tuple[Formula, ...] = ()
    figure: str = ""
    most: int = 0
    source: Source = field(compare=False, default=Source("", 0))


@dataclass(frozen=True, slots=True)
class ChartSheet:
    """The sheet of a department summary with its charts."""

    sheet: str
    title: str
    charts: tuple[ChartDefinition, ...]
