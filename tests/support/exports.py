"""Workbooks as other systems export them: values only, merged headings, blank rows, sums of every level.

Made from the ledgers of a unit (CSV), so that what must come out is known without the code under test.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

Row = Mapping[str, str]
SOURCES = ("一般公共预算", "政府性基金预算", "国有资本经营预算", "财政专户管理资金", "单位资金")
ENGLISH = ("general", "fund", "capital", "special_account", "own")
SHANGHAI = ("一般公共预算", "政府性基金", "国有资本经营预算", "事业收入", "事业单位经营收入", "其他收入")
SHANGHAI_ENGLISH = ("general", "fund", "capital", "service", "operating", "other")


def ledger(folder: Path, name: str) -> list[Row]:
    """Return the rows of a CSV ledger; none where there is no such file."""
    path = folder / name
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def number(text: str | None) -> Decimal:
    """Return an amount of a CSV."""
    return Decimal(text or 0)


def sheet(
    book: openpyxl.Workbook,
    tab: str,
    above: Sequence[str],
    headings: Sequence[Sequence[str]],
    rows: Iterable[Sequence[object]],
    *,
    money: str = "元",
) -> Worksheet:
    """Add a sheet: code, title and captions above, headings merged down and across, rows below."""
    page: Worksheet = book.create_sheet(tab)
    width, depth = len(headings), max(map(len, headings))
    for at, text in enumerate(above, 1):
        page.cell(at, 1, text)
        if width > 1:
            page.merge_cells(start_row=at, end_row=at, start_column=1, end_column=width)
    captions = len(above) + 1
    page.cell(captions, 1, "单位名称：")
    page.cell(captions, width, f"单位：{money}")
    first = captions + 2  # a blank row between
    for column, path in enumerate(headings, 1):
        for level, text in enumerate(path):
            if column == 1 or headings[column - 2][: level + 1] != path[: level + 1]:
                page.cell(first + level, column, text)
        if len(path) < depth:
            page.merge_cells(
                start_row=first + len(path) - 1,
                end_row=first + depth - 1,
                start_column=column,
                end_column=column,
            )
    _merge_across(page, headings, first)
    at = first + depth
    for row in rows:
        for column, value in enumerate(row, 1):
            if value not in (None, ""):
                page.cell(at, column, float(value) if isinstance(value, Decimal) else value)
        at += 1
    return page


def _merge_across(page: Worksheet, headings: Sequence[Sequence[str]], first: int) -> None:
    for level in range(max(map(len, headings)) - 1):
        start = 0
        for column in range(1, len(headings) + 1):
            same = (
                column < len(headings)
                and len(headings[column]) > level + 1
                and headings[column][: level + 1] == headings[start][: level + 1]
            )
            if not same:
                if column - start > 1 and len(headings[start]) > level + 1:
                    page.merge_cells(
                        start_row=first + level,
                        end_row=first + level,
                        start_column=start + 1,
                        end_column=column,
                    )
                start = column


def with_sums(
    rows: Sequence[Sequence[object]], code: int, name: int, names: Mapping[str, str]
) -> list[list[object]]:
    """Return rows in order of their codes with rows for 类 and 款 above them, a blank and a total below."""
    found: list[list[object]] = []
    done: set[str] = set()
    for row in sorted(rows, key=lambda one: str(one[code])):
        for length in (3, 5):
            prefix = str(row[code])[:length]
            if prefix in done:
                continue
            done.add(prefix)
            alike = [other for other in rows if str(other[code]).startswith(prefix)]
            above: list[object] = [
                sum((one[at] for one in alike), Decimal(0)) if isinstance(value, Decimal) else None  # type: ignore[misc]
                for at, value in enumerate(row)
            ]
            above[code], above[name] = prefix, names[prefix]
            found.append(above)
        found.append(list(row))
    found.append([None] * len(rows[0]))
    found.append(total(rows, name))
    return found


def total(rows: Sequence[Sequence[object]], name: int, word: str = "合计") -> list[object]:
    """Return the row that adds all rows up."""
    result: list[object] = [
        sum((row[at] for row in rows), Decimal(0)) if isinstance(value, Decimal) else None  # type: ignore[misc]
        for at, value in enumerate(rows[0])
    ]
    result[name] = word
    return result


def names(template: Path, file: str) -> dict[str, str]:
    """Return the names of a code list."""
    return {row["code"]: row["name"] for row in ledger(template / "catalogues", file)}


def new_book() -> openpyxl.Workbook:
    """Return a workbook without sheets."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    return book


