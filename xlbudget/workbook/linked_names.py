"""Names of a template and of linked workbooks side by side: ``上年.`` before a name means last year's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from xlbudget.model import LAST_YEAR
from xlbudget.workbook.language import Bound, ColumnRange, LineCells, Node, RowCell, walk
from xlbudget.workbook.names import Context, NamedTable, Names, UnknownName

_JOIN = "ː"  # a letter for the grammar that no name has: between a link and its table


@dataclass(frozen=True, slots=True)
class LinkedNames(Names):
    """The names of a template, and those of its linked workbooks' templates behind ``上年.`` and the like."""

    links: tuple[str, ...] = ()

    def bind(self, text: str, context: Context) -> Node:
        """Parse and bind; UnknownName speaks of linked names as they are written."""
        try:
            return Names.bind(self, _mention(self.links).sub(rf"\1{_JOIN}", text), context)
        except UnknownName as error:
            raise UnknownName(str(error).replace(_JOIN, ".")) from None


def _mention(links: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, links))})\.(?=\w)")


def links_in(text: str, links: tuple[str, ...]) -> frozenset[str]:
    """Return which of the links a formula as written speaks of."""
    return frozenset(_mention(links).findall(text))


def linked_names(this: Names, others: Mapping[str, Names]) -> LinkedNames:
    """Return the names of a template and of others by link; constants are the template's own."""
    tables, forms = dict(this.tables), dict(this.forms)
    for link, names in others.items():
        tables |= {behind(link, name): _table(link, table) for name, table in names.tables.items()}
        forms |= {
            behind(link, name): tuple(behind(link, panel) for panel in panels)
            for name, panels in names.forms.items()
        }
    return LinkedNames(tables, forms, this.constants, links=tuple(others))


def _table(link: str, table: NamedTable) -> NamedTable:
    rows_of = behind(link, table.rows_of) if table.rows_of else ""
    return replace(table, name=behind(link, table.name), rows_of=rows_of, shown=f"{link}.{table.shown}")


def behind(link: str, table: str) -> str:
    """Return the name under which a table of linked workbooks stands beside the template's own."""
    return f"{link}{_JOIN}{table}"


def parted(table: str) -> tuple[str, str]:
    """Return the link and the own name of a table; a table of the template itself has no link."""
    link, joined, own = table.partition(_JOIN)
    return (link, own) if joined else ("", table)


def rows_source(written: str) -> tuple[str, str]:
    """Return link and ledger of ``prior_rows``: last year's where nothing else is written before it."""
    link, dot, table = written.partition(".")
    return (link, table) if dot else (LAST_YEAR, written)


def leaves(node: Node) -> Mapping[str, list[Bound]]:
    """Return what a bound node reads by link, each once; "" is the template's own workbook."""
    found: dict[str, list[Bound]] = {}
    for part in walk(node):
        if isinstance(part, RowCell | ColumnRange | LineCells):
            side = found.setdefault(parted(part.table)[0], [])
            if part not in side:
                side.append(part)
    return found
