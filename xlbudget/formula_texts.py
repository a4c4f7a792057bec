"""Comparing a returned formula with ours: the same formula written by another program is the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from xlbudget.evidence import Evidence
from xlbudget.expressions import ColumnRange, LineCells, RowCell, walk
from xlbudget.model import Cell

_TOKEN = re.compile(
    r"""
      (?P<text>"(?:[^"]|"")*")
    | (?P<quoted>'(?:[^']|'')+')!
    | (?P<plain>[^\W\d][\w.]*)!
    | (?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?)
    | (?P<rest>[$\w.]+|\S)
    """,
    re.VERBOSE,
)


def normal(formula: str, renamed: Mapping[str, str] | None = None) -> str:
    """Return a formula's text in one spelling: no spaces, sheet names unquoted, names in capitals.

    ``renamed`` maps our sheet names to those in the file; they are turned back.
    """
    return _normal(formula, tuple(sorted((renamed or {}).items())))


@lru_cache(maxsize=65536)
def _normal(formula: str, renamed: tuple[tuple[str, str], ...]) -> str:
    back = {theirs: ours for ours, theirs in renamed}
    parts = []
    for match in _TOKEN.finditer(formula.removeprefix("=")):
        kind = match.lastgroup
        if kind == "text":
            parts.append(match.group())
        elif kind in {"quoted", "plain"}:
            name = match.group(kind).strip("'").replace("''", "'")
            parts.append(f"{back.get(name, name)}!")
        elif kind == "number":
            parts.append(format(float(match.group()), ".15g"))
        else:
            parts.append(match.group().upper().removeprefix("_XLFN."))
    return "".join(parts)


def changed_cells(evidence: Evidence) -> frozenset[Cell]:
    """Return our formula cells whose formula in the file is gone or another one."""
    if evidence.changed is None:
        evidence.changed = frozenset(_changed(evidence))
    return evidence.changed


def _looking_at(evidence: Evidence, tables: frozenset[str]) -> frozenset[Cell]:
    """Return the cells whose formulas look at the given tables: programs rewrite those by themselves."""
    return frozenset(
        Cell(group.table, row, group.column)
        for group in evidence.blueprint.groups
        if any(
            isinstance(part, RowCell | ColumnRange | LineCells) and part.table in tables
            for part in walk(group.node)
        )
        for row in group.rows
    )


def _changed(evidence: Evidence) -> list[Cell]:
    submission, found = evidence.submission, []
    lost = submission.unreadable_tables
    upset = _looking_at(evidence, lost) if lost else frozenset()
    for cell, ours in evidence.blueprint.formulas.items():
        if cell.table in lost or cell in upset:
            continue
        stored = submission.stored.get(cell)
        theirs = stored.formula if stored is not None else None
        if theirs is not None and theirs == ours:
            continue
        if theirs is None or normal(theirs, submission.renamed) != normal(ours):
            found.append(cell)
    return found
