"""The rows of a roster as offices keep it → the rows that are units, with a note for each thing set right.

Offices merge cells, filter rows, put totals and signatures under the list, keep a second sheet, and type
codes in full-width digits or with an apostrophe. What has one meaning is taken so and said; what has two is
refused with its line, its sheet and what it looks like.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xlbudget.definitions.catalogues import Rows, code_text, read_rows
from xlbudget.definitions.toml_items import Problems
from xlbudget.files.workbooks import SUFFIXES, read_any
from xlbudget.files.xlsx import RawSheet
from xlbudget.model import Source
from xlbudget.model.errors import UnreadableWorkbook

_AROUND = " \t\r\n\u00a0\u3000\u200b\ufeff'‘’＇`´"
_INVISIBLE = re.compile(r"[\s\u00a0\u3000\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_LINE_BREAK = re.compile(r"[ \t]*[\r\n]+[ \t]*")
_CODE_LIKE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")
_TOTAL = re.compile(r"[（(]?(?:合|总|小|共)\s*计.*|.*单位(?:总数|合计).*|共\s*[0-9０-９]+\s*(?:个|家|户).*")
_FOOTER = re.compile(
    r"(?:填表|制表|编制|经办|审核|复核|联系|负责)\s*(?:人|单位|部门|日期|时间|电话).*|(?:单位|部门)?负责人.*|"
    r"(?:备注|说明|注|日期|电话|填报日期|填报时间)\s*[:：\d１-９].*"
)
_MOST_LINES = 5  # named in one note


@dataclass(slots=True)
class RosterTable:
    """The rows of the sheet or file that holds the list, and how messages call it."""

    shown: str
    rows: Rows
    hidden: frozenset[int] = frozenset()
    merged: Mapping[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    """Row and column of a cell covered by another → those of the other; columns count from 0."""
    notes: list[str] = field(default_factory=list)


def roster_table(path: Path, problems: Problems, is_list: Callable[[Rows], bool]) -> RosterTable:
    """Return the table of a roster: a CSV file, or the one sheet of a workbook that ``is_list`` accepts.

    Sheets beside it are named in a note. Problems are added for a file that cannot be read, and for a
    workbook in which several sheets are such lists.
    """
    if path.suffix.lower() not in SUFFIXES:
        return RosterTable(path.name, read_rows(path, path.name, problems))
    try:
        sheets = [sheet for sheet in read_any(path).sheets if sheet.cells]
    except UnreadableWorkbook as error:
        problems.add(Source(path.name, 1), str(error))
        return RosterTable(path.name, [])
    tables = [(_table(path.name, sheet, alone=len(sheets) == 1), sheet) for sheet in sheets]
    lists = [part for part in tables if is_list(part[0].rows)]
    shown = [part for part in lists if part[1].state == "visible"] or lists
    if len(shown) > 1:
        named = "、".join(f"“{sheet.name}”" for _, sheet in shown)
        problems.add(
            Source(path.name, 1), f"工作表 {named} 都有单位编码和单位名称，不知道以哪张为准；请只留一张"
        )
    if not tables:
        return RosterTable(path.name, [])
    table, chosen = (shown or tables)[0]
    others = [sheet.name for _, sheet in tables if sheet is not chosen]
    if others and len(shown) <= 1:
        named = "、".join(f"“{name}”" for name in others)
        table.notes.append(f"名册读的是工作表“{chosen.name}”；另有工作表 {named}，没有读取。")
    return table


def _table(name: str, sheet: RawSheet, *, alone: bool) -> RosterTable:
    width = max((column for _, column in sheet.cells), default=0)
    rows = []
    for row in sorted(sheet.cells.rows):
        found = [sheet.cells.get((row, column)) for column in range(1, width + 1)]
        rows.append((row, [code_text(cell.kind, cell.text) if cell else "" for cell in found]))
    covered = {
        (row, column - 1): (top, left - 1)
        for top, left, bottom, right in sheet.merges
        if bottom - top < len(sheet.cells.rows) + 100
        for row in range(top, bottom + 1)
        for column in range(left, min(right, width) + 1)
        if (row, column) != (top, left)
    }
    return RosterTable(name if alone else f"{name} 工作表“{sheet.name}”", rows, sheet.hidden_rows, covered)


def unit_rows(table: RosterTable, head: int, places: Mapping[str, int], problems: Problems) -> Rows:
    """Return the rows below the headings that are units, set right; ``places`` are columns by their use."""
    headings = table.rows[head][1]
    values = dict(table.rows)
    found: Rows = []
    codes: list[str] = []
    breaks: list[int] = []
    merged: list[int] = []
    for line, cells in table.rows[head + 1 :]:
        full = _filled(line, cells, values, table, places, problems, merged)
        reason = _no_unit(full, headings, places)
        if reason:
            table.notes.append(f"名册第 {line} 行“{_said(full)}”看作{reason}，没有读作单位。")
            continue
        plain = [_LINE_BREAK.sub(_joint, cell).strip() for cell in full]
        if plain != [cell.strip() for cell in full]:
            breaks.append(line)
        for at in (places[key] for key in ("code", "superior") if key in places and places[key] < len(plain)):
            code = _plain_code(plain[at])
            if at == places["code"] and code != plain[at]:
                codes.append(f"第 {line} 行“{plain[at]}”按“{code}”")
            if at == places["code"] or _CODE_LIKE.fullmatch(code):
                plain[at] = code
        found.append((line, plain))
    if codes:
        table.notes.append(f"名册里单位编码带全角字符、撇号或首尾空格：{_some(codes)}读取；请改成普通数字。")
    if breaks:
        table.notes.append(f"名册{_lines(breaks)}的文字里有换行，已连成一行读取。")
    if merged:
        table.notes.append(f"名册{_lines(merged)}的合并单元格，每一行都按合并后的内容读取。")
    hidden = [line for line, _ in found if line in table.hidden]
    if hidden:
        table.notes.append(
            f"名册{_lines(hidden)}被隐藏或筛选掉了，仍然读作单位；不再需要的单位请从名册里删去。"
        )
    return found


def _filled(
    line: int,
    cells: Sequence[str],
    values: Mapping[int, Sequence[str]],
    table: RosterTable,
    places: Mapping[str, int],
    problems: Problems,
    merged: list[int],
) -> list[str]:
    """Return the cells of a row; what is merged with a row above says the same in each, but for a code."""
    full = list(cells)
    for at in range(len(full)):
        row, column = table.merged.get((line, at), (line, at))
        if row == line:
            continue
        above = values.get(row, ())
        text = above[column] if column < len(above) else ""
        if at in (places["code"], places["name"]) and text and any(cells):
            problems.add(
                Source(table.shown, line),
                f"这一行与第 {row} 行合并了“{text}”，看起来几行是同一个单位；一个单位只占一行，请取消合并",
            )
        elif text and any(cells):
            full[at] = text
            merged.append(line)
    return full


def _no_unit(cells: Sequence[str], headings: Sequence[str], places: Mapping[str, int]) -> str:
    """Return what a row looks like that is no unit; empty for one that is or may be meant as one."""
    filled = [cell for cell in cells if cell]
    code = _plain_code(cells[places["code"]]) if places["code"] < len(cells) else ""
    if [_INVISIBLE.sub("", cell) for cell in cells] == [_INVISIBLE.sub("", cell) for cell in headings]:
        return "重复的表头"
    if not filled or _CODE_LIKE.fullmatch(code):
        return ""
    first = _INVISIBLE.sub("", filled[0])
    name = _INVISIBLE.sub("", cells[places["name"]]) if places["name"] < len(cells) else ""
    if _TOTAL.fullmatch(first) or _TOTAL.fullmatch(name):
        return "合计行"
    if any(_FOOTER.fullmatch(_INVISIBLE.sub("", cell)) for cell in filled):
        return "表尾（填表人、日期、说明等）"
    return "小标题" if len(filled) == 1 and cells[0] and not name else ""


def _plain_code(text: str) -> str:
    """Return a code without apostrophes and white space around it, full-width letters and digits as usual."""
    return unicodedata.normalize("NFKC", text.strip(_AROUND)).strip(_AROUND)


def _joint(found: re.Match[str]) -> str:
    """Return what stands for a line break: a space between Latin words, nothing between Chinese ones."""
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    return " " if before.isascii() and after.isascii() and before.isalnum() and after.isalnum() else ""


def _said(cells: Sequence[str]) -> str:
    text = " ".join(_INVISIBLE.sub(" ", cell) for cell in cells if cell)
    return text if len(text) <= 30 else f"{text[:29]}…"


def _lines(lines: Sequence[int]) -> str:
    return f"第 {_some([str(line) for line in dict.fromkeys(lines)])} 行"


def _some(parts: Sequence[str]) -> str:
    named = "、".join(parts[:_MOST_LINES])
    return f"{named} 等 {len(parts)} 处" if len(parts) > _MOST_LINES else named
