"""Words of a published text that are wrong whatever the amounts are: sentences, years, levels, privacy.

Nothing here knows a form or a year: the document's own titles say which year and level it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xlbudget.checking.published.marks import placeholder_faults, repeated_words
from xlbudget.checking.published.statements import Passage
from xlbudget.checking.published.text_findings import TextFault

_HEADLESS = re.compile(r"^[；;，,。、]")
_NO_REASON = re.compile(
    r"(?:主要)?原因(?:是|为|：|:|系)+(?=[。；;，,]|$)|(?:主要用于|主要包括|其中)[：:]?(?=[。；;])"
)
_TAILLESS = re.compile(r"(?:[，,、]|[的和与及为占比较])$")
_NUMBERED = re.compile(r"(?<=[是：，；])1、")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_LANDLINE = re.compile(r"(?:电话|传真|联系方式)[：:为]{0,2}(?:[（(]?0\d{2,3}[）)]?-?)?\d{7,8}(?!\d)")
_ASKED = re.compile("咨询|监督|查询|举报|反映|受理|公开|网址|邮箱|地址|邮编")
_IDENTITY = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{9}[\dXx](?!\d)")
_STAMP = re.compile(
    r"(?<![\d.])20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?(?![\d.])"
)
_PERSON = re.compile(
    r"(?:联系人|填报人|填表人|经办人|制表人|审核人|复核人|负责人|项目负责人)(?:姓名|签字)?[：:]([\u4e00-\u9fff·]{2,4})"
)
_NO_PERSON = re.compile(r"签|盖章|姓名|单位|部门|主管|电话|日期")
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?=年(?!\d{1,2}月|[一-九十]{1,2}月)|年度)")
_COMPARED = re.compile(r"(?:比|较|与|同|同比|相比|上年)[（(]?$")
_HELD = re.compile(r"预算|决算|收入|支出|经费|政府采购|拨款")
_PAST = re.compile(
    r"上年|结转|执行|完成|评价|决算|以前年度|年初|年末|截至|成立|起$|以来|期间|规划|[-—~～至到]$"
)
_COMPARING = re.compile(r"[比较]|相同|持平|同期|增减|变[动化]")
_BASE = re.compile(r"(?:比|较|与|同)(?:(20\d\d)年|上年)")
_HEADING = 44  # characters that a heading has at most
_BOOK = re.compile(r"《[^》]*》|〔[^〕]*〕|\[\d{4}\]|[（(]20\d\d[^）)]*号[）)]")
_LONG = 40
_REACH = 60  # characters after a year in which the words stand that say of what it is
_SENTENCE = 24  # characters that a sentence has at least
_MANY, _MOSTLY = 8, 0.85
_CUT = re.compile(r"[\u4e00-\u9fff\d]$")
_ENDED = re.compile(r"[。！？…；：:;”）)》]$")


@dataclass(frozen=True)
class Setting:
    """What a document is by its titles: its year, whether it is a department's (None: not told)."""

    year: int | None
    department: bool | None
    placeholders: Sequence[str] = ()


def wording_faults(passages: Sequence[Passage], setting: Setting) -> Iterator[TextFault]:
    """Yield what is wrong with the words of a text."""
    ended = _mostly_ended(passages)
    for at, passage in enumerate(passages):
        after = passages[at + 1] if at + 1 < len(passages) else None
        yield from placeholder_faults(passage, setting.placeholders)
        yield from _sentences(passage, after, ended=ended)
        yield from _private(passage)
        if setting.year:
            yield from _years(passage, setting.year)
        if setting.department is not None:
            yield from _levels(passage, department=setting.department)


def cell_faults(cells: Sequence[Passage], placeholders: Sequence[str]) -> Iterator[TextFault]:
    """Yield what is wrong with the words in the cells of tables: no sentences, so fewer kinds."""
    for passage in cells:
        yield from placeholder_faults(passage, placeholders, sentence=False)
        yield from repeated_words(passage)
        yield from _private(passage)


def _fault(rule: str, passage: Passage, found: re.Match[str], what: str, expected: str = "") -> TextFault:
    return TextFault(rule, passage, found.start(), found.end(), what, expected)


def _mostly_ended(passages: Sequence[Passage]) -> bool:
    """Whether nearly all sentences of a text end with a mark: then one without is cut."""
    long = [passage for passage in passages if _is_sentence(passage.text)]
    return len(long) >= _MANY and sum(bool(_ENDED.search(one.text)) for one in long) >= _MOSTLY * len(long)


def _is_sentence(text: str) -> bool:
    return (len(text) > _SENTENCE and bool(re.search("[，。：；]", text))) or "。" in text


