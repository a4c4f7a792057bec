"""What is kept of a published document until it has been held against the others of its batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from xlbudget.model.returns import Place


@dataclass(frozen=True, slots=True)
class SharedFact:
    """An amount in 元 with half its last decimal: ``key`` are the words of its form, line and columns."""

    key: str
    amount: Decimal
    half: Decimal
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class SharedFacts:
    """A document as others of its batch compare with it.

    ``department`` is None where its titles do not tell; ``final`` says that it gives final accounts.
    ``facts`` are the amounts of its tables that one line alone names; ``earlier`` what its text implies for
    the year before; ``names`` the units that it mentions.
    """

    unit: str = ""
    year: int | None = None
    department: bool | None = None
    final: bool = False
    facts: Mapping[str, SharedFact] = field(default_factory=dict)
    earlier: tuple[SharedFact, ...] = ()
    names: tuple[str, ...] = ()
