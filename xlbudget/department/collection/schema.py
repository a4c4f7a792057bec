"""The tables of a register, and what they and their columns are called by people."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache

KEYS = {"setting": "key", "unit": "code", "receipt": "number", "waiver": "number", "report": "number"}
"""The column that identifies a row, by table; the log is not among them: everything follows from it."""

SCHEMA = """
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

TABLE_NAMES = {
    "setting": "设置",
    "unit": "单位",
    "receipt": "收件",
    "report": "审核结果",
    "waiver": "认可",
    "log": "日志",
}
_COLUMN_NAMES = {
    "received_at": "收件时间",
    "sha256": "文件摘要",
    "name": "文件名",
    "source": "来源",
    "unit_code": "单位编码",
    "unit_name": "单位名称",
    "judged": "评定",
    "status": "状态",
    "stands": "是否代表单位",
    "empty": "是否空表",
    "zero": "是否零报告",
    "blocking": "不予接收的问题数",
    "explain": "待说明的问题数",
    "note": "提示数",
    "report_sha256": "审核结果摘要",
}


_OF_UNITS = {"code": "单位编码", "name": "单位名称", "kind": "单位性质", "superior": "上级单位"}


def column_name(table: str, column: str) -> str:
    """Return what people call a column."""
    return (_OF_UNITS if table == "unit" else _COLUMN_NAMES).get(column, column)


def statements() -> Iterator[str]:
    """Yield the statements that make the tables."""
    statement = ""
    for line in SCHEMA.strip().splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@cache
def columns() -> dict[str, dict[str, str]]:
    """Return column → type of each table."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(SCHEMA)
        return {
            table: {str(row[1]): str(row[2]) for row in database.execute(f"PRAGMA table_info({table})")}
            for table in TABLE_NAMES
        }


@cache
def objects() -> frozenset[str]:
    """Return the names of everything in the file: tables, indexes, triggers."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(SCHEMA)
        return frozenset(str(row[0]) for row in database.execute("SELECT name FROM sqlite_master"))
