"""Published figures that add up: the fewest printed amounts moved, listed, and never unless asked for."""

from __future__ import annotations

import warnings
from collections import defaultdict
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import openpyxl
import pytest

from xlbudget import InputError, WorkbookTemplate, read
from xlbudget.checking.evidence import Evidence
from xlbudget.cli import run
from xlbudget.department.summary.rounding_balance import balanced
from xlbudget.department.summary.rounding_moves import fewest_moves
from xlbudget.model import Cell, ColumnKind

CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def evidence(template: WorkbookTemplate, transfer_summary: Path) -> Evidence:
    return Evidence(template, read(transfer_summary, template))


@pytest.fixture(scope="module")
def printed(evidence: Evidence) -> dict[tuple[str, str], Decimal]:
    """Every amount as it is to be printed, by sheet and address: rounded, and moved where it is listed."""
    found = {}
    for _, panel in evidence.template.panels:
        for row in range(evidence.layout.tables[panel.id].rows):
            for column in panel.columns:
                cell = Cell(panel.id, row, column.key)
                value = evidence.recalculated(cell)
                if column.kind is ColumnKind.AMOUNT and not column.hidden and isinstance(value, Decimal):
                    place = evidence.place(cell)
                    found[place.sheet, place.address] = value.quantize(CENT, ROUND_HALF_UP)
    for move in balanced(evidence):
        assert found[move.place.sheet, move.place.address] == move.rounded
        found[move.place.sheet, move.place.address] = move.balanced
    return found


def test_each_move_is_by_the_last_decimal(evidence: Evidence) -> None:
    moves = balanced(evidence)
    assert moves
    for move in moves:
        assert abs(move.balanced - move.rounded) == CENT
        assert move.rounded == move.exact.quantize(CENT, ROUND_HALF_UP)


def test_form_1_adds_up_as_printed(printed: dict[tuple[str, str], Decimal]) -> None:
    """Rows 6 to 10 are the sources of revenue, 36 their sum, 38 the total; 6 to 35 expenditure by class."""

    def column(letter: str, first: int, last: int) -> Decimal:
        return sum((printed["公开表1", f"{letter}{row}"] for row in range(first, last + 1)), Decimal(0))

    assert printed["公开表1", "B36"] == column("B", 6, 10)
    assert printed["公开表1", "B38"] == column("B", 36, 37)
    for letter in "DEF":
        assert printed["公开表1", f"{letter}36"] == column(letter, 6, 35)
    for row in range(6, 39):
        assert printed["公开表1", f"D{row}"] == printed["公开表1", f"E{row}"] + printed["公开表1", f"F{row}"]
    assert printed["公开表1", "B38"] == printed["公开表1", "D38"]


def test_code_trees_add_up_as_printed(evidence: Evidence, printed: dict[tuple[str, str], Decimal]) -> None:
    for panel in ("F2", "F3", "F5"):
        columns = [
            column
            for column in evidence.layout.tables[panel].columns
            if (found := evidence.layout.column(panel, column)) and found.kind is ColumnKind.AMOUNT
        ]
        for column in columns:
            sums: defaultdict[str, Decimal] = defaultdict(Decimal)
            own = {}
            for row in range(evidence.layout.tables[panel].rows):
                place = evidence.place(Cell(panel, row, column))
                code = str(evidence.recalculated(Cell(panel, row, "科目编码")) or "")
                if code.isdigit():
                    own[code] = printed.get((place.sheet, place.address), Decimal(0))
                    sums[code[:-2] if len(code) > 3 else ""] += own[code]
            for code, amount in own.items():
                if len(code) < 7:
                    assert amount == sums[code], (panel, column, code)
            total = evidence.place(Cell(panel, 0, column))
            assert printed[total.sheet, total.address] == sums[""], (panel, column)


def test_of_equally_few_moves_the_one_nearest_to_the_exact_values_is_taken() -> None:
    """1.004 + 2.004 + 3.004 = 6.012: printed 1.00, 2.00, 3.00 and 6.01, one item goes up, the total stays."""
    cells = [Cell("表", row, "栏") for row in range(4)]
    terms = dict(zip(cells, map(Decimal, (1, 1, 1, -1)), strict=True))
    near, far = (1 + 0.6e-4, 1 + 1.4e-4), (1 + 0.8e-4, 1 + 1.2e-4)
    moves = fewest_moves([(terms, Decimal(1))], dict(zip(cells, (near, near, near, far), strict=True)), 1, 10)
    assert moves is not None
    assert [(cell.row < 3, steps) for cell, steps in moves.items()] == [(True, 1)]
    assert fewest_moves([(terms, Decimal(0))], {cells[0]: near}, 1, 10) == {}
    assert fewest_moves([(terms, Decimal(2))], {cells[0]: near}, 1, 10) is None
    assert fewest_moves([(terms, Decimal(1))], {}, 1, 10) is None


def test_figures_that_cannot_be_moved_into_place_are_said(
    evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xlbudget.department.summary.rounding_balance._STEPS", ())
    with pytest.raises(InputError, match="没有找到使各表相加相符的舍位办法"):
        balanced(evidence)


def test_round_figures_need_no_move(template: WorkbookTemplate, evidence: Evidence) -> None:
    assert balanced(Evidence(template, replace(evidence.submission, entries={}))) == ()


def test_the_list_is_written_when_asked_for_and_the_cover_says_so(
    transfer_workbooks: list[Path], transfer_summary: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "汇总.xlsx"
    words = [*map(str, transfer_workbooks), "-o", str(output), "--workers", "1"]
    assert run(["consolidate", *words, "--balance-rounding"]) == 0
    said = capsys.readouterr().out
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = openpyxl.load_workbook(transfer_summary, read_only=True)
        book = openpyxl.load_workbook(output, read_only=True)
    rows = [row for row in book["舍位平衡"].iter_rows(min_row=4, values_only=True) if row[0]]
    assert f"舍位平衡：公布数有 {len(rows)} 处调整末位，见“舍位平衡”表" in said
    cover = [cell for row in book["封面"].iter_rows(values_only=True) for cell in row if cell]
    assert f"舍位平衡：公布数有 {len(rows)} 处调整末位，见“舍位平衡”表" in cover
    assert all(abs(row[7]) == pytest.approx(0.01) for row in rows)
    assert "舍位平衡" not in plain.sheetnames
    forms = [list(each["公开表1"].iter_rows(values_only=True)) for each in (plain, book)]
    assert forms[0] == forms[1]
    plain.close()
    book.close()
