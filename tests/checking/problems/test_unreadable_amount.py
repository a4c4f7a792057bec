"""What cannot be read as an amount, and error values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support import builders
from support.builders import PROJECTS, Row

from xlbudget import WorkbookTemplate, read
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.problems import unreadable_amount

Found = Callable[[bytes], list[Row]]


def test_found_where_the_amount_is_words(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"H6": "约300万"})) == [
        ("unreadable_amount", "blocking", PROJECTS, "H6", "约300万", None, None)
    ]


def test_found_where_the_amount_is_an_error(reference: bytes, found: Found) -> None:
    assert found(builders.stored_as(reference, PROJECTS, "H6", kind="e", value="#DIV/0!")) == [
        ("unreadable_amount", "blocking", PROJECTS, "H6", "#DIV/0!", None, None)
    ]


def test_passed_where_the_text_is_an_amount(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, PROJECTS, {"H6": "3000000元"})) == []


@pytest.mark.parametrize("text", ["95%", "12.5％"])
def test_found_where_a_share_is_typed_for_an_amount(
    reference: bytes, template: WorkbookTemplate, tmp_path: Path, text: str
) -> None:
    path = builders.returned(tmp_path, "报送.xlsx", builders.typed(reference, PROJECTS, {"H6": text}))
    [finding] = unreadable_amount.find(Evidence(template, read(path, template)))
    assert (finding.place.address, finding.stored) == ("H6", text)
    assert f"“{text}”是比例，不是金额" in finding.message
