"""The number formats of a workbook's cells: how many decimals each style shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from xlbudget.files.xlsx.package import Package
from xlbudget.files.xlsx.parts import elements_of, relationships, unescape
from xlbudget.files.xlsx.signatures import refuse_unless_zip
from xlbudget.files.xlsx.source import Limits, load
from xlbudget.model.errors import UnreadableWorkbook

BUILT_IN = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "yyyy/m/d",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy/m/d h:mm",
    37: "#,##0;-#,##0",
    38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00",
    41: "#,##0;-#,##0",
    42: "#,##0;-#,##0",
    43: "#,##0.00;-#,##0.00",
    44: "#,##0.00;-#,##0.00",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
    **dict.fromkeys((*range(27, 37), *range(50, 59)), "yyyy/m/d"),  # dates of Chinese and Japanese programs
}
"""The formats that every program knows by number (ECMA-376, 18.8.30)."""
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
        return tuple(_codes(package, part)) if part else ()
    except UnreadableWorkbook:
        return ()


def _decimals(package: Package, part: str) -> tuple[int | None, ...]:
    return tuple(map(decimals_of_code, _codes(package, part)))


def _codes(package: Package, part: str) -> Iterator[str]:
    codes: dict[str, str] = {}
    for element in elements_of(package, part):
        above = element.parent.name if element.parent else ""
        if (above, element.name) == ("numFmts", "numFmt"):
            codes[element.attributes.get("numFmtId", "")] = element.attributes.get("formatCode", "")
        elif (above, element.name) == ("cellXfs", "xf"):
            number = element.attributes.get("numFmtId", "0")
            yield unescape(codes[number]) if number in codes else _built_in(number)


def _built_in(number: str) -> str:
    return BUILT_IN.get(int(number), "General") if number.isascii() and number.isdigit() else "General"


def decimals_of_code(code: str) -> int | None:
    """Return the decimals of a format code's first part; dates, shares, fractions and General have none."""
    first = _LITERAL.sub("", code.split(";", maxsplit=1)[0])
    if "%" in first or "/" in first or re.search("[A-Za-z@]", first):
        return None
    found = _DECIMALS.search(first)
    if found is None:
        return None
    return len(found[1] or "")
