"""Entry sheets whose rows or columns moved are read whole: same entries, addresses as in the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import builders
from support.builders import BASIC, PROJECTS, REVENUE
from support.whole_actions import put, row_written, with_column

from xlbudget import Report, Submission, WorkbookTemplate, read
from xlbudget.model import Trouble
from xlbudget.returns.aligned_lines import aligned

Judge = Callable[..., Report]
LAST_YEAR = "录入10 上年数"


@pytest.fixture
def read_from(template: WorkbookTemplate, tmp_path: Path) -> Callable[[bytes], Submission]:
    return lambda workbook: read(builders.returned(tmp_path, "报送.xlsx", workbook), template)


MOVED = {
    "row above the headings": (lambda book: builders.row_inserted(book, BASIC, 4), BASIC, "A4"),
    "row in a ledger": (lambda book: builders.row_inserted(book, PROJECTS, 7), PROJECTS, "A7"),
    "row among fixed lines": (lambda book: builders.row_inserted(book, REVENUE, 6), REVENUE, "A6"),
    "row before the first line": (lambda book: builders.row_inserted(book, REVENUE, 5), REVENUE, "A5"),
    "row above the unit": (lambda book: builders.row_inserted(book, "封面", 9), "封面", "A9"),
    "column before the amounts": (lambda book: with_column(book, BASIC, 8), BASIC, "H5"),
    "column before the ordinals": (lambda book: with_column(book, PROJECTS, 1), PROJECTS, "A5"),
    "column of fixed lines": (lambda book: with_column(book, REVENUE, 2), REVENUE, "B4"),
    "two columns": (lambda book: with_column(with_column(book, BASIC, 9), BASIC, 9), BASIC, "I5"),
}


@pytest.mark.parametrize("name", MOVED)
def test_every_entry_of_a_sheet_that_moved_is_read(
    units: dict[str, bytes], read_from: Callable[[bytes], Submission], name: str
) -> None:
    move, sheet, address = MOVED[name]
    ours, theirs = read_from(units["103"]), read_from(move(units["103"]))
    assert theirs.entries == ours.entries
    [told] = theirs.irregularities
    assert (told.kind, told.sheet, told.address) == (Trouble.CELLS_MOVED, sheet, address)
    assert "插入了" in told.text


def test_a_finding_in_a_sheet_that_moved_has_the_address_of_the_file(
    units: dict[str, bytes], judged: Judge
) -> None:
    """Basic pay of the first row is in H6; behind another row and another column it is in I7."""
    workbook = with_column(builders.row_inserted(units["103"], BASIC, 4), BASIC, 8)
    report = judged(builders.typed(workbook, BASIC, {"I7": "98万"}))
    assert [row[:4] for row in builders.rows_of(report)] == [
        ("unreadable_amount", "blocking", BASIC, "I7"),
        ("moved_cells", "note", BASIC, "A4"),
    ]
    extract = report.findings[0].extract
    assert extract is not None
    assert extract.columns[extract.column][0] == "I"
    assert extract.rows[extract.row][0] == 7
    assert "表头上面插入了 1 行；H 列前插入了 1 列" in report.findings[1].message


def test_a_number_in_an_inserted_column_is_named_and_no_entry(units: dict[str, bytes], judged: Judge) -> None:
    workbook = with_column(units["103"], PROJECTS, 8)
    report = judged(put(workbook, PROJECTS, {"H5": "数量", "H6": 12.0}))
    assert [row[:4] for row in builders.rows_of(report)] == [
        ("outside_table", "explain", PROJECTS, "H6"),
        ("moved_cells", "note", PROJECTS, "H5"),
    ]


def test_an_amount_in_a_row_between_fixed_lines_is_named(units: dict[str, bytes], judged: Judge) -> None:
    workbook = builders.row_inserted(units["103"], REVENUE, 6)
    report = judged(row_written(workbook, REVENUE, 6, {"B": 500.0}))
    assert [row[:4] for row in builders.rows_of(report)] == [
        ("outside_table", "blocking", REVENUE, "B6"),
        ("moved_cells", "note", REVENUE, "A6"),
    ]


def test_a_line_that_is_gone_leaves_its_entries_unknown_and_the_others_read(
    units: dict[str, bytes], judged: Judge, read_from: Callable[[bytes], Submission]
) -> None:
    """Line 8 is 财政专户管理资金 with 520,000: without it nothing is said of sums."""
    workbook = builders.row_deleted(units["103"], REVENUE, 8)
    assert [row[:4] for row in builders.rows_of(judged(workbook))] == [
        ("moved_cells", "blocking", REVENUE, "A8")
    ]
    ours, theirs = (read_from(book).entries["收入"] for book in (units["103"], workbook))
    assert [row for row in theirs if row.row != 3] == [row for row in ours if row.row != 3]
    assert [row.row for row in theirs] == [row.row for row in ours if row.row != 3]


def test_a_line_that_stands_twice_with_amounts_has_two_readings(
    units: dict[str, bytes], judged: Judge
) -> None:
    workbook = builders.row_inserted(units["103"], REVENUE, 7)
    report = judged(row_written(workbook, REVENUE, 7, {"A": "一般公共预算", "B": 500.0}))
    assert [row[:4] for row in builders.rows_of(report)] == [("moved_cells", "blocking", REVENUE, "A5")]
    assert "“一般公共预算”可以是第 5 行、第 7 行" in report.findings[0].message


def test_a_line_that_stands_twice_and_once_without_amounts_has_one(
    units: dict[str, bytes], read_from: Callable[[bytes], Submission]
) -> None:
    workbook = row_written(builders.row_inserted(units["103"], REVENUE, 5), REVENUE, 5, {"A": "一般公共预算"})
    assert read_from(workbook).entries == read_from(units["103"]).entries


def test_a_heading_that_stands_twice_over_amounts_has_two_readings(
    units: dict[str, bytes], judged: Judge
) -> None:
    workbook = with_column(units["103"], BASIC, 9)
    report = judged(put(workbook, BASIC, {"I5": "一般公共预算", "I6": 5.0}))
    assert [row[:4] for row in builders.rows_of(report)] == [("moved_cells", "blocking", BASIC, "H5")]
    assert "“一般公共预算”可以是 H 列、I 列" in report.findings[0].message


def test_names_of_fixed_lines_sorted_without_their_amounts_have_two_readings(
    units: dict[str, bytes], judged: Judge
) -> None:
    """What one of the readings breaks, sums of three sources, is not told."""
    report = judged(builders.typed(units["103"], REVENUE, {"A5": "单位资金", "A9": "一般公共预算"}))
    assert [row[:4] for row in builders.rows_of(report)] == [("moved_cells", "blocking", REVENUE, "A5")]
    assert "“单位资金”按名称是第 5 行，按原来的次序是第 9 行" in report.findings[0].message


def test_headings_and_names_in_other_words_stay_where_they_are(
    units: dict[str, bytes], read_from: Callable[[bytes], Submission]
) -> None:
    workbook = builders.typed(units["103"], BASIC, {"H5": "一般公共预算拨款", "E5": None})
    assert read_from(workbook).entries == read_from(units["103"]).entries
    workbook = builders.typed(units["103"], REVENUE, {"A9": "单位资金收入"})
    theirs = read_from(workbook)
    assert theirs.entries == read_from(units["103"]).entries
    assert [part.text for part in theirs.irregularities] == ["“单位资金”的名称现为“单位资金收入”"]


TEXTS = st.lists(st.sampled_from("甲乙丙丁戊己庚辛"), min_size=2, max_size=8, unique=True)


@given(ours=TEXTS, order=st.randoms(use_true_random=False), spare=st.integers(0, 3))
def test_names_are_found_in_any_order_between_any_strangers(
    ours: list[str], order: object, spare: int
) -> None:
    theirs = [*ours, *[""] * spare]
    order.shuffle(theirs)  # type: ignore[attr-defined]
    found = aligned([(text, "") for text in ours], [(text, "") for text in theirs], lambda place: 1)
    assert found.doubtful is None
    assert {ours[one]: place for one, place in found.at.items()} == {
        text: theirs.index(text) for text in ours
    }


@given(ours=TEXTS, gone=st.sets(st.integers(0, 7), max_size=7))
def test_what_is_gone_is_nowhere_and_the_others_are_found(ours: list[str], gone: set[int]) -> None:
    theirs = [text for at, text in enumerate(ours) if at not in gone]
    found = aligned([(text, "") for text in ours], [(text, "") for text in theirs], lambda place: 1)
    assert found.inserted == ()
    for at, text in enumerate(ours):
        assert found.at[at] == (theirs.index(text) if text in theirs else None)
