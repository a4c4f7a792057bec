"""The stamp by which a returned file says which template and unit it belongs to.

It is kept three times, so that a re-save by any office program leaves at least one: a very
hidden sheet, a defined name that refers to it, and a custom document property. Every sheet
of ours is also the target of a defined name, so that a renamed sheet is still found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from xlbudget.model import AllowedCodes, Unit

STAMP_NAME = "xlbudget_stamp"
SHEET_NAME = "xlbudget_sheet_"
PROPERTY = "xlbudget_"
_PROPERTY_LENGTH = 200  # Excel keeps 255 characters of a text property
_FORMAT = 1
_AMOUNT = re.compile(r"\d{1,30}(\.\d{1,30})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the stamp says: template id and digest, year, unit, capacities, sheets in order.

    ``controls`` are the control totals that the workbook was issued with, as texts by column of the roster;
    ``codes`` those that its unit may use.
    """

    template_id: str
    digest: str
    year: int
    unit: Unit
    department: bool
    capacity: Mapping[str, int]
    sheets: tuple[str, ...]
    controls: Mapping[str, str] = field(default_factory=dict)
    codes: AllowedCodes = field(default_factory=dict)

    def text(self) -> str:
        """Return the stamp as one line of JSON."""
        values = {part.name: getattr(self, part.name) for part in fields(self)}
        values |= {"format": _FORMAT, "unit": asdict(self.unit)}
        for name in ("controls", "codes"):
            if not values[name]:
                del values[name]
        return json.dumps(values, ensure_ascii=False, sort_keys=True)

    def properties(self) -> dict[str, str]:
        """Return the stamp in pieces that fit into custom document properties, by property name."""
        text = self.text()
        pieces = [text[at : at + _PROPERTY_LENGTH] for at in range(0, len(text), _PROPERTY_LENGTH)]
        return {f"{PROPERTY}{number}": piece for number, piece in enumerate(pieces)}


def read_stamp(text: str) -> Stamp | None:
    """Return the stamp written in ``text``, or None if it is none of ours."""
    try:
        data = json.loads(text)
        json.dumps(data, ensure_ascii=False).encode()  # lone surrogates, which we never wrote, raise here
        if data.pop("format") != _FORMAT:
            return None
        unit, capacity = data.pop("unit"), data.pop("capacity")
        sheets = tuple(data.pop("sheets"))
        texts = (*unit.values(), *sheets, data["template_id"], data["digest"])
        rows = tuple(capacity.values())
        if not all(isinstance(part, str) for part in texts) or not all(type(part) is int for part in rows):
            return None
        data["codes"] = {name: tuple(listed) for name, listed in data.get("codes", {}).items()}
        codes = [code for listed in data["codes"].values() for code in listed]
        amounts = data.get("controls", {}).values()
        if not all(isinstance(code, str) for code in codes) or not all(map(_is_amount, amounts)):
            return None
        if type(data["year"]) is not int or type(data["department"]) is not bool:
            return None
        return Stamp(unit=Unit(**unit), capacity=capacity, sheets=sheets, **data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _is_amount(text: object) -> bool:
    return isinstance(text, str) and _AMOUNT.fullmatch(text) is not None
