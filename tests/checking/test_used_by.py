"""What a cell of the definitions reaches, held to what changes when the cell does."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from xlbudget import WorkbookTemplate, load_template
from xlbudget.checking.definitions.case_runs import CaseRunner, CaseWorkbook
from xlbudget.checking.definitions.cases import read_cases
from xlbudget.checking.definitions.used_by import EVERY, Uses
from xlbudget.checking.rules.instances import Evaluator
from xlbudget.cli import run
from xlbudget.definitions.small_template import new_template
from xlbudget.model import Cell, CellValue, EntryRow
from xlbudget.model.errors import InputError

NAME = "某县财政局/2026"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    new_template(NAME, tmp_path / "模板")
    return tmp_path / "模板"


def base(template: WorkbookTemplate) -> CaseWorkbook:
    """The first base of the template's cases as a workbook."""
    cases, _ = read_cases(template)
    return CaseRunner(template).workbook(next(case for case in cases if case.base and not case.cells))


def test_what_a_total_of_the_small_template_reaches(own: Path) -> None:
    found = Uses(load_template(NAME, own)).of("1", "收入总计", "收入")
    rules = [(part.name, part.direct) for part in found if part.what == "勾稽关系"]
    assert rules == [("F1-01 收入总计等于支出总计", True)]
    formulas = {part.name.partition("（")[0] for part in found if part.what == "公式"}
    assert formulas >= {"公开表1·收入", "封面·结论"}
    texts = [part.source for part in found if part.what == "公开文件的文字"]
    assert texts and all(source is not None and source.file.endswith("document.txt") for source in texts)


@pytest.mark.parametrize("name", ["small", "shanghai_putuo/2025", "shanghai_putuo/2024_final_accounts"])
def test_every_rule_that_a_changed_form_cell_changes_is_listed(own: Path, name: str) -> None:
    """Fixed lines are raised by 1 one by one: the rules whose sides move are among those that are told."""
    template = load_template(NAME, own) if name == "small" else load_template(name)
    workbook, uses = base(template), Uses(template)
    plain = Evaluator(workbook.plan.blueprint, workbook.value)
    before = {rule.id: list(plain.instances(rule)) for rule in template.rules if plain.applies(rule)}
    tried = 0
    for form in template.forms:
        for panel in form.tables:
            column = next((part for part in panel.columns if part.kind == "amount"), None)
            for line in [line for line in panel.lines if line.key and not line.note][-2:]:
                if column is None or line.key not in workbook.plan.layout.tables[panel.id].lines:
                    continue
                cell = Cell(panel.id, workbook.plan.layout.tables[panel.id].lines[line.key], column.key)
                value = workbook.value(cell)
                if not isinstance(value, Decimal):
                    continue

                def raised(at: Cell, cell: Cell = cell, value: Decimal = value) -> CellValue:
                    return value + 1 if at == cell else workbook.value(at)

                evaluator = Evaluator(workbook.plan.blueprint, raised)
                moved = {
                    rule.id
                    for rule in template.rules
                    if rule.id in before and list(evaluator.instances(rule)) != before[rule.id]
                }
                told = {
                    part.name.split()[0] for part in uses.of(form.id, line.key, column.key) if part.direct
                }
                assert moved <= told, (form.id, line.key, moved - told)
                tried += 1
    assert tried >= 4


@pytest.mark.parametrize("name", ["small", "shanghai_putuo/2025"])
def test_every_cell_that_a_changed_entry_changes_is_reached(own: Path, name: str) -> None:
    """An entry of fixed lines is raised: every formula cell with another result is among those reached."""
    template = load_template(NAME, own) if name == "small" else load_template(name)
    workbook = base(template)
    entry = template.entry("收入")
    at = workbook.entries[entry.id][0]
    column = "金额"
    value = at.values[column]
    assert isinstance(value, Decimal)
    raised = {**workbook.entries, entry.id: (EntryRow(at.row, {**at.values, column: value + 7}),)}
    values, others = workbook.plan.evaluate(workbook.entries), workbook.plan.evaluate(raised)
    reached = Uses(template).reached(entry.id, entry.lines[at.row].key, column)
    lines = workbook.plan.layout.tables
    wanted = set()
    for cell in workbook.plan.blueprint.formulas:
        if values.raw(cell) != others.raw(cell) and lines[cell.table].lines:
            wanted.add((cell.table, cell.column))
    assert len(wanted) > 1
    assert {key for key in wanted if key[0] != "校验"} <= set(reached)


def test_words_that_are_no_names_are_told_with_the_nearest(own: Path) -> None:
    uses = Uses(load_template(NAME, own))
    for words, said in (
        (("1", "收入总记", "收入"), "“1”没有“收入总记”这一行；最接近的是“收入总计”"),
        (("1", "收入总计", "收人"), "“1”没有“收人”这一栏；最接近的是“收入”"),
        (("公开表7", "收入总计", "收入"), "没有“公开表7”这张表；最接近的是“公开表"),
    ):
        with pytest.raises(InputError, match=said):
            uses.of(*words)
    assert uses.of("收入", EVERY, "金额")


def test_the_command_lists_them(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["used-by", "F2", "合计", "合计", "--templates", str(own), "--template", NAME]
    assert run(words) == 0
    out = capsys.readouterr().out
    assert "勾稽关系 X-01 支出预算表的合计等于总表的支出总计  某县财政局/2026/cross_form_rules.toml:44" in out
