"""Findings of two returns matched: which are gone, new, unchanged, or still there with another value."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from xlbudget.model import Finding


class Fate(StrEnum):
    """What became of a finding."""

    GONE = "已消除"
    NEW = "新出现"
    OTHER_VALUE = "仍有，数值已变"
    UNCHANGED = "未变"
    SETTLED = "已说明或认可"


@dataclass(frozen=True, slots=True)
class FindingChange:
    """A finding and its fate; ``finding`` is the new file's where it has it, else the old file's."""

    fate: Fate
    finding: Finding


Raised = tuple[Finding, bool]
"""A finding, and whether it is open."""


def finding_changes(before: Sequence[Raised], after: Sequence[Raised]) -> Iterator[FindingChange]:
    """Yield the fate of every finding open in one of the two files: gone ones first, then the new file's.

    A finding is the same when rule, place and values are; else when rule, column and values are (its row has
    moved); else when rule and place are (its value has changed).
    """
    left = list(before)
    twins: dict[int, tuple[Raised, bool]] = {}
    for alike, same_value in ((_exactly, True), (_moved, True), (_in_place, False)):
        for at, (finding, _) in enumerate(after):
            if at not in twins:
                twin = next((part for part in left if alike(part[0]) == alike(finding)), None)
                if twin is not None:
                    left.remove(twin)
                    twins[at] = twin, same_value
    for finding, was_open in left:
        if was_open:
            yield FindingChange(Fate.GONE, finding)
    for at, (finding, is_open) in enumerate(after):
        pair = twins.get(at)
        fate = _fate(is_open, pair)
        if fate is not None:
            yield FindingChange(fate, finding)


def _fate(is_open: bool, pair: tuple[Raised, bool] | None) -> Fate | None:
    """Return the fate of a finding of the new file; None for what was settled before and still is."""
    if not is_open:
        return Fate.SETTLED if pair is None or pair[0][1] else None
    if pair is None or not pair[0][1]:
        return Fate.NEW
    return Fate.UNCHANGED if pair[1] else Fate.OTHER_VALUE


def _exactly(finding: Finding) -> Hashable:
    return finding.rule, finding.place, finding.stored, finding.expected


def _moved(finding: Finding) -> Hashable:
    place = finding.place
    return finding.rule, place.form, place.column, finding.stored, finding.expected


def _in_place(finding: Finding) -> Hashable:
    place = finding.place
    return finding.rule, place.form, place.line, place.column
