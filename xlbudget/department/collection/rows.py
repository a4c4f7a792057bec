"""What a return means for its unit: the status of a receipt, which return stands, rows for the register."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from typing import Any

from xlbudget.department.collection.records import Receipt, Row, Status, canonical
from xlbudget.model import (
    AllowedCodes,
    Roster,
    Severity,
    Verdict,
    Waiver,
    WorkbookReport,
)

CONTROLS, CODES = "controls", "codes"
"""The settings that hold control totals and the codes that units may use."""
ABOLISHED = "abolished"
"""The setting that holds the units abolished in mid-round: the reason by unit code."""


def unit_rows(roster: Roster | None) -> list[tuple[str, Row]]:
    """Return the units of a roster as rows, its control totals and allowed codes as settings."""
    if roster is None:
        return []
    rows: list[tuple[str, Row]] = [
        ("unit", {**asdict(unit), "place": at}) for at, unit in enumerate(roster.units)
    ]
    controls = {
        code: {column: str(amount) for column, amount in limits.items()}
        for code, limits in roster.controls.items()
    }
    settings = {CONTROLS: canonical(controls), CODES: canonical(roster.codes)}
    return [*rows, *(("setting", {"key": key, "value": value}) for key, value in settings.items())]


def controls_from(text: str) -> dict[str, dict[str, Decimal]]:
    """Return the control totals of the setting that :func:`unit_rows` made."""
    data = json.loads(text or "{}")
    return {
        code: {column: Decimal(amount) for column, amount in limits.items()} for code, limits in data.items()
    }


def codes_from(text: str) -> dict[str, AllowedCodes]:
    """Return the allowed codes of the setting that :func:`unit_rows` made."""
    data = json.loads(text or "{}")
    return {unit: {name: tuple(codes) for name, codes in listed.items()} for unit, listed in data.items()}


def row(receipt: Receipt) -> Row:
    """Return a receipt as a row."""
    values = asdict(receipt)
    return {
        key: str(value) if isinstance(value, Status) else int(value) if isinstance(value, bool) else value
        for key, value in values.items()
    }


def stood_down(receipt: Receipt) -> Receipt:
    """Return the receipt as it is once another stands in its place."""
    return replace(receipt, status=Status.REPLACED, stands=False)


def judged(receipt: Receipt, report: WorkbookReport, *, readable: bool) -> Receipt:
    """Return the receipt with what its report means: counts of open findings and the status."""
    counts = {
        severity: sum(finding.severity is severity for finding in report.findings) for severity in Severity
    }
    if not readable:
        status = Status.UNREADABLE
    elif counts[Severity.BLOCKING] or not receipt.unit_code or report.department:
        status = Status.REFUSED
    elif report.verdict is not Verdict.ACCEPTED or (receipt.empty and not receipt.zero):
        status = Status.TO_EXPLAIN
    else:
        status = Status.ACCEPTED
    return replace(
        receipt,
        judged=status,
        status=status,
        blocking=counts[Severity.BLOCKING],
        explain=counts[Severity.EXPLAIN] + len(report.to_accept),
        note=counts[Severity.NOTE],
    )


def waiver_data(waiver: Waiver) -> dict[str, Any]:
    """Return a waiver as data for JSON."""
    data = asdict(waiver)
    for key in ("value", "expected"):
        if isinstance(data[key], Decimal):
            data[key] = {"decimal": str(data[key])}
    return {**data, "until": waiver.until.isoformat()}


def waiver_from(data: dict[str, Any]) -> Waiver:
    """Return the waiver of :func:`waiver_data`."""
    values = dict(data)
    for key in ("value", "expected"):
        part = values[key]
        if isinstance(part, dict):
            values[key] = Decimal(part["decimal"])
    return Waiver(**{**values, "until": date.fromisoformat(str(data["until"]))})
