"""Rows of tables that a page break parts: what belongs to the row above, and what is a row of its own."""

from __future__ import annotations

import pytest

from xlbudget.files.pdf.broken_rows import goes_on, put_together
from xlbudget.model import Box, Place, PrintedCell, PrintedLine

_EDGES = (0.0, 60.0, 160.0, 230.0, 300.0)  # of columns: code, name, two amounts


def row(*texts: str, at: int = 0, page: int = 1) -> dict[int, PrintedCell]:
    """A row of cells by column; names are printed ten points a character, eight to a line."""
    found = {}
    for column, text in enumerate(texts):
        if not text:
            continue
        left, right = _EDGES[column], _EDGES[column + 1]
        lines = [text[start : start + 8] for start in range(0, len(text), 8)] if column == 1 else [text]
        printed = tuple(
            PrintedLine(
                line,
                Place(
                    page=page,
                    box=Box(left + 6, 10.0 * number, left + 6 + 10.0 * len(line), 10.0 * number + 10),
                ),
            )
            for number, line in enumerate(lines)
        )
        place = Place(page=page, box=Box(left, 0, right, 10.0 * len(lines)))
        found[column] = PrintedCell(at, column, text, place, lines=printed)
    return found


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (("2050299", "其他普通教育支出", "20.00", ""), ("", "（含幼儿园）", "", "")),
        (("2080505", "机关事业单位基本", "", ""), ("", "养老保险缴费支出", "545.00", "504.00")),
        (("", "灾害防治及应急管", "98.00", ""), ("", "理支出", "", "")),
    ],
    ids=["amounts above", "amounts below", "no code"],
)
def test_the_rest_of_a_row_belongs_to_it(above: tuple[str, ...], below: tuple[str, ...]) -> None:
    first, rest = row(*above, at=7), row(*below, page=2)
    assert goes_on(first, rest)
    together = put_together(first, rest, 7)
    assert {cell.row for cell in together} == {7}
    whole = [one + other for one, other in zip(above, below, strict=True)]
    assert {cell.column: cell.text for cell in together} == {
        at: text for at, text in enumerate(whole) if text
    }


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (("2050299", "其他普通教育支出", "20.00", ""), ("206", "科学技术支出", "5.00", "")),
        (("2050299", "其他普通教育支出", "20.00", ""), ("", "合计", "25.00", "")),
        (("2050299", "其他普通教育支出", "20.00", ""), ("", "十六、金融支出", "", "")),
        (("20502", "普通教育", "20.00", ""), ("", "学前教育", "", "")),
        (("2050299", "其他普通教育支出", "20.00", ""), ("", "科学技术支出", "5.00", "")),
    ],
    ids=["a code", "a total", "a number", "room left above", "both have an amount"],
)
def test_a_row_of_its_own_stays_one(above: tuple[str, ...], below: tuple[str, ...]) -> None:
    assert not goes_on(row(*above), row(*below, page=2))
