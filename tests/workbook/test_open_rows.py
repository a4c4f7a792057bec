"""Open rows list themselves: every code and project in use, in order, with sums that pandas confirms.

The expected figures come from the ledgers and the catalogue's own column of parents, added up by
pandas in whole 分; nothing of the package takes part in them.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import builders

from xlbudget import Unit, WorkbookTemplate, check, load_template
from xlbudget.model import Cell, EntryRow
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan, Values
from xlbudget.workbook.sheets.writing import unit_rows, workbook_bytes

SOURCES = ("一般公共预算", "政府性基金预算", "国有资本经营预算", "财政专户管理资金", "单位资金")
FISCAL = SOURCES[:3]
UNIT = Unit("901", "示范单位", "行政", "示范厅")
WAN = Decimal(1_000_000)  # 分 in one 万元
NO_DATA = "注：本表无数据"


@dataclass(frozen=True)
class Ledgers:
    """What a unit spends, in 分: a row for each ledger row, a column for each source and year."""

    basic: pd.DataFrame
    projects: pd.DataFrame

    def entries(self) -> dict[str, tuple[EntryRow, ...]]:
        """As the unit would type them; revenue by source so that everything balances."""
        both = pd.concat([self.basic, self.projects])
        revenue = tuple(
            EntryRow(
                at, _yuan({"本年收入": both[f"本年{name}"].sum(), "上年结转": both[f"结转{name}"].sum()})
            )
            for at, name in enumerate(SOURCES)
        )
        return {"基本支出": _rows(self.basic), "项目支出": _rows(self.projects), "收入": revenue}


def _rows(ledger: pd.DataFrame) -> tuple[EntryRow, ...]:
    records = ledger.to_dict("records")
    return tuple(
        EntryRow(at, _yuan({str(key): value for key, value in row.items()})) for at, row in enumerate(records)
    )


def _yuan(row: Mapping[str, object]) -> dict[str, Decimal | str]:
    amounts = {key: Decimal(int(value)) / 100 for key, value in row.items() if not isinstance(value, str)}
    return {key: value for key, value in row.items() if isinstance(value, str)} | {
        key: value for key, value in amounts.items() if value
    }


def catalogue(template: WorkbookTemplate) -> pd.DataFrame:
    return pd.read_csv(template.folder / "catalogues" / "functional_classification.csv", dtype=str).fillna("")


def random_ledgers(
    template: WorkbookTemplate,
    seed: int,
    *,
    basic: int,
    projects: int,
    codes: int,
    rows: int | None = None,
    apart: tuple[str, ...] = (),
) -> Ledgers:
    """Ledgers over ``codes`` functional codes that are in none of the 类 ``apart``.

    ``projects`` projects stand on as many rows, or on ``rows``.
    """
    chance = random.Random(seed)
    every = catalogue(template)
    known = every.loc[every["level"] == "项", "code"]
    leaves = chance.sample([code for code in known if code[:3] not in apart], codes)
    economic = ["30101", "30102", "30201", "30211", "30302"]

    def amounts() -> dict[str, int]:
        found = dict.fromkeys([f"{year}{name}" for year in ("本年", "结转") for name in SOURCES], 0)
        for key in chance.sample(list(found), chance.choice([1, 1, 2, 3])):
            found[key] = chance.randrange(1, 10**10)
        return found

    columns = [f"{year}{name}" for year in ("本年", "结转") for name in SOURCES]
    names = [f"XM{number:03d}" for number in range(projects)]
    assigned = names + [chance.choice(names) for _ in range((rows or projects) - projects)]
    return Ledgers(
        pd.DataFrame(
            [
                {"功能科目": chance.choice(leaves), "经济科目": chance.choice(economic), **amounts()}
                for _ in range(basic)
            ],
            columns=["功能科目", "经济科目", *columns],
        ),
        pd.DataFrame(
            [
                {"项目编码": code, "项目名称": f"项目{code}", "功能科目": chance.choice(leaves), **amounts()}
                for code in assigned
            ],
            columns=["项目编码", "项目名称", "功能科目", *columns],
        ),
    )


# ── What must come out, by pandas ────────────────────────────────────────────────────────────────


def by_code(ledger: pd.DataFrame, columns: Iterable[str], every: pd.DataFrame) -> pd.Series:
    """Sum some columns of a ledger for each code of the catalogue: 项, and the 款 and 类 above it."""
    parents = every.set_index("code")["parent"]
    amounts = ledger[list(columns)].sum(axis=1).astype("int64")
    leaf = ledger["功能科目"]
    above = leaf.map(parents)
    levels = (leaf, above, above.map(parents))
    sums = pd.concat([amounts.groupby(level.to_numpy()).sum() for level in levels])
    return sums.reindex(every["code"], fill_value=0).astype("int64")


def expected_lines(table: pd.DataFrame) -> list[tuple[Decimal | str, ...]]:
    """Lines of a form: the codes with any amount, in the order of the catalogue, under the total."""
    listed = table[(table != 0).any(axis=1)]
    lines = [(str(code), *(Decimal(int(value)) / WAN for value in row)) for code, *row in listed.itertuples()]
    leaves = listed[listed.index.str.len() == 7]
    return [("合计", *(Decimal(int(leaves[column].sum())) / WAN for column in table.columns)), *lines]


def revenue_form(ledgers: Ledgers, every: pd.DataFrame) -> list[tuple[Decimal | str, ...]]:
    both = pd.concat([ledgers.basic, ledgers.projects])
    columns = {name: by_code(both, [f"本年{name}"], every) for name in SOURCES}
    columns["上年结转"] = by_code(both, [f"结转{name}" for name in SOURCES], every)
    return expected_lines(pd.DataFrame(columns))


def expenditure_form(ledgers: Ledgers, every: pd.DataFrame) -> list[tuple[Decimal | str, ...]]:
    columns = [f"{year}{name}" for year in ("本年", "结转") for name in SOURCES]
    return expected_lines(
        pd.DataFrame(
            {
                "基本支出": by_code(ledgers.basic, columns, every),
                "项目支出": by_code(ledgers.projects, columns, every),
            }
        )
    )


def general_budget_form(ledgers: Ledgers, every: pd.DataFrame) -> list[tuple[Decimal | str, ...]]:
    column = ["本年一般公共预算"]
    basic, projects = by_code(ledgers.basic, column, every), by_code(ledgers.projects, column, every)
    return expected_lines(pd.DataFrame({"基本支出": basic, "项目支出": projects}))


def project_form(ledgers: Ledgers, year: str, sources: tuple[str, ...]) -> list[tuple[Decimal | str, ...]]:
    """One line a project in the order of the ledger, those without any amount left out."""
    columns = [f"{year}{name}" for name in sources]
    sums = ledgers.projects.groupby("项目名称", sort=False)[columns].sum()
    listed = sums[sums.sum(axis=1) != 0]
    return [(str(name), *(Decimal(int(value)) / WAN for value in row)) for name, *row in listed.itertuples()]


# ── What the formulas give ───────────────────────────────────────────────────────────────────────


def lines_of(
    plan: Plan, values: Values, panel: str, name: str, amounts: Iterable[str]
) -> list[tuple[Decimal | str, ...]]:
    """The lines of a form that say something: text of column ``name``, then the amounts."""
    found = []
    for row in range(plan.layout.tables[panel].rows):
        words = values.raw(Cell(panel, row, name))
        if words and words != NO_DATA:
            found.append((words, *(plan.decimals(values, Cell(panel, row, key)) for key in amounts)))
    return found


def assert_listed(template: WorkbookTemplate, ledgers: Ledgers) -> None:
    plan = plan_of(template)
    entries = ledgers.entries() | {template.unit_facts.table: unit_rows(plan, UNIT)}
    values = plan.evaluate(entries)
    every = catalogue(template)
    codes = ("基本支出", "项目支出")
    assert lines_of(plan, values, "F2", "科目编码", (*SOURCES, "上年结转")) == revenue_form(ledgers, every)
    assert lines_of(plan, values, "F3", "科目编码", codes) == expenditure_form(ledgers, every)
    assert lines_of(plan, values, "F5", "科目编码", codes) == general_budget_form(ledgers, every)
    this_year = project_form(ledgers, "本年", SOURCES)
    carried = project_form(ledgers, "结转", FISCAL)
    head, *lines = lines_of(plan, values, "F12", "项目名称", SOURCES)[1:]
    assert lines == this_year
    assert head == total_of(UNIT.name, ledgers.projects, [f"本年{name}" for name in SOURCES])
    total, *lines = lines_of(plan, values, "F13", "项目名称", FISCAL)[1:]
    assert total == total_of(UNIT.name, ledgers.projects, [f"结转{name}" for name in FISCAL])
    unit_line = [total] if carried else []
    assert lines == unit_line + carried


def total_of(name: str, ledger: pd.DataFrame, columns: list[str]) -> tuple[Decimal | str, ...]:
    return (name, *(Decimal(int(ledger[column].sum())) / WAN for column in columns))


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    basic=st.integers(0, 300),
    projects=st.integers(0, 300),
    codes=st.integers(1, 60),
)
@example(seed=1, basic=300, projects=300, codes=60)
@example(seed=2, basic=0, projects=1, codes=1)
@example(seed=3, basic=0, projects=0, codes=1)
def test_every_code_and_project_is_listed_with_its_sums(
    seed: int, basic: int, projects: int, codes: int
) -> None:
    template = load_template("shanxi_provincial/2023")
    assert_listed(template, random_ledgers(template, seed, basic=basic, projects=projects, codes=codes))


def test_projects_on_several_functional_codes_are_one_line_each(template: WorkbookTemplate) -> None:
    ledgers = random_ledgers(template, 7, basic=20, projects=90, codes=40, rows=300)
    assert_listed(template, ledgers)
    assert len(ledgers.projects) == 300
    assert len(project_form(ledgers, "本年", SOURCES)) <= 90


def test_three_hundred_rows_in_both_ledgers_pass_every_rule(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    # pensions and medical care (208, 210) belong to certain economic codes: rules
    ledgers = random_ledgers(template, 11, basic=300, projects=200, codes=60, rows=300, apart=("208", "210"))
    for ledger in (ledgers.basic, ledgers.projects):
        # fund and capital money need revenue items and lines of their own: general budget only
        for year in ("本年", "结转"):
            names = [f"{year}{name}" for name in SOURCES]
            ledger[names[0]] = ledger[names].sum(axis=1)
            ledger[names[1:]] = 0
    ledgers.basic["经济科目"] = "30201"
    workbook = workbook_bytes(template, UNIT, ledgers.entries())
    report = check(builders.returned(tmp_path, "满.xlsx", workbook), template)
    assert builders.rows_of(report) == []


# ── No room ──────────────────────────────────────────────────────────────────────────────────────


def overfull(template: WorkbookTemplate) -> Ledgers:
    """A project on every functional code that there is: more lines than forms 2, 3 and 5 have."""
    leaves = catalogue(template).query("level == '项'")["code"]
    amounts = dict.fromkeys([f"{year}{name}" for year in ("本年", "结转") for name in SOURCES], 0)
    rows = [
        {
            "项目编码": f"XM{at}",
            "项目名称": f"项目{at}",
            "功能科目": code,
            **amounts,
            "本年一般公共预算": 100 * at,
        }
        for at, code in enumerate(leaves, 1)
    ]
    projects = pd.DataFrame(rows)
    return Ledgers(pd.DataFrame(columns=["功能科目", "经济科目", *amounts]), projects)


def test_more_codes_than_a_form_has_lines_for_are_found_and_nothing_else_is_said(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    ledgers = overfull(template)
    wanted = len(expenditure_form(ledgers, catalogue(template))) - 1
    assert wanted > 40
    small = {"F2": 40, "F3": 41, "F5": 42}
    workbook = workbook_bytes(template, UNIT, ledgers.entries(), capacity=small)
    report = check(builders.returned(tmp_path, "挤.xlsx", workbook), template)
    assert [(row[0], row[1], row[4], row[5], row[6]) for row in builders.rows_of(report)] == [
        (f"ROWS-{form}", "blocking", Decimal(wanted), Decimal(rows), Decimal(wanted - rows))
        for form, rows in small.items()
    ] + [("wrong_money", "explain", Decimal("0.409500"), None, None)]  # 4,095 元 is no budget of a year
    for finding, form in zip(report.findings[:3], small, strict=True):
        assert f"--rows {form}=" in finding.message
        assert finding.money == ""


def test_a_form_with_just_enough_lines_is_in_order(template: WorkbookTemplate) -> None:
    ledgers = overfull(template)
    wanted = len(expenditure_form(ledgers, catalogue(template))) - 1
    plan = plan_of(template, {"F3": wanted})
    values = plan.evaluate(ledgers.entries())
    lines = lines_of(plan, values, "F3", "科目编码", ("基本支出", "项目支出"))
    assert lines == expenditure_form(ledgers, catalogue(template))


# ── Nothing at all ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def blank(template: WorkbookTemplate) -> Path:
    [path] = sorted((template.folder / "blank").glob("*.xlsx"))
    return path


def test_an_empty_workbook_misses_its_cover_and_nothing_else(template: WorkbookTemplate, blank: Path) -> None:
    assert builders.rows_of(check(blank, template)) == [
        ("missing_entry", "blocking", "封面", address, None, None, None) for address in ("C9", "C10", "C11")
    ]


def test_an_empty_workbook_says_so_on_every_form_and_on_the_cover(
    template: WorkbookTemplate, blank: Path
) -> None:
    workbook = blank.read_bytes()
    parts = builders.unpacked(workbook)
    places = builders.sheet_parts(parts)
    strings = parts.get("xl/sharedStrings.xml", b"").decode()
    assert NO_DATA not in strings
    says = [
        form.number for form in template.forms if f"<v>{NO_DATA}</v>" in parts[places[form.sheet]].decode()
    ]
    assert says == list(range(1, 14))
    assert builders.result_of(workbook, "封面", "C15") == "尚未填报"
