"""Rosters: the list of units expected to return a workbook, from CSV or xlsx."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from xlbudget.catalogues import read_rows
from xlbudget.errors import InputError
from xlbudget.files import existing_file
from xlbudget.model import Roster, Source, Unit, WorkbookTemplate
from xlbudget.names import nearest
from xlbudget.toml_source import Problems

_HEADINGS = {
    "code": ("code", "unit_code", "单位编码", "单位代码", "编码", "代码"),
    "name": ("name", "unit_name", "单位名称", "名称", "单位"),
    "kind": ("kind", "unit_kind", "单位性质", "性质", "类型"),
    "superior": ("superior", "上级单位", "主管部门", "上级"),
}
_REQUIRED = ("code", "name", "kind")
_FORBIDDEN = set('*?~"<>=|/\\:')


def read_roster(path: Path, template: WorkbookTemplate) -> Roster:
    """Return the roster in ``path``; InputError lists every mistake with its line.

    Columns: 单位编码, 单位名称, 单位性质 (one of the template's kinds), and 上级单位 if wanted: the name of a
    body that is not on the list, or name or code of a unit that is, which makes levels.
    """
    existing_file(path, "单位名册")
    problems = Problems()
    rows = read_rows(path, path.name, problems)
    places = _places(rows[0][1], Source(path.name, rows[0][0]), problems) if rows else {}
    if not rows:
        problems.add(
            Source(path.name, 1), "名册是空的；第一行应为表头：单位编码、单位名称、单位性质、上级单位"
        )
    units: list[Unit] = []
    lines: list[int] = []
    for line, cells in rows[1:] if not problems.found else ():
        unit = _unit(cells, places)
        _judge(unit, units, template, Source(path.name, line), problems)
        units.append(unit)
        lines.append(line)
    if not units and not problems.found:
        problems.add(Source(path.name, 1), "名册里没有单位")
    units = _with_superiors(units)
    _circles(units, lines, path.name, problems)
    if problems.found:
        raise InputError("单位名册有误：\n" + "\n".join(str(problem) for problem in problems.found))
    return Roster(tuple(units))


def _with_superiors(units: list[Unit]) -> list[Unit]:
    """Return the units with the code of the unit above them, which the list gives by code or by name."""
    by_code = {unit.code: unit for unit in units}
    by_name: dict[str, list[Unit]] = {}
    for unit in units:
        by_name.setdefault(unit.name, []).append(unit)
    found = []
    for unit in units:
        named = [by_code[unit.superior]] if unit.superior in by_code else by_name.get(unit.superior, [])
        above = named[0] if len(named) == 1 and named[0].code != unit.code else None
        found.append(replace(unit, superior=above.name, superior_code=above.code) if above else unit)
    return found


def _circles(units: list[Unit], lines: list[int], file: str, problems: Problems) -> None:
    """Report units that stand above themselves."""
    by_code = {unit.code: unit for unit in units}
    for unit, line in zip(units, lines, strict=True):
        seen, at = {unit.code}, unit.superior_code
        while at and at not in seen:
            seen.add(at)
            at = by_code[at].superior_code
        if at == unit.code:
            problems.add(Source(file, line), f"单位“{unit.code} {unit.name}”的上级单位绕回了它自己")


def _places(headings: list[str], source: Source, problems: Problems) -> dict[str, int]:
    places = {}
    for key, names in _HEADINGS.items():
        found = [at for at, text in enumerate(headings) if text in names]
        if len(found) > 1:
            problems.add(source, f"表头里“{names[2] if len(names) > 2 else names[0]}”列重复")
        if found:
            places[key] = found[0]
        elif key in _REQUIRED:
            problems.add(source, f"表头缺少“{names[2]}”列{nearest(names[2], headings)}")
    return places


def _unit(cells: list[str], places: dict[str, int]) -> Unit:
    values = {key: cells[at] if at < len(cells) else "" for key, at in places.items()}
    return Unit(values["code"], values["name"], values["kind"], values.get("superior", ""))


def _judge(
    unit: Unit, before: list[Unit], template: WorkbookTemplate, source: Source, problems: Problems
) -> None:
    if not unit.code or not unit.name:
        problems.add(source, "单位编码和单位名称不能为空")
        return
    if _FORBIDDEN & set(unit.code):
        problems.add(source, f"单位编码“{unit.code}”含有不能使用的字符；只用数字、字母和横线")
    if unit.kind not in template.kinds:
        known = "、".join(template.kinds)
        problems.add(source, f"单位性质“{unit.kind}”应为 {known} 之一{nearest(unit.kind, template.kinds)}")
    for other in before:
        if _same_code(unit.code, other.code):
            hint = "" if unit.code == other.code else f"（与“{other.code}”只差前导零，Excel 会当作同一编码）"
            problems.add(source, f"单位编码“{unit.code}”重复{hint}")


def _same_code(one: str, other: str) -> bool:
    """Whether a spreadsheet program takes two codes for the same: equal as texts or as numbers."""
    if one.isascii() and one.isdigit() and other.isascii() and other.isdigit():
        return int(one) == int(other)
    return one.lower() == other.lower()
