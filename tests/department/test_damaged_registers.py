"""A damaged register: whatever is broken is named, whatever stands is said, and nothing is a traceback."""

from __future__ import annotations

import contextlib
import random
import re
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from xlbudget import WorkbookTemplate
from xlbudget.cli import run
from xlbudget.department.collection import Collection, receive
from xlbudget.department.collection.folder import HEAD, REGISTER
from xlbudget.department.collection.originals import ORIGINALS
from xlbudget.department.collection.verification import verify
from xlbudget.model import Roster

SEED = 20_261_130
EDITS = {
    "ALTER TABLE receipt ADD COLUMN extra TEXT": "登记簿“收件”多了“extra”一栏，不是程序建的。",
    "ALTER TABLE log ADD COLUMN extra TEXT": "登记簿“日志”多了“extra”一栏，不是程序建的。",
    "ALTER TABLE unit RENAME COLUMN kind TO sort": "登记簿“单位”少了“单位性质”一栏。",
    "DROP TABLE waiver": "登记簿“认可”整张表被删或读不出。",
    "DROP TABLE report": "登记簿“审核结果”整张表被删或读不出。",
    "DROP TABLE setting": "登记簿“设置”整张表被删或读不出。",
    "DROP TABLE log": "登记簿“日志”整张表被删或读不出。",
    "DROP TABLE unit": "登记簿“单位”整张表被删或读不出。",
    "DROP INDEX one_return_stands": "登记簿里的“one_return_stands”被删（它保护日志和收件不被改动）。",
    "CREATE TABLE mine (x)": "登记簿里的“mine”不是程序建的。",
    "UPDATE receipt SET judged = 'gut' WHERE number = 2": (
        "登记簿“收件”2 的“评定”改动过：现为“gut”，没有这种状态。"
    ),
    "UPDATE receipt SET status = '' WHERE number = 1": (
        "登记簿“收件”1 的“状态”改动过：现为“”，没有这种状态。"
    ),
    "UPDATE receipt SET name = CAST(x'31ff32' AS TEXT) WHERE number = 3": (
        "登记簿“收件”3 的“文件名”不是可读的文字。"
    ),
    "UPDATE receipt SET blocking = 'keine' WHERE number = 1": (
        "登记簿“收件”1 的“不予接收的问题数”不是程序写的：“keine”。"
    ),
    "UPDATE unit SET name = CAST(x'ff' AS TEXT) WHERE code = '102'": (
        "登记簿“单位”102 的“单位名称”不是可读的文字。"
    ),
    "UPDATE setting SET value = '' WHERE key = 'digest'": "登记簿“设置”digest 的“value”改动过：应为“",
    "DELETE FROM setting WHERE key = 'title'": "登记簿“设置”title 这一行被删。",
    "DELETE FROM receipt WHERE number = 2": "登记簿“收件”2 这一行被删。",
    "UPDATE report SET data = '[[' WHERE number = 2": "2 号收件的审核结果改动过或被删。",
    "UPDATE report SET data = 'null' WHERE number = 1": "1 号收件的审核结果改动过或被删。",
    "UPDATE setting SET value = '[1]' WHERE key = 'controls'": "登记簿“设置”controls 的“value”改动过：应为“",
    "INSERT INTO waiver VALUES (9, '{}')": "登记簿“认可”9 这一行不是程序写的。",
    "UPDATE receipt SET sha256 = 'x/../../y' WHERE number = 1": "登记簿“收件”1 的“文件摘要”改动过：应为“",
}


@pytest.fixture(scope="module")
def sound(
    template: WorkbookTemplate,
    roster: Roster,
    department_workbooks: list[Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A collection of three returns."""
    folder = tmp_path_factory.mktemp("sound") / "收件"
    with Collection.create(folder, template, roster, user="经办") as collection:
        assert len(list(receive(collection, department_workbooks, workers=1))) == 3
    assert verify(folder).changes == ()
    return folder


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "收件"))


def told(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What ``verify`` says of a damaged collection; status and history say something too, or go on."""
    capsys.readouterr()
    assert run(["verify", str(folder)]) == 1
    said = capsys.readouterr().out
    for command in (["status", str(folder)], ["history", str(folder), "101"]):
        code, complaint = run(command), capsys.readouterr().err
        assert code == 0 or (code == 2 and complaint.startswith("错误：") and complaint.count("\n") == 1)
    return said


@pytest.mark.parametrize("number", range(50))
def test_a_flipped_byte_is_named_and_what_stands_is_said(
    copy: Path, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(SEED + number)
    content = bytearray((copy / REGISTER).read_bytes())
    at = chance.randrange(100) if number < 5 else chance.randrange(len(content))  # the header first
    content[at] ^= 1 << chance.randrange(8)
    (copy / REGISTER).write_bytes(content)
    said = told(copy, capsys)
    assert "登记簿" in said or "日志" in said or "审核结果" in said
    assert "完好：原件 3 份，其中 3 份与文件名里的摘要相符" in said


@pytest.mark.parametrize("statement", EDITS)
def test_an_edit_is_named_and_what_stands_is_said(
    copy: Path, statement: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.closing(sqlite3.connect(copy / REGISTER)) as database:
        database.execute(statement)
        database.commit()
    said = told(copy, capsys)
    code = run(["consolidate", str(copy), "-o", str(copy.with_suffix(".xlsx")), "--name", "示范厅"])
    assert code == 0 or (code == 2 and capsys.readouterr().err.startswith("错误："))
    assert EDITS[statement] in said
    assert "完好：" in said


def test_status_and_history_name_the_row_and_what_can_still_be_read(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.closing(sqlite3.connect(copy / REGISTER)) as database:
        database.execute("UPDATE receipt SET judged = 'gut' WHERE number = 2")
        database.commit()
    for command in (
        ["status", str(copy)],
        ["history", str(copy), "101"],
        ["consolidate", str(copy), "-o", "s.xlsx"],
    ):
        assert run(command) == 2
        complaint = capsys.readouterr().err
        assert "登记簿“收件”2 的“评定”改动过：现为“gut”，没有这种状态。" in complaint
        assert re.search(
            "仍读得出：“设置”\\d+ 行、“单位”3 行、“收件”2 行、“审核结果”3 行、“日志”4 行。", complaint
        )
        assert "用 xlbudget verify 查明" in complaint


def test_a_register_whose_tables_seem_gone_is_not_begun_anew(copy: Path) -> None:
    """The bytes of the damaged file are evidence, and what a rescue starts from."""
    content = bytearray((copy / REGISTER).read_bytes())
    content[103:105] = b"\0\0"  # the number of tables
    (copy / REGISTER).write_bytes(content)
    assert run(["status", str(copy)]) == 2
    assert run(["collect", str(copy / ORIGINALS), "--into", str(copy)]) == 2
    assert (copy / REGISTER).read_bytes() == content


def test_register_and_originals_are_readable_by_their_owner_only(sound: Path) -> None:
    files = [path for path in sound.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {REGISTER, HEAD} and len(files) == 5
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in files} == {0}
    assert stat.S_IMODE((sound / ORIGINALS).stat().st_mode) & 0o077 == 0
