"""What a round was like: counted by hand for a department of three units."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from support import builders

from xlbudget.cli import run
from xlbudget.department.collection import Collection
from xlbudget.department.collection.round_summary import RuleRound, UnitRound, round_summary


@pytest.fixture
def collection(department_workbooks: list[Path], tmp_path: Path) -> Path:
    """101 clean; 102 with two mistakes, then with one, then clean; 103 in a file that nobody can read."""
    one, two = (path.read_bytes() for path in department_workbooks[:2])
    text = builders.typed(two, builders.PROJECTS, {"H6": "约12万"})
    builders.returned(tmp_path / "1", "101.xlsx", one)
    builders.returned(tmp_path / "1", "102.xlsx", builders.typed(text, "公开表5", {"D6": 1.0}))
    (tmp_path / "1" / "103.xlsx").write_bytes(b"PK\x03\x04 cut short")
    builders.returned(tmp_path / "2", "102.xlsx", text)
    builders.returned(tmp_path / "3", "102.xlsx", two)
    folder = tmp_path / "收件"
    for name in "123":
        assert run(["collect", str(tmp_path / name), "--into", str(folder)]) == 0
    return folder


def test_a_round_is_counted_as_its_returns_were_found(collection: Path) -> None:
    with Collection.open(collection) as opened:
        found = round_summary(opened)
    assert found.units == (
        UnitRound("102", "示范厅执法监督局", 3, False, 3),
        UnitRound("101", "示范厅机关", 1, True, 0),
    )
    assert found.rules == (
        RuleRound("unreadable_amount", 1, 2),
        RuleRound("changed_formula", 1, 1),
    )
    assert found.first_accepted == 1


def test_the_summary_is_said_and_written_against_last_year(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "小结.xlsx"
    words = ["status", str(collection), "--summary", str(target), "--last-year", str(collection)]
    assert run(words) == 0
    said = capsys.readouterr().out
    assert "首次报送就接收的 1/2 个单位（50%），上年 1/2 个单位（50%）" in said
    assert "问题最多的单位：102 示范厅执法监督局（3）" in said
    assert "最常见的问题：金额无法识别（1 个单位）、公式被改动或被数值覆盖（1 个单位）" in said
    book = openpyxl.load_workbook(target)
    rows = [[cell.value for cell in row] for row in book["各单位"].iter_rows()]
    assert ["102", "示范厅执法监督局", 3, "否", 3, 3] in rows
    rules = [[cell.value for cell in row] for row in book["各类问题"].iter_rows()]
    assert ["金额无法识别", 1, 2, 1, 2] in rules


def test_last_year_without_a_summary_is_refused(collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", str(collection), "--last-year", str(collection)]) == 2
    assert "--last-year 要与 --summary 同用" in capsys.readouterr().err
