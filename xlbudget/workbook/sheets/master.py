"""Unit workbooks from a master: the template written once, then only what differs between units.

Between two units of one kind, of whom the same facts and control totals are known, a workbook differs in
- the control totals behind the check sheet;
- the stored results that follow from both, found by following the change through the formulas;
- the facts and the stamp among the shared strings, the stamp among the custom properties, and the title.
Nothing else that is written knows the unit (see :func:`xlbudget.workbook.sheets.writing.written`). A workbook
from a master is byte for byte the one written in full; where that cannot be, there is none.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xlbudget.files.spliced_zip import Parts, cell_span, packed, piece
from xlbudget.files.xlsx_writer import custom_property, shared_string, stored_result, title_text
from xlbudget.model import Cell, Issue, Unit, WorkbookTemplate
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan
from xlbudget.workbook.sheets.canvas import stored
from xlbudget.workbook.sheets.writing import (
    NOBODY,
    part_of,
    set_rows,
    stamp_of,
    title_of,
    workbook_bytes,
    written,
)
from xlbudget.workbook.stamp import Stamp

_STRINGS, _PROPERTIES, _CORE = "xl/sharedStrings.xml", "docProps/custom.xml", "docProps/core.xml"
_ITEM = re.compile(b"<si>.*?</si>", re.DOTALL)
_PROPERTY = re.compile(b"<property .*</property>", re.DOTALL)
_CELL = re.compile(
    rb'(?P<start><c r="[A-Z]+\d+"(?: s="\d+")?)(?: t="\w+")?(?P<formula>>(?:<f>.*?</f>)?<v>)', re.DOTALL
)
_LONGEST = 16_000  # characters of a stamp: XlsxWriter cuts texts at 32,767 units of UTF-16
_KEPT = 6  # a run deals with two or three kinds of unit; a master takes some 10 MB


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands: part, piece, span of the cell, its text before the type and the value.

    ``formula`` is the text between type and value; a cell that holds a number has hardly any.
    """

    part: str
    at: int
    start: int
    end: int
    head: bytes
    formula: bytes


class Master:
    """The workbook of a unit that does not exist, ready to become that of any unit of its kind.

    ``like`` is a unit with the same facts known as those for whom workbooks are wanted, ``issue`` names the
    control totals that they have.
    """

    def __init__(self, plan: Plan, like: Unit, issue: Issue | None = None) -> None:
        self.plan = plan
        self.nobody, self.nothing = _stand_in(like), _zeros(issue or Issue())
        whole = written(plan, self.nobody, issue=self.nothing)
        self.parts, self.sheets = whole.parts, whole.sheets
        self._rows = set_rows(plan, self.nobody, self.nothing)
        self._values_of_nobody = plan.evaluate(self._rows)
        self._places: dict[Cell, _Place] = {}
        items = _ITEM.findall(self.parts[_STRINGS][0].content)
        own = _texts(self.nobody, stamp_of(plan, self.nobody, self.nothing))
        self._own = [shared_string(text).encode() for text in own]
        self._others = frozenset(items) - frozenset(self._own)
        # what an XlsxWriter that writes otherwise would need is a full write each time
        self.usable = all(items.count(item) == 1 for item in self._own)
        self.usable = self.usable and self._patched(self.nobody, self.nothing) == packed(self.parts)

    def workbook(self, unit: Unit, issue: Issue | None = None) -> bytes | None:
        """Return the workbook of a unit; None if it must be written in full."""
        issue = issue or Issue()
        if not self.usable or (_stand_in(unit), _zeros(issue)) != (self.nobody, self.nothing):
            return None
        texts = _texts(unit, stamp_of(self.plan, unit, issue))
        items = {shared_string(text).encode() for text in texts}
        if len(items) < len(texts) or not self._others.isdisjoint(items) or len(texts[-1]) > _LONGEST:
            return None
        return self._patched(unit, issue)

    def _patched(self, unit: Unit, issue: Issue) -> bytes:
        parts = dict(self.parts)
        stamp = stamp_of(self.plan, unit, issue)
        self._store(parts, self._values(unit, issue))
        strings = parts[_STRINGS][0].content
        for item, text in zip(self._own, _texts(unit, stamp), strict=True):
            strings = strings.replace(item, shared_string(text).encode(), 1)
        template = self.plan.layout.template
        titles = [
            f"<dc:title>{title_text(title_of(template, part))}</dc:title>" for part in (self.nobody, unit)
        ]
        core = parts[_CORE][0].content.replace(titles[0].encode(), titles[1].encode(), 1)
        properties = enumerate(stamp.properties().items())
        elements = "".join(custom_property(number, *pair) for number, pair in properties)
        custom = _PROPERTY.sub(lambda _: elements.encode(), parts[_PROPERTIES][0].content, 1)
        for name, content in ((_STRINGS, strings), (_CORE, core), (_PROPERTIES, custom)):
            parts[name] = (piece(content, last=True),)
        return packed(parts)

    def _values(self, unit: Unit, issue: Issue) -> dict[Cell, Any]:
        """Return the numbers and results that are not the master's own."""
        values = self.plan.what_if(self._values_of_nobody, self._rows, self._set(unit, issue))
        formulas, facts = self.plan.blueprint.formulas, self.plan.layout.template.unit_facts.table
        own = (cell for cell in values.changed_cells if cell in formulas or cell.table != facts)
        return {cell: values.raw(cell) for cell in own}

    def _set(self, unit: Unit, issue: Issue) -> dict[Cell, str | float]:
        """Return what the cells hold that are set for the unit."""
        return {
            Cell(table, row.row, key): float(value) if isinstance(value, Decimal) else str(value)
            for table, rows in set_rows(self.plan, unit, issue).items()
            for row in rows
            for key, value in row.values.items()
        }

    def _store(self, parts: Parts, results: Mapping[Cell, Any]) -> None:
        """Put values in the place of the master's own."""
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


def _zeros(issue: Issue) -> Issue:
    """Return the same control totals, all of them nothing."""
    return Issue(dict.fromkeys(issue.controls, Decimal(0)))


def _texts(unit: Unit, stamp: Stamp) -> list[str]:
    """Return the texts that are among the shared strings because of the unit; the stamp comes last."""
    return [text for text in (unit.code, unit.name, unit.superior) if text] + [stamp.text()]


_Key = tuple[str, str, tuple[tuple[str, int], ...], Unit, frozenset[str]]
_masters: OrderedDict[_Key, Master] = OrderedDict()
_lock = threading.Lock()


def unit_workbook(
    template: WorkbookTemplate,
    unit: Unit,
    capacity: Mapping[str, int] | None = None,
    issue: Issue | None = None,
) -> bytes:
    """Return the workbook of one unit, sooner: the bytes of ``workbook_bytes``.

    The first unit of its kind costs a full write; the blank workbook and those with last year's figures or
    with codes of their own always do. Raises InputError for a wrong capacity.
    """
    issue = issue or Issue()
    if unit == NOBODY or issue.entries or issue.codes:
        return workbook_bytes(template, unit, capacity=capacity, issue=issue)
    rows = tuple(sorted((capacity or {}).items()))
    key = (template.id, template.digest, rows, _stand_in(unit), frozenset(issue.controls))
    with _lock:
        if key not in _masters:
            _masters[key] = Master(plan_of(template, capacity), unit, issue)
            if len(_masters) > _KEPT:
                _masters.popitem(last=False)
        _masters.move_to_end(key)
        content = _masters[key].workbook(unit, issue)
    return workbook_bytes(template, unit, capacity=capacity, issue=issue) if content is None else content
