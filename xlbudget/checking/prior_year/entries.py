"""Last year's figures for this year's workbook: what its definitions take over from the unit's last one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.definitions.last_year_codes import new_codes
from xlbudget.model import Cell, CellValue, EntryRow, EntrySheet, Formula, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.model.words import published
from xlbudget.workbook.language import ColumnRange, LineCells, Node, RowCell, transform
from xlbudget.workbook.names import Context, UnknownName, names_of
from xlbudget.workbook.two_year_names import last_year, leaves, of_last_year, two_year_names


@dataclass(frozen=True, slots=True)
class PriorEntries:
    """Rows by entry table (amounts in entry money), and why something is left empty."""

    rows: Mapping[str, tuple[EntryRow, ...]]
    remarks: tuple[str, ...] = ()


def prior_entries(
    template: WorkbookTemplate, prior: Evidence | str, capacity: Mapping[str, int] | None = None
) -> PriorEntries:
    """Return what ``template`` takes over from a unit's last workbook; ``prior`` may say why there is none.

    Figures that last year's template does not have, or that follow from unreadable entries, stay empty.
    Raises InputError when a table has too few rows for them.
    """
    if isinstance(prior, str):
        return PriorEntries({}, (prior,))
    source = _LastYear(template, prior)
    found: dict[str, tuple[EntryRow, ...]] = {}
    for entry in template.entries:
        rows = tuple(source.rows(entry))
        room = (capacity or {}).get(entry.id, entry.capacity)
        if entry.is_ledger and len(rows) > room:
            raise InputError(
                f"单位 {prior.submission.unit.code} 上年有 {len(rows)} 行，“{entry.id}”只有 {room} 行；"
                f"请用 --rows {entry.id}={len(rows)} 增加行数。"
            )
        if rows:
            found[entry.id] = rows
    return PriorEntries(found, tuple(source.remarks))


def same_of_this_year(evidence: Evidence) -> dict[Cell, Decimal]:
    """Return what this year's workbook has where last year's amounts are typed (entry money), by their cells.

    It is what the next workbook would take over from this one.
    """
    source = _LastYear(evidence.template, evidence)
    return {
        Cell(entry.id, row.row, key): value
        for entry in evidence.template.entries
        if entry.lines
        for row in source.rows(entry)
        for key, value in row.values.items()
        if isinstance(value, Decimal)
    }


class _LastYear:
    """A unit's workbook of last year, read by the formulas of this year's definitions."""

    def __init__(self, template: WorkbookTemplate, prior: Evidence) -> None:
        self.template, self.prior = template, prior
        self.names = two_year_names(names_of(template), prior.blueprint.names)
        self.evaluator = prior.evaluator
        self.remarks: dict[str, None] = {}

    def rows(self, entry: EntrySheet) -> Iterator[EntryRow]:
        """Yield the rows of an entry table that come from last year."""
        for at, line in enumerate(entry.lines):
            values = self._values(line.prior, Context(), None)
            if values:
                yield EntryRow(at, values)
        if not entry.prior_rows:
            return
        formulas = {column.key: column.prior for column in entry.columns if column.prior is not None}
        context = Context(last_year(entry.prior_rows))
        filled = self.prior.submission.entries.get(entry.prior_rows, ())
        read = (self._values(formulas, context, Cell(entry.prior_rows, row.row, "")) for row in filled)
        taken = (self._renamed(entry, values) for values in read)
        known = (values for values in taken if entry.key in values)  # a row without its code says nothing
        yield from (EntryRow(at, values) for at, values in enumerate(known))

    def _renamed(self, entry: EntrySheet, values: dict[str, CellValue]) -> dict[str, CellValue]:
        """Return a row with this year's codes; a code that was split or is gone is left out and remarked."""
        renamed = dict(values)
        for column in entry.columns:
            value = values.get(column.key)
            if not column.catalogue or not isinstance(value, str):
                continue
            codes = new_codes(self.template, value)
            if len(codes) == 1:
                renamed[column.key] = codes[0]
                continue
            del renamed[column.key]
            what = f"已分为 {'、'.join(codes)}" if codes else "已取消"
            self.remarks[f"上年的编码 {value} {what}，“{entry.id}”的这些行请单位填写编码"] = None
        return renamed

    def _values(
        self, formulas: Mapping[str, Formula], context: Context, place: Cell | None
    ) -> dict[str, CellValue]:
        found = {key: self._value(formula, context, place) for key, formula in formulas.items()}
        return {key: value for key, value in found.items() if value not in (None, "")}

    def _value(self, formula: Formula, context: Context, place: Cell | None) -> CellValue:
        """Return what a formula makes of last year's workbook; None where it cannot, which is remarked."""
        try:
            node = self.names.bind(formula.text, context)
        except UnknownName as error:
            self.remarks[f"上年的模板不同：{error}"] = None
            return None
        unknown = self.prior.unknown_columns
        if any((of_last_year(leaf.table), leaf.column) in unknown for leaf in leaves(node)[1]):
            self.remarks["上年工作簿中有读不出的录入数，依赖它的上年数没有带入"] = None
            return None
        value = self.evaluator.value(transform(node, _own), place)
        return published(value, self.template.entry_decimals) if isinstance(value, Decimal) else value


def _own(node: Node) -> Node | None:
    """Return what is read of last year under its own name."""
    if isinstance(node, RowCell | ColumnRange):
        return type(node)(of_last_year(node.table) or node.table, node.column)
    if isinstance(node, LineCells):
        return LineCells(of_last_year(node.table) or node.table, node.first, node.last, node.column)
    return None
