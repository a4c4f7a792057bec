"""The register: one SQLite file; its tables follow from an append-only log chained by hash.

The journal is SQLite's rollback journal (DELETE) with full synchronisation, not WAL: WAL needs memory that
all processes share, which folders on a file server do not give, and a collection often lies on one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from xlbudget.department.collection.records import OWNER_ONLY, LogEntry, Receipt, Row, canonical
from xlbudget.department.collection.scan import receipt_from, scan
from xlbudget.department.collection.schema import KEYS, columns, statements
from xlbudget.model.errors import InputError, OutputError, XlbudgetError

FORMAT = "1"
_PATIENCE = 30.0  # seconds to wait for another process
_BUSY = f"正由别的程序或另一位经办人写入，等了 {_PATIENCE:.0f} 秒还没有轮到；登记簿没有损坏，请稍后再运行。"
_SAID = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_FULL: "写不进去，磁盘已满；登记簿没有损坏，请腾出空间后再运行。",
    sqlite3.SQLITE_READONLY: "是只读的，不能登记；请检查文件夹的写入权限（或磁盘是否只读），再运行。",
    sqlite3.SQLITE_CANTOPEN: "打不开；请检查文件夹的读写权限，再运行。",
    sqlite3.SQLITE_PERM: "没有读写权限；请检查文件夹的权限，再运行。",
    sqlite3.SQLITE_IOERR: "读写时磁盘出错；请检查磁盘（或网络盘的连接），再运行。",
}
_TYPES = {"INTEGER": int, "TEXT": str}


class Register:
    """The SQLite file of a collection; every change goes through :meth:`change`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with suppress(OSError):  # what is wrong with the folder, SQLite says
                path.touch(OWNER_ONLY, exist_ok=False)  # so that nobody else ever reads it
            with ExitStack() as opened:
                self._database = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
                opened.callback(self._database.close)
                self._database.row_factory = sqlite3.Row
                self._database.execute("PRAGMA synchronous = FULL")
                self._database.execute("PRAGMA foreign_keys = ON")
                self._made()
                opened.pop_all()  # all went well: it stays open
        except sqlite3.DatabaseError as error:
            raise said(error, path) from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _made(self) -> None:
        """Create the tables in a new file, all or none; another process may have been quicker."""
        with self._exclusive():
            if not self.path.stat().st_size:  # a damaged file may look as if it had no tables
                self._database.execute("PRAGMA journal_mode = DELETE")
                for statement in statements():
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
        except sqlite3.DatabaseError as error:
            raise said(error, self.path) from error

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
                f"ON CONFLICT ({KEYS[table]}) DO UPDATE SET {keyed}",
                tuple(row.values()),
            )
        self._database.execute(
            "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            tuple(getattr(entry, part.name) for part in fields(entry)),
        )
        return entry

    # -------------------------------------------------------------- reading

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table in the order of their key (units: of the roster).

        Raises InputError that names the damage when a row is none of ours.
        """
        return self._rows(table, f"ORDER BY {'place' if table == 'unit' else KEYS.get(table, 'number')}")

    def _rows(self, table: str, rest: str, *values: object) -> list[dict[str, Any]]:
        """Return rows of a table, the columns that are ours; values that we never write are damage."""
        kinds = columns()[table]
        query = f"SELECT {', '.join(kinds)} FROM {table} {rest}"  # noqa: S608 - names are our own
        found = [dict(row) for row in self._asked(query, *values)]
        for row in found:
            if not all(isinstance(row[name], _TYPES[kind]) for name, kind in kinds.items()):
                raise damaged(self.path)
        return found

    def _asked(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Return the rows of a query; raises as :func:`said` has it."""
        try:
            return list(self._database.execute(query, values))
        except sqlite3.DatabaseError as error:
            raise said(error, self.path) from error

    def settings(self) -> dict[str, str]:
        """Return the settings of the collection."""
        return {row["key"]: row["value"] for row in self.rows("setting")}

    def receipts(self) -> list[Receipt]:
        """Return every receipt, by number."""
        return self._receipts("ORDER BY number")

    def _receipts(self, rest: str, *values: object) -> list[Receipt]:
        try:
            return [receipt_from(row) for row in self._rows("receipt", rest, *values)]
        except ValueError as error:  # a status that there is not
            raise damaged(self.path) from error

    def receipt_of(self, sha256: str) -> Receipt | None:
        """Return the receipt of a file with those bytes."""
        return next(iter(self._receipts("WHERE sha256 = ?", sha256)), None)

    def standing(self, unit: str) -> Receipt | None:
        """Return the receipt that stands for a unit, if any."""
        return next(iter(self._receipts("WHERE stands = 1 AND unit_code = ?", unit)), None)

    def next_receipt(self) -> int:
        """Return the number of the next receipt."""
        return int(self._asked("SELECT COALESCE(MAX(number), 0) + 1 FROM receipt")[0][0])

    def report_text(self, number: int) -> str:
        """Return the report of a receipt as it was stored, empty when there is none."""
        found = self._rows("report", "WHERE number = ?", number)
        return str(found[0]["data"]) if found else ""

    def log(self) -> list[LogEntry]:
        """Return the log from its beginning."""
        return [LogEntry(**row) for row in self.rows("log")]

    def last_entry(self) -> LogEntry | None:
        """Return the newest entry of the log."""
        return next((LogEntry(**row) for row in self._rows("log", "ORDER BY number DESC LIMIT 1")), None)


def said(error: sqlite3.DatabaseError, path: Path) -> XlbudgetError:
    """Return what SQLite says as a sentence: what it is, and what to do.

    OutputError where the register is sound and cannot be written now, InputError where it is damaged.
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the extended codes say what the plain one does
    if code in _SAID:
        return OutputError(f"登记簿“{path}”{_SAID[code]}")
    return damaged(path)


def damaged(path: Path) -> InputError:
    """Return the error for a register that is damaged: what is, what can still be read, what to do."""
    return InputError(f"登记簿“{path}”不能打开，已损坏：{scan(path).words()}{WHAT_TO_DO}")


WHAT_TO_DO = "请先把整个收件文件夹另外复制一份，再用 xlbudget verify 查明，从备份恢复登记簿（原件不用恢复）。"
"""What an officer does with a damaged register."""


def replayed(log: Sequence[LogEntry]) -> dict[str, dict[object, dict[str, Any]]]:
    """Return the tables as the log says they must be: rows by table and key."""
    tables: dict[str, dict[object, dict[str, Any]]] = {table: {} for table in KEYS if table != "report"}
    for entry in log:
        for table, row in changes_of(entry):
            key = row[KEYS[table]]
            tables[table][key] = {**tables[table].get(key, {}), **row}
    return tables


def changes_of(entry: LogEntry) -> list[tuple[str, dict[str, Any]]]:
    """Return the rows that an entry of the log says it changed, by table; none of what we never wrote."""
    try:
        said = json.loads(entry.changes)
        return [(table, row) for table, row in said if isinstance(row[KEYS[table]], str | int)]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def key_of(table: str) -> str:
    """Return the name of the column that identifies a row of a table."""
    return KEYS[table]
