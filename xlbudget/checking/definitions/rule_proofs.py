"""What a rule set says as a whole: what contradicts, what follows from others, what says more than it seems.

The rules are looked at over the bases of their cases, as linear statements over amounts that may be anything
(not negative, unless the template allows it). Linear programs find what follows from what; every proof is
verified in exact numbers, and told only then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from xlbudget.checking.definitions.case_runs import CaseRunner, CaseWorkbook
from xlbudget.checking.definitions.cases import Case, read_cases
from xlbudget.checking.rules.linear import Linear, LinearInstance, linear_rules
from xlbudget.checking.rules.solver import Combinations, LinearStatement, slack
from xlbudget.model import Cell, Rule, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.model.words import exact_text

_FINE = 10**6  # denominators of weights: coefficients are whole, or one of the constants of a template
_BLANK = "空白工作簿"


class ProofKind(StrEnum):
    """What is proven of rules."""

    CONTRADICTION = "互相矛盾"
    NOTHING = "只能是 0"
    BOUND = "有没写明的界限"
    EQUALITY = "其实是等式"
    FOLLOWS = "由其他关系推出"


@dataclass(frozen=True, slots=True)
class RuleProof:
    """Something proven: of which rule (none: of all in ``by``), from which others, on which bases, where."""

    kind: ProofKind
    rule: Rule | None
    by: tuple[str, ...]
    bases: tuple[str, ...]
    place: str = ""

    def __str__(self) -> str:
        by, where = "、".join(self.by), f"（{'、'.join(self.bases)}）"
        if self.kind is ProofKind.CONTRADICTION:
            return f"{by} 互相矛盾：没有一套数能同时符合{where}。"
        if self.kind is ProofKind.NOTHING:
            return f"{self.place} 只能是 0：由 {by} 推出{where}；请核对这几条是否写错。"
        if self.kind is ProofKind.BOUND:
            return f"{self.place}：由 {by} 合起来推出{where}，没有一条写明。"
        name = self.rule.id if self.rule is not None else ""
        if self.kind is ProofKind.EQUALITY:
            return f"{name} 写的是不等式，其实两边只能相等：由 {by} 推出{where}，{self.place}。"
        return f"{name} 由 {by} 推出{where}：不是单独的关系。"


@dataclass(frozen=True, slots=True)
class RuleSetProofs:
    """What is proven of a template's rules, over how many instances, and which rules are not linear."""

    proofs: tuple[RuleProof, ...]
    instances: int
    not_linear: tuple[str, ...]

    @property
    def contradictory(self) -> bool:
        """Whether the rules cannot be fulfilled at all, or only by nothing where something may be."""
        return any(part.kind in {ProofKind.CONTRADICTION, ProofKind.NOTHING} for part in self.proofs)


def prove_rules(template: WorkbookTemplate) -> RuleSetProofs:
    """Return what is proven of the rules of a template whose definitions are clean.

    Raises InputError where no solver is installed.
    """
    bases = [_Base.of(name, workbook, template) for name, workbook in _workbooks(template)]
    try:
        proofs = tuple(_proofs(bases, template))
    except ImportError as error:
        raise InputError("证明关系要用 scipy；请安装：pip install scipy。") from error
    judged = {part.rule.id for base in bases for part in base.instances}
    stated = [rule.id for rule in template.rules if rule.off is None and rule.concerns(template.year)]
    return RuleSetProofs(
        proofs,
        sum(len(base.instances) for base in bases),
        tuple(name for name in stated if name not in judged),
    )


def _workbooks(template: WorkbookTemplate) -> Iterator[tuple[str, CaseWorkbook]]:
    """Yield each base of the cases as a workbook, without what single cases change."""
    cases, _ = read_cases(template)
    runner = CaseRunner(template)
    seen: dict[tuple[str, str], Case] = {}
    for case in cases:
        seen.setdefault((case.base, case.kind), replace(case, cells=(), capacity={}))
    for (name, _), case in seen.items():
        if name or len(seen) == 1:
            yield name or _BLANK, runner.workbook(case)


