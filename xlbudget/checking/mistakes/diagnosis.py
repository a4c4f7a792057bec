"""Broken rules → mistakes: which cell is likely wrong, what should stand there, by which slip.

A rule that does not hold says only that some of its cells are wrong. :func:`diagnose` asks for the
smallest repair of all broken rules together, and orders equally small ones by what a known slip
explains. One :class:`Mistake` is one finding: the rules it breaks are its evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from xlbudget.checking.mistakes.repair import Constraint, Effort, Localization, Range, System, localize
from xlbudget.checking.mistakes.repair.blocks import MovedBlock
from xlbudget.checking.mistakes.repair.search import substitutes
from xlbudget.checking.mistakes.slips import Neighbourhood, Slip, SlipReading, slip_between
from xlbudget.checking.rules.linear import LinearInstance
from xlbudget.model import Cell, Rule, Severity

_UNEXPLAINED = len(Slip)
_NEAR, _FAR = Decimal("0.15"), Decimal("0.5")  # parts of last year's amount: what stays, and what stands out


@dataclass(frozen=True, slots=True)
class Suspect:
    """A cell whose change alone repairs what a mistake broke.

    ``stored`` stands there, ``meant`` is what may stand there instead, ``slip`` what turns one into the
    other (None: no slip that we know), ``last_year`` what stood there last year, if that is known.
    """

    cell: Cell
    stored: Decimal
    meant: Range
    slip: SlipReading | None = None
    last_year: Decimal | None = None

    @property
    def value(self) -> Decimal | None:
        """The value to put there, when it is determined: by the rules, else by the slip."""
        if self.meant.only is not None or self.slip is None:
            return self.meant.only
        return self.slip.meant

    @property
    def rank(self) -> int:
        """The likelihood of its slip, the likeliest first; the last place without one.

        An amount out of line with last year's, whose repair is in line with it, comes before all others.
        """
        rank = self.slip.slip.rank if self.slip is not None else _UNEXPLAINED
        return rank - _UNEXPLAINED - 1 if self.as_last_year else rank

    @property
    def likelihood(self) -> tuple[int, bool, int]:
        """By what suspects are ordered, the likeliest first; equal ones are not told apart by anything."""
        return self.rank, not self.stored, self.roughness

    @property
    def likely(self) -> bool:
        """Whether a slip or last year's amount speaks for it."""
        return self.slip is not None or self.as_last_year

    @property
    def as_last_year(self) -> bool:
        """Whether what should stand there is near last year's amount, and what stands there is not."""
        if not self.last_year or self.value is None:
            return False
        near, far = (abs(amount / self.last_year - 1) for amount in (self.value, self.stored))
        return near <= _NEAR and far >= _FAR

    @property
    def kept(self) -> bool:
        """Whether last year's amount stands there; no sign by itself: many amounts stay as they were."""
        return bool(self.last_year) and self.stored == self.last_year

    @property
    def roughness(self) -> int:
        """By how many digits the amount would be less round than what stands there; budgets are round."""
        return _digits(self.value) - _digits(self.stored) if self.value is not None else 0


def _digits(amount: Decimal) -> int:
    return len(amount.normalize().as_tuple().digits)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: the cells that may have been it, the likeliest first, and the rules that it breaks.

    There is at least one broken rule; the first, one of the gravest, is the one that it is reported by.
    ``along`` are cells wrong by the same mistake as the first suspect (a block pasted one line off).
    ``balancing`` are cells that break nothing by themselves, and must change with the first suspect so that
    what holds goes on holding. ``complete`` is False when further cells might be it as well.
    ``repair`` are the amounts of all cells of a block, where the mistake itself says what they should be.
    ``instead`` are whole repairs by several other cells that do as well as the one that this mistake is part
    of, the likeliest first; ``alike`` of them are as likely as it is.
    """

    suspects: tuple[Suspect, ...]
    broken: tuple[LinearInstance, ...]
    complete: bool = True
    along: tuple[Cell, ...] = ()
    balancing: tuple[Suspect, ...] = ()
    repair: Mapping[Cell, Decimal] = field(default_factory=dict)
    instead: tuple[tuple[Suspect, ...], ...] = ()
    alike: int = 0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The mistakes found, and broken rules that no small repair explains, with the reason in Chinese."""

    mistakes: tuple[Mistake, ...]
    unexplained: tuple[LinearInstance, ...] = ()
    reason: str = ""


_REASONS = {
    "steps": "不符的关系过多，在限定步数内没有找出最少的改法",
    "size": "需要同时改动的单元格过多",
    "impossible": "只改动金额无法使各项关系同时成立",
}


