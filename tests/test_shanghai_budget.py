"""Two published budgets of another authority come out of its template as they were published.

What is expected is the publication's own: the rows of its nine forms, headings and totals in their places
(``fixtures/shanghai/*.tsv``, cell by cell; rows without any text are left out). Forms 1 to 8 are in 元, form
9 is in 万元, totals stand below the rows that list themselves.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell import Cell as SheetCell

from xlbudget import check, generate, load_template, read
from xlbudget.checking.evidence import Evidence
from xlbudget.definitions.rosters import read_roster
from xlbudget.department.issue.filling import fill
from xlbudget.model import Form, WorkbookTemplate
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


def without_notes(rows: Rows) -> Rows:
    return [row for row in rows if not any(text.startswith("注") for text in row)]


@pytest.mark.parametrize("name", UNITS)
def test_the_rows_of_every_form_print_as_published(
    shanghai: WorkbookTemplate, filled: dict[str, Path], name: str
) -> None:
    """By our recalculation: titles, headings, codes in three columns, ordinals, amounts, totals last."""
    evidence = Evidence(shanghai, read(filled[name], shanghai))
    expected = published(f"budget_2025_{name}")
    amounts = 0
    for form in shanghai.forms:
        table = form_table(evidence, form)
        grid = [[""] * len(table.widths) for _ in range(table.rows)]
        for cell in table.cells:
            grid[cell.row][cell.column] = cell.text
            amounts += cell.amount is not None
        assert [row for row in grid if any(row)] == expected[form.number], form.title
    assert [form.title for form in shanghai.forms] == titles(f"budget_2025_{name}")
    assert amounts == AMOUNTS[name]


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
