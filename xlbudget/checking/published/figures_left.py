"""Figures of a published text that lack their unit or percent sign, words that say two opposite things.

None of them need a table: a share without «%» and an amount without «万元» are told by the words around.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from xlbudget.checking.published.statements import Passage
from xlbudget.checking.published.text_findings import TextFault

_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_NO_PERCENT = re.compile(
    rf"(?:占比?|比重|比例)(?:[\u4e00-\u9fff]{{0,12}}的)?(?:为|是)?({_NUMBER})(?=[。；;，,、]|$)"
)
_NO_MONEY = re.compile(
    r"(?:预算|决算|收入|支出|经费|费用?|总计|合计)数?(?:为|是)?(\d[\d,]*\.\d+|\d{1,3}(?:,\d{3})+)(?=[。；，、]|$)"
)
_HALF_MONEY = re.compile(rf"({_NUMBER}万)(?=[。；，、（(]|$)")
_WIDE_COMMA = re.compile(r"\d{1,3}，\d{3}(?:\.\d+)?(?=万元|亿元|元)")
_BOTH = re.compile(
    r"大小于|小大于|[增减](?:增加|减少|增长|下降)|增加减少|减少增加|增长下降|下降增长|上升下降"
    r"|(?:增加|减少|增长|下降|上升|降低)持平|持平(?:增加|减少|增长|下降)"
    r"|(?:增加|增长|上升|大于|高于|多于)[（(/／](?:减少|下降|降低|小于|低于|少于)[）)]?"
    r"|(?:减少|下降|降低|小于|低于|少于)[（(/／](?:增加|增长|上升|大于|高于|多于)[）)]?"
)
_STEADY = re.compile(
    r"(增加|减少|增长|下降|降低)(?:为|到|至)?[^，。；]{0,12}?[，]?(?:与|同|和)[^，。；]{2,10}(?:持平|相同|一致)"
)


def figure_faults(passage: Passage) -> Iterator[TextFault]:
    """Yield the figures of a passage that are not whole, and words that say two opposite things."""
    text = passage.text
    for found in _NO_PERCENT.finditer(text):
        right = f"{found[1]}%"
        if float(found[1].replace(",", "")) <= 100:
            yield _fault("text_share", passage, found, f"“{found[0]}”后面没有“%”，疑为“{right}”", right)
    for found in _NO_MONEY.finditer(text):
        yield _fault("text_figure", passage, found, f"“{found[0]}”后面没有金额单位", "")
    for found in _HALF_MONEY.finditer(text):
        right = f"{found[1]}元"
        what = f"“{found[1]}”后面少了“元”"
        yield TextFault("text_figure", passage, found.start(1), found.end(1), what, right, note=True)
    for found in _WIDE_COMMA.finditer(text):
        right = found[0].replace("，", ",")
        yield _whole("text_marks", passage, found, f"数字“{found[0]}”里是中文逗号", right)
    for found in _BOTH.finditer(text):
        what = f"“{found[0]}”把方向相反的两个词写在一起，只能留一个"
        yield _whole("text_direction", passage, found, what, "")
    for found in _STEADY.finditer(text):
        what = f"“{found[0]}”又说{found[1]}、又说持平，只能是一种"
        yield _whole("text_direction", passage, found, what, "")


def _fault(rule: str, passage: Passage, found: re.Match[str], what: str, expected: str) -> TextFault:
    return TextFault(rule, passage, found.start(1), found.end(1), what, expected)


def _whole(rule: str, passage: Passage, found: re.Match[str], what: str, expected: str) -> TextFault:
    return TextFault(rule, passage, found.start(), found.end(), what, expected)
