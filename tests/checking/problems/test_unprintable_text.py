"""Text that cannot be printed as it stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support import builders
from support.builders import Row

Found = Callable[[bytes], list[Row]]
TEXTS = "录入7 文字说明"


@pytest.mark.parametrize("letter", ["_x0007_", "_x001B_", "_xFFFE_", "\ufdd0", "\u202e", "\x85"])
def test_found_where_a_letter_cannot_be_printed(reference: bytes, found: Found, letter: str) -> None:
    workbook = builders.typed(reference, TEXTS, {"C6": f"职责{letter}说明"})
    assert found(workbook) == [("unprintable_text", "explain", TEXTS, "C6", None, None, None)]


@pytest.mark.parametrize("text", ["职责（说明）", "第一行\n第二行", "①②\u3000㎡ 𠮷 é"])
def test_passed_where_everything_can_be_printed(reference: bytes, found: Found, text: str) -> None:
    assert found(builders.typed(reference, TEXTS, {"C6": text})) == []
