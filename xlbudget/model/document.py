"""The published document as frozen values: what stands in it, in order, before any file is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Run(NamedTuple):
    """A piece of a paragraph: its text, and the expression that it prints (empty: typed words).

    ``source`` is what stands in the template of the narrative, such as ``F1.收入总计[2023年]``.
    """

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the document; ``level`` 1 is a part, 2 a section, 3 a part of a section."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of running text, in pieces."""

    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """The paragraph as people read it."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class FormBlock:
    """An official form in its place; ``form`` is its id."""

    form: str


@dataclass(frozen=True, slots=True)
class PageBlock:
    """A page of definitions printed as a table, such as the glossary; ``page`` is its id."""

    page: str


@dataclass(frozen=True, slots=True)
class ChartBlock:
    """A chart in its place; ``chart`` is its id."""

    chart: str


Block = Heading | Paragraph | FormBlock | PageBlock | ChartBlock


@dataclass(frozen=True, slots=True)
class PublishedDocument:
    """One budget as published: the words of its cover and everything that follows, in order."""

    title: str
    unit_name: str
    year: int
    blocks: tuple[Block, ...]
