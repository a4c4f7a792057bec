"""One action, one finding: what one check says of many cells of a column, a sheet, a workbook.

Whoever types a whole column as text makes one mistake. Findings are joined where their cells stand in one
column and hold the same kind of thing; columns joined so are joined again on one sheet, and sheets in one
workbook. What stands alone stays alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

from xlbudget.model import Finding, Severity

FEW = 3
"""So many findings of one kind stay as they are."""

_MOST_NAMED = 5
_NUMBER = re.compile(r"[0-9]+(?:,[0-9]+)*(?:\.[0-9]+)?")
_GRAVITY = {severity: at for at, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Findings of one action, in order."""

    parts: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The gravest, of equally grave ones the first."""
        return min(self.parts, key=lambda finding: _GRAVITY[finding.severity])


Key = Callable[[Finding], Hashable]


def together(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings of one check with those of one action joined, at the place of the first of them."""
    if len(findings) <= FEW:
        return tuple(findings)
    groups = _joined([_Group((finding,)) for finding in findings], _column, least=1, more_than=FEW)
    for key in (_sheet, _rule):
        groups = _joined(groups, key, least=FEW + 1, more_than=1)  # whole columns side by side: a block
        groups = _joined(groups, key, least=2, more_than=FEW)
    return tuple(map(_said, groups))


def _joined(groups: Sequence[_Group], key: Key, *, least: int, more_than: int) -> list[_Group]:
    """Join groups of at least so many findings that agree in ``key`` when they are more than so many."""
    alike: dict[Hashable, list[_Group]] = {}
    for group in groups:
        if len(group.parts) >= least:
            alike.setdefault(key(group.first), []).append(group)
    joined = {found[0]: found for found in alike.values() if len(found) > more_than}
    gone = {group for found in joined.values() for group in found[1:]}
    return [
        _Group(tuple(part for each in joined.get(group, [group]) for part in each.parts))
        for group in groups
        if group not in gone
    ]


def _rule(finding: Finding) -> Hashable:
    return finding.rule


def _sheet(finding: Finding) -> Hashable:
    return finding.rule, finding.place.sheet


def _column(finding: Finding) -> Hashable:
    """Return what findings of one column have in common, the look of what stands there included."""
    letters = _letters(finding)
    if not letters:
        return id(finding)
    looks = _NUMBER.sub("9", finding.stored) if isinstance(finding.stored, str) else ""
    return finding.rule, finding.severity, finding.place.sheet, letters, looks


def _letters(finding: Finding) -> str:
    return finding.place.address.rstrip("0123456789")


def _said(group: _Group) -> Finding:
    if len(group.parts) == 1:
        return group.first
    first = group.first
    columns = {(part.place.sheet, _letters(part)) for part in group.parts}
    sheets = {sheet for sheet, _ in columns}
    others = [part.place for part in group.parts if part is not first][: _MOST_NAMED - 1]
    named = "、".join(
        place.address if place.sheet == first.place.sheet else f"{place.sheet}!{place.address}"
        for place in others
    )
    where = "同一列" if len(columns) == 1 else "这张表" if len(sheets) == 1 else f"{len(sheets)} 张表"
    more = "等" if len(group.parts) > _MOST_NAMED else ""
    message = f"{first.message}{where}共 {len(group.parts)} 格都是如此（还有 {named}{more}），请一并改正。"
    return replace(first, message=message)
