"""Transfers between units of a department (内部往来): both sides held against each other, then taken out.

A transfer is revenue of the unit that receives it and expenditure of the unit that pays it; in the
department it is neither. Taken out is what both sides state, the smaller of the two where they differ,
so that revenue and expenditure stay equal. What is taken out are entries of the summary like others:
rows with negative amounts in the ledgers of expenditure, one negative amount in revenue. Formulas,
rules and traces need to know nothing of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.model import (
    Cell,
    CellValue,
    ColumnKind,
    EntryRow,
    Finding,
    Place,
    Severity,
    Submission,
    TransferTable,
    Unit,
    WorkbookTemplate,
)
from xlbudget.model.errors import ConsolidationRefused
from xlbudget.model.words import shown
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.named_cells import named_lines
from xlbudget.workbook.names import names_of

RULE = "transfers"
"""The name of the finding that two units state a transfer differently; also what ``--allow`` calls it."""

Entries = Mapping[str, tuple[EntryRow, ...]]


@dataclass(frozen=True, slots=True)
class StatedTransfer:
    """What one unit states of a transfer: its row in the joined ledger, amount (元), file and cell."""

    unit: str
    row: int
    values: Mapping[str, CellValue]
    amount: Decimal
    file: str
    place: Place

    def __str__(self) -> str:
        return f"{self.file} {self.place.sheet}!{self.place.address}"


@dataclass(frozen=True, slots=True)
class Transfer:
    """All that one unit pays to another under one kind, as stated by both (元).

    ``inside`` says whether both are in the summary; only then anything is taken out.
    """

    payer: Unit
    receiver: Unit
    kind: str
    paid: tuple[StatedTransfer, ...]
    received: tuple[StatedTransfer, ...]
    inside: bool

    @property
    def paid_amount(self) -> Decimal:
        """What the payer states."""
        return _sum(self.paid)

    @property
    def received_amount(self) -> Decimal:
        """What the receiver states."""
        return _sum(self.received)

    @property
    def difference(self) -> Decimal:
        """Paid less received; 0 where only one of the two is in the summary."""
        return self.paid_amount - self.received_amount if self.inside else Decimal(0)

    @property
    def eliminated(self) -> Decimal:
        """What is taken out on either side: what both state."""
        return min(self.paid_amount, self.received_amount) if self.inside else Decimal(0)


def _sum(statements: Iterable[StatedTransfer]) -> Decimal:
    return sum((part.amount for part in statements), Decimal(0))


def transfers_of(
    submissions: Sequence[Submission], units: Sequence[Unit], template: WorkbookTemplate
) -> tuple[Transfer, ...]:
    """Return the transfers that submissions state, by payer, receiver and kind.

    ``submissions`` are in the order in which their ledgers are joined; ``units`` are those of the summary.
    """
    names = template.transfers
    if names is None:
        return ()
    sides: dict[tuple[str, str, str], tuple[list[StatedTransfer], list[StatedTransfer]]] = {}
    for statement in _statements(submissions, template, names):
        other = str(statement.values.get(names.counterparty) or "")
        pays = statement.values.get(names.direction) == names.paid
        pair = (statement.unit, other) if pays else (other, statement.unit)
        kind = str(statement.values.get(names.kind) or "")
        sides.setdefault((*pair, kind), ([], []))[0 if pays else 1].append(statement)
    known = {unit.code: unit for unit in units}
    return tuple(
        Transfer(
            known.get(payer, Unit(payer, "", "")),
            known.get(receiver, Unit(receiver, "", "")),
            kind,
            tuple(paid),
            tuple(received),
            payer in known and receiver in known,
        )
        for (payer, receiver, kind), (paid, received) in sorted(sides.items())
    )


def _statements(
    submissions: Sequence[Submission], template: WorkbookTemplate, names: TransferTable
) -> Iterator[StatedTransfer]:
    """Yield all rows of transfers in the order of the joined ledger."""
    row_unit = template.unit_table.row_unit
    listed = []
    for submission in submissions:
        layout = plan_of(template, submission.capacity).layout
        for row in submission.entries.get(names.table, ()):
            stated = row.values.get(row_unit) if submission.department else None
            place = layout.place(Cell(names.table, row.row, names.amount))
            listed.append((str(stated or submission.unit.code), row, submission.path.name, place))
    listed.sort(key=lambda part: part[0])  # stable, as the ledgers are joined
    for at, (unit, row, file, place) in enumerate(listed):
        amount = row.values.get(names.amount)
        if isinstance(amount, Decimal):
            yield StatedTransfer(unit, at, row.values, amount, file, place)


def findings(transfers: Iterable[Transfer], money: str) -> tuple[Finding, ...]:
    """Return a finding for each transfer that its two units state differently, naming both cells."""
    return tuple(_finding(part, money) for part in transfers if part.difference)


def _finding(transfer: Transfer, money: str) -> Finding:
    first = (transfer.paid or transfer.received)[0]
    message = (
        f"内部往来不一致（{transfer.kind}）：{_said(transfer.payer, '拨出', transfer.paid, money)}，"
        f"{_said(transfer.receiver, '收到', transfer.received, money)}，"
        f"相差 {shown(transfer.difference, money)}。请双方核对，改正后重报。"
    )
    return Finding(
        rule=RULE,
        severity=Severity.EXPLAIN,
        message=message,
        unit=first.unit,
        file=first.file,
        place=first.place,
        stored=transfer.paid_amount,
        expected=transfer.received_amount,
        difference=transfer.difference,
        money=money,
    )


def _said(unit: Unit, verb: str, statements: Sequence[StatedTransfer], money: str) -> str:
    if not statements:
        return f"{called(unit)}没有填这一笔"
    cells = "、".join(str(part) for part in statements)
    return f"{called(unit)} {verb} {shown(_sum(statements), money)}（{cells}）"


def called(unit: Unit) -> str:
    """Return code and name of a unit."""
    return f"{unit.code} {unit.name}".strip()


def strangers(transfers: Iterable[Transfer], department: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each transfer whose counterparty is no unit of the department at all."""
    for part in transfers:
        for unit, statements in ((part.payer, part.received), (part.receiver, part.paid)):
            if unit.code not in department and statements:
                place, own = statements[0], statements[0].unit
                yield (
                    f"{own} 填的内部往来，对方单位“{unit.code}”不在名册中（{place}）；"
                    "请单位改正对方单位编码后重报。"
                )


