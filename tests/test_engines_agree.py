"""Our recalculation against the whole engine and against LibreOffice, cell by cell."""

from __future__ import annotations

import contextlib
import csv
import io
import random
import shutil
import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from xlbudget import Unit, WorkbookTemplate, consolidate, load_template
from xlbudget.generation import unit_rows, workbook_bytes
from xlbudget.model import CellValue, EntryRow
from xlbudget.plans import plan_of
from xlbudget.recalculation import Plan, Values

UNIT = Unit("243001", "测试单位", "行政", "上级")
FUNCTIONS = {
    "204",
    "20402",
    "2040201",
    "2040202",
    "2040220",
    "208",
    "20805",
    "2080501",
    "2080505",
    "210",
    "21011",
}
FUNCTIONS |= {"2101101", "2101103"}
ECONOMIC = {"301", "30101", "30108", "302", "30201", "30217", "303", "30302"}
SMALL = {"基本支出": 6, "项目支出": 5, "年终结转": 2, "收入科目": 2, "F2": 12, "F3": 12, "F5": 12, "F6": 8}
SMALL |= {"F7": 2, "F8": 3, "F9收入": 2, "F9支出": 3}
EMPTY = (None, "", 0)


def amounts(**texts: str) -> dict[str, CellValue]:
    return {key: Decimal(text) for key, text in texts.items()}


ENTRIES = {
    "基本支出": [
        EntryRow(0, {"功能科目": "2040201", "经济科目": "30101", **amounts(本年一般公共预算="3463100.55")}),
        EntryRow(1, {"功能科目": "2080505", "经济科目": "30108", **amounts(本年一般公共预算="1346500")}),
        EntryRow(
            3,
            {
                "功能科目": "2040201",
                "经济科目": "30217",
                **amounts(本年一般公共预算="60000", 本年单位资金="7.01"),
            },
        ),
        EntryRow(
            5,
            {
                "功能科目": "9999999",
                "经济科目": "30302",
                **amounts(本年一般公共预算="-3", 结转单位资金="1e11"),
            },
        ),
    ],
    "项目支出": [
        EntryRow(
            0,
            {
                "项目编码": "P1",
                "项目名称": "=甲",
                "功能科目": "2040202",
                **amounts(本年一般公共预算="100.10"),
            },
        ),
        EntryRow(
            1, {"项目编码": "p1", "项目名称": "乙", "功能科目": "2040220", **amounts(本年政府性基金预算="20")}
        ),
        EntryRow(
            2,
            {"项目编码": "P3", "项目名称": "丙", "功能科目": "2040220", "三公项目": "公务接待费"}
            | amounts(结转一般公共预算="9999.99"),
        ),
    ],
    "收入": [EntryRow(0, amounts(本年收入="4869707.65", 上年结转="9999.99"))],
    "年终结转": [EntryRow(0, {"功能科目": "2040201", **amounts(本年一般公共预算="7")})],
    "收入科目": [EntryRow(0, {"收入科目": "1030148", **amounts(本年收入="20")})],
}


@pytest.fixture(scope="module")
def small_template(template: WorkbookTemplate, tmp_path_factory: pytest.TempPathFactory) -> WorkbookTemplate:
    """The real template with short code lists: the whole engine takes minutes for the long ones."""
    folder = tmp_path_factory.mktemp("small") / "2023"
    shutil.copytree(template.folder, folder, ignore=shutil.ignore_patterns("blank", "demo"))
    for name, kept in (
        ("functional_classification.csv", FUNCTIONS),
        ("department_economic.csv", ECONOMIC),
        ("department_to_government_economic.csv", ECONOMIC),
    ):
        path = folder / "catalogues" / name
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([rows[0], *(row for row in rows[1:] if row[0] in kept)])
    return load_template(folder)


