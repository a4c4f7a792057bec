"""Laws of checking: what must not matter does not matter.

The files are checked once and joined in every order; ledgers are spoiled, shuffled and scaled in
memory, so that an example costs a recalculation and no file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import builders
from support.builders import PROJECTS

from xlbudget import Roster, Submission, WorkbookTemplate, read
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.one_file import check_file
from xlbudget.checking.problems import implausible_amount, missing_entry, unknown_code
from xlbudget.checking.rule_findings import run_rules
from xlbudget.checking.whole_report import report_of
from xlbudget.model import EntryRow, Finding, RuleOutcome, WorkbookReport
from xlbudget.reports.arrangement import arrange

LEDGERS = ("基本支出", "项目支出")
AMOUNTS = ("本年一般公共预算", "本年单位资金", "结转一般公共预算")
quickly = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
slips = st.lists(
    st.tuples(
        st.sampled_from(LEDGERS),
        st.integers(0, 5),
        st.sampled_from(AMOUNTS),
        st.decimals(0, 10_000_000, places=2, allow_nan=False),
    ),
    min_size=1,
    max_size=4,
)


# of amounts down to the 分, slips and rounding are judged by what is the smallest amount: that has no scale
coarse = st.lists(
    st.tuples(
        st.sampled_from(LEDGERS),
        st.integers(0, 5),
        st.sampled_from(AMOUNTS),
        st.integers(0, 100_000).map(lambda hundreds: Decimal(100 * hundreds)),
    ),
    min_size=1,
    max_size=4,
)


class Reports(list[WorkbookReport]):
    """Reports of files; hypothesis would print them in full."""

    def __repr__(self) -> str:
        return f"<{len(self)} reports>"


@pytest.fixture(scope="module")
def submission(template: WorkbookTemplate, department_workbooks: list[Path]) -> Submission:
    return read(department_workbooks[2], template)


@pytest.fixture(scope="module")
def parts(
    template: WorkbookTemplate,
    department_workbooks: list[Path],
    roster: Roster,
    tmp_path_factory: pytest.TempPathFactory,
) -> Reports:
    """Files as they come: two good units, a spoiled one, the same unit again, no workbook at all."""
    folder = tmp_path_factory.mktemp("laws")
    spoiled = builders.typed(department_workbooks[2].read_bytes(), PROJECTS, {"H6": "三百万", "E7": "99"})
    files = [
        *department_workbooks[:2],
        builders.returned(folder, "103_改.xlsx", spoiled),
        builders.returned(folder, "101_又一份.xlsx", department_workbooks[0].read_bytes()),
        builders.returned(folder, "不是.xlsx", b"no workbook"),
    ]
    return Reports(check_file(path, template, roster)[0] for path in files)


def spoiled(submission: Submission, changes: Sequence[tuple[str, int, str, Decimal]]) -> Submission:
    """Type other amounts into the ledgers."""
    entries = dict(submission.entries)
    for table, at, column, amount in changes:
        rows = list(entries[table])
        row = rows[at % len(rows)]
        rows[at % len(rows)] = EntryRow(row.row, {**row.values, column: amount})
        entries[table] = tuple(rows)
    return replace(submission, entries=entries)


def verdict(
    template: WorkbookTemplate, submission: Submission
) -> tuple[tuple[Finding, ...], tuple[RuleOutcome, ...]]:
    """Findings of the rules and of the checks that look at entries alone."""
    evidence = Evidence(template, submission)
    findings, outcomes = run_rules(evidence)[:2]
    for check in (implausible_amount, missing_entry, unknown_code):
        findings += tuple(check.find(evidence))
    return findings, outcomes


def essence(finding: Finding) -> tuple[Any, ...]:
    """A finding without where its row happens to stand."""
    return (
        finding.rule,
        finding.severity,
        finding.stored,
        finding.expected,
        finding.difference,
        finding.money,
    )


def statuses(outcomes: Sequence[RuleOutcome]) -> list[tuple[str, str, int, str]]:
    return [(each.rule, each.status.value, each.instances, each.reason) for each in outcomes]


# ── Order ────────────────────────────────────────────────────────────────────────────────────────


@quickly
@given(order=st.permutations(range(5)))
def test_the_order_of_files_changes_no_finding(
    order: list[int], template: WorkbookTemplate, roster: Roster, parts: Reports
) -> None:
    orders = (parts, Reports(parts[at] for at in order))
    usual, other = (arrange(report_of(template, each, roster)) for each in orders)
    assert [part.workbook.findings for part in other.parts] == [
        part.workbook.findings for part in usual.parts
    ]
    assert [part.verdict for part in other.parts] == [part.verdict for part in usual.parts]
    assert other.missing == usual.missing
    assert {finding.message for finding in other.report.collective} == {
        finding.message for finding in usual.report.collective
    }
    assert Counter((finding.rule, finding.unit) for finding in other.report.collective) == Counter(
        (finding.rule, finding.unit) for finding in usual.report.collective
    )


@quickly
@given(changes=slips, data=st.data())
def test_the_order_of_rows_and_gaps_between_them_change_no_finding(
    changes: list[tuple[str, int, str, Decimal]],
    data: st.DataObject,
    template: WorkbookTemplate,
    submission: Submission,
) -> None:
    before = spoiled(submission, changes)
    entries: Mapping[str, tuple[EntryRow, ...]] = {
        table: tuple(
            EntryRow(place, row.values)
            for place, row in zip(
                data.draw(st.permutations(range(2 * len(rows))))[: len(rows)], rows, strict=True
            )
        )
        if table in LEDGERS
        else rows
        for table, rows in before.entries.items()
    }
    findings, outcomes = verdict(template, before)
    shuffled, again = verdict(template, replace(before, entries=entries))
    assert Counter(map(essence, shuffled)) == Counter(map(essence, findings))
    assert statuses(again) == statuses(outcomes)


# ── One unit more ────────────────────────────────────────────────────────────────────────────────


@given(chosen=st.sets(st.integers(0, 4)))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_correct_unit_more_adds_no_finding(
    chosen: set[int], template: WorkbookTemplate, parts: Reports
) -> None:
    correct = parts[1]
    assert correct.findings == ()
    others = [parts[at] for at in sorted(chosen - {1})]
    without, with_it = (report_of(template, each) for each in (others, [*others, correct]))
    assert with_it.findings == without.findings


# ── Scale ────────────────────────────────────────────────────────────────────────────────────────


@quickly
@given(changes=coarse, power=st.sampled_from([1, 2, 3]))
def test_ten_times_all_amounts_changes_no_verdict(
    changes: list[tuple[str, int, str, Decimal]],
    power: int,
    template: WorkbookTemplate,
    submission: Submission,
) -> None:
    factor = Decimal(10) ** power
    before = spoiled(submission, changes)
    entries = {
        table: tuple(
            EntryRow(
                row.row,
                {
                    key: value * factor if isinstance(value, Decimal) else value
                    for key, value in row.values.items()
                },
            )
            for row in rows
        )
        for table, rows in before.entries.items()
    }
    findings, outcomes = verdict(template, before)
    scaled, again = verdict(template, replace(before, entries=entries))
    assert statuses(again) == statuses(outcomes)
    assert [(finding.rule, finding.place) for finding in scaled] == [
        (finding.rule, finding.place) for finding in findings
    ]
    for one, ten in zip(findings, scaled, strict=True):
        if one.difference is not None and one.money:
            assert ten.difference == one.difference * factor


@pytest.mark.parametrize("factor", ["1", "10", "0.1"])
def test_an_exact_workbook_stays_without_findings_at_any_scale(
    factor: str, template: WorkbookTemplate, submission: Submission
) -> None:
    """Amounts of 103 are whole 元, so that a tenth of them is exact as well."""
    entries = {
        table: tuple(
            EntryRow(
                row.row,
                {
                    key: value * Decimal(factor) if isinstance(value, Decimal) else value
                    for key, value in row.values.items()
                },
            )
            for row in rows
        )
        for table, rows in submission.entries.items()
    }
    findings, outcomes = verdict(template, replace(submission, entries=entries))
    _, usual = verdict(template, submission)
    assert findings == ()
    assert statuses(outcomes) == statuses(usual)


def test_the_laws_speak_of_workbooks_with_findings(
    template: WorkbookTemplate, submission: Submission, parts: Reports
) -> None:
    findings, _ = verdict(template, spoiled(submission, [("项目支出", 0, "本年单位资金", Decimal("5.00"))]))
    assert [finding.rule for finding in findings] == ["E-01"]
    assert [len(part.findings) for part in parts] == [0, 0, 2, 0, 1]
