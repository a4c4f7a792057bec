"""What entries do to formula cells: factors, measured by evaluating with other entries.

Forms are linear in amounts, so that one change of an entry tells its factor. Many entries are changed in
one evaluation, each by another power of a base, and the factors are the digits of what came of it; an
evaluation with other changes of all entries has to agree, else nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property, partial

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.rules.linear import Linear
from xlbudget.model import Cell, ColumnKind
from xlbudget.workbook.calculation.plan import Values

_BASE = 5  # factors from -2 to 2 times the least one
_TOGETHER = 16  # entries changed in one evaluation: the largest change keeps within exact floats
_MOST_EVALUATED = 60  # evaluations for one workbook
_MOST_ROWS = 60_000  # entry rows in all of them: those of a summary take longer
_PROOF = 7_919  # changes of the proof in steps, modulo a prime: without pattern, and the same every time
_PRIME = 99_991


def is_amount_entry(evidence: Evidence, cell: Cell) -> bool:
    """Whether a cell is one in which an amount is entered."""
    column = evidence.layout.column(cell.table, cell.column)
    return column is not None and column.entry and column.kind is ColumnKind.AMOUNT


class EntryEffects:
    """The entries of a workbook, and by which factors they move what is said of forms.

    ``cut_short`` says whether something was not measured because too many entries have to do with it.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.cut_short = False
        self._evaluated: dict[int, Values] = {}

    @cached_property
    def amounts(self) -> Mapping[Cell, Decimal]:
        """The amounts that are filled in."""
        return {cell: value for cell, value in self.evidence.entered.items() if isinstance(value, Decimal)}

    def over_entries(self, form: Linear) -> Linear | None:
        """Return a linear form over any cells as one over entries, or None when that cannot be measured."""
        groups = self._near(form)
        unknown = sum(1 for at in groups if at not in self._evaluated)
        if not self.evidence.plan.stepwise or len(self._evaluated) + unknown > self._most:
            self.cut_short = True
            return None
        now = form.value(self.evidence.recalculated)
        unit = self._unit(form)
        terms: dict[Cell, Decimal] = {}
        for at in groups:
            factors = self._factors(self._groups[at], form, self._values(at), now, unit)
            if factors is None:
                return None
            terms |= factors
        if not terms or not self._proven(form, terms, now):
            return None
        known = sum((factor * self.amounts.get(cell, 0) for cell, factor in terms.items()), Decimal(0))
        return Linear(terms, now - known)

    # ------------------------------------------------------------ evaluations

    @cached_property
    def _step(self) -> Decimal:
        return Decimal(1).scaleb(-self.evidence.template.entry_decimals)

    @cached_property
    def _most(self) -> int:
        """How many evaluations the workbook may have; each takes as long as it has rows."""
        rows = sum(map(len, self.evidence.submission.entries.values()))
        return min(_MOST_EVALUATED, _MOST_ROWS // max(rows, 1))

    @cached_property
    def _groups(self) -> Sequence[Sequence[Cell]]:
        """The entries that are changed together: of one column, so that few formulas are touched."""
        columns: dict[tuple[str, str], list[Cell]] = {}
        for cell in sorted(self.amounts):
            if is_amount_entry(self.evidence, cell):
                columns.setdefault((cell.table, cell.column), []).append(cell)
        return [
            cells[start : start + _TOGETHER]
            for cells in columns.values()
            for start in range(0, len(cells), _TOGETHER)
        ]

    def _near(self, form: Linear) -> list[int]:
        """Return the groups of entries in columns that the form's cells depend on."""
        plan = self.evidence.plan
        sources = {(cell.table, cell.column) for cell in form.terms}
        return [
            at
            for at, (first, *_) in enumerate(self._groups)
            if not sources.isdisjoint(plan.below(first.table, first.column))
        ]

    def _values(self, at: int) -> Values:
        if at not in self._evaluated:
            changes = {cell: self._step * _BASE**power for power, cell in enumerate(self._groups[at])}
            self._evaluated[at] = self.evidence.grown(changes)
        return self._evaluated[at]

    # ------------------------------------------------------------ factors

    def _unit(self, form: Linear) -> Decimal:
        """Return the least factor that an entry may have."""
        sizes = self.evidence.template.moneys
        return 1 / Decimal(max((sizes.get(self.evidence.money(cell), 1) for cell in form.terms), default=1))

    def _factors(
        self, cells: Sequence[Cell], form: Linear, values: Values, now: Decimal, unit: Decimal
    ) -> dict[Cell, Decimal] | None:
        """Return the factors of entries that were changed together; None when there are no such factors."""
        moved = form.value(partial(self.evidence.plan.decimals, values)) - now
        whole = moved / (self._step * unit)
        left = int(whole)
        if left != whole:
            return None
        factors = {}
        for cell in cells:
            digit = (left + _BASE // 2) % _BASE - _BASE // 2
            left = (left - digit) // _BASE
            if digit:
                factors[cell] = digit * unit
        return None if left else factors

    @cached_property
    def _proof(self) -> tuple[Mapping[Cell, Decimal], Values]:
        cells = [cell for group in self._groups for cell in group]
        changes = {cell: self._step * (at * _PROOF % _PRIME + 1) for at, cell in enumerate(cells)}
        return changes, self.evidence.grown(changes)

    def _proven(self, form: Linear, terms: Mapping[Cell, Decimal], now: Decimal) -> bool:
        changes, values = self._proof
        moved = form.value(partial(self.evidence.plan.decimals, values)) - now
        return moved == sum((factor * changes[cell] for cell, factor in terms.items()), Decimal(0))
