"""What is sent to units: workbooks filled by folder, rosters as offices write them."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from support import builders
from support.grammar import assert_grammar

from xlbudget import (
    InputError,
    Roster,
    Submission,
    Unit,
    WorkbookTemplate,
    check,
    generate_each,
    load_template,
    read_roster,
)
from xlbudget.checking.control_totals import run_controls
from xlbudget.checking.evidence import Evidence
from xlbudget.department.collection import Collection, receive
from xlbudget.department.issue.dispatch_papers import write_manifest, write_notes
from xlbudget.department.issue.existing_workbooks import Issued, Outcome
from xlbudget.department.issue.filling import workbooks_with_entries
from xlbudget.model import Cell, EntryRow, Issue
from xlbudget.model.control_lines import CONTROLS
from xlbudget.workbook.check_rows import control_rows
from xlbudget.workbook.names import CHECKS
from xlbudget.workbook.reserved_names import COVER, VERDICT
from xlbudget.workbook.sheets.writing import workbook_bytes

SMALL = {"基本支出": 8, "项目支出": 8, "年终结转": 1, "收入科目": 1, "上年项目": 1}
SMALL |= {"F2": 9, "F3": 9, "F5": 9, "F6": 9, "F7": 2, "F8": 2, "F9收入": 2, "F9支出": 2}

# ------------------------------------------------------------ filling a folder


def test_workbooks_find_their_entries_by_the_code_in_their_stamp(
    department_workbooks: list[Path], tmp_path: Path
) -> None:
    for code in ("101", "103"):
        (tmp_path / code).mkdir()
    folder = department_workbooks[0].parent
    pairs = workbooks_with_entries(department_workbooks, folder, tmp_path)
    assert pairs == [
        (department_workbooks[0], tmp_path / "101"),
        (department_workbooks[2], tmp_path / "103"),
    ]
    (tmp_path / "0101").mkdir()
    with pytest.raises(InputError, match="里的 0101 在“"):
        workbooks_with_entries(department_workbooks, folder, tmp_path)
    with pytest.raises(InputError, match="找不到录入数据文件夹"):
        workbooks_with_entries(department_workbooks, folder, tmp_path / "无")


# ------------------------------------------------------------------- rosters


def listed(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def mistakes(path: Path, template: WorkbookTemplate) -> list[str]:
    with pytest.raises(InputError) as refused:
        read_roster(path, template)
    head, *lines = str(refused.value).splitlines()
    assert head == "单位名册有误："
    return lines


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [
        "单位编码,单位名称,单位性质,上级单位\n0101,甲,行政,\n0102,乙,事业,0101\n",
        "代码,单位,性质,主管部门\n0101,甲,行政单位,\n0102,乙,事业单位,甲\n",
        "预算单位编码*,预算单位名称*,单位类别（必填）,上级编码\r\n0101,甲,行政,\r\n0102,乙,事业,0101\r\n",
        "编码\t名称\t类型\t上级\n0101\t甲\t行政\t\n0102\t乙\t事业\t0101\n",
        "单位 编码;名称;性质;上级单位\n0101;甲;行政;\n\n0102;乙;事业;0101\n",
    ],
)
def test_a_roster_is_read_as_offices_write_it(
    encoding: str, text: str, template: WorkbookTemplate, tmp_path: Path
) -> None:
    assert read_roster(listed(tmp_path / "名册.csv", text, encoding), template).units == (
        Unit("0101", "甲", "行政"),
        Unit("0102", "乙", "事业", "甲", "0101"),
    )


def test_a_roster_may_be_a_workbook_with_a_title(template: WorkbookTemplate, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    rows = [["2023年单位名册"], [], ["单位编码", "单位名称", "单位性质", "上级单位"]]
    for row in [*rows, [601, "甲", "行政", None], ["602", "乙", "参公", 601]]:
        sheet.append(row)
    book.save(tmp_path / "名册.xlsx")
    assert read_roster(tmp_path / "名册.xlsx", template).units == (
        Unit("601", "甲", "行政"),
        Unit("602", "乙", "参公", "甲", "601"),
    )
    sheet.append([603, "丙", "事业", 6010])
    sheet.append(["0604", "丁", "事业", None])
    book.save(tmp_path / "名册.xlsx")
    as_text = "请把编码列设为“文本”格式，照原样重新录入"
    lost = "比别的编码少一位，疑丢了前导零"
    assert mistakes(tmp_path / "名册.xlsx", template) == [
        *(
            f"名册.xlsx:{line}: 单位编码“{code}”{lost}（应为“0{code}”？），是被当作数字保存的；{as_text}"
            for line, code in ((4, "601"), (5, "602"), (6, "603"))
        ),
        "名册.xlsx:6: 上级单位编码“6010”不在名册里；最接近的是“601”；请改正，或把该上级单位也列入名册；"
        "上级单位不在名册里的，写名称",
    ]


HEAD = "单位编码,单位名称,单位性质,上级单位\n"


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (
            "101,甲,行政,厅\n102,乙,行政,厅\n101,丙,事业,厅\n",
            ["4: 单位编码“101”重复：第 2 行已有“甲”；一个编码只能有一个单位，请改正其中一行"],
        ),
        (
            "0101,甲,行政,厅\n101,乙,行政,厅\n",
            [
                "3: 单位编码“101”重复（与“0101”只差前导零或大小写，Excel 会当作同一编码）：第 2 行已有“甲”；"
                "一个编码只能有一个单位，请改正其中一行"
            ],
        ),
        (
            "0101,甲,行政,\n0102,乙,行政,101\n",
            [
                "3: 上级单位编码“101”不在名册里（疑为“0101”，丢了前导零）；请改正，或把该上级单位也列入名册；"
                "上级单位不在名册里的，写名称"
            ],
        ),
        (
            "601,示范厅执法监督局,参公,示范厅\n602,乙,事业,示范厅执法监察局\n",
            ["3: 上级单位“示范厅执法监察局”不在名册里，最接近的是“示范厅执法监督局”；请改正，或改写编码"],
        ),
        (
            "1.01E+11,甲,行政,厅\n",
            [
                "2: 单位编码“1.01E+11”被写成了科学计数法，原来的编码已经丢失；"
                "请把编码列设为“文本”格式，照原样重新录入"
            ],
        ),
        (
            "101.0,甲,行政,厅\n",
            ["2: 单位编码“101.0”带小数点，是被当作数字保存的；请把编码列设为“文本”格式，照原样重新录入"],
        ),
        ("101,甲,行政,101\n", ["2: 上级单位“101”就是该单位自己的编码；最上级的单位这一栏请留空"]),
        (
            "101,甲,行政,\n102,甲,行政,\n103,乙,事业,甲\n",
            ["4: 上级单位“甲”有几个同名单位（101、102）；请写编码"],
        ),
        ("101,甲,行证,厅\n", ["2: 单位性质“行证”应为 行政、参公、事业 之一；最接近的是“行政”"]),
        (",甲,行政,厅\n", ["2: 单位编码和单位名称不能为空"]),
    ],
)
def test_mistakes_of_a_roster_are_told_with_their_line(
    rows: str, found: list[str], template: WorkbookTemplate, tmp_path: Path
) -> None:
    path = listed(tmp_path / "名册.csv", HEAD + rows)
    assert mistakes(path, template) == [f"名册.csv:{line}" for line in found]


def test_headings_that_are_missing_or_doubled_are_told(template: WorkbookTemplate, tmp_path: Path) -> None:
    path = listed(tmp_path / "名册.csv", "编码,单位编码,名称\n1,1,甲\n")
    assert mistakes(path, template) == [
        "名册.csv:1: 表头里 “编码”、“单位编码” 都是“单位编码”；请只留一列",
        "名册.csv:1: 表头缺少“单位性质”列；最接近的是“单位编码”",
    ]


# ------------------------------------------- control totals, manifest and notes

LIMITED = (
    "单位编码,单位名称,单位性质,上级单位,控制数_基本支出,控制数_项目支出\n"
    '101,示范厅机关,行政,示范厅,"1,755.82",338.99\n'
    "102,示范厅执法监督局,参公,示范厅,,\n"
)


def test_control_totals_are_held_against_what_is_returned(
    department_workbooks: list[Path], template: WorkbookTemplate, tmp_path: Path
) -> None:
    """101 enters 860,000 + 2,350,000 + 180,000 元 for projects and 17,558,210.75 元 of basic expenditure."""
    roster = read_roster(listed(tmp_path / "名册.csv", LIMITED), template)
    assert roster.controls == {
        "101": {"控制数_基本支出": Decimal("1755.82"), "控制数_项目支出": Decimal("338.99")}
    }
    report = check(department_workbooks[:2], template, roster=roster)
    over, *rest = report.findings
    assert rest == []
    assert_grammar(over)
    assert (over.rule, over.severity.value, over.unit, over.stored, over.expected, over.difference) == (
        "K-02", "blocking", "101", Decimal(339), Decimal("338.99"), Decimal("0.01")
    )  # fmt: skip
    assert "项目支出控制数不应超过 338.99 万元，填报 339.00 万元，相差 0.01 万元。请在录入2" in over.message
    one, other = (
        {outcome.rule: outcome.status.value for outcome in part.outcomes} for part in report.workbooks
    )
    assert (one["K-01"], one["K-02"], other["K-01"]) == ("pass", "fail", "not_applicable")
    whole = check(department_workbooks[0], template, roster=read_roster(
        listed(tmp_path / "够.csv", LIMITED.replace("338.99", "339")), template))  # fmt: skip
    assert whole.findings == ()


def projects(template: WorkbookTemplate, yuan: str) -> dict[str, tuple[EntryRow, ...]]:
    """One project of that much from the general public budget, and the money for it."""
    amount = Decimal(yuan)
    row = {"项目编码": "X1", "项目名称": "甲", "功能科目": "2040299", "本年一般公共预算": amount}
    return {"项目支出": (EntryRow(0, row),), "收入": (EntryRow(0, {"本年收入": amount}),)}


@pytest.mark.parametrize(
    ("relation", "limit", "yuan", "said"),
    [
        # 338.99 万元 binds the printed figure: 3,389,949.99 元 prints as 338.99, 3,389,950 as 339.00
        ("不超过", "338.99", "3389949.99", "相符"),
        ("不超过", "338.99", "3389950", "超出"),
        ("不超过", "338.99", "0.01", "相符"),
        ("不超过", "338.9912", "3389912", "相符"),
        ("不超过", "338.9912", "3389912.01", "超出"),
        ("不超过", "0", "50", "超出"),
        ("等于", "338.99", "3389850", "相符"),
        ("等于", "338.99", "3389849.99", "不符"),
        ("等于", "338.99", "3389950", "不符"),
        ("等于", "338.9912", "3389911.99", "不符"),
        ("等于", "338.9912", "3389912", "相符"),
    ],
)
def test_the_check_sheet_says_of_a_control_total_what_the_officers_check_says(
    relation: str, limit: str, yuan: str, said: str, template: WorkbookTemplate
) -> None:
    controls = tuple(replace(control, exact=relation == "等于") for control in template.controls)
    own = replace(template, controls=controls, digest=f"{template.digest}{relation}")
    limits = {"控制数_项目支出": Decimal(limit)}
    entries = projects(own, yuan) | {CONTROLS: control_rows(own, limits)}
    submission = Submission(
        Path("甲.xlsx"),
        "",
        Unit("101", "甲", "行政"),
        own.id,
        own.digest,
        False,
        {},
        entries,
        {},
        controls=limits,
    )
    evidence = Evidence(own, submission)
    ids = [check.rule.id for check in evidence.layout.check_rows]
    verdicts = {
        name: evidence.recalculated(Cell(CHECKS, ids.index(name), "结论")) for name in ("K-01", "K-02")
    }
    assert verdicts == {"K-01": "不适用", "K-02": said}
    found, outcomes = run_controls(evidence, None, {})
    assert [finding.rule for finding in found] == ([] if said == "相符" else ["K-02"])
    assert [outcome.status.value for outcome in outcomes] == [
        "not_applicable", "pass" if said == "相符" else "fail"
    ]  # fmt: skip
    cover = evidence.recalculated(Cell(COVER, 0, VERDICT))
    assert (cover == template.cover.verdict_clean) is (said == "相符")


def test_the_officers_figure_counts_whatever_the_sheet_shows(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    """Issued with 338.99 万元; the unit enters 3,390,000 元 and raises the control total to 4,000,000."""
    unit, issue = Unit("101", "示范厅机关", "行政"), Issue({"控制数_项目支出": Decimal("338.99")})
    content = workbook_bytes(template, unit, projects(template, "3390000"), capacity=SMALL, issue=issue)
    row = builders.row_holding(content, "校验表", "K", 3_389_900)
    assert builders.result_of(content, "校验表", f"H{row}") == "超出"
    assert builders.result_of(content, "封面", "C15") == template.cover.verdict_blocking
    changed = builders.recalculated(builders.typed(content, "校验表", {f"K{row}": 4_000_000.0}), template)
    assert builders.result_of(changed, "校验表", f"H{row}") == "相符"
    path = builders.returned(tmp_path, "101.xlsx", changed)
    report = check(path, template)
    assert [(finding.rule, finding.place.address) for finding in report.findings] == [
        ("changed_control", f"K{row}"), ("K-02", "E6")
    ]  # fmt: skip
    raised = Roster((unit,), {"101": {"控制数_项目支出": Decimal(339)}})
    assert [finding.rule for finding in check(path, template, roster=raised).findings] == ["changed_control"]
    lowered = Roster((unit,), {"101": {"控制数_项目支出": Decimal(300)}})
    over = check(path, template, roster=lowered).findings[1]
    assert_grammar(over)
    assert "相差 39.00 万元（下发时为 338.99 万元，后经调整）。请在录入2" in over.message


def test_a_collection_keeps_the_control_totals_of_its_roster(
    department_workbooks: list[Path], template: WorkbookTemplate, tmp_path: Path
) -> None:
    roster = read_roster(listed(tmp_path / "名册.csv", LIMITED), template)
    with Collection.create(tmp_path / "收件", template, roster, user="经办") as made:
        assert made.roster == roster
    with Collection.open(tmp_path / "收件", user="经办") as opened:
        list(receive(opened, [department_workbooks[0]], workers=1))
        [receipt] = opened.receipts()
        assert (receipt.status.value, receipt.blocking) == ("退回", 1)


def test_mistakes_in_control_totals_are_told(template: WorkbookTemplate, tmp_path: Path) -> None:
    text = "编码,名称,性质,控制数_项目支出,控制数_基本支岀\n101,甲,行政,三百,1\n102,乙,行政,-5,\n"
    assert mistakes(listed(tmp_path / "名册.csv", text), template) == [
        "名册.csv:1: 模板里没有“控制数_基本支岀”这项控制数；最接近的是“控制数_基本支出”",
        "名册.csv:2: “控制数_项目支出”的“三百”不是金额；请写万元数，没有控制数的留空",
        "名册.csv:3: “控制数_项目支出”的“-5”不是金额；请写万元数，没有控制数的留空",
    ]
    fine = "编码,名称,性质,控制数_项目支出\n101,甲,行政,1.000001\n102,乙,行政,1.0000001\n"
    assert mistakes(listed(tmp_path / "细.csv", fine), template) == [
        "细.csv:3: “控制数_项目支出”的“1.0000001”小数位太多，比录入的金额还细；请核对"
    ]


def test_the_manifest_and_the_notes_say_what_was_sent(template: WorkbookTemplate, tmp_path: Path) -> None:
    roster = Roster(
        (Unit("0101", "=甲", "行政", "示范厅"), Unit("0102", "乙", "事业")),
        {"0101": {"控制数_项目支出": Decimal("338.99")}},
    )
    paths = {unit.code: tmp_path / f"{unit.code}.xlsx" for unit in roster.units}
    for path in paths.values():
        path.write_bytes(b"x")
    sent = {code: Issued(path, Outcome.WRITTEN) for code, path in paths.items()}
    manifest = write_manifest(template, roster, sent, tmp_path).read_bytes()
    assert manifest.startswith(b"\xef\xbb\xbf")
    digest = hashlib.sha256(b"x").hexdigest()
    head, one, other = csv.reader(manifest.decode("utf-8-sig").splitlines())
    assert head[5:] == ["文件", "SHA-256", "模板", "模板摘要", "控制数_项目支出（万元）"]
    assert one == [
        "0101", "'=甲", "行政", "示范厅", "", "0101.xlsx", digest, template.id, template.digest, "338.99"
    ]  # fmt: skip
    assert other[5:7] == ["0102.xlsx", digest] and other[-1] == ""
    notes = write_notes(template, roster, sent, tmp_path, date(2023, 2, 10))
    assert [path.name for path in notes] == ["0101_=甲.txt", "0102_乙.txt"]
    first, second = (path.read_text(encoding="utf-8-sig") for path in notes)
    assert "“0101.xlsx”。请于 2023 年 2 月 10 日前填好报送" in first
    assert "一般公共预算项目支出控制数：不超过 338.99 万元" in first
    assert "报送主管部门；" in second and "控制数" not in second and "{" not in first + second


def test_wording_with_an_unknown_name_is_refused(template: WorkbookTemplate, tmp_path: Path) -> None:
    (tmp_path / "distribution").mkdir()
    (tmp_path / "distribution" / "covering_note.txt").write_text("{单位名}：", encoding="utf-8")
    roster = Roster((Unit("1", "甲", "行政"),))
    own = replace(template, folder=tmp_path)
    with pytest.raises(InputError, match="”没有这个名称；最接近的是“单位”；可用 单位、编码"):
        write_notes(own, roster, {"1": Issued(tmp_path / "1.xlsx", Outcome.WRITTEN)}, tmp_path)
    assert write_notes(replace(template, folder=tmp_path / "无"), roster, {}, tmp_path) == ()


# ------------------------------------------------------------- codes of a unit


CODED = (
    "单位编码,单位名称,单位性质,允许的功能科目\n"
    "101,示范厅机关,行政,20103、208；2101101\n102,示范厅执法监督局,参公,\n"
)


@pytest.mark.filterwarnings("ignore:Print area cannot be set")
def test_a_unit_is_offered_the_codes_that_the_roster_allows(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    """208 of the list stands for 2080501 and the others below it, 2101101 for itself."""
    roster = read_roster(listed(tmp_path / "名册.csv", CODED), template)
    assert roster.codes == {"101": {"功能科目": ("20103", "208", "2101101")}}
    paths = generate_each(template, tmp_path / "下发", roster, capacity=SMALL)
    (offered, said), (others, _) = map(offered_codes, paths)
    items = item_codes(template)
    assert others == items
    assert offered == [code for code in items if code.startswith(("20103", "208")) or code == "2101101"]
    assert 5 < len(offered) < len(items)
    assert "由主管部门规定" in said


def item_codes(template: WorkbookTemplate) -> list[str]:
    """Return the functional codes that can be entered, from the file."""
    path = template.folder / "catalogues" / "functional_classification.csv"
    with path.open(encoding="utf-8-sig") as file:
        return [row["code"] for row in csv.DictReader(file) if row["level"] == "项"]


def offered_codes(path: Path) -> tuple[list[str], str]:
    """Return the functional codes on the drop-down of a workbook, and what it says to others."""
    book = openpyxl.load_workbook(path)
    rules = book["录入1 基本支出"].data_validations.dataValidation
    [rule] = [part for part in rules if str(part.sqref).startswith("C")]
    sheet, cells = book.defined_names[rule.formula1].attr_text.split("!")
    return [row[0].value for row in book[sheet.strip("'")][cells.replace("$", "")]], rule.error


@pytest.mark.filterwarnings("ignore:Print area cannot be set")
def test_a_unit_is_offered_the_codes_of_its_kind(template: WorkbookTemplate, tmp_path: Path) -> None:
    """A code list that keeps 208 for one kind of unit, but 2080505 for two: by its own column."""
    kinds = {"208": "行政", "2080505": "行政、事业"}
    own = load_template(builders.with_reserved_codes(template, tmp_path / "own" / "2023", kinds))
    roster = Roster((Unit("2", "乙", "事业"),))
    [(offered, said)] = map(offered_codes, generate_each(own, tmp_path / "下发", roster, capacity=SMALL))
    items = item_codes(own)
    assert offered == [code for code in items if not code.startswith("208") or code == "2080505"]
    assert "只列事业单位可用的编码" in said
    text = "编码,名称,性质,允许的功能科目\n1,甲,行政,20805\n2,乙,事业,20805、20807\n"
    assert mistakes(listed(tmp_path / "名册.csv", text), own) == [
        "名册.csv:3: “允许的功能科目”的“20807”按代码表“功能科目”的“适用单位”不供“事业”单位使用；"
        "请改正名册，或改代码表"
    ]


def test_a_code_that_a_unit_may_not_use_is_found(template: WorkbookTemplate, tmp_path: Path) -> None:
    """Issued for 208 alone; the unit uses 2040299, which the roster has come to allow in the meantime."""
    unit, issue = Unit("101", "示范厅机关", "行政"), Issue(codes={"功能科目": ("208",)})
    content = workbook_bytes(template, unit, projects(template, "100"), capacity=SMALL, issue=issue)
    path = builders.returned(tmp_path, "101.xlsx", content)
    found, money = check(path, template).findings
    assert money.rule == "wrong_money"  # the unit has 100 元
    assert_grammar(found)
    assert (found.rule, found.place.sheet, found.place.address, found.stored) == (
        "disallowed_code", "录入2 项目支出", "E6", "2040299"
    )  # fmt: skip
    allowed = Roster((unit,), codes={"101": {"功能科目": ("204",)}})
    assert [part.rule for part in check(path, template, roster=allowed).findings] == ["wrong_money"]
    with Collection.create(tmp_path / "收件", template, allowed, user="经办") as made:
        assert made.roster == allowed


def test_mistakes_in_the_codes_of_a_unit_are_told(template: WorkbookTemplate, tmp_path: Path) -> None:
    text = "编码,名称,性质,允许的功能科目,允许的科目\n101,甲,行政,208，2080599999,\n102,乙,行政,20102,\n"
    path = listed(tmp_path / "名册.csv", text)
    first, second, third = mistakes(path, template)
    assert first == "名册.csv:1: 模板里没有“允许的科目”这一列；最接近的是“允许的功能科目”"
    assert second == (
        "名册.csv:2: “允许的功能科目”的“2080599999”不在代码表“功能科目”里；最接近的是“2089999”；"
        "几个编码之间用顿号隔开"
    )
    assert third == (
        "名册.csv:3: “允许的功能科目”的“20102”下面没有可以填的编码；请改正，或先补全代码表“功能科目”"
    )
