"""What is wrong with the text of a published document, as findings at its words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from xlbudget.checking.published.mistakes import FOUND
from xlbudget.checking.published.statements import Passage
from xlbudget.model import CellValue, Finding, Operand, Severity

TEXT = {
    "text_figure": ("文中的金额与本文件的表一致", Severity.EXPLAIN),
    "text_money": ("文中的金额单位与本文件的表一致", Severity.EXPLAIN),
    "text_share": ("文中的占比按本文件的数重新计算相符", Severity.EXPLAIN),
    "text_rate": ("文中的增减幅度重新计算相符", Severity.EXPLAIN),
    "text_done": ("文中的预算完成比例重新计算相符", Severity.EXPLAIN),
    "text_direction": ("增加、减少等词与数的方向一致", Severity.EXPLAIN),
    "text_year": ("年份是本年，比较的是上年", Severity.EXPLAIN),
    "text_contradiction": ("文中同一件事的数前后一致", Severity.EXPLAIN),
    "text_level": ("“单位”“部门”与文件的级次一致", Severity.EXPLAIN),
    "text_name": ("科目和项目的名称与表一致", Severity.EXPLAIN),
    "text_list": ("列举的科目在表中有金额", Severity.EXPLAIN),
    "text_count": ("所写的个数与列举的相符", Severity.EXPLAIN),
    "text_numbering": ("标题的编号连续", Severity.EXPLAIN),
    "text_contents": ("目录与正文的标题一致", Severity.EXPLAIN),
    "text_repeated": ("没有整段重复的文字", Severity.EXPLAIN),
    "text_placeholder": ("没有留下没填的占位符", Severity.EXPLAIN),
    "text_sentence": ("句子完整", Severity.EXPLAIN),
    "text_marks": ("标点、括号成对，词语没有连写", Severity.EXPLAIN),
    "text_internal": ("没有只供内部使用的标记", Severity.EXPLAIN),
    "text_private": ("没有不宜公开的姓名、电话和原始时间", Severity.EXPLAIN),
}
"""What is looked for in the text: title and severity by name."""


@dataclass(frozen=True, slots=True)
class TextFault:
    """One fault at some characters of a passage. ``stored`` and ``value`` are amounts in 元, if any."""

    rule: str
    passage: Passage
    start: int
    end: int
    what: str
    expected: str = ""
    stored: CellValue = None
    value: CellValue = None
    operands: tuple[Operand, ...] = ()
    note: bool = False


def text_finding(fault: TextFault, file: str, unit: str) -> Finding:
    """Return the finding of a fault, with the place of its words."""
    title, severity = TEXT[fault.rule]
    place = fault.passage.place(fault.start, fault.end)
    found = fault.passage.text[fault.start : fault.end][:FOUND]
    stored, value = fault.stored, fault.value
    both = isinstance(stored, Decimal) and isinstance(value, Decimal)
    difference = stored - value if isinstance(stored, Decimal) and isinstance(value, Decimal) else None
    where = place.where or f"第 {fault.passage.number + 1} 段"
    return Finding(
        rule=fault.rule,
        severity=Severity.NOTE if fault.note else severity,
        message=f"{where}：{fault.what}。请核对后改正。",
        unit=unit,
        file=file,
        place=replace(place, form=place.form or "文字", line=fault.passage.text[:20]),
        stored=stored if both else found or None,
        expected=value if both else fault.expected or None,
        difference=difference,
        money="元" if both else "",
        kind=title,
        found=found,
        operands=fault.operands,
    )
