"""Blocks of amounts that stand in two places: columns, years, units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from support import builders
from support.builders import PROJECTS
from support.generated_budgets import Budget
from support.invented_budgets import invented

from xlbudget import Report, WorkbookTemplate, check
from xlbudget.checking.copied_amounts import judge_copies
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.one_file import check_submission
from xlbudget.checking.runs.report_data import data_of, report_from
from xlbudget.checking.traits import traits_of
from xlbudget.checking.whole_report import report_of
from xlbudget.model import EntryRow, Finding, Traits, Unit

LEDGER, GENERAL, OWN = "项目支出", "本年一般公共预算", "本年单位资金"
AMOUNTS = [Decimal(text) for text in ("31200.50", "87000", "4560.75", "120000", "9999.99", "250400")]
Found = list[tuple[str, str, str, str]]


def projects(template: WorkbookTemplate, code: str, *columns: tuple[str, int, Sequence[Decimal]]) -> Budget:
    """A budget of twelve projects; a block of amounts stands in a column from a row on."""
    rows: list[dict[str, object]] = [
        {"项目编码": f"{code}{at:02d}", "项目名称": f"项目{code}{at}", "功能科目": "2040220"}
        for at in range(12)
    ]
    for column, first, amounts in columns:
        for at, amount in enumerate(amounts, first):
            rows[at][column] = amount
    entries = tuple(EntryRow(at, row) for at, row in enumerate(rows))  # type: ignore[arg-type]
    unit = Unit(code, f"单位{code}", "行政")
    return replace(invented(template, 1), name=code, unit=unit, entries={LEDGER: entries})


def rows_of(findings: Sequence[Finding]) -> Found:
    return [
        (one.rule, one.severity.value, one.place.sheet, one.place.address)
        for one in findings
        if one.rule == "copied_amounts"
    ]


def judged_alone(budget: Budget, before: Budget | None = None) -> Found:
    this, last = (
        None if one is None else Evidence(one.template, one.submission()) for one in (budget, before)
    )
    assert this is not None
    findings, [outcome] = judge_copies(this, traits_of(this).runs, last)
    assert (outcome.status == "fail") is bool(findings)
    return rows_of(findings)


def test_found_in_another_column_wherever_it_stands_there(template: WorkbookTemplate) -> None:
    beside = projects(template, "A", (GENERAL, 0, AMOUNTS), (OWN, 4, AMOUNTS[:5]))
    assert judged_alone(beside) == [("copied_amounts", "explain", PROJECTS, "L10")]


@pytest.mark.parametrize(
    "own",
    [AMOUNTS[:4], [Decimal(10_000)] * 6, [*AMOUNTS[:3], Decimal(1), *AMOUNTS[3:]]],
    ids=["too few", "all alike", "interrupted"],
)
def test_passed_where_it_may_be_chance(template: WorkbookTemplate, own: Sequence[Decimal]) -> None:
    assert judged_alone(projects(template, "A", (GENERAL, 0, [*AMOUNTS, *own[:0]]), (OWN, 4, own))) == []


def test_found_in_last_years_column_and_not_in_another_of_it(template: WorkbookTemplate) -> None:
    this = projects(template, "A", (GENERAL, 3, AMOUNTS))
    assert judged_alone(this, projects(template, "A", (GENERAL, 0, [Decimal(7), *AMOUNTS]))) == [
        ("copied_amounts", "explain", PROJECTS, "H9")
    ]
    assert judged_alone(this, projects(template, "A", (OWN, 0, AMOUNTS))) == []


def batch(template: WorkbookTemplate, budgets: Sequence[Budget]) -> Report:
    parts = [
        replace(check_submission(one.submission(), template), sha256=one.name, path=Path(f"{one.name}.xlsx"))
        for one in budgets
    ]
    again = [replace(report_from(data_of(part)), path=part.path) for part in parts]
    assert [part.traits for part in again] == [part.traits for part in parts]  # a journal keeps them
    report = report_of(template, again)
    assert {workbook.traits == Traits() for workbook in report.workbooks} == {True}
    return report


def test_found_between_two_units_once_at_the_later(template: WorkbookTemplate) -> None:
    one = projects(template, "A", (GENERAL, 0, AMOUNTS))
    other = projects(template, "B", (OWN, 2, [Decimal(3), *AMOUNTS]))
    third = projects(template, "C", (GENERAL, 0, AMOUNTS[::-1]))
    report = batch(template, [one, other, third])
    assert [rows_of(part.findings) for part in report.workbooks] == [
        [],
        [("copied_amounts", "explain", PROJECTS, "L9")],
        [],
    ]
    [finding] = [part for part in report.findings if part.rule == "copied_amounts"]
    assert "：L9:L14 这 6 个金额与“A 单位A”的 录入2 项目支出!H6:H11 逐个相同" in finding.message
    [outcome] = [part for part in report.workbooks[1].outcomes if part.rule == "copied_amounts"]
    assert outcome.status == "fail"


def test_two_returns_of_one_unit_are_no_copies(template: WorkbookTemplate) -> None:
    one = projects(template, "A", (GENERAL, 0, AMOUNTS))
    report = batch(template, [one, replace(one, name="again")])
    assert [part for part in report.findings if part.rule == "copied_amounts"] == []


@pytest.mark.returned(26, "录入2 成段照抄了另一个单位的金额")
def test_a_copied_block_in_files(
    template: WorkbookTemplate,
    units: dict[str, bytes],
    tmp_path: Path,
    tell: Callable[[Report], None],
    libreoffice: Callable[..., list[Path]],
) -> None:
    """Six projects' amounts of one unit typed into another's workbook, both as LibreOffice saves them."""
    cells: dict[str, dict[str, float | str | None]] = {}
    for code, first in (("101", 9), ("102", 12)):
        cells[code] = {}
        for at, amount in enumerate(AMOUNTS, first):
            cells[code] |= {f"C{at}": f"Z{at}", f"D{at}": f"某项目{code}{at}", f"E{at}": "2010350"}
            cells[code][f"H{at}"] = float(amount)
    paths = [
        builders.returned(tmp_path, f"{code}.xlsx", builders.typed(units[code], PROJECTS, cells[code]))
        for code in cells
    ]
    for files in (paths, libreoffice(paths, tmp_path / "另存")):
        report = check(files, template)
        assert [rows_of(part.findings) for part in report.workbooks] == [
            [],
            [("copied_amounts", "explain", PROJECTS, "H12")],
        ]
        tell(replace(report, workbooks=tuple(map(only_copies, report.workbooks))))


def only_copies(workbook: object) -> object:
    """Leave what the amounts without revenue bring about to the tests of that."""
    findings = tuple(part for part in workbook.findings if part.rule == "copied_amounts")  # type: ignore[attr-defined]
    return replace(workbook, findings=findings)  # type: ignore[type-var]
