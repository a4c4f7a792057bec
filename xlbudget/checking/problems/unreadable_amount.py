"""金额单元格里的内容无法认作金额，或是错误值。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Finding, Severity, Trouble

TITLE = "金额无法识别"
SEVERITY = Severity.BLOCKING


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each entry cell whose content is no amount."""
    formulas = {part.cell: part.text for part in evidence.irregular(Trouble.ENTRY_FORMULA)}
    for part in evidence.irregular(Trouble.UNREADABLE_AMOUNT, Trouble.ERROR_VALUE):
        if part.cell is None:
            continue
        what = "是错误值" if part.kind is Trouble.ERROR_VALUE else "无法认作金额"
        if part.text.strip().endswith(("%", "％", "‰")):
            what = "是比例，不是金额"
        held = _held(part.text, formulas.get(part.cell, ""))
        message = (
            f"{evidence.place(part.cell)}：{held}{what}，依赖它的校验未运行。"
            f"请改填数字，单位为{evidence.template.entry_money}，没有金额的留空。"
        )
        yield evidence.finding("unreadable_amount", SEVERITY, part.cell, message, stored=part.text)


def _held(text: str, formula: str) -> str:
    """Return what stands there; of a formula also that it has no result, if it has none."""
    if not formula:
        return f"“{text}”"
    return f"公式“={formula}”的结果“{text}”" if text else f"公式“={formula}”没有保存计算结果，"
