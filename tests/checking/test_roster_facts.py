"""A unit renamed, reclassed or moved since its workbook was issued: asked about before anything is joined."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support import builders

from xlbudget import Report, Roster, Unit, WorkbookTemplate, check
from xlbudget.cli import run
from xlbudget.model import RuleStatus

CODE, NAME, KIND = "101", "示范厅机关", "行政"
Row = tuple[str, str, str, str, object, object]


@pytest.fixture
def file(units: dict[str, bytes], tmp_path: Path) -> Path:
    return builders.returned(tmp_path, "报送.xlsx", units[CODE])


def found(report: Report) -> list[Row]:
    return [
        (one.rule, one.severity.value, one.place.sheet, one.place.address, one.stored, one.expected)
        for one in report.findings
    ]


def test_the_roster_of_issue_says_nothing(file: Path, template: WorkbookTemplate, roster: Roster) -> None:
    report = check(file, template, roster=roster)
    assert found(report) == []
    ran = {one.rule: one.status for one in report.workbooks[0].outcomes if one.rule.startswith("roster_")}
    assert ran == {"roster_facts": RuleStatus.PASSED, "roster_superior": RuleStatus.PASSED}


def test_name_kind_and_superior_are_told_with_both_values(
    file: Path, template: WorkbookTemplate, roster: Roster
) -> None:
    known = roster.find(CODE)
    assert known is not None
    other = Unit(CODE, "示范厅机关本级", "参公", f"新{known.superior or '厅'}")
    names = found(check(file, template, roster=Roster((other,))))
    cells = {row[4]: row for row in names}
    assert [row[:2] for row in names] == [("roster_facts", "explain")] * 2 + (
        [("roster_superior", "note")] if known.superior else []
    )
    assert cells[NAME][5] == "示范厅机关本级"
    assert cells[KIND][5] == "参公"
    assert {row[2] for row in names} == {"封面"}


@pytest.mark.parametrize("name", ["示范厅 机关", "示范厅\u3000机关", "示范厅机关 "])
def test_blanks_make_no_other_name(file: Path, template: WorkbookTemplate, name: str) -> None:
    assert found(check(file, template, roster=Roster((Unit(CODE, name, KIND, ""),)))) == []


def test_what_is_asked_about_is_settled_before_joining(
    file: Path, template: WorkbookTemplate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roster = tmp_path / "名册.csv"
    roster.write_text("单位编码,单位名称,单位性质\n101,示范厅机关,参公\n", encoding="utf-8")
    target = tmp_path / "汇总.xlsx"
    assert run(["consolidate", str(file), "-o", str(target), "--roster", str(roster)]) == 2
    assert "有待说明的问题；说明认可后可用 --allow explain 汇总" in capsys.readouterr().err
    assert not target.exists()
    allowed = ["consolidate", str(file), "-o", str(target), "--roster", str(roster), "--allow", "explain"]
    assert run(allowed) == 0


@pytest.mark.returned(25, "下发以后名册里单位改了性质和名称")
def test_a_changed_roster_is_told(units: dict[str, bytes], judged: Callable[..., Report]) -> None:
    roster = Roster((Unit(CODE, "示范厅机关本级", "参公"),))
    assert [row[:2] for row in found(judged(units[CODE], roster=roster))] == [("roster_facts", "explain")] * 2
