# ruff: noqa: E501  one mistake a line reads better than one in six
"""Lint names every mistake in the definitions with file, line and the nearest valid name."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import builders

from xlbudget import load_template
from xlbudget.checking.definitions.lint import lint, lint_template
from xlbudget.model import WorkbookTemplate
from xlbudget.model.errors import DefinitionError

F1 = "forms/f01_revenue_and_expenditure.toml"
F2 = "forms/f02_revenue.toml"
F12 = "forms/f12_projects_current_year.toml"
RULES = "cross_form_rules.toml"
BASIC = "entries/basic_expenditure.toml"
CODES = "catalogues/functional_classification.csv"

MISTAKES = [
    # file, text, what it becomes, text on the line named (default: what it becomes), words of the message
    (F1, '"SUM(一般公共预算:单位资金)"', '"SUM(一般公共预算:单位资产)"', "单位资产", "没有名为“单位资产”的行；最接近的是“单位资金”"),
    (F1, "收入.财政专户管理资金[本年收入]", "收入.财政专户管理资金[本年收人]", "本年收人", "没有“本年收人”列；最接近的是“本年收入”"),
    (F1, '"本年收入合计+上年结转"', '"本年收入合计+"', '"本年收入合计+"', "公式结尾"),
    (F1, '"本年收入合计+上年结转"', '"ROUND(本年收入合计,2)"', "ROUND", "不能使用函数 ROUND"),
    (F1, '"本年收入合计+上年结转"', '"INDIRECT(本年收入合计)"', "INDIRECT", "不能使用函数 INDIRECT"),
    (F1, 'formula = "SUM(一般公共预算:单位资金)"', 'formula = "收入总计-上年结转"', 'formula = "收入总计-上年结转"', "公式循环引用：F1收入[收入] → F1收入[收入]"),
    (F1, 'number = 1\n', 'number = "一"\n', 'number = "一"', "属性“number”应为整数"),
    (F1, 'caption = "预算公开表1"', 'captoin = "预算公开表1"', "captoin", "不认识的属性“captoin”；最接近的是“caption”"),
    (F1, 'kind = "amount", width = 14, formula = "[@当年预算安排]', 'kind = "amuont", width = 14, formula = "[@当年预算安排]', "amuont", "最接近的是“amount”"),
    (F1, '"[@当年预算安排]+[@上年结转安排]"', '"[@当年预算]+[@上年结转安排]"', "[@当年预算]+", "没有“当年预算”列；最接近的是“当年预算安排”"),
    (F1, 'key = "科目编码"\n', 'key = "编码科目"\n', "[[panel]]", "“编码科目”不是列"),
    (F1, 'sheet = "公开表1"', 'sheet = "公开表2"', None, "工作表名“公开表2”重复"),
    (F1, 'sheet = "公开表1"', 'sheet = "公开/表1"', None, "工作表名“公开/表1”不合要求"),
    (F2, "number = 2\n", "number = 3\n", None, "表号“3”重复"),
    (F2, 'id = "F2"\nnumber', 'id = "F3"\nnumber', None, "编号或表名“F3”重复"),
    (F2, 'id = "F2"\nnumber', 'id = "项目支出"\nnumber', None, "编号或表名“项目支出”重复"),
    (F2, 'id = "F2"\nnumber', 'id = "功能科目"\nnumber', None, "编号或表名“功能科目”重复"),
    (F2, 'id = "F2"\nnumber', 'id = "名词解释"\nnumber', None, "编号或表名“名词解释”重复"),
    (F2, 'rank = "收入序"', 'rank = "收人序"', "收人序", "没有“收人序”列；最接近的是“收入序”"),
    (F2, "LAST(功能汇总[收入序])", "LAST(功能汇总总[收入序])", "功能汇总总", "没有名为“功能汇总总”"),
    (F2, '{ open = "功能汇总"', '{ open = "功能汇聚"', "功能汇聚", "open 指的“功能汇聚”不是表；最接近的是“功能汇总”"),
    (F2, '"收入序", capacity = 160', '"收入序", capacity = "很多"', "很多", "capacity 应为正整数"),
    (F2, '功能科目[级次],\\"类\\")/元每万元" }, "政府', '功能科目[级次],\\"累\\")/元每万元" }, "政府', "累", "代码表里没有“累”"),
    (F2, '/元每万元", "政府', '/元万元", "政府', "/元万元", "没有名为“元万元”的行"),
    (F2, 'line_name = "{科目编码} {科目名称}"', 'line_name = "{科目编码} {科目名}"', "[[panel]]", "“科目名”不是列；最接近的是“科目名称”"),
    (F12, 'capacity = ["项目支出", "单位名册"]', 'capacity = ["项目支出", "单位名单"]', "单位名单", "“单位名单”不是录入表；最接近的是“单位名册”"),
    (RULES, 'severity = "blocking"', 'severity = "error"', 'severity = "error"', "severity 应为 blocking"),
    (RULES, "F1.本年收入合计[收入] = SUM(", "F1.本年收入合计[收入] + SUM(", "F1.本年收入合计[收入] + SUM(", "应写成“左 = 右”"),
    (RULES, 'over = "F1支出"', 'over = "F1支付"', None, "over 指的“F1支付”不是表格；最接近的是“F1支出”"),
    (RULES, 'over = "绩效目标"', 'over = "绩效目票"', None, "over 指的“绩效目票”不是表格；最接近的是"),
    (RULES, "绩效计算[@年度来源]", "绩效计算[@年度来原]", "绩效计算[@年度来原]", "没有“年度来原”列；最接近的是“年度来源”"),
    ("template.toml", 'second = "二级指标"', 'second = "二级指"', "[indicators]", "没有“二级指”列；最接近的是“二级指标”"),
    ("template.toml", '"满意度" = ["服务对象满意度"]', '"满意度" = ["服务满意度"]', "[indicators]", "“服务满意度”不是“二级指标”的一种；最接近的是“服务对象满意度”"),
    ("template.toml", 'texts = ["项目概况"]', 'texts = ["项目概括"]', "[stated_amounts]", "没有“项目概括”列；最接近的是“项目概况”"),
    (RULES, 'table = "基本支出"\ncolumn', 'table = "基本支付"\ncolumn', "[rule.pairing]", "规则 X-22 的 pairing：“基本支付”不是没有固定行的录入表；最接近的是“基本支出”"),
    (RULES, 'column = "经济科目"', 'column = "经济科"', "[rule.pairing]", "“经济科”不是“基本支出”的编码列；最接近的是“经济科目”"),
    (RULES, 'among = ["2080505"]', 'among = ["2080555"]', "[rule.pairing]", "“2080555”不在“功能科目”的代码表中；最接近的是“2080505”"),
    (RULES, 'codes = ["30108"]', "codes = []", "[rule.pairing]", "没有写“经济科目”有哪些编码"),
    (RULES, 'amount = "本年一般公共预算"', 'amount = "经济科目"', "[rule.pairing]", "amount“经济科目”不是“基本支出”的金额列"),
    (RULES, '2101102 = ["事业"] }', '2101102 = ["事业单位"] }', None, "没有“事业单位”这种单位性质；最接近的是“事业”"),
    (RULES, '2101102 = ["事业"] }', '2101102 = "事业" }', None, "kinds 里的“2101102”应为单位性质的列表"),
    (RULES, '2101102 = ["事业"] }', '2101103 = ["事业"] }', None, "kinds 里的“2101103”不在 among 里"),
    ("template.toml", 'left_over = ["结转一般公共预算"', 'left_over = ["结转一般公共预"', None, "left_over“结转一般公共预”不是 lines 所说录入表的列；最接近的是“结转一般公共预算”"),
    (RULES, 'id = "F1-02"', 'id = "F1-01"', None, "规则编号“F1-01”重复"),
    (RULES, 'kinds = ["事业"]', 'kinds = ["事业单位"]', None, "没有“事业单位”这种单位性质；最接近的是“事业”"),
    (RULES, 'follows = ["E-01"]', 'follows = ["E-99"]', None, "follows 里没有规则“E-99”"),
    ("forms/f10_three_public.toml", '"30212"', '"30292"', "30292", "代码表里没有“30292”；最接近的是“31022”"),
    (RULES, "statement = 'F1.收入总计[收入] = F1.本年收入合计[收入] + F1.上年结转[收入]'\n", "", None, "缺少 statement"),
    (BASIC, 'catalogue = "部门经济科目"', 'catalogue = "部门经济"', "部门经济", "没有名为“部门经济”的代码表；最接近的是“部门经济科目”"),
    (BASIC, '"级次" = ["项"]', '"级别" = ["项"]', "级别", "only 里的“级别”不是“功能科目”的列；最接近的是“级次”"),
    (BASIC, '"级次" = ["项"]', '"级次" = ["目"]', '"目"', "列没有“目”"),
    (BASIC, 'key = "经费性质", heading = ["经费性质"]', 'key = "经济科目", heading = ["经费性质"]', None, "列“经济科目”重复"),
    (BASIC, "capacity = 300", "capacity = 0", None, "录入表要有固定行"),
    (BASIC, 'department_only = ["单位编码", "抵销"]', 'department_only = ["单位号", "抵销"]', None, "department_only 里的“单位号”不是列"),
    (BASIC, 'MATCH([@功能科目],功能科目[编码],0)', 'MATCH([@功能科目],功能科目[编码],1)', "编码],1)", "MATCH 的第三个参数只能是 0"),
    ("workings/functional_codes.toml", "'PRIOR([@收入序])+IF(", "'2*PRIOR([@收入序])+IF(", "2*PRIOR", "PRIOR 只能写成 PRIOR([@收入序])"),
    ("workings/functional_codes.toml", "基本计算[{级次}]", "基本计算[{级别}]", "{级别}", "“{级别}”不是代码表的列；最接近的是“级次”"),
    ("workings/basic_rows.toml", 'rows_of = "基本支出"', 'rows_of = "基本指出"', None, "rows_of 指的“基本指出”不是表；最接近的是“基本支出”"),
    ("workings/appropriation_structure.toml", "rows = 8", 'rows_of = "功能科目"\nrows = 8', None, "计算表的行要么与一张表逐行对应（rows_of），要么写明行数（rows）"),
    ("workings/appropriation_structure.toml", 'amounts = "金额"', 'amounts = "数额"', "[chart]", "“拨款结构”没有“数额”列"),
    ("workings/appropriation_structure.toml", 'heading = ["占比"], ', "", 'key = "占比"', "列“占比”没有表头"),
    ("template.toml", '"*", "拨款结构",', '"*",', None, "“拨款结构”没有列在 template.toml 的 sheets 里"),
    ("template.toml", '"封面", "目录", "填表说明",', '"封面", "目录", "填表说名",', None, "“填表说名”不是任何表"),
    ("template.toml", 'kinds = "单位计算[单位性质]"', 'kinds = "单位计算[单位性别]"', None, "没有“单位性别”列；最接近的是“单位性质”"),
    ("template.toml", "factor = 10000", "factor = 0", None, "factor 应不小于 1"),
    ("template.toml", "year = 2023", "year = 02023", "02023", "TOML 语法错误"),
    (CODES, "2040201,行政运行,项,20402", "2040201,行政运行,项,20492", "20492", "“2040201”的上级“20492”不在代码表中；最接近的是“20"),
    (CODES, "2040202,一般行政管理事务,项,20402", "2040201,一般行政管理事务,项,20402", None, "编码“2040201”重复"),
    (CODES, "code,name,level,parent,verified", "code,name,levle,parent,verified", None, "表头缺少“level”（级次）列；最接近的是“levle”"),
    (F1, 'title = "{year}年预算收支总表"', 'title = "{year}年预算收入总表"', None, "标题相同，公布的表就分不清"),
    (F1, 'title = "{year}年预算收支总表"', 'title = "{年度}年预算收支总表"', None, "里的“{年度}”不会换成别的字"),
    (F1, 'empty_note = "注：本表无数据"', 'empty_note = "注：{单位名}无数据"', "{单位名}", "文字里没有“{单位名}”这种写法；最接近的是“单位名称”"),
    (F1, 'number = 1\n', 'number = 1\nmoney = "千元"\n', "千元", "没有金额单位“千元”；最接近的是"),
    (F1, 'number = 1\n', 'number = 1\ndecimals = 12\n', "decimals", "decimals 应在 0 到 8 之间"),
    (F1, 'number = 1\n', 'number = 1\n\n[department]\ncolumns = { "收人" = { hidden = true } }\n', None, "[department] 里的“收人”不是栏；最接近的是“收入”"),
    (F1, 'number = 1\n', 'number = 1\n\n[department]\ncolumns = { "项目" = 3 }\n', None, "[department] 里的“项目”应写成 { … }"),
    (F1, 'number = 1\n', 'number = 1\n\n[department]\nnumber = 2\n', None, "[department] 里不能改“number”"),
    (F1, 'heading = ["支出", "上年结转安排"]', 'heading = ["支出", "当年预算安排"]', None, "栏目文字完全相同，读回时分不清"),
    (F1, 'caption = "预算公开表1"', "caption = “预算公开表1”", "caption", "““”是中文标点；引号、逗号、等号、括号都要用英文半角"),
    (F1, 'caption = "预算公开表1"', 'caption = "预算公开表1', "caption", "TOML 语法错误：文字缺少右边的引号"),
    (F2, '{ open = "功能汇总"', '{ open = "功能汇总", rank = "收入序", capacity = 5, listed = "0" },\n  { open = "功能汇总"', None, "有两块可变行，共用一个行数"),
    (BASIC, 'id = "基本支出"', 'id = "校验"', None, "“校验”是程序自己的表名"),
    (BASIC, 'key = "单位编码"', 'key = "单位代码"', None, "没有“单位编码”一栏，部门汇总时分不清各行是哪个单位的"),
    (BASIC, 'key = "经费性质"', 'key = "_位1"', None, "栏名“_位1”不能以下划线开头"),
    ("entries/reporting_unit.toml", "lines = [", 'lines = [\n  { key = "甲" }, { key = "乙" },', None, "封面上最多放 5 行单位情况，现有 6 行"),
    ("template.toml", "factor = 10000", 'factor = 10000\nunits = { "千元" = "一千" }', "千元", "金额单位“千元”应写等于多少元，正整数"),
    (CODES, "2040201,行政运行,项,20402,是", '2040201,"行政运行,项,20402,是', None, "引号没有配对"),
    ("catalogues/department_to_government_economic.csv", "30101,50101", "30101,50191", "50191", "“50191”不在“政府经济科目”中；最接近的是“50"),
]  # fmt: skip


@pytest.fixture
def copy(template: WorkbookTemplate, tmp_path: Path) -> Path:
    folder = tmp_path / "own" / "2023"
    shutil.copytree(template.folder, folder, ignore=shutil.ignore_patterns("blank", "demo"))
    return folder


def test_the_definitions_that_come_with_the_package_are_clean(template: WorkbookTemplate) -> None:
    assert lint(template.folder) == []
    assert lint(template.folder.parent.parent) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "marked", "words"), MISTAKES, ids=[f"{part[0]} {part[4]}" for part in MISTAKES]
)
def test_a_mistake_is_reported_with_file_line_and_nearest_name(
    copy: Path, file: str, old: str, new: str, marked: str | None, words: str
) -> None:
    builders.edit(copy / file, old, new)
    problems = lint(copy)
    matching = [problem for problem in problems if words in problem.message]
    assert matching, [str(problem) for problem in problems]
    if marked is not None:
        text = (copy / file).read_text(encoding="utf-8").splitlines()
        lines = {number for number, line in enumerate(text, 1) if marked in line}
        assert any(
            problem.source.file.endswith(file) and problem.source.line in lines for problem in matching
        ), [str(problem) for problem in problems]


def test_several_mistakes_are_reported_in_one_go(copy: Path) -> None:
    builders.edit(copy / F1, '"SUM(一般公共预算:单位资金)"', '"SUM(一般公共预算:单位资产)"')
    builders.edit(copy / F2, 'rank = "收入序"', 'rank = "收人序"')
    builders.edit(copy / RULES, 'kinds = ["事业"]', 'kinds = ["企业"]')
    text = " ".join(str(problem) for problem in lint(copy))
    assert "单位资产" in text
    assert "收人序" in text
    assert "企业" in text


def test_a_code_without_quotes_is_a_mistake_with_its_line(copy: Path) -> None:
    line = builders.edit(copy / F1, '"科目编码" = "201"', '"科目编码" = 0201')
    problems = lint(copy)
    assert f"{F1}:{line}" in str(problems[0])
    assert "TOML 语法错误" in problems[0].message


def test_a_folder_without_a_template_says_so(tmp_path: Path) -> None:
    assert [problem.message for problem in lint(tmp_path)] == ["这里没有模板；模板文件夹里应有 template.toml"]


def test_lint_does_not_import_the_heavy_libraries(template: WorkbookTemplate) -> None:
    code = (
        "import sys; from xlbudget.cli import run; code = run(sys.argv[1:]);"
        "heavy = {'numpy', 'pandas', 'scipy', 'formulas', 'openpyxl', 'xlsxwriter'} & set(sys.modules);"
        "print(heavy); sys.exit(code or bool(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "lint", str(template.folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_deleted_or_doubled_lint_answers_with_places(copy: Path, data: st.DataObject) -> None:
    files = sorted(path for path in copy.rglob("*") if path.suffix in {".toml", ".csv"})
    path = data.draw(st.sampled_from(files))
    original = path.read_bytes()
    lines = original.decode().splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines) - 1))
    changed = lines[:at] + (lines[at : at + 1] * 2 if data.draw(st.booleans()) else []) + lines[at + 1 :]
    try:
        path.write_text("".join(changed), encoding="utf-8")
        problems, template = lint_template(copy)
        assert template is not None or problems
        assert all(problem.source.line >= 1 and problem.source.file for problem in problems)
    finally:
        path.write_bytes(original)


def test_kinds_of_unit_in_a_code_list_are_the_templates(template: WorkbookTemplate, tmp_path: Path) -> None:
    kinds = {"20805": "行政、参公单位", "2080502": "事业"}
    folder = builders.with_reserved_codes(template, tmp_path / "own" / "2023", kinds)
    rows = (folder / CODES).read_text(encoding="utf-8").splitlines()
    [line] = [number for number, row in enumerate(rows, 1) if "参公单位" in row]
    assert [str(problem) for problem in lint(folder)] == [
        f"2023/{CODES}:{line}: “适用单位”没有“参公单位”这种单位性质；最接近的是“参公”"
    ]
    builders.edit(folder / "template.toml", '\nkinds = "适用单位"', '\nkinds = "适用"')
    words = "kinds 指的“适用”不是代码表“功能科目”的列；最接近的是“适用单位”"
    assert any(words in problem.message for problem in lint(folder))
    builders.edit(folder / "template.toml", '\nparent = "上级"', '\nparent = "上一级"')
    assert any("parent 指的“上一级”不是" in problem.message for problem in lint(folder))


def test_a_template_is_read_again_when_a_file_of_it_has_changed(copy: Path) -> None:
    first = load_template(copy)
    assert load_template(copy) is first
    original = (copy / "template.toml").read_bytes()
    builders.edit(copy / "template.toml", "山西省", "某省")
    assert load_template(copy).authority == first.authority.replace("山西省", "某省") != first.authority
    (copy / "template.toml").write_text("year = ", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(DefinitionError, match=r"template\.toml:1"):
            load_template(copy)
    (copy / "template.toml").write_bytes(original)
    assert load_template(copy) == first
    (copy / "document" / "document.txt").write_text("", encoding="utf-8")  # no part of the digest
    assert load_template(copy).document != first.document
