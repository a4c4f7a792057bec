"""Names of this year and of last year side by side: ``上年.`` before a name means last year's workbook."""

from __future__ import annotations

import re
from dataclasses import replace

from xlbudget.workbook.language import Bound, ColumnRange, LineCells, Node, RowCell, walk
from xlbudget.workbook.names import Context, NamedTable, Names, UnknownName

_WRITTEN = "上年."
_PREFIX = "上年_"
_MENTION = re.compile(r"(?<!\w)上年\.")


class TwoYearNames(Names):
    """The names of a template, and those of last year's template behind ``上年.``."""

    def bind(self, text: str, context: Context) -> Node:
        """Parse and bind; UnknownName speaks of last year's names as they are written."""
        try:
            return Names.bind(self, _MENTION.sub(_PREFIX, text), context)
        except UnknownName as error:
            raise UnknownName(str(error).replace(_PREFIX, _WRITTEN)) from None


def two_year_names(this: Names, prior: Names) -> TwoYearNames:
    """Return the names of both years; constants are this year's."""
    tables = {name: _table(table) for name, table in prior.tables.items()}
    forms = {last_year(name): tuple(map(last_year, panels)) for name, panels in prior.forms.items()}
    return TwoYearNames(
        {**this.tables, **{last_year(name): table for name, table in tables.items()}},
        {**this.forms, **forms},
        this.constants,
    )


def _table(table: NamedTable) -> NamedTable:
    rows_of = last_year(table.rows_of) if table.rows_of else ""
    return replace(table, name=last_year(table.name), rows_of=rows_of)


def last_year(table: str) -> str:
    """Return the name under which last year's table stands beside this year's."""
    return _PREFIX + table


def of_last_year(table: str) -> str | None:
    """Return the own name of a table of last year; None for one of this year."""
    return table.removeprefix(_PREFIX) if table.startswith(_PREFIX) else None


def leaves(node: Node) -> tuple[list[Bound], list[Bound]]:
    """Return what a bound node reads of this year, and of last year, each once."""
    found: tuple[list[Bound], list[Bound]] = ([], [])
    for part in walk(node):
        if isinstance(part, RowCell | ColumnRange | LineCells):
            side = found[of_last_year(part.table) is not None]
            if part not in side:
                side.append(part)
    return found
