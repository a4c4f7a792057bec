"""A few mutated templates of every set: lint says where, or the whole chain runs and shows every total.

``python tests/definition_fuzz.py COUNT`` tries as many as wanted.
"""

from __future__ import annotations

import random
from pathlib import Path

import definition_fuzz
import pytest
from definition_fuzz import SETS, copied, mutate, outcome

from xlbudget import check, generate
from xlbudget.checking.definitions.lint import lint_template
from xlbudget.checking.evidence import Evidence
from xlbudget.department.issue.filling import fill
from xlbudget.model import Unit
from xlbudget.returns.reading import open_workbook, read


@pytest.mark.parametrize("name", SETS)
def test_mutants_are_told_or_run(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    for number in range(4):
        root, work = tmp_path / f"templates{number}", tmp_path / f"work{number}"
        work.mkdir()
        mutate(copied(name, root), chance)
        assert outcome(root / name, root, name, work) in {"told", "ran"}


@pytest.mark.parametrize("name", list(SETS)[:2])
def test_the_template_as_it_is_runs(name: str, tmp_path: Path) -> None:
    """What the mutants are made from is clean: a mutant that fails was broken by its mutation."""
    copied(name, tmp_path / "templates")
    (tmp_path / "work").mkdir()
    root = tmp_path / "templates"
    assert outcome(root / name, root, name, tmp_path / "work") == "ran"


def test_a_total_is_shown_even_where_rows_run_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven rows for more codes: the rule of rows says so, the total stands below them."""
    monkeypatch.setattr(definition_fuzz, "_ROWS", 7)
    name = "shanghai_putuo/2025"
    folder, root = copied(name, tmp_path / "templates"), tmp_path / "templates"
    problems, template = lint_template(root / name, root)
    assert not problems
    assert template is not None
    issued = generate(template, tmp_path, Unit("101", "某单位", "行政", "某部门"))
    filled = fill(issued, folder / "cases" / SETS[name], tmp_path / "filled.xlsx", template=template)
    assert "ROWS-F3" in {finding.rule for finding in check(filled, template).findings}
    evidence = Evidence(template, read(open_workbook(filled), template))
    assert list(definition_fuzz.lost_amounts(evidence)) == []