@dataclass(frozen=True, slots=True)
class Workings:
    """What the diagnosis of one workbook is made of.

    ``values`` are amounts by cell (a cell without is zero), ``spread`` half a unit in the last place that
    a cell shows, or would show if it were not empty (zero for exact values), ``step`` the smallest
    difference between two amounts, ``fixed`` the cells that cannot be wrong, ``weight`` orders equally
    small repairs that no slip explains (0 to 1, the lighter first), ``name`` gives the words of a cell,
    ``last_year`` last year's amount, ``expected`` says whether a cell that is empty is likely to have
    been forgotten.
    """

    values: Mapping[Cell, Decimal]
    spread: Callable[[Cell], Decimal]
    step: Callable[[Cell], Decimal]
    name: Callable[[Cell], str]
    fixed: Callable[[Cell], bool] = lambda cell: False
    weight: Callable[[Cell], float] = lambda cell: 0.0
    last_year: Callable[[Cell], Decimal | None] = lambda cell: None
    expected: Callable[[Cell], bool] = lambda cell: True

    def value(self, cell: Cell) -> Decimal:
        """Return the amount of a cell."""
        return self.values.get(cell, Decimal(0))


def constraint_of(instance: LinearInstance, workings: Workings) -> Constraint:
    """Return an instance as a constraint over what its cells show.

    Where all that is not empty is one cell on either side, the same fact is shown twice, and rounding
    explains nothing. A cell that shows 0.00 is not empty: less than its half unit may stand behind it.
    """
    apart = instance.left - instance.right
    slack, most, shown = Decimal(0), Decimal(0), []
    for cell, coefficient in apart.terms.items():
        spread = abs(coefficient) * workings.spread(cell)
        if cell in workings.values:
            slack += spread
            shown.append((coefficient, workings.spread(cell)))
        else:
            most = max(most, spread)
    twice = len(shown) == 2 and {shown[0][0], shown[1][0]} == {1, -1} and shown[0][1] == shown[1][1]
    if twice and not apart.constant:
        if len(apart.terms) > 2:
            return Constraint(
                instance, apart.terms, instance.operator, apart.constant, Decimal(0), slack + most
            )
        return Constraint(instance, apart.terms, instance.operator, apart.constant)
    return Constraint(instance, apart.terms, instance.operator, apart.constant, slack, most)


def binds(rule: Rule) -> bool:
    """Whether a rule says that an amount is wrong when it fails.

    A hint (severity note) does not: a budget may be right without it, so no amount is bent to meet it. Nor
    does a rule about codes that go together: there a code is wrong.
    """
    return rule.severity is not Severity.NOTE and rule.pairing is None


def diagnose(
    instances: Iterable[LinearInstance], workings: Workings, effort: Effort | None = None
) -> Diagnosis:
    """Return the mistakes that explain every instance that does not hold; nothing when all hold.

    Instances of rules that do not bind (:func:`binds`) take no part; nor do those that may fail in a right
    budget (severity explain) unless one cell explains them: right amounts are not bent to meet them.
    """
    constraints = [constraint_of(part, workings) for part in instances if binds(part.rule)]
    system = System(constraints, workings.values, workings.step, workings.fixed)
    untold = _told_by_no_cell(system)
    if untold:
        kept = [part for part in constraints if id(part) not in untold]
        system = System(kept, workings.values, workings.step, workings.fixed)
    if not system.broken:
        return Diagnosis(())
    mistakes: list[Mistake] = []
    unexplained: list[LinearInstance] = []
    reasons: list[str] = []
    for part in localize(system, workings.weight, effort):
        if part.repairs:
            mistakes += _mistakes(system, workings, part)
        else:
            unexplained += _instances(part.broken)
            reasons.append(_REASONS[part.given_up])
    return Diagnosis(tuple(mistakes), tuple(unexplained), "；".join(dict.fromkeys(reasons)))


def _told_by_no_cell(system: System) -> frozenset[int]:
    """Return the broken constraints of rules that may fail, which no cell repairs with all else it is in."""
    may_fail = frozenset(id(part) for part in system.broken if not _must_hold(part))
    return frozenset(
        id(part)
        for part in system.broken
        if id(part) in may_fail
        and all(system.alone(cell, may_fail - {id(part)}).empty for cell in system.candidates(part))
    )


def _must_hold(part: Constraint) -> bool:
    return isinstance(part.name, LinearInstance) and part.name.rule.severity is Severity.BLOCKING


def gravest_first(instances: Iterable[LinearInstance]) -> tuple[LinearInstance, ...]:
    """Return broken instances in the order of their rules' severity, else as they were."""
    return tuple(sorted(instances, key=lambda part: part.rule.severity.rank))


def _instances(constraints: Iterable[Constraint]) -> tuple[LinearInstance, ...]:
    return gravest_first(part.name for part in constraints if isinstance(part.name, LinearInstance))


