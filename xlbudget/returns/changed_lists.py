"""Code lists of a workbook that are no longer those of the template: rows added, deleted, retyped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial

from xlbudget.files.addresses import cell_address
from xlbudget.files.xlsx import RawSheet, SheetCells, SheetRow
from xlbudget.model import Catalogue, Irregularity, Memo, Trouble
from xlbudget.workbook.calculation.plan import Plan

_CHANGED = Memo[Irregularity | None]()


def changed_lists(plan: Plan, sheets: Mapping[str, RawSheet]) -> Iterator[Irregularity]:
    """Yield what is different in each code list: where first, in words, and in how many rows.

    Empty rows between them are nothing. A code that has become a number is another one: formulas look for
    texts.
    """
    for catalogue in plan.blueprint.template.catalogues:
        sheet = sheets.get(catalogue.sheet)
        if sheet is None:
            continue
        about = plan, catalogue.id
        changed = _CHANGED.of(sheet.cells.memos, about, partial(_compared, plan, catalogue, sheet.cells))
        if changed is not None:
            yield changed


def _compared(plan: Plan, catalogue: Catalogue, cells: SheetCells) -> Irregularity | None:
    placed = plan.layout.tables[catalogue.id]
    order = sorted(placed.columns, key=placed.columns.__getitem__)
    ours = [tuple(row.get(key, "") for key in order) for row in catalogue.rows]
    columns = [placed.columns[key] + 1 for key in order]
    rows = {number: _texts(row, columns) for number, row in cells.rows.items() if number > placed.first_row}
    theirs = {number: texts for number, texts in sorted(rows.items()) if any(texts)}
    gone, new = Counter(ours), Counter(theirs.values())
    gone, new = gone - new, new - gone
    if not gone and not new:
        return _sorted(catalogue, ours, theirs, columns[0])
    number = next((number for number, texts in theirs.items() if texts in new), 0)
    lacking = next((row for row in ours if row in gone), ())
    if number:
        said = f"第 {number} 行现为“{_named(theirs[number])}”" + (
            f"，没有了“{_named(lacking)}”" if lacking else ""
        )
    else:
        said = f"没有了“{_named(lacking)}”"
        number = placed.first_row + ours.index(lacking) + 1
    count = max(sum(gone.values()), sum(new.values()))
    address = cell_address(number - 1, columns[0] - 1)
    return Irregularity(Trouble.CHANGED_LIST, catalogue.sheet, None, said, str(count), address)


def _sorted(
    catalogue: Catalogue, ours: list[tuple[str, ...]], theirs: dict[int, tuple[str, ...]], column: int
) -> Irregularity | None:
    """Return that the rows of a list stand in another order: forms list codes as it does."""
    pairs = zip(theirs.items(), ours, strict=True)
    moved = [(number, texts) for (number, texts), mine in pairs if texts != mine]
    if not moved:
        return None
    number, texts = moved[0]
    said = f"各行重新排序过（第 {number} 行现为“{_named(texts)}”）"
    address = cell_address(number - 1, column - 1)
    return Irregularity(Trouble.CHANGED_LIST, catalogue.sheet, None, said, str(len(moved)), address)


def _texts(row: SheetRow, columns: list[int]) -> tuple[str, ...]:
    held = (row.cells.get((row.number, column)) for column in columns)
    return tuple(
        "" if cell is None else cell.text if cell.kind == "s" else f"{cell.text}（数值）" for cell in held
    )


def _named(texts: tuple[str, ...]) -> str:
    return " ".join(filter(None, texts[:2]))
