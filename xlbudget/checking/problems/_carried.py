"""Cells of an entry sheet that were cut, inserted or deleted one by one: formulas went with them.

Programs keep formulas at the cells that they read. So formulas everywhere that read one sheet are other ones
now, and differ from ours in nothing but where on that sheet they read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.moves import Carried
from xlbudget.files.xlsx.formula_spelling import normal
from xlbudget.model import UNSEEN, Cell

_ENOUGH = 2  # sheets with such formulas; on one alone a formula may have been dragged
_CELL = r"\$?[A-Z]{1,3}\$?[0-9]+|#REF!"
_PLACE = re.compile(rf"(?:(?P<sheet>[^!+\-*/=<>&,;:()\"]+)!)?(?P<cells>(?:{_CELL})(?::(?:{_CELL}))?)")
_GONE = "#REF!"
_ONE = re.compile(r"\$?([A-Z]+)\$?([0-9]+)")


def carried(evidence: Evidence, changed: Iterable[Cell]) -> dict[str, Carried]:
    """Return the entry sheets of which single cells moved, by their name in the template."""
    entries = {entry.sheet for entry in evidence.template.entries}
    sheets: dict[str, set[str]] = {}
    moves: dict[str, dict[str, str]] = {}
    for cell in changed:
        own = evidence.layout.tables[cell.table].sheet
        found = _moves(evidence, cell, own)
        if found is not None and found[0] in entries:
            sheets.setdefault(found[0], set()).add(own)
            moves.setdefault(found[0], {}).update(found[1])
    return {
        sheet: _first(moves[sheet])
        for sheet, places in sheets.items()
        if len(places) >= _ENOUGH and moves[sheet]
    }


def _moves(evidence: Evidence, cell: Cell, own: str) -> tuple[str, dict[str, str]] | None:
    """Return the one sheet on which a formula reads elsewhere than ours, and what for what."""
    stored = evidence.submission.stored.get(cell)
    if stored is None or stored.formula in (None, UNSEEN):
        return None
    ours = normal(evidence.blueprint.formulas[cell])
    theirs = normal(stored.formula or "", evidence.submission.renamed)
    if _PLACE.sub("@", ours) != _PLACE.sub("@", theirs):
        return None
    pairs = list(zip(_read(ours, own), _read(theirs, own), strict=True))
    other = {mine[0] for mine, there in pairs if mine[1] != there[1]}
    if len(other) != 1 or any(there[0] not in (mine[0], "") for mine, there in pairs if there[1] != _GONE):
        return None
    [sheet] = other
    return sheet, {mine[1]: there[1] for mine, there in pairs if mine != there and ":" not in mine[1]}


def _read(formula: str, own: str) -> Iterator[tuple[str, str]]:
    for found in _PLACE.finditer(formula):
        yield found["sheet"] or own, _GONE if _GONE in found["cells"] else found["cells"].replace("$", "")


def _first(moves: dict[str, str]) -> Carried:
    def order(place: str) -> tuple[int, int, str]:
        at = _ONE.fullmatch(place)
        return (int(at[2]), len(at[1]), at[1]) if at else (0, 0, place)

    place = min(moves, key=order)
    return Carried(place, "" if moves[place] == _GONE else moves[place])
