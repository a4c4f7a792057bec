"""The rows of one sheet of an export: entries, totals, sums of others, and what is none of these."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from xlbudget.model import CellValue, ExportMapping, StoredCell, Trouble, WorkbookTemplate
from xlbudget.returns.entry_values import read_amount
from xlbudget.returns.exports.columns import ExportHeadings
from xlbudget.returns.exports.places import TablePlaces
from xlbudget.returns.exports.taken import NotTaken, TakenRow
from xlbudget.returns.exports.words import EntryText, Meaning, entry_text
from xlbudget.returns.published.grids import Grid
from xlbudget.returns.published.lines import is_numbering
from xlbudget.returns.published.texts import is_furniture, labels, plain

_READ = {None, Trouble.TEXT_AMOUNT, Trouble.NO_AMOUNT, Trouble.FLOAT_RESIDUE}
_PRINTED = re.compile(r"[-−(（]?[\d,，]+\.\d+[)）]?")
_FORMULA = "公式没有保存计算结果"


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A row with amounts: by column of the sheet, and what they are.

    ``kind`` is ``taken``, ``left``, ``others`` (of another unit), ``summed`` (only totals are taken),
    ``part`` (adds up rows under ``codes``, by entry column), ``subtotal`` or ``total``. ``columns`` are
    those whose amounts were taken, ``tables`` the names of the tables that took it.
    """

    row: int
    kind: str
    text: str
    amounts: Mapping[int, Decimal]
    columns: frozenset[int] = frozenset()
    tables: frozenset[str] = frozenset()
    codes: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    stated: bool = False


