"""Workbooks of values made from the published tables of another authority are read and judged as published.

The tables are those of ``fixtures/shanghai/*.tsv``, set on sheets as other systems export them: a title, a
caption with the unit and the money, headings with blanks for merged cells, amounts as numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from support.printed import printed_workbook

from xlbudget import api, check_document, generate, load_template, publish
from xlbudget.checking.published.checking import report_published
from xlbudget.definitions.rosters import read_roster
from xlbudget.department.issue.filling import fill
from xlbudget.model import Severity, WorkbookReport, WorkbookTemplate
from xlbudget.returns.published.reading import read_published
from xlbudget.returns.template_choice import choose_template

FIXTURES = Path(__file__).parent / "fixtures" / "shanghai"
AMOUNT = re.compile(r"-?[\d,]+\.\d\d")
OFFICE, COMMERCE, SOCIAL = (
    "上海市普陀区人民政府办公室",
    "上海市普陀区商务委员会",
    "中共上海市普陀区委社会工作部",
)


@dataclass(frozen=True)
class Document:
    """A published document: its fixture, template, caption, unit, number of amounts, title above it all."""

    name: str
    template: str
    caption: str
    unit: str
    amounts: int
    heading: str = ""

    def money(self, form: int) -> str:
        return "万元" if form == 9 or "accounts" in self.name else "元"


DOCUMENTS = [
    Document("budget_2025_unit_a", "shanghai_putuo/2025", f"编制单位：{OFFICE}", OFFICE, 231),
    Document("budget_2025_unit_b", "shanghai_putuo/2025", f"编制单位：{COMMERCE}", COMMERCE, 300),
    Document("budget_2025_department", "shanghai_putuo/2025", f"编制部门：{OFFICE}", OFFICE, 221),
    Document(
        "final_accounts_2024",
        "shanghai_putuo/2024_final_accounts",
        "",
        SOCIAL,
        205,
        f"{SOCIAL} 2024 年度部门决算表",
    ),
]
IDS = [part.name for part in DOCUMENTS]


def made(document: Document, path: Path) -> Path:
    """Write the tables of a document as a workbook of values, a sheet for each form."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for line in (FIXTURES / f"{document.name}.tsv").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            _, number, title = line.split(" ", 2)
            sheet = book.create_sheet(f"Sheet{number}")
            head = [document.heading] if number == "1" and document.heading else []
            for text in (*head, title, f"{document.caption} 单位：{document.money(int(number))}"):
                sheet.append([text])
            continue
        cells = line.split("\t")
        sheet.append([float(text.replace(",", "")) if AMOUNT.fullmatch(text) else text for text in cells])
        for cell, text in zip(sheet[sheet.max_row], cells, strict=False):
            if AMOUNT.fullmatch(text):
                cell.number_format = "#,##0.00"
    book.save(path)
    return path


def judged(path: Path, template: WorkbookTemplate) -> WorkbookReport:
    return report_published(read_published(path, template))


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_every_form_and_amount_is_read_and_nothing_is_found(document: Document, tmp_path: Path) -> None:
    """The template goes by the titles; what rounding explains is no finding."""
    path = made(document, tmp_path / "published.xlsx")
    template = choose_template([path], None, None)
    assert template.id == document.template
    workbook = read_published(path, template)
    assert [form.titled for form in workbook.forms] == [True] * 9
    assert len(workbook.amounts) == document.amounts
    assert (workbook.unit.name, workbook.unrecognised, workbook.unreadable) == (document.unit, (), {})
    assert [part.message for part in report_published(workbook).findings] == []


SPOILED = [
    # document, sheet, label in the row, which amount of the row, by how much, what was there
    (0, 1, "二、社会保障和就业支出", -1, "1000", "265380.00"),
    (0, 2, "行政运行", 0, "1000", "12029501.84"),
    (0, 3, "事业运行", 1, "1000", "3767295.58"),
    (0, 4, "三、卫生健康支出", 1, "1000", "1097073.43"),
    (0, 5, "住房公积金", 0, "1000", "1741445.22"),
    (0, 8, "办公费", 0, "1000", "259400.00"),
    (0, 9, "", 0, "9", "867.50"),
    (3, 2, "行政运行", 0, "1", "51.32"),
    (3, 3, "事业运行", 0, "1", "11.31"),
    (3, 5, "住房公积金", 0, "1", "17.70"),
    (3, 6, "基本工资", 0, "1", "14.12"),
]


