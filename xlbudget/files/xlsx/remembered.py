"""What has been read before: returned workbooks have most of their bytes in common."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")

_MET = 20_000  # marks of what has been met once, 1.5 MB: the rows of ten workbooks of full size


class Memory(Generic[V]):
    """Keeps what is met a second time, so that what one file alone holds takes no room.

    ``room`` is in whatever ``keep`` is told as size. It is emptied when full: its size never depends on a
    batch. What is sure to come again in the next file is kept the first time, up to ``at_once``.
    """

    def __init__(self, room: int, at_once: int = 0) -> None:
        self._room = room
        self._at_once = at_once
        self._taken = 0
        self._known: dict[Hashable, V] = {}
        self._met: set[int] = set()

    def get(self, key: Hashable) -> V | None:
        """Return what is kept under a key, or None."""
        return self._known.get(key)

    def keep(self, key: Hashable, value: V, size: int) -> None:
        """Keep a value, if its key has been met before or there is room for it at once."""
        mark = hash(key)
        if mark not in self._met and self._taken + size > self._at_once:
            if len(self._met) >= _MET:
                self._met.clear()
            self._met.add(mark)
            return
        if self._taken + size > self._room:
            self._known.clear()
            self._taken = 0
        if size <= self._room:
            self._known[key] = value
            self._taken += size
