"""Worked examples of the rules: ``cases/*.toml`` → :class:`Case`; every mistake has a file and a line.

A case starts from a base (a folder of ledgers beside the case files, or an empty workbook), changes a
few cells, and states what one rule says of it: the sides of its instances, and every other rule that
fails as well. Here only what the files say is judged; :mod:`~xlbudget.checking.definitions.case_runs`
evaluates them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from xlbudget.definitions.rule_files import RULES_FILE
from xlbudget.definitions.toml_items import Item, Problems, read_toml
from xlbudget.model import CellValue, EntrySheet, Panel, Problem, RuleStatus, Source, WorkbookTemplate
from xlbudget.model.words import nearest
from xlbudget.workbook.names import Names, names_of

FOLDER = "cases"
_OUTCOMES = (RuleStatus.PASSED, RuleStatus.FAILED, RuleStatus.NOT_APPLICABLE)
_STATED_IN = {RuleStatus.PASSED: "holds", RuleStatus.FAILED: "findings"}
_SPOT = re.compile(r"^(?P<table>\w+)\.(?P<line>[^\[\]]+)\[(?P<column>\w+)\]$")


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell by name, ``表.行[栏]``: a fixed line by key, an open row by code, a ledger row by number."""

    table: str
    line: str
    column: str
    source: Source = field(compare=False)

    def __str__(self) -> str:
        return f"{self.table}.{self.line}[{self.column}]"


@dataclass(frozen=True, slots=True)
class StatedSides:
    """One instance of a rule as a case states it: where it shows, and both sides.

    ``spot`` is None for rules that compare sums and stand in no cell; ``column`` then tells the
    instances of a rule over columns apart. Sides are in the form's money unit, or counts.
    """

    spot: Spot | None
    column: str
    left: Decimal
    right: Decimal
    source: Source = field(compare=False)


@dataclass(frozen=True, slots=True)
class Case:
    """One worked example of one rule.

    ``cells`` differ from the base: entries (元) and form cells (万元; the typed value stands, all other
    cells stay as computed). ``sides`` are all failing instances where ``outcome`` is fail, and some of
    those that hold where it is pass. ``also`` are all other rules that fail. ``constants`` are other than the
    template's: what the rules would say of the case if finance had set them so.
    """

    rule: str
    outcome: RuleStatus
    title: str
    base: str
    kind: str
    capacity: Mapping[str, int]
    cells: tuple[tuple[Spot, CellValue], ...]
    sides: tuple[StatedSides, ...]
    also: tuple[str, ...]
    source: Source = field(compare=False)
    constants: Mapping[str, Decimal] = field(default_factory=dict)


def read_cases(template: WorkbookTemplate) -> tuple[tuple[Case, ...], Sequence[Problem]]:
    """Return the template's cases, and what is wrong with the files that state them."""
    reader = _CaseReader(template, Problems())
    return tuple(reader.all()), reader.problems.found


def case_files(template: WorkbookTemplate) -> list[Path]:
    """Return the files that state cases, in order."""
    return sorted((template.folder / FOLDER).glob("*.toml"))


def cases_by_rule(cases: Sequence[Case]) -> dict[str, list[Case]]:
    """Return the cases of each rule."""
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(case.rule, []).append(case)
    return found


def lint_cases(template: WorkbookTemplate) -> list[Problem]:
    """Return every mistake in the case files, and the stated rules that lack a passing or a failing case.

    A template without case files is not asked for any.
    """
    if not case_files(template):
        return []
    reader = _CaseReader(template, Problems())
    present = {(case.rule, case.outcome) for case in reader.all()} | reader.broken
    problems = list(reader.problems.found)
    shown = {RuleStatus.PASSED: "应通过", RuleStatus.FAILED: "应报出"}
    for rule in template.rules:
        stated = rule.source.file.endswith(RULES_FILE)
        missing = [words for status, words in shown.items() if (rule.id, status) not in present]
        if stated and missing:
            message = f"规则 {rule.id} 缺少{'和'.join(missing)}的样例；请在 {FOLDER} 文件夹中补上"
            problems.append(Problem(rule.source, message))
    return problems


