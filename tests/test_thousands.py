"""A small municipality whose forms are in 千元: data alone, through the whole chain."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from xlbudget import check, consolidate, generate, load_template, publish
from xlbudget.checking.definitions.lint import lint
from xlbudget.cli import run
from xlbudget.definitions.rosters import read_roster
from xlbudget.definitions.small_template import new_template
from xlbudget.department.issue.filling import fill

NAME = "某县财政局/2026"
F1, F2, DOCUMENT = "forms/f01_summary.toml", "forms/f02_expenditure.toml", "document/document.txt"
YUAN = 'form = "元"\nform_decimals = 2\nfactor = 1\n'
THOUSANDS = 'form = "千元"\nform_decimals = 1\nfactor = 1000\n'
PLAIN = '"基本支出" = "[@基本]", "项目支出" = "[@项目]"'
MONEY = [
    ("template.toml", YUAN, THOUSANDS),
    ("template.toml", "[constants]\n", '[constants]\n"元每千元" = "1000"\n'),
    (DOCUMENT, "}元", "}千元"),
]
SCALED = [
    (F1, '"收入.财政拨款[金额]"', '"收入.财政拨款[金额]/元每千元"'),
    (F1, '"收入.其他收入[金额]"', '"收入.其他收入[金额]/元每千元"'),
    (F1, '"[@基本]+[@项目]"', '"([@基本]+[@项目])/元每千元"'),
    (F1, "SUM(支出[合计])", "SUM(支出[合计])/元每千元"),
    (F2, PLAIN, PLAIN.replace("]", "]/元每千元")),
    (F2, "SUM(支出[基本支出])", "SUM(支出[基本支出])/元每千元"),
    (F2, "SUM(支出[项目支出])", "SUM(支出[项目支出])/元每千元"),
]
NARROW = """id = "F3"
number = 3
sheet = "公开表3"
caption = "公开表3"
title = "{year}年支出总数"
empty_note = "注：本单位没有支出。"
empty_when = "F3.合计[金额]=0"

[[panel]]
id = "F3"
columns = [
  { key = "项目", heading = ["项目"], kind = "text", width = 30 },
  { key = "金额", heading = ["预算数"], kind = "amount", width = 20 },
]
body = [{ key = "合计", cells = { "项目" = "合计", "金额" = { formula = "SUM(支出[合计])/元每千元" } } }]
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    new_template(NAME, tmp_path / "模板")
    edit(tmp_path / "模板", MONEY)
    return tmp_path / "模板"


def edit(root: Path, changes: list[tuple[str, str, str]]) -> None:
    for file, old, new in changes:
        path = root / NAME / file
        text = path.read_text(encoding="utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new), encoding="utf-8")


def test_formulas_that_were_not_scaled_are_told(own: Path) -> None:
    """Amounts in 元 in columns of 千元, eight of them, each with what to divide by."""
    found = [str(problem) for problem in lint(own)]
    assert len(found) == 8
    assert all("取来的数是元" in text and "一栏是千元：要除以 1000" in text for text in found)


def test_rules_that_compare_two_units_are_told(own: Path) -> None:
    edit(own, SCALED)
    path = own / NAME / "cross_form_rules.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("= F1.支出总计[支出]'", "= SUM(支出[合计])'", 1), encoding="utf-8")
    [problem] = [one for one in lint(own) if "样例" not in one.message]
    assert problem.message == "规则 F1-01：左边是千元，右边是元，要换成同一单位"


def test_the_whole_chain_runs_in_thousands(own: Path, tmp_path: Path) -> None:
    """Sums of the CSV in 元, divided by 1,000 by hand; a form of two columns is written too."""
    edit(own, SCALED)
    (own / NAME / "forms" / "f03_total.toml").write_text(
        NARROW.replace('  { key = "项目", heading', '  { key = "项目", hidden = true, heading'),
        encoding="utf-8",
    )
    assert [problem.message for problem in lint(own)] == ["“F3”至少要有 2 栏看得见：题头左右各占一格"]
    (own / NAME / "forms" / "f03_total.toml").write_text(NARROW, encoding="utf-8")
    assert lint(own) == []
    template = load_template(NAME, own)
    demo = template.folder / "demo"
    total = Decimal(0)
    for unit in read_roster(demo / "units.csv", template).units:
        issued = generate(template, tmp_path / "下发", unit)
        fill(issued, demo / unit.code, tmp_path / "报送" / f"{unit.code}.xlsx", template=template)
        with (demo / unit.code / "expenditure.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                total += Decimal(row["basic"] or 0) + Decimal(row["project"] or 0)
    assert check(tmp_path / "报送", template).findings == ()
    consolidate(tmp_path / "报送", tmp_path / "汇总.xlsx", template=template)
    words = ["values", str(tmp_path / "汇总.xlsx"), "--templates", str(own), "-o", str(tmp_path / "数.csv")]
    assert run(words) == 0
    with (tmp_path / "数.csv").open(encoding="utf-8-sig", newline="") as file:
        values = {(row["form"], row["line"], row["column"]): row["value"] for row in csv.DictReader(file)}
    assert Decimal(values["1", "支出总计", "支出"]) == total / 1000
    [published] = publish([tmp_path / "汇总.xlsx"], tmp_path / "公开", template)
    assert [path.suffix for path in published.paths] == [".docx", ".pdf", ".xlsx"]
    for path in published.paths:
        if path.suffix != ".pdf":  # the same tables once more, read as others would
            words = ["check", str(path), "--published", "--templates", str(own), "--template", NAME]
            assert run(words) == 0, path
