"""Budgets drawn without the rules in mind, and what their forms print.

An invented budget keeps what must add up and nothing else: revenue meets expenditure by source and year of
origin, items of revenue meet their sum. Which economic code stands under which functional code, the order of
rows, sources, carry-over of basic expenditure, money kept for the year end and transfers to other units are
drawn at random, as real units differ.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal

from support import budgets as printing
from support.generated_budgets import SOURCES, STAFF, Budget, cover
from xlbudget.model import Cell, EntryRow, Unit, WorkbookTemplate

OWN = "本年单位资金"
TINY = Decimal("0.005")  # 万元: what is less prints as 0.00
Row = dict[str, object]


# ------------------------------------------------------------------ drawing


def invented(template: WorkbookTemplate, number: int, seed: int = 14) -> Budget:
    """Return an invented budget, the same for the same number and seed."""
    chance = random.Random(f"invented {seed} {number}")
    unit = Unit(f"{400 + number}", f"虚构单位{number}", chance.choice(["行政", "参公", "事业"]), "")
    entries = _Drawn(template, chance, unit.kind).entries()
    return Budget(f"虚构 {number}", template, unit, {**entries, **cover(template, unit)})


class _Drawn:
    """The ledgers of one invented budget."""

    def __init__(self, template: WorkbookTemplate, chance: random.Random, kind: str) -> None:
        self.template, self.chance = template, chance
        functional = template.catalogue("功能科目")
        self.functions = [row[functional.key] for row in functional.rows if row["级次"] == "项"]
        counterpart = "事业对应" if kind == "事业" else "机关对应"
        with_nature = {
            row["编码"]
            for row in template.catalogue("部门经济科目").rows
            if row["级次"] == "款" and row["经费性质"]
        }
        self.economic = [
            row["部门科目"]
            for row in template.catalogue("经济科目对照").rows
            if row[counterpart] and row["部门科目"] in with_nature
        ]
        self.few = chance.sample(self.functions, chance.randint(1, 7))
        self.sources = [SOURCES[0], *(source for source in SOURCES[1:] if chance.random() < 0.35)]
        self.as_usual = chance.choice([0.0, 0.5, 0.9])  # how often a code stands where it usually does
        self.carried = chance.choice([0.0, 0.1, 0.4])

    def entries(self) -> dict[str, tuple[EntryRow, ...]]:
        """Return the ledgers; their rows stand in any order."""
        basic = [self._basic() for _ in range(self.chance.randint(3, 30))]
        projects = [self._project(at) for at in range(self.chance.randint(0, 20))]
        if projects and self.chance.random() < 0.4:  # one project under two functional codes
            other = self.chance.choice(projects)
            projects.append({key: other[key] for key in ("项目编码", "项目名称")} | self._placed(0.3))
        kept = [self._placed(0.3) for _ in range(self.chance.choice([0, 0, 1, 3]))]
        transfers = [self._transfer(row) for row in (*basic, *projects) if OWN in row][:4]
        for rows in (basic, projects, transfers):
            self.chance.shuffle(rows)
        spent = [*basic, *projects, *kept]
        return {
            "基本支出": _numbered(basic),
            "项目支出": _numbered(projects),
            "年终结转": _numbered(kept),
            "内部往来": _numbered(transfers),
            "收入": self._revenue(spent),
            "收入科目": _numbered(self._items(spent)),
        }

    def _placed(self, carried: float) -> Row:
        """Return a functional code with money of this year, carried over, or both, of one source."""
        row: Row = {"功能科目": self.chance.choice(self.few)}
        source = self.sources[0] if self.chance.random() < 0.6 else self.chance.choice(self.sources)
        over = self.chance.random() < carried
        if over:
            row[f"结转{source}"] = self._amount()
        if not over or self.chance.random() < 0.5:
            row[f"本年{source}"] = self._amount()
        if self.chance.random() < 0.15:
            row.setdefault(f"本年{self.chance.choice(self.sources)}", self._amount())
        return row

    def _basic(self) -> Row:
        row = self._placed(self.carried)
        row["经济科目"] = code = self.chance.choice(self.economic)
        if STAFF.get(code) and self.chance.random() < self.as_usual:
            row["功能科目"] = STAFF[code]
        return row

    def _project(self, at: int) -> Row:
        row: Row = {"项目编码": f"XM{at:03d}", "项目名称": f"虚构项目{at}", **self._placed(0.4)}
        if self.chance.random() < 0.1:
            row["三公项目"] = self.chance.choice(
                ["公务用车运行维护费", "公务用车购置费", "公务接待费", "因公出国（境）费"]
            )
        return row

    def _transfer(self, row: Row) -> Row:
        """Return a part of a row's own money as handed to another unit of the department."""
        money = row[OWN]
        assert isinstance(money, Decimal)
        share = self.chance.choice([Decimal(1), Decimal("0.5"), Decimal("0.25")])
        codes = {key: row[key] for key in ("功能科目", "项目编码", "经济科目") if key in row}
        kind = self.chance.choice(["上级补助", "附属上缴", "内部调拨"])
        amount = (money * share).quantize(Decimal("0.01"))
        return {"对方单位": "399", "往来类型": kind, "方向": "拨出", "金额": amount, **codes}

    def _amount(self) -> Decimal:
        """Return an amount of 5 元 to 30,000,000 元: whole 万元, whole 元 or to the 分."""
        value = Decimal(repr(round(10 ** self.chance.uniform(0.7, 7.5), 2)))
        step = self.chance.choice([Decimal(10_000), Decimal(100), Decimal(1), Decimal("0.01")])
        return max((value / step).to_integral_value() * step, step).quantize(Decimal("0.01"))

    def _revenue(self, spent: Sequence[Row]) -> tuple[EntryRow, ...]:
        rows = []
        for at, source in enumerate(SOURCES):
            values = {"本年收入": _sum(spent, f"本年{source}"), "上年结转": _sum(spent, f"结转{source}")}
            if any(values.values()):
                rows.append(EntryRow(at, {key: value for key, value in values.items() if value}))
        return tuple(rows)

    def _items(self, spent: Sequence[Row]) -> list[Row]:
        codes = self.template.catalogue("收入分类科目")
        items: list[Row] = []
        for source in SOURCES:
            own = [row[codes.key] for row in codes.rows if row.get("资金来源") == source]
            whole = _sum(spent, f"本年{source}")
            if own and whole:
                first, *others = self.chance.sample(own, min(len(own), self.chance.randint(1, 3)))
                part = (whole / 4).quantize(Decimal("0.01"))
                parts = {first: whole - part * len(others), **dict.fromkeys(others, part)}
                items += [{"收入科目": code, "本年收入": amount} for code, amount in parts.items() if amount]
        return items


