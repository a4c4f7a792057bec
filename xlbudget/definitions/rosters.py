"""Rosters: the list of units expected to return a workbook, from CSV or xlsx."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from xlbudget.definitions.catalogues import listed_in
from xlbudget.definitions.roster_rows import roster_table, unit_rows
from xlbudget.definitions.toml_items import Problems
from xlbudget.files.whole_files import existing_file
from xlbudget.model import Catalogue, Column, Problem, Roster, Source, Unit, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.model.letters import writable
from xlbudget.model.words import nearest

_HEADINGS = {
    "code": ("单位编码", "单位代码", "编码", "代码", "预算单位编码", "预算单位代码", "code", "unit_code"),
    "name": ("单位名称", "名称", "单位", "预算单位名称", "预算单位", "name", "unit_name"),
    "kind": ("单位性质", "性质", "类型", "单位类型", "单位类别", "kind", "unit_kind"),
    "superior": (
        "上级单位",
        "上级",
        "上级单位编码",
        "上级单位代码",
        "上级编码",
        "上级单位名称",
        "主管部门",
        "主管单位",
        "superior",
    ),
}
_REQUIRED = ("code", "name", "kind")
_CODE = re.compile("[0-9A-Za-z][0-9A-Za-z-]*", re.ASCII)
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{name}{at}" for name in ("COM", "LPT") for at in range(10))}
_LONGEST_NAME = 100  # letters
_HEADING_WITHIN = 5  # rows: a title and a note often stand above the headings
_NEAR = 0.8  # of a name that was meant for another
_DECORATION = re.compile(r"[\s*＊]+|（必填）|\(必填\)")
_DECIMAL, _SCIENTIFIC = re.compile(r"\d+\.\d*"), re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_LIKE_A_CODE = re.compile(r"[0-9A-Za-z._-]*\d[0-9A-Za-z._-]*")
_CONTROL, _ALLOWED = "控制数", "允许"
_AS_TEXT = "请把编码列设为“文本”格式，照原样重新录入"


@dataclass(frozen=True, slots=True)
class _Line:
    """A unit and where it stands."""

    unit: Unit
    source: Source


def read_roster(path: Path, template: WorkbookTemplate) -> Roster:
    """Return the roster in ``path``; InputError lists every mistake with its line.

    Columns: 单位编码, 单位名称, 单位性质 (one of the template's kinds), and 上级单位 if wanted: the name of a
    body that is not on the list, or name or code of a unit that is, which makes levels. CSV in UTF-8 (with
    or without a mark), GB 18030 or UTF-16, or a sheet of a workbook; headings may go by other names, and a
    title may stand above them. What :mod:`~xlbudget.definitions.roster_rows` sets right stands in the
    roster's notes. Columns of the template's control totals hold amounts in form money;
    a column that a catalogue names holds the codes that the unit may use, each for all below it (empty: all).
    """
    existing_file(path, "单位名册")
    roster, problems = roster_with_problems(path, template)
    if problems:
        raise InputError("单位名册有误：\n" + "\n".join(str(problem) for problem in problems))
    return roster


def roster_with_problems(path: Path, template: WorkbookTemplate) -> tuple[Roster, Sequence[Problem]]:
    """Return the roster in ``path`` as far as it can be read, and every mistake with its line."""
    problems = Problems()
    table = roster_table(path, problems, lambda rows: _heading_row(rows) is not None)
    if not table.rows and not problems.found:
        problems.add(
            Source(path.name, 1), "名册是空的；第一行应为表头：单位编码、单位名称、单位性质、上级单位"
        )
    head = _heading_row(table.rows) or 0
    heading = table.rows[head] if table.rows else (1, [])
    places = _places(heading[1], Source(table.shown, heading[0]), problems) if table.rows else {}
    rows = unit_rows(table, head, places, problems) if not problems.found else []
    listed = [_Line(_unit(cells, places, template), Source(table.shown, line)) for line, cells in rows]
    if not listed and not problems.found:
        problems.add(Source(path.name, 1), "名册里没有单位")
    controls = _controls([heading, *rows], listed, template, problems) if not problems.found else {}
    codes = _codes([heading, *rows], listed, template, problems) if not problems.found else {}
    _judge(listed, template, problems)
    listed = _with_superiors(listed, problems)
    _circles(listed, problems)
    return Roster(tuple(part.unit for part in listed), controls, codes, tuple(table.notes)), problems.found


# ------------------------------------------------------------------ headings


def _plain(heading: str) -> str:
    return _DECORATION.sub("", heading).lower()


def _heading_row(rows: Sequence[tuple[int, list[str]]]) -> int | None:
    """Return which row has the headings: the first with names for code and name, if there is one."""
    for at, (_, cells) in enumerate(rows[:_HEADING_WITHIN]):
        words = {_plain(cell) for cell in cells}
        if all(words & set(_HEADINGS[key]) for key in ("code", "name")):
            return at
    return None


def _places(headings: list[str], source: Source, problems: Problems) -> dict[str, int]:
    places = {}
    plain = [_plain(heading) for heading in headings]
    for key, names in _HEADINGS.items():
        found = [at for at, text in enumerate(plain) if text in names]
        if len(found) > 1:
            both = "、".join(f"“{headings[at]}”" for at in found)
            problems.add(source, f"表头里 {both} 都是“{names[0]}”；请只留一列")
        if found:
            places[key] = found[0]
        elif key in _REQUIRED:
            problems.add(source, f"表头缺少“{names[0]}”列{nearest(names[0], headings)}")
    return places


def _unit(cells: list[str], places: dict[str, int], template: WorkbookTemplate) -> Unit:
    values = {key: cells[at] if at < len(cells) else "" for key, at in places.items()}
    kind = values["kind"].removesuffix("单位")
    return Unit(
        values["code"],
        values["name"],
        kind if kind in template.kinds else values["kind"],
        values.get("superior", ""),
    )


def _controls(
    rows: Sequence[tuple[int, list[str]]],
    listed: Sequence[_Line],
    template: WorkbookTemplate,
    problems: Problems,
) -> dict[str, dict[str, Decimal]]:
    """Return the control totals of each unit; a column that is called like one and is none is reported."""
    line, headings = rows[0]
    file = listed[0].source.file if listed else ""
    known = {_plain(control.column): control.column for control in template.controls}
    columns = {at: known[_plain(text)] for at, text in enumerate(headings) if _plain(text) in known}
    for at, text in enumerate(headings):
        if at not in columns and text.startswith(_CONTROL):
            hint = nearest(text, known.values())
            problems.add(Source(file, line), f"模板里没有“{text}”这项控制数{hint}")
    found: dict[str, dict[str, Decimal]] = {}
    for part, (_, cells) in zip(listed, rows[1:], strict=True):
        for at, column in columns.items():
            text = cells[at] if at < len(cells) else ""
            if not text:
                continue
            try:
                amount = Decimal(text.replace(",", "").replace("，", ""))
            except InvalidOperation:
                amount = Decimal("NaN")
            if not amount.is_finite() or amount < 0:
                problems.add(
                    part.source,
                    f"“{column}”的“{text}”不是金额；请写{template.form_money}数，没有控制数的留空",
                )
            elif amount * template.money_factor % Decimal(1).scaleb(-template.entry_decimals):
                problems.add(part.source, f"“{column}”的“{text}”小数位太多，比录入的金额还细；请核对")
            else:
                found.setdefault(part.unit.code, {})[column] = amount
    return found


def _codes(
    rows: Sequence[tuple[int, list[str]]],
    listed: Sequence[_Line],
    template: WorkbookTemplate,
    problems: Problems,
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the codes that each unit may use, by catalogue; a column called like one of them is reported."""
    line, headings = rows[0]
    known = {_plain(part.roster_column): part for part in template.catalogues if part.roster_column}
    columns = {at: known[_plain(text)] for at, text in enumerate(headings) if _plain(text) in known}
    for at, text in enumerate(headings):
        if at not in columns and text.startswith(_ALLOWED):
            hint = nearest(text, (part.roster_column for part in known.values()))
            problems.add(Source(listed[0].source.file, line), f"模板里没有“{text}”这一列{hint}")
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for part, (_, cells) in zip(listed, rows[1:], strict=True):
        for at, catalogue in columns.items():
            codes = listed_in(cells[at] if at < len(cells) else "")
            _judge_codes(codes, catalogue, template, part, problems)
            if codes:
                found.setdefault(part.unit.code, {})[catalogue.id] = codes
    return found


def _judge_codes(
    codes: Sequence[str], catalogue: Catalogue, template: WorkbookTemplate, part: _Line, problems: Problems
) -> None:
    """Report codes that are not on the list, and those with nothing below them that the unit can enter."""
    listed = [row[catalogue.key] for row in catalogue.rows]
    columns = [column for entry in template.entries for column in entry.columns if column.entry]
    columns = [column for column in columns if column.catalogue == catalogue.id]
    for code in codes:
        if code not in listed:
            problems.add(
                part.source,
                f"“{catalogue.roster_column}”的“{code}”不在代码表“{catalogue.id}”里{nearest(code, listed)}；"
                "几个编码之间用顿号隔开",
            )
        elif not _enterable(code, catalogue, template, columns, ""):
            problems.add(
                part.source,
                f"“{catalogue.roster_column}”的“{code}”下面没有可以填的编码；请改正，或先补全代码表“{catalogue.id}”",
            )
        elif not _enterable(code, catalogue, template, columns, part.unit.kind):
            problems.add(
                part.source,
                f"“{catalogue.roster_column}”的“{code}”按代码表“{catalogue.id}”的“{catalogue.kinds}”"
                f"不供“{part.unit.kind}”单位使用；请改正名册，或改代码表",
            )


def _enterable(
    code: str, catalogue: Catalogue, template: WorkbookTemplate, columns: Sequence[Column], kind: str
) -> bool:
    return any(template.allowed_values(column, {catalogue.id: (code,)}, kind) for column in columns)


# --------------------------------------------------------------------- lines


def _judge(listed: Sequence[_Line], template: WorkbookTemplate, problems: Problems) -> None:
    """Report what is wrong with each line by itself, or together with another."""
    padded = {part.unit.code for part in listed if part.unit.code.startswith("0")}
    first: dict[str, _Line] = {}
    for part in listed:
        unit, source = part.unit, part.source
        if not unit.code or not unit.name:
            problems.add(source, "单位编码和单位名称不能为空")
            continue
        wrong = wrong_code(unit.code)
        if wrong and not (_SCIENTIFIC.fullmatch(unit.code) or _DECIMAL.fullmatch(unit.code)):
            problems.add(source, wrong)
        for words, text in (("单位名称", unit.name), ("上级单位", unit.superior)):
            if writable(text) != text or "\n" in text or "\r" in text:
                problems.add(source, f"{words}“{writable(text)}”里有看不见的控制字符或换行；请重新录入这一格")
            elif len(text) > _LONGEST_NAME:
                said = f"{words}“{text[:20]}……”有 {len(text)} 个字，太长"
                problems.add(source, f"{said}（最多 {_LONGEST_NAME} 字）；请改正")
        if unit.kind not in template.kinds:
            known = "、".join(template.kinds)
            problems.add(
                source, f"单位性质“{unit.kind}”应为 {known} 之一{nearest(unit.kind, template.kinds)}"
            )
        other = first.setdefault(_as_number(unit.code), part)
        if other is not part:
            hint = (
                ""
                if unit.code == other.unit.code
                else f"（与“{other.unit.code}”只差前导零或大小写，Excel 会当作同一编码）"
            )
            problems.add(
                source,
                f"单位编码“{unit.code}”重复{hint}：第 {other.source.line} 行已有"
                f"“{other.unit.name}”；一个编码只能有一个单位，请改正其中一行",
            )
        else:
            _judge_number(unit.code, padded, source, problems)


def wrong_code(code: str) -> str:
    """Return what is wrong with the code of a unit, which is part of file names; empty for nothing."""
    if not _CODE.fullmatch(code):
        return f"单位编码“{writable(code)}”含有不能使用的字符；只用数字、字母和横线"
    if code.upper() in _RESERVED:
        return f"单位编码“{code}”是 Windows 保留的名称，不能用作文件名；请换一个编码"
    return ""


def _judge_number(code: str, padded: set[str], source: Source, problems: Problems) -> None:
    """Report a code that a spreadsheet program has taken for a number."""
    if _SCIENTIFIC.fullmatch(code):
        problems.add(source, f"单位编码“{code}”被写成了科学计数法，原来的编码已经丢失；{_AS_TEXT}")
    elif _DECIMAL.fullmatch(code):
        problems.add(source, f"单位编码“{code}”带小数点，是被当作数字保存的；{_AS_TEXT}")
    elif code.isdigit() and not code.startswith("0") and any(len(part) == len(code) + 1 for part in padded):
        problems.add(
            source,
            f"单位编码“{code}”比别的编码少一位，疑丢了前导零（应为“0{code}”？），是被当作数字保存的；{_AS_TEXT}",
        )


def _as_number(code: str) -> str:
    """Return what a spreadsheet program takes a code for: codes with the same result are one to it."""
    return str(int(code)) if code.isascii() and code.isdigit() else code.lower()


# -------------------------------------------------------------------- levels


def _with_superiors(listed: Sequence[_Line], problems: Problems) -> list[_Line]:
    """Return the units with the code of the unit above them, which the list gives by code or by name."""
    by_code = {part.unit.code: part.unit for part in listed}
    by_name: dict[str, list[Unit]] = {}
    for part in listed:
        by_name.setdefault(part.unit.name, []).append(part.unit)
    outside = Counter(part.unit.superior for part in listed)
    found = []
    for part in listed:
        unit = part.unit
        named = [by_code[unit.superior]] if unit.superior in by_code else by_name.get(unit.superior, [])
        above = named[0] if len(named) == 1 and named[0].code != unit.code else None
        if above is not None:
            unit = replace(unit, superior=above.name, superior_code=above.code)
        elif len(named) > 1:
            codes = "、".join(other.code for other in named)
            problems.add(part.source, f"上级单位“{unit.superior}”有几个同名单位（{codes}）；请写编码")
        elif unit.superior and unit.superior == unit.code:
            problems.add(
                part.source, f"上级单位“{unit.superior}”就是该单位自己的编码；最上级的单位这一栏请留空"
            )
        elif not named and unit.superior:
            _dangling(part, listed, outside[unit.superior], problems)
        found.append(_Line(unit, part.source))
    return found


def _dangling(part: _Line, listed: Sequence[_Line], times: int, problems: Problems) -> None:
    """Report a superior that is meant to be on the list and is not: a code, or nearly the name of a unit.

    Any other name is that of a body that returns nothing itself, as a ministry above its bureaus.
    """
    superior = part.unit.superior
    codes = [other.unit.code for other in listed]
    if _LIKE_A_CODE.fullmatch(superior):
        same = [code for code in codes if _as_number(code) == _as_number(superior)]
        hint = f"（疑为“{same[0]}”，丢了前导零）" if same else nearest(superior, codes)
        problems.add(
            part.source,
            f"上级单位编码“{superior}”不在名册里{hint}；请改正，或把该上级单位也列入名册；"
            "上级单位不在名册里的，写名称",
        )
        return
    names = [other.unit.name for other in listed if other is not part]
    near = difflib.get_close_matches(superior, names, n=1, cutoff=_NEAR) if times == 1 else []
    if near and superior not in near[0] and near[0] not in superior:
        problems.add(
            part.source, f"上级单位“{superior}”不在名册里，最接近的是“{near[0]}”；请改正，或改写编码"
        )


def _circles(listed: Sequence[_Line], problems: Problems) -> None:
    """Report units that stand above themselves."""
    by_code = {part.unit.code: part.unit for part in listed}
    for part in listed:
        unit = part.unit
        seen, at = {unit.code}, unit.superior_code
        while at and at not in seen:
            seen.add(at)
            at = by_code[at].superior_code
        if at and at == unit.code:
            problems.add(part.source, f"单位“{unit.code} {unit.name}”的上级单位绕回了它自己")
