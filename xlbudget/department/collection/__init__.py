"""Collections: one folder for all that units return, the register of it, and what officers decided.

A collection holds one SQLite file and the originals, stored by their sha256 and never altered. Every change
is an entry of a log whose entries are chained by hash; the tables of the register follow from the log.
"""

from __future__ import annotations

from xlbudget.department.collection.folder import Collection, CountedReturn
from xlbudget.department.collection.receiving import Received, receive
from xlbudget.department.collection.records import LogEntry, Receipt, Status

__all__ = ["Collection", "CountedReturn", "LogEntry", "Receipt", "Received", "Status", "receive"]