def _sentences(passage: Passage, after: Passage | None, *, ended: bool) -> Iterator[TextFault]:
    text = passage.text
    for pattern, what in ((_HEADLESS, "句子以标点开头"), (_NO_REASON, "写了“原因”等词而没有下文")):
        for found in pattern.finditer(text):
            yield _fault("text_sentence", passage, found, f"{what}“{found[0]}”")
    tail = _TAILLESS.search(text)
    if tail and len(text) > _LONG and not (after and _goes_on(passage, after)):
        yield _fault("text_sentence", passage, tail, f"句子没有写完，以“{text[-6:]}”结尾")
    elif ended and _is_sentence(text) and _CUT.search(text) and not (after and _goes_on(passage, after)):
        what = f"句子没有写完，以“{text[-6:]}”结尾"
        yield TextFault("text_sentence", passage, len(text) - 6, len(text), what)
    for found in _NUMBERED.finditer(text):
        if "2、" not in text[found.end() :] and not (after and re.match("；|2、", after.text)):
            yield _fault("text_sentence", passage, found, "有编号“1、”，没有“2、”")


def _goes_on(passage: Passage, after: Passage) -> bool:
    """Whether the next paragraph may be the rest of this one: a page or a table stands between them."""
    return passage.place(0, 1).page != after.place(0, 1).page or not re.match(
        r"[（(]?[一二三四五六七八九十\d]+[、.．）)]|第", after.text
    )


def _private(passage: Passage) -> Iterator[TextFault]:
    text = passage.text
    for pattern, what in (
        (_IDENTITY, "像是身份证号码"),
        (_MOBILE, "像是个人手机号码"),
        (_STAMP, "是系统留下的原始时间"),
    ):
        for found in pattern.finditer(text):
            if pattern is _STAMP and any(_IDENTITY.finditer(text)):
                continue
            yield _fault("text_private", passage, found, f"“{found[0]}”{what}，不宜公开")
    for found in _PERSON.finditer(text):
        if not _NO_PERSON.search(found[1]):
            yield _fault("text_private", passage, found, f"“{found[0]}”是个人姓名，不宜公开")
    for found in _LANDLINE.finditer(text):
        fault = _fault("text_private", passage, found, f"“{found[0]}”是联系电话，请确认可以公开")
        asked = bool(_ASKED.search(text))  # a number for the public
        yield TextFault(fault.rule, passage, fault.start, fault.end, fault.what, note=asked)


def _years(passage: Passage, year: int) -> Iterator[TextFault]:
    text = _BOOK.sub(lambda found: "#" * len(found[0]), passage.text)
    bare = re.sub(r"[.…·\d]+$", "", text)
    heading = len(bare) <= _HEADING and not re.search("[。；]", text)
    for found in _YEAR.finditer(text):
        named = int(found[1])
        before = re.split(r"[。；]", text[: found.start()])[-1]
        clause = re.split(r"[，：]", before)[-1]
        rest = re.split(r"[。；]", text[found.end() :])[0][:_REACH]
        if _COMPARED.search(clause):
            if named != year - 1:
                what = f"与“{found[1]}年”相比，本文件是 {year} 年的，比较的应为上年"
                yield _fault("text_year", passage, found, what, str(year - 1))
            continue
        nearest = re.split("[，：]", rest)[0][:30]
        if named == year or not _HELD.search(rest) or _PAST.search(nearest) or _PAST.search(clause[-6:]):
            continue
        if named == year - 1 and not heading and _beside_own(before + rest, year):
            continue  # «2026年度预算…万元，2025年度预算…万元»
        if named == year - 1 and not heading and _COMPARING.search(before + rest):
            base = _BASE.search(rest)  # what is compared with the year before is not of it itself
            if base is None or (base[1] and int(base[1]) != year - 1):
                continue
        yield _fault("text_year", passage, found, f"年份写“{found[1]}年”，本文件是 {year} 年的", str(year))


def _beside_own(sentence: str, year: int) -> bool:
    """Whether a sentence gives the same kind of figure for the document's own year: both years are meant."""
    own = re.search(rf"{year}年(?:度)?[^，；。]{{0,12}}?(?:预算|决算)[^，；。]{{0,4}}\d", sentence)
    return own is not None


_OWN_LEVEL = {
    True: (re.compile(r"本单位|(?<![属级算各个位家事业行政管全])单位(?:预算|决算)(?!单位)"), "单位", "部门"),
    False: (
        re.compile(r"本部门|(?<![管属级各个府务])部门(?:预算|决算)(?!单位|管理|支出经济|经济|编制)"),
        "部门",
        "单位",
    ),
}


def _levels(passage: Passage, *, department: bool) -> Iterator[TextFault]:
    pattern, wrong, right = _OWN_LEVEL[department]
    for found in pattern.finditer(passage.text):
        what = f"写“{found[0]}”，而本文件是{right}的，应为“{found[0].replace(wrong, right)}”"
        yield _fault("text_level", passage, found, what, found[0].replace(wrong, right))
