"""Evidence: a submission together with our recalculation of it, ready for the checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

from xlbudget.checking.file_places import in_file
from xlbudget.checking.line_names import LineNames
from xlbudget.checking.mistakes.repair import System
from xlbudget.checking.moves import Carried, Moved
from xlbudget.checking.rules.instances import Evaluator
from xlbudget.definitions.closing_lines import RANK
from xlbudget.model import (
    Cell,
    CellValue,
    ColumnKind,
    EntryRow,
    Finding,
    Irregularity,
    Memos,
    OpenRows,
    Panel,
    Place,
    Severity,
    StoredCell,
    Submission,
    Trouble,
    WorkbookTemplate,
)
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan, Values, as_decimal
from xlbudget.workbook.layout import Layout
from xlbudget.workbook.names import CHECK_AMOUNTS, CHECKS
from xlbudget.workbook.reserved_names import INNER, POSITION, entry_totals

LARGEST = Decimal(100_000_000_000)
"""Amounts from here on (a thousand 亿元 in one entry) are slips of the hand."""


_INNER = "隐藏的计算栏"


LineIdentity = tuple[str, CellValue, int, int]
"""What tells a line of a form from others: its panel, its key or code, and which of those called alike."""


@dataclass
class Evidence:
    """Template + submission + recalculated values; what every check sees."""

    template: WorkbookTemplate
    submission: Submission
    plan: Plan = field(init=False)
    values: Values = field(init=False)

    changed: frozenset[Cell] | None = field(init=False, default=None)
    upset: frozenset[tuple[str, str]] = field(init=False, default=frozenset())
    """(table, column) of what moved with its sheet or follows from one that did: known with ``changed``."""
    moved_forms: dict[str, Moved] = field(init=False, default_factory=dict)
    """Sheets of forms whose rows or columns moved: known with ``changed``."""
    memos: Memos = field(init=False, default_factory=dict)
    """What others conclude from it."""
    carried: dict[str, Carried] = field(init=False, default_factory=dict)
    """Sheets of entries of which single cells moved: known with ``changed``."""
    rule_systems: dict[tuple[str, str], System] = field(init=False, default_factory=dict)
    _seen: dict[tuple[str, str], Sequence[CellValue]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.template = self.template.at_level(department=self.submission.department)
        self.plan = plan_of(self.template, self.submission.capacity)
        self.values = self.plan.evaluate(self.submission.entries)

    @property
    def blueprint(self) -> Blueprint:
        """What stands in which cell."""
        return self.plan.blueprint

    @property
    def layout(self) -> Layout:
        """Where every table stands."""
        return self.plan.layout

    def recalculated(self, cell: Cell) -> CellValue:
        """Return our value of a cell: amounts as exact Decimal, entries as read."""
        return self.recalculated_column((cell.table, cell.column))[cell.row]

    def recalculated_column(self, key: tuple[str, str]) -> Sequence[CellValue]:
        """Return our values of a whole column, row by row."""
        known = self._seen.get(key)
        if known is None:
            known = self._seen[key] = self.plan.decimal_column(self.values, key)
        return known

    @cached_property
    def lines(self) -> LineNames:
        """What people call the lines of the workbook."""
        return LineNames(self.template, self.layout, self.recalculated)

    def irregular(self, *kinds: Trouble) -> Iterator[Irregularity]:
        """Yield what the reader met, of the given kinds."""
        return (part for part in self.submission.irregularities if part.kind in kinds)

    @property
    def evaluator(self) -> Evaluator:
        """The rules over our recalculated values."""
        return Evaluator(self.blueprint, self.recalculated, self.recalculated_column)

    @cached_property
    def line_identities(self) -> Mapping[tuple[str, int], LineIdentity]:
        """What tells each line of the forms from others, whichever row it stands in: by (panel, row).

        Panel, name or code, and where one code is listed from several sources (rows for one purpose and
        for another) which of them; lines still alike are counted.
        """
        seen: dict[tuple[str, CellValue, int], int] = {}
        lines: dict[tuple[str, int], LineIdentity] = {}
        for _, panel in self.template.form_tables:
            blocks = [part for part in panel.body if isinstance(part, OpenRows)]
            sources = max((len(part.every_source) for part in blocks), default=0)
            for row in range(self.layout.tables[panel.id].rows):
                code = self.recalculated(Cell(panel.id, row, panel.key)) if panel.key else None
                positions = (Cell(panel.id, row, f"{POSITION}{number}") for number in range(1, sources + 1))
                source = next((at for at, cell in enumerate(positions, 1) if self.recalculated(cell)), 0)
                name = panel.id, self.layout.line_of(panel.id, row) or code or Decimal(row), source
                seen[name] = seen.get(name, -1) + 1
                lines[panel.id, row] = (*name, seen[name])
        return lines

    @cached_property
    def lines_by_identity(self) -> Mapping[LineIdentity, tuple[str, int]]:
        """The panel and row of each line."""
        return {identity: line for line, identity in self.line_identities.items()}

    # ------------------------------------------------------------ consequences

    def what_if(self, cells: Mapping[Cell, Any]) -> Values:
        """Return what all values would be with others in some cells, entered or in place of formulas."""
        return self.plan.what_if(self.values, self.submission.entries, cells)

    def moved_by(self, cells: Mapping[Cell, Any]) -> frozenset[Cell]:
        """Return the formula cells that have another value when the given cells have.

        Measured, not guessed.
        """
        if not cells:
            return frozenset()
        other = self.what_if(cells)
        touched = {*self.values.changed_cells, *other.changed_cells} & self.blueprint.formulas.keys()
        return frozenset(cell for cell in touched if self.values.raw(cell) != other.raw(cell))

    def grown(self, by: Mapping[Cell, Decimal]) -> Values:
        """Return what all values would be if some entries were larger."""
        return self.what_if({cell: self._amount(cell) + more for cell, more in by.items()})

    def evaluator_of(self, values: Values) -> Evaluator:
        """Return the rules over other values of this workbook."""
        return Evaluator(self.blueprint, partial(self.plan.decimals, values))

    @cached_property
    def entered(self) -> Mapping[Cell, CellValue]:
        """What the unit has filled in."""
        return {
            Cell(table, row.row, key): value
            for table, rows in self.submission.entries.items()
            for row in rows
            for key, value in row.values.items()
        }

    def _amount(self, cell: Cell) -> Decimal:
        value = self.entered.get(cell)
        return value if isinstance(value, Decimal) else Decimal(0)

    @cached_property
    def text_dependents(self) -> frozenset[Cell]:
        """Formula cells that a spreadsheet program may compute differently because of text amounts."""
        cells = {
            part.cell: None
            for part in self.irregular(Trouble.TEXT_AMOUNT, Trouble.MALFORMED_CODE)
            if part.cell is not None
        }
        return self.moved_by(cells)

    @cached_property
    def text_errors(self) -> frozenset[Cell]:
        """Formula cells that the file shows as errors because they add what is typed as text."""
        texts = {
            (part.cell.table, part.cell.column)
            for part in self.irregular(Trouble.TEXT_AMOUNT, Trouble.NO_AMOUNT)
            if part.cell is not None
        }
        if not texts:
            return frozenset()
        below, stored = self.plan.downstream(texts) - texts, self.submission.stored
        return frozenset(
            cell
            for cell in self.blueprint.formulas
            if (cell.table, cell.column) in below
            and (known := stored.get(cell)) is not None
            and known.kind == "e"
        )

    @cached_property
    def unknown_columns(self) -> frozenset[tuple[str, str]]:
        """(table, column) of everything downstream of entries whose value is unknown."""
        outside = (cell for cell, value, _ in self.outside_lists() if not self.counted_as_other(cell, value))
        unknown = {*self.submission.unreadable, *outside}
        unknown |= {cell for cell, _ in self.incomputable()} | set(self.missing_codes())
        sources = {(cell.table, cell.column) for cell in unknown}
        lost = self.submission.unreadable_tables
        sources |= {(table, column) for table in lost for column in self.layout.tables[table].columns}
        return self.plan.downstream(sources)

    def is_unknown(self, cell: Cell) -> bool:
        """Whether a cell depends on an entry whose value is unknown."""
        return (cell.table, cell.column) in self.unknown_columns

    def typed_rows(self) -> Iterator[tuple[str, EntryRow]]:
        """Yield table and row of what is the unit's own: rows taken over from last year are not."""
        for entry in self.template.entries:
            if not entry.prior_rows:
                yield from ((entry.id, row) for row in self.submission.entries.get(entry.id, ()))

    @property
    def empty(self) -> bool:
        """Whether the unit has entered no amount at all."""
        issued = {entry.id for entry in self.template.entries if entry.is_issued}
        return not any(
            isinstance(value, Decimal) and value
            for table, rows in self.submission.entries.items()
            if table not in issued
            for row in rows
            for value in row.values.values()
        )

    def outside_lists(self) -> Iterator[tuple[Cell, CellValue, list[str]]]:
        """Yield entries that are not on their drop-down list, with the list."""
        for entry in self.template.entries:
            for column in entry.columns:
                allowed = self.blueprint.allowed.get((entry.id, column.key), {})
                for row in self.submission.entries.get(entry.id, ()) if allowed else ():
                    value = row.values.get(column.key)
                    if value is not None and value not in allowed:
                        yield Cell(entry.id, row.row, column.key), value, list(allowed)

    def counted_as_other(self, cell: Cell, value: CellValue) -> str:
        """Return the code under which forms show an entry whose code an incomplete list lacks."""
        column = self.layout.column(cell.table, cell.column)
        return self.template.counted_as_other(column, value) if column else ""

    def incomputable(self) -> Iterator[tuple[Cell, Decimal]]:
        """Yield amounts that no entry can be (too large, parts of a 分): sums with them say nothing."""
        quantum = Decimal(1).scaleb(-self.template.entry_decimals)
        for entry in self.template.entries:
            for row in self.submission.entries.get(entry.id, ()):
                for key, value in row.values.items():
                    if isinstance(value, Decimal) and (abs(value) >= LARGEST or value % quantum):
                        yield Cell(entry.id, row.row, key), value

    def missing_codes(self) -> Iterator[Cell]:
        """Yield required codes left empty in rows that have amounts: such amounts reach no form."""
        for entry in self.template.entries:
            codes = [column for column in entry.columns if column.required and column.kind is ColumnKind.CODE]
            amounts = {column.key for column in entry.columns if column.kind is ColumnKind.AMOUNT}
            for row in self.submission.entries.get(entry.id, ()):
                if any(row.values.get(key) for key in amounts):
                    for column in codes:
                        if row.values.get(column.key) is None:
                            yield Cell(entry.id, row.row, column.key)

    # ------------------------------------------------------------- comparison

    def comparable(self, cell: Cell, value: CellValue) -> CellValue:
        """Return a stored value as it compares: numbers as multiples of the quantum, no text as None."""
        if not isinstance(value, Decimal):
            return value
        return as_decimal(float(value), self.blueprint.quantum(cell.table, cell.column))

    def agree(self, cell: Cell, stored: CellValue, values: Values | None = None) -> bool:
        """Whether a stored value equals ours (to half a 分; an empty cell equals 0 and the empty text)."""
        ours = self.recalculated(cell) if values is None else self.plan.decimals(values, cell)
        theirs = self.comparable(cell, stored)
        empty = (None, "", False, Decimal(0))
        return ours == theirs or (ours in empty and theirs in empty)

    def plainly_agrees(self, cell: Cell, stored: StoredCell) -> bool:
        """Whether a stored result is ours beyond doubt: the same text, or a number within float noise."""
        return self.plan.plainly(self.values, cell, stored)

    def is_helper(self, cell: Cell) -> bool:
        """Whether a cell is none that a unit sees (hidden columns and sheets)."""
        column = self.layout.column(cell.table, cell.column)
        return (
            column is None or column.hidden or any(part.id == cell.table for part in self.template.workings)
        )

    def is_inner(self, cell: Cell) -> bool:
        """Whether a cell is one of those that compute what others show, whose names nobody knows."""
        column = self.layout.column(cell.table, cell.column)
        if any(part.id == cell.table and part.chart is None for part in self.template.workings):
            return True
        return cell.column.startswith(INNER) if column is None else column.hidden

    # --------------------------------------------------------------- findings

    @staticmethod
    def with_message(finding: Finding, message: str) -> Finding:
        """Return the finding with its message."""
        return replace(finding, message=message)

    def place(self, cell: Cell) -> Place:
        """Return a cell as people find it, with the words of its line."""
        cell = self.shown_cell(cell)
        place, where = self.layout.place(cell), in_file(self.submission, self.layout, cell)
        if self.is_inner(cell):
            return Place(self.layout.sheet_title(cell.table), "", _INNER, *where)
        return Place(place.form, self.lines.where(cell), place.column, *where)

    def shown_cell(self, cell: Cell) -> Cell:
        """Return where people see a cell: a closing line is computed elsewhere than it is shown."""
        panel = self._closing.get(cell.table)
        if panel is None or cell.column not in self.layout.tables[panel.id].columns:
            return cell
        at = self.recalculated(Cell(cell.table, cell.row, RANK))
        block = self.layout.open_blocks[panel.id][0]
        row = block.start + int(at) - 1 if isinstance(at, Decimal) else block.stop
        return Cell(panel.id, row, cell.column) if row < block.stop else cell

    @cached_property
    def _closing(self) -> Mapping[str, Panel]:
        return {panel.closing.id: panel for _, panel in self.template.panels if panel.closing}

    def money(self, cell: Cell) -> str:
        """Return the money unit of a cell, or an empty text where it holds no amount."""
        column = self.layout.column(cell.table, cell.column)
        if column is not None:
            return column.money
        if any(cell.table == entry_totals(entry.id) for entry in self.template.entries):
            return self.template.entry_money
        return self.template.form_money if cell.table == CHECKS and cell.column in CHECK_AMOUNTS else ""

    def finding(
        self,
        rule: str,
        severity: Severity,
        cell: Cell | None,
        message: str,
        *,
        stored: CellValue = None,
        expected: CellValue = None,
        place: Place | None = None,
    ) -> Finding:
        """Return a finding at a cell; the difference follows from two amounts."""
        difference = None
        if isinstance(stored, Decimal) and isinstance(expected, Decimal):
            difference = stored - expected
        if place is None:
            place = self.place(cell) if cell is not None else Place()
        return Finding(
            rule=rule,
            severity=severity,
            message=message,
            unit=self.submission.unit.code,
            file=str(self.submission.path),
            place=place,
            stored=stored,
            expected=expected,
            difference=difference,
            money=self.money(cell) if cell is not None else "",
        )