@dataclass
class _Base:
    """The rules over one base: instances, and the same as statements that are nothing, or at most nothing."""

    name: str
    workbook: CaseWorkbook
    instances: list[LinearInstance]
    forms: list[Linear]
    equal: list[bool]
    least: Callable[[Cell], bool]
    _combinations: Combinations | None = field(default=None)

    @classmethod
    def of(cls, name: str, workbook: CaseWorkbook, template: WorkbookTemplate) -> _Base:
        found = linear_rules(workbook.plan.blueprint, workbook.value, template.rules)
        kept = [part for part in found.instances if not _no_rows(part)]
        forms = [
            part.right - part.left if part.operator.startswith(">") else part.left - part.right
            for part in kept
        ]
        layout = workbook.plan.layout
        anything = any(column.negative for entry in template.entries for column in entry.columns)

        def least(cell: Cell) -> bool:
            column = layout.column(cell.table, cell.column)
            return not anything and not (column is not None and column.negative)

        return cls(name, workbook, kept, forms, [part.operator == "=" for part in kept], least)

    @property
    def statements(self) -> list[LinearStatement]:
        return [
            LinearStatement(_floats(form), float(form.constant), equal)
            for form, equal in zip(self.forms, self.equal, strict=True)
        ]

    def proven(self, goal: Linear, without: frozenset[int] = frozenset()) -> tuple[int, ...] | None:
        """Return the instances from which ``goal ≤ 0`` follows, verified in exact numbers; else None."""
        weights = self.combinations.weights(_floats(goal), float(goal.constant), without)
        if weights is None:
            return None
        exact = {at: Fraction(weight).limit_denominator(_FINE) for at, weight in weights.items()}
        exact = {at: weight for at, weight in exact.items() if weight}
        return tuple(exact) if self._holds(goal, exact) else None

    @property
    def combinations(self) -> Combinations:
        if self._combinations is None:
            self._combinations = Combinations(self.statements, self.least)
        return self._combinations

    def bound(self, cell: Cell, sign: int) -> Decimal | None:
        """Return what ``sign · cell`` cannot exceed, to six decimals; None where there is no such bound."""
        found = self.combinations.bound(cell, sign)
        return None if found is None else Decimal(round(found * _FINE)) / _FINE

    def _holds(self, goal: Linear, weights: Mapping[int, Fraction]) -> bool:
        """Whether the weighted statements say at least the goal: a difference that is never positive."""
        rest = {cell: Fraction(value) for cell, value in goal.terms.items()}
        constant = Fraction(goal.constant)
        for at, weight in weights.items():
            if weight < 0 and not self.equal[at]:
                return False
            for cell, value in self.forms[at].terms.items():
                rest[cell] = rest.get(cell, Fraction(0)) - weight * Fraction(value)
            constant -= weight * Fraction(self.forms[at].constant)
        return constant <= 0 and all(
            value == 0 or (value < 0 and self.least(cell)) for cell, value in rest.items()
        )

    def general(self, instances: Sequence[int]) -> bool:
        """Whether instances speak of fixed lines only: rows that a base happens not to have are no proof."""
        tables = self.workbook.plan.layout.tables
        cells = {cell for at in instances for cell in self.instances[at].cells}
        return all(cell.row in tables[cell.table].lines.values() for cell in cells)

    def rules(self, instances: Sequence[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.instances[at].rule.id for at in instances))


def _no_rows(part: LinearInstance) -> bool:
    """Whether one side has no cells because the base has no rows there, or neither: it says nothing."""
    return not part.cells or any(not side.terms and not side.constant for side in (part.left, part.right))


def _floats(form: Linear) -> dict[Cell, float]:
    return {cell: float(value) for cell, value in form.terms.items()}


def _proofs(bases: Sequence[_Base], template: WorkbookTemplate) -> Iterator[RuleProof]:
    sound = []
    for base in bases:
        if not base.instances:
            continue
        found = slack(base.statements, base.least)
        if found is None:
            proof = base.proven(Linear(constant=Decimal(1)))
            if proof is not None:
                yield RuleProof(ProofKind.CONTRADICTION, None, base.rules(proof), (base.name,))
            continue
        sound.append(base)
        yield from _nothings(base, found.cells)
        yield from _equalities(base, found.statements)
        yield from _bounds(base, found.cells)
    for rule in template.rules:
        follows = _following(rule, sound)
        if follows is not None:
            yield follows


def _nothings(base: _Base, cells: frozenset[Cell]) -> Iterator[RuleProof]:
    """Yield cells that can only be nothing, one for each column of a table."""
    told: set[tuple[str, str]] = set()
    for cell in sorted(cells):
        if (cell.table, cell.column) in told:
            continue
        proof = base.proven(Linear({cell: Decimal(1)}))
        if proof is not None and base.general(proof):
            told.add((cell.table, cell.column))
            place = base.workbook.spelled(cell)
            yield RuleProof(ProofKind.NOTHING, None, base.rules(proof), (base.name,), place)


def _equalities(base: _Base, statements: frozenset[int]) -> Iterator[RuleProof]:
    """Yield inequalities that can only hold with both sides equal, one for each rule."""
    told: set[str] = set()
    for at in sorted(statements):
        part = base.instances[at]
        if part.rule.id in told:
            continue
        proof = base.proven(base.forms[at] * Decimal(-1), frozenset({at}))
        if proof is not None and base.general(proof):
            told.add(part.rule.id)
            place = base.workbook.spelled(part.cell) if part.cell is not None else part.column
            yield RuleProof(ProofKind.EQUALITY, part.rule, base.rules(proof), (base.name,), place)


def _bounds(base: _Base, nothings: frozenset[Cell]) -> Iterator[RuleProof]:
    """Yield bounds of single cells that only several rules together say, where rules name amounts at all."""
    named = {cell for form in base.forms if form.constant for cell in form.terms}
    for cell in sorted(named - nothings):
        for sign, word in ((1, "不大于"), (-1, "不小于")):
            bound = base.bound(cell, sign)
            if bound is None or (sign < 0 and bound >= 0):  # not negative: no rule need say that
                continue
            proof = base.proven(Linear({cell: Decimal(sign)}, -bound))
            rules = base.rules(proof or ())
            if proof is not None and len(rules) > 1:
                place = f"{base.workbook.spelled(cell)} {word} {exact_text(sign * bound)}"
                yield RuleProof(ProofKind.BOUND, None, rules, (base.name,), place)


def _following(rule: Rule, bases: Sequence[_Base]) -> RuleProof | None:
    """Return the proof that all instances of a rule follow from other rules, on every base that has any."""
    by: dict[str, None] = {}
    names = []
    for base in bases:
        own = frozenset(at for at, part in enumerate(base.instances) if part.rule.id == rule.id)
        if not own:
            continue
        names.append(base.name)
        for at in sorted(own):
            goals = [base.forms[at]] + ([base.forms[at] * Decimal(-1)] if base.equal[at] else [])
            for goal in goals:
                proof = base.proven(goal, own)
                if proof is None:
                    return None
                by |= dict.fromkeys(base.rules(proof))
    return RuleProof(ProofKind.FOLLOWS, rule, tuple(by), tuple(names)) if names and by else None
