"""What moved in a file by itself or with its rows and columns, as the checks tell it."""

from __future__ import annotations

from typing import NamedTuple


class Moved(NamedTuple):
    """Rows (or ``columns``) of a sheet inserted (``by`` above 0) or deleted, from ``at`` on, from 1.

    ``seen``: what people see of it stands elsewhere now; else only rows without contents moved.
    """

    at: int
    by: int
    columns: bool
    seen: bool = True


class Carried(NamedTuple):
    """The first cell of a sheet that moved by itself, and where it is now (empty: deleted)."""

    place: str
    now: str
