"""Workbooks filled from what another system exports, with an account of every amount of the export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from xlbudget.definitions.export_mappings import mapping_named
from xlbudget.department.issue.filling import Begun, begin
from xlbudget.files.whole_files import existing_file, refuse_inputs
from xlbudget.model import CellValue, EntryRow, EntrySheet, PublishedDocument, Unit, WorkbookTemplate
from xlbudget.model.errors import InputError, XlbudgetError
from xlbudget.model.words import amount_text
from xlbudget.returns.exports.reading import take
from xlbudget.returns.exports.taken import ControlSum, NotTaken, TakenExport, TakenRow
from xlbudget.returns.published.documents import read_document
from xlbudget.returns.published.grids import grid_of
from xlbudget.returns.published.texts import plain, unit_in
from xlbudget.returns.reading import open_workbook, read

_NOTHING = Decimal(0)


@dataclass(frozen=True)
class FilledFromExport:
    """A workbook that was filled from an export.

    ``taken`` is what the export had; ``entered`` the sum of each entry column as the file written says it,
    read back, ``wanted`` what was to be entered there; ``replaced`` sentences on entries that stood there.
    """

    path: Path
    taken: TakenExport
    wanted: Mapping[tuple[str, str], Decimal]
    entered: Mapping[tuple[str, str], Decimal]
    replaced: tuple[str, ...]
    template: WorkbookTemplate
    unit: Unit

    @property
    def whole(self) -> bool:
        """Whether every amount of the export stands in the workbook, or is left out on purpose."""
        return self.taken.whole and self.wanted == self.entered


def read_export(export: Path) -> PublishedDocument:
    """Return an export as its tables; raises UnreadableWorkbook or InputError."""
    return read_document(existing_file(export, "导出文件"))


def fill_from_export(
    workbook: Path,
    export: Path,
    name: str,
    output: Path,
    *,
    template: WorkbookTemplate | None = None,
    templates: Path | None = None,
    document: PublishedDocument | None = None,
) -> FilledFromExport:
    """Write a copy of ``workbook`` with what ``export`` has for its unit, by the mapping of that name.

    Ledgers that the mapping fills are replaced (what it does not give stays in rows of the same codes), of
    fixed lines the cells that it gives. Raises InputError before anything is written where an amount would be
    a guess, DefinitionError for a mapping with mistakes.
    """
    refuse_inputs([output], [export])
    begun = begin(workbook, output, template, templates)
    mapping = mapping_named(begun.template, name)
    document = document or read_export(export)
    unit = begun.submission.unit
    taken = take(document, mapping, begun.template, unit.code)
    if not any(table.unit for table in mapping.tables):
        _same_unit(document, unit.name)
    if not taken.rows:
        reasons = dict.fromkeys(part.reason for part in taken.left if not part.stated)
        why = f"（{'；'.join(reasons)}）" if reasons else ""
        raise InputError(
            f"“{export.name}”里没有本单位（{unit.code}）可以取的数据{why}；请核对单位和对照“{mapping.title}”。"
        )
    given, replaced = _entries(begun, taken)
    path = begun.write(given)
    back = read(open_workbook(path), begun.template)
    columns = {(row.table.entry, key) for row in taken.rows for key in _amounts(row.values)}
    return FilledFromExport(
        path=path,
        taken=taken,
        wanted={at: _sum(given[at[0]], at[1]) for at in sorted(columns)},
        entered={at: _sum(back.entries.get(at[0], ()), at[1]) for at in sorted(columns)},
        replaced=tuple(replaced),
        template=begun.template,
        unit=unit,
    )


@dataclass(frozen=True)
class FilledUnits:
    """Workbooks filled from one export, and sentences on those that were not and on units without one."""

    filled: tuple[FilledFromExport, ...]
    problems: tuple[str, ...]


def fill_all_from_export(
    files: Sequence[Path], export: Path, name: str, output: Path, *, templates: Path | None = None
) -> FilledUnits:
    """Write copies of ``files`` into folder ``output``, each with its unit's rows of one export.

    A workbook that cannot be filled is told and stops nothing behind it. Raises InputError where the export
    itself cannot be read.
    """
    document = read_export(export)
    filled, problems = [], []
    others: set[str] = set()
    done: set[str] = set()
    for path in files:
        try:
            one = fill_from_export(
                path, export, name, output / path.name, templates=templates, document=document
            )
        except XlbudgetError as error:
            problems.append(f"{path.name}：{error}")
            done.add(_unit_of(path))
            continue
        filled.append(one)
        others.update(one.taken.others)
    done.update(one.unit.code for one in filled)
    if unclaimed := sorted(code for code in others if code not in done):
        problems.append(f"导出里还有这些单位的行，没有它们的工作簿：{'、'.join(unclaimed)}")
    return FilledUnits(tuple(filled), tuple(problems))


def _unit_of(workbook: Path) -> str:
    try:
        stamp = open_workbook(workbook).stamp
    except XlbudgetError:
        return ""
    return stamp.unit.code if stamp is not None else ""


def _same_unit(document: PublishedDocument, name: str) -> None:
    """Refuse the export of another unit: captions name whose it is."""
    for at, table in enumerate(document.tables):
        grid = grid_of(table, at)
        for row in grid.rows[:8]:
            for text in grid.texts(row):
                stated = unit_in(text)
                if stated and plain(stated) != plain(name):
                    raise InputError(
                        f"导出的工作表“{grid.name}”写的是“{stated}”，工作簿是“{name}”的；请换成本单位的导出。"
                    )


def _amounts(values: Mapping[str, CellValue]) -> list[str]:
    return [key for key, value in values.items() if isinstance(value, Decimal)]


def _sum(rows: Sequence[EntryRow], key: str) -> Decimal:
    found = (row.values.get(key) for row in rows)
    return sum((value for value in found if isinstance(value, Decimal)), _NOTHING)


def _entries(begun: Begun, taken: TakenExport) -> tuple[dict[str, tuple[EntryRow, ...]], list[str]]:
    """Return the rows of each entry sheet that is filled, and what is said of those that stood there."""
    given, replaced = {}, []
    for table in dict.fromkeys(row.table.entry for row in taken.rows):
        entry = begun.template.entry(table)
        rows = [row for row in taken.rows if row.table.entry == table]
        before = begun.submission.entries.get(table, ())
        if entry.is_ledger:
            given[table] = _ledger(entry, rows, before, begun.plan.layout.capacity[table])
            had = sum((_sum(before, column.key) for column in entry.columns if column.entry), _NOTHING)
            if before:
                was = f"“{entry.sheet}”原有 {len(before)} 行（金额共 {amount_text(had)}）"
                replaced.append(f"{was}已换成导出的 {len(rows)} 行。")
        else:
            given[table] = _lines(entry, rows, before)
    return given, replaced


def _ledger(
    entry: EntrySheet, rows: Sequence[TakenRow], before: Sequence[EntryRow], room: int
) -> tuple[EntryRow, ...]:
    """Return a ledger's rows; what the export does not say is kept where codes tell rows apart."""
    if len(rows) > room:
        raise InputError(
            f"导出有 {len(rows)} 行，超过“{entry.sheet}”的 {room} 行；请在生成模板时用 --rows 增加行数。"
        )
    keys = [column.key for column in entry.columns if column.required]
    kept = _unique((_codes(row.values, keys), row.values) for row in before)
    once = _unique((_codes(row.values, keys), row.values) for row in rows)
    result = []
    for at, row in enumerate(rows):
        codes = _codes(row.values, keys)
        own = {*row.table.columns, *row.table.fixed}
        old = kept.get(codes, {}) if codes in once else {}
        values = {key: value for key, value in old.items() if key not in own}
        result.append(EntryRow(at, {**values, **row.values}))
    return tuple(result)


