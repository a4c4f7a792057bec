"""A word or a mark written twice."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import Row

Found = Callable[[bytes], list[Row]]
INDICATORS = "录入12 绩效指标"


def test_found_where_the_whole_text_is_one_word_twice(reference: bytes, found: Found) -> None:
    workbook = builders.typed(reference, INDICATORS, {"I6": "满足满足", "L6": "及时。。"})
    assert found(workbook) == [
        ("doubled_word", "note", INDICATORS, "I6", None, None, None),
        ("doubled_word", "note", INDICATORS, "L6", None, None, None),
    ]


def test_passed_where_words_recur_in_a_sentence(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, INDICATORS, {"I6": "常常", "L6": "组织组织部门培训"})) == []