def _mistakes(system: System, workings: Workings, found: Localization) -> Iterator[Mistake]:
    """Yield a mistake for every cell of the likeliest repair, with the cells that might be it instead."""
    if found.block is not None:
        yield _moved(workings, found, found.block)
        return
    explained = [
        [_suspect(system, workings, cell, values, found.broken) for cell, values in repair.ranges.items()]
        for repair in found.repairs
    ]
    order = sorted(range(len(explained)), key=lambda at: _roughly(explained[at]))
    likeliest = Localization(found.broken, tuple(found.repairs[at] for at in order), found.complete)
    known = {
        (frozenset(repair.cells), part.cell): part
        for repair, parts in zip(found.repairs, explained, strict=True)
        for part in parts
    }
    first = frozenset(likeliest.repairs[0].cells)
    found_for: dict[Cell, list[Suspect]] = {}
    for cell, others in substitutes(likeliest):
        rest = first - {cell}
        found_for[cell] = [known[rest | {part}, part] for part in (cell, *others)]
    elsewhere = [at for at in order[1:] if len(first - found.repairs[at].ranges.keys()) > 1]
    instead = tuple(tuple(explained[at]) for at in elsewhere)
    alike = sum(_roughly(explained[at]) == _roughly(explained[order[0]]) for at in elsewhere)
    for mistake in _told_apart(found, found_for):
        yield replace(mistake, instead=instead, alike=alike)


def _roughly(repair: Sequence[Suspect]) -> int:
    """Return how likely a repair is as a whole: what several slips are worth together."""
    return sum(part.rank for part in repair)


def _told_apart(found: Localization, suspects: Mapping[Cell, Sequence[Suspect]]) -> Iterator[Mistake]:
    """Yield a mistake for every cell of a repair that has a broken rule to answer for.

    The other cells only balance those: they stand with the mistake whose change they make up for.
    """
    answers = _answers({cell: parts[0] for cell, parts in suspects.items()}, found.broken)
    balancing = [cell for cell in suspects if cell not in answers]
    for cell, parts in suspects.items():
        if cell not in answers:
            continue
        touching = [part for part in parts if any(part.cell in broken.terms for broken in found.broken)]
        touching.sort(key=lambda part: part.likelihood)
        cells = {part.cell for part in touching}
        broken = [part for part in found.broken if not cells.isdisjoint(part.terms)]
        complete = found.complete and len(touching) == len(parts)
        along = tuple(suspects[other][0] for other in balancing)
        yield Mistake(tuple(touching), _instances(broken), complete, balancing=along)
        balancing = []


def _answers(cells: Mapping[Cell, Suspect], broken: Sequence[Constraint]) -> Mapping[Cell, Constraint]:
    """Return a broken rule of its own for as many cells as can have one, the likeliest suspects first."""
    holder: dict[int, Cell] = {}

    def settle(cell: Cell, tried: set[int]) -> bool:
        for part in broken:
            if cell in part.terms and id(part) not in tried:
                tried.add(id(part))
                if id(part) not in holder or settle(holder[id(part)], tried):
                    holder[id(part)] = cell
                    return True
        return False

    for cell in sorted(cells, key=lambda cell: (cells[cell].rank, not cells[cell].stored, cell)):
        settle(cell, set())
    return {holder[id(part)]: part for part in broken if id(part) in holder}


def _moved(workings: Workings, found: Localization, block: MovedBlock) -> Mistake:
    """Return the one mistake of a block pasted one line off."""
    ranges = block.repair.ranges
    first = block.first
    meant = ranges.get(first, Range(workings.value(first), workings.value(first)))
    suspect = Suspect(first, workings.value(first), meant, SlipReading(Slip.MOVED_BLOCK))
    along = tuple(cell for cell in block.repair.cells if cell != first)
    return Mistake((suspect,), _instances(found.broken), along=along)


def _suspect(
    system: System, workings: Workings, cell: Cell, meant: Range, broken: Sequence[Constraint]
) -> Suspect:
    stored = workings.value(cell)
    around = _surroundings(system, workings, cell, broken)
    forgotten = bool(stored) or workings.expected(cell)
    slip = slip_between(stored, meant, around, workings.step(cell)) if forgotten else None
    return Suspect(cell, stored, meant, slip, workings.last_year(cell))


def _surroundings(
    system: System, workings: Workings, cell: Cell, broken: Sequence[Constraint]
) -> Neighbourhood:
    components: dict[str, Decimal] = {}
    twins: dict[str, Decimal] = {}
    for part in broken:
        sign = part.terms.get(cell)
        if sign is None:
            continue
        others = {other: factor for other, factor in part.terms.items() if other != cell}
        if len(others) == 1 and part.operator == "=":
            twins |= {workings.name(other): workings.value(other) for other in others}
        elif all(factor * sign < 0 for factor in others.values()):
            components |= {workings.name(other): workings.value(other) for other in others}
    beside = (Cell(cell.table, cell.row + shift, cell.column) for shift in (-1, 1))
    lines = {workings.name(other): workings.value(other) for other in beside if other in system.of_cell}
    return Neighbourhood(lines, components, twins)  # an amount as last year is the rule, not a slip
