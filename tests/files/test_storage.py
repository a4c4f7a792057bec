"""Files that lie elsewhere: found, read once, named and reported like those of this machine."""

from __future__ import annotations

import dataclasses
import hashlib
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from xlbudget import check, write_report
from xlbudget.checking.runs.batch import Batch
from xlbudget.checking.runs.journal import Journal
from xlbudget.cli import COULD_NOT_RUN, run
from xlbudget.files.elsewhere import Address, at_hand, digest, files_in, is_file, typed
from xlbudget.model import Report, WorkbookTemplate
from xlbudget.model.errors import InputError, UnreadableWorkbook


@pytest.fixture
def folder(department_workbooks: list[Path], tmp_path: Path) -> Path:
    """A folder of returns and other things on this machine."""
    for name, content in {
        "甲/报送.xlsx": department_workbooks[0].read_bytes(),
        "乙 100%/报送.xlsx": department_workbooks[1].read_bytes(),
        "空.xlsx": b"",
        "说明.txt": "不是工作簿".encode(),
        "~$报送.xlsx": b"lock",
    }.items():
        (tmp_path / "报送" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "报送" / name).write_bytes(content)
    return tmp_path / "报送"


@pytest.fixture
def elsewhere(folder: Path) -> Iterator[str]:
    """The same folder in memory, which stands for any other place."""
    memory = fsspec.filesystem("memory")
    for path in folder.rglob("*.*"):
        memory.pipe_file(f"/报送/{path.relative_to(folder).as_posix()}", path.read_bytes())
    yield "memory://报送"
    memory.rm("/报送", recursive=True)


def written(report: Report, path: Path) -> bytes:
    return write_report(dataclasses.replace(report, made_at=""), path).read_bytes()


def test_a_folder_elsewhere_gives_the_report_of_the_same_folder_here(
    folder: Path, elsewhere: str, template: WorkbookTemplate, tmp_path: Path
) -> None:
    here = check(folder, template)
    there = check(elsewhere, template)
    assert [part.path.name for part in there.workbooks] == ["报送.xlsx", "报送.xlsx", "空.xlsx"]
    assert [part.sha256 for part in there.workbooks] == [part.sha256 for part in here.workbooks]
    assert there.skipped == ("说明.txt：不是工作簿，未读取",)
    assert written(there, tmp_path / "那里.json") == written(here, tmp_path / "这里.json")
    assert written(there, tmp_path / "那里.xlsx").startswith(b"PK")


def test_a_file_elsewhere_is_taken_by_itself_and_remembered(
    folder: Path, elsewhere: str, template: WorkbookTemplate, tmp_path: Path
) -> None:
    journal = tmp_path / "续审.jsonl"
    report = check(f"{elsewhere}/甲/报送.xlsx", resume=journal).workbooks[0]
    assert report.sha256 == hashlib.sha256((folder / "甲" / "报送.xlsx").read_bytes()).hexdigest()
    with Journal(journal, Batch(template)) as kept:
        assert kept.find(typed(f"{elsewhere}/甲/报送.xlsx")) == report
        assert kept.find(typed(f"{elsewhere}/甲/没有.xlsx")) is None


def test_only_what_was_typed_as_an_address_is_one() -> None:
    for address in ("s3://bucket/甲 乙/a.xlsx", "memory://a.xlsx", "https://host:8080/a.xlsx?b=c#d"):
        path = typed(address)
        assert isinstance(path, Address) and str(path) == address
        assert pickle.loads(pickle.dumps(path)) == path and path != Path(address)
        assert path.name == address.rpartition("/")[2]
        assert not isinstance(typed(Path(address)), Address)
    for local in (
        "/甲/a.xlsx",
        "甲/a.xlsx",
        "C:/a.xlsx",
        "a.xlsx",
        "s3:",
        "http:/报送/a.xlsx",
        "报送://a.xlsx",
    ):
        assert typed(local) == Path(local) and not isinstance(typed(local), Address)
    assert typed("file:///甲/a b.xlsx") == Path("/甲/a b.xlsx")
    assert typed("file:///C:/a.xlsx") == Path("C:/a.xlsx")


def test_a_folder_called_like_an_address_is_a_folder(
    folder: Path,
    elsewhere: str,
    template: WorkbookTemplate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another server's file was reported under the name of the one that lies in the folder ``memory:``."""
    here = tmp_path / "收件"
    (here / "memory:" / "报送" / "甲").mkdir(parents=True)
    (here / "memory:" / "报送" / "甲" / "报送.xlsx").write_bytes(
        (folder / "乙 100%" / "报送.xlsx").read_bytes()
    )
    monkeypatch.chdir(here)
    for paths in (["memory:"], ["memory:/报送/甲/报送.xlsx"], Path("memory:/报送")):
        (report,) = check(paths, template).workbooks
        assert report.path.as_posix() == "memory:/报送/甲/报送.xlsx"
        assert report.sha256 == hashlib.sha256((folder / "乙 100%" / "报送.xlsx").read_bytes()).hexdigest()
    journal = tmp_path / "续审.jsonl"
    (kept,) = check("memory:", template, resume=journal).workbooks
    (again,) = check("memory:", template, resume=journal).workbooks
    assert again == kept and not isinstance(again.path, Address)


def test_no_more_than_the_limit_is_fetched(elsewhere: str) -> None:
    path = typed(f"{elsewhere}/甲/报送.xlsx")
    with at_hand(path, limit=10) as copy:
        assert copy.name == "报送.xlsx"
        assert copy.stat().st_size == 11
    assert not copy.exists()
    with at_hand(typed(f"{elsewhere}/没有.xlsx")) as copy:
        assert not copy.exists()


def test_a_place_that_fails_is_told_in_one_sentence(
    elsewhere: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def complaint(address: str) -> str:
        assert run(["check", address]) == COULD_NOT_RUN
        return capsys.readouterr().err

    assert "找不到“memory://没有/此处”" in complaint("memory://没有/此处")
    assert "不认识地址“nowhere://a”的开头" in complaint("nowhere://a")
    assert "层层嵌套的地址" in complaint("zip://a.xlsx::s3://b/c.zip")

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("\x1b[31mtoken expired\nat line 1")

    memory = fsspec.filesystem("memory")
    monkeypatch.setattr(type(memory), "isdir", refuse)
    message = complaint(elsewhere)
    assert "无法读取“memory://报送”（RuntimeError: ?[31mtoken expired?at line 1）" in message
    monkeypatch.setattr(type(memory), "isdir", lambda *_: False)
    monkeypatch.setattr(type(memory), "_open", refuse)
    with pytest.raises(UnreadableWorkbook, match="请核对地址、网络和访问权限"):
        digest(typed(f"{elsewhere}/甲/报送.xlsx"))
    report = check(f"{elsewhere}/甲/报送.xlsx").workbooks[0]
    assert [finding.rule for finding in report.findings] == ["unreadable_workbook"]

    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    assert '-m pip install "xlbudget[dask]"' in complaint(elsewhere)
    with pytest.raises(InputError):
        is_file(typed(elsewhere))
    assert files_in(Path("没有这个文件夹")) is None
