"""What is proven of a rule set: contradictions, hidden equalities, bounds, rules that follow from others."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlbudget import load_template
from xlbudget.checking.definitions.rule_proofs import RuleSetProofs, prove_rules
from xlbudget.cli import run
from xlbudget.definitions.small_template import new_template

NAME = "某县财政局/2026"


CASES = """base = "样例单位"
kind = "行政"

[[case]]
rule = "Z-1"
outcome = "fail"
findings = [{ at = "F1.财政拨款[收入]", left = 1500000, right = 1500100 }]

[[case]]
rule = "Z-1"
outcome = "pass"
cells = { "F1.财政拨款[收入]" = 1500100 }
holds = [{ at = "F1.财政拨款[收入]", left = 1500100, right = 1500100 }]
also = ["Z-2"]

[[case]]
rule = "Z-2"
outcome = "pass"
holds = [{ at = "F1.财政拨款[收入]", left = 1500000, right = 1500000 }]
also = ["Z-1"]

[[case]]
rule = "Z-2"
outcome = "fail"
cells = { "F1.财政拨款[收入]" = 1500001 }
findings = [{ at = "F1.财政拨款[收入]", left = 1500001, right = 1500000 }]
also = ["Z-1"]
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    new_template(NAME, tmp_path / "模板")
    return tmp_path / "模板"


def with_rules(root: Path, *statements: str) -> Path:
    """Add rules Z-1, Z-2 … to the small template."""
    path = root / NAME / "cross_form_rules.toml"
    text = path.read_text(encoding="utf-8")
    for at, statement in enumerate(statements, 1):
        text += (
            f'\n[[rule]]\nid = "Z-{at}"\ntitle = "加的关系{at}"\nseverity = "blocking"\nscope = "single"\n'
        )
        text += f"statement = '{statement}'\n"
    path.write_text(text, encoding="utf-8")
    return root


def proven(root: Path) -> RuleSetProofs:
    return prove_rules(load_template(NAME, root))


def sentences(root: Path) -> list[str]:
    return [str(proof) for proof in proven(root).proofs]


def test_the_small_template_has_rules_of_their_own_only(own: Path) -> None:
    """F1-01, F1-02, X-01 once; eight lines (合计, 2 类, 2 款, 3 项); five sums of codes in three columns."""
    found = proven(own)
    assert found.instances == 3 + 8 + 5 * 3
    assert found.proofs == ()
    assert found.not_linear == ("ROWS-F1支出", "ROWS-F2")


def test_two_rules_that_cannot_both_hold_are_named(own: Path) -> None:
    with_rules(own, "F1.财政拨款[收入] >= F1.收入总计[收入] + 100", "F1.财政拨款[收入] <= F1.收入总计[收入]")
    assert sentences(own) == ["Z-1、Z-2 互相矛盾：没有一套数能同时符合（样例单位）。"]


def test_an_amount_that_can_only_be_nothing_is_named(own: Path) -> None:
    """Whole = a, and whole = a + b: b is nothing, though no rule says so."""
    with_rules(
        own,
        "F1.收入总计[收入] = F1.财政拨款[收入]",
        "F1.收入总计[收入] = F1.财政拨款[收入] + F1.其他收入[收入]",
    )
    assert [text for text in sentences(own) if "只能是 0" in text] == [
        "F1收入.其他收入[收入] 只能是 0：由 Z-1、Z-2 推出（样例单位）；请核对这几条是否写错。"
    ]


def test_inequalities_that_are_an_equality_are_named(own: Path) -> None:
    with_rules(own, "F1.财政拨款[收入] <= F1.其他收入[收入]", "F1.其他收入[收入] <= F1.财政拨款[收入]")
    assert [text for text in sentences(own) if "不等式" in text] == [
        "Z-1 写的是不等式，其实两边只能相等：由 Z-2 推出（样例单位），F1收入.财政拨款[收入]。",
        "Z-2 写的是不等式，其实两边只能相等：由 Z-1 推出（样例单位），F1收入.其他收入[收入]。",
    ]


def test_a_bound_that_only_two_rules_together_say_is_named(own: Path) -> None:
    """a ≤ b and b ≤ 500: a ≤ 500."""
    with_rules(own, "F1.财政拨款[收入] + 100 <= F1.其他收入[收入]", "F1.其他收入[收入] <= 500")
    assert [text for text in sentences(own) if "合起来" in text] == [
        "F1收入.财政拨款[收入] 不大于 400：由 Z-1、Z-2 合起来推出（样例单位），没有一条写明。"
    ]


def test_a_rule_that_says_what_others_say_is_named(own: Path) -> None:
    """Twice a sum, and a weaker inequality, follow; an independent rule does not."""
    with_rules(
        own,
        "2 * F1.收入总计[收入] = 2 * F2.合计[合计]",
        "F1.收入总计[收入] <= F2.合计[合计] + F1.其他收入[收入]",
        "F1.财政拨款[收入] >= F1.其他收入[收入]",
    )
    found = {proof.rule.id: proof.by for proof in proven(own).proofs if proof.rule is not None}
    assert set(found["Z-1"]) == {"F1-01", "X-01"}
    assert set(found["Z-2"]) <= {"F1-01", "X-01", "Z-1"}
    assert "Z-3" not in found


def test_the_command_says_so_and_stops_on_contradictions(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["lint", str(own), "--rules"]) == 0
    assert "按样例的基准证明 26 处关系" in capsys.readouterr().out
    with_rules(own, "F1.财政拨款[收入] >= F1.收入总计[收入] + 100", "F1.财政拨款[收入] <= F1.收入总计[收入]")
    (own / NAME / "cases" / "加的.toml").write_text(CASES, encoding="utf-8")
    assert run(["lint", str(own), "--rules"]) == 1
    assert "Z-1、Z-2 互相矛盾" in capsys.readouterr().out
