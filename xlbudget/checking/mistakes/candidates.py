"""The cells that may be the wrong one, for programs: what stands there, what may be meant, in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xlbudget.checking.mistakes.diagnosis import Mistake
from xlbudget.checking.mistakes.wrong_codes import OddPair
from xlbudget.model import Candidate, Cell, Place

_MOST = 20  # of one finding


def candidates_of(
    place: Callable[[Cell], Place], money: Callable[[Cell], str], mistake: Mistake
) -> tuple[Candidate, ...]:
    """Return the suspects of a mistake; those that nothing tells apart share their rank."""
    suspects = list(mistake.suspects)
    ranks: list[int] = []
    for at, part in enumerate(suspects):
        same = at > 0 and part.likelihood == suspects[at - 1].likelihood
        ranks.append(ranks[-1] if same else at + 1)
    for number, repair in enumerate(mistake.instead):  # cells that would have to change together share a rank
        ranks += [1 if number < mistake.alike else len(suspects) + 1] * len(repair)
        suspects += repair
    return tuple(
        Candidate(
            place(part.cell),
            part.stored,
            part.value,
            part.slip.slip.value if part.slip is not None else "",
            rank,
            money(part.cell),
        )
        for part, rank in zip(suspects[:_MOST], ranks, strict=False)
    )


def code_candidates(place: Callable[[Cell], Place], pairs: Sequence[OddPair]) -> tuple[Candidate, ...]:
    """Return the codes that may be wrong with what may be meant; each code that would do is one of them."""
    return tuple(
        Candidate(place(pair.cell), pair.code, code, "", at)
        for at, pair in enumerate(pairs[:_MOST], 1)
        for code in pair.fitting or (None,)
    )
