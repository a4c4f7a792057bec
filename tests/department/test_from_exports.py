"""Workbooks filled from exports of other systems: every amount taken, or told where it stands."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from support import builders
from support.exports import final_accounts, ledger, names, new_book, number, shanghai, shanxi, sheet, total

from xlbudget import Unit, WorkbookTemplate, generate, load_template
from xlbudget.checking.definitions.lint import lint
from xlbudget.cli import run
from xlbudget.definitions.export_mappings import mapping_named
from xlbudget.definitions.folders import templates_folder
from xlbudget.department.issue.from_exports import FilledFromExport, fill_from_export, read_export
from xlbudget.model import EntryRow
from xlbudget.model.errors import InputError
from xlbudget.returns.entry_files import read_entries
from xlbudget.returns.exports.reading import take
from xlbudget.returns.exports.taken import TakenExport
from xlbudget.returns.reading import open_workbook, read
from xlbudget.workbook.calculation.kept_plans import plan_of

UNIT = Unit("243001", "山西省公安厅交通管理局", "行政")
ROWS = {"基本支出": 45, "项目支出": 45, "年终结转": 2, "收入科目": 2, "上年项目": 1}
SHANXI, PUTUO, ACCOUNTS = (
    "shanxi_provincial/2023",
    "shanghai_putuo/2025",
    "shanghai_putuo/2024_final_accounts",
)


def entered(path: Path, template: WorkbookTemplate) -> Mapping[str, tuple[EntryRow, ...]]:
    return read(open_workbook(path), template).entries


def as_rows(rows: tuple[EntryRow, ...]) -> list[tuple[tuple[str, object], ...]]:
    return sorted(tuple(sorted(row.values.items())) for row in rows)


@pytest.fixture(scope="module")
def provincial() -> WorkbookTemplate:
    return load_template(SHANXI)


@pytest.fixture(scope="module")
def blank(provincial: WorkbookTemplate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(provincial, tmp_path_factory.mktemp("下发"), UNIT, capacity=ROWS)


@pytest.fixture(scope="module")
def exported(provincial: WorkbookTemplate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = provincial.folder
    return shanxi(folder, folder / "demo" / "reference", tmp_path_factory.mktemp("导出") / "导出.xlsx")


@pytest.fixture
def spoiled(exported: Path, tmp_path: Path) -> Callable[[Callable[[openpyxl.Workbook], None]], Path]:
    """Return a copy of the export with something done to it."""

    def make(change: Callable[[openpyxl.Workbook], None]) -> Path:
        book = openpyxl.load_workbook(exported)
        change(book)
        path = tmp_path / "改过的导出.xlsx"
        book.save(path)
        return path

    return make


def filled(blank: Path, export: Path, tmp_path: Path, name: str = "budget_system") -> FilledFromExport:
    return fill_from_export(blank, export, name, tmp_path / "填报.xlsx")


def taken(template: WorkbookTemplate, export: Path) -> TakenExport:
    return take(read_export(export), mapping_named(template, "budget_system"), template, UNIT.code)


@pytest.mark.parametrize("money", ["元", "万元"])
def test_a_provincial_export_gives_the_ledgers(
    provincial: WorkbookTemplate, blank: Path, tmp_path: Path, money: str
) -> None:
    """Sixteen sheets with sums at every level; in 万元 the same, to the 分."""
    folder = provincial.folder
    ledgers = folder / "demo" / "reference"
    export = shanxi(folder, ledgers, tmp_path / "导出.xlsx", money=money)
    done = filled(blank, export, tmp_path)
    assert done.whole
    assert [part.balanced for part in done.taken.sums].count(False) == 0
    assert len([part for part in done.taken.left if part.stated]) == 7
    wanted = read_entries(ledgers, provincial, defaultdict(lambda: 100))
    got = entered(done.path, provincial)
    for table in ("基本支出", "项目支出", "收入", "政府采购", "上年数"):
        assert as_rows(got[table]) == as_rows(wanted[table]), table


def test_codes_in_three_columns_and_lines_with_ordinals(tmp_path: Path) -> None:
    template = load_template(PUTUO)
    for name, code in (("unit_a", "101001"), ("unit_b", "102001")):
        ledgers = template.folder / "demo" / name
        unit = Unit(code, "某单位", "行政")
        workbook = generate(template, tmp_path / name, unit, capacity={"基本支出": 40, "项目支出": 10})
        export = shanghai(template.folder, ledgers, tmp_path / f"{name}.xlsx")
        done = fill_from_export(workbook, export, "budget_system", tmp_path / f"{name}_填报.xlsx")
        assert done.whole, [part for part in done.taken.left if not part.stated]
        wanted = read_entries(ledgers, template, defaultdict(lambda: 100))
        got = entered(done.path, template)
        for table in ("基本支出", "项目支出", "收入"):
            assert as_rows(got[table]) == as_rows(wanted[table]), (name, table)


def test_headings_that_are_codes_become_rows(tmp_path: Path) -> None:
    template = load_template(ACCOUNTS)
    ledgers = template.folder / "demo" / "department"
    unit = Unit("201001", "某单位", "行政")
    workbook = generate(
        template, tmp_path / "下发", unit, capacity={"基本支出": 30, "项目支出": 5, "收入": 12}
    )
    export = final_accounts(template.folder, ledgers, tmp_path / "财决.xlsx")
    done = fill_from_export(workbook, export, "final_accounts_system", tmp_path / "填报.xlsx")
    assert done.whole, [part for part in done.taken.left if not part.stated]
    wanted = read_entries(ledgers, template, defaultdict(lambda: 100))
    got = entered(done.path, template)
    for table in ("基本支出", "项目支出", "收入"):
        assert as_rows(got[table]) == as_rows(wanted[table]), table


# ------------------------------------------------------------------ nothing is lost without a word


def first_row(page: object, text: str) -> int:
    return next(cell.row for row in page.iter_rows() for cell in row if cell.value == text)  # type: ignore[attr-defined]


def test_a_code_that_is_not_on_the_list_is_told_with_its_amount(
    provincial: WorkbookTemplate, spoiled: Callable[..., Path]
) -> None:
    def change(book: openpyxl.Workbook) -> None:
        page = book["预算06表 项目支出预算明细表"]
        page.cell(first_row(page, "P001"), 3, "2999999")

    done = taken(provincial, spoiled(change))
    [left] = [part for part in done.left if not part.stated]
    assert left.reason == "“2999999”不能填在“功能科目”里（不在代码表或选项中）"
    assert left.amounts == {"本年预算·一般公共预算": Decimal(3_000_000)}
    assert not done.whole
    [short] = [part for part in done.sums if not part.balanced]
    assert (short.column, short.rows - short.taken) == ("本年一般公共预算", Decimal(3_000_000))


def test_an_amount_that_stands_at_an_upper_code_only_is_told(
    provincial: WorkbookTemplate, spoiled: Callable[..., Path]
) -> None:
    """Sums of levels are verified by the rows below them: 1,000 more at 208 than its rows have is told."""

    def change(book: openpyxl.Workbook) -> None:
        page = book["预算05表 基本支出预算明细表"]
        row = first_row(page, "208")
        page.cell(row, 6, page.cell(row, 6).value + 1000)

    done = taken(provincial, spoiled(change))
    [left] = [part for part in done.left if not part.stated]
    assert left.reason == "没有写到“功能科目”，与其下各行之和相差 1,000.00"
    assert left.amounts == {"本年预算·一般公共预算": Decimal(1000)}


def test_a_column_and_a_sheet_that_the_mapping_does_not_know_are_told(
    provincial: WorkbookTemplate, spoiled: Callable[..., Path]
) -> None:
    def change(book: openpyxl.Workbook) -> None:
        page = book["预算12表 政府采购预算表"]
        page.cell(first_row(page, "采购类别"), 3, "其中：中小企业")
        page.cell(first_row(page, "服务类"), 3, 5000)
        sheet(book, "预算99表", ["预算99表", "2023年新增表"], [("项目",), ("金额",)], [("甲", Decimal(7))])

    done = taken(provincial, spoiled(change))
    left = {part.text: (part.reason, dict(part.amounts)) for part in done.left if not part.stated}
    assert left == {
        "其中：中小企业": ("对照里没有这一栏", {"其中：中小企业": Decimal(5000)}),
        "1 个数": ("对照里没有这张表", {}),
    }


def test_a_total_row_that_says_something_else_is_told(
    provincial: WorkbookTemplate, spoiled: Callable[..., Path]
) -> None:
    def change(book: openpyxl.Workbook) -> None:
        page = book["预算06表 项目支出预算明细表"]
        page.cell(first_row(page, "合计") if page["A1"].value == "合计" else page.max_row, 7, 1)

    done = taken(provincial, spoiled(change))
    [wrong] = [part for part in done.sums if not part.balanced]
    assert (wrong.column, wrong.total, wrong.rows) == ("本年一般公共预算", Decimal(1), Decimal(44_793_600))


def test_a_result_that_was_not_stored_is_told(
    provincial: WorkbookTemplate, spoiled: Callable[..., Path]
) -> None:
    def change(book: openpyxl.Workbook) -> None:
        page = book["预算12表 政府采购预算表"]
        page.cell(first_row(page, "货物类"), 2, "=4000000+380000")

    done = taken(provincial, spoiled(change))
    [left] = [part for part in done.left if not part.stated]
    assert left.reason == "“采购预算”的公式没有保存计算结果"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda book: book["预算05表 基本支出预算明细表"].cell(2, 1, "2022年基本支出预算明细表"),
            "导出的工作表“预算05表 基本支出预算明细表”是 2022 年的，工作簿是 2023 年的",
        ),
        (
            lambda book: book["预算05表 基本支出预算明细表"].cell(3, 1, "单位名称：别的单位"),
            "写的是“别的单位”，工作簿是“山西省公安厅交通管理局”的",
        ),
        (
            lambda book: book.copy_worksheet(book["预算05表 基本支出预算明细表"]),
            "有 2 张工作表都是“基本支出明细”",
        ),
        (
            lambda book: book["预算12表 政府采购预算表"].cell(2, 1, "2023年上年预算情况表"),
            "的表号是“政府采购”的，标题是“上年数”的",
        ),
    ],
)
def test_what_would_be_a_guess_is_refused(
    blank: Path,
    tmp_path: Path,
    spoiled: Callable[..., Path],
    change: Callable[[openpyxl.Workbook], object],
    said: str,
) -> None:
    export = spoiled(lambda book: (change(book), None)[1])
    with pytest.raises(InputError, match=said):
        filled(blank, export, tmp_path)
    assert not (tmp_path / "填报.xlsx").exists()


def test_what_the_export_does_not_say_stays_in_rows_of_the_same_codes(
    provincial: WorkbookTemplate, blank: Path, exported: Path, tmp_path: Path, spoiled: Callable[..., Path]
) -> None:
    """A second export after changes: the amount changes, the column that the unit typed stays."""
    first = filled(blank, exported, tmp_path)
    place = plan_of(provincial, ROWS).layout.address("资产", 0, "数量")
    typed = builders.typed(first.path.read_bytes(), provincial.entry("资产").sheet, {place: 27})
    (tmp_path / "自填.xlsx").write_bytes(typed)

    def change(copy: openpyxl.Workbook) -> None:
        sheet_of = copy["预算12表 政府采购预算表"]
        sheet_of.cell(first_row(sheet_of, "货物类"), 2, 5_000_000)
        sheet_of.cell(first_row(sheet_of, "合计"), 2, 25_779_200 + 620_000)

    done = fill_from_export(tmp_path / "自填.xlsx", spoiled(change), "budget_system", tmp_path / "再填.xlsx")
    assert done.whole
    assert done.replaced == (
        "“录入1 基本支出”原有 28 行（金额共 21,940,698.00）已换成导出的 28 行。",
        "“录入2 项目支出”原有 24 行（金额共 84,627,300.00）已换成导出的 24 行。",
    )
    got = entered(done.path, provincial)
    assert got["资产"][0].values["数量"] == 27
    assert got["政府采购"][0].values["金额"] == 5_000_000
    assert len(got["上年数"]) == len(entered(first.path, provincial)["上年数"])


# ---------------------------------------------------------------------------- many units, mappings


MAPPING = """title = "全部门导出"
totals = ["合计"]

