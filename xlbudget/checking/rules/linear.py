"""Every instance of a template's rules as two linear forms over cells.

What a rule says about amounts is linear: a sum of cells times constants on either side. Keys (codes,
names, levels, kinds of unit), counts and premises are known values, read from the workbook; amounts
stay variables. So the same statement that is evaluated in decimals can be asked «by how much could
this cell change», «which intervals do the two sides have» or handed to a linear program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from xlbudget.checking.rules.formula_values import Reader
from xlbudget.checking.rules.instances import Evaluator, Instances
from xlbudget.model import Cell, CellValue, ColumnKind, Rule
from xlbudget.workbook.blueprint import Blueprint


class NotLinear(ValueError):
    """A formula multiplies two unknown amounts or decides by one; the message is in Chinese."""


@dataclass(frozen=True, slots=True)
class Linear:
    """Σ coefficient · cell + constant, in the money of the cells; no coefficient is zero."""

    terms: Mapping[Cell, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    constant: Decimal = Decimal(0)

    def __add__(self, other: Linear) -> Linear:
        return total((self, other))

    def __sub__(self, other: Linear) -> Linear:
        return total((self, other * Decimal(-1)))

    def __mul__(self, factor: Decimal) -> Linear:
        if not factor:
            return Linear()
        terms = {cell: coefficient * factor for cell, coefficient in self.terms.items()}
        return Linear(terms, self.constant * factor)

    def __truediv__(self, divisor: Decimal) -> Linear:
        """Divide term by term, as the decimals would be (zero for a division by zero, as in rules)."""
        if not divisor:
            return Linear()
        terms = {cell: coefficient / divisor for cell, coefficient in self.terms.items()}
        return Linear(terms, self.constant / divisor)

    def value(self, reader: Reader) -> Decimal:
        """Return the value that the cells give it; what is no number counts as zero."""
        result = self.constant
        for cell, coefficient in self.terms.items():
            value = reader(cell)
            if isinstance(value, Decimal):
                result += coefficient * value
        return result

    @property
    def single(self) -> Cell | None:
        """The cell that this is, when it is nothing but one cell."""
        if len(self.terms) != 1 or self.constant:
            return None
        [(cell, coefficient)] = self.terms.items()
        return cell if coefficient == 1 else None


@dataclass(frozen=True, slots=True)
class LinearInstance:
    """One instance of a rule: ``left operator right``, the cell by which it is found, its column (if any).

    Agrees with the :class:`~xlbudget.checking.rules.instances.Sides` of the same place in the same order.
    """

    rule: Rule
    left: Linear
    operator: str
    right: Linear
    cell: Cell | None
    column: str

    @property
    def same_fact(self) -> bool:
        """Whether two single cells are said to be equal: the same fact, shown twice."""
        return self.operator == "=" and self.left.single is not None and self.right.single is not None

    @property
    def cells(self) -> frozenset[Cell]:
        """The amount cells that take part."""
        return frozenset((*self.left.terms, *self.right.terms))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A rule without linear instances, and why (in Chinese): its premise is false, or it is not linear."""

    rule: Rule
    reason: str


@dataclass(frozen=True, slots=True)
class LinearRules:
    """All instances in the order of the rules, and the rules that have none."""

    instances: tuple[LinearInstance, ...]
    left_out: tuple[LeftOut, ...]


def linear_rules(
    blueprint: Blueprint,
    reader: Reader,
    rules: Iterable[Rule],
    variable: Callable[[Cell], bool] | None = None,
) -> LinearRules:
    """Return every instance of ``rules`` over the cells that ``reader`` knows.

    ``variable`` says which cells are variables; by default the amounts of every line in use (see
    :func:`amounts_in_use`), whether blank or not. All other cells are known values.
    """
    values = Evaluator(blueprint, reader)
    forms = _LinearEvaluator(blueprint, reader, variable or amounts_in_use(blueprint, reader))
    instances: list[LinearInstance] = []
    left_out: list[LeftOut] = []
    for rule in rules:
        if rule.off is not None or not values.applies(rule):
            left_out.append(LeftOut(rule, str(rule.off) if rule.off else values.why_not(rule)))
            continue
        try:
            found = [
                LinearInstance(rule, part.left, part.operator, part.right, part.cell, part.column)
                for part in forms.stated(rule)
            ]
        except NotLinear as error:
            left_out.append(LeftOut(rule, str(error)))
            continue
        if not found:
            left_out.append(LeftOut(rule, "没有可核对的行"))
        instances += found
    return LinearRules(tuple(instances), tuple(left_out))


