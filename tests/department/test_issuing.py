"""Issuing over workbooks that stand there already: none that somebody has filled in is lost."""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support import builders
from support.shared_files import ROOM

from xlbudget import InputError, Roster, WorkbookTemplate, fill, generate, generate_each
from xlbudget.cli import run
from xlbudget.definitions.loading import load_template
from xlbudget.department.issue.dispatch_papers import MANIFEST, NOTES
from xlbudget.model.errors import ExistingFile
from xlbudget.returns.reading import stamp_of

SMALL = {"基本支出": 8, "项目支出": 8, "年终结转": 1, "收入科目": 1, "上年项目": 1}
ROWS = [word for table, rows in SMALL.items() for word in ("--rows", f"{table}={rows}")]
HEAD = "单位编码,单位名称,单位性质\n"
TWO, THREE = HEAD + "101,甲,行政\n102,乙,事业\n", HEAD + "101,甲,行政\n102,乙,事业\n103,丙,参公\n"


@pytest.fixture
def issue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Issue to the units of a roster; returns the exit code and what was said."""

    def call(roster: str, *options: str) -> tuple[int, str]:
        (tmp_path / "名册.csv").write_text(roster, encoding="utf-8")
        words = ["generate", "shanxi_provincial/2023", "--roster", str(tmp_path / "名册.csv")]
        code = run([*words, "-o", str(tmp_path / "下发"), *ROWS, *options])
        said = capsys.readouterr()
        return code, said.out + said.err

    return call


def workbook(folder: Path, code: str) -> Path:
    [path] = (folder / "下发").glob(f"{code}_*.xlsx")
    return path


@pytest.fixture
def returned(
    template: WorkbookTemplate, demo_data: Path, tmp_path: Path, issue: Callable[..., tuple[int, str]]
) -> bytes:
    """The workbook of 101, issued and then filled in under the same name."""
    assert issue(TWO)[0] == 0
    path = workbook(tmp_path, "101")
    content = builders.typed(path.read_bytes(), builders.BASIC, {"C6": "2010301"})
    path.write_bytes(content)
    return content


def test_what_is_the_same_is_passed_over(issue: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    assert issue(TWO)[0] == 0
    path = workbook(tmp_path, "101")
    before = path.stat().st_mtime_ns
    code, said = issue(TWO)
    assert code == 0 and "2 个工作簿已经有了，内容相同" in said
    assert path.stat().st_mtime_ns == before


def test_a_filled_workbook_is_kept_and_named(
    issue: Callable[..., tuple[int, str]], returned: bytes, tmp_path: Path
) -> None:
    code, said = issue(THREE)
    assert code == 1
    assert "1 个工作簿已经有了，没有覆盖" in said and "101_甲" in said and "已有填报内容" in said
    assert workbook(tmp_path, "101").read_bytes() == returned
    assert workbook(tmp_path, "103").is_file()


def test_only_new_issues_what_is_missing(
    issue: Callable[..., tuple[int, str]], returned: bytes, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "下发" / NOTES)
    code, said = issue(THREE, "--only-new")
    assert code == 0 and "2 个工作簿已经有了，没有动" in said and said.count("已生成") == 1
    assert workbook(tmp_path, "101").read_bytes() == returned
    assert [path.name for path in (tmp_path / "下发" / NOTES).iterdir()] == ["103_丙.txt"]


def test_overwriting_spares_entries(
    issue: Callable[..., tuple[int, str]], returned: bytes, tmp_path: Path
) -> None:
    """102 was opened and saved without an entry: a blank workbook, whatever its properties say."""
    path = workbook(tmp_path, "102")
    blank = path.read_bytes()
    saved = builders.changed_part(
        blank, "docProps/core.xml", lambda text: text.replace("2000-01-01T", "2023-02-03T")
    )
    path.write_bytes(saved)
    code, said = issue(TWO, "--overwrite")
    assert code == 1 and "101_甲" in said and "102_乙" not in said.partition("没有覆盖")[2]
    assert workbook(tmp_path, "101").read_bytes() == returned
    assert path.read_bytes() == blank


def test_a_blank_of_older_definitions_gives_way_and_a_saved_one_does_not(
    template: WorkbookTemplate, roster: Roster, tmp_path: Path
) -> None:
    """What was issued and never saved since holds no entry, by whatever definitions it was made."""
    folder = builders.copy_template(template, tmp_path / "定义" / template.id)
    changed = folder / "template.toml"
    changed.write_text(changed.read_text(encoding="utf-8") + "\n# 另一版\n", encoding="utf-8")
    other = load_template(template.id, tmp_path / "定义")
    assert other.digest != template.digest
    units = roster.units[:2]
    old = [generate(template, tmp_path / "下发", unit, capacity=SMALL) for unit in units]
    saved = builders.changed_part(
        old[1].read_bytes(), "docProps/core.xml", lambda text: text.replace("2000-01-01T", "2023-02-03T")
    )
    old[1].write_bytes(saved)
    new = generate(other, tmp_path / "下发", units[0], capacity=SMALL, existing="overwrite")
    assert new == old[0] and stamp_of(new).digest == other.digest  # type: ignore[union-attr]
    with pytest.raises(ExistingFile, match="模板定义改动以前发出的，发出后又保存过"):
        generate(other, tmp_path / "下发", units[1], capacity=SMALL, existing="overwrite")
    assert old[1].read_bytes() == saved


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04"])
def test_overwriting_spares_what_is_no_workbook(
    issue: Callable[..., tuple[int, str]], tmp_path: Path, content: bytes
) -> None:
    assert issue(TWO)[0] == 0
    path = workbook(tmp_path, "102")
    path.write_bytes(content)
    code, said = issue(TWO, "--overwrite")
    assert code == 1 and "不能确认是空白的" in said
    assert path.read_bytes() == content


def test_the_manifest_keeps_the_hash_of_what_was_sent(
    issue: Callable[..., tuple[int, str]], returned: bytes, tmp_path: Path
) -> None:
    lines = csv.DictReader((tmp_path / "下发" / MANIFEST).read_text(encoding="utf-8-sig").splitlines())
    sent = {line["单位编码"]: line["SHA-256"] for line in lines}
    issue(THREE)
    lines = csv.DictReader((tmp_path / "下发" / MANIFEST).read_text(encoding="utf-8-sig").splitlines())
    now = {line["单位编码"]: line["SHA-256"] for line in lines}
    assert now["101"] == sent["101"] != hashlib.sha256(returned).hexdigest()
    assert now["102"] == sent["102"] and "103" in now


def test_a_manifest_with_a_column_of_the_office_stays(
    issue: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    assert issue(TWO)[0] == 0
    path = tmp_path / "下发" / MANIFEST
    marked = path.read_text(encoding="utf-8-sig").replace("模板摘要", "模板摘要,经办", 1)
    path.write_text(marked, encoding="utf-8")
    code, said = issue(THREE)
    assert code == 2 and MANIFEST in said
    assert path.read_text(encoding="utf-8") == marked


def test_the_same_from_python(template: WorkbookTemplate, roster: Roster, tmp_path: Path) -> None:
    first = generate_each(template, tmp_path, roster.units[:1], capacity=SMALL)[0]
    filled = builders.typed(first.read_bytes(), builders.BASIC, {"C6": "2010301"})
    first.write_bytes(filled)
    with pytest.raises(ExistingFile, match="已有填报内容") as refused:
        generate_each(template, tmp_path, roster, capacity=SMALL)
    assert len(str(refused.value).splitlines()) == 1
    assert len(list(tmp_path.glob("*.xlsx"))) == len(roster.units)  # the others were written all the same
    unit = roster.units[0]
    for existing in ("keep", "overwrite"):
        with pytest.raises(ExistingFile):
            generate(template, tmp_path, unit, capacity=SMALL, existing=existing)
    assert generate(template, tmp_path, unit, capacity=SMALL, existing="only_new") == first
    assert first.read_bytes() == filled
    with pytest.raises(InputError, match="existing 只能是 keep、only_new、overwrite"):
        generate(template, tmp_path, unit, existing="replace")


def test_a_workbook_filled_here_is_no_blank_one(
    template: WorkbookTemplate, demo_data: Path, roster: Roster, tmp_path: Path
) -> None:
    unit = roster.units[0]
    issued = generate(template, tmp_path / "下发", unit, capacity=ROOM)
    filled = fill(
        issued, demo_data / "department" / unit.code, tmp_path / "填" / issued.name, template=template
    )
    before = filled.read_bytes()
    with pytest.raises(ExistingFile, match="已有填报内容"):
        generate(template, tmp_path / "填", unit, existing="overwrite")
    assert filled.read_bytes() == before
