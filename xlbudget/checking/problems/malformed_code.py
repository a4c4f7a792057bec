"""编码写法不规范：存成了数字、带空格或全角字符、丢了前导零；已按唯一可能的编码读取。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Finding, Severity, Trouble
from xlbudget.model.words import shown

TITLE = "编码写法不规范"
SEVERITY = Severity.BLOCKING


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each code that had to be restored: blocking if the unit's forms miss it."""
    for part in evidence.irregular(Trouble.MALFORMED_CODE, Trouble.UNREADABLE_CODE):
        if part.cell is None:
            continue
        place = evidence.place(part.cell)
        if part.kind is Trouble.UNREADABLE_CODE:
            message = f"{place}：“{part.text}”不是编码，依赖它的校验未运行。请按代码表填写文本形式的编码。"
            yield evidence.finding("malformed_code", SEVERITY, part.cell, message, stored=part.text)
            continue
        lost = bool(evidence.moved_by({part.cell: None}))
        same = part.text == part.value  # equal to the eye: what differs is how it is stored
        written = f"编码“{part.text}”存成了数字" if same else f"编码写成了“{part.text}”"
        message = (
            f"{place}：{written}，已按 {shown(part.value)} 读取。"
            "请以文本形式重新填写（先把单元格设为文本格式，不带空格和小数点），再保存报送。"
        )
        severity = SEVERITY if lost else Severity.NOTE
        yield evidence.finding(
            "malformed_code", severity, part.cell, message, stored=part.text, expected=part.value
        )
