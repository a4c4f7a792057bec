"""Where a figure comes from, as lines of text: its units, its entries, and whether they add up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.department.tracing import Reached, Trace
from xlbudget.model import Place
from xlbudget.model.words import amount_text, inert


@dataclass(frozen=True, slots=True)
class UnitPart:
    """What one unit has in a figure of the summary: its own form cell, and the receipt of its return.

    ``eliminated`` is what transfers take out of the figure of a unit that is a summary itself.
    """

    code: str
    name: str
    place: Place | None
    value: Decimal
    receipt: str = ""
    eliminated: Decimal = Decimal(0)


def taken_between(trace: Trace, units: Sequence[UnitPart]) -> Decimal:
    """Return what transfers between these units take out of the figure (form money)."""
    return trace.eliminated - sum((unit.eliminated for unit in units), Decimal(0))


def open_between(trace: Trace, units: Sequence[UnitPart]) -> Decimal:
    """Return what the units' parts and transfers between them leave open of the figure (form money).

    Nothing, where no unit has the line: a summary's own lines are those of its units.
    """
    if not any(unit.place for unit in units):
        return Decimal(0)
    return trace.value - taken_between(trace, units) - sum((unit.value for unit in units), Decimal(0))


def trace_text(trace: Trace, units: Sequence[UnitPart] = (), limit: int | None = None) -> str:
    """Return the figure, the units' parts, its entries (the first ``limit``), and what they leave open."""
    return "\n".join(map(inert, _lines(trace, units, limit))) + "\n"


def _lines(trace: Trace, units: Sequence[UnitPart], limit: int | None) -> Iterator[str]:
    yield f"{trace.place}：{amount_text(trace.value)} {trace.money}"
    if units and not any(unit.place for unit in units):
        yield ""
        yield f"各单位（{len(units)} 个）自己的公开表里没有这一行。"
    elif units:
        yield ""
        yield f"各单位（{len(units)} 个，{trace.money}）"
        for unit in units:
            where = f"（{unit.place.sheet}!{unit.place.address}）" if unit.place else "（没有这一行）"
            receipt = f"，{unit.receipt}" if unit.receipt else ""
            yield f"  {unit.code} {unit.name}{where}：{amount_text(unit.value)}{receipt}"
        taken = taken_between(trace, units)
        if taken:
            yield f"  内部往来抵销：{amount_text(taken)}，见“内部往来抵销”表"
        what = "各单位合计加内部往来抵销" if taken else "各单位合计"
        yield _balance(what, trace.value - open_between(trace, units), trace)
    yield ""
    yield f"录入（{len(trace.parts)} 笔，{trace.entry_money}）"
    for part in trace.parts[:limit]:
        sign = "－" if (part.value < 0) != (part.amount < 0) else ""  # taken off, not added
        where = f"{part.place.sheet}!{part.place.address}"
        yield f"  {where}  {part.row} · {part.place.column}：{sign}{amount_text(part.amount)}"
    if limit is not None and len(trace.parts) > limit:
        yield f"  ……另有 {len(trace.parts) - limit} 笔，用 -o 写成文件可看全部"
    yield _balance("录入合计", trace.value - trace.rest, trace)


def _balance(what: str, total: Decimal, trace: Trace) -> str:
    rest = trace.value - total
    words = f"{what} {amount_text(total)} {trace.money}"
    return (
        f"{words}，与该数相等。" if not rest else f"{words}，与该数相差 {amount_text(rest)} {trace.money}。"
    )


def reached_text(address: str, reached: Sequence[Reached]) -> str:
    """Return the form cells that an entry is part of."""
    lines = [f"{address} 计入 {len(reached)} 个公开表单元格："]
    lines += [f"  {part.place}：{amount_text(part.value)}" for part in reached]
    return "\n".join(map(inert, lines)) + "\n"
