"""Unit workbooks from a master: the template written once, then only what differs between units.

Between two units of one kind, of whom the same facts are known, a workbook differs in
- the stored results that follow from the facts, found by following the change through the formulas;
- the facts and the stamp among the shared strings, the stamp among the custom properties, and the title.
Nothing else that is written knows the unit (see :func:`xlbudget.generation.written`). A workbook from a
master is byte for byte the one written in full; where that cannot be, there is none.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xlbudget.generation import NOBODY, part_of, stamp_of, title_of, unit_rows, workbook_bytes, written
from xlbudget.generation.canvas import stored
from xlbudget.model import Cell, Unit, WorkbookTemplate
from xlbudget.pieces import Parts, cell_span, packed, piece
from xlbudget.plans import plan_of
from xlbudget.recalculation import Plan
from xlbudget.reevaluation import Reevaluation
from xlbudget.spreadsheet import custom_property, data_text, shared_string, stored_result
from xlbudget.stamp import Stamp

_STRINGS, _PROPERTIES, _CORE = "xl/sharedStrings.xml", "docProps/custom.xml", "docProps/core.xml"
_ITEM = re.compile(b"<si>.*?</si>", re.DOTALL)
_PROPERTY = re.compile(b"<property .*</property>", re.DOTALL)
_CELL = re.compile(
    rb'(?P<start><c r="[A-Z]+\d+"(?: s="\d+")?)(?: t="\w+")?(?P<formula>><f>.*?</f><v>)', re.DOTALL
)
_LONGEST = 16_000  # characters of a stamp: XlsxWriter cuts texts at 32,767 units of UTF-16
_KEPT = 6  # a run deals with two or three kinds of unit; a master takes some 10 MB


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a result stands: part, piece, span of the cell, its text before the type and the value."""

    part: str
    at: int
    start: int
    end: int
    head: bytes
    formula: bytes


class Master:
    """The workbook of a unit that does not exist, ready to become that of any unit of its kind.

    ``like`` is a unit with the same facts known as those for whom workbooks are wanted.
    """

    def __init__(self, plan: Plan, like: Unit) -> None:
        self.plan = plan
        self.nobody = _stand_in(like)
        whole = written(plan, self.nobody)
        self.parts, self.sheets = whole.parts, whole.sheets
        self._reevaluation = Reevaluation(plan, self._facts(self.nobody))
        self._places: dict[Cell, _Place] = {}
        items = _ITEM.findall(self.parts[_STRINGS][0].content)
        own = _texts(self.nobody, stamp_of(plan, self.nobody, department=False))
        self._own = [shared_string(text).encode() for text in own]
        self._others = frozenset(items) - frozenset(self._own)
        # what an XlsxWriter that writes otherwise would need is a full write each time
        self.usable = all(items.count(item) == 1 for item in self._own)
        self.usable = self.usable and self._patched(self.nobody) == packed(self.parts)

    def workbook(self, unit: Unit) -> bytes | None:
        """Return the workbook of a unit; None if it must be written in full."""
        if not self.usable or _stand_in(unit) != self.nobody:
            return None
        texts = _texts(unit, stamp_of(self.plan, unit, department=False))
        items = {shared_string(text).encode() for text in texts}
        if len(items) < len(texts) or not self._others.isdisjoint(items) or len(texts[-1]) > _LONGEST:
            return None
        return self._patched(unit)

    def _patched(self, unit: Unit) -> bytes:
        parts = dict(self.parts)
        stamp = stamp_of(self.plan, unit, department=False)
        self._store(parts, self._results(unit))
        strings = parts[_STRINGS][0].content
        for item, text in zip(self._own, _texts(unit, stamp), strict=True):
            strings = strings.replace(item, shared_string(text).encode(), 1)
        template = self.plan.layout.template
        titles = [
            f"<dc:title>{data_text(title_of(template, part))}</dc:title>" for part in (self.nobody, unit)
        ]
        core = parts[_CORE][0].content.replace(titles[0].encode(), titles[1].encode(), 1)
        properties = enumerate(stamp.properties().items())
        elements = "".join(custom_property(number, *pair) for number, pair in properties)
        custom = _PROPERTY.sub(lambda _: elements.encode(), parts[_PROPERTIES][0].content, 1)
        for name, content in ((_STRINGS, strings), (_CORE, core), (_PROPERTIES, custom)):
            parts[name] = (piece(content, last=True),)
        return packed(parts)

    def _results(self, unit: Unit) -> dict[Cell, Any]:
        """Return the results of formulas that are not the master's own."""
        values = self._reevaluation.values(self._facts(unit))
        cells = [cell for cell in values.changed_cells if cell in self.plan.blueprint.formulas]
        return {cell: values.raw(cell) for cell in cells}

    def _facts(self, unit: Unit) -> dict[Cell, str]:
        """Return what the cells of the cover hold."""
        table = self.plan.layout.template.unit_facts.table
        rows = unit_rows(self.plan, unit)
        return {Cell(table, row.row, key): str(text) for row in rows for key, text in row.values.items()}

    def _store(self, parts: Parts, results: Mapping[Cell, Any]) -> None:
        """Put results in the place of the master's own."""
        by_piece: dict[tuple[str, int], list[tuple[_Place, Any]]] = {}
        for cell, value in results.items():
            place = self._place(cell)
            by_piece.setdefault((place.part, place.at), []).append((place, value))
        for (part, at), found in by_piece.items():
            pieces = list(parts[part])
            content, done, text = pieces[at].content, 0, []
            for place, value in sorted(found, key=lambda pair: pair[0].start):
                kind, result = stored_result(stored(value))
                text += [content[done : place.start], place.head, kind.encode(), place.formula]
                text += [result.encode(), b"</v></c>"]
                done = place.end
            pieces[at] = piece(b"".join([*text, content[done:]]), last=pieces[at].last)
            parts[part] = tuple(pieces)

    def _place(self, cell: Cell) -> _Place:
        if cell not in self._places:
            part = part_of(self.sheets, self.plan.layout.tables[cell.table].sheet)
            address = self.plan.layout.address(cell.table, cell.row, cell.column)
            self._places[cell] = _find(self.parts, part, address)
        return self._places[cell]