def shanxi(template: Path, entries: Path, path: Path, *, money: str = "元") -> Path:
    """Write the export of a provincial system: sheets with table codes, some of them sums of others."""
    book = new_book()
    scale = {"元": Decimal(1), "万元": Decimal(10_000)}[money]
    functions = names(template, "functional_classification.csv")
    economic = names(template, "department_economic.csv")
    sources = [("本年预算", name) for name in SOURCES] + [("上年结转", name) for name in SOURCES]

    def amounts(row: Row) -> list[Decimal]:
        general = row.get("current_year_general_yuan") or row.get("amount_yuan")
        found = [number(general)] + [number(row.get(f"current_year_{name}_yuan")) for name in ENGLISH[1:]]
        found += [number(row.get(f"carryover_{name}_yuan")) for name in ENGLISH]
        found = [value / scale for value in found]
        return [sum(found, Decimal(0)), *found]

    def add(
        code: str, title: str, headings: Sequence[Sequence[str]], rows: Iterable[Sequence[object]]
    ) -> None:
        sheet(book, f"{code} {title}"[:31], [code, f"2023年{title}"], headings, rows, money=money)

    book.create_sheet("封面")["B3"] = "2023年部门预算"
    revenue = {row["source"]: row for row in ledger(entries, "revenue.csv")}
    by_source = [
        number(revenue.get(name, {}).get(f"{part}_yuan")) / scale
        for part in ("current_year", "carryover")
        for name in SOURCES
    ]
    add(
        "预算01表",
        "部门收支总表",
        [("收入", "项目"), ("收入", "预算数")],
        [("收入总计", sum(by_source, Decimal(0)))],
    )
    income = [("科目编码",), ("科目名称",), ("合计",), ("本年收入", "小计")]
    income += [("本年收入", name) for name in SOURCES] + [("上年结转结余", "小计")]
    income += [("上年结转结余", name) for name in SOURCES]
    whole = [sum(by_source, Decimal(0)), sum(by_source[:5], Decimal(0)), *by_source[:5]]
    whole += [sum(by_source[5:], Decimal(0)), *by_source[5:]]
    add("预算02表", "部门收入总表", income, [("2040201", "行政运行", *whole), (None, "合计", *whole)])
    add("预算03表", "部门支出总表", [("科目编码",), ("合计",)], [("204", sum(by_source, Decimal(0)))])
    basic = [
        [row["functional_code"], functions[row["functional_code"]], row["department_economic_code"],
         economic[row["department_economic_code"]], *amounts(row)]
        for row in ledger(entries, "ledger_basic.csv")
    ]  # fmt: skip
    heads = [("功能分类科目", "编码"), ("功能分类科目", "名称")]
    heads += [("部门预算支出经济分类科目", "编码"), ("部门预算支出经济分类科目", "名称"), ("合计",), *sources]
    add("预算05表", "基本支出预算明细表", heads, with_sums(basic, 0, 1, functions))
    projects = [
        [row["project_code"], row["project_name"], row["functional_code"], functions[row["functional_code"]],
         row.get("three_public_item", ""), *amounts(row)]
        for row in ledger(entries, "ledger_projects.csv")
    ]  # fmt: skip
    heads = [("项目", "编码"), ("项目", "名称"), ("功能分类科目", "编码"), ("功能分类科目", "名称")]
    heads += [("“三公”经费类别",), ("合计",), *sources]
    if projects:
        add("预算06表", "项目支出预算明细表", heads, [*projects, [], total(projects, 1)])
    for number_of, title in enumerate(
        ("一般公共预算支出表", "政府性基金预算支出表", "国有资本经营预算支出表", "“三公”经费支出表"), 7
    ):
        add(f"预算{number_of:02d}表", title, [("科目编码",), ("合计",)], [("204", Decimal(1))])
    buying = [
        (f"{row['category']}类", number(row["amount_yuan"]) / scale)
        for row in ledger(entries, "procurement.csv")
    ]
    if buying:
        add("预算12表", "政府采购预算表", [("采购类别",), ("采购预算",)], [*buying, total(buying, 0)])
    before = [(row["item"], number(row["amount_yuan"]) / scale) for row in ledger(entries, "last_year.csv")]
    renamed = {"收入总计": "上年收入总数", "支出总计": "上年支出总数"}
    if before:
        rows = [(renamed.get(item, item), amount) for item, amount in before]
        add("预算13表", "上年预算情况表", [("项目",), ("上年预算数",)], rows)
    book.save(path)
    return path


