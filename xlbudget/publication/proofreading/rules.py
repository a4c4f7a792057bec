"""What is held against the workbook in a document, by number, in words."""

from __future__ import annotations

from dataclasses import dataclass

from xlbudget.model import Severity
from xlbudget.publication.proofreading.tokens import Kind


@dataclass(frozen=True, slots=True)
class DocumentRule:
    """What is held against the workbook: number, words, severity."""

    id: str
    title: str
    severity: Severity


RULES = {
    Kind.MONEY: DocumentRule("N-金额", "情况说明中的金额＝工作簿中的数", Severity.EXPLAIN),
    Kind.SHARE: DocumentRule("N-比例", "情况说明中的比例＝按工作簿算出的比例", Severity.EXPLAIN),
    Kind.COUNT: DocumentRule("N-数量", "情况说明中的个数、数量＝工作簿中的数", Severity.EXPLAIN),
    Kind.YEAR: DocumentRule("N-年份", "年份是本年或上年，与这句话相符", Severity.EXPLAIN),
    Kind.WORD: DocumentRule("N-增减", "增加、减少与实际变动方向相符", Severity.EXPLAIN),
}
NAMES = DocumentRule("N-名称", "科目、项目和单位的名称与工作簿一致，没有遗漏", Severity.EXPLAIN)
SUPPORT = DocumentRule("N-出处", "文中的金额在工作簿中有出处", Severity.NOTE)
PLACEHOLDER = DocumentRule("N-占位", "没有留下没填的占位符", Severity.EXPLAIN)
OMITTED = DocumentRule("N-遗漏", "各段写全，没有删去大半", Severity.EXPLAIN)
DANGLING = DocumentRule("N-断句", "没有断头断尾的句子", Severity.EXPLAIN)
MARKS = DocumentRule("N-标点", "标点没有连写", Severity.NOTE)
IMPOSSIBLE = DocumentRule("N-超百", "占比不超过 100%", Severity.EXPLAIN)
DIRECTION = DocumentRule("N-正负", "增减的方向只写一次", Severity.EXPLAIN)
DOCUMENT = DocumentRule("N-文档", "文档说的是这个工作簿", Severity.BLOCKING)
STYLE = DocumentRule("N-写法", "金额的千分位、小数位数前后一致", Severity.NOTE)
EVERY = (
    DOCUMENT,
    *RULES.values(),
    DIRECTION,
    NAMES,
    SUPPORT,
    PLACEHOLDER,
    OMITTED,
    DANGLING,
    MARKS,
    IMPOSSIBLE,
    STYLE,
)