def _find(parts: Parts, part: str, address: str) -> _Place:
    for at, found in enumerate(parts[part]):
        try:
            start, end = cell_span(found.content, address)
        except KeyError:
            continue
        match = _CELL.match(found.content, start)
        if match is not None:
            return _Place(part, at, start, end, match["start"], match["formula"])
    raise KeyError(address)


def _stand_in(unit: Unit) -> Unit:
    """Return a unit of which the same facts are known, with texts that no template uses."""
    texts = (unit.code and "\ue000", unit.name and "\ue001", unit.kind, unit.superior and "\ue002")
    return Unit(*texts)


def _texts(unit: Unit, stamp: Stamp) -> list[str]:
    """Return the texts that are among the shared strings because of the unit; the stamp comes last."""
    return [text for text in (unit.code, unit.name, unit.superior) if text] + [stamp.text()]


_Key = tuple[str, str, tuple[tuple[str, int], ...], Unit]
_masters: OrderedDict[_Key, Master] = OrderedDict()
_lock = threading.Lock()


def unit_workbook(template: WorkbookTemplate, unit: Unit, capacity: Mapping[str, int] | None = None) -> bytes:
    """Return the workbook of one unit: the bytes of :func:`~xlbudget.generation.workbook_bytes`, sooner.

    The first unit of its kind costs a full write; the blank workbook always does. Raises InputError for
    a wrong capacity.
    """
    if unit == NOBODY:
        return workbook_bytes(template, capacity=capacity)
    key = (template.id, template.digest, tuple(sorted((capacity or {}).items())), _stand_in(unit))
    with _lock:
        if key not in _masters:
            _masters[key] = Master(plan_of(template, capacity), unit)
            if len(_masters) > _KEPT:
                _masters.popitem(last=False)
        _masters.move_to_end(key)
        content = _masters[key].workbook(unit)
    return workbook_bytes(template, unit, capacity=capacity) if content is None else content
