"""Broken rules of a budget as published, in memory: mistakes by name, values, ties, blocks.

Amounts are the reference budget's printed ones; what must come out follows from the publication.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.generated_budgets import reference
from support.published_values import Published

from xlbudget import WorkbookTemplate
from xlbudget.checking.mistakes.diagnosis import Diagnosis, Mistake, Suspect, Workings, diagnose
from xlbudget.checking.mistakes.repair import Range
from xlbudget.checking.mistakes.slips import Slip, SlipReading
from xlbudget.checking.mistakes.words import suspects_named
from xlbudget.checking.rules.linear import Linear, LinearInstance
from xlbudget.model import Cell, Place, Rule, RuleScope, Severity, Source

LETTERS = {"合计": "C", "一般公共预算": "D"}  # of form 12


@pytest.fixture(scope="module")
def published(template: WorkbookTemplate) -> Published:
    return Published(reference(template))


def at(published: Published, table: str, value: str, column: str) -> Cell:
    """Return the one cell of a column that shows an amount."""
    [cell] = [
        cell
        for cell, amount in published.amounts.items()
        if (cell.table, cell.column, amount) == (table, column, Decimal(value))
    ]
    return cell


def only(diagnosis: Diagnosis) -> Mistake:
    assert diagnosis.unexplained == ()
    [mistake] = diagnosis.mistakes
    return mistake


def test_the_reference_as_published_holds_no_mistake(published: Published) -> None:
    assert published.diagnosis({}) == Diagnosis(())


def test_a_swapped_digit_of_a_project_is_named_with_its_value(published: Published) -> None:
    cell = at(published, "F12", "346.00", "合计")
    mistake = only(published.diagnosis({cell: Decimal("364.00")}))
    [suspect] = mistake.suspects
    assert (suspect.cell, suspect.value) == (cell, Decimal(346))
    assert suspect.slip is not None
    assert suspect.slip.slip is Slip.SWAPPED_DIGITS
    assert {part.rule.id for part in mistake.broken} == {"F12-02", "F12-03"}


def test_a_total_that_leaves_a_component_out_is_told_so(published: Published) -> None:
    cell = at(published, "F5", "2194.07", "基本支出")
    components = {amount for part, amount in published.amounts.items() if part[::2] == ("F5", "基本支出")}
    assert Decimal("1587.42") in components
    mistake = only(published.diagnosis({cell: Decimal("2194.07") - Decimal("1587.42")}))
    suspect = mistake.suspects[0]
    assert suspect.cell == cell
    assert suspect.slip is not None
    assert suspect.slip.slip is Slip.COMPONENT_LEFT_OUT
    assert Decimal("2194.07") in suspect.meant


def test_two_slips_in_different_forms_are_two_mistakes(published: Published) -> None:
    one, other = at(published, "F12", "346.00", "合计"), at(published, "F10", "148.50", "一般公共预算")
    diagnosis = published.diagnosis({one: Decimal("3460.00"), other: Decimal("184.50")})
    assert {mistake.suspects[0].cell for mistake in diagnosis.mistakes} == {one, other}
    assert len(diagnosis.mistakes) == 2


def test_two_repairs_equally_small_are_both_said(published: Published) -> None:
    """Form 6 and form 5 show the same total twice; by 0.01 no other rule can tell which is right."""
    cell = next(
        part
        for part, amount in published.amounts.items()
        if part.table == "F6" and part.column == "合计" and amount == Decimal("2194.07")
    )
    mistake = only(published.diagnosis({cell: Decimal("2194.06")}))
    assert {suspect.cell.table for suspect in mistake.suspects} == {"F5", "F6"}
    assert mistake.complete
    assert {suspect.value for suspect in mistake.suspects} == {Decimal("2194.06"), Decimal("2194.07")}


def test_a_block_pasted_one_line_off_is_one_mistake(published: Published) -> None:
    """Three projects of form 12 pasted one line down, over a fourth."""
    lines = sorted(cell.row for cell in published.amounts if cell.table == "F12" and cell.column == "合计")[
        3:7
    ]
    columns = ("合计", "一般公共预算")
    typed = {}
    for row in lines[:-1]:
        for column in columns:
            value = published.amounts[Cell("F12", row, column)]
            typed[Cell("F12", row + 1, column)] = value
    typed = {cell: value for cell, value in typed.items() if published.amounts[cell] != value}
    mistake = only(published.diagnosis(typed))
    [suspect] = mistake.suspects
    assert suspect.slip is not None
    assert suspect.slip.slip is Slip.MOVED_BLOCK
    assert suspect.cell == min(typed)
    assert {suspect.cell, *mistake.along} >= {cell for cell in typed if cell.row < lines[-1]}
    words = suspects_named(
        lambda cell: Place(address=f"{LETTERS[cell.column]}{cell.row}"), lambda _: "", mistake
    )
    number = len(mistake.along) + 1
    assert f"同一块共 {number} 格（C{suspect.cell.row}:D{max(mistake.along).row}）" in words


def test_an_amount_that_is_still_last_years_is_said_to_be_kept() -> None:
    """Only where no other slip turns one into the other; it does not make the cell likelier."""

    def words(last_year: str, slip: Slip | None = None) -> str:
        meant = Range(Decimal("461.05"), Decimal("461.05"))
        found = SlipReading(slip) if slip else None
        suspect = Suspect(Cell("F12", 0, "合计"), Decimal("338.7"), meant, found, Decimal(last_year))
        assert suspect.likely == (slip is not None)
        mistake = Mistake((suspect,), ())
        return suspects_named(lambda _: Place(address="C6"), lambda _: "万元", mistake, suspect.cell)

    assert words("338.7") == "现为 338.70 万元，疑沿用了上年的数，应为 461.05 万元"
    assert words("338.71") == "现为 338.70 万元，应为 461.05 万元"
    assert words("338.7", Slip.OTHER_LINE) == "现为 338.70 万元，疑错行，应为 461.05 万元"


# ------------------------------------------------------------------ what binds, and what only balances


def stated(severity: Severity, terms: Mapping[int, int], name: str = "") -> LinearInstance:
    """Return a rule over cells by number that says: these, times their factors, come to nothing."""
    rule = Rule(name or f"{severity}-{sorted(terms)}", "", severity, RuleScope.SINGLE, Source("", 0))
    form = Linear({Cell("T", at, "a"): Decimal(factor) for at, factor in terms.items()})
    return LinearInstance(rule, form, "=", Linear(), None, "")


def found_in(instances: Sequence[LinearInstance], values: Sequence[int]) -> Diagnosis:
    amounts = {Cell("T", at, "a"): Decimal(value) for at, value in enumerate(values) if value}
    exact = Workings(amounts, lambda _: Decimal(0), lambda _: Decimal(1), lambda cell: str(cell.row))
    return diagnose(instances, exact)


BLOCKING, EXPLAIN, NOTE = Severity.BLOCKING, Severity.EXPLAIN, Severity.NOTE
SUM = stated(BLOCKING, {0: 1, 1: -1, 2: -1})  # 0 = 1 + 2


def test_a_hint_that_fails_is_no_mistake_and_bends_no_amount() -> None:
    hint = stated(NOTE, {1: 1, 3: -1})
    assert found_in([SUM, hint], [5, 3, 2, 4]) == Diagnosis(())
    wrong = only(found_in([SUM, hint, stated(BLOCKING, {0: 1, 4: -1})], [6, 3, 2, 4, 5]))
    assert [(part.cell.row, part.value) for part in wrong.suspects] == [(0, 5)]
    assert [part.rule.severity for part in wrong.broken] == [BLOCKING, BLOCKING]


def test_a_rule_that_may_fail_is_explained_by_one_cell_or_not_at_all() -> None:
    may_fail = stated(EXPLAIN, {1: 1, 3: -1})
    [free] = only(found_in([may_fail], [0, 3, 0, 4])).suspects[:1]
    assert free.cell.row in {1, 3}
    assert found_in([SUM, may_fail, stated(BLOCKING, {3: 1, 4: -1})], [5, 3, 2, 4, 4]) == Diagnosis(())


def test_a_cell_that_only_balances_stands_with_the_mistake() -> None:
    """1 must be 4; as 0 is known twice, 2 must make up for it, which breaks nothing by itself."""
    instances = [SUM, stated(BLOCKING, {0: 1, 4: -1}), stated(BLOCKING, {1: 1, 3: -1, 5: -1})]
    mistake = only(found_in([*instances, stated(BLOCKING, {3: 1, 5: 1, 6: -1})], [5, 3, 2, 2, 5, 2, 4]))
    assert [part.cell.row for part in mistake.suspects] == [1]
    assert [(part.cell.row, part.value) for part in mistake.balancing] == [(2, 1)]
    place = Place("表1", "甲", "金额", "表1", "B2")
    words = suspects_named(lambda _: place, lambda _: "元", mistake)
    assert f"须同时相应改动{place}，现为 2.00 元，应为 1.00 元；" in words
    # 3 and 6, or 5 and 6, one less each, do as well: they are named, not left out by chance
    rows = {tuple(sorted(part.cell.row for part in repair)) for repair in mistake.instead}
    assert rows == {(3, 6), (5, 6)}
    assert words.count("（现为 4.00 元，应为 3.00 元）") == 2


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Severity)),
            st.dictionaries(st.integers(0, 6), st.sampled_from([1, -1]), min_size=2, max_size=4),
        ),
        min_size=1,
        max_size=6,
    ),
    st.lists(st.integers(0, 9), min_size=7, max_size=7),
)
def test_every_mistake_has_broken_rules_of_which_one_is_its_own(
    drawn: list[tuple[Severity, dict[int, int]]], values: list[int]
) -> None:
    """Whatever is stated: suspects touch what they broke, hints take no part, nothing broken is forgotten."""
    instances = [stated(severity, terms, f"R{at}") for at, (severity, terms) in enumerate(drawn)]
    amounts = {Cell("T", at, "a"): Decimal(value) for at, value in enumerate(values)}
    broken = [part for part in instances if part.left.value(amounts.get) != 0]
    diagnosis = found_in(instances, values)
    for mistake in diagnosis.mistakes:
        assert mistake.broken
        assert {id(part) for part in mistake.broken} <= {id(part) for part in broken}
        assert mistake.broken[0].rule.severity == min(
            (part.rule.severity for part in mistake.broken), key=list(Severity).index
        )
        assert NOTE not in {part.rule.severity for part in mistake.broken}
        assert all(any(one.cell in part.cells for part in mistake.broken) for one in mistake.suspects)
    must_hold = [part for part in broken if part.rule.severity is BLOCKING]
    told = {id(part) for mistake in diagnosis.mistakes for part in mistake.broken}
    assert all(id(part) in told or part in diagnosis.unexplained for part in must_hold)
    assert len(diagnosis.mistakes) <= len(broken)
