"""Which sheet of an export is which table of a mapping: by its code or title, above it or on its tab."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xlbudget.model import ExportMapping, ExportTable, PublishedDocument
from xlbudget.model.errors import InputError
from xlbudget.returns.published.grids import Grid, grid_of
from xlbudget.returns.published.sections import looks_like_title
from xlbudget.returns.published.texts import LONGEST_TITLE, bare_title, plain, title_of

_HEAD = 8  # rows with anything in them among which titles and codes stand


@dataclass(frozen=True, slots=True)
class ExportSheet:
    """A sheet of an export: the tables of the mapping that it is; ``skipped`` where the mapping passes it."""

    grid: Grid
    tables: tuple[ExportTable, ...]
    skipped: bool = False


def sheets_of(document: PublishedDocument, mapping: ExportMapping, year: int) -> list[ExportSheet]:
    """Return the sheets of an export with what they are.

    Raises InputError where two sheets are the same table, a sheet's code and title say different things, or
    a sheet is of another year: whichever was taken, amounts would be wrong.
    """
    found = [_sheet(grid_of(table, at), mapping, year) for at, table in enumerate(document.tables)]
    for table in mapping.tables:
        names = [sheet.grid.name for sheet in found if table in sheet.tables]
        if len(names) > 1:
            raise InputError(
                f"导出里有 {len(names)} 张工作表都是“{table.name}”（{'、'.join(names)}）；"
                "请只留一张，或在对照里写清各自的表号、标题。"
            )
    return found


def _sheet(grid: Grid, mapping: ExportMapping, year: int) -> ExportSheet:
    head = list(_head(grid))
    by_code = [table for table in mapping.tables if any(_is_code(text, table.codes) for text in head)]
    by_title = [table for table in mapping.tables if any(_is_title(text, table.titles) for text in head)]
    if by_code and by_title and not set(map(_name, by_code)) & set(map(_name, by_title)):
        raise InputError(
            f"工作表“{grid.name}”的表号是“{by_code[0].name}”的，标题是“{by_title[0].name}”的；"
            "请核对导出，或改正对照。"
        )
    names = {*map(_name, by_code), *map(_name, by_title)}
    tables = tuple(table for table in mapping.tables if table.name in names)
    if tables:
        titles = tuple(title for table in tables for title in table.titles)
        _of_year(grid, [text for text in head if _is_title(text, titles) or looks_like_title(text)], year)
    skipped = not tables and any(
        _is_code(text, mapping.skip_sheets) or _is_title(text, mapping.skip_sheets) for text in head
    )
    return ExportSheet(grid, tables, skipped)


def _name(table: ExportTable) -> str:
    return table.name


def _head(grid: Grid) -> Iterator[str]:
    yield grid.name
    for row in grid.rows[:_HEAD]:
        texts = [text for text in grid.texts(row) if len(text) <= LONGEST_TITLE]
        yield from texts
        if len(texts) > 1:
            yield "".join(texts)  # a title that is set apart letter by letter


def _is_code(text: str, codes: Sequence[str]) -> bool:
    """Whether a text is, or begins with, a code: 表5 is no beginning of 表51."""
    squeezed = plain(text)
    for code in map(plain, codes):
        if code and squeezed.startswith(code) and not squeezed[len(code) : len(code) + 1].isdigit():
            return True
    return False


def _is_title(text: str, titles: Sequence[str]) -> bool:
    names = {title_of(text)[0], bare_title(text)}
    return any(title_of(title)[0] in names or bare_title(title) in names for title in titles)


def _of_year(grid: Grid, texts: Sequence[str], year: int) -> None:
    years = {stated for text in texts if (stated := title_of(text)[1]) is not None}
    if years and year not in years:
        raise InputError(
            f"导出的工作表“{grid.name}”是 {max(years)} 年的，工作簿是 {year} 年的；请换成 {year} 年的导出。"
        )
