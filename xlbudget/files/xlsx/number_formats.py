"""The number formats of a workbook's cells: the decimals that each style shows, and its code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from xlbudget.files.xlsx.package import Package
from xlbudget.files.xlsx.parts import elements_of, relationships, unescape
from xlbudget.files.xlsx.signatures import refuse_unless_zip
from xlbudget.files.xlsx.source import Limits, load
from xlbudget.model.errors import UnreadableWorkbook

_BUILT_IN = {1: 0, 2: 2, 3: 0, 4: 2, 37: 0, 38: 0, 39: 2, 40: 2, 41: 0, 42: 0, 43: 2, 44: 2}
"""Decimals of the formats that every program knows by number (ECMA-376, 18.8.30)."""
_TELLING = {
    **dict.fromkeys(("9", "10"), "0%"),
    "11": "0.00E+00",
    "48": "##0.0E+0",
    **dict.fromkeys(("12", "13"), "# ?/?"),
    **{str(number): "yyyy-mm-dd" for number in (*range(14, 18), 22, *range(27, 37), *range(50, 59))},
    **{str(number): "h:mm" for number in (18, 19, 20, 21, 45, 46, 47)},
}
"""What those that are no plain numbers come to, by number (18.8.30, those of Chinese programs included)."""
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DECIMALS = re.compile(r"[0#?][0#?,]*(?:\.([0#?]+))?")


def shown_decimals(source: Path | bytes, limits: Limits | None = None) -> tuple[int | None, ...]:
    """Return the decimals that each style shows, by the style's index (None: as many as there are).

    Styles that cannot be read say nothing: the result is empty then, never an error.
    """
    limits = limits or Limits()
    try:
        loaded = load(source, limits)
        refuse_unless_zip(loaded)
        package = Package(loaded, limits)
        kinds = {link.kind: link.target for link in relationships(package, "").values()}
        workbook = kinds.get("officeDocument")
        links = relationships(package, workbook) if workbook else {}
        styles = next((link.target for link in links.values() if link.kind == "styles"), None)
        return _decimals(package, styles) if styles else ()
    except UnreadableWorkbook:
        return ()


def format_codes(package: Package, part: str | None) -> tuple[str, ...]:
    """Return the code of the number format of each style; nothing where the styles cannot be read."""
    try:
        return tuple(code for _, code in _formats(package, part)) if part else ()
    except UnreadableWorkbook:
        return ()


def _decimals(package: Package, part: str) -> tuple[int | None, ...]:
    return tuple(
        _built_in(number) if not code or number in _TELLING else _of_code(code)
        for number, code in _formats(package, part)
    )


def _formats(package: Package, part: str) -> Iterator[tuple[str, str]]:
    """Yield number and code of the format of each style."""
    codes: dict[str, str] = dict(_TELLING)
    for element in elements_of(package, part):
        above = element.parent.name if element.parent else ""
        if (above, element.name) == ("numFmts", "numFmt"):
            codes[element.attributes.get("numFmtId", "")] = element.attributes.get("formatCode", "")
        elif (above, element.name) == ("cellXfs", "xf"):
            number = element.attributes.get("numFmtId", "0")
            yield number, unescape(codes.get(number, ""))


def _built_in(number: str) -> int | None:
    return _BUILT_IN.get(int(number)) if number.isascii() and number.isdigit() else None


def _of_code(code: str) -> int | None:
    """Return the decimals of a format code's first part; dates, percentages and General have none."""
    first = _LITERAL.sub("", code.split(";", maxsplit=1)[0])
    if "%" in first or re.search("[A-Za-z@]", first):
        return None
    found = _DECIMALS.search(first)
    if found is None:
        return None
    return len(found[1] or "")