def _sum(rows: Sequence[Row], key: str) -> Decimal:
    return sum((value for row in rows if isinstance(value := row.get(key), Decimal)), Decimal(0))


def _numbered(rows: Sequence[Row]) -> tuple[EntryRow, ...]:
    return tuple(EntryRow(at, row) for at, row in enumerate(rows))  # type: ignore[arg-type]


# ------------------------------------------------------------------ printing


def printed(budget: Budget) -> printing.Printed:
    """Return what the forms print, in 万元 with two decimals; siblings stand in any order."""
    cells = printing.rounded(printing.printed(budget.plan, budget.entries, budget.unit))
    chance = random.Random(f"order of {budget.name}")
    places: dict[tuple[str, int], int] = {}
    for _, panel in budget.template.panels:
        lines = {
            row: str(cells[cell])
            for row in range(budget.plan.layout.tables[panel.id].rows)
            if panel.key and (cell := Cell(panel.id, row, panel.key)) in cells
        }
        listed = [(row, code) for row, code in lines.items() if code.isdigit()]
        order = _siblings_anyhow(listed, "", chance)
        places |= {(panel.id, old): new for old, (new, _) in zip(order, listed, strict=True)}
    return {
        Cell(cell.table, places.get((cell.table, cell.row), cell.row), cell.column): value
        for cell, value in cells.items()
    }


def _siblings_anyhow(lines: Sequence[tuple[int, str]], above: str, chance: random.Random) -> list[int]:
    """Return rows with siblings shuffled, each with what is below it: a code begins with its parent's."""
    below = [(row, code) for row, code in lines if code != above and code.startswith(above)]
    heads = [
        (row, code)
        for row, code in below
        if not any(code != other and code.startswith(other) for _, other in below)
    ]
    chance.shuffle(heads)
    return [at for row, code in heads for at in (row, *_siblings_anyhow(below, code, chance))]
