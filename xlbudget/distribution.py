"""Writing unit workbooks to a folder: one for each unit, named by unit code and name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from xlbudget.files import make_folder, safe_name, write_whole
from xlbudget.generation import NOBODY, workbook_bytes
from xlbudget.model import Unit, WorkbookTemplate

_BLANK = "空白"


def workbook_name(template: WorkbookTemplate, unit: Unit = NOBODY) -> str:
    """Return the file name of a unit's workbook: code, name, title; the blank one has no unit."""
    parts = [unit.code, unit.name] if unit.code else [_BLANK]
    return "_".join(safe_name(part) for part in (*parts, template.title) if part) + ".xlsx"


def generate(
    template: WorkbookTemplate,
    folder: Path,
    unit: Unit = NOBODY,
    *,
    capacity: Mapping[str, int] | None = None,
) -> Path:
    """Write the workbook of one unit (or the blank one) into ``folder`` and return its path.

    ``capacity`` gives rows by table id. Raises InputError for a wrong capacity, OutputError when
    the folder cannot be written; an existing file of that name is replaced as a whole.
    """
    content = workbook_bytes(template, unit, capacity=capacity)
    make_folder(folder)
    return write_whole(folder / workbook_name(template, unit), content)