def _codes(values: Mapping[str, CellValue], keys: Sequence[str]) -> tuple[CellValue, ...]:
    return tuple(values.get(key) for key in keys)


def _unique(
    pairs: Iterator[tuple[tuple[CellValue, ...], Mapping[str, CellValue]]],
) -> dict[tuple[CellValue, ...], Mapping[str, CellValue]]:
    found: dict[tuple[CellValue, ...], Mapping[str, CellValue]] = {}
    twice = set()
    for codes, values in pairs:
        if codes in found or not codes:
            twice.add(codes)
        found[codes] = values
    return {codes: values for codes, values in found.items() if codes not in twice}


def _lines(entry: EntrySheet, rows: Sequence[TakenRow], before: Sequence[EntryRow]) -> tuple[EntryRow, ...]:
    """Return the cells of fixed lines: those that the mapping gives anew, the others as they are."""
    places = {line.key: at for at, line in enumerate(entry.lines)}
    values = {row.row: dict(row.values) for row in before}
    for table in {row.table.name: row.table for row in rows}.values():
        for line in (*table.lines, *table.sums):
            for key in table.columns if line in table.lines else [table.into]:
                values.get(places[line], {}).pop(key, None)
    for taken in rows:
        cells = values.setdefault(places[taken.line], {})
        for key, value in taken.values.items():
            had = cells.get(key)
            if isinstance(had, Decimal) and isinstance(value, Decimal):
                value = had + value  # noqa: PLW2901 - several rows of an export are one line
            cells[key] = value
    return tuple(EntryRow(at, cells) for at, cells in sorted(values.items()) if cells)


