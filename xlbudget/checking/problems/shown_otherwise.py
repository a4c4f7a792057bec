"""单元格显示的和存着的不是一回事：日期、百分比、分数、科学记数的格式改了数的意思。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Finding, Severity, Trouble
from xlbudget.model.words import shown

TITLE = "显示的和存着的不同"
SEVERITY = Severity.BLOCKING


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each entry whose format makes another thing of it; a note where it can be read."""
    for part in evidence.irregular(Trouble.SHOWN_OTHERWISE, Trouble.READ_AS_SHOWN):
        if part.cell is None:
            continue
        place, kind = evidence.place(part.cell), part.address
        what = f"{place}：单元格是{kind}格式，显示为“{part.value}”，存着的是 {part.text}"
        if part.kind is Trouble.SHOWN_OTHERWISE:
            message = f"{what}，不知以哪个为准，没有读取，依赖它的校验未运行。请把格式改回原来的，重新填写。"
            severity = SEVERITY
        else:
            row = evidence.entered.get(part.cell)
            read = shown(row, evidence.money(part.cell))
            message = f"{what}，已按 {read} 读取。请核对，并把格式改回原来的。"
            severity = Severity.NOTE
        yield evidence.finding(
            "shown_otherwise", severity, part.cell, message, stored=part.text, expected=part.value
        )
