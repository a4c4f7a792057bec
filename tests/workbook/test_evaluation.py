"""What is computed from the blank workbook is what is computed from nothing, value for value."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.random_entries import SMALL, random_entries

from xlbudget import WorkbookTemplate, load_template
from xlbudget.model import Cell, EntryRow, ErrorValue
from xlbudget.workbook.calculation.engine import by_engine
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan, Values
from xlbudget.workbook.calculation.row_functions import each_row
from xlbudget.workbook.calculation.run import Run
from xlbudget.workbook.calculation.shapes import ROW_FUNCTIONS
from xlbudget.workbook.calculation.values import added
from xlbudget.workbook.language import Call, Operation


def whole(plan: Plan, entries: Mapping[str, tuple[EntryRow, ...]], overrides: Mapping[Any, Any]) -> Values:
    """Compute every row of every formula."""
    columns = plan.constant_columns()
    for table, rows in entries.items():
        for row in rows:
            for key, value in row.values.items():
                columns[table, key][row.row] = value if isinstance(value, str) else float(value)  # type: ignore[arg-type]
    run = Run(plan.formulas, columns)
    for group in plan.steps:
        run.step(group, overrides.get((group.table, group.column)))
    return Values(run.columns, {})


def plain(values: Values) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Every value with its type; errors by their text, and no sign before a zero."""
    return {
        key: [(type(value).__name__, str(value + 0.0 if type(value) is float else value)) for value in column]
        for key, column in values.columns.items()
    }


def random_overrides(plan: Plan, chance: random.Random) -> dict[Any, Any]:
    cells = chance.sample(sorted(plan.blueprint.formulas), 6)
    found: dict[Any, dict[int, Any]] = {}
    for cell in cells:
        found.setdefault((cell.table, cell.column), {})[cell.row] = chance.choice(
            [7.5, 0.0, "文", None, True]
        )
    return found


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), overridden=st.booleans())
@example(seed=13060, overridden=False)  # shares of a negative total: zeros with and without a sign
def test_what_changes_is_computed_and_nothing_else_differs(seed: int, overridden: bool) -> None:
    template = load_template("shanxi_provincial/2023")
    plan = plan_of(template, SMALL)
    chance = random.Random(seed)
    entries = random_entries(template, plan, chance)
    overrides = random_overrides(plan, chance) if overridden else {}
    changed = plan.evaluate(entries, overrides)
    assert plain(changed) == plain(whole(plan, entries, overrides))
    after, before = plain(changed), plain(plan.blank)
    ours = {
        cell
        for cell in plan.blueprint.formulas
        if after[cell.table, cell.column][cell.row] != before[cell.table, cell.column][cell.row]
    }
    assert ours == set(changed.changed_cells) & set(plan.blueprint.formulas)
    if not overridden:
        cells = chance.sample(sorted(plan.blueprint.formulas), 5)
        found = [plan.decimals(changed, cell) for cell in cells]
        amounts = [value if isinstance(value, Decimal) else Decimal(0) for value in found]
        assert list(plan.amounts(entries, cells)) == amounts


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), entered=st.booleans())
def test_what_other_entries_and_overwritten_formulas_change_is_computed_and_nothing_else_differs(
    seed: int, entered: bool
) -> None:
    template, chance = load_template("shanxi_provincial/2023"), random.Random(seed)
    plan = plan_of(template, SMALL)
    entries, overrides = random_entries(template, plan, chance), random_overrides(plan, chance)
    cells = {
        Cell(table, row, key): value
        for (table, key), rows in overrides.items()
        for row, value in rows.items()
    }
    after = {table: {row.row: dict(row.values) for row in rows} for table, rows in entries.items()}
    for table, rows in random_entries(template, plan, chance).items() if entered else ():
        for row in rows:
            after.setdefault(table, {}).setdefault(row.row, {}).update(row.values)
            cells |= {Cell(table, row.row, key): value for key, value in row.values.items()}
    changed = {table: [EntryRow(at, row) for at, row in rows.items()] for table, rows in after.items()}
    values = plan.evaluate(entries)
    before = plain(values)
    assert plain(plan.what_if(values, entries, cells)) == plain(whole(plan, changed, overrides))
    assert plain(values) == before


def test_one_entry_reaches_few_cells_and_all_that_depend_on_it(template: WorkbookTemplate) -> None:
    plan = plan_of(template)
    values = plan.evaluate({"收入": (EntryRow(0, {"本年收入": 10000.0}),)})  # type: ignore[dict-item]
    changed = set(values.changed_cells)
    line = plan.layout.tables["F1收入"].lines["本年收入合计"]
    assert values.raw(Cell("F1收入", line, "收入")) == 1.0
    assert Cell("F1收入", line, "收入") in changed
    assert not [cell for cell in changed if cell.table in {"功能汇总", "F3", "F5", "F6", "F12"}]
    assert len(changed) < 100


def test_the_blank_workbook_is_left_as_it_was(template: WorkbookTemplate) -> None:
    plan = plan_of(template)
    before = {key: list(column) for key, column in plan.blank.columns.items()}
    plan.evaluate(random_entries(template, plan, random.Random(5)))
    assert plan.blank.columns == before
    assert not list(plan.evaluate({}).changed_cells)


def test_a_row_comes_to_what_the_engine_makes_of_it_or_is_left_to_it(template: WorkbookTemplate) -> None:
    """Every kind of value in every place of the shapes of few places, empty cells among them."""
    plan = plan_of(template, SMALL)
    nodes = [
        group.node
        for group in plan.steps
        if isinstance(group.node, Operation)
        or (isinstance(group.node, Call) and group.node.function in ROW_FUNCTIONS)
    ]
    shapes = {shape.text: shape for shape in map(plan.formulas.shapes.of, nodes)}
    kinds = (None, "", "A", 0.0, -1.5, True, ErrorValue("#N/A"))
    taken = 0
    for text, shape in shapes.items():
        if not 1 <= len(shape.leaves) <= 3:
            continue
        rows = list(itertools.product(kinds, repeat=len(shape.leaves)))
        columns = list(zip(*rows, strict=True))
        ours, left = each_row(shape.function, columns, len(rows))
        for at, theirs in enumerate(by_engine(text, columns, len(rows))):
            if at not in left:
                taken += 1
                expected = float(theirs) if type(theirs) is int else theirs
                assert (type(ours[at]), ours[at]) == (type(expected), expected), (text, rows[at])
    assert taken > 1000


def test_floats_are_added_one_after_another_under_every_python() -> None:
    """The builtin sum gives 0.3 and 1.0 since Python 3.12, by what it keeps of lost digits."""
    assert added([0.1, 0.2, 0.3, -0.3]) == 0.1 + 0.2 + 0.3 - 0.3 != 0.3
    assert added([1e16, 1.0, -1e16]) == 0.0
    assert added([]) == 0.0
