"""The register: one SQLite file; its tables follow from an append-only log chained by hash.

The journal is SQLite's rollback journal (DELETE) with full synchronisation, not WAL: WAL needs memory that
all processes share, which folders on a file server do not give, and a collection often lies on one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from xlbudget.department.collection.records import LogEntry, Receipt, Row, Status, canonical
from xlbudget.model.errors import InputError, OutputError

FORMAT = "1"
_PATIENCE = 60.0  # seconds to wait for another process
_KEYS = {"setting": "key", "unit": "code", "receipt": "number", "waiver": "number", "report": "number"}
_SCHEMA = """
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE unit (code TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, superior TEXT NOT NULL,
    superior_code TEXT NOT NULL, place INTEGER NOT NULL);
CREATE TABLE receipt (number INTEGER PRIMARY KEY, received_at TEXT NOT NULL, sha256 TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL, source TEXT NOT NULL, unit_code TEXT NOT NULL, unit_name TEXT NOT NULL,
    judged TEXT NOT NULL, status TEXT NOT NULL, stands INTEGER NOT NULL, empty INTEGER NOT NULL,
    zero INTEGER NOT NULL, blocking INTEGER NOT NULL, explain INTEGER NOT NULL, note INTEGER NOT NULL,
    report_sha256 TEXT NOT NULL);
CREATE UNIQUE INDEX one_return_stands ON receipt(unit_code) WHERE stands = 1;
CREATE TABLE report (number INTEGER PRIMARY KEY REFERENCES receipt(number), data TEXT NOT NULL);
CREATE TABLE waiver (number INTEGER PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE log (number INTEGER PRIMARY KEY, at TEXT NOT NULL, user TEXT NOT NULL, action TEXT NOT NULL,
    reason TEXT NOT NULL, receipt INTEGER NOT NULL, changes TEXT NOT NULL, previous TEXT NOT NULL,
    hash TEXT NOT NULL);
CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER log_is_not_shortened BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'append only'); END;
"""


class Register:
    """The SQLite file of a collection; every change goes through :meth:`change`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with ExitStack() as opened:
                self._database = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
                opened.callback(self._database.close)
                self._database.row_factory = sqlite3.Row
                self._database.execute("PRAGMA synchronous = FULL")
                self._database.execute("PRAGMA foreign_keys = ON")
                self._made()
                opened.pop_all()  # all went well: it stays open
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"登记簿“{path}”不能打开（{error}）；请从备份恢复，或换一个收件文件夹。"
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _made(self) -> None:
        """Create the tables, all or none; another process may have been quicker."""
        with self._exclusive():
            if not self._database.execute("SELECT 1 FROM sqlite_master WHERE name = 'log'").fetchone():
                self._database.execute("PRAGMA journal_mode = DELETE")
                for statement in _statements(_SCHEMA):
                    self._database.execute(statement)

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    # ------------------------------------------------------------- changing

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything within together or not at all; other processes wait."""
        try:
            with self._exclusive():
                yield
        except sqlite3.OperationalError as error:
            raise OutputError(
                f"无法写入登记簿“{self.path}”（{error}）；请确认磁盘未满、文件夹可写、"
                "没有别的程序长时间占用，然后重新运行。"
            ) from error

    def change(
        self,
        rows: Sequence[tuple[str, Row]],
        *,
        at: str,
        user: str,
        action: str,
        reason: str = "",
        receipt: int = 0,
    ) -> LogEntry:
        """Write rows of tables (new, or in place of those of the same key) and the log entry that says so.

        Within :meth:`transaction`. The text of a report is not in the log, only its hash.
        """
        last = self.last_entry()
        said = [[table, dict(row)] for table, row in rows if table != "report"]
        number, previous = (last.number + 1, last.hash) if last else (1, "")
        bare = LogEntry(number, at, user, action, reason, receipt, canonical(said), previous, "")
        entry = replace(bare, hash=bare.expected_hash)
        for table, row in rows:
            names = ", ".join(row)
            places = ", ".join("?" * len(row))
            keyed = ", ".join(f"{name} = excluded.{name}" for name in row)
            self._database.execute(
                f"INSERT INTO {table} ({names}) VALUES ({places}) "  # noqa: S608 - names are our own
                f"ON CONFLICT ({_KEYS[table]}) DO UPDATE SET {keyed}",
                tuple(row.values()),
            )
        self._database.execute(
            "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            tuple(getattr(entry, part.name) for part in fields(entry)),
        )
        return entry

    # -------------------------------------------------------------- reading

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table in the order of their key (units: of the roster)."""
        order = "place" if table == "unit" else _KEYS.get(table, "number")
        found = self._database.execute(f"SELECT * FROM {table} ORDER BY {order}")  # noqa: S608
        return [dict(row) for row in found]

    def settings(self) -> dict[str, str]:
        """Return the settings of the collection."""
        return {row["key"]: row["value"] for row in self.rows("setting")}

    def receipts(self) -> list[Receipt]:
        """Return every receipt, by number."""
        return [_receipt(row) for row in self.rows("receipt")]

    def receipt_of(self, sha256: str) -> Receipt | None:
        """Return the receipt of a file with those bytes."""
        row = self._database.execute("SELECT * FROM receipt WHERE sha256 = ?", (sha256,)).fetchone()
        return _receipt(dict(row)) if row else None

    def standing(self, unit: str) -> Receipt | None:
        """Return the receipt that stands for a unit, if any."""
        query = "SELECT * FROM receipt WHERE stands = 1 AND unit_code = ?"
        row = self._database.execute(query, (unit,)).fetchone()
        return _receipt(dict(row)) if row else None

    def next_receipt(self) -> int:
        """Return the number of the next receipt."""
        return int(self._database.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM receipt").fetchone()[0])

    def report_text(self, number: int) -> str:
        """Return the report of a receipt as it was stored, empty when there is none."""
        row = self._database.execute("SELECT data FROM report WHERE number = ?", (number,)).fetchone()
        return str(row["data"]) if row else ""

    def log(self) -> list[LogEntry]:
        """Return the log from its beginning."""
        return [LogEntry(**row) for row in self.rows("log")]

    def last_entry(self) -> LogEntry | None:
        """Return the newest entry of the log."""
        row = self._database.execute("SELECT * FROM log ORDER BY number DESC LIMIT 1").fetchone()
        return LogEntry(**dict(row)) if row else None

    def integrity(self) -> list[str]:
        """Return what SQLite itself finds wrong with the file."""
        try:
            found = [str(row[0]) for row in self._database.execute("PRAGMA integrity_check")]
        except sqlite3.DatabaseError as error:
            return [str(error)]
        return [] if found == ["ok"] else found


def replayed(log: Sequence[LogEntry]) -> dict[str, dict[object, dict[str, Any]]]:
    """Return the tables as the log says they must be: rows by table and key."""
    tables: dict[str, dict[object, dict[str, Any]]] = {table: {} for table in _KEYS if table != "report"}
    for entry in log:
        for table, row in json.loads(entry.changes):
            key = row[_KEYS[table]]
            tables[table][key] = {**tables[table].get(key, {}), **row}
    return tables


def key_of(table: str) -> str:
    """Return the name of the column that identifies a row of a table."""
    return _KEYS[table]


def _receipt(row: dict[str, Any]) -> Receipt:
    flags = {name: bool(row[name]) for name in ("stands", "empty", "zero")}
    return Receipt(**{**row, **flags, "judged": Status(row["judged"]), "status": Status(row["status"])})


def _statements(schema: str) -> Iterator[str]:
    statement = ""
    for line in schema.strip().splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
