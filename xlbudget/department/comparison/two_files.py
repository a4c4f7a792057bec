"""Two returned files compared, if they can be: both readable, both of one unit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.one_file import check_file
from xlbudget.department.comparison import Comparison, compared
from xlbudget.model import WorkbookTemplate
from xlbudget.model.errors import InputError


def compared_files(files: Sequence[Path], template: WorkbookTemplate) -> Comparison:
    """Return what differs between two returns of one unit, the older file first.

    Raises InputError when there are not two, when one cannot be read, or when they are of different units.
    """
    if len(files) != 2:
        raise InputError(f"对比要两份报送，这里有 {len(files)} 份；单位只报过一次的没有可对比的。")
    (before, one), (after, other) = (check_file(path, template) for path in files)
    if one is None or other is None:
        refused = before if one is None else after
        raise InputError(f"“{refused.path.name}”不能对比：{refused.findings[0].message}")
    if one.unit.code != other.unit.code:
        raise InputError(
            f"“{before.path.name}”是 {one.unit.code} {one.unit.name} 的，“{after.path.name}”是 "
            f"{other.unit.code} {other.unit.name} 的；只能对比同一单位的两次报送。"
        )
    return compared(Evidence(template, one), Evidence(template, other), (before, after))
