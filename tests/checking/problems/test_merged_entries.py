"""Merged cells in a ledger: what their first cell says counts once, and the message names the merge."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support import builders
from support.builders import PROJECTS, Row

from xlbudget import Report, WorkbookTemplate, check

Found = Callable[[bytes], list[Row]]


def merged(workbook: bytes, *ranges: str) -> bytes:
    """Merge cells as Excel does: what stood in all but the first of them is gone."""
    cells: dict[str, float | str | None] = {}
    for one in ranges:
        first, last = one.split(":")
        rows = range(int(first[1:]), int(last[1:]) + 1)
        columns = range(ord(first[0]), ord(last[0]) + 1)
        cells |= {f"{chr(at)}{row}": None for at in columns for row in rows if f"{chr(at)}{row}" != first}
    return covered(builders.typed(workbook, PROJECTS, cells), *ranges)


def covered(workbook: bytes, *ranges: str) -> bytes:
    """Merge cells as some programs do: what is covered stays."""
    marks = "".join(f'<mergeCell ref="{one}"/>' for one in ranges)

    def change(xml: str) -> str:
        assert "<mergeCells" in xml
        return re.sub(r"<mergeCells[^>]*>", rf"<mergeCells>{marks}", xml)

    return builders.changed_sheet(workbook, PROJECTS, change)


def test_found_where_rows_lack_their_code(reference: bytes, found: Found) -> None:
    assert found(merged(reference, "E6:E8")) == [
        ("merged_entries", "blocking", PROJECTS, "E6", "2040220", None, None)
    ]


def test_found_where_an_amount_stands_over_rows_and_over_columns(reference: bytes, found: Found) -> None:
    rows = found(merged(reference, "H6:H7", "H9:I9"))
    assert [row[:4] for row in rows] == [
        ("merged_entries", "explain", PROJECTS, "H6"),
        ("merged_entries", "explain", PROJECTS, "H9"),
    ]


def test_found_where_a_merge_hides_an_amount(reference: bytes, found: Found) -> None:
    assert [row[:4] for row in found(covered(reference, "H6:H7"))] == [
        ("merged_entries", "explain", PROJECTS, "H6")
    ]


def test_passed_where_nothing_is_lost(reference: bytes, found: Found) -> None:
    empty = builders.typed(reference, PROJECTS, {"H40": 5.0})
    assert found(merged(empty, "H40:H42", "N6:O6", "C50:D52")) == []


@pytest.mark.returned(10, "录入2 三个项目的功能科目合并成一格")
def test_a_merged_code_in_a_file(reference: bytes, judged: Callable[..., Report]) -> None:
    report = judged(merged(reference, "E6:E8"))
    rows = [row for row in builders.rows_of(report) if row[0] != "stale_value"]
    assert [row[:4] for row in rows] == [("merged_entries", "blocking", PROJECTS, "E6")]
    message = next(one.message for one in report.findings if one.rule == "merged_entries")
    assert (
        "E6:E8 是合并单元格，内容 “2040220” 只算在第一格；第 2、3 行读作没有填“支出功能科目编码”" in message
    )


def test_libreoffice_saves_the_same(
    template: WorkbookTemplate,
    reference: bytes,
    libreoffice: Callable[..., list[Path]],
    tmp_path: Path,
) -> None:
    path = builders.returned(tmp_path, "合并.xlsx", merged(reference, "E6:E8", "H10:H11"))
    [resaved] = libreoffice([path], tmp_path / "另存")
    rows = [row[:4] for row in builders.rows_of(check(resaved, template)) if row[0] == "merged_entries"]
    assert rows == [
        ("merged_entries", "blocking", PROJECTS, "E6"),
        ("merged_entries", "explain", PROJECTS, "H10"),
    ]
