"""Our recalculation against the whole engine and against LibreOffice, cell by cell."""

from __future__ import annotations

import csv
import random
import shutil
import warnings
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from engine_causes import EXCEL, FORMULAS, LIBREOFFICE, Foreseen, Program
from engine_differences import page
from engines_agree import Tally, compared
from support import random_workbooks

from xlbudget import Unit, WorkbookTemplate, check, consolidate, load_template
from xlbudget.model import Cell, CellValue, EntryRow, ErrorValue
from xlbudget.model.errors import InputError
from xlbudget.workbook.calculation.engine_plan import EnginePlan
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan, Values
from xlbudget.workbook.calculation.plan_limits import beyond_the_plan
from xlbudget.workbook.formula_groups import FormulaGroup
from xlbudget.workbook.language import Call, ColumnRange, LineCells, Number, RowCell, Text
from xlbudget.workbook.sheets.writing import unit_rows, workbook_bytes

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
SMALL |= {"F7": 2, "F8": 3, "F9收入": 2, "F9支出": 3, "上年项目": 3, "内部往来": 3, "绩效目标": 3}
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
    return shortened(template, tmp_path_factory.mktemp("small"))


def shortened(template: WorkbookTemplate, parent: Path) -> WorkbookTemplate:
    folder = parent / "2023"
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
def test_the_engine_compiled_once_gives_the_same_values_and_the_same_report(
    small_template: WorkbookTemplate, tmp_path: Path
) -> None:
    """A share of studies/engines_agree.py, and ``check --engine formulas`` on a file with findings."""
    plan = plan_of(small_template, SMALL)
    whole = plan_of(replace(small_template, engine="formulas"), SMALL)
    assert isinstance(whole, EnginePlan)
    tallies = {kind: Tally() for kind in ("texts", "errors")}
    for kind, tally in tallies.items():
        entries = {**random_workbooks.random_entries(plan.layout, kind, 1), "填报单位": unit_rows(plan, UNIT)}
        compared(plan, plan.evaluate(entries), whole.evaluate(entries).raw, tally, kind)
    compared(plan, plan.blank, whole.blank.raw, tallies.setdefault("blank", Tally()), "blank")
    assert [tally.differences for tally in tallies.values()] == [[], [], []]
    assert {tally.emptiness for tally in tallies.values()} == {0}
    assert min(tallies["texts"].errors, tallies["errors"].errors) > 200

    cell = Cell("F1支出", 0, "合计")
    overwritten = {("F1支出", "合计"): {0: 12.5}}  # as a unit does that pastes a value over a formula
    ours, theirs = (each.evaluate(ENTRIES, overwritten) for each in (plan, whole))
    tally = Tally()
    compared(plan, ours, theirs.raw, tally, "overwritten")
    assert (ours.raw(cell), tally.differences) == (12.5, [])

    path = tmp_path / "243001.xlsx"
    path.write_bytes(workbook_bytes(small_template, UNIT, ENTRIES, capacity=SMALL))
    by_plan = check(path, small_template).workbooks
    assert {finding.rule for finding in by_plan[0].findings} >= {"unknown_code"}
    assert check(path, small_template, engine="formulas").workbooks == by_plan


@pytest.mark.parametrize("kind", ["errors", "codes"])
def test_looking_at_every_row_for_every_key_gives_the_same_as_tables(
    small_template: WorkbookTemplate, kind: str
) -> None:
    """An independent way of computing SUMIFS and COUNTIF, by which differences are explained."""
    plan = plan_of(small_template, SMALL)
    entries = {**random_workbooks.random_entries(plan.layout, kind, 2), "填报单位": unit_rows(plan, UNIT)}
    tally = Tally()
    compared(plan, plan.evaluate(entries), Foreseen(plan, entries, EXCEL).value, tally, kind)
    assert (tally.differences, tally.emptiness) == ([], 0)


