"""金额后面带着计算留下的尾数（如 -1.46E-11），已按去掉尾数的数读取。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Finding, Severity, Trouble
from xlbudget.model.words import shown

TITLE = "金额带有计算的尾数"
SEVERITY = Severity.NOTE


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a note for each amount that binary arithmetic has left digits behind."""
    for part in evidence.irregular(Trouble.FLOAT_RESIDUE):
        if part.cell is None:
            continue
        read = shown(part.value, evidence.money(part.cell))
        message = (
            f"{evidence.place(part.cell)}：存着的是 {part.text}，后面是计算留下的尾数，已按 {read} 读取。"
            "请把这一格改填这个数，没有金额的留空。"
        )
        yield evidence.finding("float_residue", SEVERITY, part.cell, message, stored=part.text)
