"""Control totals on the check sheet that are not those issued."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from support import builders
from support.builders import Row

from xlbudget import Unit, WorkbookTemplate
from xlbudget.model import Issue
from xlbudget.workbook.sheets.writing import workbook_bytes

Found = Callable[[bytes], list[Row]]
CHECKS = "校验表"


@pytest.fixture(scope="module")
def issued(template: WorkbookTemplate) -> bytes:
    """A workbook issued with a control total of 338.99 万元 for projects."""
    room = {"基本支出": 2, "项目支出": 2, "上年项目": 1, "F2": 2, "F3": 2, "F5": 2, "F6": 2}
    issue = Issue({"控制数_项目支出": Decimal("338.99")})
    return workbook_bytes(template, Unit("101", "甲", "行政"), capacity=room, issue=issue)


@pytest.fixture(scope="module")
def row(issued: bytes) -> int:
    """The row of the check sheet with that total in 元, in K; what it may be off by, 50 元, is in L."""
    return builders.row_holding(issued, CHECKS, "K", 3_389_900)


def test_found_changed(issued: bytes, found: Found, row: int) -> None:
    assert found(builders.typed(issued, CHECKS, {f"K{row}": 4_000_000.0})) == [
        (
            "changed_control",
            "blocking",
            CHECKS,
            f"K{row}",
            Decimal(4_000_000),
            Decimal(3_389_900),
            Decimal(610_100),
        )
    ]


def test_found_removed(issued: bytes, found: Found, row: int) -> None:
    assert found(builders.typed(issued, CHECKS, {f"K{row}": None, f"L{row}": None})) == [
        ("changed_control", "blocking", CHECKS, f"K{row}", None, Decimal(3_389_900), None)
    ]


def test_found_widened(issued: bytes, found: Found, row: int) -> None:
    assert found(builders.typed(issued, CHECKS, {f"L{row}": 5_000.0})) == [
        ("changed_control", "blocking", CHECKS, f"L{row}", Decimal(5_000), Decimal(50), Decimal(4_950))
    ]


def test_found_where_none_was_issued(issued: bytes, found: Found, row: int) -> None:
    assert found(builders.typed(issued, CHECKS, {f"K{row - 1}": 1.0})) == [
        ("changed_control", "blocking", CHECKS, f"K{row - 1}", Decimal(1), None, None)
    ]


def test_passed_as_issued(issued: bytes, reference: bytes, found: Found) -> None:
    assert found(issued) == []
    assert found(reference) == []
