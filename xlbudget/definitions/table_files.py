"""Forms, entry sheets and workings, as their files define them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from xlbudget.definitions.amounts import Amounts, Captions, Moneys, read_amounts, with_fields
from xlbudget.definitions.closing_lines import with_closing
from xlbudget.definitions.form_levels import SECTION
from xlbudget.definitions.form_levels import at_department as department_form
from xlbudget.definitions.records import read_record
from xlbudget.definitions.template_folder import TemplateFolder
from xlbudget.definitions.toml_items import Item
from xlbudget.model import (
    Column,
    ColumnKind,
    EntrySheet,
    Form,
    Formula,
    Line,
    OpenRows,
    OpenSource,
    Panel,
    Segment,
    Source,
    Working,
    WorkingChart,
)
from xlbudget.model.words import nearest


@dataclass(frozen=True, slots=True)
class TableReader:
    """Reads tables: amounts are in ``money``, ``captions`` stand above forms, ``fields`` in their texts."""

    folder: TemplateFolder
    money: Moneys
    captions: Captions
    fields: Mapping[str, str]

    def _fielded(self, text: str, source: Source) -> Formula:
        """Return a text in which ``{单位名称}`` and the like stand for what the workbook says."""
        return with_fields(self.folder.dated(text), self.fields, source, self.folder.problems)

    def levels(self, item: Item) -> tuple[Form, Form | None]:
        """Return a form as units have it, and as departments do where that differs."""
        at_department = department_form(item)
        form = self._form(item, self.captions)
        other = self._form(at_department, self.captions.of_department) if at_department else None
        if other is None and self.captions.of_department != self.captions:
            plain = {key: value for key, value in item.data.items() if key != SECTION}
            again = Item(plain, item.lines, item.line, self.folder.problems)
            other = self._form(again, self.captions.of_department)
        return form, other

    def _form(self, item: Item, captions: Captions) -> Form:
        money = read_amounts(item, self.money, self.money.of_forms)
        caption = item.text("right", captions.right).replace("{money}", money.unit)
        form = Form(
            id=item.text("id"),
            number=item.whole("number"),
            sheet=self.folder.dated(item.text("sheet")),
            title=self.folder.dated(item.text("title")),
            caption=self.folder.dated(item.text("caption", "")),
            panels=tuple(self._panel(part, money) for part in item.items("panel")),
            empty_note=self._fielded(item.text("empty_note"), item.source_of("empty_note")),
            empty_when=item.formula("empty_when") or Formula("1=0", item.source),
            source=item.source,
            left=self._fielded(item.text("left", captions.left), item.source_of("left")),
            right=self.folder.dated(caption),
            landscape=item.flag("landscape"),
            notes=tuple(self._fielded(text, item.source_of("notes")) for text in item.texts("notes")),
        )
        item.finish()
        bare = any(all(column.hidden for column in panel.columns) for panel in form.panels)
        return form if bare else with_closing(form)  # a panel that shows no column is told when checked

    def _panel(self, item: Item, money: Amounts) -> Panel:
        each_line = item.text("each_line", "")
        columns = tuple(self._column(part, money, each_line) for part in item.items("columns"))
        body = tuple(segment for part in item.items("body") for segment in self._segments(part))
        more = [part for part in body if isinstance(part, OpenRows)][1:]
        for block in more:
            message = "面板里有两块可变行，共用一个行数；一个面板只能有一块，请拆成两个面板或用 also"
            self.folder.problems.add(block.source, message)
        body = tuple(part for part in body if all(part is not block for block in more))
        return read_record(Panel, item, columns=columns, body=body)

    def _column(self, item: Item, money: Amounts, each_line: str = "") -> Column:
        key = item.text("key")
        kind_text = item.text("kind")
        kind = ColumnKind(kind_text) if kind_text in set(ColumnKind) else ColumnKind.TEXT
        if kind_text not in set(ColumnKind):
            known = "、".join(ColumnKind)
            self.folder.problems.add(
                item.source, f"列“{key}”的 kind 应为 {known} 之一{nearest(kind_text, ColumnKind)}"
            )
        formula = item.formula("formula")
        from_panel = formula is None and bool(each_line) and kind is ColumnKind.AMOUNT
        if from_panel:
            formula = Formula(each_line, item.source)
        heading = tuple(self.folder.dated(text) for text in item.texts("heading"))
        only = {name: tuple(values) for name, values in item.mapping("only").items()}
        own = read_amounts(item, self.money, money)
        column = Column(
            key=key,
            kind=kind,
            source=item.source,
            heading=heading,
            name=item.text("name", "") or key,
            width=item.number("width", 12),
            formula=formula,
            each_line=from_panel,
            hidden=item.flag("hidden"),
            money=own.unit if kind is ColumnKind.AMOUNT else "",
            decimals=own.decimals,
            zeros=own.zeros,
            negative=own.negative,
            entry=item.flag("entry"),
            required=item.flag("required"),
            catalogue=item.text("catalogue", ""),
            only=only,
            choices=tuple(map(self.folder.dated, item.texts("choices"))),
            csv=item.texts("csv"),
            prompt=self.folder.dated(item.text("prompt", "")),
            prior=item.formula("prior"),
        )
        item.finish()
        return column

    def _segments(self, item: Item) -> Iterable[Segment]:
        if item.has("open"):
            yield self._open_rows(item)
        elif item.has("skip"):
            yield from (Line("", item.source) for _ in range(item.whole("skip")))
        else:
            yield self._line(item)
        item.finish()

    def _line(self, item: Item) -> Line:
        return Line(
            key=item.text("key"),
            source=item.source,
            cells={key: self._line_cell(item, key, value) for key, value in item.mapping("cells").items()},
            formula=item.formula("formula"),
            prior={key: Formula(str(text), item.source) for key, text in item.mapping("prior").items()},
            numbering=item.flag("numbering"),
            bold=item.flag("bold"),
            closing=item.flag("closing"),
        )

    def _line_cell(self, item: Item, key: str, value: Any) -> str | Formula:
        if isinstance(value, str):
            return self.folder.dated(value)
        if isinstance(value, dict) and isinstance(value.get("formula"), str) and len(value) == 1:
            return Formula(value["formula"], item.source)
        self.folder.problems.add(item.source, f'“{key}”的值应为文字，或 {{ formula = "…" }}')
        return ""

    def _open_rows(self, item: Item) -> OpenRows:
        capacity = item.raw("capacity")
        if isinstance(capacity, list) and all(isinstance(name, str) for name in capacity):
            rows: int | tuple[str, ...] = tuple(capacity)
        elif isinstance(capacity, int) and capacity > 0:
            rows = capacity
        else:
            self.folder.problems.add(item.source, "capacity 应为正整数，或表名的列表")
            rows = 1
        listed = item.formula("listed")
        if listed is None:
            self.folder.problems.add(item.source, "可变行缺少属性“listed”（应列行数的公式）")
        sources = [self._open_source(item)]
        for part in item.items("also"):
            sources.append(self._open_source(part))
            part.finish()
        return OpenRows(
            capacity=rows,
            sources=tuple(sources),
            listed=listed or Formula("0", item.source),
            source=item.source,
            bold_when=item.formula("bold_when"),
        )

    def _open_source(self, item: Item) -> OpenSource:
        cells = {key: Formula(str(text), item.source) for key, text in item.mapping("cells").items()}
        return OpenSource(item.text("open"), item.text("rank"), item.source, cells)

    def entry(self, item: Item) -> EntrySheet:
        """Return an entry sheet."""
        money = read_amounts(item, self.money, self.money.of_entries)
        columns = tuple(self._column(part, money) for part in item.items("columns"))
        lines = tuple(self._entry_line(part) for part in item.items("lines"))
        entry = read_record(EntrySheet, item, self.folder.dated, columns=columns, lines=lines)
        if not entry.lines and entry.capacity < 1:
            self.folder.problems.add(item.source, "录入表要有固定行（lines），或给出行数（capacity）")
        return entry

    def _entry_line(self, item: Item) -> Line:
        line = self._line(item)
        item.finish()
        return line

    def working(self, item: Item) -> Working:
        """Return a working."""
        usual = self.money.of_forms if item.has("chart") else self.money.of_entries
        working = read_record(
            Working,
            item,
            self.folder.dated,
            rows_of=item.text("rows_of", ""),
            columns=tuple(self._column(part, usual) for part in item.items("columns")),
            chart=self._working_chart(item),
        )
        if bool(working.rows_of) == (working.rows > 0):
            self.folder.problems.add(
                item.source, "计算表的行要么与一张表逐行对应（rows_of），要么写明行数（rows）"
            )
        return working

    def _working_chart(self, item: Item) -> WorkingChart | None:
        """Return the chart of a working; most have none and stay hidden."""
        if not item.mapping("chart"):
            return None
        return read_record(WorkingChart, item.section("chart"), self.folder.dated)
