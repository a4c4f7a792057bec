"""Which of theirs is which of ours, in two lists of texts: headings of columns, names of lines."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

from xlbudget.model import StoredCell

_EQUAL, _SAME_GROUP = 4, 1  # what an equal text is worth, and an equal heading above it

Label = tuple[str, str]
"""A text, and the text above it (empty: none)."""


class Found(NamedTuple):
    """Where each of ours stands in the file (None: nowhere), and which of theirs are none of ours.

    ``told`` says in words what moved, each with the address where; ``doubtful`` is one of ours that may be
    any of several of theirs, as all of them hold something.
    """

    at: dict[int, int | None]
    inserted: tuple[int, ...]
    told: tuple[tuple[str, str], ...]
    doubtful: tuple[str, tuple[int, ...]] | None = None


class TwoReadings(Exception):
    """A sheet can be read in two ways: said in words, with the address of the first."""

    def __init__(self, words: str, address: str, *, rows: bool) -> None:
        super().__init__(words)
        self.address, self.rows = address, rows


def line_text(cell: StoredCell) -> str:
    """Return a cell's text as names are compared: without blanks and line breaks, numbers as they print."""
    text = str(cell.value) if cell.kind == "n" else cell.text
    return "".join(unicodedata.normalize("NFKC", text).split()) if cell.kind != "blank" else ""


def aligned(ours: Sequence[Label], theirs: Sequence[Label], filled: Callable[[int], int]) -> Found:
    """Find ours among theirs: in order as far as can be, then what was moved, then what was renamed.

    ``filled`` counts what one of theirs holds: of two places that may be meant an empty one is not.
    """
    ours = [(_plain(text), _plain(above)) for text, above in ours]
    theirs = [(_plain(text), _plain(above)) for text, above in theirs]
    at, doubtful = _in_order(ours, theirs, filled)
    left = [place for place in range(len(theirs)) if place not in at.values()]
    for one in [one for one in range(len(ours)) if at.get(one) is None]:
        alike = [place for place in left if theirs[place][0] == ours[one][0]]
        rivals = [other for other in range(len(ours)) if at.get(other) is None and ours[other] == ours[one]]
        exact = [place for place in alike if theirs[place][1] == ours[one][1]]
        alike = exact if len(alike) > 1 and exact else alike
        held = [place for place in alike if filled(place)]
        if len(held) > 1 or (len(rivals) > 1 and held):
            doubtful = doubtful or (ours[one][0], tuple(alike))
        if alike:
            at[one] = (held or alike)[0]
            left.remove(at[one])
    doubtful = _renamed(ours, theirs, at, left, filled) or doubtful
    for place in left:
        twin = next((one for one in at if ours[one] == theirs[place] and ours[one][0]), None)
        if twin is not None and filled(place) and filled(at[twin]):
            doubtful = doubtful or (ours[twin][0], tuple(sorted((at[twin], place))))
    every: dict[int, int | None] = {one: at.get(one) for one in range(len(ours))}
    last = max(at.values(), default=-1)
    return Found(every, tuple(place for place in left if place < last), (), doubtful)


def _plain(text: str) -> str:
    return line_text(StoredCell("s", text))


def _in_order(
    ours: Sequence[Label], theirs: Sequence[Label], filled: Callable[[int], int]
) -> tuple[dict[int, int], tuple[str, tuple[int, ...]] | None]:
    """Return the best alignment in order; of places that serve equally well, the one that is filled."""
    rows, columns = len(ours), len(theirs)

    def worth(one: int, place: int) -> int:
        text, above = ours[one]
        if not text or text != theirs[place][0]:
            return 0
        return _EQUAL + (_SAME_GROUP if above and above == theirs[place][1] else 0)

    before = [[0] * (columns + 1) for _ in range(rows + 1)]
    behind = [[0] * (columns + 1) for _ in range(rows + 1)]
    for one in range(rows):
        for place in range(columns):
            both = before[one][place] + worth(one, place) if worth(one, place) else 0
            before[one + 1][place + 1] = max(before[one][place + 1], before[one + 1][place], both)
    for one in reversed(range(rows)):
        for place in reversed(range(columns)):
            both = behind[one + 1][place + 1] + worth(one, place) if worth(one, place) else 0
            behind[one][place] = max(behind[one + 1][place], behind[one][place + 1], both)
    best = behind[0][0]
    at: dict[int, int] = {}
    doubtful = None
    last = -1
    for one in range(rows):
        serves = [
            place
            for place in range(columns)
            if worth(one, place)
            and before[one][place] + worth(one, place) + behind[one + 1][place + 1] == best
        ]
        held = [place for place in serves if filled(place)]
        if len(held) > 1:
            doubtful = doubtful or (ours[one][0], tuple(held))
        chosen = [place for place in held or serves if place > last]
        if chosen:
            at[one] = last = chosen[0]
    return at, doubtful


def _renamed(
    ours: Sequence[Label],
    theirs: Sequence[Label],
    at: dict[int, int],
    left: list[int],
    filled: Callable[[int], int],
) -> tuple[str, tuple[int, ...]] | None:
    """Give ours that have another text now their places: as many as stand between the same neighbours."""
    one = 0
    while one < len(ours):
        if one in at:
            one += 1
            continue
        stop = next((other for other in range(one, len(ours)) if other in at), len(ours))
        first = at[one - 1] + 1 if one else 0
        end = at[stop] if stop in at else first + stop - one
        between = [place for place in range(first, end) if place in left and place < len(theirs)]
        if stop == len(ours):  # behind the last of ours an empty place is none of them
            between = [place for place in between if theirs[place][0] or filled(place)]
        if len(between) == stop - one:
            for place in between:
                at[one] = place
                left.remove(place)
                one += 1
            continue
        held = [place for place in between if filled(place)]
        if len(held) > 1 or (held and stop - one > 1):
            return ours[one][0], tuple(held)
        if held:
            at[one] = held[0]
            left.remove(held[0])
        one = stop
    return None
