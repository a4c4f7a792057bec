"""Generated budgets: entries by chance, and the forms that they give, as other systems print them.

The same seed gives the same budget. What is printed comes from our recalculation of the entries; what
a reader makes of the printed file is another code path.
"""

from __future__ import annotations

import io
import random
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from openpyxl import Workbook

from xlbudget.model import Cell, CellValue, ColumnKind, EntryRow, Form, Panel, Unit, WorkbookTemplate
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan
from xlbudget.workbook.layout import form_heading_depth
from xlbudget.workbook.sheets.writing import unit_rows

UNIT = Unit("243009", "示例厅直属一局", "行政", "")
SOURCES = ("一般公共预算", "政府性基金预算", "国有资本经营预算", "财政专户管理资金", "单位资金")
ROOM = {"基本支出": 25, "项目支出": 90, "年终结转": 2, "收入科目": 4}
ROOM |= {"F2": 60, "F3": 60, "F5": 60, "F6": 60, "F7": 4, "F8": 60, "F9收入": 4, "F9支出": 60}
FUND, CAPITAL = "1030148", "1030601"

Entries = dict[str, list[EntryRow]]
Printed = dict[Cell, Decimal | str]
"""Amounts (exact, in form money; zeros left out) and texts of the lines that the forms print."""


def random_entries(chance: random.Random, template: WorkbookTemplate) -> Entries:
    """Return a balanced budget: 3 to 25 rows, some with 90 projects, mostly one source, amounts to the 分."""
    functions = [row["编码"] for row in template.catalogue("功能科目").rows if row["级次"] == "项"]
    economic = [
        row["编码"]
        for row in template.catalogue("部门经济科目").rows
        if row["级次"] == "款" and row["经费性质"]
    ]
    few = chance.sample(functions, chance.randint(2, 6))
    basic = [
        {"功能科目": chance.choice(few), "经济科目": code} | _money(chance, carried=0.05)
        for code in chance.sample(economic, chance.randint(3, min(25, len(economic))))
    ]
    projects = [
        {"项目编码": f"P{at:03}", "项目名称": f"第{at + 1}项业务费", "功能科目": chance.choice(few)}
        | _money(chance, carried=0.4)
        for at in range(chance.randint(2, 25) if chance.random() < 0.85 else chance.randint(40, 90))
    ]
    kept = [{"功能科目": chance.choice(few)} | _money(chance, carried=0.3)] if chance.random() < 0.15 else []
    every = [*basic, *projects, *kept]
    revenue = []
    for at, source in enumerate(SOURCES):
        sums = {
            "本年收入": _sum(every, f"本年{source}"),
            "上年结转": _sum(every, f"结转{source}"),
        }
        revenue.append(EntryRow(at, {key: value for key, value in sums.items() if value}))
    items = [
        {"收入科目": code, "本年收入": amount}
        for code, source in ((FUND, SOURCES[1]), (CAPITAL, SOURCES[2]))
        if (amount := _sum(every, f"本年{source}"))
    ]
    tables: dict[str, list[dict[str, CellValue]]] = {
        "基本支出": basic,
        "项目支出": projects,
        "年终结转": kept,
        "收入科目": items,
    }
    entries = {table: [EntryRow(at, row) for at, row in enumerate(rows)] for table, rows in tables.items()}
    return {**entries, "收入": revenue}


def _money(chance: random.Random, carried: float) -> dict[str, CellValue]:
    """Return amounts of one ledger row (元): this year's, sometimes carry-over, sometimes other sources."""
    found: dict[str, CellValue] = {}
    source = SOURCES[0] if chance.random() < 0.85 else chance.choice(SOURCES)
    if chance.random() < 0.9 or not carried:
        found[f"本年{source}"] = _amount(chance)
    if not found or chance.random() < carried:
        found[f"结转{source}"] = _amount(chance)
    return found


