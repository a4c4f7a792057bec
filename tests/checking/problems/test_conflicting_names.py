"""One project code, two names."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import PROJECTS, Row

Found = Callable[[bytes], list[Row]]


def test_found_at_the_second_name(reference: bytes, found: Found) -> None:
    workbook = builders.typed(reference, PROJECTS, {"C7": "A", "D7": "甲", "C8": "A", "D8": "乙"})
    assert found(workbook) == [("conflicting_names", "explain", PROJECTS, "D8", "乙", "甲", None)]


def test_passed_where_two_projects_share_a_name(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"D7": "甲", "D8": "甲"})) == []


def test_found_as_a_note_where_only_blanks_or_width_differ(reference: bytes, found: Found) -> None:
    workbook = builders.typed(
        reference, PROJECTS, {"C7": "A", "D7": "甲（一）期", "C8": "A", "D8": "甲(一) 期"}
    )
    assert found(workbook) == [("conflicting_names", "note", PROJECTS, "D8", "甲(一) 期", "甲（一）期", None)]