def open_transfers(transfers: Iterable[Transfer], money: str) -> Iterator[str]:
    """Yield a line for the cover for each transfer that stays in the figures, wholly or in part."""
    for part in transfers:
        names = f"{called(part.payer)} 拨给 {called(part.receiver)}（{part.kind}）"
        if not part.inside:
            amount = shown(part.paid_amount or part.received_amount, money)
            yield f"内部往来未抵销：{names} {amount}，对方不在本次汇总范围"
        elif part.difference:
            yield (
                f"内部往来不一致：{names}，拨出方 {shown(part.paid_amount, money)}，"
                f"收到方 {shown(part.received_amount, money)}，已抵销 {shown(part.eliminated, money)}"
            )


def eliminated(entries: Entries, transfers: Sequence[Transfer], template: WorkbookTemplate) -> Entries:
    """Return the joined entries of a department with its inner transfers taken out.

    ``entries`` hold no rows that were taken out before (see :func:`is_elimination`). Raises
    ConsolidationRefused when a payment stands in no row of the ledgers.
    """
    names = template.transfers
    if names is None:
        return entries
    result = dict(entries)
    shares = {
        row: share
        for part in transfers
        for statements in (part.paid, part.received)
        for row, share in _shares(statements, part.eliminated)
    }
    result[names.table] = tuple(
        EntryRow(row.row, _with(row.values, names.eliminated, shares.get(row.row)))
        for row in entries.get(names.table, ())
    )
    for part in transfers:
        for statement in part.paid:
            if shares.get(statement.row):
                table, row = _taken_out(entries, statement, shares[statement.row], template, names)
                result[table] = (*result[table], EntryRow(len(result[table]), row))
    return _less_revenue(result, sum((part.eliminated for part in transfers), Decimal(0)), template, names)


