"""Is this file one of ours, for this template and one of our units? Answered before anything else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xlbudget.definitions.folders import OWN_TEMPLATES, is_packaged, template_folders, templates_folder
from xlbudget.files.whole_files import readable_name, readable_path
from xlbudget.model import (
    NOT_CHECKED,
    CellValue,
    Finding,
    Place,
    Roster,
    Severity,
    Unit,
    WorkbookTemplate,
)
from xlbudget.returns.reading import Opened, sheets_in
from xlbudget.workbook.stamp import Stamp

UNREADABLE = "unreadable_workbook"
TITLES = {
    UNREADABLE: "文件无法读取",
    NOT_CHECKED: "程序出错，未能审核",
    "foreign_workbook": "不是由本工具发出的工作簿",
    "wrong_template": "不是本次使用的模板",
    "unknown_unit": "单位不在名册中",
    "misnamed_file": "文件名与文件所属单位不同",
    "duplicate_return": "同一单位报送了多个文件",
}
"""Problems of whole files, with their titles."""


def unreadable(path: Path, message: str) -> Finding:
    """Return the finding for a file that cannot be read."""
    return _finding(UNREADABLE, path, message)


def not_checked(path: Path, message: str) -> Finding:
    """Return the finding for a file on which the check itself failed."""
    return _finding(NOT_CHECKED, path, message)


def identify(opened: Opened, template: WorkbookTemplate) -> Finding | None:
    """Return what speaks against reading the file at all, or None."""
    stamp, name = opened.stamp, readable_name(opened.path.name)
    if stamp is None:
        message = f"文件“{name}”里没有模板标识，不是由 xlbudget 发出的工作簿。请用下发的模板填报后重新报送。"
        return _finding("foreign_workbook", opened.path, message)
    if stamp.template_id != template.id or stamp.digest != template.digest:
        return _wrong_template(opened.path, stamp, template)
    if not _plausible(opened, stamp, template):
        message = f"文件“{name}”里的模板标识与各表的行数对不上，可能被改动过。请用下发的模板重新填报。"
        return _finding("foreign_workbook", opened.path, message, unit=stamp.unit.code)
    return None


def _plausible(opened: Opened, stamp: Stamp, template: WorkbookTemplate) -> bool:
    """Whether the stamp's capacities name the template's tables, and the file has sheets as long.

    Not the table's own: rows may have been deleted there, and a sheet emptied.
    """
    sheets = {entry.id: entry.sheet for entry in template.entries}
    sheets |= {panel.id: form.sheet for form, panel in template.panels}
    fixed = {entry.id: len(entry.lines) for entry in template.entries if entry.lines}
    if not stamp.capacity.keys() <= sheets.keys():
        return False
    if any(stamp.capacity.get(table, rows) != rows for table, rows in fixed.items()):
        return False
    names = sheets_in(opened.raw, stamp, template)
    own = {names.get(sheets[table], "") for table in stamp.capacity}
    first = sorted(opened.raw.sheets, key=lambda sheet: sheet.name not in own)  # others are read if need be
    most = max(stamp.capacity.values(), default=1)
    long_enough = any(max(sheet.cells.rows, default=0) >= most for sheet in first)
    return long_enough and min(stamp.capacity.values(), default=1) >= 1


def _wrong_template(path: Path, stamp: Stamp, template: WorkbookTemplate) -> Finding:
    if stamp.year != template.year:
        what, stored, expected = f"是 {stamp.year} 年度的模板", str(stamp.year), str(template.year)
        wanted = f"本次为 {template.year} 年度"
    elif stamp.template_id != template.id:
        what, stored, expected = f"用的是模板“{stamp.template_id}”", stamp.template_id, template.id
        wanted = f"本次为“{template.id}”"
    else:
        stored, expected = stamp.digest[:12], template.digest[:12]
        what, wanted = f"是同名模板的另一版本（{stored}）", f"本次版本为 {expected}"
    advice = "请用本次下发的模板重新填报。"
    if is_packaged(template.folder) and not _other_packaged(stamp, template):
        advice = f"是用自己的模板下发的，{OWN_TEMPLATES}，再审核；不是的，{advice}"
    message = f"文件“{readable_name(path.name)}”{what}，{wanted}，其余内容未核对。{advice}"
    return _finding("wrong_template", path, message, unit=stamp.unit.code, stored=stored, expected=expected)


def _other_packaged(stamp: Stamp, template: WorkbookTemplate) -> bool:
    """Whether a file of another template is of one that comes with the package too."""
    return stamp.template_id != template.id and stamp.template_id in template_folders(templates_folder())


def unknown(path: Path, unit: Unit | None, roster: Roster | None) -> Finding | None:
    """Return a finding when the roster does not list the unit of a file."""
    if roster is None or unit is None or roster.find(unit.code) is not None:
        return None
    message = (
        f"文件“{readable_name(path.name)}”属于单位“{unit.code} {unit.name}”，不在单位名册中。"
        "请核对是否为本部门所属单位；确属本部门的，请补入名册。"
    )
    return _finding("unknown_unit", path, message, unit=unit.code, stored=unit.code)


def misnamed(path: Path, unit: Unit | None, roster: Roster | None) -> Finding | None:
    """Return a finding when the file's name begins with the code of another unit of the roster."""
    if roster is None or unit is None:
        return None
    named = next((other for other in roster.units if path.name.startswith(f"{other.code}_")), None)
    if named is None or named.code == unit.code:
        return None
    message = (
        f"文件名写的是“{named.code} {named.name}”，文件却是发给“{unit.code} {unit.name}”的。"
        f"请“{named.name}”用发给本单位的文件填报；只是文件名写错的，请改正文件名。"
    )
    return _finding("misnamed_file", path, message, unit=unit.code, stored=named.code, expected=unit.code)


def named_apart(paths: Sequence[Path]) -> list[str]:
    """Return the names of files, with their folders where names are the same."""
    names = [path.name for path in paths]
    return [
        readable_path(f"{path.parent.name}/{path.name}")
        if names.count(path.name) > 1
        else readable_name(path.name)
        for path in paths
    ]


def duplicate(unit: Unit, paths: list[Path]) -> Finding:
    """Return the finding for several returns of one unit."""
    names = "、".join(f"“{name}”" for name in named_apart(paths))
    message = (
        f"单位“{unit.code} {unit.name}”报送了 {len(paths)} 个文件：{names}。请确定以哪个为准，移走其余的。"
    )
    return Finding("duplicate_return", Severity.BLOCKING, message, unit=unit.code, file=str(paths[-1]))


def _finding(
    rule: str,
    path: Path,
    message: str,
    *,
    unit: str = "",
    stored: CellValue = None,
    expected: CellValue = None,
) -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.BLOCKING,
        message=message,
        unit=unit,
        file=str(path),
        place=Place(),
        stored=stored,
        expected=expected,
    )
