"""What intervals see: every change of a published figure from 0.05 万元 on, and no rounding at all.

Changes are judged without writing a file for each; some are made in the file too, and must give the same.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import intervals
import pytest
import smallest_change
from support.published import published_workbook

from xlbudget import WorkbookTemplate, check
from xlbudget.checking.published.intervals import Agreement, IntervalVerdict, judge
from xlbudget.checking.rules.linear import Linear, LinearInstance
from xlbudget.model import Cell, Rule, RuleScope, RuleStatus, Severity, Source
from xlbudget.returns.published.precision import Interval
from xlbudget.returns.published.workbooks import PublishedWorkbook

ONE = Decimal(1)
FORMS = {1, 2, 3, 4, 5, 6, 10, 11, 12, 13}
"""The forms of the reference that bear amounts."""


@pytest.fixture(scope="module")
def reference() -> PublishedWorkbook:
    return smallest_change.reference()


@pytest.fixture(scope="module")
def changes(reference: PublishedWorkbook) -> smallest_change.Changes:
    return smallest_change.Changes(reference)


def cells_of_forms(workbook: PublishedWorkbook) -> list[Cell]:
    forms = {panel.id: form.number for form, panel in workbook.blueprint.template.panels}
    return [cell for cell in workbook.cells if forms[cell.table] in FORMS]


# ------------------------------------------------------------------ reference


def test_every_amount_cell_takes_part_in_some_rule(
    reference: PublishedWorkbook, changes: smallest_change.Changes
) -> None:
    """301 printed amounts and the blanks beside them: 791 cells on ten forms."""
    cells = cells_of_forms(reference)
    assert len(cells) == 791
    assert len([cell for cell in cells if cell in reference.amounts]) == 301
    assert [cell for cell in cells if cell not in changes.touching] == []


@pytest.mark.parametrize("change", ["0.05", "-0.05", "10000"])
def test_every_single_cell_changed_by_five_hundredths_or_more_is_reported(
    reference: PublishedWorkbook, changes: smallest_change.Changes, change: str
) -> None:
    cells = cells_of_forms(reference)
    unseen = [cell for cell in cells if not changes.reporting(cell, Decimal(change), notes=False)]
    assert unseen == []


@pytest.mark.parametrize(
    ("place", "cell", "change", "rules"),
    [
        ((6, "办公费", 2), ("F6", "30201", "合计"), "0.05", ["F6-03"]),
        ((12, "山西省公安厅交通管理局", 1), ("F12", "", "合计"), "0.05", ["F12-03-2"]),
        ((1, "本年收入合计", 3), ("F1支出", "", "合计"), "-0.06", ["F1-03", "F1-08"]),
    ],
)
def test_the_same_change_made_in_the_file_is_reported_by_the_same_rules(
    template: WorkbookTemplate,
    reference: PublishedWorkbook,
    changes: smallest_change.Changes,
    tmp_path: Path,
    place: tuple[int, str, int],
    cell: tuple[str, str, str],
    change: str,
    rules: list[str],
) -> None:
    lines = {"F12": "合计行", "F1支出": "本年支出合计"}
    if cell[1]:
        [row] = {
            one.row for one in reference.texts if one.table == cell[0] and reference.texts[one] == cell[1]
        }
    else:
        row = reference.blueprint.layout.tables[cell[0]].lines[lines[cell[0]]]
    chosen = Cell(cell[0], row, cell[2])
    new = reference.interval(chosen).middle + Decimal(change)
    path = tmp_path / "改.xlsx"
    path.write_bytes(published_workbook(changes={place: float(new)}))
    report = check(path, template, as_published=True)
    [workbook] = report.workbooks
    assert (
        sorted(
            one.rule
            for one in workbook.outcomes
            if one.status is RuleStatus.FAILED and one.severity is not Severity.NOTE
        )
        == rules
    )
    certain = [one for one in report.findings if one.severity is not Severity.NOTE]
    assert [one.place.column for one in certain] == ["合计"]
    assert sorted(changes.reporting(chosen, Decimal(change))) == rules


def test_the_page_on_what_is_seen_is_up_to_date(reference: PublishedWorkbook) -> None:
    assert smallest_change.PAGE.read_text(encoding="utf-8") == smallest_change.page(reference)


# ----------------------------------------------------------- generated budgets


def test_generated_budgets_raise_no_false_alarm_and_small_slips_are_seen() -> None:
    """Fixed tolerances are measured beside it; which of them errs how often is the benchmark's."""
    result = intervals.measure(8)
    ours = result.tallies[intervals.OURS]
    assert (ours.alarms, ours.alarmed) == (0, 0)
    assert ours.missed["0.05 至 0.5"] == 0
    assert ours.missed["0.5 以上"] == 0
    assert result.suppressed == 0
    assert result.instances > 2500
    assert result.differences > 80
    assert len(list(intervals.table(result))) == 10


# ------------------------------------------------------------------- intervals


