"""Shared strings, and dates written as text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from xlbudget.ooxml.package import Package
from xlbudget.ooxml.parts import local_name, unescape


@dataclass(slots=True)
class Kept:
    """What has been kept of the whole workbook so far, against the limits."""

    cells: int = 0
    text: int = 0


class SharedStrings:
    """Collects the shared strings: runs joined, phonetic guides left out."""

    def __init__(self, package: Package, kept: Kept) -> None:
        self.package = package
        self.kept = kept
        self.strings: list[str] = []
        self.depth = 0
        self.buffer = ""
        self.runs: list[str] = []
        self.phonetic = False
        self.names = ("si", "t", "rPh")

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """Take in the start of an element."""
        self.depth += 1
        self.buffer = ""
        if self.depth == 1:
            prefix = name[: len(name) - len(local_name(name))]
            self.names = (prefix + "si", prefix + "t", prefix + "rPh")
        elif self.depth == 2:
            self.runs = []
        elif name == self.names[2]:
            self.phonetic = True
        elif self.depth > self.package.limits.nesting:
            raise self.package.over("XML 嵌套过深")

    def end(self, name: str) -> None:
        """Take in the end of an element."""
        self.depth -= 1
        item, text, phonetic = self.names
        if name == text and self.depth >= 2 and not self.phonetic:
            self.runs.append(unescape(self.buffer))
            self.kept.text += len(self.buffer)
        elif name == item and self.depth == 1:
            self.strings.append("".join(self.runs))
        elif name == phonetic:
            self.phonetic = False

    def text(self, data: str) -> None:
        """Take in text."""
        self.buffer += data
        if len(self.buffer) > self.package.limits.string_length:
            raise self.package.over("文本过长")

    def check(self) -> None:
        """Raise ``limit`` when there are too many strings."""
        if len(self.strings) > self.package.limits.strings:
            raise self.package.over(f"文本超过 {self.package.limits.strings} 条")
        check_kept(self.package, self.kept)


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
