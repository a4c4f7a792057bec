"""What a finding says of a mistake: the likeliest cell, what should stand there, what else it may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xlbudget.checking.mistakes.diagnosis import Mistake, Suspect
from xlbudget.checking.mistakes.repair import Range
from xlbudget.checking.mistakes.slips import Slip
from xlbudget.model import Cell, Place
from xlbudget.model.words import shown

_MOST_NAMED = 5
_MOST_ALIKE = 8  # suspects that nothing tells apart, each of them named
_MOST_REPAIRS = 3
_MOST_TOGETHER = 3  # cells of one repair; nobody reads a list of more


def telling(mistake: Mistake) -> bool:
    """Whether the first suspect stands out: a slip that chance hardly explains, and no rival."""
    first, rivals = mistake.suspects[0], mistake.suspects[1:]
    if mistake.alike:
        return False
    if first.as_last_year:
        return not any(part.as_last_year for part in rivals)
    if first.slip is None:
        return not rivals
    return first.slip.slip.telling and all(part.rank > first.rank for part in rivals)


def suspects_named(
    place: Callable[[Cell], Place],
    money: Callable[[Cell], str],
    mistake: Mistake,
    here: Cell | None = None,
) -> str:
    """Return the suspects in words, the likeliest first: those that a slip explains, or all of a few.

    ``place`` and ``money`` say where a cell stands and in which unit its amount is; ``here`` is a cell
    that the words before have named.
    """
    first = mistake.suspects[0]
    explained = [part for part in mistake.suspects if part.likely]
    named = explained[:_MOST_NAMED]
    if len(mistake.suspects) <= _MOST_NAMED:
        named = list(mistake.suspects)
    if not named:
        return f"有关的 {len(mistake.suspects)} 个数都可能有误"
    alike = [part for part in mistake.suspects if part.likelihood == first.likelihood]
    if len(alike) > 1:
        named = [*alike[:_MOST_ALIKE], *named[len(alike) :]]  # they stand first among the suspects
    words: list[str] = []
    for part in named:
        now = f"现为 {shown(part.stored, money(part.cell))}{_meant(part, money(part.cell))}"
        own = now if not words and len(alike) == 1 else f"这一格，{now}"
        words.append(own if part.cell == here else f"{place(part.cell)}，{now}")
    if len(alike) > 1:
        many = f"{len(alike)} 处" + (f"（列出 {_MOST_ALIKE} 处）" if len(alike) > _MOST_ALIKE else "")
        text = f"下列 {many}改哪一处都同样说得通：{'；'.join(words[: len(alike)])}"
        words = words[min(len(alike), _MOST_ALIKE) - 1 :]
    else:
        lead = "应改的是" if len(mistake.suspects) == 1 or not explained else "最可能是"
        text = (lead if named[0].cell != here else "") + words[0]
    if mistake.along:
        text += f"，同一块共 {len(mistake.along) + 1} 格（{_block(place, (first.cell, *mistake.along))}）"
    if len(words) > 1:
        text += f"；也可能是{'；'.join(words[1:])}"
    left = len(mistake.suspects) - max(len(named), len(alike))
    if left > 0:
        text += f"；其余 {left} 个有关的数也不能排除"
    elif not mistake.complete and not mistake.instead:
        text += "；可能还有别的改法"
    return text + _balanced(place, money, mistake.balancing) + _instead(place, money, mistake)


def _instead(place: Callable[[Cell], Place], money: Callable[[Cell], str], mistake: Mistake) -> str:
    """Return in words the whole repairs by other cells that do as well."""

    def named(part: Suspect) -> str:
        unit = money(part.cell)
        return f"{place(part.cell)}（现为 {shown(part.stored, unit)}{_should(part, unit)}）"

    explained = mistake.suspects[0].likely
    short = [repair for repair in mistake.instead if len(repair) <= _MOST_TOGETHER]
    likely = [repair for repair in short if not explained or all(part.likely for part in repair)]
    words = ["、".join(map(named, repair)) for repair in likely[:_MOST_REPAIRS]]
    left = len(mistake.instead) - len(words)
    rest = f"；另有 {left} 组数一起改也说得通，不能排除" if left else ""
    if not words:
        return rest
    lead = "同样说得通的是" if mistake.alike else "也可能不是这一处，而是"
    return f"；{lead}一起改{'；或者一起改'.join(words)}{rest}"


def _balanced(place: Callable[[Cell], Place], money: Callable[[Cell], str], cells: Sequence[Suspect]) -> str:
    """Return in words the cells that must change as well, so that what holds goes on holding."""
    if not cells:
        return ""
    words = [
        f"{place(part.cell)}，现为 {shown(part.stored, money(part.cell))}{_should(part, money(part.cell))}"
        for part in cells[:_MOST_NAMED]
    ]
    more = f"等 {len(cells)} 格" if len(cells) > _MOST_NAMED else ""
    return f"；只改一处会使别的关系不符，须同时相应改动{'；'.join(words)}{more}"


def _block(place: Callable[[Cell], Place], cells: Sequence[Cell]) -> str:
    """Return where a block begins and where it ends, as a spreadsheet program writes a range."""
    at = sorted(cells, key=lambda cell: cell.row)
    addresses = [place(cell).address for cell in at]
    columns = sorted(
        {address.rstrip("0123456789") for address in addresses}, key=lambda name: (len(name), name)
    )
    rows = [address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for address in (addresses[0], addresses[-1])]
    return f"{columns[0]}{rows[0]}:{columns[-1]}{rows[1]}"


def _meant(part: Suspect, money: str) -> str:
    """Return the slip and what should stand there."""
    words = f"，{part.slip.words}" if part.slip is not None else ""
    if part.slip is None and part.kept:
        words = f"，{Slip.LAST_YEAR.words}"
    if part.as_last_year:
        words += f"，上年为 {shown(part.last_year, money)}"
    return words + _should(part, money)


def _should(part: Suspect, money: str) -> str:
    """Return what should stand there, as far as that is known."""
    return between(part.meant, money) if part.value is None else f"，应为 {shown(part.value, money)}"


def between(values: Range, money: str) -> str:
    """Return a range of values in words, or an empty text when everything is in it."""
    low, high = values
    if low is not None and high is not None:
        return f"，应在 {shown(low, money)} 至 {shown(high, money)} 之间"
    if low is not None and low:
        return f"，应不小于 {shown(low, money)}"
    return "" if high is None else f"，应不大于 {shown(high, money)}"
