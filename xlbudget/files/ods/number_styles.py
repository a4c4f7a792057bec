"""How the cells of an OpenDocument spreadsheet show numbers, as the format codes that Excel has for that."""

from __future__ import annotations

from xlbudget.files.xlsx.package import Package
from xlbudget.files.xlsx.parts import local_name

_KINDS = {
    "number-style": "",
    "currency-style": "",
    "percentage-style": "%",
    "date-style": "yyyy/m/d",
    "time-style": "h:mm:ss",
    "text-style": "@",
    "boolean-style": "General",
}
_GENERAL = "General"


class StyleHandler:
    """Collects cell styles and number formats; the parts ``styles.xml`` and ``content.xml`` share them.

    ``hidden`` are the styles of sheets that are not shown, ``of_positive`` the format of positive numbers
    where a format has several.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self.formats: dict[str, str] = {}
        self.of_positive: dict[str, str] = {}
        self.hidden: set[str] = set()
        self._cells: dict[str, tuple[str, str]] = {}
        self._numbers: dict[str, int] = {}
        self._kind = self._format = self._style = ""
        self._taken = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element."""
        local = local_name(name)
        self._taken += 1
        if self._taken > self.package.limits.elements:
            return
        if local in _KINDS:
            self._kind, self._format = local, _attribute(attributes, "name")
            self.formats[self._format] = _KINDS[local] if _KINDS[local] not in ("", "%") else _GENERAL
        elif self._kind and local in ("number", "scientific-number", "fraction"):
            self.formats[self._format] = _code(local, attributes) + ("%" if "percent" in self._kind else "")
        elif self._kind and local == "map" and "value()>" in _attribute(attributes, "condition"):
            self.of_positive.setdefault(self._format, _attribute(attributes, "apply-style-name"))
        elif local == "style":
            self._start_style(attributes)
        elif local == "table-properties" and self._style and _attribute(attributes, "display") == "false":
            self.hidden.add(self._style)

    def end(self, name: str) -> None:
        """Take in the end of an element."""
        local = local_name(name)
        if local in _KINDS:
            self._kind = ""
        elif local == "style":
            self._style = ""

    def text(self, _data: str) -> None:
        """Text says nothing of styles."""

    def _start_style(self, attributes: dict[str, str]) -> None:
        self._style = _attribute(attributes, "name")
        if _attribute(attributes, "family") == "table-cell":
            self._cells[self._style] = (
                _attribute(attributes, "data-style-name"),
                _attribute(attributes, "parent-style-name"),
            )

    def number(self, style: str) -> int:
        """Return the number by which a style is known from now on."""
        return self._numbers.setdefault(style, len(self._numbers))

    def codes(self) -> tuple[str, ...]:
        """Return the format code of each style by its number."""
        return tuple(self._code_of(style) for style in self._numbers)

    def _code_of(self, style: str) -> str:
        for _ in range(10):  # parents of parents
            data, parent = self._cells.get(style, ("", ""))
            if data:
                return self.formats.get(self.of_positive.get(data, data), _GENERAL)
            style = parent
        return _GENERAL


def _attribute(attributes: dict[str, str], local: str) -> str:
    return next((text for key, text in attributes.items() if local_name(key) == local), "")


def _code(kind: str, attributes: dict[str, str]) -> str:
    if kind == "fraction":
        return "# ?/?"
    places = _attribute(attributes, "decimal-places")
    if not places and kind == "number":
        return _GENERAL if not _attribute(attributes, "min-integer-digits") else "0"
    count = min(int(places), 30) if places.isascii() and places.isdigit() else 0
    decimals = "." + "0" * count if count else ""
    if kind == "scientific-number":
        return f"0{decimals}E+00"
    return ("#,##0" if _attribute(attributes, "grouping") == "true" else "0") + decimals