@pytest.mark.parametrize(("which", "sheet", "label", "at", "by", "was"), SPOILED)
def test_a_spoiled_figure_is_found_with_what_it_should_be(
    which: int, sheet: int, label: str, at: int, by: str, was: str, tmp_path: Path
) -> None:
    """One figure of a form larger than published: its cell is named, and the published figure."""
    document = DOCUMENTS[which]
    path = made(document, tmp_path / "published.xlsx")
    book = openpyxl.load_workbook(path)
    rows = [
        row
        for row in book[f"Sheet{sheet}"].iter_rows()
        if any(isinstance(cell.value, int | float) for cell in row)
        and (not label or any(cell.value == label for cell in row))
    ]
    texts = [cell for cell in rows[0] if cell.value == label]
    right = [cell for cell in rows[0] if isinstance(cell.value, int | float)]
    amounts = [cell for cell in right if not texts or cell.column > texts[0].column]
    cell = amounts[at]
    assert Decimal(str(cell.value)) == Decimal(was)
    cell.value = float(Decimal(was) + Decimal(by))
    book.save(path)
    found = judged(path, load_template(document.template)).findings
    places = {(part.place.sheet, part.place.address) for part in found}
    assert (f"Sheet{sheet}", cell.coordinate) in places, [part.message for part in found]
    [mistake] = [part for part in found if part.place.address == cell.coordinate]
    assert mistake.severity is Severity.BLOCKING
    assert f"{Decimal(was):,}" in mistake.message


def test_a_table_with_another_title_is_not_taken_for_a_form(tmp_path: Path) -> None:
    """Headings do not speak against a title: the same table under another name stays unrecognised."""
    path = made(DOCUMENTS[0], tmp_path / "published.xlsx")
    book = openpyxl.load_workbook(path)
    book["Sheet9"]["A1"] = "2025年某专项资金安排情况表"
    book.save(path)
    workbook = read_published(path, load_template("shanghai_putuo/2025"))
    assert 9 not in [int(form.form.removeprefix("F")) for form in workbook.forms]
    assert [part.text for part in workbook.unrecognised] == ["2025年某专项资金安排情况表"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_the_same_tables_printed_are_read_alike_and_become_values_again(
    document: Document, tmp_path: Path
) -> None:
    """Printed as PDF over pages: the same amounts, with page and box; and the same once more as values."""
    book, paper, values = made(document, tmp_path / "a.xlsx"), tmp_path / "a.pdf", tmp_path / "v.xlsx"
    paper.write_bytes(printed_workbook(openpyxl.load_workbook(book)))
    template = load_template(document.template)
    first, printed = read_published(book, template), read_published(paper, template)
    amounts = {cell: shown.value for cell, shown in first.amounts.items()}
    assert len(amounts) == document.amounts
    assert {cell: shown.value for cell, shown in printed.amounts.items()} == amounts
    assert all(printed.place(cell).page and printed.place(cell).box for cell in amounts)
    assert [one for one in report_published(printed).findings if one.severity is not Severity.NOTE] == []
    api.read_published(paper, values, template)
    again = read_published(values, template)
    assert {cell: shown.value for cell, shown in again.amounts.items()} == amounts


@pytest.mark.parametrize(
    ("name", "at", "amounts"), [("shanghai_putuo/2024_final_accounts", "department", 205)]
)
def test_what_we_publish_is_read_back(name: str, at: str, amounts: int, tmp_path: Path) -> None:
    """The public workbook and the document of a template hold every amount, and the unit's own name."""
    template = load_template(name)
    demo = template.folder / "demo"
    issued = generate(template, tmp_path, read_roster(demo / "units.csv", template).units[0])
    filled = fill(issued, demo / at, tmp_path / "filled.xlsx", template=template)
    [published] = publish(filled, tmp_path / "out", template)
    assert not published.refused
    for path in sorted((tmp_path / "out").iterdir()):
        if path.suffix in {".xlsx", ".docx"}:
            workbook = read_published(path, template)
            assert (len(workbook.forms), len(workbook.amounts)) == (9, amounts), path.suffix
            assert workbook.unit.name == SOCIAL
            assert report_published(workbook).findings == ()
        if path.suffix == ".docx":
            assert check_document(path, filled, template).findings == ()
