"""Whose file is it that nobody can read? What its name says, by the roster; a guess, and called one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xlbudget.model import Roster, Unit

_BOUNDARY = "0-9A-Za-z"


def told_unit(names: Iterable[str], roster: Roster) -> Unit | None:
    """Return the unit that one of the names tells, the first that tells any: by code, else by name.

    None when a name tells two: a file of several units is nobody's.
    """
    for name in names:
        found = _by_code(name, roster) or _by_name(name, roster)
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _by_code(name: str, roster: Roster) -> list[Unit]:
    """Return the units whose codes stand in a name by themselves, not as a part of another number."""
    return [
        unit
        for unit in roster.units
        if unit.code in name and re.search(f"(?<![{_BOUNDARY}]){re.escape(unit.code)}(?![{_BOUNDARY}])", name)
    ]


def _by_name(name: str, roster: Roster) -> list[Unit]:
    """Return the units whose names stand in a name; one that is part of another's there does not count."""
    found = [unit for unit in roster.units if unit.name and unit.name in name]
    return [
        unit
        for unit in found
        if not any(unit.name in other.name and unit.name != other.name for other in found)
    ]
