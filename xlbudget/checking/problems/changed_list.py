"""代码表被改动：加了、删了或改了编码和名称。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.problems._changed_formulas import not_following
from xlbudget.model import Finding, Place, Severity, Trouble
from xlbudget.model.words import shown

TITLE = "代码表被改动"
SEVERITY = Severity.EXPLAIN


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each code list that is not the template's: it blocks where results follow it."""
    for part in evidence.irregular(Trouble.CHANGED_LIST):
        theirs = evidence.submission.renamed.get(part.sheet, part.sheet)
        title = next(one.title for one in evidence.template.catalogues if one.sheet == part.sheet)
        place = Place(title, "", "", theirs, part.address)
        more = f"，共 {part.value} 行与下发的不同" if part.value != "1" else ""
        wrong, followed = not_following(evidence), ""
        if wrong is not None:
            stored, money = evidence.submission.stored[wrong], evidence.money(wrong)
            followed = (
                f"公开表因此不同，如{evidence.place(wrong)}，保存值 {shown(stored.value, money)}，"
                f"按下发的代码表计算为 {shown(evidence.recalculated(wrong), money)}。"
            )
        message = (
            f"{place}：代码表被改动，{part.text}{more}。审核按下发的代码表进行。{followed}"
            "请恢复原表（从原模板复制）；确需增改编码的，请主管部门更新代码表。"
        )
        severity = SEVERITY if wrong is None else Severity.BLOCKING
        yield evidence.finding("changed_list", severity, None, message, place=place)
