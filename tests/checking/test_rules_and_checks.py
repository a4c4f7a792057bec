"""Every rule and every check is documented, has a passing and a failing case, and speaks by the grammar."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from support.grammar import assert_grammar

from xlbudget import WorkbookTemplate
from xlbudget.checking.definitions.case_runs import CaseRunner
from xlbudget.checking.definitions.cases import read_cases
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.problems import Check, all_checks
from xlbudget.checking.rule_findings import run_rules
from xlbudget.model import Cell, CellValue, RuleScope, RuleStatus, Submission, Unit

HERE = Path(__file__).parents[1]
PAGE = (HERE.parent / "docs" / "officers" / "rules.md").read_text(encoding="utf-8")
CHINESE = re.compile("[\u4e00-\u9fff]")
LONGEST_TITLE = 40


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.name)
def test_every_check_has_its_words_and_its_test(check: Check) -> None:
    for text in (check.title, check.about):
        assert CHINESE.search(text)
    assert len(check.title) <= LONGEST_TITLE
    assert f"| `{check.name}` | {check.severity.label} | {check.title} |" in PAGE
    tree = ast.parse((HERE / "checking" / "problems" / f"test_{check.name}.py").read_text(encoding="utf-8"))
    tests = {part.name for part in tree.body if isinstance(part, ast.FunctionDef)}
    for kind in ("test_found_", "test_passed_"):
        assert any(name.startswith(kind) for name in tests), f"{check.name} has no {kind}…"


def test_no_test_is_left_of_a_check_that_is_gone() -> None:
    named = {path.stem.removeprefix("test_") for path in (HERE / "checking" / "problems").glob("test_*.py")}
    assert named == {check.name for check in all_checks()}


def test_every_rule_has_its_words(template: WorkbookTemplate) -> None:
    for rule in template.rules:
        assert 0 < len(rule.title) <= LONGEST_TITLE, rule.id
        assert not rule.title.endswith("。"), rule.id
        assert rule.advice.endswith("。"), rule.id
        assert rule.basis, rule.id
        assert f"### {rule.id} {rule.title}\n" in PAGE


class Typed(Evidence):
    """Evidence over a case: the cells that it types over stand as typed."""

    typed: dict[Cell, CellValue]

    def recalculated_column(self, key: tuple[str, str]) -> list[CellValue]:
        computed = enumerate(super().recalculated_column(key))
        return [self.typed.get(Cell(key[0], row, key[1]), value) for row, value in computed]


@pytest.mark.parametrize("rule", ["F1-02", "F4-07", "F1-06", "F2-H", "F6-04", "F8-R", "E-01", "X-24", "X-25"])
def test_the_message_of_a_rule_follows_the_grammar(template: WorkbookTemplate, rule: str) -> None:
    """One for each scope and severity, with a place in a form, in an entry sheet, and in none."""
    case = next(
        case for case in read_cases(template)[0] if (case.rule, case.outcome) == (rule, RuleStatus.FAILED)
    )
    workbook = CaseRunner(template).workbook(case)
    unit = Unit("000", "样例单位", case.kind)
    capacity = workbook.plan.layout.capacity
    submission = Submission(
        Path("报送.xlsx"), "", unit, template.id, template.digest, False, capacity, workbook.entries, {}
    )
    evidence = Typed(template, submission)
    evidence.typed = workbook.typed
    findings = run_rules(evidence).findings
    assert findings
    for finding in findings:
        assert_grammar(finding)


def test_the_messages_above_are_of_every_scope(template: WorkbookTemplate) -> None:
    sample = {"F1-02", "F4-07", "F1-06", "F2-H", "F6-04", "F8-R", "E-01", "X-24", "X-25"}
    rules = [rule for rule in template.rules if rule.id in sample]
    assert {rule.scope for rule in rules} == set(RuleScope)
    assert {rule.severity for rule in rules} == {rule.severity for rule in template.rules}
