"""录入表的表格以外填了数：下方超出的行、旁边的列，没有读取。"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Finding, Irregularity, Place, Severity, Trouble

TITLE = "表格以外填了数"
SEVERITY = Severity.BLOCKING
_MOST_NAMED = 5
_BESIDE = {"旁边", "列间"}
_WHERE = {"下方": "表格下方", "旁边": "表格旁边", "行间": "插入的行里", "列间": "插入的列里"}


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each sheet with numbers outside its table: below it they are missing entries."""
    sheets: dict[str, list[Irregularity]] = {}
    for part in evidence.irregular(Trouble.OUTSIDE_TABLE):
        sheets.setdefault(part.sheet, []).append(part)
    for sheet, parts in sheets.items():
        yield _finding(evidence, sheet, sorted(parts, key=lambda part: (part.text in _BESIDE, part.address)))


def _finding(evidence: Evidence, sheet: str, parts: Sequence[Irregularity]) -> Finding:
    first = parts[0]
    titles = evidence.template.titles(department=evidence.submission.department)
    theirs = evidence.submission.renamed.get(sheet, sheet)
    place = Place(titles[sheet], "", "", theirs, first.address)
    others = "、".join(part.address for part in parts[1:_MOST_NAMED])
    more = f"，还有 {others}{' 等' if len(parts) > _MOST_NAMED else ''}，共 {len(parts)} 格" if others else ""
    below = first.text not in _BESIDE
    advice = (
        "请移到表内的空行（行数不够的，请主管部门增加行数后重新下发）"
        if below
        else "是预算数的请填到表内，不是的请删去"
    )
    message = f"{place}：{_WHERE[first.text]}填了“{first.value}”{more}，不是表内的格，没有读取。{advice}。"
    severity = SEVERITY if below else Severity.EXPLAIN
    return evidence.finding("outside_table", severity, None, message, place=place, stored=first.value)