def _amount(chance: random.Random) -> Decimal:
    """Return an amount of 5 元 to 50,000,000 元: whole 万元, whole 元 or to the 分."""
    value = Decimal(repr(round(10 ** chance.uniform(0.7, 7.7), 2)))
    kind = chance.random()
    if kind < 0.2:
        return max(value.quantize(Decimal(10) ** 4), Decimal(10000)).quantize(Decimal("0.01"))
    return value.quantize(Decimal(1)) if kind < 0.4 else value.quantize(Decimal("0.01"))


def _sum(rows: list[dict[str, CellValue]], key: str) -> Decimal:
    return sum((value for row in rows if isinstance(value := row.get(key), Decimal)), Decimal(0))


def plan(template: WorkbookTemplate) -> Plan:
    """Return the plan of a workbook with room for generated budgets."""
    return plan_of(template, ROOM)


def printed(plan: Plan, entries: Mapping[str, Sequence[EntryRow]], unit: Unit = UNIT) -> Printed:
    """Return what the forms print: every cell of a line in use, hidden columns included."""
    values = plan.evaluate({**entries, "填报单位": unit_rows(plan, unit)})
    template, layout = plan.blueprint.template, plan.layout
    found: Printed = {}
    for _, panel in template.panels:
        for row in range(layout.tables[panel.id].rows):
            if not _in_use(plan, values, panel, row):
                continue
            for column in panel.columns:
                cell = Cell(panel.id, row, column.key)
                value = plan.blueprint.constants.get(cell)
                if value is None and cell in plan.blueprint.formulas:
                    value = plan.decimals(values, cell)
                if value not in (None, "", Decimal(0)):
                    found[cell] = value if isinstance(value, Decimal) else str(value)
    return found


def _in_use(plan: Plan, values: object, panel: Panel, row: int) -> bool:
    if plan.layout.line_of(panel.id, row):
        return True
    key = Cell(panel.id, row, panel.key)
    return bool(panel.key) and key in plan.blueprint.formulas and bool(plan.decimals(values, key))  # type: ignore[arg-type]


def rounded(cells: Printed, decimals: int = 2) -> Printed:
    """Round amounts once, half up, as publications do; what rounds to nothing prints as 0.00."""
    quantum = Decimal(1).scaleb(-decimals)
    return {
        cell: value.quantize(quantum, ROUND_HALF_UP) if isinstance(value, Decimal) else value
        for cell, value in cells.items()
    }


# ------------------------------------------------------------------ as a file


def values_only(plan: Plan, cells: Printed, *, as_text: bool = False, unit: Unit = UNIT) -> bytes:
    """Return a workbook that holds the printed values and nothing else: no formula, no mark, no format."""
    book = Workbook()
    book.remove(book.active)
    for number, form in enumerate(reversed(plan.blueprint.template.forms), 1):
        _write_form(book.create_sheet(f"表{number}"), plan, form, cells, unit, as_text=as_text)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _write_form(sheet: object, plan: Plan, form: Form, cells: Printed, unit: Unit, *, as_text: bool) -> None:
    def put(row: int, column: int, value: object) -> None:
        sheet.cell(row, column, value)  # type: ignore[attr-defined]

    put(1, 1, form.title)
    put(2, 1, f"单位名称：{unit.name}")
    put(2, 4, f"单位：{plan.blueprint.template.form_money}")
    depth = form_heading_depth(form)
    at = 1
    above: tuple[str, ...] = ()
    for panel in form.panels:
        columns = [column for column in panel.columns if not column.hidden]
        for column in columns:
            for level, text in enumerate(column.heading):
                if column.heading[: level + 1] != above[: level + 1] or level == len(column.heading) - 1:
                    put(3 + level, at, text)  # a group's heading stands in its first cell, not merged
            above = column.heading
            for row in range(plan.layout.tables[panel.id].rows):
                value = cells.get(Cell(panel.id, row, column.key))
                if isinstance(value, Decimal):
                    put(3 + depth + row, at, f"{value:,}" if as_text else float(value))
                elif value:
                    put(3 + depth + row, at, value)
                    if column.kind is not ColumnKind.AMOUNT:
                        sheet.cell(3 + depth + row, at).data_type = "s"  # type: ignore[attr-defined]
            at += 1
