"""Codes and choices that are on no list."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import PROJECTS, Row

Found = Callable[[bytes], list[Row]]


def test_found_with_the_nearest_code(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"E6": "2040229"})) == [
        ("unknown_code", "blocking", PROJECTS, "E6", "2040229", "2040299", None)
    ]


def test_found_where_nothing_is_near(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"G6": "丙"})) == [
        ("unknown_code", "blocking", PROJECTS, "G6", "丙", None, None)
    ]


def test_passed_with_any_code_of_the_right_level(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"E6": "2101103", "G6": "公务接待费"})) == []


def test_found_with_its_level_where_it_is_one_above(reference: bytes, found: Found) -> None:
    """With its name behind it too: that is no second finding."""
    for text in ("20402", "20402公安"):
        assert found(builders.typed(reference, PROJECTS, {"E6": text})) == [
            ("unknown_code", "blocking", PROJECTS, "E6", "20402", None, None)
        ]


def test_found_once_where_codes_were_dragged_down(reference: bytes, found: Found) -> None:
    """2040290 is no code, nor are those that follow it one by one; 2040290 again goes on counting nothing."""
    codes = {"E8": "2040290", "E9": "2040291", "E10": "2040292", "E11": "2040290"}
    rows = found(builders.typed(reference, PROJECTS, codes))
    assert [row[:4] for row in rows] == [
        ("unknown_code", "blocking", PROJECTS, "E8"),
        ("unknown_code", "blocking", PROJECTS, "E11"),
    ]


def test_a_name_in_place_of_its_code_is_answered_with_the_code(reference: bytes, found: Found) -> None:
    """30101 alone is called 基本工资; 行政运行 is the name of many codes, of which nobody can choose one."""
    assert found(builders.typed(reference, "录入1 基本支出", {"E6": "基本工资", "C7": "行政运行"})) == [
        ("unknown_code", "blocking", "录入1 基本支出", "C7", "行政运行", None, None),
        ("unknown_code", "blocking", "录入1 基本支出", "E6", "基本工资", "30101", None),
    ]


def test_a_few_choices_are_all_named(reference: bytes, messages: Callable[[bytes], list[str]]) -> None:
    [message] = messages(builders.typed(reference, PROJECTS, {"V6": "是"}))
    assert "“是”不在代码表中，只能填“货物”、“工程”、“服务”" in message
    [message] = messages(builders.typed(reference, "录入7 文字说明", {"C5": "我单位职责"}))
    assert "这一行的内容不会进入公开的文件" in message  # there are no amounts in it
