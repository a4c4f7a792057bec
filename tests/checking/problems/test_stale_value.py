"""Stored results that our recalculation does not give."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from support import builders
from support.builders import Row

from xlbudget.model import CellValue, ErrorValue

Found = Callable[[bytes], list[Row]]


def test_found_with_both_values(reference: bytes, found: Found) -> None:
    assert found(builders.other_result(reference, "公开表5", "D6", 2190.0)) == [
        ("stale_value", "explain", "公开表5", "D6", Decimal(2190), Decimal("2194.0698"), Decimal("-4.0698"))
    ]


def test_cells_old_apart_are_found_each(reference: bytes, found: Found) -> None:
    workbook = builders.other_result(reference, "公开表5", "D6", 2190.0)
    rows = found(builders.other_result(workbook, "公开表3", "C6", 1.0))
    assert [row[2:4] for row in rows] == [("公开表3", "C6"), ("公开表5", "D6")]


def test_many_old_cells_are_one_finding_at_the_first(reference: bytes, found: Found) -> None:
    workbook = reference
    for sheet, address in (("公开表5", "D6"), ("公开表5", "D7"), ("公开表5", "D8"), ("公开表3", "C6")):
        workbook = builders.other_result(workbook, sheet, address, 1.0)
    assert [row[2:4] for row in found(workbook)] == [("公开表3", "C6")]


def test_passed_within_the_noise_of_floating_point(reference: bytes, found: Found) -> None:
    assert found(builders.other_result(reference, "公开表5", "D6", 2194.0698000000002 + 1e-12)) == []


def test_found_again_in_rows_met_before(reference: bytes, found: Found) -> None:
    """What is remembered of rows must not settle what stands beside them in another file."""
    workbook = builders.other_result(reference, "公开表5", "D6", 2190.0)
    first = found(workbook)
    assert len(first) == 1
    assert [found(reference), found(workbook), found(reference), found(workbook)] == [[], first, [], first]


@pytest.mark.parametrize("kind", ["", ' t="str"'])
@pytest.mark.parametrize("result", ["", "<v></v>"])
def test_nothing_stored_passes_for_nothing(reference: bytes, found: Found, kind: str, result: str) -> None:
    """Programs keep the result of an empty line as an empty text, as no text or not at all."""
    assert found(_stored(reference, "B45", kind, result)) == []


@pytest.mark.parametrize("result", ["<v>0</v>", "<v>0.00</v>", "<v>0E0</v>", "<v>-0</v>"])
def test_nought_passes_however_it_is_written(reference: bytes, found: Found, result: str) -> None:
    assert found(_stored(reference, "C45", "", result)) == []


@pytest.mark.parametrize(
    ("address", "kind", "result", "stored", "expected"),
    [
        ("B45", ' t="str"', "<v>旧名</v>", "旧名", ""),
        ("C45", ' t="str"', "<v>0</v>", "0", Decimal(0)),
        ("C45", ' t="e"', "<v>#REF!</v>", ErrorValue("#REF!"), Decimal(0)),
        ("D6", "", "<v>0</v>", Decimal(0), Decimal("2194.0698")),
        ("D6", "", "", None, Decimal("2194.0698")),
    ],
)
def test_found_though_the_blank_workbook_has_it_or_kind_differs(
    reference: bytes,
    found: Found,
    address: str,
    kind: str,
    result: str,
    stored: CellValue,
    expected: CellValue,
) -> None:
    rows = found(_stored(reference, address, kind, result))
    assert [row[2:6] for row in rows] == [("公开表5", address, stored, expected)]


def _stored(workbook: bytes, address: str, kind: str, result: str) -> bytes:
    """Change how a result on form 5 is stored: attribute of the cell, element after the formula."""

    def change(xml: str) -> str:
        new, count = re.subn(
            rf'<c r="{address}"( s="\d+")?[^>]*>(<f>[^<]*</f>)(?:<v>[^<]*</v>)?</c>',
            rf'<c r="{address}"\1{kind}>\2{result}</c>',
            xml,
        )
        assert count == 1, address
        return new

    return builders.changed_sheet(workbook, "公开表5", change)