A, B, C = (Cell("T", row, "金额") for row in range(3))
RULE = Rule("R", "", Severity.BLOCKING, RuleScope.SINGLE, Source("", 0))


def judged(left: dict[Cell, int], operator: str, right: dict[Cell, int], **cells: str) -> IntervalVerdict:
    """Judge a rule over cells a, b, c printed to as many decimals as their texts have; others are blank."""
    printed = {
        {"a": A, "b": B, "c": C}[name]: Interval(
            Decimal(text), Decimal("0.5").scaleb(int(Decimal(text).as_tuple().exponent))
        )
        for name, text in cells.items()
    }

    def linear(terms: dict[Cell, int]) -> Linear:
        return Linear({cell: Decimal(factor) for cell, factor in terms.items()})

    instance = LinearInstance(RULE, linear(left), operator, linear(right), A, "")
    return judge(instance, lambda cell: printed.get(cell, Interval(Decimal(0))))


def test_a_sum_may_miss_by_half_a_unit_for_each_amount_and_no_more() -> None:
    """1.00 = 0.33 + 0.66 differs by 0.01 ≤ 3 × 0.005; by 0.02 it cannot be rounding."""
    near = judged({A: 1}, "=", {B: 1, C: 1}, a="1.00", b="0.33", c="0.66")
    assert (near.agreement, near.difference, near.gap) == (Agreement.ROUNDING, Decimal("0.01"), 0)
    far = judged({A: 1}, "=", {B: 1, C: 1}, a="1.00", b="0.32", c="0.66")
    assert (far.agreement, far.gap) == (Agreement.BROKEN, Decimal("0.005"))
    assert (far.left.low, far.right.high) == (Decimal("0.995"), Decimal("0.99"))


def test_intervals_that_touch_meet() -> None:
    """Four amounts, 0.02 apart: 4 × 0.005, ends included."""
    touch = judged({A: 1}, "=", {B: 2, C: 1}, a="1.02", b="0.33", c="0.34")
    assert (touch.agreement, touch.difference) == (Agreement.ROUNDING, Decimal("0.02"))


def test_one_cell_on_either_side_is_one_fact_and_must_be_equal() -> None:
    same = judged({A: 1}, "=", {B: 1}, a="1.00", b="1.01")
    assert (same.agreement, same.gap, same.same_fact) == (Agreement.BROKEN, Decimal("0.01"), True)
    blank = judged({A: 1}, "=", {B: 1, C: 1}, a="1.00", b="1.01")
    assert (blank.agreement, blank.same_fact) == (Agreement.BROKEN, True)


def test_a_printed_zero_is_an_amount_and_a_blank_is_none() -> None:
    zero = judged({A: 1}, "=", {B: 1, C: 1}, a="1.00", b="1.01", c="0.00")
    assert (zero.agreement, zero.same_fact) == (Agreement.ROUNDING, False)
    alone = judged({A: 1}, "=", {B: 1}, a="0.01")
    assert (alone.agreement, alone.gap) == (Agreement.BROKEN, Decimal("0.005"))


def test_one_fact_to_different_decimals_is_equal_within_the_coarser() -> None:
    assert judged({A: 1}, "=", {B: 1}, a="1.0", b="1.0499").agreement is Agreement.ROUNDING
    assert judged({A: 1}, "=", {B: 1}, a="1.0", b="1.0502").agreement is Agreement.BROKEN


def test_a_cell_on_both_sides_is_one_amount() -> None:
    """a + c = b + c says a = b, whatever c may be."""
    both = judged({A: 1, C: 1}, "=", {B: 1, C: 1}, a="1.00", b="1.01", c="7.00")
    assert (both.agreement, both.same_fact) == (Agreement.BROKEN, True)


@pytest.mark.parametrize(
    ("operator", "left", "agreement"),
    [
        ("<=", "0.99", Agreement.EXACT),
        ("<=", "1.01", Agreement.ROUNDING),
        ("<=", "1.02", Agreement.BROKEN),
        (">=", "1.01", Agreement.EXACT),
        (">=", "0.99", Agreement.ROUNDING),
        (">=", "0.98", Agreement.BROKEN),
    ],
)
def test_inequalities_are_broken_only_beyond_the_intervals(
    operator: str, left: str, agreement: Agreement
) -> None:
    """Against 0.40 + 0.60: three amounts, 0.015."""
    assert judged({A: 1}, operator, {B: 1, C: 1}, a=left, b="0.40", c="0.60").agreement is agreement


def test_exact_amounts_leave_no_room() -> None:
    exact = judged({A: 1}, "=", {B: 1, C: 1})
    assert exact.agreement is Agreement.EXACT
    constant = judge(
        LinearInstance(RULE, Linear(constant=ONE), "=", Linear(), None, ""), lambda _: Interval(Decimal(0))
    )
    assert (constant.agreement, constant.gap) == (Agreement.BROKEN, ONE)
