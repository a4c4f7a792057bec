"""The formulas in a published document's text: what its tags read."""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.definitions.document import INSERTS, TAGS, ArgumentPart
from xlbudget.model import Heading, Insert, Paragraph, Passage, Source, Tag, WorkbookTemplate
from xlbudget.workbook.language import Node
from xlbudget.workbook.names import Context, Names

_SHOWN = 40
_OVER_LINES = {"逐项", "逐段", "计数", "结构图"}


def document_formulas(template: WorkbookTemplate, names: Names) -> Iterator[tuple[str, Source, list[Node]]]:
    """Yield each heading and paragraph that reads cells: its beginning, where it stands, its formulas.

    The definitions must be clean.
    """
    if template.document is None:
        return
    panels = {panel.id for _, panel in template.panels}
    for block in template.document.blocks:
        if isinstance(block, Insert):
            tag = Tag(block.what, block.arguments, block.source)
            nodes = list(_arguments(tag, INSERTS[block.what], "", panels, names))
            text = f"{{{block.what}}}"
        elif isinstance(block, Heading | Paragraph):
            nodes = list(_passage(block.passage, "", panels, names))
            text = "".join(part if isinstance(part, str) else "…" for part in block.passage)
        else:
            continue
        if nodes:
            yield text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…", block.source, nodes


def _passage(passage: Passage, table: str, panels: set[str], names: Names) -> Iterator[Node]:
    for part in passage:
        if isinstance(part, Tag):
            yield from _arguments(part, TAGS[part.keyword], table, panels, names)


def _arguments(
    tag: Tag, parts: tuple[ArgumentPart, ...], table: str, panels: set[str], names: Names
) -> Iterator[Node]:
    if tag.keyword in _OVER_LINES:
        table = next((part for part in tag.arguments if isinstance(part, str) and part in panels), table)
    for argument, part in zip(tag.arguments, parts, strict=True):
        if isinstance(argument, tuple):
            yield from _passage(argument, table, panels, names)
        elif part is ArgumentPart.FORMULA:
            yield names.bind(argument, Context(table=table, keyed=bool(table)))
