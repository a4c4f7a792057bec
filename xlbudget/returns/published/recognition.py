"""Which template a published document follows: the one whose titles stand in it."""

from __future__ import annotations

from collections.abc import Sequence

from xlbudget.model import PublishedDocument, WorkbookTemplate
from xlbudget.returns.published.grids import Grid, grid_of
from xlbudget.returns.published.sections import Section, find_sections, level_of, titles_found, year_of


def recognised(document: PublishedDocument, templates: Sequence[WorkbookTemplate]) -> WorkbookTemplate | None:
    """Return the template that has most of its forms in a document, None where it has none of any.

    Titles come first; only where no title of any template stands in it do headings decide. Between
    templates of equal merit the one of the document's year is taken, then the latest.
    """
    grids = [grid_of(table, number) for number, table in enumerate(document.tables)]
    counted = [(titles_found(grids, level_of(grids, template)), template) for template in templates]
    most = max((count for count, _ in counted), default=0)
    if not most:
        counted = [(_forms_found(grids, template), template) for template in templates]
        most = max((count for count, _ in counted), default=0)
    if not most:
        return None
    best = [template for count, template in counted if count == most]
    return max(best, key=lambda one: (one.year == year_of(grids, one), one.year, one.id))


def _forms_found(grids: Sequence[Grid], template: WorkbookTemplate) -> int:
    level = level_of(grids, template)
    parts = (part for grid in grids for part in find_sections(grid, level, None))
    return sum(isinstance(part, Section) for part in parts)
