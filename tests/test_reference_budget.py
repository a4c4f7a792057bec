"""The real 2023 budget comes out of the workbook as it was published, word by word and figure by figure.

Expected words and figures are the publication's own: ``fixtures/published_cells.csv`` (its 301
amounts) and ``fixtures/disclosure_2023_forms.txt`` (the text of its thirteen forms).
"""

from __future__ import annotations

import csv
import re
import tomllib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell import Cell as SheetCell
from support.reference_facts import NOT_APPLICABLE

import xlbudget.checking.problems
from xlbudget import WorkbookTemplate, check, read
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.printed_values import form_values
from xlbudget.model import ColumnKind, RuleStatus
from xlbudget.workbook.layout import Layout

FIXTURES = Path(__file__).parent / "fixtures"
CENT = Decimal("0.01")
AMOUNT_FORMAT = "#,##0.00;-#,##0.00;;@"
"""Two decimals with separators; the empty third part prints nothing for zero."""
NOTE = "注：本表无数据"
WORDS_OF_A_LINE = {2: 2, 3: 2, 5: 2}
"""How many of a line's first cells name it in the published list: code and name, elsewhere one."""
NUMBERED = {12, 13}
"""Forms whose lines the published list numbers, since names repeat."""

Amount = tuple[int, str, str, str]
Convert = Callable[..., list[Path]]
Row = tuple[tuple[int, str], ...]
"""The printed cells of one row: (column from 0, text)."""


@pytest.fixture(scope="module")
def reference_workbook(full_size_workbook: Path) -> Path:
    """As a unit gets it, with every row: what is shown here is shown of the real thing."""
    return full_size_workbook