[[table]]
name = "支出明细"
titles = ["支出明细表"]
entry = "基本支出"
unit = ["单位编码"]
where = { "支出类型" = ["基本支出"] }
columns = { "功能科目" = ["科目"], "经济科目" = ["经济科目"], "本年一般公共预算" = ["金额"] }
repeat = ["功能科目"]

[[table]]
name = "项目"
titles = ["支出明细表"]
entry = "项目支出"
unit = ["单位编码"]
where = { "支出类型" = ["项目支出"] }
fixed = { "项目编码" = "P1", "项目名称" = "业务费" }
columns = { "功能科目" = ["科目"], "本年一般公共预算" = ["金额"] }
"""


@pytest.fixture
def own(provincial: WorkbookTemplate, tmp_path: Path) -> Path:
    """The provincial template in a folder of its own with a mapping of its own."""
    root = tmp_path / "模板"
    target = root / SHANXI
    shutil.copytree(provincial.folder, target, ignore=shutil.ignore_patterns("blank"))
    (target / "mappings" / "whole.toml").write_text(MAPPING, encoding="utf-8")
    return root


def department(path: Path, last: str = "住房公积金") -> Path:
    book = new_book()
    heads = [("单位编码",), ("支出类型",), ("科目",), ("经济科目",), ("金额（万元）",)]
    rows: list[tuple[object, ...]] = [
        ("101", "基本支出", "[2040201]行政运行", "30101", Decimal(10)),
        ("101", "基本支出", None, "30102", Decimal("5.5")),
        ("101", "项目支出", "2040220", None, Decimal(7)),
        ("102", "基本支出", last, "基本工资", Decimal(20)),
    ]
    whole = sum((Decimal(str(row[4])) for row in rows), Decimal(0))
    sheet(book, "明细", ["2023年支出明细表"], heads, [*rows, ("合计", None, None, None, whole)])
    book.save(path)
    return path


def test_an_export_of_a_whole_department_fills_every_workbook(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows parted by unit and kind, codes in brackets, blank (as above) or by name, money in the heading."""
    template = load_template(SHANXI, own)
    for code in ("101", "102"):
        generate(template, tmp_path / "下发", Unit(code, f"单位{code}", "行政"), capacity=ROWS)
    export = department(tmp_path / "全部门.xlsx")
    words = ["fill", str(tmp_path / "下发"), "--from", str(export), "--mapping", "whole"]
    code = run([*words, "-o", str(tmp_path / "填好"), "--templates", str(own)])
    said = capsys.readouterr()
    assert (code, said.err) == (0, ""), said
    amounts = {}
    for path in sorted((tmp_path / "填好").glob("*.xlsx")):
        got = entered(path, template)
        amounts[path.name[:3]] = [
            (row.values["功能科目"], row.values.get("经济科目"), row.values["本年一般公共预算"])
            for table in ("基本支出", "项目支出")
            for row in got.get(table, ())
        ]
    assert amounts == {
        "101": [("2040201", "30101", 100_000), ("2040201", "30102", 55_000), ("2040220", None, 70_000)],
        "102": [("2210201", "30101", 200_000)],
    }


