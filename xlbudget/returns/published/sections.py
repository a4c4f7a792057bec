"""Where in a document the forms stand: by their titles, else by headings that only one form has.

A title counts for more than headings: a table that bears another title is no form of the template, however
alike its columns are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from xlbudget.model import Form, Place, WorkbookTemplate
from xlbudget.returns.published.grids import Grid
from xlbudget.returns.published.headings import Headings, find_headings
from xlbudget.returns.published.texts import (
    LONGEST_TITLE,
    bare_title,
    is_furniture,
    money_in,
    title_of,
    unit_in,
)

_TABLE = 3  # numbers below a title from which on there is a table: a list of contents has a page number
_ABOVE = 4  # rows above a title in which its captions may stand; rows of a sheet in which a title may
_LETTERS = 40  # parts of a title that is set apart letter by letter
_ALIKE = 0.86  # how alike a misspelt title and the right one are (1: the same)
_ASIDE = re.compile(r"[（(][^（）()]*[)）]$")  # «（不含上年结转）» behind a title
_AMOUNT = re.compile(r"[-−]?\d[\d,，]*\.\d+")


@dataclass(frozen=True, slots=True)
class Section:
    """A form in a document: its rows, its headings, what its captions say.

    ``title`` is the title as printed (empty where there is none), ``place`` where it stands, ``exact``
    whether it is the form's own title; ``year`` what it names.
    """

    grid: Grid
    form: Form
    rows: tuple[int, ...]
    headings: Headings
    title: str
    place: Place
    exact: bool
    money: str
    unit: str
    year: int | None = None

    @property
    def titled(self) -> bool:
        """Whether its title was there."""
        return bool(self.title)


@dataclass(frozen=True, slots=True)
class NoSection:
    """A part of a document that bears numbers and is no form of the template, and why.

    ``form`` is the form whose title stands there without its columns; ``other`` says that nothing there
    belongs to the template.
    """

    grid: Grid
    row: int
    text: str
    reason: str
    year: int | None = None
    form: str = ""
    other: bool = False


@dataclass(frozen=True, slots=True)
class _Start:
    row: int
    column: int
    form: Form
    year: int | None
    text: str
    exact: bool


def year_of(grids: Iterable[Grid], template: WorkbookTemplate) -> int | None:
    """Return the year that most titles of forms name, the template's where none names one."""
    years = Counter(start.year for grid in grids for start in _starts(grid, template) if start.year)
    return max(years, key=lambda year: (years[year], year == template.year)) if years else template.year


def titles_found(grids: Iterable[Grid], template: WorkbookTemplate) -> int:
    """Return how many forms of a template have their own title in a document."""
    return len({start.form.id for grid in grids for start in _starts(grid, template) if start.exact})


def level_of(grids: Sequence[Grid], template: WorkbookTemplate) -> WorkbookTemplate:
    """Return the template with the forms of the level, unit or department, whose titles a document bears."""
    other = template.at_level(department=not template.is_department)
    if other is template:
        return template
    return other if titles_found(grids, other) > titles_found(grids, template) else template


