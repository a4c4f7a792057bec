"""Which paragraph of ours a paragraph of theirs speaks of, and which of their tokens stand in whose place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from xlbudget.publication.proofreading.tokens import Kind, Token

LEAST_ALIKE = 0.5
"""Paragraphs less alike than this are not the same one."""
_LEAST_LEFT = 8  # tokens: a shorter piece may be anybody's
_BESIDE = 12  # tokens
_KEPT, _IN_ONE_RUN = 0.85, 0.6  # of a piece: what the whole has too


def best_matches(ours: Sequence[Sequence[Token]], theirs: Sequence[Sequence[Token]]) -> dict[int, int]:
    """Return, for paragraphs of ours, the paragraph of theirs that is most like it; each is taken once."""
    scored: list[tuple[float, int, int]] = []
    for one, expected in enumerate(ours):
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2([token.key for token in expected])
        for other, found in enumerate(theirs):
            matcher.set_seq1([token.key for token in found])
            if matcher.real_quick_ratio() >= LEAST_ALIKE and matcher.quick_ratio() >= LEAST_ALIKE:
                ratio = (matcher.ratio() + matcher.quick_ratio()) / 2  # lists may stand in another order
                if ratio >= LEAST_ALIKE:
                    scored.append((ratio, one, other))
    matches: dict[int, int] = {}
    taken: set[int] = set()
    for _, one, other in sorted(scored, key=lambda part: (-part[0], part[1], part[2])):
        if one not in matches and other not in taken:
            matches[one] = other
            taken.add(other)
    return matches


def cut_matches(
    ours: Sequence[Sequence[Token]], theirs: Sequence[Sequence[Token]], matches: Mapping[int, int]
) -> dict[int, int]:
    """Return, for paragraphs of ours without a match, the paragraph of theirs that is a piece of it."""
    taken = {*matches.values()}
    found: dict[int, int] = {}
    for other, piece in enumerate(theirs):
        if other in taken or len(piece) < _LEAST_LEFT:
            continue
        for one, whole in enumerate(ours):
            if (
                one not in matches
                and one not in found
                and len(piece) < len(whole)
                and _is_piece(piece, whole)
            ):
                found[one] = other
                break
    return found


def _is_piece(piece: Sequence[Token], whole: Sequence[Token]) -> bool:
    keys = [token.key for token in piece]
    matcher = SequenceMatcher(None, keys, [token.key for token in whole], False)
    blocks = [block.size for block in matcher.get_matching_blocks()]
    return sum(blocks) >= _KEPT * len(keys) and max(blocks) >= _IN_ONE_RUN * len(keys)


def pairs(ours: Sequence[Token], theirs: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    """Yield (ours, theirs) for tokens that stand in the same place and are of one kind.

    Where theirs has more figures of a kind in one place than ours, the one nearest to ours is taken.
    """
    paired: list[tuple[Token, Token]] = []
    matcher = SequenceMatcher(None, [token.key for token in ours], [token.key for token in theirs], False)
    for what, start, stop, other_start, other_stop in matcher.get_opcodes():
        here, there = ours[start:stop], theirs[other_start:other_stop]
        if what == "equal":
            paired += zip(here, there, strict=True)
        elif what == "replace":
            for kind in Kind:
                some = [token for token in here if token.kind is kind]
                others = [token for token in there if token.kind is kind]
                if kind is not Kind.OTHER and len(some) == len(others):
                    paired += zip(some, others, strict=True)
    taken = {other.start for _, other in paired}
    for one, other in paired:
        nearest = _nearest(one, other, theirs, taken)
        taken.add(nearest.start)
        yield one, nearest


def _nearest(one: Token, other: Token, theirs: Sequence[Token], taken: set[int]) -> Token:
    """Return the figure of theirs that stands for ours: ``other``, or one beside it that nobody has."""
    if one.kind not in {Kind.MONEY, Kind.SHARE} or one.value == other.value:
        return other
    at = next(number for number, token in enumerate(theirs) if token.start == other.start)
    beside = [
        token
        for token in theirs[max(0, at - _BESIDE) : at + _BESIDE + 1]
        if token.kind is one.kind and token.start not in taken
    ]
    return max((other, *beside), key=lambda token: (_alike(one, token), -token.start))


def _alike(one: Token, other: Token) -> float:
    """Return how alike two figures are: equal values first, then by their digits."""
    if (one.value - other.value).copy_abs() < max(one.step, other.step):
        return 2.0
    return SequenceMatcher(None, str(one.value), str(other.value), False).ratio()
