"""Code lists that units have added to, retyped or sorted."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import Row

Found = Callable[[bytes], list[Row]]
LIST = "代码1 功能科目"


def test_found_where_a_code_became_another(reference: bytes, found: Found) -> None:
    assert [row[:4] for row in found(builders.typed(reference, LIST, {"A7": "2010388"}))] == [
        ("changed_list", "explain", LIST, "A7")
    ]


def test_found_where_a_code_became_a_number(reference: bytes, found: Found) -> None:
    assert [row[:4] for row in found(builders.typed(reference, LIST, {"A9": 2010303.0}))] == [
        ("changed_list", "explain", LIST, "A9")
    ]


def test_found_where_two_rows_changed_places(reference: bytes, found: Found) -> None:
    names = {"A9": "2010304", "B9": "专项服务", "A10": "2010303", "B10": "机关服务"}
    assert [row[:4] for row in found(builders.typed(reference, LIST, names))] == [
        ("changed_list", "explain", LIST, "A9")
    ]


def test_passed_where_a_row_was_put_between(reference: bytes, found: Found) -> None:
    assert [row[0] for row in found(builders.row_inserted(reference, LIST, 10))] == []
