"""A workbook → :class:`~xlbudget.model.Submission`: entries, stored results, formulas as frozen values.

Nothing is judged here beyond what a cell means: what the reader meets is listed as
irregularities, and the checks put it into words. The file itself is never changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path

from xlbudget.files.elsewhere import at_hand
from xlbudget.files.workbooks import read_any
from xlbudget.files.xlsx import Limits, RawSheet, RawWorkbook
from xlbudget.model import (
    Cell,
    ColumnKind,
    Displacement,
    EntryRow,
    EntrySheet,
    Irregularity,
    Memo,
    MergedEntries,
    Submission,
    Trouble,
    Unit,
    WorkbookTemplate,
)
from xlbudget.returns.alignment import align, headed
from xlbudget.returns.changed_lists import changed_lists
from xlbudget.returns.entry_rows import ReadRow, read_row
from xlbudget.returns.hidden_parts import hidden_parts
from xlbudget.returns.merged_cells import merged_entries
from xlbudget.returns.outside_tables import outside
from xlbudget.returns.shown_values import FormatKind, odd_formats, shown_by
from xlbudget.returns.stamps import find_stamp, sheets_by_stamp
from xlbudget.returns.stored_cells import RowFacts, StoredCells
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.plan import Plan
from xlbudget.workbook.layout import Layout
from xlbudget.workbook.reserved_names import STAMP_SHEET
from xlbudget.workbook.stamp import Stamp

_READ = Memo[ReadRow]()


@dataclass(slots=True)
class Opened:
    """A file that could be opened: its raw contents and its stamp, if it has one of ours."""

    path: Path
    raw: RawWorkbook
    stamp: Stamp | None


def open_workbook(
    path: Path, limits: Limits | None = None, template: WorkbookTemplate | None = None
) -> Opened:
    """Read a file's raw contents; raises UnreadableWorkbook with the reason.

    Sheets of ``template`` that only carry intermediate results are decoded once a cell of theirs is asked
    for: for whoever looks at the workbook at once and lets it go.
    """
    later = {part.sheet for part in template.workings if part.chart is None} if template else ()
    with at_hand(path) as file:
        raw = read_any(file, later=later, limits=limits)
    return Opened(path, raw, find_stamp(raw))


def read_entered(path: Path, template: WorkbookTemplate, limits: Limits | None = None) -> Submission:
    """Return what :func:`read` does but for stored results: forms are not looked at.

    For a workbook that has been checked already; a fifth of the time. Raises as :func:`open_workbook`.
    """
    entered = {entry.sheet for entry in template.entries}
    passed = {*template.titles(), *(working.sheet for working in template.workings)} - entered
    with at_hand(path) as file:
        raw = read_any(file, sheets=lambda name: name not in passed, limits=limits)
    opened = Opened(path, raw, find_stamp(raw))
    names = sheets_in(raw, opened.stamp, template) if opened.stamp else {}
    if any(names.get(sheet, "") in {"", *passed} for sheet in entered):  # tabs under one another's names
        return read(open_workbook(path, limits), template)
    return _reader(opened, template, forms=False).submission()


def read(opened: Opened, template: WorkbookTemplate) -> Submission:
    """Return what the unit returned; the file's stamp must name ``template`` (see ``intake``)."""
    return _reader(opened, template, forms=True).submission()


def sheets_in(raw: RawWorkbook, stamp: Stamp, template: WorkbookTemplate) -> dict[str, str]:
    """Return the template's sheet name → the name that the sheet has in this file."""
    template = template.at_level(department=stamp.department)
    return sheets_by_stamp(raw, stamp, template.titles(department=stamp.department))


def _reader(opened: Opened, template: WorkbookTemplate, *, forms: bool) -> _Reader:
    if opened.stamp is None:
        raise ValueError("a workbook without a stamp cannot be read")
    template = template.at_level(department=opened.stamp.department)
    return _Reader(opened, opened.stamp, plan_of(template, opened.stamp.capacity), forms)


