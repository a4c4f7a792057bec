"""What is kept of a workbook against the limits, and dates written as text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from xlbudget.files.xlsx.package import Package


@dataclass(slots=True)
class Kept:
    """What has been kept of the whole workbook so far, against the limits."""

    cells: int = 0
    text: int = 0


def check_kept(package: Package, kept: Kept) -> None:
    """Raise ``limit`` when cells or texts have become too many."""
    if kept.text > package.limits.text_total:
        raise package.over(f"文本总量超过 {package.limits.text_total} 字")
    if kept.cells > package.limits.cells:
        raise package.over(f"有内容的单元格超过 {package.limits.cells} 个")


_DAY_ZERO = datetime(1899, 12, 30)


def serial_number(text: str, date_1904: bool) -> str | None:
    """Return the serial number of an ISO date, time or both as Excel stores it, or None if it is none."""
    try:
        if "-" in text:
            moment = datetime.fromisoformat(text)
        else:
            moment = datetime.combine(_DAY_ZERO, time.fromisoformat(text if ":" in text else ""))
    except ValueError:
        return None
    span = moment.replace(tzinfo=None) - _DAY_ZERO
    days = span.days - (1_462 if date_1904 and span.days else 0)
    if not date_1904 and 0 < days < 61:
        days -= 1  # Excel believes in 29 February 1900
    if days < 0:
        return None
    fraction = span.seconds / 86_400 + span.microseconds / 86_400e6
    return repr(days + fraction) if fraction else str(days)
