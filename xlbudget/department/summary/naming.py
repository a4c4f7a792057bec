"""What the department's summary is called: its code, name and kind."""

from __future__ import annotations

from collections.abc import Iterable

from xlbudget.model import Unit

SUMMARY_CODE, SUMMARY_NAME, SUMMARY_KIND = "HZ", "部门汇总", "部门汇总"


def department_of(units: Iterable[Unit], code: str = "", name: str = "") -> Unit:
    """Return the unit that a summary of ``units`` is of: by default their common superior."""
    names = {unit.superior for unit in units} - {""}
    common = names.pop() if len(names) == 1 else SUMMARY_NAME
    return Unit(code or SUMMARY_CODE, name or common, SUMMARY_KIND)
