"""Reading the printed form of performance targets: a grid of cells as finance staff write it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from xlbudget.definitions.document import parse_passage
from xlbudget.definitions.toml_items import Item
from xlbudget.model import FormCell, Passage, Source, TargetForm
from xlbudget.model.words import nearest

_ALIGN = ("left", "center", "right")
_CELL = ("text", "across", "down", "align")


def read_target_form(item: Item, dated: Callable[[str], str]) -> TargetForm:
    """Return the form of a file; mistakes of shape are added to the item's problems, with their line."""
    reader = _TargetFormReader(item, dated)
    indicators = Item(
        item.mapping("indicators"), item.lines, item.lines.find("[indicators]", 1), item.problems
    )
    widths = item.raw("widths")
    known = isinstance(widths, list) and all(isinstance(width, int | float) for width in widths)
    if not known:
        item.problems.add(item.source_of("widths"), "属性“widths”应为数字的列表")
    form = TargetForm(
        table=item.text("table"),
        title=reader.passage(item.text("title"), item.source_of("title")),
        subtitle=reader.passage(item.text("subtitle", ""), item.source_of("subtitle")),
        widths=tuple(float(width) for width in widths) if known else (),
        head=tuple(reader.rows("head")),
        foot=tuple(reader.rows("foot")),
        label=indicators.text("label"),
        headings=indicators.texts("headings"),
        link=indicators.text("link"),
        period=reader.passage(indicators.text("period"), indicators.source_of("period")),
        year=reader.passage(indicators.text("year"), indicators.source_of("year")),
        source=item.source,
    )
    indicators.finish()
    item.finish()
    reader.fits(form)
    return form


class _TargetFormReader:
    """Reads cells, and judges whether rows fill the columns."""

    def __init__(self, item: Item, dated: Callable[[str], str]) -> None:
        self.item = item
        self.problems = item.problems
        self.dated = dated

    def passage(self, text: str, source: Source) -> Passage:
        """Return a text with tags."""
        return parse_passage(self.dated(text), source, self.problems) if text else ()

    def rows(self, key: str) -> Iterator[tuple[FormCell, ...]]:
        """Yield the rows of cells of an attribute."""
        at = self.item.lines.find(f"{key} = [", 1)
        for row in self.item.raw(key) or ():
            first = row[0].get("text", "") if row and isinstance(row[0], dict) else ""
            at = self.item.lines.find(f'text = "{first}"', at + 1)
            source = Source(self.item.lines.file, at)
            yield tuple(self.cell(cell, source) for cell in row if isinstance(cell, dict))

    def cell(self, cell: Mapping[str, Any], source: Source) -> FormCell:
        """Return one cell."""
        for key in cell:
            if key not in _CELL:
                self.problems.add(source, f"不认识的属性“{key}”{nearest(key, _CELL)}")
        align = cell.get("align", "left")
        if align not in _ALIGN:
            self.problems.add(source, f"align 应为 {'、'.join(_ALIGN)} 之一{nearest(str(align), _ALIGN)}")
        sizes = [cell.get(key, 1) for key in ("across", "down")]
        if any(not isinstance(size, int) or isinstance(size, bool) or size < 1 for size in sizes):
            self.problems.add(source, "across、down 应为大于 0 的整数")
            sizes = [1, 1]
        passage = self.passage(str(cell.get("text", "")), source)
        return FormCell(passage, sizes[0], sizes[1], str(align))

    def fits(self, form: TargetForm) -> None:
        """Judge that each row fills the columns, cells from rows above counted."""
        for key, rows in (("head", form.head), ("foot", form.foot)):
            filled = [0] * (len(rows) + 1)
            for number, row in enumerate(rows):
                for cell in row:
                    for below in range(number, min(number + cell.down, len(rows))):
                        filled[below] += cell.across
                if filled[number] != len(form.widths):
                    message = (
                        f"{key} 第 {number + 1} 行占 {filled[number]} 列，应占 {len(form.widths)} 列"
                        "（widths 的个数）"
                    )
                    self.problems.add(self.item.source_of(key), message)
