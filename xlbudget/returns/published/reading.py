"""A document that others published → :class:`~xlbudget.returns.published.workbooks.PublishedWorkbook`.

Forms are recognised by their titles and headings, lines by their labels, codes and names, units of
money by their captions; sheet names, positions and stamps mean nothing. What is not recognised is
listed, and rules that would need it are not run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from xlbudget.files.xlsx import Limits
from xlbudget.model import (
    Cell,
    ColumnKind,
    Form,
    Place,
    PrintedCell,
    PublishedDocument,
    RecognisedForm,
    Roster,
    Unit,
    WorkbookTemplate,
)
from xlbudget.returns.published.amounts import AmountReader
from xlbudget.returns.published.coded import unlisted_codes
from xlbudget.returns.published.documents import read_document
from xlbudget.returns.published.form_facts import all_lines, is_total, lists_units, money_of_form
from xlbudget.returns.published.grids import Grid, grid_of
from xlbudget.returns.published.headings import is_figure
from xlbudget.returns.published.lines import (
    TOTAL,
    FoundLine,
    PanelReader,
    Unrecognised,
    body_rows,
)
from xlbudget.returns.published.room import (
    blueprint_with,
    room_needed,
    row_of,
    under_headings,
    unit_lines_between,
)
from xlbudget.returns.published.sections import NoSection, Section, find_sections, level_of, year_of
from xlbudget.returns.published.texts import LONGEST_TITLE, YEAR, plain, without_year
from xlbudget.returns.published.workbooks import PublishedWorkbook, ShownAmount
from xlbudget.workbook.blueprint import Blueprint

_PART = re.compile(r"第[一二三四五六七八九十\d]+(?:部分|[章节篇编])")
_HEAD = 8  # rows or paragraphs at the head of a table or document in which its title may stand

PanelColumn = tuple[str, str]
"""Panel and column of a form, by key."""


def read_published(
    path: Path, template: WorkbookTemplate, roster: Roster | None = None, limits: Limits | None = None
) -> PublishedWorkbook:
    """Return what a published file says; ``roster`` gives the code and kind of the unit that it names.

    Raises UnreadableWorkbook with the reason.
    """
    return published_workbook(read_document(path, limits), template, roster)


def published_workbook(
    document: PublishedDocument, template: WorkbookTemplate, roster: Roster | None = None
) -> PublishedWorkbook:
    """Return what the tables of a document say, as forms of a template."""
    grids = [grid_of(table, number) for number, table in enumerate(document.tables)]
    return _PublishedReader(document, grids, level_of(grids, template), roster).workbook()


@dataclass
class _PublishedReader:
    document: PublishedDocument
    grids: list[Grid]
    template: WorkbookTemplate
    roster: Roster | None
    unrecognised: list[Unrecognised] = field(default_factory=list)
    unread: dict[PanelColumn, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @cached_property
    def unlisted(self) -> Mapping[str, str]:
        """The codes that the document prints and no code list has, with their names."""
        return unlisted_codes(self.grids, self.template.catalogues)

    def workbook(self) -> PublishedWorkbook:
        self.remarks += self.document.remarks
        year = year_of(self.grids, self.template)
        sections = self._sections(self.grids, year)
        unit = self._unit(sections)
        plain_blueprint = blueprint_with(self.template, ())
        lines = self._lines(sections, plain_blueprint, unit.name)
        room = room_needed(lines, plain_blueprint.layout.capacity)
        blueprint = blueprint_with(self.template, room) if room else plain_blueprint
        cells, texts, places, printed = self._placed(sections, lines, blueprint)
        self._incomplete(lines)
        absent = self._absent(sections, lines, blueprint)
        money = self._money(sections)
        reader = AmountReader(self.template, blueprint, money)
        amounts = reader.amounts(cells)
        self._doubtful_units(lines, blueprint, amounts, unit.name)
        forms = tuple(
            RecognisedForm(
                form=part.form.id,
                title=part.title,
                place=part.place,
                tables=(part.grid.table,),
                money=money[part.form.id],
                titled=part.titled,
                year=part.year,
                exact=part.exact or not part.titled,
                cells=printed[part.form.id],
            )
            for part in sections.values()
        )
        self._say_unit(texts, unit)
        if year not in (None, self.template.year) and forms:
            self.remarks.append(f"这是 {year} 年的文件，按“{self.template.title}”的表式核对。")
        document = replace(
            self.document,
            forms=forms,
            template=self.template.id if forms else "",
            year=year if forms else None,
            unit=unit.name,
        )
        return PublishedWorkbook(
            document=document,
            unit=unit,
            blueprint=blueprint,
            amounts=amounts,
            texts=texts,
            places=places,
            unread=self.unread,
            unreadable=reader.unreadable,
            absent=absent,
            unrecognised=tuple(self.unrecognised),
            remarks=tuple(self.remarks),
        )

    # ----------------------------------------------------------------- forms

    def _sections(self, grids: Iterable[Grid], year: int | None) -> dict[str, Section]:
        """Return the sections by form; a form that stands twice is read once and said so."""
        found: dict[str, Section] = {}
        untold: list[NoSection] = []
        for grid in grids:
            for part in find_sections(grid, self.template, year):
                if isinstance(part, NoSection) and part.form:
                    untold.append(part)
                elif isinstance(part, NoSection):
                    other = part.grid.table if part.other else None
                    self._refuse(part.grid, part.row, part.text, part.reason, other)
                elif part.form.id in found:
                    reason = f"“{part.form.title}”已在{_where(found[part.form.id])}读过，这一份没有读"
                    self._refuse(part.grid, part.rows[0], part.form.title, reason)
                else:
                    found[part.form.id] = part
        for lost in untold:
            if lost.year and lost.form in found:
                self._refuse(lost.grid, lost.row, lost.text, lost.reason)
            elif lost.year:  # no other table of that title is there: its year is a slip
                found |= self._of_other_year(lost)
            elif lost.form not in found:  # else the title is only named there: a list, a table of contents
                self._refuse(lost.grid, lost.row, lost.text, lost.reason)
        self._note_unread(found)
        return {form.id: found[form.id] for form in self.template.forms if form.id in found}

    def _of_other_year(self, lost: NoSection) -> dict[str, Section]:
        parts = find_sections(lost.grid, self.template, lost.year)
        return {
            part.form.id: part
            for part in parts
            if isinstance(part, Section) and part.form.id == lost.form and part.rows[0] == lost.row
        }

    def _note_unread(self, found: Mapping[str, Section]) -> None:
        """Say of each column that was not found why its amounts are not known."""
        for form in self.template.forms:
            self._missing(form, found.get(form.id))

    def _missing(self, form: Form, found: Section | None) -> None:
        """Note the columns of a form that the file does not have, closing lines included."""
        for panel in form.panels:
            for column in panel.columns:
                reason = ""
                if found is None:
                    reason = f"没有找到“{form.title}”"
                elif column.hidden and column.kind is ColumnKind.AMOUNT:
                    reason = f"“{form.title}”不列“{column.name}”"
                elif not column.hidden and (panel.id, column.key) in found.headings.missing:
                    reason = f"“{form.title}”没有“{column.name}”栏"
                if reason:
                    self.unread |= {(part.id, column.key): reason for part in panel.tables}

    def _refuse(self, grid: Grid, row: int, text: str, reason: str, table: int | None = None) -> None:
        column = next(iter(grid.columns(row)), 1)
        self.unrecognised.append(Unrecognised(grid.place(row, column), text, reason, table=table))

    def _unit(self, sections: Mapping[str, Section]) -> Unit:
        """Return the unit that the captions name; its code and kind come from the roster."""
        names = [part.unit for part in sections.values() if part.unit]
        names = names or [name for name in [self._named_in_title()] if name]
        if not names:
            return Unit("", "", "")
        name = max(names, key=names.count)
        others = sorted({other for other in names if plain(other) != plain(name)})
        if others:
            listed = "、".join(f"“{other}”" for other in others)
            self.remarks.append(f"各表所写的单位名称不同：多数写“{name}”，另有{listed}。")
        known = self.roster.units if self.roster else ()
        return next((unit for unit in known if plain(unit.name) == plain(name)), Unit("", name, ""))

    def _named_in_title(self) -> str:
        """Return the name that stands before the title of the whole document («某单位2024年度部门决算»)."""
        title = without_year(self.template.title)
        first = next((page for page in self.document.pages if page.lines), None)
        cover = ["".join(line.text for line in first.lines)] if first is not None else []
        above = [text for grid in self.grids for row in grid.rows[:_HEAD] for text in grid.texts(row)]
        texts = [paragraph.text for paragraph in self.document.paragraphs[:_HEAD]]
        for text in (*cover, *above, *texts):
            name, found, _ = re.sub(r"\s+", "", YEAR.sub("#", text)).partition(title)
            if found and 2 <= len(name) <= LONGEST_TITLE and "：" not in name and not _PART.fullmatch(name):
                return name
        return ""

    def _money(self, sections: Mapping[str, Section]) -> dict[str, str]:
        """Return each form's unit of money: its caption's, else the one that all captions agree on."""
        said = {part.money for part in sections.values() if part.money}
        usual = all(part.money == money_of_form(part.form) for part in sections.values() if part.money)
        common = said.pop() if len(said) == 1 and not usual else ""
        money: dict[str, str] = {}
        for name, part in sections.items():
            money[name] = part.money or common or money_of_form(part.form) or self.template.form_money
            if not part.money:
                reason = "其他各表都是这个单位" if common else "本套报表的单位"
                self.remarks.append(f"“{part.form.title}”没有写明金额单位，按{money[name]}读取（{reason}）。")
        return money

    # ----------------------------------------------------------------- lines

    def _lines(
        self, sections: Mapping[str, Section], blueprint: Blueprint, unit: str
    ) -> dict[str, list[FoundLine]]:
        """Return the lines of every panel; forms that list units come first: projects lie below units."""
        units = {part.name for part in self.roster.units} if self.roster else set()
        units |= {part.unit for part in sections.values() if part.unit}
        found: dict[str, list[FoundLine]] = {}
        for part in sorted(sections.values(), key=lambda part: not lists_units(part.form, blueprint)):
            for panel, lines in self._panels(part, blueprint, unit, units).items():
                found[panel] = lines
                if lists_units(part.form, blueprint):
                    units |= {next(iter(line.texts.values()), "") for line in lines if not line.line}
        return found

    def _panels(
        self, part: Section, blueprint: Blueprint, unit: str, units: set[str]
    ) -> dict[str, list[FoundLine]]:
        readers = [
            PanelReader(
                part.grid, part.form, panel, part.headings, blueprint, unit, units, self.roster, self.unlisted
            )
            for panel in part.form.panels
        ]
        for row in body_rows(part.grid, part.rows, part.headings, part.form):
            beside = ""
            for reader in readers:
                before = len(reader.found)
                reader.take(row, beside)
                if len(reader.found) > before and reader.found[-1].line:
                    line = next(one for one in all_lines(reader.panel) if one.key == reader.found[-1].line)
                    beside = TOTAL if line.bold else ""
        for reader in readers:
            self.unrecognised += reader.unrecognised
        return {reader.panel.id: reader.found for reader in readers}

    def _incomplete(self, lines: Mapping[str, list[FoundLine]]) -> None:
        """Note panels with rows of amounts that were not recognised: their sums are not known."""
        for part in self.unrecognised:
            panel = next((one for _, one in self.template.panels if one.id == part.panel), None)
            if panel is not None and panel.id in lines:
                reason = f"{part.place.where} 的“{part.text}”没有识别"
                for column in panel.columns:
                    self.unread.setdefault((panel.id, column.key), reason)

    def _doubtful_units(
        self,
        lines: Mapping[str, list[FoundLine]],
        blueprint: Blueprint,
        amounts: Mapping[Cell, ShownAmount],
        unit: str,
    ) -> None:
        """Note panels in which lines of other units stand between lines that they sum up.

        Only a roster says which lines are units: without one the levels of such a panel are not known.
        """
        if self.roster is not None:
            return
        for _, panel in self.template.panels:
            if unit_lines_between(panel, lines.get(panel.id, []), blueprint, amounts, unit):
                reason = "列有下属单位的行，不知道哪些行是单位；用 --roster 给出单位名册后可以核对"
                for key in filter(None, (panel.level, panel.parent)):
                    self.unread.setdefault((panel.id, key), reason)

    def _absent(
        self,
        sections: Mapping[str, Section],
        lines: Mapping[str, list[FoundLine]],
        blueprint: Blueprint,
    ) -> frozenset[Cell]:
        """Return the cells of totals that the file does not have; other lines left out count as blank."""
        absent: set[Cell] = set()
        for part in sections.values():
            for panel in part.form.panels:
                own = lines.get(panel.id, ())
                absent |= under_headings(part.grid, part.headings, panel, own, blueprint.layout)
                there = {line.line for line in own}
                missing = [line for line in all_lines(panel) if line.key not in there]
                cut = any(is_total(line, panel.holder(line.key), part.form, blueprint) for line in missing)
                for line in missing:  # where a total is gone, the table may be cut: nothing is blank then
                    holder = panel.holder(line.key)
                    if cut:
                        row = blueprint.layout.tables[holder.id].lines[line.key]
                        absent |= {Cell(holder.id, row, column.key) for column in panel.columns}
                if missing:
                    names = "、".join(f"“{panel.label(line)}”" for line in missing[:5])
                    more = f"等 {len(missing)} 行" if len(missing) > 5 else ""
                    self.remarks.append(f"“{part.form.title}”没有{names}{more}，按没有金额处理，合计行除外。")
        return frozenset(absent)

    # ----------------------------------------------------------------- cells

    def _placed(
        self, sections: Mapping[str, Section], lines: Mapping[str, list[FoundLine]], blueprint: Blueprint
    ) -> tuple[
        dict[Cell, PrintedCell], dict[Cell, str], dict[Cell, Place], dict[str, dict[Cell, PrintedCell]]
    ]:
        """Return amounts as printed, texts and places of the lines found, by the cells of our layout.

        Last come the printed cells of each form, whatever they hold.
        """
        cells: dict[Cell, PrintedCell] = {}
        texts: dict[Cell, str] = {}
        places: dict[Cell, Place] = {}
        every: dict[str, dict[Cell, PrintedCell]] = {}
        for part in sections.values():
            of_form = every.setdefault(part.form.id, {})
            for panel in part.form.panels:
                for line in lines.get(panel.id, ()):
                    row = row_of(line, blueprint.layout)
                    texts |= {Cell(line.panel, row, key): text for key, text in line.texts.items()}
                    for column in panel.columns:
                        at = part.headings.columns.get((panel.id, column.key))
                        if at is None:
                            continue
                        cell = Cell(line.panel, row, column.key)
                        places[cell] = part.grid.place(line.row, at)
                        one = part.grid.printed.get((line.row, at))
                        if one is not None:
                            of_form[cell] = one
                        if part.grid.cell(line.row, at) is None or column.kind is not ColumnKind.AMOUNT:
                            continue
                        if line.row not in part.headings.rows or is_figure(part.grid.text(line.row, at)):
                            cells[cell] = part.grid.printed[line.row, at]
        return cells, texts, places, every

    def _say_unit(self, texts: dict[Cell, str], unit: Unit) -> None:
        """Give the rules the kind of the unit, where the roster knows it."""
        facts = self.template.unit_table.kinds
        table, _, column = facts.partition("[")
        if unit.kind:
            texts[Cell(table, 0, column.removesuffix("]"))] = unit.kind


def _where(section: Section) -> str:
    place = section.place
    return f"工作表“{place.sheet}”" if place.sheet and not place.page else place.where


# ---------------------------------------------------------------- definitions
