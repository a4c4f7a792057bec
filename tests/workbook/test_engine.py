"""The ``formulas`` engine on its own: criteria of SUMIFS and COUNTIF, as published and as mended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from engine_causes import engine_as_published, engine_key

from xlbudget.model import ErrorValue
from xlbudget.workbook.calculation.engine import EngineModel

CELL = "'[T.XLSX]S'!"
NA = ErrorValue("#N/A")


def found(keys: Sequence[Any], wanted: Any) -> tuple[Any, Any]:
    """Return COUNTIF of a key and SUMIFS of 1, 2, 4 … over keys, as a workbook holds them."""
    last = len(keys)
    cells = {f"A{row}": key for row, key in enumerate(keys, 1)} | {
        f"B{row + 1}": 2**row for row in range(last)
    }
    cells |= {"C1": wanted, "D1": f"=COUNTIF(A1:A{last},C1)", "E1": f"=SUMIFS(B1:B{last},A1:A{last},C1)"}
    names = {f"{CELL}{at}": 0 if value is NA or value is None else value for at, value in cells.items()}
    given = {f"{CELL}{at}": value for at, value in cells.items() if value is NA or value is None}
    values = EngineModel(names).calculate(given)
    return values[f"{CELL}D1"], values[f"{CELL}E1"]


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        (("243001/0001", "243001/0002"), "243001/0001"),
        (("243001/2010-1", "243001/204020"), "243001/2010-1"),
        (("101/1", "101/01"), "101/1"),
    ],
)
def test_the_published_engine_takes_keys_for_one_date(keys: tuple[str, str], wanted: str) -> None:
    """The reason for mending it; when this fails, the mending can go."""
    with engine_as_published():
        assert found(keys, wanted) == (2.0, 3.0)
    assert engine_key(keys[0]) == engine_key(keys[1])
    assert found(keys, wanted) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("keys", "wanted", "count", "total"),
    [
        (("p1", "P1", "p10", 1.0), "P1", 2.0, 3.0),  # no regard to case
        (("001", "1", 1.0, "1.0", "x"), "001", 4.0, 15.0),  # texts that are numbers count as numbers
        (("001", "2", 1.0), 1.0, 2.0, 5.0),
        (("nan", "1_0", "10"), "1_0", 1.0, 2.0),  # numbers to Python alone
        (("TRUE", True, "x"), "TRUE", 1.0, 1.0),
        (("x", NA, None, "y"), "y", 1.0, 8.0),  # errors and empty cells are equal to no text
    ],
)
def test_criteria_are_compared_as_excel_compares_them(
    keys: tuple[Any, ...], wanted: Any, count: float, total: float
) -> None:
    assert found(keys, wanted) == (count, total)


def test_a_computed_criterion_and_an_error_among_the_amounts() -> None:
    cells: dict[str, Any] = {
        "A1": "243001",
        "B1": "0001",
        "C1": "243001/0001",
        "C2": "243001/0002",
        "D1": 1,
        "D2": 0,
    }
    cells["E1"], cells["E2"] = '=SUMIFS(D1:D2,C1:C2,A1&"/"&B1)', '=SUMIFS(D1:D2,C1:C2,A1&"/0002")'
    model = EngineModel({f"{CELL}{at}": value for at, value in cells.items()})
    values = model.calculate({f"{CELL}D2": NA})
    assert (values[f"{CELL}E1"], values[f"{CELL}E2"]) == (1.0, NA)
