"""Where the rows of an entry table stand in a file: below moved headings, between inserted rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from xlbudget.files.addresses import cell_address
from xlbudget.returns.aligned_lines import TwoReadings, aligned

_MOST_INSERTED = 60  # rows behind the table in which the rest of it is looked for


class RowsFound(NamedTuple):
    """Where each of our rows stands in the file (None: nowhere), and which of theirs are none of ours.

    ``told`` says in words what moved, each with the address where. ``sorted``: fixed lines stand in another
    order, so that names or amounts may have been moved without the others.
    """

    at: dict[int, int | None]
    inserted: tuple[int, ...]
    told: tuple[tuple[str, str], ...]
    sorted: bool = False


def ledger_rows(
    ours: Sequence[str], names: Mapping[int, str], filled: set[int], first: int, our_first: int
) -> RowsFound:
    """Find the rows of a ledger: each is whole by itself and is read where it stands.

    ``ours`` are the ordinals, ``names`` what stands in their column, ``filled`` the rows with entries;
    ``first`` is the row below the headings, ``our_first`` the one in the blank workbook. Only a table with
    more rows than ours loses those that hold nothing.
    """
    count = len(ours)
    numbered = [
        row for row, text in names.items() if first <= row < first + count + _MOST_INSERTED and text in ours
    ]
    last = max(numbered, default=first + count - 1)
    rows = list(range(first, last + 1))
    seen: set[str] = set()
    new = []
    for row in rows:
        text = names.get(row, "")
        if text not in ours or text in seen:
            new.append(row)
        seen.add(text)
    gone = [text for text in ours if text not in seen]
    told = _ledger_words(ours, names, rows, new, gone) if names else []
    for spare in [*new, *reversed(rows)]:
        if len(rows) > count and spare in rows and spare not in filled:
            rows.remove(spare)
    kept = rows[:count]
    at: dict[int, int | None] = {our_first + place: row for place, row in enumerate(kept)}
    behind = (kept[-1] if kept else first - 1) + 1
    at |= {our_first + place: behind + place - len(kept) for place in range(len(kept), count)}
    dropped = set(range(first, last + 1)) - set(rows)
    return RowsFound(at, tuple(sorted(dropped)), tuple(told))


def _ledger_words(
    ours: Sequence[str],
    names: Mapping[int, str],
    rows: Sequence[int],
    new: Sequence[int],
    gone: Sequence[str],
) -> list[tuple[str, str]]:
    """Say what happened to the rows of a ledger, by its ordinals."""
    order = [ours.index(names[row]) for row in rows if row not in new]
    told: list[tuple[str, str]] = []
    if len(new) <= len(gone) and len(rows) == len(ours) and new:
        return [(f"序号“{gone[0]}”被改动", cell_address(new[0], 0))]
    if new:
        told.append((f"第 {new[0] + 1} 行前插入了 {len(new)} 行", cell_address(new[0], 0)))
    if gone:
        at = next(
            (row for row in rows if row not in new and ours.index(names[row]) > ours.index(gone[0])),
            rows[-1] + 1,
        )
        which = f"“{gone[0]}”" if len(gone) == 1 else f"“{gone[0]}”等"
        told.append((f"删去了 {len(gone)} 行（序号{which}）", cell_address(at, 0)))
    if order != sorted(order):
        at = next(row for row, one, two in zip(rows, order, sorted(order), strict=False) if one != two)
        told.append(("各行重新排序过", cell_address(at, 0)))
    return told


def fixed_rows(
    ours: Sequence[str], names: Mapping[int, str], filled: set[int], first: int, our_first: int
) -> RowsFound:
    """Find fixed lines by their names, as :func:`ledger_rows` does rows; raises TwoReadings."""
    most = first + len(ours) + _MOST_INSERTED
    last = max(
        (row for row, text in names.items() if first <= row < most and text in ours), default=first - 1
    )
    start = min([first, *(row for row, text in names.items() if row < first and text in ours)])
    rows = range(start, max(last + 1, first + len(ours)))
    theirs = [(names.get(row, ""), "") for row in rows]
    found = aligned([(text, "") for text in ours], theirs, lambda place: start + place in filled)
    if found.doubtful is not None:
        name, places = found.doubtful
        where = "、".join(f"第 {start + place + 1} 行" for place in places)
        raise TwoReadings(f"“{name}”可以是{where}", cell_address(start + places[0], 0), rows=True)
    at = {our_first + one: None if place is None else start + place for one, place in found.at.items()}
    inserted = tuple(start + place for place in found.inserted)
    standing = [row for _, row in sorted(at.items()) if row is not None]
    words = _fixed_words(ours, names, at, inserted, our_first) if names else ()
    return RowsFound(at, inserted, tuple(words), standing != sorted(standing))


def _fixed_words(
    ours: Sequence[str],
    names: Mapping[int, str],
    at: Mapping[int, int | None],
    inserted: Sequence[int],
    our_first: int,
) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    standing = [row for _, row in sorted(at.items()) if row is not None]
    if inserted:
        told.append((f"第 {inserted[0] + 1} 行前插入了 {len(inserted)} 行", cell_address(inserted[0], 0)))
    gone = [one for one, row in at.items() if row is None]
    if gone:
        which = "、".join(f"“{ours[one - our_first]}”" for one in gone)
        before = max(
            (row for one, row in at.items() if row is not None and one < gone[0]), default=our_first - 1
        )
        told.append(
            (f"{which}{'一' if len(gone) == 1 else f' {len(gone)} '}行被删去", cell_address(before + 1, 0))
        )
    if standing != sorted(standing):
        wrong = next(right for row, right in zip(standing, sorted(standing), strict=True) if row != right)
        name = next(ours[one - our_first] for one, row in at.items() if row == wrong)
        place = sorted(standing)[[row for _, row in sorted(at.items()) if row is not None].index(wrong)]
        words = f"各行重新排序过，如“{name}”按名称是第 {wrong + 1} 行，按原来的次序是第 {place + 1} 行"
        told.append((words, cell_address(wrong, 0)))
    for one, row in at.items():
        if row is not None and names.get(row, "") != ours[one - our_first]:
            now = names.get(row, "")
            told.append((f"“{ours[one - our_first]}”的名称现为“{now}”", cell_address(row, 0)))
    return told
