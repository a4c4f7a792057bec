"""金额以文本形式填写：Excel 合计时不计入，或按各自的方式理解。

The amount is read where it is unambiguous, so that nothing vanishes; the unit's own forms do
not contain it, hence blocking. Signs for nothing (“—”, “无”) change no sum and are a note.
"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.three_values import three_values
from xlbudget.model import ColumnKind, Finding, Severity, Trouble
from xlbudget.model.words import shown

TITLE = "金额是文本，不是数字"
SEVERITY = Severity.BLOCKING


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each amount typed as text."""
    upset = _upset(evidence)
    parts = list(evidence.irregular(Trouble.TEXT_AMOUNT, Trouble.NO_AMOUNT))
    for part in sorted(parts, key=lambda part: part.kind is Trouble.NO_AMOUNT) if upset else parts:
        if part.cell is None:
            continue
        money, place = evidence.money(part.cell), evidence.place(part.cell)
        if part.kind is Trouble.NO_AMOUNT:
            message = (
                f"{place}：填的是“{part.text.strip()}”，已按没有金额读取{upset}。没有金额的单元格请留空。"
            )
            severity = Severity.EXPLAIN if upset else Severity.NOTE
            yield evidence.finding("text_amount", severity, part.cell, message, stored=part.text, expected="")
            upset = ""
            continue
        message = (
            f"{place}：金额是文本“{part.text}”，Excel 求和时不计入；已按 {shown(part.value, money)} 读取"
            f"{upset or _left_out(evidence)}。"
            "请删除后重新输入数字（单元格左上角不应有绿色三角），再保存报送。"
        )
        yield evidence.finding(
            "text_amount", SEVERITY, part.cell, message, stored=part.text, expected=part.value
        )
        upset = ""


def _upset(evidence: Evidence) -> str:
    """Say which results the file shows as errors, since formulas add what is text here."""
    cells = sorted(evidence.text_errors, key=lambda cell: (evidence.is_helper(cell), cell))
    if not cells:
        return ""
    shown_there = evidence.submission.stored[cells[0]].value
    more = f"等 {len(cells)} 格" if len(cells) > 1 else ""
    return f"。公式因此出错：{evidence.place(cells[0])}{more}显示 {shown_there}，公开表不能用"


def _left_out(evidence: Evidence) -> str:
    """Name the first amount of the forms that the file shows without what is typed as text."""
    order = {table: at for at, table in enumerate(evidence.layout.tables)}
    forms = {panel.id for _, panel in evidence.template.panels}
    for cell in sorted(evidence.text_dependents, key=lambda cell: (order[cell.table], *cell[1:])):
        column, stored = evidence.layout.column(cell.table, cell.column), evidence.submission.stored.get(cell)
        if cell.table not in forms or column is None or column.kind is not ColumnKind.AMOUNT:
            continue
        if stored is not None and stored.kind != "blank" and not evidence.agree(cell, stored.value):
            ours, theirs = evidence.recalculated(cell), evidence.comparable(cell, stored.value)
            money = evidence.money(cell)
            return (
                f"。公开表因此少计，如{evidence.place(cell)}，保存值 {shown(theirs, money)}，"
                f"重新计算值 {shown(ours, money)}{three_values(evidence, cell)}"
            )
    return ""