@dataclass(slots=True)
class _Reader:
    opened: Opened
    stamp: Stamp
    plan: Plan
    forms: bool
    irregularities: list[Irregularity] = field(default_factory=list)
    unreadable: set[Cell] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    displaced: dict[str, Displacement] = field(default_factory=dict)
    merged: list[MergedEntries] = field(default_factory=list)
    formats: Mapping[int, FormatKind] = field(init=False)

    def __post_init__(self) -> None:
        self.formats = odd_formats(self.opened.raw.number_formats)

    @property
    def blueprint(self) -> Blueprint:
        return self.plan.blueprint

    @property
    def layout(self) -> Layout:
        return self.plan.layout

    def submission(self) -> Submission:
        raw, template = self.opened.raw, self.blueprint.template
        renamed = sheets_in(raw, self.stamp, template)
        sheets = {sheet.name: sheet for sheet in raw.sheets if sheet.kind == "worksheet"}
        mine = {ours: sheets[theirs] for ours, theirs in renamed.items()}
        mine |= {name: sheets[name] for name in self._hidden_names() if name in sheets}
        for name in dict.fromkeys(self._needed_names()):
            if name not in mine:
                self._lose(Trouble.MISSING_SHEET, name)
            elif mine[name].cells.empty:
                del mine[name]
                self._lose(Trouble.EMPTIED_SHEET, name)
        for kind, names in self._beside().items():
            self.irregularities += [Irregularity(kind, name) for name in names if name not in mine]
        self.irregularities += changed_lists(self.plan, mine) if self.forms else ()
        charted = {part.id: part.sheet for part in template.workings if part.chart is not None}
        self.lost |= {table for table, sheet in charted.items() if sheet not in mine}
        stored = self._in_places(mine)
        for entry in template.entries:
            if entry.sheet in mine and entry.id not in self.lost:
                moved = self.displaced.get(entry.sheet)
                self.irregularities += outside(self.plan, entry, mine[entry.sheet].cells, moved)
                self.merged += merged_entries(self.layout, entry, mine[entry.sheet], moved)
        entries = {
            entry.id: tuple(self._rows(entry, stored))
            for entry in template.entries
            if entry.id not in self.lost
        }
        self.irregularities += hidden_parts(self.layout, mine, entries)
        self.irregularities += [
            Irregularity(Trouble.ACTIVE_CONTENT, "", text=content) for content in raw.active_content
        ]
        calculated = not self.forms or self._calculated(stored)
        return Submission(
            path=self.opened.path,
            sha256=raw.sha256,
            unit=self._unit(entries),
            issued=bool(self.stamp.unit.code),
            template_id=self.stamp.template_id,
            digest=self.stamp.digest,
            department=self.stamp.department,
            capacity=dict(self.stamp.capacity),
            entries=entries,
            stored=stored,
            irregularities=tuple(self.irregularities),
            unreadable=frozenset(self.unreadable),
            unreadable_tables=frozenset(self.lost),
            renamed={ours: theirs for ours, theirs in renamed.items() if ours != theirs},
            calculated=calculated,
            remarks=tuple(self._remarks(renamed, calculated=calculated)),
            controls={column: Decimal(text) for column, text in self.stamp.controls.items()},
            codes=self.stamp.codes,
            unseen_formulas=_unseen(raw),
            displaced=self.displaced,
            merged=tuple(self.merged),
        )

    def _unit(self, entries: Mapping[str, Iterable[EntryRow]]) -> Unit:
        """Return the unit that the file was issued to; of a blank workbook, the one its cover names."""
        if self.stamp.unit.code:
            return self.stamp.unit
        facts = self.blueprint.template.unit_facts
        lines = self.layout.tables[facts.table].lines
        typed = {row.row: str(row.values.get(facts.column) or "") for row in entries.get(facts.table, ())}
        code, name, kind, superior = (
            typed.get(lines[line], "") for line in (facts.code, facts.name, facts.kind, facts.superior)
        )
        return Unit(code, name, kind, superior)

    def _hidden_names(self) -> Iterator[str]:
        return (part.sheet for part in self.blueprint.template.workings if part.chart is None)

    def _needed_names(self) -> Iterator[str]:
        """Sheets without which entries or forms are missing."""
        template = self.blueprint.template
        yield from (entry.sheet for entry in template.entries)
        yield from (form.sheet for form in template.forms)
        yield template.check_sheet.sheet
        yield from self._hidden_names()

    def _beside(self) -> Mapping[Trouble, tuple[str, ...]]:
        """Sheets that hold no entries and no forms: code lists, which formulas read, and pages."""
        template = self.blueprint.template
        if not self.forms:
            return {}
        return {
            Trouble.MISSING_LIST: tuple(catalogue.sheet for catalogue in template.catalogues),
            Trouble.MISSING_PAGE: (template.contents_sheet, *(page.sheet for page in template.pages)),
        }

    def _lose(self, kind: Trouble, sheet: str) -> None:
        """Note that a sheet is missing; its tables count as unread."""
        self.irregularities.append(Irregularity(kind, sheet))
        self.lost |= {placed.name for placed in self.layout.tables.values() if placed.sheet == sheet}

    def _in_places(self, mine: dict[str, RawSheet]) -> StoredCells:
        """Return the cells of our tables; in ``mine`` sheets whose rows or columns moved are set right."""
        stored = StoredCells(self.plan, {name: sheet.cells for name, sheet in mine.items()})
        moved = False
        for entry in self.blueprint.template.entries:
            sheet = mine.get(entry.sheet)
            if sheet is None or self._stands(entry, sheet, stored):
                continue
            found = align(self.plan, entry, sheet)
            self.irregularities += found.irregularities
            self.unreadable |= found.lost
            if not found.readable:
                self.lost |= {
                    name for name, placed in self.layout.tables.items() if placed.sheet == entry.sheet
                }
            elif found.displacement is not None:
                mine[entry.sheet], self.displaced[entry.sheet], moved = found.sheet, found.displacement, True
        if not moved:
            return stored
        return StoredCells(self.plan, {name: sheet.cells for name, sheet in mine.items()})

    def _stands(self, entry: EntrySheet, sheet: RawSheet, stored: StoredCells) -> bool:
        """Whether headings, ordinals and names of lines of a table stand where ours do."""
        misplaced = any(cell.table == entry.id for row in stored.rows(entry.sheet) for cell in row.misplaced)
        return not misplaced and headed(self.layout, entry, sheet.cells)

    def _rows(self, entry: EntrySheet, stored: StoredCells) -> Iterator[EntryRow]:
        for facts in stored.rows(entry.sheet):
            if facts.typed:
                known = _READ.of(facts.memos, entry.id, partial(read_row, self.blueprint, entry, facts))
                self.irregularities += known.irregularities
                self.unreadable |= known.unreadable
                row = self._as_shown(entry, facts, known.row) if self.formats else known.row
                if row is not None:
                    yield row

    def _as_shown(self, entry: EntrySheet, facts: RowFacts, row: EntryRow | None) -> EntryRow | None:
        """Return a row without what its cells show otherwise; a percentage among texts is read so."""
        for cell, column, raw in facts.typed:
            kind = self.formats.get(raw.style)
            if kind is None or cell.table != entry.id or row is None or column.key not in row.values:
                continue
            shown = shown_by(raw, kind, date_1904=self.opened.raw.date_1904)
            if not shown:
                continue
            values = dict(row.values)
            trouble = Trouble.SHOWN_OTHERWISE
            if column.kind is ColumnKind.TEXT and kind is FormatKind.PERCENT:
                trouble, values[column.key] = Trouble.READ_AS_SHOWN, shown
            elif kind is FormatKind.SCIENTIFIC:
                trouble = Trouble.READ_AS_SHOWN
            else:
                values[column.key] = None
                self.unreadable.add(cell)
            self.irregularities = [part for part in self.irregularities if part.cell != cell]
            self.irregularities.append(Irregularity(trouble, entry.sheet, cell, raw.text, shown, kind.value))
            row = EntryRow(row.row, values)
        return row

    def _calculated(self, stored: StoredCells) -> bool:
        """Whether the file holds results for our formulas (programs without a calculator leave none)."""
        rows = list(stored.shown_rows())
        return not any(row.formulas for row in rows) or any(row.results for row in rows)

    def _remarks(self, renamed: Mapping[str, str], *, calculated: bool) -> Iterator[str]:
        raw = self.opened.raw
        if not calculated:
            yield "文件中没有保存计算结果（未用 Excel 或 WPS 计算过），以重新计算的数值为准。"
        for ours, theirs in renamed.items():
            if ours != theirs:
                yield f"工作表“{ours}”被改名为“{theirs}”，已按原表读取。"
        known = {*renamed.values(), *self._hidden_names(), *self.layout.own_sheets}
        extra = [sheet for sheet in raw.sheets if sheet.name not in known]
        if extra and not self.stamp.department:  # a summary has sheets of its own beside the template's
            names = "、".join(
                f"“{sheet.name}”{'' if sheet.state == 'visible' else '（隐藏）'}" for sheet in extra
            )
            yield f"单位自加的工作表未读取：{names}。"
        if unseen := _unseen(raw):
            yield f"{unseen}。"
        if raw.precision_as_displayed:
            yield "文件设为“以显示精度为准”，保存的数值可能已被舍入。"


def _unseen(raw: RawWorkbook) -> str:
    """Return what cannot be checked of a file in this format, and why; empty for ``.xlsx``."""
    if raw.format == "xlsx":
        return ""
    what = "只核对了公式是否被数值覆盖，没有核对公式是否被改写"
    return f"文件是 .{raw.format} 格式，看不到公式的文字，{what}"


def stamp_of(path: Path, limits: Limits | None = None) -> Stamp | None:
    """Return a file's stamp without reading its tables; raises UnreadableWorkbook."""
    with at_hand(path) as file:
        raw = read_any(file, sheets=lambda name: name == STAMP_SHEET, glance=True, limits=limits)
    return find_stamp(raw)
