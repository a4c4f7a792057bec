"""Nothing that exists is destroyed: what is ours and as we wrote it is replaced, anything else stays."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import builders

from xlbudget import Report, WorkbookTemplate, check, fill, write_report
from xlbudget.files import own_outputs, whole_files
from xlbudget.files.own_outputs import kind_of
from xlbudget.files.whole_files import staging_folder, write_whole
from xlbudget.model.errors import ExistingFile, InputError
from xlbudget.reports.annotated_copies import write_copies

OFFICE = (".xlsx", ".docx")


@pytest.fixture(scope="module")
def spoiled(reference_workbook: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook with a finding."""
    content = builders.typed(reference_workbook.read_bytes(), builders.BASIC, {"C6": "9999999"})
    return builders.returned(tmp_path_factory.mktemp("spoiled"), "报送.xlsx", content)


@pytest.fixture(scope="module")
def reports(reference_workbook: Path, spoiled: Path, template: WorkbookTemplate) -> tuple[Report, Report]:
    """A report without findings, and one of the same unit with some."""
    return check(reference_workbook, template), check(spoiled, template)


@pytest.mark.parametrize("suffix", [".html", ".json", *OFFICE])
def test_an_older_report_is_replaced(reports: tuple[Report, Report], tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"报告{suffix}"
    write_report(reports[0], path)
    older = path.read_bytes()
    write_report(reports[1], path)
    assert path.read_bytes() != older


@pytest.mark.parametrize("suffix", OFFICE)
def test_a_report_that_somebody_saved_since_stays(
    reports: tuple[Report, Report], tmp_path: Path, suffix: str
) -> None:
    """Word, Excel, WPS and LibreOffice all put the time into the properties, beside remarks and ticks."""
    path = tmp_path / f"报告{suffix}"
    write_report(reports[0], path)
    saved = builders.changed_part(
        path.read_bytes(),
        "docProps/core.xml",
        lambda text: re.sub(r"(<dcterms:modified[^>]*>)[^<]*", r"\g<1>2023-02-03T08:00:00Z", text),
    )
    path.write_bytes(saved)
    with pytest.raises(ExistingFile, match="又改动过，没有覆盖"):
        write_report(reports[1], path)
    assert path.read_bytes() == saved


@pytest.mark.parametrize("suffix", [".html", ".json", *OFFICE])
@pytest.mark.parametrize(
    "content", [b"my own words\n", b"PK\x03\x04 broken", b"<html><p>mine</p>", b"\x00\x01"]
)
def test_what_somebody_made_stays(
    reports: tuple[Report, Report], tmp_path: Path, suffix: str, content: bytes
) -> None:
    path = tmp_path / f"报告{suffix}"
    path.write_bytes(content)
    with pytest.raises(ExistingFile, match=r"报告\..*已经存在"):
        write_report(reports[0], path)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_returned_workbook_is_no_report_of_ours(
    reports: tuple[Report, Report], reference_workbook: Path, tmp_path: Path
) -> None:
    """As it was issued or filled in here, it carries our mark and is none the less another kind of thing."""
    path = Path(shutil.copy(reference_workbook, tmp_path / "报告.xlsx"))
    with pytest.raises(ExistingFile):
        write_report(reports[0], path)
    assert path.read_bytes() == reference_workbook.read_bytes()


def test_a_filled_workbook_is_filled_again_but_not_over_entries(
    template: WorkbookTemplate, demo_data: Path, department_workbooks: list[Path], tmp_path: Path
) -> None:
    issued, filled = department_workbooks[0], tmp_path / "填报.xlsx"
    for unit in ("101", "102"):
        fill(issued, demo_data / "department" / unit, filled, template=template)
    corrected = builders.changed_part(
        filled.read_bytes(), "docProps/core.xml", lambda text: text.replace("2000-01-01T", "2023-02-03T")
    )
    filled.write_bytes(corrected)
    with pytest.raises(ExistingFile):
        fill(issued, demo_data / "department" / "103", filled, template=template)
    assert filled.read_bytes() == corrected


@pytest.mark.parametrize("link", [None, os.link, os.symlink])
def test_a_workbook_is_not_filled_into_itself(
    template: WorkbookTemplate,
    demo_data: Path,
    department_workbooks: list[Path],
    tmp_path: Path,
    link: Callable[[Path, Path], None] | None,
) -> None:
    source = Path(shutil.copy(department_workbooks[0], tmp_path / "101.xlsx"))
    output = tmp_path / "另一个名字.xlsx" if link else source
    if link:
        link(source, output)
    with pytest.raises(InputError, match="就是输入文件"):
        fill(source, demo_data / "department" / "101", output, template=template)
    assert source.read_bytes() == department_workbooks[0].read_bytes()


def test_annotated_copies_are_made_anew(
    reports: tuple[Report, Report], spoiled: Path, tmp_path: Path
) -> None:
    """Another file of the same name in the folder stays."""
    for _ in range(2):
        [copy] = write_copies(reports[1], tmp_path)
    assert copy.path is not None and kind_of(copy.path) == "xlsx annotated"
    copy.path.write_bytes(spoiled.read_bytes())
    with pytest.raises(ExistingFile):
        write_copies(reports[1], tmp_path)
    assert copy.path.read_bytes() == spoiled.read_bytes()


def test_a_text_is_an_older_version_when_it_begins_alike(tmp_path: Path) -> None:
    path = tmp_path / "数.csv"
    write_whole(path, "form,line\n1,2\n".encode("utf-8-sig"))
    write_whole(path, "form,line\n1,3\n".encode("utf-8-sig"))
    with pytest.raises(ExistingFile):
        write_whole(path, b"code,name\n")
    assert path.read_text(encoding="utf-8-sig") == "form,line\n1,3\n"
    path.write_bytes(b"")
    write_whole(path, b"code,name\n")  # nothing is lost with an empty file


def test_neither_a_folder_nor_a_pipe_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "夹").mkdir()
    os.mkfifo(tmp_path / "管道")
    for name, words in (("夹", "是一个文件夹"), ("管道", "不是普通文件")):
        with pytest.raises(ExistingFile, match=words):
            write_whole(tmp_path / name, b"x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["夹", "管道"]


@pytest.mark.parametrize(
    "content", [b"", b"text\n", b"%PDF-1.7 other", b"PAR1 other PAR1", b"PK\x05\x06" + bytes(18)]
)
def test_strangers_have_no_kind_of_ours(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    assert kind_of(path) in ("", "empty", "text text")
    assert kind_of(tmp_path / "无") == ""


# ------------------------------------------------------------------ leftovers


KILLED = """
import os, signal
from pathlib import Path
from xlbudget.files.whole_files import staging_folder, write_whole
def pieces():
    yield b"half"
    os.kill(os.getpid(), signal.SIGKILL)
with staging_folder() as folder:
    (folder / "报送.xlsx").write_bytes(b"a unit's")
    write_whole(Path("结果.txt"), pieces())
"""


def test_what_a_killed_run_leaves_goes_with_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a file beside the output, and a staging folder with a unit's data in the temporary folder."""
    temporary, out = tmp_path / "tmp", tmp_path / "out"
    temporary.mkdir()
    out.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(sys.path)}
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", KILLED], cwd=out, env=environment, check=False)
        assert done.returncode < 0
    assert len(list(out.iterdir())) == 1 and len(list(temporary.iterdir())) == 1  # of the last run only
    foreign = out / ".xlbudget-00000000-1-00.part"  # of another machine that may be writing right now
    foreign.write_bytes(b"")
    monkeypatch.setattr(whole_files.tempfile, "gettempdir", lambda: str(temporary))
    write_whole(out / "结果.txt", b"whole")
    with staging_folder() as folder:
        assert list(temporary.iterdir()) == [folder]
    assert sorted(path.name for path in out.iterdir()) == [foreign.name, "结果.txt"]
    assert list(temporary.iterdir()) == []


def test_the_marks_are_where_they_are_looked_for() -> None:
    assert own_outputs.MARK == "xlbudget" and own_outputs.ISSUED == "xlsx stamped xlbudget"