@pytest.fixture(scope="module")
def resaved_reference(
    reference_workbook: Path, libreoffice: Convert, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    [copy] = libreoffice([reference_workbook], tmp_path_factory.mktemp("resaved"), titles=True)
    return copy


def opened(path: Path) -> openpyxl.Workbook:
    """Return the workbook with its stored results; openpyxl warns of what it cannot keep."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(path, data_only=True)


def as_printed(cell: SheetCell) -> str:
    """Return what paper shows of a cell: amounts with two decimals rounded half up, zero as nothing."""
    if cell.value is None or isinstance(cell.value, str):
        return cell.value or ""
    assert cell.number_format == AMOUNT_FORMAT, f"{cell.parent.title}!{cell.coordinate}"
    value = Decimal(repr(cell.value))
    return f"{value.quantize(CENT, ROUND_HALF_UP):,}" if value else ""


# -------------------------------------------------------------------- amounts


def published_amounts() -> list[Amount]:
    """Return the published list by form (it has form 5 before form 4), else in its own order."""
    with (FIXTURES / "published_cells.csv").open(encoding="utf-8", newline="") as stream:
        rows = [tuple(row.values()) for row in csv.DictReader(stream)]
    amounts = [(int(form), line, column, value) for form, line, column, value in rows]
    return sorted(amounts, key=lambda amount: amount[0])


def stored_amounts(path: Path, template: WorkbookTemplate) -> list[Amount]:
    """Return the amounts that the forms' cells hold, rounded once: by form, sheet row, sheet column."""
    book, layout = opened(path), Layout(template)
    found: list[tuple[int, int, int, Amount]] = []
    for form, panel in template.panels:
        sheet, placed = book[form.sheet], layout.tables[panel.id]
        visible = [column for column in panel.columns if not column.hidden]
        for row in range(placed.rows):
            line = [
                sheet.cell(placed.first_row + row + 1, placed.columns[column.key] + 1) for column in visible
            ]
            words = [str(cell.value or "") for cell in line[: WORDS_OF_A_LINE.get(form.number, 1)]]
            name = " ".join(([str(row + 1)] if form.number in NUMBERED else []) + words).strip()
            for column, cell in zip(visible, line, strict=True):
                if column.kind is not ColumnKind.AMOUNT or isinstance(cell.value, str | None):
                    continue
                value = Decimal(repr(cell.value)).quantize(CENT, ROUND_HALF_UP)
                if cell.value != 0:
                    amount = (form.number, name, column.name, format(value, "f"))
                    found.append((form.number, cell.row, cell.column, amount))
    return [amount for *_, amount in sorted(found)]


def saying(path: Path, template: WorkbookTemplate) -> list[int]:
    """Return the numbers of the forms that say that they have no data."""
    book = opened(path)
    return [
        form.number
        for form in template.forms
        if any(cell.value == NOTE for row in book[form.sheet].iter_rows() for cell in row)
    ]


def test_the_published_list_holds_301_amounts_of_the_ten_forms_with_data() -> None:
    """The yardstick itself: nothing was lost when it was copied."""
    amounts = published_amounts()
    assert len(amounts) == 301
    assert {form for form, *_ in amounts} == {1, 2, 3, 4, 5, 6, 10, 11, 12, 13}
    assert all(re.fullmatch(r"\d+\.\d\d", value) and value != "0.00" for *_, value in amounts)


def test_our_recalculation_gives_exactly_the_published_amounts_in_the_published_order(
    template: WorkbookTemplate, reference_workbook: Path
) -> None:
    """Recalculated from the entries alone, each amount stands at the published line and column."""
    evidence = Evidence(template, read(reference_workbook, template))

    def place(part: object) -> tuple[int, int, int]:
        cell = part.cell  # type: ignore[attr-defined]
        return part.form, *evidence.layout.position(cell.table, cell.row, cell.column)  # type: ignore[attr-defined]

    values = sorted(form_values(evidence, rounded=True), key=place)
    ours = [(part.form, part.line, part.column, format(part.value, "f")) for part in values]
    assert ours == published_amounts()


def test_the_results_stored_in_the_file_are_exactly_the_published_amounts(
    template: WorkbookTemplate, reference_workbook: Path
) -> None:
    """Whoever reads the file without calculating (previewers, pandas) sees the published budget."""
    assert stored_amounts(reference_workbook, template) == published_amounts()


@pytest.mark.slow
def test_libreoffice_calculates_exactly_the_published_amounts(
    template: WorkbookTemplate, resaved_reference: Path
) -> None:
    """A spreadsheet program that recalculates every formula shows the published budget."""
    assert stored_amounts(resaved_reference, template) == published_amounts()
    assert saying(resaved_reference, template) == [7, 8, 9]


def test_exactly_the_three_forms_without_data_say_so(
    template: WorkbookTemplate, reference_workbook: Path
) -> None:
    assert saying(reference_workbook, template) == [7, 8, 9]


# ---------------------------------------------------------------------- words


def published_forms() -> dict[int, list[Row]]:
    """Return the rows of each published form, from its caption (if it kept one) to its last row.

    Cells stand between tabs. Empty lines between paragraphs mean nothing; an empty line between two
    rows of a table is a page break and kept as an empty row.
    """
    lines = (FIXTURES / "disclosure_2023_forms.txt").read_text(encoding="utf-8").splitlines()
    forms: dict[int, list[Row]] = {}
    captions: list[Row] = []
    for at, line in enumerate(lines):
        row = tuple((place, text) for place, text in enumerate(line.split("\t")) if text)
        if re.fullmatch(r"(预算|部门)公开表\d+", line):
            captions.append(row)
        elif re.fullmatch(r"2023年\S+表(（\S+）)?", line):
            forms[len(forms) + 1] = [*captions, row]
            captions = []
        elif row:
            forms[len(forms)].append(row)
        elif 0 < at < len(lines) - 1 and "\t" in lines[at - 1] and "\t" in lines[at + 1]:
            forms[len(forms)].append(())
    return forms


def printed_forms(path: Path, template: WorkbookTemplate) -> dict[int, list[Row]]:
    """Return the rows that the form sheets print: hidden columns and empty rows left out."""
    book = opened(path)
    return {form.number: list(_printed(book[form.sheet])) for form in template.forms}


def _printed(sheet: openpyxl.worksheet.worksheet.Worksheet) -> Iterator[Row]:
    hidden = {
        column
        for part in sheet.column_dimensions.values()
        if part.hidden
        for column in range(part.min, part.max + 1)
    }
    for cells in sheet.iter_rows():
        texts = [(cell.column - 1, as_printed(cell)) for cell in cells if cell.column not in hidden]
        if row := tuple((place, text) for place, text in texts if text):
            yield row


@dataclass(frozen=True)
class Departure:
    """Rows of a form that we print otherwise than published, and why."""

    form: int
    published: tuple[Row, ...]
    printed: tuple[Row, ...]
    reason: str


UNIT = "单位名称：山西省公安厅交通管理局"
MONEY = "单位：万元"
TITLES = {
    2: "2023年预算收入总表",
    3: "2023年预算支出总表",
    4: "2023年财政拨款收支总表",
    5: "2023年一般公共预算支出预算表（不含上年结转）",
    6: "2023年一般公共预算安排基本支出分经济科目表（不含上年结转）",
    7: "2023年政府性基金预算收入表（不含上年结转）",
    8: "2023年政府性基金预算支出表（不含上年结转）",
    11: "2023年机关运行经费预算财政拨款情况统计表",
    12: "2023年项目支出预算表（本年预算）",
    13: "2023年项目支出预算表（上年结转）",
}
MONEY_COLUMN = {1: 5, 2: 7, 3: 4, 4: 5, 5: 4, 6: 4, 7: 2, 8: 4, 11: 4, 12: 5, 13: 4}
DEPARTURES = [
    *(
        Departure(
            form,
            (((0, title),),),
            (((0, f"预算公开表{form}"),), ((0, title),)),
            "表的编号在公开文本中脱落，按表1、表10的写法补上",
        )
        for form, title in TITLES.items()
    ),
    *(
        Departure(
            form,
            (((0, UNIT),), ((0, MONEY),)),
            (((0, UNIT), (column, MONEY)),),
            "单位名称、金额单位在表中是同一行的左右两端，公开文本写成两行",
        )
        for form, column in MONEY_COLUMN.items()
    ),
    *(
        Departure(
            form,
            (((0, f"{UNIT} {MONEY}"),),),
            (((0, UNIT), (column, MONEY)),),
            "单位名称、金额单位在公开文本中只隔一个空格，表中是两格",
        )
        for form, column in ((9, 6), (10, 4))
    ),
    Departure(
        4,
        (((3, "小计"), (4, "一般公共预算"), (5, "政府性基金预算 国有资本经营预算")),),
        (((3, "小计"), (4, "一般公共预算"), (5, "政府性基金预算"), (6, "国有资本经营预算")),),
        "公开文本的两个栏目之间丢了制表符",
    ),
    Departure(1, (((2, "二十七、债务还本支出"),), ()), (((2, "二十七、债务还本支出"),),), "换页处的空行"),
    Departure(4, (((2, "二十八、债务付息支出"),), ()), (((2, "二十八、债务付息支出"),),), "换页处的空行"),
    Departure(
        6,
        (((0, "生活补助"), (1, "社会福利和救助"), (2, "2.93"), (3, "2.93")), ()),
        (((0, "生活补助"), (1, "社会福利和救助"), (2, "2.93"), (3, "2.93")),),
        "换页处的空行",
    ),
    *(
        Departure(
            form,
            (((0, NOTE),),),
            (((1, NOTE),),),
            "公开文本的注在表下另起一行，表中写在最宽的文字栏，不被邻格遮挡",
        )
        for form in (7, 8, 9)
    ),
]


def departed(rows: list[Row], departure: Departure) -> list[Row]:
    """Return published rows with one departure made; it must be possible at exactly one place."""
    size = len(departure.published)
    places = [at for at in range(len(rows)) if tuple(rows[at : at + size]) == departure.published]
    assert len(places) == 1, f"表{departure.form}：{departure.reason}：公开文本中有 {len(places)} 处"
    [at] = places
    return [*rows[:at], *departure.printed, *rows[at + size :]]


def test_the_published_text_has_the_thirteen_forms() -> None:
    """The yardstick itself: thirteen titles, and every published amount somewhere in its form."""
    forms = published_forms()
    assert list(forms) == list(range(1, 14))
    texts = {form: [text for row in rows for _, text in row] for form, rows in forms.items()}
    figures = [text for part in texts.values() for text in part if re.fullmatch(r"[\d,]+\.\d\d", text)]
    assert len(figures) == 301


@pytest.mark.parametrize("number", range(1, 14))
def test_each_form_prints_the_published_words_and_figures_cell_by_cell(
    template: WorkbookTemplate, reference_workbook: Path, number: int
) -> None:
    """Title, caption, headings, labels and figures stand in the published column and order.

    What is printed otherwise is listed above with its reason; a departure that no longer occurs
    fails as well.
    """
    expected = published_forms()[number]
    for departure in DEPARTURES:
        if departure.form == number:
            assert departure.published != departure.printed
            expected = departed(expected, departure)
    assert printed_forms(reference_workbook, template)[number] == expected


# ------------------------------------------------------------------- findings


def test_the_real_budget_has_no_finding_and_no_remark(
    template: WorkbookTemplate, reference_workbook: Path
) -> None:
    report = check(reference_workbook, template)
    assert report.findings == ()
    assert report.workbooks[0].remarks == ()
    assert report.workbooks[0].verdict == "可接收"


def test_every_check_and_every_rule_ran_on_the_real_budget_and_passed(
    template: WorkbookTemplate, reference_workbook: Path
) -> None:
    """Each rule of the definitions and each check has an outcome: passed, or not applicable and why."""
    outcomes = check(reference_workbook, template).workbooks[0].outcomes
    ran = [outcome.rule for outcome in outcomes]
    assert len(ran) == len(set(ran))
    text = (template.folder / "cross_form_rules.toml").read_text(encoding="utf-8")
    stated = {rule["id"] for rule in tomllib.loads(text)["rule"]}
    [folder] = xlbudget.checking.problems.__path__
    checks = {path.stem for path in Path(folder).glob("[!_]*.py")}
    assert {name.partition("-")[0] for name in set(ran) - stated - checks} == {
        "ROWS",
        "copied_amounts",
        "odd_amount",
        "wrong_money",
    }
    others = {part.rule: part.reason for part in outcomes if part.status is not RuleStatus.PASSED}
    assert others == NOT_APPLICABLE
    assert {part.status for part in outcomes if part.rule in others} == {RuleStatus.NOT_APPLICABLE}
    assert all(part.instances > 0 for part in outcomes if part.status is RuleStatus.PASSED)
