"""From a figure to the entries and units behind it, and from an entry to the figures it is part of."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import conservation
import pandas as pd
import pytest

from xlbudget import InputError, WorkbookTemplate, consolidate, read, read_roster
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.printed_values import form_values
from xlbudget.cli import run
from xlbudget.department.trace_text import trace_text
from xlbudget.department.tracing import find_cell, find_entry, find_form_cell, reached_by, same_cell, trace
from xlbudget.returns.entry_files import read_entries
from xlbudget.workbook.calculation.kept_plans import plan_of


@pytest.fixture(scope="module")
def summary_path(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("summary") / "汇总.xlsx"
    consolidate(department_workbooks, path, template=template)
    return path


@pytest.fixture(scope="module")
def summary(template: WorkbookTemplate, summary_path: Path) -> Evidence:
    return Evidence(template, read(summary_path, template))


@pytest.fixture(scope="module")
def returns(template: WorkbookTemplate, department_workbooks: list[Path]) -> list[Evidence]:
    return [Evidence(template, read(path, template)) for path in department_workbooks]


def test_every_figure_of_form_1_is_the_sum_of_its_entries_and_of_its_units(
    summary: Evidence, returns: list[Evidence]
) -> None:
    cells = [part.cell for part in form_values(summary) if part.form == 1]
    assert len(cells) > 20
    for cell in cells:
        found = trace(summary, cell)
        assert found.value and found.rest == 0, found.place
        units = []
        for each in returns:
            there = same_cell(summary, cell, each)
            assert there is not None
            units.append(each.recalculated(there) or Decimal(0))
            back = same_cell(each, there, summary)
            assert back == cell
        assert sum(units) == found.value, found.place


@pytest.fixture(scope="module")
def twelve(template: WorkbookTemplate) -> tuple[Evidence, list[Evidence]]:
    """The summary and the returns of examples/twelve_units at the end of its round."""
    folder = Path(__file__).parents[2] / "examples" / "twelve_units"
    room = {"基本支出": 12, "项目支出": 4, "F2": 24, "F3": 24, "F5": 24, "F6": 24, "F8": 8}
    capacity = plan_of(template, room).layout.capacity
    returned = []
    for unit in read_roster(folder / "units.csv", template).units:
        known = (folder / name / unit.code for name in ("corrected", "entries"))
        ledgers = next((path for path in known if path.is_dir()), None)
        if ledgers is not None:
            entries = read_entries(ledgers, template, capacity)
            returned.append(conservation.submission(template, unit, entries, room))
    whole = conservation.as_submission(conservation.joined(template, returned))
    return Evidence(template, whole), [Evidence(template, part) for part in returned]


def test_the_example_comes_to_the_sum_of_its_csv_files_less_the_transfer(
    twelve: tuple[Evidence, list[Evidence]],
) -> None:
    """By hand: ten units with 71,657,825.43 元 in all, of which 80,000 元 go from 612 to 603."""
    summary, returns = twelve
    for line, column in (("收入总计", "收入"), ("支出总计", "合计")):
        assert summary.recalculated(find_cell(summary, "1", line, column)) == Decimal("7157.782543")
    totals = [each.recalculated(find_cell(each, "1", "支出总计", "合计")) for each in returns]
    assert (len(totals), sum(totals)) == (10, Decimal("7165.782543"))


def test_every_figure_of_the_example_is_that_of_its_units_and_leads_back(
    twelve: tuple[Evidence, list[Evidence]],
) -> None:
    """Form 1 to its entries as well; of other forms those figures that the transfer is part of.

    The lines of units, by which a summary orders projects, are in no unit's own forms.
    """
    summary, returns = twelve
    figures, taken, alone = list(form_values(summary)), 0, set()
    assert len(figures) > 250
    for figure in figures:
        units = []
        for each in returns:
            there = same_cell(summary, figure.cell, each)
            if there is not None:
                assert same_cell(each, there, summary) == figure.cell
                units.append(each.recalculated(there) or Decimal(0))
        if not units:
            alone.add(figure.line.split()[-1])
            continue
        rest = figure.value - sum(units)
        if figure.form == 1 or rest:
            found = trace(summary, figure.cell)
            assert (found.rest, found.eliminated) == (0, rest), found.place
        taken += bool(rest)
    assert taken > 10
    assert alone == {each.submission.unit.name for each in returns}


def test_a_transfer_is_named_beside_the_units(
    transfer_summary: Path, transfer_workbooks: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """103 hands 300,000 元 to 101, and 101 100,000.05 元 to 102: 40.000005 万元 are taken out."""
    units = [word for path in transfer_workbooks for word in ("--units", str(path))]
    assert run(["trace", str(transfer_summary), "1", "支出总计", "合计", *units]) == 0
    out = capsys.readouterr().out
    assert "内部往来抵销：-40.000005，见“内部往来抵销”表" in out
    assert re.search("各单位合计加内部往来抵销 .*与该数相等。", out)


def test_a_figure_names_the_ledger_rows_that_a_pandas_sum_takes(summary: Evidence, demo_data: Path) -> None:
    cell = find_cell(summary, "5", "2010302", "项目支出")
    found = trace(summary, cell)
    frames = []
    for code in ("101", "102", "103"):
        frame = pd.read_csv(demo_data / "department" / code / "ledger_projects.csv", dtype=str)
        frames.append(frame.assign(unit=code))
    ledger = pd.concat(frames)
    ledger = ledger[(ledger["functional_code"] == "2010302") & ledger["current_year_general_yuan"].notna()]
    wanted = {
        (row.unit, row.project_code, Decimal(row.current_year_general_yuan)) for row in ledger.itertuples()
    }
    assert {(*part.row.split()[:2], part.amount) for part in found.parts} == {
        part for part in wanted if part[2]
    }
    assert {part.value for part in found.parts} == {part[2] / 10_000 for part in wanted if part[2]}
    assert found.rest == 0


def test_an_entry_reaches_the_figures_that_trace_back_to_it(summary: Evidence) -> None:
    entry = find_entry(summary, "录入1 基本支出!H8")
    reached = reached_by(summary, entry)
    assert {part.place.sheet for part in reached} == {f"公开表{number}" for number in (1, 2, 3, 4, 5, 6)}
    cells = [find_form_cell(summary, f"{part.place.sheet}!{part.place.address}") for part in reached]
    for cell in cells[::10]:
        places = [(part.place.sheet, part.place.address) for part in trace(summary, cell).parts]
        assert ("录入1 基本支出", "H8") in places


def test_what_is_left_open_is_said() -> None:
    from xlbudget.department.tracing import EntryPart, Trace
    from xlbudget.model import Place

    part = EntryPart(Place(sheet="录入", address="A1"), "行", Decimal(10_000), Decimal(1))
    text = trace_text(Trace(Place("表", "行", "栏"), Decimal("1.5"), "万元", (part,)))
    assert text.endswith("录入合计 1.00 万元，与该数相差 0.50 万元。\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("99", "合计", "合计"), "没有“99”这张公开表"),
        (("1", "支出总和", "合计"), "没有“支出总和”这一行；最接近的是“支出总计”"),
        (("1", "支出总计", "合记"), "没有“合记”这一栏；最接近的是“合计”"),
        (("4", "一、一般公共预算", "收入"), "不止一行：.*公开表4!B7.*公开表4!B39.*请写得更完整"),
    ],
)
def test_words_that_name_no_cell_are_told_with_the_nearest(
    summary: Evidence, words: tuple[str, str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        find_cell(summary, *words)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("录入 基本支出!H8", "没有工作表“录入 基本支出”；最接近的是“录入1 基本支出”"),
        ("录入1 基本支出!A1", "不是填金额的单元格"),
        ("录入1 基本支出!K300", "没有金额"),
    ],
)
def test_addresses_without_an_entry_are_told(summary: Evidence, address: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_entry(summary, address)
    with pytest.raises(InputError, match="不是公开表的金额单元格"):
        find_form_cell(summary, "录入1 基本支出!H8")


def test_the_command_traces_both_ways(
    summary_path: Path, department_workbooks: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    units = [word for path in department_workbooks for word in ("--units", str(path))]
    assert run(["trace", str(summary_path), "1", "支出总计", "合计", *units]) == 0
    out = capsys.readouterr().out
    assert out.count("与该数相等。") == 2
    assert "各单位（3 个，万元）" in out
    assert run(["trace", str(summary_path), "1", "支出总计", "合计", *units[:4]]) == 1
    assert "各单位合计" in capsys.readouterr().out
    assert run(["trace", str(summary_path), "公开表4!B39"]) == 0
    assert run(["trace", str(summary_path), "--entry", "录入1 基本支出!H8"]) == 0
    assert "录入1 基本支出!H8 计入 " in capsys.readouterr().out
    assert run(["trace", str(summary_path)]) == 2
