"""A rule that blocks from a year on: to explain until then, blocking from then."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import builders

from xlbudget import check, generate, load_template
from xlbudget.checking.definitions.lint import lint
from xlbudget.definitions.rosters import read_roster
from xlbudget.definitions.small_template import new_template
from xlbudget.department.issue.filling import fill
from xlbudget.reports.rule_book import RuleBook


def with_year(root: Path, year: int, extra: str, severity: str = "blocking") -> str:
    """A small template of a year, whose rule F1-01 (revenue is expenditure) says more."""
    name = f"某县财政局/{year}"
    path = new_template(name, root) / "cross_form_rules.toml"
    old = 'title = "收入总计等于支出总计"\nseverity = "blocking"\n'
    builders.edit(path, old, old.replace("blocking", severity) + extra)
    return name


@pytest.mark.parametrize(("year", "severity"), [(2026, "explain"), (2027, "blocking")])
def test_it_is_to_explain_until_its_year(tmp_path: Path, year: int, severity: str) -> None:
    """Revenue is 10,000 more than expenditure: the same workbook, a year apart."""
    root = tmp_path / "模板"
    template = load_template(with_year(root, year, "blocks_from = 2027\n"), root)
    assert lint(root) == []
    demo = template.folder / "demo"
    unit = read_roster(demo / "units.csv", template).units[0]
    ledgers = tmp_path / "数据"
    ledgers.mkdir()
    for path in (demo / unit.code).glob("*.csv"):
        (ledgers / path.name).write_bytes(path.read_bytes())
    revenue = (ledgers / "revenue.csv").read_text(encoding="utf-8")
    (ledgers / "revenue.csv").write_text(f"{revenue.rstrip()}\n其他收入,10000\n", encoding="utf-8")
    if "其他收入" in revenue:
        raise AssertionError("the demonstration data has other revenue already")
    filled = fill(generate(template, tmp_path, unit), ledgers, tmp_path / "填报.xlsx", template=template)
    report = check(filled, template)
    assert [(part.rule, part.severity.value) for part in report.findings] == [("F1-01", severity)]
    assert "2027 年度起不予接收，此前改正或书面说明" in RuleBook(template, {}).page("F1-01")


def test_lint_tells_a_year_that_says_nothing(tmp_path: Path) -> None:
    root = tmp_path / "模板"
    with_year(root, 2026, "blocks_from = 2027\n", severity="note")
    with_year(root, 2027, "since = 2028\nblocks_from = 2027\n")
    assert [problem.message for problem in lint(root)] == [
        '写了 blocks_from 的关系，severity 应为 "blocking"',
        "规则 F1-01：blocks_from（2027）不在适用的年度里",
    ]
