"""Rows that say the same as rows above them, single ones and blocks."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import BASIC, PROJECTS, Row

Found = Callable[[bytes], list[Row]]
ONE = {"C": "XM900", "D": "同一个项目", "E": "2040220", "H": 12_345.0}
OTHER = {**ONE, "C": "XM901", "H": 678.0}


def rows_typed(workbook: bytes, *rows: tuple[int, dict[str, float | str]]) -> bytes:
    cells = {f"{column}{row}": value for row, values in rows for column, value in values.items()}
    return builders.typed(workbook, PROJECTS, cells)


def test_found_at_the_second_row_and_at_the_first_of_a_block(reference: bytes, found: Found) -> None:
    single = rows_typed(reference, (40, ONE), (44, ONE))
    assert found(single) == [("repeated_rows", "explain", PROJECTS, "C44", None, None, None)]
    block = rows_typed(reference, (40, ONE), (41, OTHER), (44, ONE), (45, OTHER), (47, ONE))
    assert [row[3] for row in found(block)] == ["C44", "C47"]


def test_passed_where_code_amount_or_source_differ(reference: bytes, found: Found) -> None:
    moved = {key: value for key, value in ONE.items() if key != "H"} | {"N": ONE["H"]}
    empty = {key: value for key, value in ONE.items() if key != "H"}
    others = [ONE, OTHER, moved, {**ONE, "H": 12_345.01}, {**ONE, "E": "2040202"}, empty, empty]
    assert found(rows_typed(reference, *enumerate(others, 40))) == []


def test_passed_where_codes_of_lists_and_round_money_are_alike_by_chance(
    reference: bytes, found: Found
) -> None:
    def twice(amount: float) -> bytes:
        row = {"C": "2040220", "E": "30299", "H": amount}
        return builders.typed(reference, BASIC, {f"{at}{n}": v for n in (50, 52) for at, v in row.items()})

    assert found(twice(20_000.0)) == []
    assert [row[:4] for row in found(twice(20_000.5))] == [("repeated_rows", "explain", BASIC, "C52")]
