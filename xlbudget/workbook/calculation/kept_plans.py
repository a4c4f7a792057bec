"""Plans are made once for a template and its capacities, and kept while the program runs."""

from __future__ import annotations

from collections.abc import Mapping

from xlbudget.model import WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.model.words import nearest
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.calculation.engine import engine_version
from xlbudget.workbook.calculation.engine_plan import EnginePlan
from xlbudget.workbook.calculation.order import layout_rows
from xlbudget.workbook.calculation.plan import Plan
from xlbudget.workbook.calculation.plan_limits import beyond_the_plan
from xlbudget.workbook.keeper import Keeper, identity
from xlbudget.workbook.layout import Layout

_KEPT = 12  # a run deals with one template, seldom with more than a few capacities
_MOST_ROWS = 100_000
_NAMED = 3  # formulas that a message names
_layouts: Keeper[Layout] = Keeper(2 * _KEPT)  # capacities are given in part or whole
_plans: Keeper[Plan] = Keeper(_KEPT)


def plan_of(template: WorkbookTemplate, capacity: Mapping[str, int] | None = None) -> Plan:
    """Return the plan for a template and capacities (rows by table id), for the template's engine.

    Raises InputError for a wrong capacity, and for formulas that the plan cannot take (the engine can).
    """
    given = dict(capacity or {})
    fixed = {entry.id: len(entry.lines) for entry in template.entries if entry.lines}
    known = {entry.id for entry in template.entries if entry.is_ledger}
    known |= {panel.id for _, panel in template.panels}
    for name, rows in given.items():
        if name in fixed:
            if rows != fixed[name]:
                raise InputError(f"“{name}”的行是固定的（{fixed[name]} 行），不能设定行数。")
        elif name not in known:
            raise InputError(f"没有名为“{name}”的可变行表，无法设定行数{nearest(name, known)}。")
        elif not 1 <= rows <= _MOST_ROWS:
            raise InputError(f"“{name}”的行数应在 1 到 {_MOST_ROWS} 之间，现为 {rows}。")
    own = identity(template)
    layout = _layouts.get((own, tuple(sorted(given.items()))), lambda: Layout(template, given))
    return _plans.get((own, tuple(sorted(layout.capacity.items()))), lambda: _compiled(layout))


def _compiled(layout: Layout) -> Plan:
    blueprint, template = Blueprint(layout), layout.template
    if template.engine == "formulas":
        if engine_version() is None:
            raise InputError("这里没有安装“formulas”引擎，不能由它逐本计算；请去掉 --engine formulas。")
        return EnginePlan(blueprint)
    beyond = beyond_the_plan(blueprint.groups, layout_rows(layout))
    if beyond:
        more = f" 等 {len(beyond)} 处" if len(beyond) > _NAMED else ""
        raise InputError(
            f"模板“{template.id}”中有快速重算不能处理的公式：{'；'.join(beyond[:_NAMED])}{more}。"
            "请改正定义（xlbudget lint）；审核时也可加 --engine formulas，由该引擎逐本重算（慢得多）。"
        )
    return Plan(blueprint)
