"""What every definition has: the place where it is stated, and formulas as they are written there."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Source:
    """Where in the definitions something is stated."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the definitions: where it stands, what is wrong, what to do.

    ``reason`` is what many formulas may have in common: then only some of them are told. ``unreadable`` says
    that the file could not be read at all.
    """

    source: Source
    message: str
    reason: str = field(default="", compare=False)
    unreadable: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return f"{self.source}: {self.message}"


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula or assertion as finance staff write it, with names in place of addresses."""

    text: str
    source: Source = field(compare=False)
