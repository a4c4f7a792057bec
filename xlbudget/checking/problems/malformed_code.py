"""编码写法不规范：存成了数字、带空格或全角字符、丢了前导零；已按唯一可能的编码读取。"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, Finding, Irregularity, Severity, Trouble
from xlbudget.model.words import apart, shown

TITLE = "编码写法不规范"
SEVERITY = Severity.BLOCKING
_MOST_NAMED = 5  # cells, the first among them


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each code that had to be restored: blocking if the unit's forms miss it.

    Codes with their name behind them are one way to fill in a workbook, and one finding.
    """
    named: list[Irregularity] = []
    unknown = {cell for cell, _, _ in evidence.outside_lists()}
    for part in evidence.irregular(Trouble.MALFORMED_CODE, Trouble.UNREADABLE_CODE):
        if part.cell is None:
            continue
        if part.kind is Trouble.UNREADABLE_CODE:
            place = evidence.place(part.cell)
            message = f"{place}：“{part.text}”不是编码，依赖它的校验未运行。请按代码表填写文本形式的编码。"
            yield evidence.finding("malformed_code", SEVERITY, part.cell, message, stored=part.text)
        elif not _with_name(part):
            yield _restored(evidence, [part])
        elif part.cell not in unknown:  # one of another level is a matter of unknown_code
            named.append(part)
    if named:
        yield _restored(evidence, named)


def _with_name(part: Irregularity) -> bool:
    """Whether a code was read from the front of a text that goes on with words."""
    code, text = str(part.value), "".join(unicodedata.normalize("NFKC", part.text).split())
    return text.startswith(code) and any("\u3400" <= letter <= "\u9fff" for letter in text[len(code) :])


def _restored(evidence: Evidence, parts: Sequence[Irregularity]) -> Finding:
    first = parts[0]
    cells = [part.cell for part in parts if part.cell is not None]
    lost = bool(evidence.moved_by(dict.fromkeys(cells)))
    same = first.text == first.value  # equal to the eye: what differs is how it is stored
    written = f"编码“{first.text}”存成了数字" if same else f"编码写成了“{first.text}”{_looks(first)}"
    more = ""
    if len(cells) > 1:
        others = "、".join(_address(evidence, cell, cells[0]) for cell in cells[1:_MOST_NAMED])
        shown_all = "" if len(cells) <= _MOST_NAMED else "等"
        more = f"共 {len(cells)} 格都把名称写在编码后面（还有 {others}{shown_all}），请一并改正。"
    message = (
        f"{evidence.place(cells[0])}：{written}，已按 {shown(first.value)} 读取。"
        f"请以文本形式重新填写（先把单元格设为文本格式，不带空格和小数点），再保存报送。{more}"
    )
    severity = SEVERITY if lost else Severity.NOTE
    return evidence.finding(
        "malformed_code", severity, cells[0], message, stored=first.text, expected=first.value
    )


def _looks(part: Irregularity) -> str:
    """Say what differs where it cannot be seen: blanks at an end, letters without width."""
    looks = apart(part.text, part.value)
    return looks if part.text.strip() == part.value or "看不见" in looks else ""


def _address(evidence: Evidence, cell: Cell, first: Cell) -> str:
    place, here = evidence.place(cell), evidence.place(first)
    return place.address if place.sheet == here.sheet else f"{place.sheet}!{place.address}"
