"""The published document as finance staff write it: plain text, with tags where the workbook speaks.

One line is one paragraph. ``#``, ``##`` and ``###`` begin headings, ``//`` a remark that is not printed,
``=`` a paragraph in the middle, ``>`` one at the right.
A tag stands in braces, its parts apart by ``|``; without a keyword it is an amount in form money::

    # 第三部分 {year}年度预算情况说明
    {year}年度预算收入总计{F1.收入总计[收入]}万元，比上年{增减|F1.收入总计[收入]|上年数.收入总计/元每万元}。

:data:`TAGS` and :data:`INSERTS` say which keywords there are and what follows them. Here only the
grammar is judged; what the names mean is judged by ``lint``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from xlbudget.definitions.toml_items import Problems
from xlbudget.model import Block, DocumentTemplate, Heading, Insert, Paragraph, Passage, Source, Tag
from xlbudget.model.words import nearest


class ArgumentPart(StrEnum):
    """What an argument of a tag is."""

    FORMULA = "公式"
    TEXT = "文字"
    ITEM = "事项"
    TABLE = "表"
    PAGE = "资料页"
    COLUMN = "栏目"
    WORDS = "字样"


F, T, ITEM, TABLE = ArgumentPart.FORMULA, ArgumentPart.TEXT, ArgumentPart.ITEM, ArgumentPart.TABLE

TAGS: Mapping[str, tuple[ArgumentPart, ...]] = {
    "": (F,),  # an amount in form money, rounded as published
    "数量": (F,),  # a number as it is
    "元": (F,),  # an amount as entered
    "占比": (F, F),  # the first as a share of the second
    "增减": (F, F),  # 增加 or 减少, and by how much, from the second to the first
    "幅度": (F, F),  # 增长 or 下降, and by which share of the second
    "方向": (F, F),  # 增加 or 减少 alone
    "原因": (ITEM, F, F),  # the unit's reason for the change from the second to the first
    "如果": (F, T, T),  # one text or the other
    "比较": (F, F, T, T, T),  # the first against the second: as much, as much when rounded, or another amount
    "逐项": (TABLE, F, T, T),  # a text for each line of a form where the formula holds, and what joins them
    "逐段": (TABLE, F, T),  # a paragraph of its own for each line of a form where the formula holds
    "序号": (),  # within 逐段: the number of the paragraph
    "路径": (
        ArgumentPart.WORDS,
    ),  # within 逐段, 逐项: the names of the codes above the line and its own, so joined
    "计数": (TABLE, F),  # how many lines of a form there are for which the formula holds
    "文字": (ITEM,),  # what the unit wrote; wanted
    "选填": (ITEM,),  # what the unit wrote; nothing where it wrote nothing
    "缺": (T,),  # says what is missing
    "汇总": (T, T),  # the first in a department summary, the second in a unit's workbook
    "行名": (),  # within 逐项: the name of the line
    "资料行数": (ArgumentPart.PAGE, ArgumentPart.COLUMN),  # rows of a page that have something in that column
    "单位名称": (),
    "单位编码": (),
    "上级单位": (),
    "上年": (),
}
"""Keywords inside texts, and what follows each."""

INSERTS: Mapping[str, tuple[ArgumentPart, ...]] = {
    "公开表": (),
    "绩效目标申报表": (),
    "资料": (ArgumentPart.PAGE,),
    "条目": (
        ArgumentPart.PAGE,
        ArgumentPart.WORDS,
    ),  # each row of a page in words: 〈栏目〉 stands for its text there
    "结构图": (
        ArgumentPart.WORDS,
        TABLE,
        F,
        F,
        F,
    ),  # title; the lines of a form where the first holds, names, amounts
}
"""Keywords that stand on a line of their own."""


ALIGNED = {"=": "center", ">": "right"}
"""What begins a paragraph that does not stand at the left."""


class _Mistake(ValueError):
    """A text that does not follow the grammar; the message is in Chinese."""


def parse_document(text: str, file: str, problems: Problems) -> DocumentTemplate:
    """Return the document of a text; mistakes are added to ``problems`` with their line.

    The first line of all, without a mark, is the document's title.
    """
    title: Passage = ()
    blocks: list[Block] = []
    for number, line in enumerate(text.splitlines(), 1):
        stripped, source = line.strip(), Source(file, number)
        if not stripped or stripped.startswith("//"):
            continue
        try:
            if not title:
                title = _passage(stripped, source)
            else:
                blocks.append(_block(stripped, source))
        except _Mistake as mistake:
            problems.add(source, str(mistake))
    return DocumentTemplate(title, tuple(blocks))


def parse_passage(text: str, source: Source, problems: Problems) -> Passage:
    """Return one text with tags, as a printed form has them; a mistake is added to ``problems``."""
    try:
        return _passage(text, source)
    except _Mistake as mistake:
        problems.add(source, str(mistake))
        return ()


def _block(line: str, source: Source) -> Block:
    marks = len(line) - len(line.lstrip("#"))
    if marks:
        return Heading(min(marks, 3), _passage(line[marks:].strip(), source), source)
    align = ALIGNED.get(line[0], "left")
    passage = _passage(line[1:].strip() if line[0] in ALIGNED else line, source)
    for part in passage:
        if isinstance(part, Tag) and part.keyword in INSERTS:
            if len(passage) > 1:
                raise _Mistake(f"“{{{part.keyword}…}}”要单独占一行")
            return Insert(part.keyword, tuple(str(each) for each in part.arguments), source)
    return Paragraph(passage, source, align)


def _passage(text: str, source: Source) -> Passage:
    parser = _LineParser(text, source)
    passage = parser.passage("")
    if parser.at < len(text):
        raise _Mistake(f"“{text[parser.at]}”没有配对的左边括号“{{”")
    return passage


class _LineParser:
    """Reads one line."""

    def __init__(self, text: str, source: Source) -> None:
        self.text = text
        self.source = source
        self.at = 0

    def passage(self, ends: str) -> Passage:
        """Return what stands up to one of ``ends`` (or a closing brace, or the end of the line)."""
        parts: list[str | Tag] = []
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in ends + "}":
            if self.text[self.at] == "{":
                if self.at > start:
                    parts.append(self.text[start : self.at])
                parts.append(self.tag())
                start = self.at
            else:
                self.at += 1
        if self.at > start:
            parts.append(self.text[start : self.at])
        return tuple(parts)

    def tag(self) -> Tag:
        opened = self.at
        passages: list[Passage] = []
        while not passages or self.text[self.at] == "|":
            self.at += 1
            passages.append(self.passage("|"))
            if self.at >= len(self.text):
                raise _Mistake(f"“{self.text[opened : opened + 12]}”的括号没有配对的“}}”")
        self.at += 1
        return self.made(passages)

    def made(self, passages: list[Passage]) -> Tag:
        first = _plain(passages[0])
        known = {**TAGS, **INSERTS}
        if len(passages) == 1 and first not in known:
            return Tag("", (self.plain(passages[0], F),), self.source)
        if first not in known or not first:
            raise _Mistake(f"没有写法“{first}”{nearest(first, [word for word in known if word])}")
        parts, given = known[first], passages[1:]
        if len(given) != len(parts):
            wanted = "|".join((first, *parts))
            raise _Mistake(f"“{first}”后面应有 {len(parts)} 项，这里有 {len(given)} 项；写作 {{{wanted}}}")
        arguments = tuple(
            passage if part is ArgumentPart.TEXT else self.plain(passage, part)
            for passage, part in zip(given, parts, strict=True)
        )
        return Tag(first, arguments, self.source)

    def plain(self, passage: Passage, part: ArgumentPart) -> str:
        text = _plain(passage)
        if not text:
            raise _Mistake(f"这里应写{part}，不能为空，也不能再套括号")
        return text


def _plain(passage: Passage) -> str:
    return passage[0].strip() if len(passage) == 1 and isinstance(passage[0], str) else ""