class _CaseReader:
    """Reads case files of one template; what is wrong is added to ``problems``."""

    def __init__(self, template: WorkbookTemplate, problems: Problems) -> None:
        self.template = template
        self.problems = problems
        self.broken: set[tuple[str, RuleStatus]] = set()  # rule and outcome of cases with a mistake in them
        self.names: Names = names_of(template)
        self.rules = [rule.id for rule in template.rules]
        self.folder = template.folder / FOLDER
        self.bases = sorted(path.name for path in self.folder.glob("*") if path.is_dir())
        self.open_tables = {panel.id for _, panel in template.panels if self.names.tables[panel.id].open_rows}

    def all(self) -> Iterator[Case]:
        """Yield the cases of all files that are without mistakes."""
        for path in case_files(self.template):
            yield from self.file(path)

    def file(self, path: Path) -> Iterator[Case]:
        item = read_toml(path, f"{self.template.id}/{FOLDER}/{path.name}", self.problems)
        base, kind = item.text("base", ""), item.text("kind", "")
        self.base(base, item.source_of("base"))
        kind = self.kind(kind, item.source_of("kind")) if kind else ""
        for part in item.items("case"):
            case = self.case(part, base, kind)
            if case is not None:
                yield case
        item.finish()

    def case(self, item: Item, base: str, kind: str) -> Case | None:
        outcome = item.text("outcome")
        rule = item.text("rule")
        case = Case(
            rule=rule,
            outcome=RuleStatus(outcome) if outcome in set(_OUTCOMES) else RuleStatus.PASSED,
            title=item.text("title", ""),
            base=item.text("base", base),
            kind=item.text("kind", kind) or next(iter(self.template.kinds), ""),
            capacity=self.capacity(item),
            cells=tuple(self.cells(item)),
            sides=tuple(self.sides(item, outcome)),
            also=item.texts("also"),
            source=item.source,
            constants=self.constants(item),
        )
        before = len(self.problems.found)
        if outcome and outcome not in set(_OUTCOMES):
            known = "、".join(_OUTCOMES)
            self.problems.add(
                item.source_of("outcome"), f"outcome 应为 {known} 之一{nearest(outcome, _OUTCOMES)}"
            )
        for key, names in (("rule", (rule,) if rule else ()), ("also", case.also)):
            for name in names:
                if name not in self.rules:
                    self.problems.add(item.source_of(key), f"没有规则“{name}”{nearest(name, self.rules)}")
        self.base(case.base, item.source_of("base"))
        self.kind(case.kind, item.source_of("kind"))
        wanted = _STATED_IN.get(case.outcome)
        if wanted and not case.sides:
            self.problems.add(item.source, f"结果为 {case.outcome} 的样例要用 {wanted} 写明左右两边的数")
        item.finish()
        if len(self.problems.found) > before:
            self.broken.add((case.rule, case.outcome))
            return None
        return case

    def kind(self, kind: str, source: Source) -> str:
        """Return a kind of unit; one that the template does not have is a problem, and none is returned."""
        if kind in self.template.kinds or not self.template.kinds:
            return kind
        known = "、".join(self.template.kinds)
        message = (
            f"没有“{kind}”这种单位性质{nearest(kind, self.template.kinds)}；template.toml 的 kinds 有 {known}"
        )
        self.problems.add(source, message)
        return ""

    def constants(self, item: Item) -> dict[str, Decimal]:
        found = {}
        for name, value in item.mapping("constants").items():
            if name not in self.template.constants:
                hint = nearest(name, self.template.constants)
                self.problems.add(item.source_of("constants"), f"没有常数“{name}”{hint}")
            try:
                found[name] = Decimal(str(value))
            except InvalidOperation:
                self.problems.add(item.source_of("constants"), f"常数“{name}”应为数字，写在引号里")
        return found

    def base(self, name: str, source: Source) -> None:
        if name and name not in self.bases:
            self.problems.add(source, f"没有名为“{name}”的基准文件夹{nearest(name, self.bases)}")

    def capacity(self, item: Item) -> dict[str, int]:
        known = [*(entry.id for entry in self.template.entries if entry.is_ledger), *sorted(self.open_tables)]
        rows = {}
        for name, count in item.mapping("rows").items():
            if name not in known:
                hint = nearest(name, known)
                self.problems.add(item.source_of("rows"), f"没有名为“{name}”的可变行表{hint}")
            elif not isinstance(count, int) or isinstance(count, bool) or count < 1:
                self.problems.add(item.source_of("rows"), f"“{name}”的行数应为正整数")
            else:
                rows[name] = count
        return rows

    # ----------------------------------------------------------------- cells

    def cells(self, item: Item) -> Iterator[tuple[Spot, CellValue]]:
        for text, value in item.mapping("cells").items():
            source = item.source_of(text)
            spot = self.spot(text, source)
            if spot is None:
                continue
            if isinstance(value, str):
                self.listed(spot, value)
                yield spot, value or None
            elif (amount := _decimal(value)) is not None:
                yield spot, amount
            else:
                self.problems.add(source, f"“{text}”的值应为数字，或加引号的文字")

    def sides(self, item: Item, outcome: str) -> Iterator[StatedSides]:
        for status, key in _STATED_IN.items():
            parts = list(item.items(key))
            if parts and status != outcome:
                self.problems.add(item.source_of(key), f"{key} 用于结果为 {status} 的样例")
            for part in parts:
                stated = self.stated(part)
                if stated is not None:
                    yield stated

    def stated(self, item: Item) -> StatedSides | None:
        at, column = item.text("at", ""), item.text("column", "")
        spot = self.spot(at, item.source_of(at)) if at else None
        left, right = (self.side(item, key) for key in ("left", "right"))
        item.finish()
        if left is None or right is None or (at and spot is None):
            return None
        return StatedSides(spot, column, left, right, item.source)

    def side(self, item: Item, key: str) -> Decimal | None:
        value = _decimal(item.raw(key))
        if value is None:
            self.problems.add(item.source, f"缺少 {key}，或不是数字")
        return value

    def listed(self, spot: Spot, text: str) -> None:
        """Add a problem for a code that is not on the entry column's list."""
        entry = next((entry for entry in self.template.entries if entry.id == spot.table), None)
        for column in entry.columns if entry else ():
            allowed = self.template.allowed_values(column) if column.key == spot.column else []
            if text and allowed and text not in allowed:
                self.problems.add(spot.source, f"{spot}：代码表里没有“{text}”{nearest(text, allowed)}")

    # ----------------------------------------------------------------- names

    def spot(self, text: str, source: Source) -> Spot | None:
        """Return a cell by name; a name that the template does not have is a problem."""
        match = _SPOT.match(text)
        if match is None:
            self.problems.add(source, f"“{text}”应写成“表.行[栏]”")
            return None
        spot = Spot(match["table"], match["line"], match["column"], source)
        panels = self.tables(spot.table)
        if not panels:
            known = [*self.names.forms, *self.names.tables]
            self.problems.add(source, f"没有名为“{spot.table}”的表{nearest(spot.table, known)}")
            return None
        columns = [column for table in panels for column in self.names.tables[table].columns]
        if spot.column not in columns:
            hint = nearest(spot.column, columns)
            self.problems.add(source, f"“{spot.table}”没有“{spot.column}”列{hint}")
            return None
        return spot if self.line(spot, panels, source) else None

    def tables(self, name: str) -> tuple[str, ...]:
        """Return the panels of a form, or the one panel or entry table of that name."""
        if name in self.names.forms:
            return self.names.forms[name]
        own = {entry.id for entry in self.template.entries} | {panel.id for _, panel in self.template.panels}
        return (name,) if name in own else ()

    def line(self, spot: Spot, tables: Sequence[str], source: Source) -> bool:
        lines = [line for table in tables for line in self.names.tables[table].lines]
        if spot.line in lines or any(table in self.open_tables for table in tables):
            return True
        entry = next((entry for entry in self.template.entries if entry.id in tables), None)
        if entry is not None and entry.is_ledger:
            if spot.line.isdigit() and int(spot.line) >= 1:
                return True
            self.problems.add(source, f"“{spot.table}”的行写第几行，如 {spot.table}.1[{spot.column}]")
        else:
            self.problems.add(source, f"“{spot.table}”没有“{spot.line}”行{nearest(spot.line, lines)}")
        return False


def table_of(template: WorkbookTemplate, spot: Spot) -> Iterator[Panel | EntrySheet]:
    """Yield the panels or the entry sheet that a spot may stand in."""
    for form, panel in template.panels:
        if spot.table in (form.id, panel.id) and any(column.key == spot.column for column in panel.columns):
            yield from panel.tables
    for entry in template.entries:
        if spot.table == entry.id:
            yield entry


def _decimal(value: Any) -> Decimal | None:
    """Return a TOML number as it was written."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = Decimal(str(value))
    return number if number.is_finite() else None
