"""The table of what came back and what the tool says: made by the tests, and held to them.

A test of ``@pytest.mark.returned(number, what)`` speaks of one kind of :data:`KINDS`. What its report says
is a line of the table; ``pytest tests/checking tests/files -k "returned or resaved" --write-table`` writes
it anew, every other run compares.
"""

from __future__ import annotations

import re
from pathlib import Path

from xlbudget import Report

PATH = Path(__file__).parents[2] / "docs" / "returned_workbooks.md"

KINDS = {
    1: "数字存成文本、带空格、千分位逗号",
    2: "全角数字和逗号、不间断空格、“—”“无”“元”",
    3: "编码丢了前导零、编码存成数字",
    4: "编码与名称不一致、整段编码改成 01、02、03、旧名称",
    5: "数值粘贴盖住公式或有效性",
    6: "行被插入、删除、排序，或错行粘贴",
    7: "中间空行、远处有零星字符",
    8: "上年的模板、别的单位或别的部门的文件",
    9: "随复制的工作表带进来的隐藏或失效名称",
    10: "合并单元格、隐藏行列、加列、使用区域拉到最后",
    11: "工作表改名、调序、删除",
    12: "旧格式、加密、截断、锁文件、不是工作簿",
    13: "没有计算结果、手动计算、结果过期、外部链接",
    14: "元与万元混填（差一万倍）",
    15: "手工凑数的合计",
    16: "改了一处，忘了另一处",
    17: "零与空白混用、空表没有注明",
    18: "项目同名、一个项目两个科目",
    19: "同一单位报两次、两个单位在一个文件",
    20: "只含当年的数与含结转的数混用",
    21: "负数、小数过多、天文数字、错误值",
    22: "WPS、LibreOffice、Excel 2010、Numbers 保存的文件",
    23: "批注、涂色、单位自加的工作表",
    24: "一个动作牵动很多格：整列、整张表、整个工作簿",
    25: "单位的名称、性质、上级与名册不同",
    26: "重复的行、错栏或照抄的一段",
    27: "与上年对不上的单位和项目",
}

_HEAD = """\
# 收回来的工作簿：什么样的文件，工具怎么说

每一行都是把一个填好的真实预算按那种方式弄坏、再审核得到的原话。这张表由测试生成，并由测试保证与程序一致：
`pytest tests/checking tests/files -k "returned or resaved" --write-table`。

| # | 收回来的 | 结论 | 工具的话 |
|---|---|---|---|
"""
_MOST = 3  # messages of one line; more of the same say nothing new


def line(number: int, what: str, report: Report) -> str:
    """Return the line of the table for one report."""
    verdicts = "、".join(dict.fromkeys(workbook.verdict for workbook in report.workbooks))
    said = [finding.message for finding in report.findings]
    more = [f"……共 {len(said)} 项。"] if len(said) > _MOST else []
    remarks = [remark for workbook in report.workbooks for remark in workbook.remarks]
    words = [*said[:_MOST], *more, *(f"备注：{remark}" for remark in remarks)] or ["（没有问题）"]
    cells = (f"{number} {KINDS[number]}", what, verdicts, "<br>".join(words))
    return f"| {' | '.join(_cell(text) for text in cells)} |"


def _cell(text: str) -> str:
    text = re.sub(r"\b[0-9a-f]{12}\b", "……", text)  # what a template's version is called changes with it
    return text.replace("|", "\\|").replace("\n", " ").replace("\u00a0", "␣").replace("*", "\\*")


def lines() -> list[str]:
    """Return the lines of the table as it is kept."""
    text = PATH.read_text(encoding="utf-8") if PATH.is_file() else ""
    return [part for part in text.splitlines() if part.startswith("| ") and not part.startswith("| #")]


def write(found: set[str]) -> None:
    """Write the table: by number, then in the order of the words."""
    ordered = sorted(found, key=lambda part: (int(part[2:].split(" ", 1)[0]), part))
    PATH.write_text(_HEAD + "\n".join(ordered) + "\n", encoding="utf-8")
