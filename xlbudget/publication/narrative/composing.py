"""The document of a template with a workbook's figures and a unit's texts put in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from xlbudget.checking.evidence import Evidence
from xlbudget.definitions.closing_lines import widest_words
from xlbudget.model import (
    Cell,
    Finding,
    Heading,
    Insert,
    Paragraph,
    Passage,
    Place,
    Severity,
    Tag,
)
from xlbudget.model.errors import InputError
from xlbudget.model.words import published
from xlbudget.publication.narrative.figures import (
    SHARE_DECIMALS,
    amount_text,
    number_text,
    percent_text,
    share,
)
from xlbudget.publication.narrative.spoken_values import SpokenValues, texts_by_item
from xlbudget.publication.narrative.written import (
    GAP,
    Composed,
    ComposedText,
    FigureKind,
    Title,
    joined,
    named,
    quoted,
)
from xlbudget.workbook.amount_units import money_of

_DEEPEST = 9  # levels of a code list: no list has more
RULE = "missing_text"
"""What is wanted for the document and not there."""


def compose(evidence: Evidence) -> Composed:
    """Return the document of one workbook; what is missing is said in its findings and stands as a gap.

    Raises InputError when the template has no document.
    """
    document = evidence.template.document
    if document is None:
        raise InputError(f"模板“{evidence.template.id}”没有公开文件的文字（document/document.txt）。")
    composer = Composer(evidence)
    blocks: list[Title | ComposedText | Insert] = []
    for block in document.blocks:
        if isinstance(block, Heading):
            blocks.append(Title(block.level, composer.passage(block.passage, None)))
        elif isinstance(block, Paragraph):
            parts = (part for part in composer.paragraphs(block) if part.text.strip())
            blocks += (replace(part, align=block.align) for part in parts)
        elif block.what == "条目":
            blocks += map(ComposedText, composer.entries_of_page(*block.arguments))
        else:
            blocks.append(block)
    title = composer.passage(document.title, None).text
    return Composed(title, tuple(blocks), tuple(composer.findings))


class Composer(SpokenValues):
    """Writes passages; gathers what is missing on the way.

    Raises InputError when the template does not say where units write texts.
    """

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence)
        table = evidence.template.texts
        if table is None:
            raise InputError(f"模板“{self.template.id}”没有说明单位的文字填在哪里（[texts] 一节）。")
        self.table = table
        self.texts = dict(texts_by_item(evidence, table))
        self.findings: list[Finding] = []
        self.ordinal = 0
        self.phrases = self.template.phrases
        constants = self.template.constants
        self.fraction, self.floor = constants[table.fraction], constants[table.floor]

    def paragraphs(self, block: Paragraph) -> Iterator[ComposedText]:
        """Yield a paragraph; where it is one of the unit's items alone, one for each of its texts."""
        first = block.passage[0]
        if len(block.passage) == 1 and isinstance(first, Tag) and first.keyword in {"文字", "选填"}:
            texts = self.texts.get(str(first.arguments[0]), [])
            if texts:
                yield from map(ComposedText, texts)
                return
        if len(block.passage) == 1 and isinstance(first, Tag) and first.keyword == "逐段":
            yield from self.each_paragraph(first)
            return
        yield self.passage(block.passage, None)

    def entries_of_page(self, name: str, pattern: str) -> Iterator[str]:
        """Yield each row of a page in words: ``〈heading〉`` of the pattern stands for its text there."""
        page = next(page for page in self.template.pages if page.id == name)
        for row in page.rows:
            words = pattern
            for heading, text in zip(page.headings, row, strict=True):
                words = words.replace(f"〈{heading}〉", text)
            yield words

    def passage(self, passage: Passage, line: Cell | None) -> ComposedText:
        """Return a passage written out; ``line`` is the line of a form that it speaks of, if any."""
        return joined(
            ComposedText(part) if isinstance(part, str) else self.tag(self.in_money(part, after), line)
            for part, after in pairwise((*passage, ""))
        )

    def in_money(self, tag: Tag, after: str | Tag) -> Tag:
        """Return a tag with the unit of money that the text names right behind it, if it names one."""
        named = [name for name in self.template.moneys if isinstance(after, str) and after.startswith(name)]
        return replace(tag, money=max(named, key=len)) if named else tag

    # --------------------------------------------------------------- tags

    def tag(self, tag: Tag, line: Cell | None) -> ComposedText:
        """Return what stands in the place of a tag."""
        return _WRITERS[tag.keyword](self, tag, line)

    def money(self, tag: Tag, line: Cell | None) -> ComposedText:
        """Write an amount in form money, or the text of a text column."""
        node = self.node(_text(tag, 0), line)
        value = self.rules.value(node, line)
        cells = tuple(self.cells(node, line))
        if isinstance(value, str) or self.is_text(cells):
            return named("" if value is None else str(value), cells)
        amount = self.converted(self.rules.number(value), _text(tag, 0), tag, line)
        return quoted(self.form_amount(amount), FigureKind.AMOUNT, amount, cells, tag.money)

    def number(self, tag: Tag, line: Cell | None) -> ComposedText:
        """Write a number as it is."""
        value, cells = self.amount(_text(tag, 0), line)
        return quoted(number_text(value), FigureKind.NUMBER, value, cells)

    def entry_money(self, tag: Tag, line: Cell | None) -> ComposedText:
        """Return an amount as entered: decimals only where there are any; nothing where nothing was."""
        node = self.node(_text(tag, 0), line)
        value = self.rules.value(node, line)
        if not isinstance(value, Decimal):
            return ComposedText("" if value is None else str(value))
        decimals = self.template.entry_decimals if value % 1 else 0
        cells = tuple(self.cells(node, line))
        return quoted(amount_text(value, decimals), FigureKind.NUMBER, value, cells)

    def share(self, tag: Tag, line: Cell | None) -> ComposedText:
        """Write the first as a share of the second."""
        part, read = self.amount(_text(tag, 0), line)
        whole, also = self.amount(_text(tag, 1), line)
        fraction = share(part, whole)
        return quoted(percent_text(fraction), FigureKind.SHARE, fraction, (*read, *also))

    def change(self, tag: Tag, line: Cell | None) -> ComposedText:
        """Write 增加 or 减少 and by how much."""
        now, before, cells = self.both(tag, line)
        if gap := self.unfilled(cells):
            return gap
        words = f"{self.direction_of(now, before)}{self.form_amount(abs(now - before))}"
        return quoted(words, FigureKind.CHANGE, now - before, cells, tag.money)

    def direction(self, tag: Tag, line: Cell | None) -> ComposedText:
        """Write 增加 or 减少 alone."""
        now, before, cells = self.both(tag, line)
        return self.unfilled(cells) or ComposedText(self.direction_of(now, before))

    def rate(self, tag: Tag, line: Cell | None) -> ComposedText:
        """Write 增长 or 下降 and by which share of last year's."""
        now, before, cells = self.both(tag, line)
        if gap := self.unfilled(cells):
            return gap
        if not before:
            return ComposedText(self.phrases.nothing_before)
        fraction = (now - before) / before
        word = self.phrases.rise if now > before else self.phrases.fall
        if fraction and not published(fraction * 100, SHARE_DECIMALS):
            least = str(Decimal(1).scaleb(-SHARE_DECIMALS))
            return ComposedText(self.phrases.less_than.replace("{word}", word).replace("{least}", least))
        return quoted(f"{word}{percent_text(abs(fraction))}", FigureKind.RATE, fraction, cells)

    def direction_of(self, now: Decimal, before: Decimal) -> str:
        """Return the word for a change: more, less, or the same."""
        return self.phrases.direction(None if now == before else now > before)

    def both(self, tag: Tag, line: Cell | None, first: int = 0) -> tuple[Decimal, Decimal, tuple[Cell, ...]]:
        """Return this year's and last year's amount and their cells; ``first`` is the first argument."""
        now, read = self.amount(_text(tag, first), line)
        before, also = self.amount(_text(tag, first + 1), line)
        now = self.converted(now, _text(tag, first), tag, line)
        before = self.converted(before, _text(tag, first + 1), tag, line)
        return now, before, (*read, *also)

    def reason(self, tag: Tag, line: Cell | None) -> ComposedText:
        """Return «，主要原因是…»; a change above the threshold without a reason is a finding."""
        item = _text(tag, 0)
        now, before, cells = self.both(tag, line, 1)
        texts = self.texts.get(item, [])
        if texts:
            reasons = "；".join(text.rstrip("。；") for text in texts)
            return ComposedText(self.phrases.reason.replace("{reasons}", reasons))
        change = abs(now - before)
        own = money_of(self.node(_text(tag, 1), line), self.evidence.layout)
        money = own if own in self.template.moneys else self.template.form_money
        if (
            self.is_unfilled(cells)
            or not change
            or change < self.floor
            or change < self.fraction * abs(before)
        ):
            return ComposedText()
        why = f"{self.form_amount(before)} → {self.form_amount(now)} {money}"
        before_it, _, after_it = self.phrases.reason.partition("{reasons}")
        gap = self.missing(item, f"变动较大（{why}），没有写明原因")
        return ComposedText(before_it) + gap + ComposedText(after_it)

    def either(self, tag: Tag, line: Cell | None) -> ComposedText:
        """Write one text or the other."""
        holds = self.rules.value(self.node(_text(tag, 0), line), line) is True
        return self.passage(_passage(tag, 1 if holds else 2), line)

    def compared(self, tag: Tag, line: Cell | None) -> ComposedText:
        """Write one text of three: the same as last year, the same but for rounding, changed."""
        changed = _passage(tag, 4)
        now, before, cells = self.both(replace(tag, money=self.said_money(changed)), line)
        if now == before:
            return self.passage(_passage(tag, 2), line)
        rounded = published(now - before, self.template.form_decimals)
        nearly = not rounded and not self.is_unfilled(cells)
        return self.passage(_passage(tag, 3) if nearly else changed, line)

    def said_money(self, passage: Passage) -> str:
        """Return the unit of money in which a passage says by how much an amount has changed."""
        for part, after in pairwise((*passage, "")):
            if isinstance(part, Tag) and part.keyword == "增减":
                return self.in_money(part, after).money
        return ""

    def each(self, tag: Tag, _: Cell | None) -> ComposedText:
        """Write a text for each line of a form for which the formula holds."""
        lines = self.lines(_text(tag, 0), _text(tag, 1))
        return joined(
            (self.passage(_passage(tag, 2), line) for line in lines), self.passage(_passage(tag, 3), None)
        )

    def each_paragraph(self, tag: Tag) -> Iterator[ComposedText]:
        """Yield a paragraph for each line of a form for which the formula holds; ``{序号}`` counts them."""
        for number, line in enumerate(self.lines(_text(tag, 0), _text(tag, 1)), 1):
            self.ordinal = number
            yield self.passage(_passage(tag, 2), line)

    def paragraph_number(self, _tag: Tag, _line: Cell | None) -> ComposedText:
        """Write the number of the paragraph among those made from the lines of a form."""
        return ComposedText(str(self.ordinal))

    def path(self, tag: Tag, line: Cell | None) -> ComposedText:
        """Write the names of the codes above a line of a form and its own, joined by a text."""
        panel = self.panels.get(line.table) if line else None
        if line is None or panel is None or not panel.key or not panel.parent:
            return ComposedText()
        shown = widest_words(panel)
        rows = range(self.evidence.layout.tables[panel.id].rows)
        value = self.evidence.recalculated
        by_code = {value(Cell(panel.id, row, panel.key)): row for row in rows}
        row: int | None = line.row
        names: list[str] = []
        while row is not None and len(names) < _DEEPEST:
            names.insert(0, str(value(Cell(panel.id, row, shown)) or ""))
            above = value(Cell(panel.id, row, panel.parent))
            row = by_code.get(above) if above else None
        return named(_text(tag, 0).join(names), (line,))

    def count(self, tag: Tag, _: Cell | None) -> ComposedText:
        """Write how many lines of a form there are for which the formula holds."""
        lines = tuple(self.lines(_text(tag, 0), _text(tag, 1)))
        return quoted(str(len(lines)), FigureKind.NUMBER, Decimal(len(lines)), lines)

    def rows_of_page(self, tag: Tag, _: Cell | None) -> ComposedText:
        """Write how many rows of a page have something in a column."""
        page = next(page for page in self.template.pages if page.id == _text(tag, 0))
        column = page.headings.index(_text(tag, 1))
        count = sum(1 for row in page.rows if row[column])
        return quoted(str(count), FigureKind.NUMBER, Decimal(count), ())

    def wanted(self, tag: Tag, _: Cell | None) -> ComposedText:
        """Write what the unit wrote under an item; nothing there is a finding."""
        item = _text(tag, 0)
        texts = self.texts.get(item, [])
        return ComposedText("".join(texts).rstrip("。")) if texts else self.missing(item, "没有写")

    def optional(self, tag: Tag, _: Cell | None) -> ComposedText:
        """Write what the unit wrote under an item, if anything."""
        return ComposedText("".join(self.texts.get(_text(tag, 0), [])))

    def gap(self, tag: Tag, line: Cell | None) -> ComposedText:
        """Say what is missing."""
        return self.missing(self.passage(_passage(tag, 0), line).text, "没有填写")

    def by_level(self, tag: Tag, line: Cell | None) -> ComposedText:
        """Write the first text in a department summary, the second in a unit's workbook."""
        return self.passage(_passage(tag, 0 if self.evidence.submission.department else 1), line)

    def line_name(self, _: Tag, line: Cell | None) -> ComposedText:
        """Write the name of the fixed line that is spoken of."""
        return named(self.evidence.layout.line_of(line.table, line.row), (line,)) if line else ComposedText()

    def unit_name(self, _tag: Tag, _line: Cell | None) -> ComposedText:
        """Write the unit's name."""
        return named(self.evidence.submission.unit.name, ())

    def unit_code(self, _tag: Tag, _line: Cell | None) -> ComposedText:
        """Write the unit's code."""
        return ComposedText(self.evidence.submission.unit.code)

    def superior(self, _tag: Tag, _line: Cell | None) -> ComposedText:
        """Write code and name of the body above the unit, as far as known; of a unit without, its own."""
        unit = self.evidence.submission.unit
        code, name = unit.superior_code, unit.superior.strip()
        if not name or name in (unit.name, unit.code):
            code, name = unit.code, unit.name
        return ComposedText("-".join(filter(None, (code, name))))

    def last_year(self, _tag: Tag, _line: Cell | None) -> ComposedText:
        """Write last year's number."""
        return ComposedText(str(self.template.year - 1))

    def unfilled(self, cells: Iterable[Cell]) -> ComposedText | None:
        """Return the gap, and note the finding, where figures to compare with were never filled in."""
        table = self.is_unfilled(cells)
        if not table:
            return None
        entry = self.template.entry(table)
        message = f"{entry.title}（{entry.sheet}）：没有填写，不能说明增减变动。请填写这张表。"
        return self.noted(message, Place(entry.sheet, "", "", entry.sheet), table)

    def missing(self, item: str, why: str) -> ComposedText:
        """Note that an item's text is missing; return the gap."""
        entry = self.template.entry(self.table.table)
        place = Place(entry.sheet, item, self.table.text, entry.sheet)
        message = f"{entry.title}（{entry.sheet}）：“{item}”{why}。请在该表选择事项“{item}”，写一行内容。"
        return self.noted(message, place, item)

    def noted(self, message: str, place: Place, gap: str) -> ComposedText:
        """Note a finding once; return the gap that stands for what is missing."""
        finding = self.evidence.finding(RULE, Severity.EXPLAIN, None, message, place=place)
        if finding not in self.findings:
            self.findings.append(finding)
        return ComposedText(GAP.format(gap))


_Writer = Callable[[Composer, Tag, "Cell | None"], ComposedText]
_WRITERS: dict[str, _Writer] = {
    "": Composer.money,
    "数量": Composer.number,
    "元": Composer.entry_money,
    "占比": Composer.share,
    "增减": Composer.change,
    "幅度": Composer.rate,
    "方向": Composer.direction,
    "原因": Composer.reason,
    "如果": Composer.either,
    "比较": Composer.compared,
    "逐项": Composer.each,
    "序号": Composer.paragraph_number,
    "路径": Composer.path,
    "计数": Composer.count,
    "资料行数": Composer.rows_of_page,
    "文字": Composer.wanted,
    "选填": Composer.optional,
    "缺": Composer.gap,
    "汇总": Composer.by_level,
    "行名": Composer.line_name,
    "单位名称": Composer.unit_name,
    "单位编码": Composer.unit_code,
    "上级单位": Composer.superior,
    "上年": Composer.last_year,
}


def _text(tag: Tag, number: int) -> str:
    return str(tag.arguments[number])


def _passage(tag: Tag, number: int) -> Passage:
    argument = tag.arguments[number]
    return argument if isinstance(argument, tuple) else (argument,)
