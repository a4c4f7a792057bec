"""Published budgets and final accounts of another authority come out of its templates as published.

What is expected is the publication's own: the rows of its nine forms, headings and totals in their places
(``fixtures/shanghai/*.tsv``, cell by cell; rows without any text are left out). Forms 1 to 8 are in 元, form
9 is in 万元, totals stand below the rows that list themselves.
"""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell import Cell as SheetCell

from xlbudget import check, consolidate, generate, load_template, read
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.printed_values import form_values
from xlbudget.definitions.rosters import read_roster
from xlbudget.department.issue.filling import fill
from xlbudget.model import Form, Unit, WorkbookTemplate
from xlbudget.publication.document.form_tables import form_table
from xlbudget.workbook.layout import Layout

FIXTURES = Path(__file__).parent / "fixtures" / "shanghai"
UNITS = {"unit_a": 0, "unit_b": 1}
AMOUNTS = {"unit_a": 231, "unit_b": 300}
Convert = Callable[..., list[Path]]
Rows = list[list[str]]


@pytest.fixture(scope="module")
def shanghai() -> WorkbookTemplate:
    return load_template("shanghai_putuo/2025")


@pytest.fixture(scope="module")
def filled(shanghai: WorkbookTemplate, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each unit's workbook as issued, filled in with the ledger that lies beside the template."""
    folder = tmp_path_factory.mktemp("shanghai")
    demo = shanghai.folder / "demo"
    units = read_roster(demo / "units.csv", shanghai).units
    paths = {}
    for name, at in UNITS.items():
        issued = generate(shanghai, folder, units[at])
        paths[name] = fill(issued, demo / name, folder / f"{name}.xlsx", template=shanghai)
    return paths


@pytest.fixture(scope="module")
def resaved(
    filled: dict[str, Path], libreoffice: Convert, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """The same, recalculated and saved by LibreOffice."""
    copies = libreoffice(list(filled.values()), tmp_path_factory.mktemp("resaved"))
    return dict(zip(filled, copies, strict=True))


def published(name: str) -> dict[int, Rows]:
    """Return the rows of each form as published."""
    forms: dict[int, Rows] = {}
    for line in (FIXTURES / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            rows = forms[int(line.split()[1])] = []
        else:
            rows.append(line.split("\t"))
    return forms


def titles(name: str) -> list[str]:
    """Return the titles of the forms as published."""
    lines = (FIXTURES / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split(" ", 2)[2] for line in lines if line.startswith("# ")]


def as_printed(cell: SheetCell) -> str:
    """Return what paper shows of a cell: amounts with two decimals rounded half up, zero as nothing."""
    if isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
        value = Decimal(repr(cell.value)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return f"{value:,}" if value else ""
    return str(cell.value or "")


def shown_rows(path: Path, template: WorkbookTemplate, form: Form) -> Rows:
    """Return the rows of a sheet that people see below the captions, those without any text left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sheet = openpyxl.load_workbook(path, data_only=True)[form.sheet]
    layout = Layout(template)
    width = sum(not column.hidden for panel in form.panels for column in panel.columns)
    bottom = max(layout.tables[panel.id].first_row + layout.tables[panel.id].rows for panel in form.panels)
    shown = [number for number in range(4, bottom + 1) if not sheet.row_dimensions[number].hidden]
    rows = [[as_printed(sheet.cell(number, at + 1)) for at in range(width)] for number in shown]
    return [row for row in rows if any(row)]


def printed_rows(evidence: Evidence, form: Form) -> Rows:
    """Return the rows of a form as the public document prints them, those without any text left out."""
    table = form_table(evidence, form)
    grid = [[""] * len(table.widths) for _ in range(table.rows)]
    for cell in table.cells:
        grid[cell.row][cell.column] = cell.text
    return [row for row in grid if any(row)]


def without_notes(rows: Rows) -> Rows:
    return [row for row in rows if not any(text.startswith(("注", "说明")) for text in row)]


@pytest.mark.parametrize("name", UNITS)
def test_the_rows_of_every_form_print_as_published(
    shanghai: WorkbookTemplate, filled: dict[str, Path], name: str
) -> None:
    """By our recalculation: titles, headings, codes in three columns, ordinals, amounts, totals last."""
    evidence = Evidence(shanghai, read(filled[name], shanghai))
    expected = published(f"budget_2025_{name}")
    for form in shanghai.forms:
        assert printed_rows(evidence, form) == expected[form.number], form.title
    assert [form.title for form in shanghai.forms] == titles(f"budget_2025_{name}")
    assert sum(part.value != 0 for part in form_values(evidence)) == AMOUNTS[name]


@pytest.mark.parametrize("name", UNITS)
def test_the_sheets_show_what_was_published(
    shanghai: WorkbookTemplate, filled: dict[str, Path], name: str
) -> None:
    """By the results stored in the workbook: a total stands right under the last row in use."""
    expected = published(f"budget_2025_{name}")
    for form in shanghai.forms:
        assert without_notes(shown_rows(filled[name], shanghai, form)) == expected[form.number], form.title


@pytest.mark.parametrize("name", UNITS)
def test_libreoffice_computes_what_was_published(
    shanghai: WorkbookTemplate, resaved: dict[str, Path], name: str
) -> None:
    """By another program's own calculation of the workbook."""
    expected = published(f"budget_2025_{name}")
    for form in shanghai.forms:
        assert without_notes(shown_rows(resaved[name], shanghai, form)) == expected[form.number], form.title


@pytest.mark.parametrize("name", UNITS)
def test_a_published_budget_has_no_finding(
    shanghai: WorkbookTemplate, filled: dict[str, Path], name: str
) -> None:
    assert check(filled[name], shanghai).findings == ()


def test_the_department_s_forms_come_out_of_its_unit_s_workbook(
    shanghai: WorkbookTemplate, filled: dict[str, Path], tmp_path: Path
) -> None:
    """The summary of one unit has the department's titles, captions and columns, as published."""
    name = "上海市普陀区人民政府办公室"
    folder = tmp_path / "returned"
    folder.mkdir()
    shutil.copyfile(filled["unit_a"], folder / "unit_a.xlsx")
    summary = tmp_path / "department.xlsx"
    consolidate(folder, summary, template=shanghai, department=Unit("101", name, "部门"))
    evidence = Evidence(shanghai, read(summary, shanghai))
    expected = published("budget_2025_department")
    for form in evidence.template.forms:
        assert printed_rows(evidence, form) == expected[form.number], form.title
        assert form_table(evidence, form).left == f"编制部门：{name}"
    assert [form.title for form in evidence.template.forms] == titles("budget_2025_department")
    assert sum(part.value != 0 for part in form_values(evidence)) == 221
    assert check(summary, shanghai).findings == ()


def test_two_units_together_are_their_sum_to_the_cent(
    shanghai: WorkbookTemplate, filled: dict[str, Path], tmp_path: Path
) -> None:
    """Every amount of the summary is the sum of what the two units published, line by line."""
    folder = tmp_path / "returned"
    folder.mkdir()
    for path in filled.values():
        shutil.copyfile(path, folder / path.name)
    summary = tmp_path / "both.xlsx"
    consolidate(folder, summary, template=shanghai)
    sums: dict[tuple[int, str, str], Decimal] = {}
    for path in filled.values():
        for part in form_values(Evidence(shanghai, read(path, shanghai))):
            line = part.line.rpartition("、")[2]  # what is numbered in one form is numbered anew in the sum
            key = part.form, line, part.column
            sums[key] = sums.get(key, Decimal(0)) + part.value
    whole = {
        (part.form, part.line.rpartition("、")[2].removeprefix("1. "), part.column): part.value
        for part in form_values(Evidence(shanghai, read(summary, shanghai)))
    }
    columns = {"人员经费", "公用经费", "项目支出"}  # a department's form 1 does not list them
    assert whole == {key: value for key, value in sums.items() if key[0] != 1 or key[2] not in columns}
    assert whole[1, "收入总计", "收入"] == Decimal("462531430.35")
    assert check(summary, shanghai).findings == ()


# -------------------------------------------------------------- final accounts


@pytest.fixture(scope="module")
def accounts() -> WorkbookTemplate:
    return load_template("shanghai_putuo/2024_final_accounts")


@pytest.fixture(scope="module")
def closed(accounts: WorkbookTemplate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, demo = tmp_path_factory.mktemp("accounts"), accounts.folder / "demo"
    issued = generate(accounts, folder, read_roster(demo / "units.csv", accounts).units[0])
    return fill(issued, demo / "department", folder / "department.xlsx", template=accounts)


BESIDE = {8, 9}
"""Forms whose total stood beside the lowest headings in print; here it stands below them."""


def same(rows: Rows, expected: Rows, number: int) -> bool:
    if number in BESIDE:
        return sorted(text for row in rows for text in row) == sorted(
            text for row in expected for text in row
        )
    return rows == expected


def test_final_accounts_print_as_published(accounts: WorkbookTemplate, closed: Path) -> None:
    """By our recalculation and by the results stored: 205 amounts, 46 of them zeros that are printed."""
    evidence = Evidence(accounts, read(closed, accounts))
    expected = published("final_accounts_2024")
    for form in accounts.forms:
        assert same(printed_rows(evidence, form), expected[form.number], form.number), form.title
        if form.number != 6:  # zeros there are the number format's
            rows = without_notes(shown_rows(closed, accounts, form))
            assert same(rows, expected[form.number], form.number), form.title
    assert [form.title for form in accounts.forms] == titles("final_accounts_2024")
    amounts = [part.value for part in form_values(evidence)]
    assert (len(amounts), amounts.count(Decimal(0))) == (205, 46)
    assert check(closed, accounts).findings == ()


def test_notes_stand_below_every_form_and_an_empty_one_names_the_unit(
    accounts: WorkbookTemplate, closed: Path
) -> None:
    evidence = Evidence(accounts, read(closed, accounts))
    notes = {form.number: form_table(evidence, form).note for form in accounts.forms}
    assert notes[1] == "注：本表反映部门本年度的总收支和年末结转结余情况。"
    assert notes[7].splitlines()[1] == (
        "说明：中共上海市普陀区委社会工作部本年度没有财政拨款“三公”经费支出，故本表无数据。"
    )
    assert all("\n" in notes[number] for number in (7, 8, 9))


def test_libreoffice_computes_the_final_accounts(
    accounts: WorkbookTemplate, closed: Path, libreoffice: Convert, tmp_path: Path
) -> None:
    """By another program's own calculation; form 6 shows its zeros."""
    [copy] = libreoffice([closed], tmp_path)
    expected = published("final_accounts_2024")
    for form in accounts.forms:
        rows = without_notes(shown_rows(copy, accounts, form))
        wanted = [
            [text.replace("0.00", "") if text == "0.00" else text for text in row]
            for row in expected[form.number]
        ]
        assert same(rows, wanted, form.number), form.title
