"""Where a code contradicts a code, a code is proposed; the amounts stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from support.generated_budgets import Budget, cover

from xlbudget import WorkbookTemplate
from xlbudget.checking.one_file import check_submission
from xlbudget.model import EntryRow, Finding, Rule, Severity, Unit

OWN = "2040201"
GENERAL = "本年一般公共预算"


def budget_of(template: WorkbookTemplate, kind: str, *rows: tuple[str, str, int]) -> Budget:
    """Basic expenditure of (functional code, economic code, 元), and as much revenue."""
    basic = [
        EntryRow(at, {"功能科目": function, "经济科目": economic, GENERAL: Decimal(amount)})
        for at, (function, economic, amount) in enumerate(rows)
    ]
    revenue = [EntryRow(0, {"本年收入": Decimal(sum(amount for *_, amount in rows))})]
    unit = Unit("501", "示例单位", kind)
    entries = {"基本支出": tuple(basic), "收入": tuple(revenue), **cover(template, unit)}
    return Budget("编码", template, unit, entries)


def found(template: WorkbookTemplate, kind: str, *rows: tuple[str, str, int]) -> list[Finding]:
    budget = budget_of(template, kind, (OWN, "30101", 900_000), *rows)
    return list(check_submission(budget.submission(), budget.template).findings)


def told(findings: list[Finding]) -> list[tuple[str, str, str, object, object]]:
    assert {finding.severity for finding in findings} == {Severity.NOTE}
    assert {finding.difference for finding in findings} == {None}
    return [
        (finding.rule, finding.place.address, finding.place.column, finding.stored, finding.expected)
        for finding in findings
    ]


@pytest.mark.parametrize(
    ("kind", "function", "economic", "rule", "proposed"),
    [
        ("行政", OWN, "30108", "X-22", "2080505"),
        ("事业", "2080506", "30108", "X-22", "2080505"),
        ("参公", OWN, "30109", "X-22-2", "2080506"),
        ("行政", OWN, "30110", "X-23", "2101101"),
        ("参公", "2101199", "30307", "X-23", "2101101"),
        ("事业", OWN, "30110", "X-23", "2101102"),
        ("事业", OWN, "30302", "X-25", "2080502"),
    ],
)
def test_a_code_beside_the_wrong_one_is_proposed_for_the_kind_of_unit(
    template: WorkbookTemplate, kind: str, function: str, economic: str, rule: str, proposed: str
) -> None:
    findings = [one for one in found(template, kind, (function, economic, 20_000)) if one.rule == rule]
    assert told(findings) == [(rule, "C7", "功能科目", function, proposed)]
    assert f"功能科目“{function}”与经济科目“{economic}”不对应，功能科目改为“{proposed}”" in (
        findings[0].message
    )
    assert "应为" not in findings[0].message


def test_two_rows_with_each_others_codes_are_each_told_their_own(template: WorkbookTemplate) -> None:
    swapped = found(template, "行政", ("2080506", "30108", 20_000), ("2080505", "30109", 10_000))
    assert told(swapped) == [
        ("X-22", "C7", "功能科目", "2080506", "2080505"),
        ("X-22-2", "E7", "经济科目", "30108", None),
    ]
    assert "功能科目“2080505”与经济科目“30109”" not in swapped[0].message
    assert "C8 功能科目“2080505”与经济科目“30109”不对应，功能科目改为“2080506”" in swapped[1].message


def test_where_either_code_may_be_wrong_none_is_proposed(template: WorkbookTemplate) -> None:
    """Office money under the pension function: the function may be wrong, or the economic code."""
    [finding] = found(template, "行政", ("2080505", "30201", 20_000))
    assert told([finding]) == [("X-22", "E7", "经济科目", "30201", None)]
    assert "两个编码有一个可能填错（经济科目一般为 30108）" in finding.message


def test_several_rows_are_one_finding(template: WorkbookTemplate) -> None:
    rows = [(OWN, "30108", 10_000 + at) for at in range(5)]
    [finding] = found(template, "行政", *rows)
    assert told([finding]) == [("X-22", "C7", "功能科目", OWN, "2080505")]
    assert finding.message.count("功能科目改为“2080505”") == 3
    assert "另有 2 行也不对应" in finding.message


def test_a_rule_that_is_to_be_explained_proposes_no_amount_either(template: WorkbookTemplate) -> None:
    """Another authority may want a word for it: the repair is the code all the same."""

    def graver(rule: Rule) -> Rule:
        return replace(rule, severity=Severity.EXPLAIN) if rule.id == "X-22" else rule

    strict = replace(template, rules=tuple(map(graver, template.rules)))
    [finding] = found(strict, "行政", (OWN, "30108", 20_000))
    assert (finding.severity, finding.place.address) == (Severity.EXPLAIN, "C7")
    assert (finding.stored, finding.expected, finding.difference) == (OWN, "2080505", None)


def test_codes_that_the_unit_may_not_use_are_no_candidates(template: WorkbookTemplate) -> None:
    budget = budget_of(template, "行政", (OWN, "30108", 20_000))
    codes: Mapping[str, tuple[str, ...]] = {"功能科目": ("204",)}
    submission = replace(budget.submission(), codes=codes)
    findings = check_submission(submission, template).findings
    [finding] = [one for one in findings if one.rule == "X-22"]
    assert (finding.stored, finding.expected) == (OWN, None)
