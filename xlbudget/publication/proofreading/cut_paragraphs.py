"""Paragraphs that a page break, or whoever pasted them, cut in two: read as the one paragraph that they are.

What speaks for it is our own paragraph: both pieces stand in it one behind the other, and neither is another
paragraph of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from xlbudget.publication.proofreading.matching import best_matches
from xlbudget.publication.proofreading.reading import ReadParagraph
from xlbudget.publication.proofreading.tokens import Token, tokens

_ENDS = "。；：！？;:!?…”）)"
_IN_PLACE = 0.85  # of the tokens of both pieces: stand in ours too, in this order
_LONGER = 1.15  # times as long as ours at most
_NEARLY_ALL = 0.9  # of ours: a paragraph with so much of it lacks nothing


def joined(ours: Sequence[Sequence[Token]], theirs: Sequence[ReadParagraph]) -> list[ReadParagraph]:
    """Return the paragraphs with those joined that are pieces of one paragraph of ours."""
    matched = {
        other: one for one, other in best_matches(ours, [tokens(part.text) for part in theirs]).items()
    }
    found: list[ReadParagraph] = []
    begun: tuple[int, ...] = ()
    for at, part in enumerate(theirs):
        if found and _cut(found[-1], part, at, matched, begun):
            both = found[-1].followed_by(part)
            like = {matched[number] for number in (*begun, at) if number in matched}
            if _are_one(ours, found[-1], part, both, like):
                found[-1], begun = both, (*begun, at)
                continue
        found.append(part)
        begun = (at,)
    return found


def _cut(
    first: ReadParagraph, second: ReadParagraph, at: int, matched: dict[int, int], begun: tuple[int, ...]
) -> bool:
    """Whether two paragraphs may be pieces of one: a sentence runs on, or one is like none of ours."""
    if second.is_heading or (first.is_heading and not set("，。；") & set(first.text)):
        return False
    return _runs_on(first) or at not in matched or not any(number in matched for number in begun)


def _runs_on(part: ReadParagraph) -> bool:
    return part.text.rstrip()[-1:] not in _ENDS


def _are_one(
    ours: Sequence[Sequence[Token]],
    first: ReadParagraph,
    second: ReadParagraph,
    both: ReadParagraph,
    like: Iterable[int],
) -> bool:
    """Whether two are the pieces of a paragraph of ours; ``like`` are those that each of them is like."""
    pieces = [[token.key for token in tokens(part.text)] for part in (first, second, both)]
    own = [[token.key for token in part] for part in ours]
    whole_ones = pieces[2:] if _runs_on(first) else pieces  # a figure cut in two is none in either piece
    alone = max((_alike(piece, own[one]) for one in like for piece in pieces[:2]), default=0.0)
    return any(
        len(pieces[2]) <= _LONGER * len(whole)
        and len(pieces[0]) < _NEARLY_ALL * len(whole)
        and all(_stands(piece, whole) >= _IN_PLACE * len(piece) for piece in whole_ones if piece)
        and _alike(pieces[2], whole) > alone
        for whole in own
    )


def _alike(piece: Sequence[str], whole: Sequence[str]) -> float:
    return SequenceMatcher(None, piece, whole, False).ratio()


def _stands(piece: Sequence[str], whole: Sequence[str]) -> int:
    matcher = SequenceMatcher(None, piece, whole, False)
    return sum(block.size for block in matcher.get_matching_blocks())
