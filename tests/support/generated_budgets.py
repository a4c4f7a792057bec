"""Budgets to spoil: the reference and generated ones of different size and kind, the same every time.

Every budget is whole: revenue meets expenditure by source and year of origin, so that checking it finds
nothing that anybody would have to change or explain. What only hints ask for is not kept: economic codes
stand under other functional codes than the reference's as often as not.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from xlbudget.model import Cell, ColumnKind, EntryRow, StoredCell, Submission, Unit, WorkbookTemplate
from xlbudget.returns.entry_files import read_entries
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan, Values

CAPACITY = {
    "基本支出": 70,
    "项目支出": 60,
    "年终结转": 6,
    "收入科目": 6,
    **dict.fromkeys(("F2", "F3", "F5"), 90),
    "F6": 90,
    "F8": 30,
}
SOURCES = ("一般公共预算", "政府性基金预算", "国有资本经营预算", "财政专户管理资金", "单位资金")
STAFF = {
    "30101": "",
    "30102": "",
    "30103": "",
    "30107": "",
    "30108": "2080505",
    "30109": "2080506",
    "30110": "2101101",
    "30111": "2101103",
    "30113": "2210201",
    "30201": "",
    "30202": "",
    "30205": "",
    "30206": "",
    "30207": "",
    "30211": "",
    "30213": "",
    "30216": "",
    "30217": "",
    "30226": "",
    "30228": "",
    "30229": "",
    "30231": "",
    "30239": "",
}
"""Economic codes of basic expenditure; where hints tie one to a functional code, that code."""


@dataclass(frozen=True)
class Budget:
    """One unit's entries, with what our formulas make of them."""

    name: str
    template: WorkbookTemplate
    unit: Unit
    entries: Mapping[str, Sequence[EntryRow]]

    @property
    def plan(self) -> Plan:
        return plan_of(self.template, CAPACITY)

    @cached_property
    def values(self) -> Values:
        return self.plan.evaluate(self.entries)

    @cached_property
    def stored(self) -> dict[Cell, StoredCell]:
        """The formula cells of the budget's own file."""
        return stored_cells(self.plan, self.values)

    @cached_property
    def form_amounts(self) -> dict[Cell, Decimal]:
        """The amounts that the forms print, exactly."""
        forms = {panel.id for _, panel in self.template.panels}
        found = {}
        for cell in self.plan.blueprint.formulas:
            column = self.plan.layout.column(cell.table, cell.column) if cell.table in forms else None
            if column is not None and column.kind is ColumnKind.AMOUNT and not column.hidden:
                value = self.plan.decimals(self.values, cell)
                if isinstance(value, Decimal) and value:
                    found[cell] = value
        return found

    def submission(
        self,
        entries: Mapping[str, Sequence[EntryRow]] | None = None,
        stored: Mapping[Cell, StoredCell] | None = None,
    ) -> Submission:
        """Return what a file of this budget would be read as; ``stored`` replaces single cells.

        With other entries the stored results are left out, as a program without a calculator leaves them.
        """
        given = {table: tuple(rows) for table, rows in (entries or self.entries).items()}
        cells = {**(self.stored if entries is None else {}), **(stored or {})}
        return Submission(
            path=Path(f"{self.name}.xlsx"),
            sha256="",
            unit=self.unit,
            template_id=self.template.id,
            digest=self.template.digest,
            department=False,
            capacity=CAPACITY,
            entries=given,
            stored=cells,
        )


def stored_cells(plan: Plan, values: Values) -> dict[Cell, StoredCell]:
    """Return the formula cells of a file as a spreadsheet program stores them."""
    return {cell: stored_cell(values.raw(cell), formula) for cell, formula in plan.blueprint.formulas.items()}


def stored_cell(value: object, formula: str | None) -> StoredCell:
    """Return a cell with a value (and a formula) as a file has it."""
    if isinstance(value, bool):
        return StoredCell("b", str(int(value)), formula)
    if value is None:
        return StoredCell("blank", "", formula)
    if isinstance(value, float | int | Decimal):
        return StoredCell("n", repr(float(value)), formula)
    return StoredCell("s", str(value), formula)


