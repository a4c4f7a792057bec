"""How much a search may do, counted in steps: the same on every machine, whatever else it does."""

from __future__ import annotations


class OutOfSteps(Exception):
    """Raised where a search has done all that it may."""


class Steps:
    """What is left of a number of steps; one step is about one operation on a number."""

    def __init__(self, limit: int) -> None:
        self.left = limit

    def half(self) -> Steps:
        """Return half of what is left, to be taken apart from it."""
        half = Steps(self.left // 2)
        self.left -= half.left
        return half

    def take(self, count: int = 1) -> None:
        """Take some steps; raises OutOfSteps when there are not so many left."""
        self.left -= count
        if self.left < 0:
            raise OutOfSteps
