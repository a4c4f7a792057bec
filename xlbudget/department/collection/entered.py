"""What a unit has entered, as data beside the report of its return: joining needs no workbook."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from xlbudget.model import CellValue, EntryRow, Submission, Unit


def entered_data(submission: Submission) -> dict[str, Any]:
    """Return whose workbook it is, its capacity and its entries (entry money), as dictionaries and lists."""
    unit = submission.unit
    return {
        "unit": [unit.code, unit.name, unit.kind, unit.superior, unit.superior_code],
        "department": submission.department,
        "template": [submission.template_id, submission.digest],
        "capacity": dict(submission.capacity),
        "tables": {
            table: [[row.row, {key: _data(value) for key, value in row.values.items()}] for row in rows]
            for table, rows in submission.entries.items()
        },
    }


def submission_from(data: Mapping[str, Any], path: Path, sha256: str) -> Submission:
    """Return what :func:`entered_data` was made from, without stored results and irregularities.

    ValueError, KeyError or TypeError when ``data`` is no such thing.
    """
    template, digest = data["template"]
    return Submission(
        path=path,
        sha256=sha256,
        unit=Unit(*data["unit"]),
        template_id=template,
        digest=digest,
        department=data["department"],
        capacity=data["capacity"],
        entries={
            table: tuple(
                EntryRow(row, {key: _value(value) for key, value in values.items()}) for row, values in rows
            )
            for table, rows in data["tables"].items()
        },
        stored={},
    )


def _data(value: CellValue) -> Any:
    """Return an amount as a list of its digits, so that it is told from a text."""
    return [str(value)] if isinstance(value, Decimal) else value


def _value(data: Any) -> CellValue:
    return Decimal(data[0]) if isinstance(data, list) else data