def told(filled: FilledFromExport) -> list[str]:
    """Return in lines what was taken, what was not, and the sums of both sides."""
    sheets = {entry.id: entry for entry in filled.template.entries}
    lines = ["取入（导出 → 录入）："]
    sums = [part for part in filled.taken.sums if part.rows or part.total]
    lines += [f"  {_sum_line(part, sheets[part.table.entry])}" for part in sums]
    lines.append("核对录入表（写好后重新读出）：")
    for (table, key), wanted in filled.wanted.items():
        entered = filled.entered[table, key]
        same = "相符" if entered == wanted else f"应为 {amount_text(wanted)}，不符"
        lines.append(f"  {sheets[table].sheet}·{key} {amount_text(entered)}（{same}）")
    lines += filled.replaced
    left = [part for part in filled.taken.left if not part.stated]
    stated = [part for part in filled.taken.left if part.stated]
    if left or filled.taken.missing:
        lines.append("没有取，请核对后自行录入，或补充对照：")
        lines += [
            f"  导出里没有“{table.name}”（{'、'.join(table.titles or table.codes)}）"
            for table in filled.taken.missing
        ]
        lines += [f"  {_left_line(part)}" for part in left]
    if stated:
        lines.append(f"按对照不取 {len(stated)} 处：{'、'.join(dict.fromkeys(map(_short, stated)))}")
    if filled.taken.others:
        lines.append(f"其他单位的行没有取：{'、'.join(filled.taken.others)}")
    return [*lines, *filled.taken.remarks]


def _sum_line(part: ControlSum, entry: EntrySheet) -> str:
    total = "没有合计行" if part.total is None else f"合计行 {amount_text(part.total)}"
    others = f"，其他单位 {amount_text(part.others)}" if part.others else ""
    same = "相符" if part.balanced else "不符"
    return (
        f"“{part.sheet}”·{part.heading} → {entry.sheet}·{part.column}："
        f"{total}，各行 {amount_text(part.rows)}，取入 {amount_text(part.taken)}{others} {part.money}"
        f"（{same}）"
    )


def _left_line(part: NotTaken) -> str:
    amounts = "；".join(
        f"{heading} {amount_text(value)} {part.money}" for heading, value in part.amounts.items()
    )
    where = part.place.where
    return f"{where}“{part.text}”：{part.reason}" + (f"（{amounts}）" if amounts else "")


def _short(part: NotTaken) -> str:
    return part.place.sheet if not part.place.address else f"{part.place.where}“{part.text}”"
