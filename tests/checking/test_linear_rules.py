"""Rules as linear forms say what the rules say in decimals, on right and on spoiled workbooks.

The two sides come from two arithmetics over one statement; what a form must look like is written by
hand from the text of the rule.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from support.reference_facts import NOT_APPLICABLE

from xlbudget import WorkbookTemplate, read
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.rules.instances import Evaluator
from xlbudget.checking.rules.linear import (
    Linear,
    LinearInstance,
    amounts_in_use,
    linear_instances,
    linear_rules,
)
from xlbudget.model import Cell, CellValue, ColumnKind

ONE = Decimal(1)


@pytest.fixture(scope="module")
def evidence(template: WorkbookTemplate, reference_workbook: Path) -> Evidence:
    return Evidence(template, read(reference_workbook, template))


@pytest.fixture(scope="module")
def instances(evidence: Evidence) -> list[LinearInstance]:
    rules = evidence.template.rules
    return list(linear_instances(evidence.blueprint, evidence.recalculated, rules))


def of_rule(instances: list[LinearInstance], rule: str) -> list[LinearInstance]:
    return [part for part in instances if part.rule.id == rule]


def spoiled(evidence: Evidence, seed: int) -> Callable[[Cell], CellValue]:
    """Return the workbook with amounts of every twentieth cell changed, blanks among them."""
    changed: dict[Cell, CellValue] = {}
    chance = random.Random(seed)
    used = amounts_in_use(evidence.blueprint, evidence.recalculated)
    for table, placed in evidence.layout.tables.items():
        for column in placed.columns:
            for row in range(placed.rows):
                cell = Cell(table, row, column)
                if chance.random() < 0.05 and used(cell):
                    changed[cell] = chance.choice([None, Decimal(chance.randint(-(10**9), 10**9)).scaleb(-6)])
    return lambda cell: changed.get(cell, evidence.recalculated(cell))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_both_sides_are_those_of_the_decimals_for_every_instance(
    evidence: Evidence, instances: list[LinearInstance], seed: int
) -> None:
    """Forms are made once, from the right workbook; their values are asked of the spoiled one."""
    reader = spoiled(evidence, seed) if seed else evidence.recalculated
    rules = {part.rule.id: part.rule for part in instances}
    values = Evaluator(evidence.blueprint, reader)
    expected = [
        (rule.id, part.column, part.cell, part.left, part.operator, part.right)
        for rule in rules.values()
        for part in values.instances(rule)
    ]
    found = [
        (
            part.rule.id,
            part.column,
            part.cell,
            part.left.value(reader),
            part.operator,
            part.right.value(reader),
        )
        for part in instances
    ]
    assert found == expected
    assert len(found) > 600


def test_only_false_premises_and_empty_forms_keep_rules_out(evidence: Evidence) -> None:
    """The real budget: an administrative unit, fiscal appropriation only, carry-over for projects only."""
    found = linear_rules(evidence.blueprint, evidence.recalculated, evidence.template.rules)
    reasons = {part.rule.id: part.reason.partition("（")[0] for part in found.left_out}
    assert reasons == NOT_APPLICABLE


def test_counts_and_texts_are_known_and_amounts_are_not(
    evidence: Evidence, instances: list[LinearInstance]
) -> None:
    [count] = of_rule(instances, "F6-04")
    assert (count.left.terms, count.right.terms) == ({}, {})
    assert count.left.constant == 0
    columns = {(cell.table, cell.column) for part in instances for cell in part.cells}
    kinds = {column.kind for place in columns if (column := evidence.layout.column(*place))}
    assert kinds == {ColumnKind.AMOUNT}


def test_a_single_rule_is_its_statement(evidence: Evidence, instances: list[LinearInstance]) -> None:
    """F1-02: 收入总计 = 本年收入合计 + 上年结转."""
    [found] = of_rule(instances, "F1-02")
    lines = evidence.layout.tables["F1收入"].lines

    def cell(line: str) -> Cell:
        return Cell("F1收入", lines[line], "收入")

    assert found.left == Linear({cell("收入总计"): ONE})
    assert found.right == Linear({cell("本年收入合计"): ONE, cell("上年结转"): ONE})
    assert found.cell == cell("收入总计")
    assert not found.same_fact


def test_a_total_below_which_the_whole_column_stands_is_left_out_of_its_own_sum(
    evidence: Evidence, instances: list[LinearInstance]
) -> None:
    """F11-01: 部门合计 = Σ column − 部门合计: the total cancels out, the unit's row stays."""
    found = next(part for part in of_rule(instances, "F11-01") if part.column == "合计")
    assert found.left == Linear({Cell("F11", 0, "合计"): ONE})
    assert found.right == Linear({Cell("F11", 1, "合计"): ONE})


def test_entries_count_in_their_own_money(instances: list[LinearInstance]) -> None:
    """E-10: a form cell in 万元 against ledger cells in 元; nothing was carried over in the real budget."""
    fund = next(part for part in of_rule(instances, "E-08") if part.column == "合计")
    assert set(fund.left.terms.values()) == {ONE}
    assert set(fund.right.terms.values()) == {Decimal("0.0001")}
    [none] = of_rule(instances, "E-10")
    assert none.right == Linear()


def test_two_single_cells_are_the_same_fact(instances: list[LinearInstance]) -> None:
    assert [part.same_fact for rule in ("X-01", "F1-09", "X-14") for part in of_rule(instances, rule)] == [
        True,
        True,
        True,
    ]
    assert not any(part.same_fact for rule in ("X-19", "X-09") for part in of_rule(instances, rule))
