"""A document that speaks of another workbook: said once, in place of hundreds of amounts that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from xlbudget.checking.evidence import Evidence
from xlbudget.publication.proofreading.tokens import Kind, Token

_LEAST = 10  # amounts that differ: fewer are told one by one
_SHARE = 0.5  # of all amounts: differ


def other_workbook(
    evidence: Evidence, texts: Iterable[str], theirs: Iterable[Sequence[Token]], wrong: int, right: int
) -> str:
    """Return what to say of a document most of whose amounts (``wrong``) are not the workbook's."""
    if wrong < _LEAST or wrong < _SHARE * (wrong + right):
        return ""
    unit, year = evidence.submission.unit, evidence.template.year
    every = "".join("".join(text.split()) for text in texts)
    signs = [] if "".join(unit.name.split()) in every else ["文档里没有出现这个单位的名称"]
    years = Counter(int(token.value) for part in theirs for token in part if token.kind is Kind.YEAR)
    most = years.most_common(1)[0][0] if years else year
    if most != year:
        signs.append(f"文档写得最多的年份是 {most} 年")
    seen = f"；{'，'.join(signs)}" if signs else ""
    return (
        f"文档里的 {wrong + right} 个金额有 {wrong} 个与工作簿不符，文档和工作簿多半不是一套：工作簿是"
        f"“{unit.code} {unit.name}” {year} 年的{seen}。请核对是不是拿错了文件，配对后再核对。"
    )
