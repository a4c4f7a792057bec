"""Linked workbooks: those of a unit's other documents, of other kinds or years, that definitions refer to."""

from __future__ import annotations

from dataclasses import dataclass, field

from xlbudget.model.sources import Source


@dataclass(frozen=True, slots=True)
class LinkedWorkbooks:
    """Workbooks of the same units from which definitions take figures: ``name`` stands before their names.

    ``years_before`` is how many years before the template's own they are of (0: the same), ``kind`` their
    kind of document; ``template`` is the one by which their names are checked. Each workbook is read by its
    own template.
    """

    name: str
    kind: str
    template: str
    source: Source = field(compare=False)
    years_before: int = 0

    @property
    def renames(self) -> bool:
        """Whether codes and units may have other names there: of last year the template knows them."""
        return self.years_before == 1


LAST_YEAR = "上年"
"""What last year's workbooks of a template's own kind are called: every template has these."""
