"""One workbook's values, column by column: look-ups over ranges, running counts, and what changed.

A :class:`Run` without a base computes every row of every formula. With the run of the blank workbook as
its base it computes only the rows that can differ from it: those that read a changed cell, whose
key has another sum or position, or that read a range with a change in it. Both ways give the same
values, since one and the same code computes a row.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from itertools import accumulate
from typing import Any

from xlbudget.model import ErrorValue
from xlbudget.workbook.blueprint import FormulaGroup
from xlbudget.workbook.calculation.formula_reads import Area, Formulas, Guard, Key, Lookup
from xlbudget.workbook.calculation.odd_rows import odd_row
from xlbudget.workbook.calculation.row_functions import each_row
from xlbudget.workbook.calculation.shapes import ROW_FUNCTIONS
from xlbudget.workbook.language import Call, ColumnRange, LineCells, Node, Number, RowCell, Text

Column = list[Any]
"""The values of a column: float, text, bool, None or ErrorValue, one item a row."""

Table = dict[Any, float]
"""What a look-up finds for a key: a sum, a count or a position from 1."""


_MISSING, _NO_VALUE, _NO_CELL = ErrorValue("#N/A"), ErrorValue("#VALUE!"), ErrorValue("#REF!")


class Each(list[Any]):
    """One value for each row being computed, as against one value for all of them."""

    __slots__ = ()


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
        self._constant_rows: dict[int, frozenset[int]] = {}
        self._increments: dict[int, Mapping[int, Any]] = {}

    def put(self, key: Key, row: int, value: Any) -> None:
        """Set one value."""
        column = self.columns[key]
        if self.base is not None:
            if _same(column[row], value):
                return
            rows = self.changed.setdefault(key, set())
            if not rows:
                column = self.columns[key] = column.copy()
            rows.add(row)
        column[row] = value

    def step(self, group: FormulaGroup, fixed: Mapping[int, Any] | None = None) -> None:
        """Compute the rows of a group that can differ from the base; ``fixed`` stands in place of some."""
        rows = self._open(group, self._affected(group))
        own = {row: value for row, value in fixed.items() if row in group.rows} if fixed else {}
        if not rows and not own:
            return
        if self.formulas.reads[id(group)].running:
            each: Sequence[Any] = self._totals(self._incremented(group, rows), own)
            self.rows = group.rows
        else:
            self.rows = sorted({*rows, *own})
            each = self._listed(self.value(group.node))
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

    def _open(self, group: FormulaGroup, rows: Iterable[int]) -> Iterable[int]:
        """Return those of some rows whose value is not the same constant as in the base for certain."""
        guard = self.formulas.guards.get(id(group))
        if guard is None or self.base is None or not rows:
            return rows
        shut = self._shut(group, guard)
        return [row for row in rows if row not in shut] if shut else rows

    def _shut(self, group: FormulaGroup, guard: Guard) -> frozenset[int]:
        """Return rows of a group in which its guard makes it a constant, perhaps not all of them."""
        known = self._constant_rows.get(id(group))
        if known is None:
            if self.base is None:
                self.rows = group.rows
                held = zip(self.rows, self._listed(self.value(guard.condition)), strict=True)
                known = frozenset(row for row, value in held if value is guard.shut)
            else:
                known = self.base._shut(group, guard)
                known = known.difference(*(self.changed[key] for key in guard.cells if key in self.changed))
            self._constant_rows[id(group)] = known
        return known

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
                self.columns[part.table, part.column][row] if isinstance(part, RowCell) else _constant(part)
                for part in lookup.wanted
            ]
            found.setdefault(_folded_key(key), []).append(row)
        return found

    # -------------------------------------------------------------- values

    def _incremented(self, group: FormulaGroup, rows: Iterable[int]) -> Mapping[int, Any]:
        """Return what a running total adds in each row of a group, computed anew in some of them."""
        increments = {} if self.base is None else dict(self.base._increments_of(group))
        self.rows = sorted(rows)
        increments.update(zip(self.rows, self._listed(self.value(group.node)), strict=True))
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
            total = _plus(total, _summand(increment))
            known = fixed.get(row)
            if known is not None:
                total = _summand(known)
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
            return _FUNCTIONS[node.function](self, node)
        return self._operation(node)

    def _listed(self, value: Any) -> Sequence[Any]:
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

    def _number_rows(self, area: Area) -> Sequence[int]:
        """Return the rows of a range, in order, with an error or a number other than 0, and perhaps more."""
        known = self._numbers.get(area)
        if known is None:
            if self.base is None:
                column = self.columns[area.key]
                known = [row for row in area.rows if _is_summand(column[row]) and column[row]]
            else:
                known = self.base._number_rows(area)
                touched = self._touched(area)
                if touched:
                    known = sorted({*known, *touched})
            self._numbers[area] = known
        return known

    def sum(self, node: Call) -> Any:
        """SUM: numbers of ranges, and single values; the first error among them is the sum."""
        fixed: Any = 0.0
        each: list[Any] | None = None
        for part in node.arguments:
            if isinstance(part, ColumnRange | LineCells):
                area = self.formulas.area(part)
                column = self.columns[area.key]
                values = [column[row] for row in self._number_rows(area)]
                fixed = _plus(fixed, _total(values))
                continue
            value = self.value(part)
            if isinstance(value, Each):
                olds = each or [0.0] * len(self.rows)
                each = [_plus(old, _summand(new)) for old, new in zip(olds, value, strict=True)]
            else:
                fixed = _plus(fixed, _summand(value))
        return fixed if each is None else Each([_plus(fixed, value) for value in each])

    def looked_up(self, node: Call) -> Any:
        """SUMIFS and COUNTIF: what the table of sums or counts holds for the wanted key."""
        return self._found(self.formulas.lookups[id(node)], 0.0)

    def match(self, node: Call) -> Any:
        """MATCH: the first position of the wanted key; no error is ever found."""
        return self._found(self.formulas.lookups[id(node)], _MISSING)

    def _found(self, lookup: Lookup, otherwise: Any) -> Any:
        table = self.table(lookup)
        wanted = [self.value(part) for part in lookup.wanted]
        if not any(isinstance(part, Each) for part in wanted):
            return table.get(_folded_key(wanted), otherwise)
        keys = zip(*(_folded(self._listed(part)) for part in wanted), strict=True)
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
        rows = self._number_rows(lookup.amounts)
        added = [amounts[row] for row in rows]
        if set(map(type, added)) == {float}:
            for row, amount in zip(rows, added, strict=True):
                key = keys[row - first]
                sums[key] = sums.get(key, 0.0) + amount
            return sums
        for row, amount in zip(rows, added, strict=True):
            if _is_summand(amount):
                sums[keys[row - first]] = _plus(sums.get(keys[row - first], 0.0), amount)
        return sums

    def _keys_of(self, areas: tuple[Area, ...]) -> Sequence[Any]:
        """Return the keys that stand side by side in some ranges, from their first rows."""
        known = self._keys.get(areas)
        if known is None:
            if self.base is not None and not any(self._touched(area) for area in areas):
                known = self.base._keys_of(areas)
            else:
                columns = [self.columns[area.key][area.rows.start : area.rows.stop] for area in areas]
                known = list(zip(*map(_folded, columns), strict=True))
            self._keys[areas] = known
        return known

    def _counts(self, lookup: Lookup) -> Table:
        area = lookup.columns[0]
        column = self.columns[area.key]
        if self.base is None:
            counts: Table = {}
            for row in area.rows:
                key = _folded_key((column[row],))
                counts[key] = counts.get(key, 0.0) + 1.0
            return counts
        counts = dict(self.base.table(lookup))
        before = self.base.columns[area.key]
        for row in self._touched(area):
            for key, step in ((_folded_key((before[row],)), -1.0), (_folded_key((column[row],)), 1.0)):
                counts[key] = counts.get(key, 0.0) + step
        return counts

    def _positions(self, lookup: Lookup) -> Table:
        area = lookup.columns[0]
        column = self.columns[area.key]
        first: Table = {}
        for at, row in enumerate(area.rows, 1):
            first.setdefault(_folded_key((column[row],)), float(at))
        return first

    def index(self, node: Call) -> Any:
        """INDEX: the cell of a range at a position."""
        area = self.formulas.area(node.arguments[0])
        column, start, count = self.columns[area.key], area.rows.start - 1, len(area.rows)
        positions = self.value(node.arguments[1])

        def at(position: Any) -> Any:
            if type(position) is float and 1 <= position <= count:
                return column[start + int(position)]
            if not _is_number(position):
                return position if isinstance(position, ErrorValue) else _NO_VALUE
            if not 1 <= position <= count:
                return _NO_VALUE if position < 1 else _NO_CELL
            return column[start + int(position)]

        if isinstance(positions, Each):
            return Each([at(position) for position in positions])
        return at(positions)

    def every(self, node: Call) -> Any:
        """AND, row by row."""
        return self._logical(node, all)

    def some(self, node: Call) -> Any:
        """OR, row by row."""
        return self._logical(node, any)

    def _logical(self, node: Call, decide: Callable[[Any], bool]) -> Any:
        parts = [self.value(part) for part in node.arguments]
        if not any(isinstance(part, Each) for part in parts):
            return _decided(parts, decide)
        rows = zip(*(self._listed(part) for part in parts), strict=True)
        return Each([_decided(row, decide) for row in rows])

    def prior(self, _node: Call) -> Any:
        """Stand for 0: the running total is added in :meth:`step`."""
        return 0.0

    def last(self, node: Call) -> Any:
        """LAST: the last cell of a column."""
        area = self.formulas.area(node.arguments[0])
        return self.columns[area.key][area.rows[-1]]

    def rows_available(self, node: Call) -> Any:
        """CAPACITY: how many rows a table has."""
        name = node.arguments[0]
        return float(self.formulas.capacity[name.value]) if isinstance(name, Text) else 0.0


_FUNCTIONS: Mapping[str, Callable[[Run, Call], Any]] = {
    "SUM": Run.sum,
    "SUMIFS": Run.looked_up,
    "COUNTIF": Run.looked_up,
    "MATCH": Run.match,
    "INDEX": Run.index,
    "AND": Run.every,
    "OR": Run.some,
    "PRIOR": Run.prior,
    "LAST": Run.last,
    "CAPACITY": Run.rows_available,
}

_TABLES: Mapping[str, Callable[[Run, Lookup], Table]] = {
    "SUMIFS": Run._sums,
    "COUNTIF": Run._counts,
    "MATCH": Run._positions,
}


def _constant(node: Node) -> Any:
    return float(node.value) if isinstance(node, Number) else node.value if isinstance(node, Text) else None


def _areas(lookup: Lookup) -> tuple[Area, ...]:
    return lookup.columns if lookup.amounts is None else (lookup.amounts, *lookup.columns)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _folded(values: Iterable[Any]) -> list[Any]:
    """Return a column of keys as Excel compares them."""
    return [value.lower() if type(value) is str else value for value in values]


def _folded_key(parts: Iterable[Any]) -> Any:
    """Return a key as Excel compares it: texts without regard to case, empty cells and errors apart."""
    return tuple(_folded(parts))


def _is_number(value: Any) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)


def _is_summand(value: Any) -> bool:
    return _is_number(value) or isinstance(value, ErrorValue)


def _summand(value: Any) -> Any:
    """Return what a value adds to a sum: itself, if it is a number or an error, else nothing."""
    return value if _is_summand(value) else 0.0


def _plus(one: Any, other: Any) -> Any:
    """Add two numbers; an error is the sum, the first of two."""
    if isinstance(one, ErrorValue):
        return one
    return other if isinstance(other, ErrorValue) else one + other


def _total(values: list[Any]) -> Any:
    """Return the sum of the numbers among values, or the first error."""
    kinds = set(map(type, values))
    if ErrorValue in kinds:
        return next(value for value in values if type(value) is ErrorValue)
    return added(values if kinds <= {float} else [value for value in values if _is_number(value)])


def added(numbers: Iterable[float]) -> float:
    """Return the sum of floats added one after another from the first, as spreadsheet programs do.

    The builtin ``sum`` compensates for lost digits since Python 3.12: with it the same workbook had other
    last digits under another Python.
    """
    return reduce(operator.add, numbers, 0.0)


def _decided(parts: Iterable[Any], decide: Callable[[Any], bool]) -> Any:
    parts = list(parts)
    for part in parts:
        if isinstance(part, ErrorValue):
            return part
    return decide(bool(part) for part in parts)
