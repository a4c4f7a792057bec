"""One workbook's values, column by column: look-ups over ranges, running counts, and what changed.

A :class:`Run` without a base computes every row of every formula. With the run of the blank workbook as
its base it computes only the rows that can differ from it: those that read a changed cell, whose
key has another sum or position, or that read a range with a change in it. Both ways give the same
values, since one and the same code computes a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from xlbudget.workbook.calculation.formula_reads import Area, Formulas, Key, Lookup
from xlbudget.workbook.calculation.odd_rows import odd_row
from xlbudget.workbook.calculation.range_functions import FUNCTIONS
from xlbudget.workbook.calculation.row_functions import each_row
from xlbudget.workbook.calculation.shapes import ROW_FUNCTIONS
from xlbudget.workbook.calculation.values import (
    Column,
    Each,
    Table,
    constant_of,
    folded,
    folded_key,
    is_same,
    is_summand,
    plus,
    summand,
)
from xlbudget.workbook.formula_groups import FormulaGroup
from xlbudget.workbook.language import Call, LineCells, Node, Number, RowCell, Text


class Run:
    """The evaluation of one workbook: columns fill up group by group.

    ``columns`` are the constants, or the columns of ``base``, which are copied before they are
    written to; ``changed`` are the rows that differ from the base.
    """

    def __init__(self, formulas: Formulas, columns: dict[Key, Column], base: Run | None = None) -> None:
        self.formulas = formulas
        self.columns = columns
        self.base = base
        self.changed: dict[Key, set[int]] = {}
        self.rows: Sequence[int] = ()
        self._tables: dict[Any, Table] = {}
        self._keys: dict[tuple[Area, ...], Sequence[Any]] = {}
        self._changed_keys: dict[Any, frozenset[Any]] = {}
        self._numbers: dict[Area, Sequence[int]] = {}
        self._users: dict[tuple[int, int], dict[Any, list[int]] | None] = {}
        self._increments: dict[int, Mapping[int, Any]] = {}

    def put(self, key: Key, row: int, value: Any) -> None:
        """Set one value."""
        column = self.columns[key]
        if self.base is not None:
            if is_same(column[row], value):
                return
            rows = self.changed.setdefault(key, set())
            if not rows:
                column = self.columns[key] = column.copy()
            rows.add(row)
        column[row] = value

    def step(self, group: FormulaGroup, fixed: Mapping[int, Any] | None = None) -> None:
        """Compute the rows of a group that can differ from the base; ``fixed`` stands in place of some."""
        rows = self._affected(group)
        own = {row: value for row, value in fixed.items() if row in group.rows} if fixed else {}
        if not rows and not own:
            return
        if self.formulas.reads[id(group)].running:
            each: Sequence[Any] = self._totals(self._incremented(group, rows), own)
            self.rows = group.rows
        else:
            self.rows = sorted({*rows, *own})
            each = self.listed(self.value(group.node))
        if own:
            each = [own.get(row, value) for row, value in zip(self.rows, each, strict=True)]
        self._put_all((group.table, group.column), self.rows, each)

    def _put_all(self, key: Key, rows: Sequence[int], values: Sequence[Any]) -> None:
        """Set values in some rows of a column, as :meth:`put` does one by one."""
        column = self.columns[key]
        fresh = [
            (row, value)
            for row, value in zip(rows, values, strict=True)
            if type(value) is not type(column[row]) or value != column[row]
        ]
        if not fresh:
            return
        if self.base is not None:
            changed = self.changed.setdefault(key, set())
            if not changed:
                column = self.columns[key] = column.copy()
            changed.update([row for row, _ in fresh])
        for row, value in fresh:
            column[row] = value

    # ------------------------------------------------------ what can differ

    def _affected(self, group: FormulaGroup) -> Iterable[int]:
        """Return the rows of a group whose value may differ from the base's."""
        changed = self.changed
        if self.base is None:
            return group.rows
        if not changed:
            return ()
        reads, own = self.formulas.reads[id(group)], self.formulas.rows[id(group)]
        for area in reads.areas:
            if self._touched(area):
                return group.rows
        rows: set[int] = set()
        for key in reads.cells:
            if key in changed:
                rows |= changed[key] & own
        for lookup in reads.lookups:
            rows.update(self._by_key(self.base, group, lookup))
        for area, position in reads.fetches:
            rows.update(self._by_position(self.base, group, area, position))
        return rows

    def _by_key(self, base: Run, group: FormulaGroup, lookup: Lookup) -> Iterable[int]:
        """Return the rows of a group whose key finds something else than in the base."""
        keys = self._keys_changed(lookup)
        if not keys:
            return ()
        users = base.users(group, lookup)
        return group.rows if users is None else [row for key in keys for row in users.get(key, ())]

    def _by_position(self, base: Run, group: FormulaGroup, area: Area, position: Node) -> Iterable[int]:
        """Return the rows of a group that fetch a changed cell of a range."""
        touched = self._touched(area)
        if not touched or not isinstance(position, RowCell):
            return group.rows if touched else ()
        column, start = base.columns[position.table, position.column], area.rows.start - 1
        places = {float(row - start) for row in touched}
        return [row for row in group.rows if column[row] in places]

    def _touched(self, area: Area) -> Iterable[int]:
        """Return the changed rows of a range."""
        rows = self.changed.get(area.key)
        if not rows or (area.rows.start == 0 and area.rows.stop == len(self.columns[area.key])):
            return rows or ()
        return [row for row in rows if row in area.rows]

    def _keys_changed(self, lookup: Lookup) -> frozenset[Any]:
        """Return the keys for which a look-up finds something else than in the base."""
        memo = lookup.table
        known = self._changed_keys.get(memo)
        if known is not None:
            return known
        keys: frozenset[Any] = frozenset()
        if self.base is not None and any(self._touched(area) for area in _areas(lookup)):
            ours, theirs = self.table(lookup), self.base.table(lookup)
            keys = frozenset(key for key, found in ours.items() if found != theirs.get(key, 0.0))
            keys |= {key for key in theirs.keys() - ours.keys() if theirs[key] != 0.0}
        self._changed_keys[memo] = keys
        return keys

    def users(self, group: FormulaGroup, lookup: Lookup) -> dict[Any, list[int]] | None:
        """Return the rows of a group by the key that they look up; None where a key is itself computed."""
        memo = id(group), id(lookup)
        if memo not in self._users:
            self._users[memo] = self._rows_by_key(group, lookup)
        return self._users[memo]

    def _rows_by_key(self, group: FormulaGroup, lookup: Lookup) -> dict[Any, list[int]] | None:
        if not all(isinstance(part, RowCell | Text | Number) for part in lookup.wanted):
            return None
        found: dict[Any, list[int]] = {}
        for row in group.rows:
            key = [
                self.columns[part.table, part.column][row] if isinstance(part, RowCell) else constant_of(part)
                for part in lookup.wanted
            ]
            found.setdefault(folded_key(key), []).append(row)
        return found

    # -------------------------------------------------------------- values

    def _incremented(self, group: FormulaGroup, rows: Iterable[int]) -> Mapping[int, Any]:
        """Return what a running total adds in each row of a group, computed anew in some of them."""
        increments = {} if self.base is None else dict(self.base._increments_of(group))
        self.rows = sorted(rows)
        increments.update(zip(self.rows, self.listed(self.value(group.node)), strict=True))
        self._increments[id(group)] = increments
        return increments

    def _increments_of(self, group: FormulaGroup) -> Mapping[int, Any]:
        known = self._increments.get(id(group))
        if known is None:
            known = self._incremented(group, () if self.base is not None else group.rows)
        return known

    def _totals(self, increments: Mapping[int, Any], fixed: Mapping[int, Any]) -> list[Any]:
        """Add up from the first row; a fixed value starts the count anew, an error stays."""
        if not fixed and set(map(type, increments.values())) == {float}:
            return list(accumulate(increments.values()))
        total: Any = 0.0
        result = []
        for row, increment in increments.items():
            total = plus(total, summand(increment))
            known = fixed.get(row)
            if known is not None:
                total = summand(known)
            result.append(total)
        return result

    def value(self, node: Node) -> Any:
        """Return the value of a node: one for each row being computed, or one for all."""
        if isinstance(node, Number):
            return float(node.value)
        if isinstance(node, Text):
            return node.value
        if isinstance(node, RowCell):
            column = self.columns[node.table, node.column]
            return Each([column[row] for row in self.rows])
        if isinstance(node, LineCells):
            area = self.formulas.area(node)
            return self.columns[area.key][area.rows.start]
        if isinstance(node, Call) and node.function not in ROW_FUNCTIONS:
            return FUNCTIONS[node.function](self, node)
        return self._operation(node)

    def listed(self, value: Any) -> Sequence[Any]:
        """Return a value for each row being computed."""
        return value if isinstance(value, Each) else [value] * len(self.rows)

    def _operation(self, node: Node) -> Any:
        """Evaluate operators, IF, IFERROR and ABS: ordinary rows quickly, all others with care."""
        shape = self.formulas.shapes.of(node)
        values = [self.value(leaf) for leaf in shape.leaves]
        spread = any(isinstance(value, Each) for value in values)
        count = len(self.rows) if spread else 1
        columns = [value if isinstance(value, Each) else [value] * count for value in values]
        result, left = each_row(shape.function, columns, count)
        for at in left:
            operands = [column[at] for column in columns]
            result[at] = odd_row(shape.node, dict(zip(shape.letters, operands, strict=True)))
        return Each(result) if spread else result[0]

    # ------------------------------------------------------------- look-ups

    def number_rows(self, area: Area) -> Sequence[int]:
        """Return the rows of a range, in order, with an error or a number other than 0, and perhaps more."""
        known = self._numbers.get(area)
        if known is None:
            if self.base is None:
                column = self.columns[area.key]
                known = [row for row in area.rows if is_summand(column[row]) and column[row]]
            else:
                known = self.base.number_rows(area)
                touched = self._touched(area)
                if touched:
                    known = sorted({*known, *touched})
            self._numbers[area] = known
        return known

    def found(self, lookup: Lookup, otherwise: Any) -> Any:
        """Return what a look-up finds for its wanted keys; ``otherwise`` for those that are not there."""
        table = self.table(lookup)
        wanted = [self.value(part) for part in lookup.wanted]
        if not any(isinstance(part, Each) for part in wanted):
            return table.get(folded_key(wanted), otherwise)
        keys = zip(*(folded(self.listed(part)) for part in wanted), strict=True)
        return Each([table.get(key, otherwise) for key in keys])

    def table(self, lookup: Lookup) -> Table:
        """Return what a look-up finds, by key."""
        memo = lookup.table
        known = self._tables.get(memo)
        if known is None:
            if self.base is not None and not any(self._touched(area) for area in _areas(lookup)):
                known = self.base.table(lookup)
            else:
                known = _TABLES[lookup.kind](self, lookup)
            self._tables[memo] = known
        return known

    def _sums(self, lookup: Lookup) -> Table:
        if lookup.amounts is None:
            raise TypeError("SUMIFS without amounts")
        amounts, first = self.columns[lookup.amounts.key], lookup.amounts.rows.start
        keys = self._keys_of(lookup.columns)
        sums: Table = {}
        rows = self.number_rows(lookup.amounts)
        added = [amounts[row] for row in rows]
        if set(map(type, added)) == {float}:
            for row, amount in zip(rows, added, strict=True):
                key = keys[row - first]
                sums[key] = sums.get(key, 0.0) + amount
            return sums
        for row, amount in zip(rows, added, strict=True):
            if is_summand(amount):
                sums[keys[row - first]] = plus(sums.get(keys[row - first], 0.0), amount)
        return sums

    def _keys_of(self, areas: tuple[Area, ...]) -> Sequence[Any]:
        """Return the keys that stand side by side in some ranges, from their first rows."""
        known = self._keys.get(areas)
        if known is None:
            if self.base is not None and not any(self._touched(area) for area in areas):
                known = self.base._keys_of(areas)
            else:
                columns = [self.columns[area.key][area.rows.start : area.rows.stop] for area in areas]
                known = list(zip(*map(folded, columns), strict=True))
            self._keys[areas] = known
        return known

    def _counts(self, lookup: Lookup) -> Table:
        area = lookup.columns[0]
        column = self.columns[area.key]
        if self.base is None:
            counts: Table = {}
            for row in area.rows:
                key = folded_key((column[row],))
                counts[key] = counts.get(key, 0.0) + 1.0
            return counts
        counts = dict(self.base.table(lookup))
        before = self.base.columns[area.key]
        for row in self._touched(area):
            for key, step in ((folded_key((before[row],)), -1.0), (folded_key((column[row],)), 1.0)):
                counts[key] = counts.get(key, 0.0) + step
        return counts

    def _positions(self, lookup: Lookup) -> Table:
        area = lookup.columns[0]
        column = self.columns[area.key]
        first: Table = {}
        for at, row in enumerate(area.rows, 1):
            first.setdefault(folded_key((column[row],)), float(at))
        return first


_TABLES: Mapping[str, Callable[[Run, Lookup], Table]] = {
    "SUMIFS": Run._sums,
    "COUNTIF": Run._counts,
    "MATCH": Run._positions,
}


def _areas(lookup: Lookup) -> tuple[Area, ...]:
    return lookup.columns if lookup.amounts is None else (lookup.amounts, *lookup.columns)
