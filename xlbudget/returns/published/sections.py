"""Where on the sheets of a file the forms stand: by their titles, else by headings that only one form has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xlbudget.files.xlsx import RawWorkbook
from xlbudget.model import Form, WorkbookTemplate
from xlbudget.returns.published.grids import Grid
from xlbudget.returns.published.headings import Headings, find_headings
from xlbudget.returns.published.texts import LONGEST_TITLE, money_in, title_of, unit_in

_TABLE = 3  # numbers below a title from which on there is a table: a list of contents has a page number
_SHORTEST_TITLE = 6
_SHORTEST_NAME = 2
_ABOVE = 4  # rows above a title in which its captions may stand


@dataclass(frozen=True, slots=True)
class Section:
    """A form on a sheet: its rows, its headings, what its captions say."""

    grid: Grid
    form: Form
    rows: tuple[int, ...]
    headings: Headings
    titled: bool
    money: str
    unit: str


@dataclass(frozen=True, slots=True)
class NoSection:
    """A part of a sheet that bears numbers and is no form of the template, and why."""

    grid: Grid
    row: int
    text: str
    reason: str
    year: int | None = None


def level_of(raw: RawWorkbook, template: WorkbookTemplate) -> WorkbookTemplate:
    """Return the template with the forms of the level, unit or department, whose titles a file bears."""
    other = template.at_level(department=not template.is_department)
    if other is template:
        return template
    said = {
        title_of(cell.text)[0]
        for sheet in raw.sheets
        for cell in sheet.cells.values()
        if cell.kind == "s" and len(cell.text) <= LONGEST_TITLE
    }

    def found(level: WorkbookTemplate) -> int:
        return sum(title_of(form.title)[0] in said for form in level.forms)

    return other if found(other) > found(template) else template


def find_sections(grid: Grid, template: WorkbookTemplate) -> Iterator[Section | NoSection]:
    """Yield the forms that stand on a sheet, and the parts with numbers that are neither form nor chart."""
    titles = {title_of(form.title)[0]: form for form in template.forms}
    starts: list[tuple[int, Form, int | None, str]] = []
    for row in grid.rows:
        for text in grid.texts(row):
            title, year = title_of(text) if len(text) <= LONGEST_TITLE else ("", None)
            if title in titles:
                starts.append((row, titles[title], year, text))
                break
    if not starts:
        charts = {title_of(part.chart.title)[0] for part in template.workings if part.chart is not None}
        if any(title_of(text)[0] in charts for row in grid.rows for text in grid.texts(row)):
            return
        if _has_amounts(grid, grid.rows):
            yield _untitled(grid, template)
        return
    merged: list[tuple[int, Form, int | None, str]] = []
    for start in starts:
        if not merged or merged[-1][1] is not start[1]:
            merged.append(start)  # a title repeated at a page break goes on with the same form
    for at, (row, form, year, text) in enumerate(merged):
        end = merged[at + 1][0] if at + 1 < len(merged) else 10**9
        rows = tuple(number for number in grid.rows if row <= number < end)
        if year is not None and year != template.year:
            reason = f"是 {year} 年的表，本次为 {template.year} 年"
            yield NoSection(grid, row, text, reason, year)
            continue
        headings = find_headings(grid, rows, form)
        before = merged[at - 1][0] if at else 0
        captions = [number for number in grid.rows if max(before, row - _ABOVE) < number < row]
        if headings is not None:
            yield _section(grid, form, rows, headings, captions, template.title, titled=True)
        elif _has_amounts(grid, rows, least=_TABLE):
            yield NoSection(grid, row, text, "有这张表的标题，但找不到它的栏目")


def _untitled(grid: Grid, template: WorkbookTemplate) -> Section | NoSection:
    fitting = [
        (form, headings)
        for form in template.forms
        if (headings := find_headings(grid, grid.rows, form)) is not None and headings.complete
    ]
    if len(fitting) == 1:
        form, headings = fitting[0]
        if title := _another_title(grid, headings):
            return NoSection(grid, next(iter(grid.rows), 1), title, "标题不是本套报表的任何一张表")
        return _section(grid, form, grid.rows, headings, [], template.title, titled=False)
    first = next(iter(grid.rows), 1)
    text = " ".join(grid.texts(first)[:3])
    if len(fitting) > 1:
        names = "、".join(f"“{form.title}”" for form, _ in fitting)
        return NoSection(grid, first, text, f"没有标题，栏目与{names}都相同")
    return NoSection(grid, first, text, "没有本套报表的标题，也没有哪张表的全部栏目")


def _another_title(grid: Grid, headings: Headings) -> str:
    """Return the title above the headings, if there is one: alone in its row, and called a table."""
    for row in grid.rows:
        texts = grid.texts(row)
        if row >= headings.rows[0]:
            break
        if len(texts) == 1 and _SHORTEST_TITLE <= len(texts[0]) <= LONGEST_TITLE and texts[0].endswith("表"):
            return texts[0]
    return ""


def _section(
    grid: Grid,
    form: Form,
    rows: tuple[int, ...],
    headings: Headings,
    captions: Sequence[int],
    document: str,
    *,
    titled: bool,
) -> Section:
    head = [*captions, *(row for row in rows if row <= headings.rows[-1])]
    money = next((found for row in head for text in grid.texts(row) if (found := money_in(text))), "")
    return Section(
        grid, form, rows, headings, titled, money, _unit(grid, head) or _before_title(grid, head, document)
    )


def _unit(grid: Grid, rows: Sequence[int]) -> str:
    """Return the unit's name from a caption, in its own cell or in the next one."""
    for row in rows:
        texts = grid.texts(row)
        for at, text in enumerate(texts):
            name = unit_in(text)
            if name:
                return name
            if name == "" and at + 1 < len(texts) and not money_in(texts[at + 1]):
                return texts[at + 1].strip()
    return ""


def _before_title(grid: Grid, rows: Sequence[int], document: str) -> str:
    """Return the name that stands before the title of the whole document («某单位2024年度部门决算»)."""
    title = re.sub(r"\s+", "", document)
    for row in rows:
        for text in grid.texts(row):
            name, found, _ = re.sub(r"\s+", "", text).partition(title)
            if found and _SHORTEST_NAME <= len(name) <= LONGEST_TITLE:
                return name
    return ""


def _has_amounts(grid: Grid, rows: Sequence[int], least: int = 1) -> bool:
    numbers = (
        cell.kind == "n" for row in rows for column in grid.columns(row) if (cell := grid.cell(row, column))
    )
    return sum(numbers) >= least
