"""A cover that names another unit than the file was issued to."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import Row

Found = Callable[[bytes], list[Row]]


def test_found_at_the_first_fact_that_differs(reference: bytes, found: Found) -> None:
    [row] = found(builders.typed(reference, "封面", {"C9": "102", "C10": "示范厅执法监督局"}))
    assert row == ("wrong_unit", "blocking", "封面", "C9", "102", "243001", None)


def test_found_where_the_cover_was_emptied(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, "封面", {"C9": None})) == [
        ("wrong_unit", "blocking", "封面", "C9", None, "243001", None)
    ]


def test_passed_where_the_superior_was_corrected(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, "封面", {"C12": "上级主管部门"})) == []
