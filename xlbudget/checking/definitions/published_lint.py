"""Columns that could never be found again in a published form: the reading itself is asked."""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.definitions.toml_items import Problems
from xlbudget.model import Form, Place, PrintedCell, Source, WorkbookTemplate
from xlbudget.returns.published.grids import Grid
from xlbudget.returns.published.headings import find_headings, visible
from xlbudget.workbook.layout import form_heading_depth


def lint_published(template: WorkbookTemplate, problems: Problems) -> None:
    """Add the columns of forms that reading a form as published would not find, or take for others."""
    for form in (*template.forms, *template.other_forms):
        for source, message in _lost(form):
            problems.add(source, message)


def _lost(form: Form) -> Iterator[tuple[Source, str]]:
    order = [place for place, _ in visible(form)]
    if not order or any(not column.heading for _, column in visible(form)):
        return  # said where the columns are
    grid = _headings(form)
    found = find_headings(grid, grid.rows, form)
    columns = found.columns if found is not None else {}
    for at, (place, column) in enumerate(visible(form), 1):
        taken = columns.get(place)
        if taken == at:
            continue
        other = f"，会认成“{order[taken - 1][1]}”" if taken is not None else ""
        name = f"“{column.key}”一栏（栏目“{'/'.join(column.heading)}”）"
        yield column.source, f"公布的“{form.id}”里认不出{name}{other}；请改栏目文字"


def _headings(form: Form) -> Grid:
    """Return the headings of a form as a printed table has them, a merged cell shown wherever it reaches."""
    depth = form_heading_depth(form)
    printed = {}
    for at, (_, column) in enumerate(visible(form), 1):
        path = [*column.heading, *[column.heading[-1]] * (depth - len(column.heading))]
        for row, text in enumerate(path, 1):
            printed[row, at] = PrintedCell(row - 1, at - 1, text, Place())
    return Grid(form.id, printed)