def differences(plan: Plan, ours: Values, theirs: Callable[[str, str], Any]) -> list[str]:
    """Return every formula cell in which the two disagree.

    An empty cell, "" and 0 count as equal. Programs snap the difference of nearly equal numbers to
    zero where the engine keeps the last bits of a float: below a thousandth of 0.01 元 is equal.
    """
    found = []
    for cell, formula in plan.blueprint.formulas.items():
        sheet = plan.layout.tables[cell.table].sheet
        address = plan.layout.address(cell.table, cell.row, cell.column)
        one, other = ours.raw(cell), theirs(sheet, address)
        if one in EMPTY and other in EMPTY:
            continue
        if isinstance(one, float | int) and isinstance(other, float | int):
            same = abs(one - other) <= max(1e-8, 1e-9 * abs(one))
        else:
            same = one == other
        if not same:
            found.append(f"{sheet}!{address} ours {one!r} theirs {other!r} = {formula}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("entries", [{}, ENTRIES], ids=["blank", "full"])
def test_recalculation_equals_the_whole_engine(
    small_template: WorkbookTemplate, tmp_path: Path, entries: dict[str, list[EntryRow]]
) -> None:
    import formulas
    import schedula

    path = tmp_path / "s.xlsx"
    path.write_bytes(workbook_bytes(small_template, UNIT, entries, capacity=SMALL))
    plan = plan_of(small_template, SMALL)
    ours = plan.evaluate({**entries, "填报单位": unit_rows(plan, UNIT)})
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        solution = formulas.ExcelModel().loads(str(path)).finish().calculate()
    results = {
        str(key).upper(): part.value[0, 0] for key, part in solution.items() if hasattr(part, "ranges")
    }

    def engine(sheet: str, address: str) -> Any:
        value = results[f"'[S.XLSX]{sheet}'!{address}".upper()]
        if value is schedula.EMPTY:
            return None
        return value.item() if hasattr(value, "item") else value

    assert len(plan.blueprint.formulas) > 2000
    assert differences(plan, ours, engine) == []


def random_entries(template: WorkbookTemplate, seed: int, room: int) -> dict[str, list[EntryRow]]:
    """Return entries over all kinds of money, codes and sizes, in ledgers of so many rows."""
    rng = random.Random(seed)
    leaves = [row["编码"] for row in template.catalogue("功能科目").rows if row["级次"] == "项"]
    economic = [row["编码"] for row in template.catalogue("部门经济科目").rows if row["级次"] == "款"]
    money = [
        column.key
        for column in template.entry("项目支出").columns
        if column.entry and column.kind == "amount"
    ]

    def row_amounts() -> dict[str, CellValue]:
        return {key: Decimal(rng.randrange(1, 10**9)) / 100 for key in rng.sample(money, rng.randrange(1, 4))}

    return {
        "基本支出": [
            EntryRow(at, {"功能科目": rng.choice(leaves), "经济科目": rng.choice(economic), **row_amounts()})
            for at in rng.sample(range(room), room * 3 // 10)
        ],
        "项目支出": [
            EntryRow(
                at,
                {
                    "项目编码": f"X{rng.randrange(60)}",
                    "项目名称": f"项目 {at}",
                    "功能科目": rng.choice(leaves),
                }
                | row_amounts(),
            )
            for at in sorted(rng.sample(range(room), room * 4 // 10))
        ],
        "收入": [EntryRow(at, {"本年收入": Decimal(rng.randrange(10**9)) / 100}) for at in range(5)],
        "年终结转": [EntryRow(0, {"功能科目": rng.choice(leaves), **row_amounts()})],
        "收入科目": [
            EntryRow(at, {"收入科目": code, "本年收入": Decimal(at + 1)})
            for at, code in enumerate(["1030148", "1030601"])
        ],
    }


@pytest.mark.slow
def test_recalculation_equals_libreoffice(
    template: WorkbookTemplate,
    department_workbooks: list[Path],
    libreoffice: Callable[..., list[Path]],
    tmp_path: Path,
) -> None:
    cases: dict[str, tuple[Plan, Values]] = {}
    files = []
    for name, room, entries in (
        ("blank", 40, {}),
        ("random0", 300, random_entries(template, 0, 300)),
        ("random1", 40, random_entries(template, 1, 40)),
        ("random2", 40, random_entries(template, 2, 40)),
    ):
        capacity = {"基本支出": room, "项目支出": room}
        plan = plan_of(template, capacity)
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes(workbook_bytes(template, UNIT, entries, capacity=capacity))
        cases[name] = plan, plan.evaluate({**entries, "填报单位": unit_rows(plan, UNIT)})
        files.append(path)
    summary = consolidate(department_workbooks, tmp_path / "summary.xlsx", template=template)
    joined = plan_of(template, summary.capacity)
    every = {**summary.entries, "填报单位": unit_rows(joined, summary.department)}
    cases["summary"] = joined, joined.evaluate(every)
    files.append(tmp_path / "summary.xlsx")
    for path in libreoffice(files, tmp_path / "out"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, data_only=True)
        used, ours = cases[path.stem]
        assert differences(used, ours, lambda sheet, address, book=book: book[sheet][address].value) == []
