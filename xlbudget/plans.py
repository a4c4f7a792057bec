"""Plans are made once for a template and its capacities, and kept while the program runs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping

from xlbudget.blueprint import Blueprint
from xlbudget.errors import InputError
from xlbudget.layout import Layout
from xlbudget.model import WorkbookTemplate
from xlbudget.names import nearest
from xlbudget.recalculation import Plan

_KEPT = 8  # a run deals with one template, seldom with more than a few capacities
_MOST_ROWS = 100_000
_plans: OrderedDict[tuple[str, str, tuple[tuple[str, int], ...]], Plan] = OrderedDict()
_lock = threading.Lock()


def plan_of(template: WorkbookTemplate, capacity: Mapping[str, int] | None = None) -> Plan:
    """Return the plan for a template and capacities (rows by table id); InputError for a wrong capacity."""
    given = dict(capacity or {})
    known = {entry.id: entry.capacity for entry in template.entries if entry.is_ledger}
    known |= {panel.id: 0 for _, panel in template.panels}
    for name, rows in given.items():
        if name not in known and not any(entry.id == name for entry in template.entries):
            raise InputError(f"没有名为“{name}”的可变行表，无法设定行数{nearest(name, known)}。")
        if not 1 <= rows <= _MOST_ROWS:
            raise InputError(f"“{name}”的行数应在 1 到 {_MOST_ROWS} 之间，现为 {rows}。")
    key = (template.id, template.digest, tuple(sorted(given.items())))
    with _lock:
        if key not in _plans:
            _plans[key] = Plan(Blueprint(Layout(template, given)))
            if len(_plans) > _KEPT:
                _plans.popitem(last=False)
        _plans.move_to_end(key)
        return _plans[key]
