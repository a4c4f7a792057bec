"""A register that cannot be written now is sound: what it is and what to do is said, nothing is lost."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from xlbudget import Roster, WorkbookTemplate
from xlbudget.cli import run
from xlbudget.department.collection import Collection, receive, register
from xlbudget.department.collection.folder import REGISTER
from xlbudget.department.collection.verification import verify
from xlbudget.model.errors import InputError, OutputError


@pytest.fixture
def folder(
    template: WorkbookTemplate, roster: Roster, department_workbooks: list[Path], tmp_path: Path
) -> Path:
    with Collection.create(tmp_path / "收件", template, roster, user="经办") as collection:
        list(receive(collection, department_workbooks[:1], workers=1))
    return tmp_path / "收件"


@pytest.fixture
def locked(folder: Path) -> Iterator[Path]:
    """A collection to which another process is writing."""
    other = sqlite3.connect(folder / REGISTER, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield folder
    other.execute("ROLLBACK")
    other.close()


def test_another_officer_is_waited_for_and_then_named(
    locked: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(register, "_PATIENCE", 0.3)
    begun = time.monotonic()
    assert run(["status", str(locked)]) == 2
    assert time.monotonic() - begun >= 0.3
    said = capsys.readouterr().err
    assert "正由别的程序或另一位经办人写入" in said and "登记簿没有损坏，请稍后再运行" in said
    assert "备份" not in said


def test_patience_ends(folder: Path) -> None:
    """Long enough for a large batch of another process, short enough to be sat through."""
    assert 5 <= register._PATIENCE <= 60


def test_a_full_disk_is_named_and_nothing_is_half_received(
    folder: Path, department_workbooks: list[Path]
) -> None:
    """SQLite says the same of a register that may not grow as of a disk without room."""
    with Collection.open(folder, user="经办") as collection:
        pages = collection.register._asked("PRAGMA page_count")[0][0]
        collection.register._asked(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(OutputError, match="写不进去，磁盘已满；登记簿没有损坏，请腾出空间后再运行"):
            list(receive(collection, department_workbooks[1:], workers=1))
    with Collection.open(folder, user="经办") as collection:
        assert len(collection.receipts()) == 1
        assert not verify(folder).changes
        assert len(list(receive(collection, department_workbooks[1:], workers=1))) == 2


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_BUSY, "另一位经办人"),
        (sqlite3.SQLITE_BUSY | 2 << 8, "另一位经办人"),  # SQLITE_BUSY_SNAPSHOT
        (sqlite3.SQLITE_READONLY, "只读"),
        (sqlite3.SQLITE_IOERR | 3 << 8, "磁盘出错"),
        (sqlite3.SQLITE_CANTOPEN, "打不开"),
    ],
)
def test_what_is_no_damage_does_not_ask_for_a_backup(code: int, words: str) -> None:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode = code
    said = register.said(error, Path("登记簿"))
    assert isinstance(said, OutputError) and words in str(said) and "备份" not in str(said)


def test_damage_asks_for_a_backup(folder: Path) -> None:
    path = folder / REGISTER
    path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(InputError, match=r"不能打开，已损坏.*备份"):
        Collection.open(folder)