@dataclass
class SheetRows:
    """Goes through the rows below the headings of one sheet, for all tables that it is."""

    grid: Grid
    headings: ExportHeadings
    tables: Sequence[TablePlaces]
    mapping: ExportMapping
    template: WorkbookTemplate
    unit: str
    taken: list[TakenRow] = field(default_factory=list)
    left: list[NotTaken] = field(default_factory=list)
    found: list[ExportRow] = field(default_factory=list)
    others: set[str] = field(default_factory=set)
    _said: dict[tuple[str, str, tuple[StoredCell, ...]], EntryText] = field(default_factory=dict)
    _above: dict[tuple[str, str], list[StoredCell]] = field(default_factory=dict)
    _labels: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.worded = {at for table in self.tables for at in table.worded}
        self.counted = {at for table in self.tables for at in table.counted}
        names = {name for table in self.tables for name in table.table.skip_columns}
        passed = {at for name in names for at in self.headings.every(name)}
        self.passed = passed.union(*(table.summing for table in self.tables)) - self.counted
        self.totals = set(map(plain, self.mapping.totals))
        self.subtotals = set(map(plain, self.mapping.subtotals))

    def read(self) -> None:
        """Read all rows; what they are is in ``taken``, ``left`` and ``found``."""
        repeated = {tuple(map(plain, self.grid.texts(row))) for row in self.headings.rows}
        every = sorted(self.headings.paths)
        for row in self.grid.rows:
            if row <= self.headings.rows[-1] or is_numbering(self.grid, row, every):
                continue
            texts = self.grid.texts(row)
            if tuple(map(plain, texts)) in repeated or (texts and is_furniture(texts[0])):
                continue
            self._row(row)

    # ------------------------------------------------------------------ amounts

    def _amounts(self, row: int) -> tuple[dict[int, Decimal], str]:
        """Return the amounts of a row by column, and what could not be read."""
        found, unread = {}, ""
        for column in self.headings.paths:
            if column in self.worded or column in self.passed:
                continue
            cell = self.grid.cell(row, column)
            printed = self.grid.printed.get((row, column))
            if cell is None and printed is not None and printed.stored is not None:
                cell = printed.stored if printed.stored.formula else None
            if cell is None:
                continue
            uncounted = cell.kind == "blank" and bool(cell.formula)
            if column not in self.counted and not (uncounted or _is_printed(cell)):
                continue
            value, trouble = read_amount(cell)
            if trouble not in _READ or uncounted:
                why = _FORMULA if uncounted else f"“{cell.text}”不是金额"
                unread = f"“{self.headings.shown[column]}”的{why}"
            elif isinstance(value, Decimal) and value:
                found[column] = value
        return found, unread

    # --------------------------------------------------------------------- rows

    def _row(self, row: int) -> None:
        amounts, unread = self._amounts(row)
        words = self._texts(row, amounts)
        text = " ".join(words)
        if unread:
            self._leave(ExportRow(row, "left", text, amounts, reason=unread))
            return
        said = set(map(plain, words))
        if said & self.totals or said & self.subtotals:
            kind = "total" if said & self.totals else "subtotal"
            if amounts:
                self.found.append(ExportRow(row, kind, text, amounts))
            self._above.clear()
            return
        tried = [self._for(table, row, amounts) for table in self.tables]
        wordy = any(part.kind == "taken" for part in tried)
        if not amounts and not wordy:
            return
        chosen = [part for part in tried if part.kind == "taken"]
        if chosen:
            columns = frozenset(at for part in chosen for at in part.columns)
            names = frozenset(name for part in chosen for name in part.tables)
            codes = {key: code for part in chosen for key, code in part.codes.items()}
            self.found.append(ExportRow(row, "taken", text, amounts, columns, names, codes))
            return
        order = ("others", "summed", "part", "left")
        best = min(tried, key=lambda part: order.index(part.kind))
        if best.kind == "left":
            self._leave(replace(best, text=text))
        else:
            self.found.append(replace(best, text=text))

    def _leave(self, row: ExportRow) -> None:
        self.found.append(row)
        shown = {self.headings.shown[at]: value for at, value in row.amounts.items()}
        place = self.grid.place(row.row, 1)
        self.left.append(NotTaken(place, row.text, row.reason, shown, stated=row.stated))

    def _texts(self, row: int, amounts: Mapping[int, Decimal]) -> list[str]:
        """Return the words of a row, merged cells from above left out."""
        return [
            text
            for column in self.grid.columns(row)
            if column not in amounts and column not in self.counted and (text := self.grid.text(row, column))
        ]

    def _for(self, table: TablePlaces, row: int, amounts: Mapping[int, Decimal]) -> ExportRow:
        """Return what a row is for one table; a row that is taken is kept."""
        if table.unit:
            code = "".join(self.grid.shown(row, at) for at in table.unit)
            if code and self.unit not in (code, re.split(r"[^\w.-]", code, maxsplit=1)[0]):
                self.others.add(code)
                return ExportRow(row, "others", "", amounts)
        for name, columns in table.where.items():
            text = plain("".join(self.grid.shown(row, at) for at in columns))
            if text not in map(plain, table.table.where[name]):
                return ExportRow(row, "left", "", amounts, reason="不符合对照里任何一张表的条件（where）")
        if table.table.lines:
            return self._line(table, row, amounts)
        return ExportRow(row, "summed", "", amounts) if table.sums else self._ledger(table, row, amounts)

    def _line(self, table: TablePlaces, row: int, amounts: Mapping[int, Decimal]) -> ExportRow:
        text = "".join(self.grid.shown(row, at) for at in table.label)
        said = set(labels(text))
        if said & {name for word in table.table.skip_rows for name in labels(word)}:
            return ExportRow(row, "left", "", amounts, reason="对照写明不取这一行", stated=True)
        line = next(
            (
                line
                for line, names in table.table.lines.items()
                if said & {name for word in names for name in labels(word)}
            ),
            "",
        )
        if not line:
            return ExportRow(row, "left", "", amounts, reason=f"对照里没有名为“{text}”的行")
        if not amounts:
            return ExportRow(row, "left", "", amounts)
        if (table.table.name, plain(text)) in self._labels:
            return ExportRow(row, "left", "", amounts, reason=f"“{text}”有两行，不知道取哪一行")
        self._labels.add((table.table.name, plain(text)))
        return self._keep(table, row, amounts, {}, line)

    def _ledger(self, table: TablePlaces, row: int, amounts: Mapping[int, Decimal]) -> ExportRow:
        said = {key: self._said_of(table, row, key) for key in table.texts}
        required = [key for key in table.texts if table.column(key).required]
        unknown = [key for key, part in said.items() if part.said is Meaning.UNKNOWN]
        if unknown:
            key = unknown[0]
            reason = f"“{said[key].text}”不能填在“{key}”里（不在代码表或选项中）"
            return ExportRow(row, "left", "", amounts, reason=reason)
        if any(said[key].said in (Meaning.ABOVE, Meaning.NOTHING) for key in required):
            codes = {key: part.text for key, part in said.items() if part.text}
            lacking = next(key for key in required if said[key].said is not Meaning.VALUE)
            if not codes:
                return ExportRow(row, "left", "", amounts, reason=f"没有“{lacking}”")
            return ExportRow(row, "part", "", amounts, codes=codes, reason=f"没有写到“{lacking}”")
        texts = {key: part.text for key, part in said.items() if part.text}
        if not texts and not amounts:
            return ExportRow(row, "left", "", amounts)
        if table.amounts and not table.counted & set(amounts):
            return ExportRow(row, "left", "", amounts, reason="有金额的栏目对照里没有写")
        return self._keep(table, row, amounts, texts, "")

    def _said_of(self, table: TablePlaces, row: int, key: str) -> EntryText:
        cells = list(self._cells(row, table.texts[key]))
        kept = (table.table.name, key)
        if key in table.table.repeat and not any(cell.text for cell in cells):
            cells = self._above.get(kept, cells)
        self._above[kept] = cells
        known = (table.entry.id, key, tuple(cells))
        if known not in self._said:
            self._said[known] = entry_text(cells, table.column(key), table.table, self.template)
        return self._said[known]

    def _cells(self, row: int, columns: Sequence[int]) -> Iterator[StoredCell]:
        for column in columns:
            at = self.grid.merged(row, column) or (row, column)
            yield self.grid.cell(*at) or StoredCell("s", "")

    def _keep(
        self,
        table: TablePlaces,
        row: int,
        amounts: Mapping[int, Decimal],
        texts: Mapping[str, str],
        line: str,
    ) -> ExportRow:
        same: dict[str, CellValue] = {**table.table.fixed, **texts}
        place = self.grid.place(row, 1)
        for at, code in table.across.items():
            if at in amounts:
                spread: dict[str, CellValue] = {table.table.across: code, table.table.into: amounts[at]}
                self.taken.append(TakenRow(table.table, self.grid.place(row, at), {**same, **spread}, line))
        if not table.across:
            values = {
                key: sum((amounts.get(at, Decimal(0)) for at in columns), Decimal(0))
                for key, columns in table.amounts.items()
            }
            self.taken.append(TakenRow(table.table, place, {**same, **values}, line))
        counted = frozenset(at for part in table.amounts.values() for at in part)
        return ExportRow(row, "taken", "", amounts, counted, frozenset({table.table.name}), texts)


def _is_printed(cell: StoredCell) -> bool:
    """Whether a cell that no table asks for holds an amount: codes written as texts do not."""
    return cell.kind == "n" or bool(_PRINTED.fullmatch(cell.text.strip()))