def budgets(template: WorkbookTemplate, seed: int = 2023) -> list[Budget]:
    """Return the reference and 23 generated budgets."""
    made = (generated(template, number, random.Random(seed * 1000 + number)) for number in range(1, 24))
    return [reference(template), *made]


def reference(template: WorkbookTemplate) -> Budget:
    """Return the real budget that comes with the template."""
    unit = Unit("243001", "参考单位", "行政", "")
    entries = read_entries(
        template.folder / "demo" / "reference", template, plan_of(template, CAPACITY).layout.capacity
    )
    return Budget("参考预算", template, unit, {**entries, **cover(template, unit)})


def cover(template: WorkbookTemplate, unit: Unit) -> dict[str, tuple[EntryRow, ...]]:
    facts = template.unit_facts
    lines = {line.key: at for at, line in enumerate(template.entry(facts.table).lines)}
    texts = ((facts.code, unit.code), (facts.name, unit.name), (facts.kind, unit.kind))
    return {facts.table: tuple(EntryRow(lines[line], {facts.column: text}) for line, text in texts)}


def generated(template: WorkbookTemplate, number: int, chance: random.Random) -> Budget:
    """Return a budget whose size and kind follow from its number."""
    size = ("小", "中", "大")[number % 3]
    kind = ("行政", "参公", "事业")[number // 3 % 3]
    sources = [SOURCES[0], *(source for at, source in enumerate(SOURCES[1:], 1) if number >> (at - 1) & 1)]
    if number < 4:
        sources = sources[:1]
    unit = Unit(f"{500 + number}", f"示例单位{number}", kind, "")
    rows = _Rows(template, chance, size, kind, sources, random.Random(f"codes {number}"))
    entries = rows.entries(carried_basic=number % 4 == 3, year_end=number % 5 == 4)
    name = f"{number:02d} {size} {kind} {len(sources)}种来源"
    return Budget(name, template, unit, {**entries, **cover(template, unit)})


class _Rows:
    """The ledgers of one generated budget."""

    def __init__(
        self,
        template: WorkbookTemplate,
        chance: random.Random,
        size: str,
        kind: str,
        sources: Sequence[str],
        codes: random.Random,
    ) -> None:
        self.template, self.chance, self.sources, self.codes = template, chance, sources, codes
        counterpart = "事业对应" if kind == "事业" else "机关对应"
        self.staff = [
            row["部门科目"]
            for row in template.catalogue("经济科目对照").rows
            if row["部门科目"] in STAFF and row[counterpart]
        ]
        self.basic = {"小": 8, "中": 18, "大": 25}[size]
        self.projects = {"小": 3, "中": 16, "大": 40}[size]
        functional = template.catalogue("功能科目")
        tied = {code for code in STAFF.values() if code}
        items = [
            row[functional.key]
            for row in functional.rows
            if row["级次"] == "项"
            and row[functional.key] not in tied
            and not row[functional.key].startswith(("208", "210", "221"))
        ]
        self.own = chance.choice(items)
        self.others = chance.sample(items, 5)

    def amount(self, largest: int) -> Decimal:
        """Return an amount in 元: round hundreds mostly, to the 分 at times."""
        number = self.chance.randint(100, largest)
        if self.chance.random() < 0.6:
            return Decimal(number // 100 * 100 or 100)
        if self.chance.random() < 0.5:
            return Decimal(number)
        return Decimal(number) + Decimal(self.chance.randint(1, 99)) / 100

    def entries(self, *, carried_basic: bool, year_end: bool) -> dict[str, tuple[EntryRow, ...]]:
        basic = [self._basic(code, carried=carried_basic) for code in self._staff()]
        projects = [self._project(number) for number in range(1, self.projects + 1)]
        kept = [self._year_end()] if year_end else []
        tables: dict[str, list[dict[str, object]]] = {
            "基本支出": basic,
            "项目支出": projects,
            "年终结转": kept,
        }
        revenue, items = self._revenue([*basic, *projects, *kept])
        return {
            **{table: _numbered(rows) for table, rows in tables.items()},
            "收入": tuple(revenue),
            "收入科目": _numbered(items),
        }

    def _staff(self) -> list[str]:
        chosen = set(self.chance.sample(self.staff, min(self.basic, len(self.staff))))
        return [code for code in self.staff if code in chosen]

    def _basic(self, code: str, *, carried: bool) -> dict[str, object]:
        row: dict[str, object] = {"功能科目": self._function(code), "经济科目": code}
        row["本年一般公共预算"] = self.amount(4_000_000)
        if not STAFF[code]:
            if "单位资金" in self.sources and self.chance.random() < 0.4:
                row["本年单位资金"] = self.amount(300_000)
            if carried and self.chance.random() < 0.3:
                row["结转一般公共预算"] = self.amount(100_000)
        return row

    def _function(self, code: str) -> str:
        """Return under which functional code an economic one stands: often another than it usually does."""
        usual = STAFF[code] or self.own
        elsewhere = self.codes.random() < (0.5 if STAFF[code] else 0.05)
        tied = [function for function in STAFF.values() if function and function != usual]
        return self.codes.choice([self.own, self.own, *tied]) if elsewhere else usual

    def _project(self, number: int) -> dict[str, object]:
        row: dict[str, object] = {
            "项目编码": f"XM{number:03d}",
            "项目名称": f"示例项目{number}",
            "功能科目": self.chance.choice([self.own, *self.others]),
        }
        source = self.chance.choice(self.sources) if self.chance.random() < 0.5 else self.sources[0]
        if self.chance.random() < 0.85:
            row[f"本年{source}"] = self.amount(9_000_000)
        if self.chance.random() < 0.4 or len(row) == 3:
            row[f"结转{source}"] = self.amount(5_000_000)
        if self.chance.random() < 0.1:
            row["三公项目"] = self.chance.choice(["公务用车运行维护费", "公务用车购置费", "公务接待费"])
        return row

    def _year_end(self) -> dict[str, object]:
        return {"功能科目": self.own, f"本年{self.sources[-1]}": self.amount(500_000)}

    def _revenue(
        self, rows: Sequence[Mapping[str, object]]
    ) -> tuple[list[EntryRow], list[dict[str, object]]]:
        revenue: list[EntryRow] = []
        items: list[dict[str, object]] = []
        codes = self.template.catalogue("收入分类科目")
        for at, source in enumerate(SOURCES):
            years = {year: _sum(rows, f"{year}{source}") for year in ("本年", "结转")}
            values = {"本年收入": years["本年"], "上年结转": years["结转"]}
            if any(values.values()):
                revenue.append(EntryRow(at, {key: value for key, value in values.items() if value}))
            own = [row[codes.key] for row in codes.rows if row.get("资金来源") == source]
            if own and years["本年"]:
                items += self._split(self.chance.sample(own, min(2, len(own))), years["本年"])
        return revenue, items

    def _split(self, codes: Sequence[str], whole: Decimal) -> Iterator[dict[str, object]]:
        first = (whole * self.chance.randint(20, 80) / 100).quantize(Decimal(1)) if len(codes) > 1 else whole
        parts = [first, whole - first] if len(codes) > 1 else [whole]
        for code, part in zip(codes, parts, strict=True):
            yield {"收入科目": code, "本年收入": part}


def _sum(rows: Sequence[Mapping[str, object]], key: str) -> Decimal:
    found = (row.get(key) for row in rows)
    return sum((part for part in found if isinstance(part, Decimal)), Decimal(0))


def _numbered(rows: Sequence[Mapping[str, object]]) -> tuple[EntryRow, ...]:
    return tuple(EntryRow(at, row) for at, row in enumerate(rows))  # type: ignore[arg-type]