def linear_instances(blueprint: Blueprint, reader: Reader, rules: Iterable[Rule]) -> Iterator[LinearInstance]:
    """Yield every instance of ``rules``; :func:`linear_rules` also says which rules have none, and why."""
    yield from linear_rules(blueprint, reader, rules).instances


def amounts_in_use(blueprint: Blueprint, reader: Reader) -> Callable[[Cell], bool]:
    """Return the test whether a cell is an amount of a fixed line or of an open row that is in use.

    An open row of a form is in use when its key is there; a row of a ledger when any cell of it is
    that is not an amount (ordinals do not count). What only joining fills in is no variable.
    """
    template, layout = blueprint.template, blueprint.layout
    keys: dict[str, tuple[str, ...]] = {panel.id: (panel.key,) for _, panel in template.panels}
    for entry in template.entries:
        keys[entry.id] = tuple(
            column.key for column in entry.columns if column.entry and column.kind is not ColumnKind.AMOUNT
        )
    filled = {(entry.id, key) for entry in template.entries for key in entry.department_only}
    fixed = {table: frozenset(placed.lines.values()) for table, placed in layout.tables.items()}
    seen: dict[tuple[str, int], bool] = {}

    def in_use(table: str, row: int) -> bool:
        if row in fixed[table] or table not in keys:
            return True
        return any(reader(Cell(table, row, key)) not in (None, "") for key in keys[table])

    def variable(cell: Cell) -> bool:
        column = layout.column(cell.table, cell.column)
        if column is None or column.kind is not ColumnKind.AMOUNT or (cell.table, cell.column) in filled:
            return False
        place = cell.table, cell.row
        if place not in seen:
            seen[place] = in_use(*place)
        return seen[place]

    return variable


def total(parts: Iterable[Linear]) -> Linear:
    """Return the sum of linear forms."""
    terms: dict[Cell, Decimal] = {}
    constant = Decimal(0)
    for part in parts:
        constant += part.constant
        for cell, coefficient in part.terms.items():
            terms[cell] = terms.get(cell, Decimal(0)) + coefficient
    return Linear({cell: coefficient for cell, coefficient in terms.items() if coefficient}, constant)


class _LinearEvaluator(Instances[Linear]):
    """Rules with linear forms in place of amounts."""

    def __init__(self, blueprint: Blueprint, reader: Reader, variable: Callable[[Cell], bool]) -> None:
        def read(cell: Cell) -> CellValue | Linear:
            return Linear({cell: Decimal(1)}) if variable(cell) else reader(cell)

        super().__init__(blueprint, read)

    def number(self, value: CellValue | Linear) -> Linear:
        if isinstance(value, Linear):
            return value
        return Linear(constant=value) if isinstance(value, Decimal) else Linear()

    def known(self, value: CellValue | Linear) -> Decimal:
        form = self.number(value)
        if form.terms:
            raise NotLinear("不是金额的线性关系（按金额取舍或两个金额相乘）")
        return form.constant

    def total(self, amounts: Iterable[Linear]) -> Linear:
        return total(amounts)

    def combined(self, operator: str, left: Linear, right: Linear) -> Linear:
        if operator == "+":
            return left + right
        if operator == "-":
            return left - right
        if operator == "/":
            return left / self.known(right)
        return right * self.known(left) if not left.terms else left * self.known(right)