def find_sections(grid: Grid, template: WorkbookTemplate, year: int | None) -> Iterator[Section | NoSection]:
    """Yield the forms that stand in a table, and the parts with numbers that are neither form nor chart.

    ``year`` is that of the document; a form of another year is not read.
    """
    starts = _starts(grid, template)
    if not starts:
        charts = {title_of(part.chart.title)[0] for part in template.workings if part.chart is not None}
        if any(title_of(text)[0] in charts for row in grid.rows for text in grid.texts(row)):
            return
        if _has_amounts(grid, grid.rows):
            yield _untitled(grid, template)
        return
    merged: list[_Start] = []
    for start in starts:
        if not merged or merged[-1].form is not start.form:
            merged.append(start)  # a title repeated at a page break goes on with the same form
    for at, start in enumerate(merged):
        end = merged[at + 1].row if at + 1 < len(merged) else 10**9
        rows = tuple(number for number in grid.rows if start.row <= number < end)
        if start.year is not None and year is not None and start.year != year:
            reason = f"是 {start.year} 年的表，本次为 {year} 年"
            yield NoSection(grid, start.row, start.text, reason, start.year, start.form.id)
            continue
        headings = find_headings(grid, rows, start.form)
        before = merged[at - 1].row if at else 0
        captions = [number for number in grid.rows if max(before, start.row - _ABOVE) < number < start.row]
        if headings is not None:
            yield _section(grid, start.form, rows, headings, captions, start)
        elif _has_amounts(grid, rows, least=_TABLE):
            reason = "有这张表的标题，但找不到它的栏目"
            yield NoSection(grid, start.row, start.text, reason, form=start.form.id)


def _starts(grid: Grid, template: WorkbookTemplate) -> list[_Start]:
    """Return the rows in which a title of the template stands; misspelt ones where there is no right one."""
    titles = _titles(template)
    found: list[_Start] = []
    near: list[_Start] = []
    head = {row for row in grid.rows if row <= grid.lead} or set(grid.rows[:_ABOVE])
    for row in grid.rows:
        start = next(_own_titles(grid, row, head, titles), None)
        if start is not None:
            found.append(start)
        elif row in head:
            near += _near_titles(grid, row, titles)
    return found or near[-1:]


def _own_titles(grid: Grid, row: int, head: Container[int], titles: Mapping[str, Form]) -> Iterator[_Start]:
    """Yield the titles in a row: in one text, set apart letter by letter, or broken over two lines."""
    texts = [(column, text) for column in grid.columns(row) if (text := grid.text(row, column))]
    if row in head and texts:
        first, below = texts[0], grid.texts(row + 1)
        if 1 < len(texts) <= _LETTERS:
            texts.append((first[0], "".join(text for _, text in texts)))
        elif len(texts) == len(below) == 1 and row + 1 in head:
            texts.append((first[0], first[1] + below[0]))
    for column, text in texts:
        form = _titled(text, titles)
        if form is not None:
            yield _Start(row, column, form, title_of(text)[1], text, exact=True)


def _titled(text: str, titles: Mapping[str, Form]) -> Form | None:
    if len(text) > LONGEST_TITLE:
        return None
    return next((titles[name] for name in _names(text) if name in titles), None)


def _near_titles(grid: Grid, row: int, titles: Mapping[str, Form]) -> Iterator[_Start]:
    """Yield the misspelt title that stands in a row, if one does."""
    for column in grid.columns(row):
        text = grid.text(row, column)
        if not looks_like_title(text):
            continue
        name = bare_title(text)
        form = _nearest(name, titles) or _short_slip(grid, name, titles)
        if form is not None:
            yield _Start(row, column, form, title_of(text)[1], text, exact=False)
            return


