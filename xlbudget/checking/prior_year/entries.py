"""Figures of linked workbooks for a new one: what its definitions take over from last year's and others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.definitions.last_year_codes import new_codes
from xlbudget.model import LAST_YEAR, Cell, CellValue, EntryRow, EntrySheet, Formula, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.model.words import published
from xlbudget.workbook.language import ColumnRange, LineCells, Node, RowCell, transform
from xlbudget.workbook.linked_names import behind, leaves, linked_names, links_in, parted, rows_source
from xlbudget.workbook.names import Context, UnknownName, names_of


@dataclass(frozen=True, slots=True)
class LinkedEntries:
    """Rows by entry table (amounts in entry money), and why something is left empty."""

    rows: Mapping[str, tuple[EntryRow, ...]]
    remarks: tuple[str, ...] = ()


def linked_entries(
    template: WorkbookTemplate,
    linked: Mapping[str, Evidence | str],
    capacity: Mapping[str, int] | None = None,
) -> LinkedEntries:
    """Return what ``template`` takes over from a unit's linked workbooks, by link; or why there is none.

    Figures that their templates do not have, or that follow from unreadable entries, stay empty.
    Raises InputError when a table has too few rows for them.
    """
    known = {link: found for link, found in linked.items() if isinstance(found, Evidence)}
    source = _Sources(template, known)
    found: dict[str, tuple[EntryRow, ...]] = {}
    for entry in template.entries if known else ():
        rows = tuple(source.rows(entry))
        room = (capacity or {}).get(entry.id, entry.capacity)
        if entry.is_ledger and len(rows) > room:
            link, _ = rows_source(entry.prior_rows)
            raise InputError(
                f"单位 {known[link].submission.unit.code} {link}有 {len(rows)} 行，"
                f"“{entry.id}”只有 {room} 行；"
                f"请用 --rows {entry.id}={len(rows)} 增加行数。"
            )
        if rows:
            found[entry.id] = rows
    missing = tuple(reason for reason in linked.values() if isinstance(reason, str))
    return LinkedEntries(found, (*missing, *source.remarks))


def same_of_this_year(evidence: Evidence) -> dict[Cell, Decimal]:
    """Return what this year's workbook has where last year's amounts are typed (entry money), by their cells.

    It is what the next workbook would take over from this one.
    """
    source = _Sources(evidence.template, {LAST_YEAR: evidence})
    return {
        Cell(entry.id, row.row, key): value
        for entry in evidence.template.entries
        if entry.lines
        for row in source.rows(entry)
        for key, value in row.values.items()
        if isinstance(value, Decimal)
    }


class _Sources:
    """A unit's linked workbooks, read by the formulas of a template that refers to them."""

    def __init__(self, template: WorkbookTemplate, linked: Mapping[str, Evidence]) -> None:
        self.template, self.linked = template, linked
        names = {link: found.blueprint.names for link, found in linked.items()}
        self.names = linked_names(names_of(template), names)
        self.renamed = {link.name for link in template.links if link.renames}
        self.remarks: dict[str, None] = {}

    def rows(self, entry: EntrySheet) -> Iterator[EntryRow]:
        """Yield the rows of an entry table that come from linked workbooks."""
        for at, line in enumerate(entry.lines):
            values = self._values(line.prior, Context(), None)
            if values:
                yield EntryRow(at, values)
        link, ledger = rows_source(entry.prior_rows)
        if not ledger or link not in self.linked:
            return
        formulas = {column.key: column.prior for column in entry.columns if column.prior is not None}
        context = Context(behind(link, ledger))
        filled = self.linked[link].submission.entries.get(ledger, ())
        read = (self._values(formulas, context, Cell(ledger, row.row, "")) for row in filled)
        taken = (self._renamed(entry, values) if link in self.renamed else values for values in read)
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
            self.remarks[f"{LAST_YEAR}的编码 {value} {what}，“{entry.id}”的这些行请单位填写编码"] = None
        return renamed

    def _values(
        self, formulas: Mapping[str, Formula], context: Context, place: Cell | None
    ) -> dict[str, CellValue]:
        found = {key: self._value(formula, context, place) for key, formula in formulas.items()}
        return {key: value for key, value in found.items() if value not in (None, "")}

    def _value(self, formula: Formula, context: Context, place: Cell | None) -> CellValue:
        """Return what a formula makes of its linked workbook; None where it cannot, which is remarked.

        Of links whose workbooks nobody gave nothing is wanted.
        """
        own_row, _ = parted(context.table)
        named = links_in(formula.text, self.template.link_names) | ({own_row} if own_row else set())
        if len(named) != 1 or not named <= {*self.linked}:
            return None
        [link] = named
        try:
            node = self.names.bind(formula.text, context)
        except UnknownName as error:
            self.remarks[f"{link}的模板不同：{error}"] = None
            return None
        unknown = self.linked[link].unknown_columns
        if any((parted(leaf.table)[1], leaf.column) in unknown for leaf in leaves(node).get(link, ())):
            self.remarks[f"{link}工作簿中有读不出的录入数，依赖它的{link}数没有带入"] = None
            return None
        value = self.linked[link].evaluator.value(transform(node, _own), place)
        return published(value, self.template.entry_decimals) if isinstance(value, Decimal) else value


def _own(node: Node) -> Node | None:
    """Return what is read of a linked workbook under its own name."""
    if isinstance(node, RowCell | ColumnRange):
        return type(node)(parted(node.table)[1], node.column)
    if isinstance(node, LineCells):
        return LineCells(parted(node.table)[1], node.first, node.last, node.column)
    return None