@pytest.mark.parametrize(
    ("program", "amounts", "values", "cause"),
    [
        (FORMULAS, ("100.1", "20"), (100.1, 120.1), "找“243001/0001”时算进“243001/0002”的 20"),
        (LIBREOFFICE, ("#N/A", "#NAME?"), ("#N/A", "#NAME?"), "各行的错误值依次是 #N/A、#NAME?，取最后一个"),
    ],
)
def test_a_difference_from_another_program_is_explained_at_its_cell(
    small_template: WorkbookTemplate,
    program: Program,
    amounts: tuple[str, str],
    values: tuple[Any, Any],
    cause: str,
) -> None:
    plan = plan_of(small_template, SMALL)
    codes = ("0001", "0002") if program is FORMULAS else ("0001", "0001")
    entries = {
        "项目支出": [
            EntryRow(at, {"项目编码": code, "功能科目": "2040220", "本年一般公共预算": amount(text)})
            for at, (code, text) in enumerate(zip(codes, amounts, strict=True))
        ],
        "填报单位": unit_rows(plan, UNIT),
    }
    foreseen, tally = Foreseen(plan, entries, program), Tally()
    compared(plan, plan.evaluate(entries), foreseen.value, tally, "two projects", foreseen)
    assert tally.unexplained == 0
    first = next(found for found in tally.differences if found.own)
    assert ((first.ours, first.theirs), first.cause) == (values, cause)
    assert {found.cause.startswith("由 ") for found in tally.differences if not found.own} == {True}
    assert f"| {first.place} |" in page({program.name: tally.differences}, [7])

    compared(plan, plan.evaluate(entries), plan.evaluate(entries).raw, tally, "as ours", foreseen)
    assert tally.unexplained == tally.unforeseen == len(tally.differences)


def amount(text: str) -> CellValue:
    return ErrorValue(text) if text.startswith("#") else Decimal(text)


def test_formulas_that_the_plan_cannot_take_are_told_before_any_workbook_is_read(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    lax = shortened(template, tmp_path)
    sheet = lax.folder / "workings" / "functional_codes.toml"
    text = sheet.read_text(encoding="utf-8")
    spoilt = text.replace("PRIOR([@支出序])+IF(", "2*PRIOR([@支出序])+IF(")
    assert spoilt != text
    sheet.write_text(spoilt, encoding="utf-8")
    lax = load_template(lax.folder)
    with pytest.raises(InputError, match=r"PRIOR 不是写在最前面的逐行累计.*--engine formulas"):
        plan_of(lax, SMALL)
    assert isinstance(plan_of(replace(lax, engine="formulas"), SMALL), EnginePlan)


T, U = ColumnRange("T", "a"), LineCells("T", "x", "x", "a")
ONE, CODE = Number(Decimal(1)), RowCell("T", "a")


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (Call("MATCH", (CODE, T, ONE)), "T[c]：MATCH 的第三个参数不是 0（精确查找）"),
        (Call("SUMIFS", (T, T, Text("20*"))), "T[c]：SUMIFS 的条件“20*”不是确切的文字"),
        (Call("COUNTIF", (T, Text(">5"))), "T[c]：COUNTIF 的条件“>5”不是确切的文字"),
        (Call("COUNTIF", (T, Text(""))), "T[c]：COUNTIF 的条件“”不是确切的文字"),
        (Call("SUMIFS", (T, T, ONE)), "T[c]：SUMIFS 按数字查找"),
        (Call("SUMIFS", (T, U, CODE)), "T[c]：SUMIFS 的各列行数不同"),
        (Call("INDEX", (CODE, ONE)), "T[c]：INDEX 查找的不是一列单元格"),
        (Call("SUMIFS", (T, T, CODE)), ""),
        (Call("SUMIFS", (T, T, Text("301"))), ""),
        (Call("MATCH", (CODE, T, Number(Decimal(0)))), ""),
    ],
)
def test_what_the_plan_cannot_take(node: Call, reason: str) -> None:
    found = beyond_the_plan([FormulaGroup("T", "c", (0,), node)], lambda part: range(3 if part == T else 1))
    assert found == ((reason,) if reason else ())


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
        ("blank", 8, {}),
        ("random", 20, random_entries(template, 0, 20)),
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