@lru_cache(maxsize=64)
def _named(forms: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for identity, title in forms:
        names.setdefault(bare_title(title), identity)
        names.setdefault(title_of(title)[0], identity)
    return names


def _titles(template: WorkbookTemplate) -> Mapping[str, Form]:
    forms = {form.id: form for form in template.forms}
    named = _named(tuple((form.id, form.title) for form in template.forms))
    return {name: forms[identity] for name, identity in named.items()}


def _names(text: str) -> tuple[str, str]:
    return title_of(text)[0], bare_title(text)


def _nearest(name: str, titles: Mapping[str, Form]) -> Form | None:
    """Return the form whose title is nearly that, if only one is."""
    scores = sorted(
        ((SequenceMatcher(None, name, title).ratio(), title) for title in titles if len(title) > 4),
        reverse=True,
    )
    if not scores or scores[0][0] < _ALIKE:
        return None
    slips = {id(titles[title]): titles[title] for title in titles if _one_other(name, title)}
    if len(slips) == 1:
        return next(iter(slips.values()))
    best = titles[scores[0][1]]
    others = [score for score, title in scores if titles[title] is not best]
    return best if not others or scores[0][0] - others[0] > 0.03 else None


def _short_slip(grid: Grid, name: str, titles: Mapping[str, Form]) -> Form | None:
    """Return the one form whose short title has one other character, where all its columns are there too."""
    slips = {id(form): form for title, form in titles.items() if len(title) > 3 and _one_other(name, title)}
    form = next(iter(slips.values())) if len(slips) == 1 else None
    headings = find_headings(grid, grid.rows, form) if form is not None else None
    return form if headings is not None and headings.complete else None


def _one_other(one: str, other: str) -> bool:
    """Whether two titles differ in one character."""
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


_NUMBER = re.compile(r"[\u4e00-\u9fff]{0,4}[\d一二三四五六七八九十]+(?:[-—]?\d+)?表")
"""What only numbers a table (公开03表, 财决01表) beside its title."""


def looks_like_title(text: str) -> bool:
    """Whether a text can be the title of a table: short, ending as titles of tables do."""
    name = bare_title(_ASIDE.sub("", text.strip()))
    return (
        3 <= len(name) <= 60 and name.endswith("表") and not (is_furniture(text) or _NUMBER.fullmatch(name))
    )


def _untitled(grid: Grid, template: WorkbookTemplate) -> Section | NoSection:
    fitting = [
        (form, headings)
        for form in template.forms
        if (headings := find_headings(grid, grid.rows, form)) is not None and headings.complete
    ]
    title = own_title(grid, fitting[0][1].rows[0] if fitting else 10**9)
    if title:
        row, text = title
        return NoSection(grid, row, text, "标题不是本套报表的", other=True)
    if len(fitting) == 1:
        form, headings = fitting[0]
        return _section(grid, form, grid.rows, headings, [], None)
    first = next(iter(grid.rows), 1)
    text = " ".join(grid.texts(first)[:3])
    if len(fitting) > 1:
        names = "、".join(f"“{form.title}”" for form, _ in fitting)
        return NoSection(grid, first, text, f"没有标题，栏目与{names}都相同")
    return NoSection(grid, first, text, "没有本套报表的标题，也没有哪张表的全部栏目", other=True)


def own_title(grid: Grid, before: int) -> tuple[int, str] | None:
    """Return the row and text of the title that stands nearest above a row, if there is one."""
    for row in reversed([number for number in grid.rows if number < before]):
        texts = grid.texts(row)
        if len(texts) == 1 and looks_like_title(texts[0]):
            return row, texts[0]
    return None


def _section(
    grid: Grid,
    form: Form,
    rows: tuple[int, ...],
    headings: Headings,
    captions: Sequence[int],
    start: _Start | None,
) -> Section:
    head = [*(row for row in rows if row <= headings.rows[-1]), *captions]
    money = next((found for row in head for text in grid.texts(row) if (found := money_in(text))), "")
    unit = _unit(grid, head)
    if start is None:
        return Section(grid, form, rows, headings, "", grid.place(rows[0], 1), False, money, unit)
    place = grid.place(start.row, start.column)
    return Section(grid, form, rows, headings, start.text, place, start.exact, money, unit, start.year)


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


def _has_amounts(grid: Grid, rows: Sequence[int], least: int = 1) -> bool:
    """Whether there are numbers as a workbook stores them, or texts that print decimals."""
    cells = (cell for row in rows for column in grid.columns(row) if (cell := grid.cell(row, column)))
    return (
        sum(cell.kind == "n" or bool(_AMOUNT.fullmatch(plain_number(cell.text))) for cell in cells) >= least
    )


def plain_number(text: str) -> str:
    """Return a text without the spaces that may stand in a number."""
    return re.sub(r"\s+", "", text) if len(text) < 40 else text
