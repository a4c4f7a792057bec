"""What is concluded from a thing alone, kept with the thing: drawn once, however often it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

_Conclusion = TypeVar("_Conclusion")

Memos = dict[tuple["Memo[Any]", Hashable], Any]
"""The conclusions that a thing keeps; only a :class:`Memo` reads and writes them."""


class Memo(Generic[_Conclusion]):
    """One kind of conclusion: who draws it names its type, and alone finds it again.

    A thing that many ask the same of (a row that many files share, a plan, a blueprint) has ``memos``; so a
    conclusion lives as long as what it is about, and no cache has to be emptied.
    """

    __slots__ = ()

    def of(self, memos: Memos, about: Hashable, conclude: Callable[[], _Conclusion]) -> _Conclusion:
        """Return what is kept about ``about``, concluded now if it was not before."""
        key = self, about
        try:
            known: _Conclusion = memos[key]
        except KeyError:
            known = memos[key] = conclude()
        return known
