"""Codes stored as numbers, with blanks, in full width."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from support import builders
from support.builders import BASIC, PROJECTS, Row

from xlbudget import load_template
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.problems import Check
from xlbudget.returns.reading import open_workbook, read

Found = Callable[[bytes], list[Row]]


def test_found_where_a_code_is_a_number(reference: bytes, found: Found) -> None:
    assert found(builders.stored_as(reference, PROJECTS, "E6", kind="n", value="2040220")) == [
        ("malformed_code", "blocking", PROJECTS, "E6", "2040220", "2040220", None)
    ]


def test_found_where_it_can_be_no_code(reference: bytes, found: Found) -> None:
    assert found(builders.stored_as(reference, PROJECTS, "E6", kind="n", value="2040220.5")) == [
        ("malformed_code", "blocking", PROJECTS, "E6", "2040220.5", None, None)
    ]


def test_passed_where_the_code_is_text(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"E6": "2040220"})) == []


def test_found_once_where_codes_carry_their_names(reference: bytes, found: Found) -> None:
    """Whatever stands between, in whichever ledger: it is one way to fill in a workbook."""
    cells: dict[str, float | str | None] = {"E6": "2040220执法办案", "E7": "2040202-一般行政管理事务"}
    workbook = builders.typed(reference, PROJECTS, cells)
    workbook = builders.typed(workbook, BASIC, {"E6": "30101 基本工资", "E7": "３０１０２津贴补贴"})
    assert found(workbook) == [("malformed_code", "blocking", BASIC, "E6", "30101 基本工资", "30101", None)]


def test_passed_where_a_code_of_another_level_carries_its_name(reference: bytes, found: Found) -> None:
    """It is no code of this column: said once, by the check of code lists."""
    assert found(builders.typed(reference, PROJECTS, {"E6": "20402公安"})) == []


def test_found_with_what_cannot_be_seen_named(reference: bytes, check: Check, tmp_path: Path) -> None:
    template = load_template("shanxi_provincial/2023")
    workbook = builders.typed(reference, PROJECTS, {"E6": "2040220\u200b", "E7": "2040202 "})
    path = builders.returned(tmp_path, "报送.xlsx", workbook)
    messages = [one.message for one in check.find(Evidence(template, read(open_workbook(path), template)))]
    assert "”（只差看不见的字符），已按 “2040220” 读取" in messages[0]
    assert "”（只差空格），已按 “2040202” 读取" in messages[1]
