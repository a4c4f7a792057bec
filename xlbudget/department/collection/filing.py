"""A report put down beside its receipt: what the receipt says of it, its hash, and the entry of the log."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from xlbudget.checking.runs.report_data import data_of
from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.records import Receipt, Row, canonical
from xlbudget.department.collection.rows import row
from xlbudget.model import WorkbookReport


def put_down(
    collection: Collection,
    receipt: Receipt,
    report: WorkbookReport,
    action: str,
    replaced: Receipt | None = None,
    reason: str = "",
    beside: Mapping[str, Any] = MappingProxyType({}),
) -> Receipt:
    """Register a receipt with its report, and the one whose place it takes; return it as it is registered.

    ``beside`` is put down with the report, see :meth:`Collection.kept`. Within :meth:`Collection.changing`.
    """
    text = canonical({**data_of(report), **beside}).encode("utf-8", "replace").decode()
    receipt = replace(receipt, report_sha256=hashlib.sha256(text.encode()).hexdigest())
    rows: list[tuple[str, Row]] = [("receipt", row(part)) for part in (replaced, receipt) if part]
    rows.append(("report", {"number": receipt.number, "data": text}))
    collection.log(rows, action, reason, receipt=receipt.number)
    return receipt
