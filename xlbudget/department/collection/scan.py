"""A register read row by row, with everything that is damaged named and everything that stands kept.

The register proper (:mod:`xlbudget.department.collection.register`) takes its own tables for granted. Here
nothing is: disks lose bytes, and people open the file with other programs.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlbudget.department.collection.records import LogEntry, Receipt, Row, Status
from xlbudget.department.collection.schema import KEYS, TABLE_NAMES, column_name, columns, objects

_STATES = {"judged", "status"}
_SHOWN = 3  # faults told in one sentence
_MOST = 40  # faults named of what SQLite finds in its own structure
_PATIENCE = 60.0


@dataclass(slots=True)
class Scan:
    """What can be read: rows by table, in the order of their keys; ``faults`` says what cannot."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def words(self) -> str:
        """Return the first faults, and what can be read all the same, as sentences."""
        more = f"等 {len(self.faults)} 处。" if len(self.faults) > _SHOWN else ""
        return "".join(self.faults[:_SHOWN]) + more + (self.standing() or "登记簿里没有一张表读得出。")

    def standing(self) -> str:
        """Return how many rows of each table can be read."""
        counts = (f"“{TABLE_NAMES[table]}”{len(rows)} 行" for table, rows in self.rows.items() if rows)
        told = "、".join(counts)
        return f"登记簿里仍读得出：{told}。" if told else ""

    def log(self) -> list[LogEntry]:
        """Return the entries of the log that can be read."""
        return [LogEntry(**row) for row in self.rows.get("log", ())]

    def receipts(self) -> list[Receipt]:
        """Return the receipts that can be read."""
        return [receipt_from(row) for row in self.rows.get("receipt", ())]


def receipt_from(row: Row) -> Receipt:
    """Return a receipt from its row; raises ValueError or TypeError when the row is none."""
    flags = {name: bool(row[name]) for name in ("stands", "empty", "zero")}
    return Receipt(**{**row, **flags, "judged": Status(row["judged"]), "status": Status(row["status"])})


def scan(path: Path) -> Scan:
    """Read a register as far as it goes; never raises."""
    found = Scan()
    try:
        with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as database:
            database.text_factory = bytes
            found.faults += _structure(database)
            for table in TABLE_NAMES:
                found.rows[table] = list(_rows(database, table, found.faults))
    except (sqlite3.Error, OSError) as error:
        found.faults.append(f"登记簿文件“{path.name}”已损坏，不能打开（{error}）。")
    return found


def _structure(database: sqlite3.Connection) -> Iterator[str]:
    """Yield what SQLite finds wrong with the file, and tables, columns and guards that are not ours."""
    try:
        roots = {
            int(row[1] or 0): TABLE_NAMES.get(row[0].decode(errors="replace"), "")
            for row in database.execute("SELECT tbl_name, rootpage FROM sqlite_master")
        }
        for row in database.execute(f"PRAGMA integrity_check({_MOST})"):
            told = row[0].decode(errors="replace")
            if told != "ok":
                yield f"登记簿文件已损坏：{_place(told, roots)}{told}。"
        have = {row[0].decode(errors="replace") for row in database.execute("SELECT name FROM sqlite_master")}
    except sqlite3.Error as error:
        yield f"登记簿文件已损坏：{error}。"
        return
    for name in sorted(objects() - have):
        if name not in TABLE_NAMES and not name.startswith("sqlite_"):  # tables are told where they are read
            yield f"登记簿里的“{name}”被删（它保护日志和收件不被改动）。"
    for name in sorted(have - objects()):
        yield f"登记簿里的“{name}”不是程序建的。"


def _place(told: str, roots: dict[int, str]) -> str:
    """Return the table that a message of SQLite is about, in front of it."""
    tree = re.search(r"[Tt]ree (\d+)|table (\w+)|index (?:sqlite_autoindex_)?([a-z]+)", told)
    if tree is None:
        return ""
    table = roots.get(int(tree[1]), "") if tree[1] else TABLE_NAMES.get(tree[2] or tree[3], "")
    return f"“{table}”表，" if table else ""


def _rows(database: sqlite3.Connection, table: str, faults: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table that can be read; what cannot is added to ``faults``."""
    words, wanted = f"登记簿“{TABLE_NAMES[table]}”", columns()[table]
    try:
        have = [row[1].decode(errors="replace") for row in database.execute(f"PRAGMA table_info({table})")]
    except sqlite3.Error:
        have = []
    if not have:
        faults.append(f"{words}整张表被删或读不出。")
        return
    faults += [f"{words}少了“{column_name(table, name)}”一栏。" for name in wanted if name not in have]
    faults += [f"{words}多了“{name}”一栏，不是程序建的。" for name in have if name not in wanted]
    if not wanted.keys() <= set(have):
        return
    for row in _raw_rows(database, table, list(wanted), faults):
        values, bad = _values(row, wanted)
        if bad:
            key = values[KEYS.get(table, "number")]
            faults += [f"{words}{key} 的“{column_name(table, name)}”{why}。" for name, why in bad]
        else:
            yield values


def _raw_rows(
    database: sqlite3.Connection, table: str, names: list[str], faults: list[str]
) -> list[tuple[Any, ...]]:
    """Return the rows of a table; where the file is damaged in the middle, from both of its ends."""
    key = KEYS.get(table, "number")
    found: dict[Any, tuple[Any, ...]] = {}
    for order in ("ASC", "DESC"):
        query = f"SELECT {', '.join(names)} FROM {table} ORDER BY {key} {order}"  # noqa: S608 - our own
        try:
            for row in database.execute(query):
                found.setdefault(row[names.index(key)], row)
        except sqlite3.Error as error:
            if order == "DESC":
                words = f"登记簿“{TABLE_NAMES[table]}”"
                faults.append(f"{words}有些行读不出（{error}），读出 {len(found)} 行。")
        else:
            break
    at = names.index("place") if "place" in names else names.index(key)
    return sorted(found.values(), key=lambda row: _rank(row[at]))


def _rank(value: Any) -> tuple[bool, int, str]:
    """Return what sorts values of any type as SQLite does, numbers first."""
    number = isinstance(value, int)
    return not number, value if number else 0, "" if number else str(value)


def _values(row: tuple[Any, ...], wanted: dict[str, str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return a row by column, and the columns that hold what we never write, with what is wrong."""
    values: dict[str, Any] = {}
    bad: list[tuple[str, str]] = []
    for (name, kind), raw in zip(wanted.items(), row, strict=True):
        value = raw.decode(errors="replace") if isinstance(raw, bytes) else raw
        values[name] = value
        if isinstance(raw, bytes) and value.encode() != raw:
            bad.append((name, "不是可读的文字"))
        elif isinstance(value, int) != (kind == "INTEGER") or not isinstance(value, int | str):
            bad.append((name, f"不是程序写的：“{value}”"))
        elif name in _STATES and value not in set(Status):
            bad.append((name, f"改动过：现为“{value}”，没有这种状态"))
    return values, bad