def test_a_unit_without_a_workbook_is_told(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template = load_template(SHANXI, own)
    generate(template, tmp_path / "下发", Unit("101", "单位101", "行政"), capacity=ROWS)
    export = department(tmp_path / "全部门.xlsx")
    words = ["fill", str(tmp_path / "下发"), "--from", str(export), "--mapping", "whole"]
    assert run([*words, "-o", str(tmp_path / "填好"), "--templates", str(own)]) == 1
    assert capsys.readouterr().err == "导出里还有这些单位的行，没有它们的工作簿：102\n"


def test_one_amount_in_two_sheets_is_refused(own: Path, tmp_path: Path) -> None:
    """Taken from both it would count twice."""
    template = load_template(SHANXI, own)
    again = MAPPING.replace(
        'name = "支出明细"\ntitles = ["支出明细表"]', 'name = "又一张"\ntitles = ["基本支出表"]'
    )
    text = MAPPING + again[again.index("[[table]]") : again.index('[[table]]\nname = "项目"')]
    (own / SHANXI / "mappings" / "whole.toml").write_text(text, encoding="utf-8")
    workbook = generate(template, tmp_path, Unit("101", "单位101", "行政"), capacity=ROWS)
    book = openpyxl.load_workbook(department(tmp_path / "全部门.xlsx"))
    copy = book.copy_worksheet(book["明细"])
    copy.cell(1, 1, "2023年基本支出表")
    book.save(tmp_path / "两张.xlsx")
    with pytest.raises(InputError, match="“2040201 30101”的“本年一般公共预算”在“明细”和“明细 Copy”里都有"):
        fill_from_export(workbook, tmp_path / "两张.xlsx", "whole", tmp_path / "填.xlsx", templates=own)


FIRST, LINE = "导出表“支出明细”：", '"本年一般公共预算" = ["金额"] }\nrepeat'
KNOWN_BY = 'titles = ["支出明细表"]\nentry = "基本支出"'
REPEAT = 'repeat = ["功能科目"]'
MISTAKES = [
    ('entry = "基本支出"', 'entry = "基本支处"', "entry“基本支处”不是单位填写的录入表；最接近的是“基本支出”"),
    (
        '"经济科目" = ["经济科目"], ',
        "",
        FIRST + "没有写必填的“经济科目”在哪一栏（columns），或是什么（fixed）",
    ),
    (LINE, LINE.replace("预算", "预算额"), FIRST + "columns 里的“本年一般公共预算额”不是“基本支出”填写的栏"),
    (KNOWN_BY, 'entry = "基本支出"', "要写明凭表号（codes）或标题（titles）认出是哪张工作表"),
    ('name = "项目"', 'name = "支出明细"', "导出表名“支出明细”重复"),
    (REPEAT, 'repeat = ["功能"]', FIRST + "repeat 里的“功能”不是“基本支出”对照的栏；最接近的是“功能科目”"),
    (REPEAT, 'money = "吊"', "没有金额单位“吊”"),
    ('fixed = { "项目编码" = "P1"', 'fixed = { "三公项目" = "接待"', "“三公项目”不能填“接待”"),
    (REPEAT, 'label = ["项目"]', FIRST + "“基本支出”没有固定行，不能写 label"),
    ('title = "全部门导出"', 'titel = "全部门导出"', "不认识的属性“titel”"),
]


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES)
def test_lint_finds_mistakes_in_a_mapping(own: Path, old: str, new: str, said: str) -> None:
    path = own / SHANXI / "mappings" / "whole.toml"
    builders.edit(path, old, new)
    found = [problem for problem in lint(own) if problem.source.file == f"{SHANXI}/mappings/whole.toml"]
    assert any(said in problem.message for problem in found), found
    assert all(problem.source.line > 1 or "titel" in new or "title" in problem.message for problem in found)


def test_the_exports_of_the_tests_have_what_the_ledgers_have() -> None:
    """The script that writes exports loses nothing itself: its totals are the ledgers' sums."""
    folder = templates_folder() / SHANXI
    rows = ledger(folder / "demo" / "reference", "ledger_basic.csv")
    assert sum(number(row["amount_yuan"]) for row in rows) == 21_940_698
    assert names(folder, "functional_classification.csv")["2040201"] == "行政运行"
    assert total([["甲", Decimal(1)], ["乙", Decimal(2)]], 0) == ["合计", Decimal(3)]
