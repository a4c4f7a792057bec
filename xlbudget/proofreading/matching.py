"""Which paragraph of ours a paragraph of theirs speaks of, and which of their tokens stand in whose place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from xlbudget.proofreading.tokens import Kind, Token

LEAST_ALIKE = 0.5
"""Paragraphs less alike than this are not the same one."""


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


def pairs(ours: Sequence[Token], theirs: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    """Yield (ours, theirs) for tokens that stand in the same place and are of one kind."""
    matcher = SequenceMatcher(None, [token.key for token in ours], [token.key for token in theirs], False)
    for what, start, stop, other_start, other_stop in matcher.get_opcodes():
        here, there = ours[start:stop], theirs[other_start:other_stop]
        if what == "equal":
            yield from zip(here, there, strict=True)
        elif what == "replace":
            for kind in Kind:
                one = [token for token in here if token.kind is kind]
                other = [token for token in there if token.kind is kind]
                if kind is not Kind.OTHER and len(one) == len(other):
                    yield from zip(one, other, strict=True)