def _shares(statements: Iterable[StatedTransfer], whole: Decimal) -> Iterator[tuple[int, Decimal]]:
    """Yield how much of each statement is taken out: the first ones first."""
    for part in statements:
        share = min(part.amount, whole)
        whole -= share
        yield part.row, share


def _with(values: Mapping[str, CellValue], key: str, amount: Decimal | None) -> dict[str, CellValue]:
    kept = {name: value for name, value in values.items() if name != key}
    return {**kept, key: amount} if amount else kept


def _taken_out(
    entries: Entries, part: StatedTransfer, amount: Decimal, template: WorkbookTemplate, names: TransferTable
) -> tuple[str, dict[str, CellValue]]:
    """Return the ledger and the row that takes a payment out: the codes of its row, the amount negative."""
    row_unit = template.unit_table.row_unit
    for ledger in names.expenditure:
        wanted = {own: part.values.get(theirs) for own, theirs in ledger.match.items()}
        if not all(wanted.values()):
            continue
        wanted[row_unit] = part.unit
        found = next((row for row in entries.get(ledger.table, ()) if _holds(row, wanted)), None)
        if found is not None:
            columns = template.entry(ledger.table).columns
            amounts = {column.key for column in columns if column.kind is ColumnKind.AMOUNT}
            codes = {key: value for key, value in found.values.items() if key not in amounts}
            return ledger.table, {**codes, ledger.column: -amount, names.mark: names.mark}
    raise ConsolidationRefused(
        [f"{part.unit} 拨出的内部往来（{part}）没有对应的支出行，不能抵销；请单位改正后重报。"]
    )


def _holds(row: EntryRow, wanted: Mapping[str, CellValue]) -> bool:
    return all(row.values.get(key) == value for key, value in wanted.items())


def _less_revenue(
    entries: dict[str, tuple[EntryRow, ...]],
    amount: Decimal,
    template: WorkbookTemplate,
    names: TransferTable,
) -> Entries:
    """Return the entries with an amount taken out of revenue, in place of what was taken out before."""
    place = named_lines(names_of(template), names.revenue)
    if place is None:
        return entries
    at = [line.key for line in template.entry(place.table).lines].index(place.first)
    rows = {row.row: row.values for row in entries.get(place.table, ())}
    if amount or at in rows:
        rows[at] = _with(rows.get(at, {}), place.column, -amount)
    return {**entries, place.table: tuple(EntryRow(row, rows[row]) for row in sorted(rows))}


def is_elimination(values: Mapping[str, CellValue], table: str, template: WorkbookTemplate) -> bool:
    """Whether a ledger row of a summary takes a payment out; such rows are made anew when joined."""
    names = template.transfers
    if names is None or not values.get(names.mark):
        return False
    return any(part.table == table for part in names.expenditure)


def takes_out(entry: Cell, values: Mapping[str, CellValue], template: WorkbookTemplate) -> bool:
    """Whether an entry of a summary, in a row of these values, takes out a transfer."""
    names = template.transfers
    if names is None:
        return False
    place = named_lines(names_of(template), names.revenue)
    in_revenue = place is not None and (place.table, place.column) == (entry.table, entry.column)
    return in_revenue or is_elimination(values, entry.table, template)


def only_eliminations(entries: Mapping[str, Sequence[EntryRow]], template: WorkbookTemplate) -> Entries:
    """Return of a summary's entries what takes transfers out, and the list of units."""
    names = template.transfers
    if names is None:
        return {}
    listed = template.unit_table.table
    found = {listed: tuple(entries.get(listed, ()))}
    for ledger in names.expenditure:
        rows = entries.get(ledger.table, ())
        found[ledger.table] = tuple(row for row in rows if is_elimination(row.values, ledger.table, template))
    place = named_lines(names_of(template), names.revenue)
    if place is not None:
        found[place.table] = tuple(
            EntryRow(row.row, {place.column: row.values[place.column]})
            for row in entries.get(place.table, ())
            if place.column in row.values
        )
    return found
