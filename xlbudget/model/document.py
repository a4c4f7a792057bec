"""The nouns of the published document: its text, with tags that stand for figures."""

from __future__ import annotations

from dataclasses import dataclass, field

from xlbudget.model.sources import Source


@dataclass(frozen=True, slots=True)
class Tag:
    """A place in a text that the workbook fills: ``{keyword|argument|…}``; without keyword an amount.

    Arguments are formulas or names (texts), or passages with tags of their own.
    """

    keyword: str
    arguments: tuple[str | Passage, ...]
    source: Source = field(compare=False)
    money: str = ""
    """The unit of money that the text names right behind an amount, when it is written out."""


Passage = tuple["str | Tag", ...]
"""A text with tags in it."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the document; level 1 is a part, 2 a section, 3 below it."""

    level: int
    passage: Passage
    source: Source = field(compare=False)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of text; one that consists of a unit's texts only becomes as many as there are.

    ``align`` is left, center or right.
    """

    passage: Passage
    source: Source = field(compare=False)
    align: str = "left"


@dataclass(frozen=True, slots=True)
class Insert:
    """What is no text: all forms, performance targets, a page of the template, the structure chart."""

    what: str
    arguments: tuple[str, ...]
    source: Source = field(compare=False)


Block = Heading | Paragraph | Insert


@dataclass(frozen=True, slots=True)
class DocumentTemplate:
    """The published document as a text with tags, block by block in order."""

    title: Passage
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class FormCell:
    """A cell of a printed form that stands for one row of a ledger."""

    passage: Passage
    across: int
    down: int
    align: str


@dataclass(frozen=True, slots=True)
class TargetForm:
    """The printed form of one project's performance targets: a grid of cells, the indicators, what is signed.

    ``table`` is the ledger with a row for each form. Indicators stand in the ledger that the template names
    for them; ``link`` is the column that both have, ``period`` and ``year`` print their values.
    """

    table: str
    title: Passage
    subtitle: Passage
    widths: tuple[float, ...]
    head: tuple[tuple[FormCell, ...], ...]
    foot: tuple[tuple[FormCell, ...], ...]
    label: str
    headings: tuple[str, ...]
    link: str
    period: Passage
    year: Passage
    source: Source = field(compare=False)


@dataclass(frozen=True, slots=True)
class Phrases:
    """What the program says of its own: words of change, sentences with fields in braces, titles of papers.

    ``less_than`` has ``{word}`` and ``{least}``, ``reason`` has ``{reasons}``, the unit's own words. They
    come from the definitions: those of the package, or the template's own. ``report_title`` stands over
    reports, ``checklist_title`` over the checklist of a return, ``published_title`` over that of a document
    that somebody else published.
    """

    more: str = ""
    less: str = ""
    same: str = ""
    rise: str = ""
    fall: str = ""
    less_than: str = ""
    nothing_before: str = ""
    reason: str = ""
    report_title: str = ""
    checklist_title: str = ""
    published_title: str = ""

    def direction(self, gained: bool | None) -> str:
        """Return the word for more, for less (False), or for the same (None)."""
        return self.same if gained is None else self.more if gained else self.less

    @property
    def before_reason(self) -> str:
        """What stands before the unit's reason, without the comma that joins it."""
        return self.reason.partition("{reasons}")[0].lstrip("，,")
