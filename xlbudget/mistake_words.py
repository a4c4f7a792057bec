"""What a finding says of a mistake: the likeliest cell, what should stand there, what else it may be."""

from __future__ import annotations

from xlbudget.diagnosis import Mistake, Suspect
from xlbudget.evidence import Evidence
from xlbudget.localization import Range
from xlbudget.wording import shown

_MOST_NAMED = 5


def telling(mistake: Mistake) -> bool:
    """Whether the first suspect stands out: a slip that chance hardly explains, and no rival."""
    first, rivals = mistake.suspects[0], mistake.suspects[1:]
    if first.slip is None:
        return not rivals
    return first.slip.slip.telling and all(part.rank > first.rank for part in rivals)


def suspects_named(evidence: Evidence, mistake: Mistake) -> str:
    """Return the suspects in words, the likeliest first: those that a slip explains, or all of a few."""
    explained = [part for part in mistake.suspects if part.slip is not None]
    others = len(mistake.suspects) - len(explained)
    named = explained[:_MOST_NAMED] or list(mistake.suspects if others <= _MOST_NAMED else ())
    if not named:
        return f"有关的 {len(mistake.suspects)} 个数都可能有误"
    words = [f"{_where(evidence, part)}{_meant(evidence, part)}" for part in named]
    first = ("应改的是" if len(mistake.suspects) == 1 else "最可能是") + words[0]
    if len(words) > 1:
        first += f"；也可能是{'；'.join(words[1:])}"
    left = len(mistake.suspects) - len(named)
    return first + (f"；其余 {left} 个有关的数也不能排除" if left else "")


def _where(evidence: Evidence, part: Suspect) -> str:
    return f"{evidence.place(part.cell)}，现为 {shown(part.stored, evidence.money(part.cell))}"


def _meant(evidence: Evidence, part: Suspect) -> str:
    """Return the slip and what should stand there."""
    words = f"，{part.slip.words}" if part.slip is not None else ""
    money = evidence.money(part.cell)
    if part.value is not None:
        return f"{words}，应为 {shown(part.value, money)}"
    return words + between(part.meant, money)


def between(values: Range, money: str) -> str:
    """Return a range of values in words, or an empty text when everything is in it."""
    low, high = values
    if low is not None and high is not None:
        return f"，应在 {shown(low, money)} 至 {shown(high, money)} 之间"
    if low is not None and low:
        return f"，应不小于 {shown(low, money)}"
    return "" if high is None else f"，应不大于 {shown(high, money)}"