def shanghai(template: Path, entries: Path, path: Path) -> Path:
    """Write the export of a district's system: no table codes, codes in three columns, revenue in lines."""
    book = new_book()
    economic = names(template, "department_economic.csv")
    functions = names(template, "functional_classification.csv")

    def amounts(row: Row) -> list[Decimal]:
        found = [number(row.get(f"{name}_yuan")) for name in SHANGHAI_ENGLISH]
        return [sum(found, Decimal(0)), sum(found[:3], Decimal(0)), *found]

    parts = [("功能分类科目编码", part) for part in ("类", "款", "项")]
    money = [("合计",), ("财政拨款小计",), *((name,) for name in SHANGHAI)]
    revenue = [(row["source"], number(row["amount_yuan"])) for row in ledger(entries, "revenue.csv")]
    fiscal = sum((amount for name, amount in revenue if name in SHANGHAI[:3]), Decimal(0))
    rows = [("一、财政拨款收入", fiscal)]
    rows += [(f"{at}. {name}", amount) for at, (name, amount) in enumerate(revenue, 1)]
    rows += [("收入总计", sum((amount for _, amount in revenue), Decimal(0)))]
    sheet(book, "Sheet1", ["2025年单位收入预算总表"], [("项目",), ("预算数",)], rows)
    sheet(book, "Sheet2", ["2025年收入预算明细表"], [("收入项目",), ("本年预算数",)], rows)
    heads = [
        *parts,
        ("功能分类科目名称",),
        ("经济分类科目编码", "类"),
        ("经济分类科目编码", "款"),
        ("经济分类科目名称",),
    ]
    basic = []
    for row in ledger(entries, "ledger_basic.csv"):
        code, kind = row["functional_code"], row["department_economic_code"]
        found = [code[:3], code[3:5], code[5:], functions[code], kind[:3], kind[3:], economic[kind]]
        basic.append([*found, *amounts(row)])
    whole = total(basic, 3)
    under = [row for row in basic if row[4] == basic[0][4]]
    partial = [None, None, None, None, basic[0][4], None, economic[str(basic[0][4])], *total(under, 3)[7:]]
    sheet(book, "Sheet3", ["2025年基本支出预算明细表"], [*heads, *money], [partial, *basic, [], whole])
    heads = [("项目编码",), ("项目名称",), *parts, ("“三公”经费",)]
    short = {
        "因公出国（境）费": "出国（境）",
        "公务接待费": "接待",
        "公务用车运行费": "用车运行",
        "公务用车购置费": "购车",
    }
    projects = []
    for row in ledger(entries, "ledger_projects.csv"):
        code, item = row["functional_code"], row["three_public_item"]
        found = [
            row["project_code"],
            row["project_name"],
            code[:3],
            code[3:5],
            code[5:],
            short.get(item, item),
        ]
        projects.append([*found, *amounts(row)])
    sheet(book, "Sheet4", ["2025年项目支出预算明细表"], [*heads, *money], [*projects, total(projects, 1)])
    buying = [(row["category"], number(row["amount_yuan"])) for row in ledger(entries, "procurement.csv")]
    if buying:
        sheet(book, "Sheet5", ["2025年政府采购预算明细表"], [("采购类别",), ("采购预算金额",)], buying)
    book.save(path)
    return path


def final_accounts(template: Path, entries: Path, path: Path) -> Path:
    """Write the export of a system of final accounts: one column for each economic code."""
    book = new_book()
    functions = names(template, "functional_classification.csv")
    economic = names(template, "department_economic.csv")
    sources = ("general", "fund", "capital", "superior", "service", "operating", "subordinate", "other")
    heads = [("支出功能分类科目编码",), ("科目名称",), ("本年收入合计",), ("财政拨款收入", "小计")]
    heads += [
        ("财政拨款收入", f"{name}财政拨款") for name in ("一般公共预算", "政府性基金预算", "国有资本经营预算")
    ]
    heads += [(name,) for name in ("上级补助收入", "事业收入", "经营收入", "附属单位上缴收入", "其他收入")]
    revenue = []
    for row in ledger(entries, "revenue.csv"):
        found = [number(row.get(f"{name}_yuan")) for name in sources]
        sums = [sum(found, Decimal(0)), sum(found[:3], Decimal(0))]
        revenue.append([row["functional_code"], functions[row["functional_code"]], *sums, *found])
    sheet(book, "财决03表", ["收入决算表", "财决03表"], heads, with_sums(revenue, 0, 1, functions))
    basic = ledger(entries, "ledger_basic.csv")
    codes = sorted({row["department_economic_code"] for row in basic})
    classes = sorted({code[:3] for code in codes})
    heads = [("支出功能分类科目编码",), ("科目名称",), ("合计",)]
    order: list[str] = []
    for name in classes:
        heads.append((economic[name], "小计"))
        order.append(name)
        for code in codes:
            if code.startswith(name):
                heads.append((economic[name], economic[code]))
                order.append(code)
    by_function = sorted({row["functional_code"] for row in basic})
    rows = []
    for function in by_function:
        amounts = []
        for code in order:
            of = [row for row in basic if row["functional_code"] == function]
            alike = [row for row in of if row["department_economic_code"].startswith(code)]
            amounts.append(sum((number(row["general_yuan"]) for row in alike), Decimal(0)))
        whole = sum(
            (amount for code, amount in zip(order, amounts, strict=True) if len(code) == 3), Decimal(0)
        )
        rows.append([function, functions[function], whole, *amounts])
    title = "一般公共预算财政拨款基本支出决算明细表"
    sheet(book, "财决08-1表", [title, "财决08-1表"], heads, with_sums(rows, 0, 1, functions))
    heads = [("项目编码",), ("项目名称",), ("科目编码",), ("合计",), ("一般公共预算财政拨款",)]
    projects = [
        [row["project_code"], row["project_name"], row["functional_code"],
         number(row["general_yuan"]), number(row["general_yuan"])]
        for row in ledger(entries, "ledger_projects.csv")
    ]  # fmt: skip
    sheet(book, "财决06表", ["项目支出决算明细表", "财决06表"], heads, [*projects, total(projects, 1)])
    book.save(path)
    return path
