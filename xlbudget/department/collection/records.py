"""What a register holds, as frozen values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

OWNER_ONLY = 0o600
"""Who may read what a collection holds: budgets before they are decided are nobody else's business."""


class Status(StrEnum):
    """What became of a returned file."""

    ACCEPTED = "已接收"
    TO_EXPLAIN = "待说明"
    REFUSED = "退回"
    REPLACED = "已替换"
    UNREADABLE = "无法读取"

    @property
    def weight(self) -> int:
        """How far a return has come: a later one stands for the unit unless the earlier has come further."""
        return {Status.ACCEPTED: 2, Status.TO_EXPLAIN: 1}.get(self, 0)


SENT_BACK = "退回"
"""What the log calls a return that was refused by the officer."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A file that arrived: its number, when, what, from where, of which unit, and what became of it.

    ``judged`` is what checking (or the officer) made of it; ``status`` is the same, or 已替换 when another
    return stands for the unit in its place. ``stands`` tells which return is the unit's. ``zero``: an empty
    workbook, confirmed as 零报告; ``empty``: one that holds no amount. Counts are of open findings.
    """

    number: int
    received_at: str
    sha256: str
    name: str
    source: str
    unit_code: str
    unit_name: str
    judged: Status
    status: Status
    stands: bool
    empty: bool
    zero: bool
    blocking: int
    explain: int
    note: int
    report_sha256: str


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One thing done: when, by whom, what, why, and the rows of the register that it changed.

    ``hash`` is of everything else and of the entry before, so that a later change shows.
    """

    number: int
    at: str
    user: str
    action: str
    reason: str
    receipt: int
    changes: str
    previous: str
    hash: str

    @property
    def expected_hash(self) -> str:
        """The hash that follows from what the entry says."""
        parts = (
            self.number,
            self.at,
            self.user,
            self.action,
            self.reason,
            self.receipt,
            self.changes,
            self.previous,
        )
        return hashlib.sha256(canonical(parts).encode()).hexdigest()


Row = Mapping[str, Any]
"""A row of a table of the register: values by column name."""


def canonical(value: Any) -> str:
    """Return JSON that is the same for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
