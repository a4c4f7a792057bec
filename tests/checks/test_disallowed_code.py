"""Codes that are on the list and that the unit may not use."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from returned import builders
from returned.builders import PROJECTS, Row

from xlbudget import Unit, WorkbookTemplate
from xlbudget.generation import workbook_bytes
from xlbudget.model import EntryRow, Issue

Found = Callable[[bytes], list[Row]]


@pytest.fixture(scope="module")
def issued(template: WorkbookTemplate) -> bytes:
    """A workbook issued for the codes below 20402, with a project under 2040299."""
    room = {"基本支出": 2, "项目支出": 2, "上年项目": 1, "F2": 2, "F3": 2, "F5": 2, "F6": 2}
    row = {"项目编码": "X1", "项目名称": "甲", "功能科目": "2040299", "本年一般公共预算": Decimal(100)}
    entries, issue = {"项目支出": (EntryRow(0, row),)}, Issue(codes={"功能科目": ("20402",)})
    return workbook_bytes(template, Unit("101", "甲", "行政"), entries, capacity=room, issue=issue)


def test_found_outside_what_is_allowed(issued: bytes, found: Found) -> None:
    assert found(builders.typed(issued, PROJECTS, {"E6": "2080501"})) == [
        ("disallowed_code", "blocking", PROJECTS, "E6", "2080501", None, None)
    ]


def test_passed_below_an_allowed_code(issued: bytes, found: Found) -> None:
    assert found(issued) == []


def test_passed_where_the_code_is_on_no_list_at_all(issued: bytes, found: Found) -> None:
    assert found(builders.typed(issued, PROJECTS, {"E6": "9999999"})) == []  # which unknown_code finds


def test_passed_where_nothing_was_limited(reference: bytes, found: Found) -> None:
    assert found(reference) == []
