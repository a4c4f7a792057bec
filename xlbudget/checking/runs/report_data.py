"""Reports of single files as plain data for JSON, and back: the one door to cattrs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlbudget.files.elsewhere import typed
from xlbudget.model import Box, CellValue, WorkbookReport

if TYPE_CHECKING:
    from cattrs import Converter

_DECIMAL = "decimal"


def data_of(report: WorkbookReport) -> dict[str, Any]:
    """Return a report as dictionaries, lists and texts; amounts keep every digit."""
    data: dict[str, Any] = _converter().unstructure(report)
    return data


def report_from(data: Any) -> WorkbookReport:
    """Return the report that :func:`data_of` gave; ValueError when ``data`` is no such thing."""
    from cattrs import BaseValidationError

    try:
        return _converter().structure(data, WorkbookReport)
    except BaseValidationError as error:
        raise ValueError("not the data of a report") from error


@cache
def _converter() -> Converter:
    from cattrs import Converter

    converter = Converter()
    converter.register_unstructure_hook(Path, str)
    converter.register_structure_hook(Path, lambda text, _: typed(text))
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
    converter.register_unstructure_hook(Decimal, lambda number: {_DECIMAL: str(number)})
    converter.register_structure_hook(Decimal, lambda data, _: Decimal(data[_DECIMAL]))
    converter.register_unstructure_hook(Box, list)
    converter.register_structure_hook(Box, lambda sides, _: Box(*sides))
    converter.register_structure_hook(CellValue, lambda data, _: _cell_value(data))
    return converter


def _cell_value(data: Any) -> Any:
    return Decimal(data[_DECIMAL]) if isinstance(data, dict) else data
