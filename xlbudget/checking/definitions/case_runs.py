"""Cases evaluated: what each rule says of the cells that a case describes, against what the case states.

No workbook is written or read. Entries are recalculated by the plan, form cells that a case types over
stand as typed, and every rule is evaluated in exact decimals over the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from pathlib import Path

from xlbudget.checking.definitions.cases import FOLDER, Case, Spot, StatedSides, read_cases, table_of
from xlbudget.checking.rules.bound import columns_read
from xlbudget.checking.rules.formula_values import Reader
from xlbudget.checking.rules.instances import Evaluator, Sides
from xlbudget.definitions.folders import template_folders
from xlbudget.definitions.loading import load_with_problems
from xlbudget.model import (
    Cell,
    CellValue,
    EntryRow,
    EntrySheet,
    Panel,
    Problem,
    Rule,
    RuleStatus,
    Source,
    WorkbookTemplate,
)
from xlbudget.model.errors import InputError
from xlbudget.model.words import nearest
from xlbudget.returns.entry_files import read_entries
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan
from xlbudget.workbook.check_rows import premise, statements

_MOST_SHOWN = 3  # places in one message
_ROOM = 1000  # rows of a base's ledger
_SPARE = 4  # rows below the base, so that most cases of one base share a plan
_CODE, _NAME = "000", "样例单位"

Entries = Mapping[str, Mapping[int, Mapping[str, CellValue]]]
Outcome = tuple[RuleStatus, tuple[Sides, ...]]


class _Misstated(ValueError):
    """A case speaks of something that its workbook does not have; the message is in Chinese."""

    def __init__(self, source: Source, message: str) -> None:
        self.source = source
        super().__init__(message)


def run_cases(folder: Path) -> tuple[int, list[Problem]]:
    """Evaluate the cases of the template in ``folder``, or of all templates below it.

    Returns how many there are and what differs. The definitions must be clean (``lint``).
    """
    count, problems = 0, []
    for path in template_folders(folder).values():
        template, _ = load_with_problems(path, folder)
        if template is not None:
            cases, _ = read_cases(template)
            count += len(cases)
            problems += list(CaseRunner(template).problems(cases))
    return count, problems


@dataclass
class CaseRunner:
    """Evaluates the cases of one template; bases and their values are computed once."""

    template: WorkbookTemplate
    _bases: dict[str, Entries] = field(default_factory=dict)
    _known: dict[tuple[object, ...], CaseWorkbook] = field(default_factory=dict)
    _failing: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    _told: dict[str, set[str]] = field(default_factory=dict)
    _read: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    _others: dict[tuple[tuple[str, Decimal], ...], CaseRunner] = field(default_factory=dict)

    def problems(self, cases: Sequence[Case]) -> Iterator[Problem]:
        """Yield what differs between each case and what the rules say."""
        for case in cases:
            try:
                for problem in self.of(case)._case(case):
                    yield Problem(problem.source, f"样例（规则 {case.rule}）：{problem.message}")
            except _Misstated as error:
                yield Problem(error.source, f"样例（规则 {case.rule}）：{error}")

    def outcomes(self, case: Case) -> Mapping[str, Outcome]:
        """Return what every rule says of a case: its status, and the instances that fail (or hold)."""
        runner = self.of(case)
        return runner._outcomes(runner.workbook(case))

    def of(self, case: Case) -> CaseRunner:
        """Return the runner of the case's template: this one's, or one with constants set otherwise."""
        if not case.constants:
            return self
        key = tuple(sorted(case.constants.items()))
        if key not in self._others:
            constants = {**self.template.constants, **case.constants}
            digest = f"{self.template.digest} {key}"
            self._others[key] = CaseRunner(replace(self.template, constants=constants, digest=digest))
        return self._others[key]

    def _outcomes(self, workbook: CaseWorkbook) -> Mapping[str, Outcome]:
        """Evaluate the rules; those that read none of the cells typed over are as without them."""
        if not workbook.outcomes:
            workbook.outcomes.update(
                _evaluated(self.template.rules, workbook.plan, workbook.memo.__getitem__)
            )
        typed = {(cell.table, cell.column) for cell in workbook.typed}
        touched = [rule for rule in self.template.rules if typed & self._reads(rule, workbook.plan)]
        return {**workbook.outcomes, **_evaluated(touched, workbook.plan, workbook.value)}

    def _reads(self, rule: Rule, plan: Plan) -> frozenset[tuple[str, str]]:
        """Return (table, column) of everything that decides a rule."""
        if rule.id not in self._read:
            names = plan.blueprint.names
            nodes = [side for part in statements(rule, names) for side in (part.left, part.right)]
            condition = premise(rule, self.template, names)
            reads = {
                place
                for node in [*nodes, *([condition] if condition else [])]
                for place in columns_read(node)
            }
            reads |= {
                (part.id, column)
                for _, panel in self.template.panels
                if panel.id == rule.over
                for part in panel.tables
                for column in rule.columns
            }
            for _, panel in self.template.panels:
                reads |= {(panel.id, column) for column in (panel.key, panel.level, panel.parent) if column}
            self._read[rule.id] = frozenset(reads)
        return self._read[rule.id]

    def _case(self, case: Case) -> Iterator[Problem]:
        workbook = self.workbook(case)
        outcomes = self._outcomes(workbook)
        status, instances = outcomes[case.rule]
        if status is not case.outcome:
            shown = "；".join(workbook.shown(sides) for sides in instances[:3])
            detail = f"（{shown}）" if status is RuleStatus.FAILED else ""
            yield Problem(case.source, f"应为{case.outcome.label}，实际为{status.label}{detail}")
            return
        yield from self._sides(case, workbook, instances)
        failed = {name for name, (status, _) in outcomes.items() if status is RuleStatus.FAILED}
        others = failed - {case.rule}
        own = self._failing_base(case)
        if unmentioned := sorted((own & others) - set(case.also) - self._told.setdefault(case.base, set())):
            self._told[case.base].update(unmentioned)
            what = f"基准“{case.base}”本身" if case.base else "空白工作簿本身"
            message = f"{what}就不符合 {'、'.join(unmentioned)}；请在基准里补上数据，或核对这条关系"
            yield Problem(case.source, message)
        if unexpected := sorted(others - own - set(case.also)):
            yield Problem(case.source, f"{'、'.join(unexpected)} 也不符，also 没有写明")
        if absent := sorted(set(case.also) - others):
            yield Problem(case.source, f"also 写明的 {'、'.join(absent)} 没有不符")

    def _failing_base(self, case: Case) -> set[str]:
        """Return the rules that fail before a case changes anything."""
        key = case.base, case.kind
        if key not in self._failing:
            outcomes = self._outcomes(self.workbook(replace(case, cells=(), capacity={})))
            self._failing[key] = {
                name for name, (status, _) in outcomes.items() if status is RuleStatus.FAILED
            }
        return self._failing[key]

    def _sides(self, case: Case, workbook: CaseWorkbook, instances: Sequence[Sides]) -> Iterator[Problem]:
        left = list(instances)
        for stated in case.sides:
            cell = workbook.cell(stated.spot) if stated.spot else None
            sides = next((sides for sides in left if _same_place(sides, stated, cell)), None)
            if sides is None:
                where = str(stated.spot or stated.column or "没有单元格的一处")
                passed = left[:_MOST_SHOWN] if case.outcome is RuleStatus.PASSED else []
                others = "；".join(map(workbook.shown, passed))
                here = f"；{case.outcome.label}的是：{others}" if others else ""
                message = f"{where} 没有{case.outcome.label}，或不是这条规则核对的地方{here}"
                yield Problem(stated.source, message)
                continue
            left.remove(sides)
            if (sides.left, sides.right) != (stated.left, stated.right):
                yield Problem(
                    stated.source, f"写的是 {stated.left} 和 {stated.right}，实际为{workbook.shown(sides)}"
                )
        if case.outcome is RuleStatus.FAILED:
            for sides in left:
                yield Problem(case.source, f"findings 没有写明：{workbook.shown(sides)}")

    # ------------------------------------------------------------- workbooks

    def workbook(self, case: Case) -> CaseWorkbook:
        """Return the cells that a case describes."""
        entries, typed = self._entries(case)
        capacity = self._capacity(case, entries)
        key = (case.base, case.kind, tuple(sorted(capacity.items())), _frozen(entries))
        if key not in self._known:
            plan = plan_of(self.template, capacity)
            rows = {
                table: tuple(EntryRow(at, values) for at, values in sorted(lines.items()))
                for table, lines in entries.items()
            }
            memo = _Memo(partial(plan.decimals, plan.evaluate(rows)))
            self._known[key] = CaseWorkbook(self.template, plan, rows, memo)
        workbook = replace(self._known[key], typed={})
        for spot, value in typed:
            workbook.typed[workbook.cell(spot)] = value
        return workbook

    def _entries(self, case: Case) -> tuple[Entries, list[tuple[Spot, CellValue]]]:
        """Return the entries of a case, and the form cells that it types over."""
        facts = self.template.unit_facts
        entries = {
            table: {at: dict(row) for at, row in rows.items()} for table, rows in self._base(case).items()
        }
        typed = []
        lines = {line.key: at for at, line in enumerate(self.template.entry(facts.table).lines)}
        for line, text in ((facts.code, _CODE), (facts.name, _NAME), (facts.kind, case.kind)):
            entries.setdefault(facts.table, {})[lines[line]] = {facts.column: text}
        for spot, value in case.cells:
            entry = next((part for part in self.template.entries if part.id == spot.table), None)
            if entry is None:
                typed.append((spot, value))
                continue
            if not any(column.key == spot.column and column.entry for column in entry.columns):
                raise _Misstated(spot.source, f"{spot} 不是录入的单元格")
            row = (
                int(spot.line) - 1 if entry.is_ledger else [line.key for line in entry.lines].index(spot.line)
            )
            cells = entries.setdefault(entry.id, {}).setdefault(row, {})
            cells.pop(spot.column, None)
            if value is not None:
                cells[spot.column] = value
        return entries, typed

    def _base(self, case: Case) -> Entries:
        if case.base not in self._bases:
            found: Mapping[str, Sequence[EntryRow]] = {}
            if case.base:
                room = {entry.id: _ROOM for entry in self.template.entries}
                try:
                    found = read_entries(self.template.folder / FOLDER / case.base, self.template, room)
                except InputError as error:
                    raise _Misstated(case.source, f"基准“{case.base}”：{error}") from error
            self._bases[case.base] = {
                table: {row.row: row.values for row in rows} for table, rows in found.items()
            }
        return self._bases[case.base]

    def _capacity(self, case: Case, entries: Entries) -> dict[str, int]:
        """Return rows by table: ledgers as long as the case needs them, so that it is evaluated at once."""
        base = self._base(case)
        rows = {}
        for entry in self.template.entries:
            if entry.is_ledger:
                used = max(entries.get(entry.id, {}), default=-1) + 1
                spare = 0 if entry.prefilled else _SPARE
                rows[entry.id] = max(1, used, len(base.get(entry.id, ())) + spare)
        return {**rows, **case.capacity}


@dataclass
class CaseWorkbook:
    """The cells of one case: entries (元), our values of all others, and form cells typed over."""

    template: WorkbookTemplate
    plan: Plan
    entries: Mapping[str, tuple[EntryRow, ...]]
    memo: dict[Cell, CellValue]
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    typed: dict[Cell, CellValue] = field(default_factory=dict)

    def value(self, cell: Cell) -> CellValue:
        """Return what stands in a cell."""
        return self.typed[cell] if cell in self.typed else self.memo[cell]

    def cell(self, spot: Spot) -> Cell:
        """Return the cell of a name; raises _Misstated when no row, or more than one, is called so."""
        for table in table_of(self.template, spot):
            lines = self.plan.layout.tables[table.id].lines
            if spot.line in lines:
                return Cell(table.id, lines[spot.line], spot.column)
            if isinstance(table, EntrySheet):
                return Cell(table.id, int(spot.line) - 1, spot.column)
        rows = [
            Cell(panel.id, row, spot.column)
            for panel in table_of(self.template, spot)
            if isinstance(panel, Panel) and panel.key
            for row in range(self.plan.layout.tables[panel.id].rows)
            if self.memo[Cell(panel.id, row, panel.key)] == spot.line
        ]
        if len(rows) != 1:
            problem = f"有 {len(rows)} 行" if rows else f"没有这一行{nearest(spot.line, self._keys(spot))}"
            raise _Misstated(spot.source, f"{spot.table} 中“{spot.line}”{problem}")
        return rows[0]

    def _keys(self, spot: Spot) -> list[str]:
        """Return what the lines of a table are called here."""
        keys = []
        for panel in table_of(self.template, spot):
            placed = self.plan.layout.tables[panel.id]
            keys += list(placed.lines)
            if isinstance(panel, Panel) and panel.key:
                keys += [str(self.memo[Cell(panel.id, row, panel.key)] or "") for row in range(placed.rows)]
        return keys

    def shown(self, sides: Sides) -> str:
        """Write an instance as a case would state it."""
        where = self.spelled(sides.cell) if sides.cell else sides.column
        return f"{f'{where} ' if where else ''}左边 {_plain(sides.left)}，右边 {_plain(sides.right)}"

    def spelled(self, cell: Cell) -> str:
        """Write a cell as a case would."""
        line = self.plan.layout.line_of(cell.table, cell.row)
        panels = [(form, panel) for form, panel in self.template.form_tables if panel.id == cell.table]
        table = cell.table
        for form, panel in panels:
            if not line:
                line = str(self.memo[Cell(panel.id, cell.row, panel.key)])
            elif all(panel is not part for part in form.panels):
                table = form.id  # a closing line goes by its form's name
        return f"{table}.{line or cell.row + 1}[{cell.column}]"


class _Memo(dict[Cell, CellValue]):
    """Values of cells, computed when first asked for."""

    def __init__(self, compute: Callable[[Cell], CellValue]) -> None:
        super().__init__()
        self.compute = compute

    def __missing__(self, cell: Cell) -> CellValue:
        self[cell] = self.compute(cell)
        return self[cell]


def _evaluated(rules: Sequence[Rule], plan: Plan, value: Reader) -> dict[str, Outcome]:
    evaluator = Evaluator(plan.blueprint, value)
    return {rule.id: _outcome(evaluator, rule) for rule in rules}


def _outcome(evaluator: Evaluator, rule: Rule) -> Outcome:
    """Return a rule's status, and the instances that decide it: those that fail, else all."""
    if not evaluator.applies(rule):
        return RuleStatus.NOT_APPLICABLE, ()
    instances = tuple(evaluator.instances(rule))
    failing = tuple(sides for sides in instances if not sides.holds)
    if failing:
        return RuleStatus.FAILED, failing
    return (RuleStatus.PASSED if instances else RuleStatus.NOT_APPLICABLE), instances


def _same_place(sides: Sides, stated: StatedSides, cell: Cell | None) -> bool:
    if cell is not None:
        return sides.cell == cell
    return sides.cell is None and stated.column == sides.column


def _frozen(entries: Entries) -> tuple[object, ...]:
    return tuple(
        (table, at, tuple(sorted(row.items(), key=lambda item: item[0])))
        for table, rows in sorted(entries.items())
        for at, row in sorted(rows.items())
    )


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
