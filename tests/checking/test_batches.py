"""Many files: in order, in several processes, with workers that die, interrupted and gone on with."""

from __future__ import annotations

import dataclasses
import functools
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from support import builders

from xlbudget import Roster, check
from xlbudget.checking.runs import batch as batches
from xlbudget.checking.runs.batch import Batch, Checked
from xlbudget.checking.runs.journal import Journal
from xlbudget.checking.runs.many_files import Progress, check_each
from xlbudget.cli import BLOCKED, CLEAN, COULD_NOT_RUN, run
from xlbudget.cli.options import progress_bar
from xlbudget.files.xlsx import Limits
from xlbudget.model import Report, WorkbookReport, WorkbookTemplate


@dataclasses.dataclass(frozen=True, slots=True)
class Fragile(Batch):
    """A batch in which some files bring their worker down, or hold it up."""

    def check(self, path: Path) -> Checked:
        if path.name.startswith("dies"):
            os._exit(9)
        if path.name.startswith("hangs"):
            time.sleep(60)
        return Batch(self.template, self.roster, self.entries).check(path)


@pytest.fixture
def files(department_workbooks: list[Path], tmp_path: Path) -> list[Path]:
    """Three good returns, a spoilt one among them, and something else."""
    folder = tmp_path / "returned"
    folder.mkdir()
    good = [Path(shutil.copy(path, folder)) for path in department_workbooks]
    (folder / "0 没有内容.xlsx").write_bytes(b"")
    (folder / "5 文本.xlsx").write_text("不是工作簿", encoding="utf-8")
    return [folder / "0 没有内容.xlsx", *good, folder / "5 文本.xlsx"]


def parts(checked: Sequence[Checked]) -> list[WorkbookReport]:
    return [report for report, _ in checked]


def rules_of(reports: Sequence[WorkbookReport]) -> list[tuple[str, list[str]]]:
    return [(report.path.name, [finding.rule for finding in report.findings]) for report in reports]


def same(one: Report, other: Report) -> bool:
    return dataclasses.replace(one, made_at="") == dataclasses.replace(other, made_at="")


def test_two_processes_report_what_one_reports(
    template: WorkbookTemplate, roster: Roster, files: list[Path]
) -> None:
    seen: list[tuple[int, int, Path]] = []
    alone = check(files, template, roster=roster)
    together = check(files, template, roster=roster, workers=2, progress=lambda *step: seen.append(step))
    assert [report.path for report in together.workbooks] == files
    assert [len(report.findings) for report in together.workbooks] == [1, 0, 0, 0, 1]
    assert same(alone, together)
    assert seen == [(done, 5, path) for done, path in enumerate(files, 1)]


def test_entries_come_back_from_the_processes(template: WorkbookTemplate, files: list[Path]) -> None:
    batch = Batch(template, entries=True)
    alone = list(check_each(files[1:4], batch))
    together = list(check_each(files[1:4], batch, workers=2))
    assert alone == together
    assert all(submission is not None and submission.entries for _, submission in together)
    assert not any(submission.stored for _, submission in together if submission is not None)


def test_a_worker_that_dies_takes_only_its_file(template: WorkbookTemplate, files: list[Path]) -> None:
    dying = [files[1].with_name(name) for name in ("dies 1.xlsx", "dies 2.xlsx")]
    order = [files[1], dying[0], files[2], dying[1], files[3]]
    reports = parts(list(check_each(order, Fragile(template), workers=2)))
    assert rules_of(reports) == [(path.name, ["not_checked"] if path in dying else []) for path in order]
    assert "异常退出" in reports[1].findings[0].message


def test_a_file_that_holds_its_worker_up_is_given_up(
    template: WorkbookTemplate, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "SECONDS", 12.0)
    order = [files[1].with_name("hangs.xlsx"), files[1]]
    reports = parts(list(check_each(order, Fragile(template), workers=2)))
    assert rules_of(reports) == [("hangs.xlsx", ["unreadable_workbook"]), (files[1].name, [])]
    assert "审核超过 12 秒" in reports[0].findings[0].message


# ── Interrupted and gone on with ─────────────────────────────────────────────────────────────────


@pytest.fixture
def checked_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are really checked, as they are."""
    names: list[str] = []
    real: Callable[..., Checked] = batches.check_file

    def counted(path: Path, *rest: object) -> Checked:
        names.append(path.name)
        return real(path, *rest)

    monkeypatch.setattr(batches, "check_file", counted)
    return names


def interrupt_after(files: int) -> Progress:
    def progress(done: int, _total: int, _path: Path) -> None:
        if done == files:
            raise KeyboardInterrupt

    return progress


def test_an_interrupted_run_goes_on_where_it_stopped(
    template: WorkbookTemplate, roster: Roster, files: list[Path], tmp_path: Path, checked_files: list[str]
) -> None:
    journal = tmp_path / "logs" / "续审.jsonl"
    whole = check(files, template, roster=roster)
    checked_files.clear()
    with pytest.raises(KeyboardInterrupt):
        check(files, template, roster=roster, resume=journal, progress=interrupt_after(3))
    assert checked_files == [path.name for path in files[:3]]
    checked_files.clear()
    resumed = check(files, template, roster=roster, resume=journal)
    assert same(resumed, whole)
    unreadable = [files[0].name]  # a file without content is looked at again
    assert checked_files == unreadable + [path.name for path in files[3:]]


def test_a_changed_file_is_checked_again(
    template: WorkbookTemplate, files: list[Path], tmp_path: Path, checked_files: list[str]
) -> None:
    journal = tmp_path / "续审.jsonl"
    check(files[1:4], template, resume=journal)
    files[2].write_bytes(builders.other_bytes(files[3].read_bytes()))
    checked_files.clear()
    again = check(files[1:4], template, resume=journal)
    assert checked_files == [files[2].name]
    assert [finding.rule for finding in again.collective] == ["duplicate_return"]


def test_a_torn_or_foreign_line_spoils_no_other(
    template: WorkbookTemplate, files: list[Path], tmp_path: Path, checked_files: list[str]
) -> None:
    journal = tmp_path / "续审.jsonl"
    whole = check(files[1:4], template, resume=journal)
    lines = journal.read_text(encoding="utf-8").splitlines()
    spoilt = [*lines[:2], '{"report": {"path": 5}}', "[1]", "no json", lines[3][:200]]
    journal.write_text("\n".join(spoilt), encoding="utf-8")
    checked_files.clear()
    assert same(check(files[1:4], template, resume=journal), whole)
    assert len(checked_files) == sum(line not in spoilt for line in lines if "sha256" in line)
    checked_files.clear()
    assert same(check(files[1:4], template, resume=journal), whole)
    assert checked_files == []


def test_a_journal_of_another_template_or_roster_is_begun_anew(
    template: WorkbookTemplate, roster: Roster, files: list[Path], tmp_path: Path
) -> None:
    path = tmp_path / "续审.jsonl"
    check(files[1:3], template, resume=path)
    with Journal(path, Batch(template)) as journal:
        assert journal.find(files[1]) is not None
    for other, units in ((template, roster), (dataclasses.replace(template, digest="0" * 64), None)):
        check(files[1:3], template, resume=path)
        with Journal(path, Batch(other, units)) as journal:
            assert journal.find(files[1]) is None


def test_reports_come_back_from_the_journal_as_they_were(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path: Path
) -> None:
    from support import builders

    spoilt = builders.typed(reference_workbook.read_bytes(), "公开表5", {"D6": 2195.0698, "C6": "文本"})
    path = builders.returned(tmp_path, "报送.xlsx", spoilt)
    report = check(path, template, resume=tmp_path / "续审.jsonl").workbooks[0]
    assert {type(finding.stored).__name__ for finding in report.findings} >= {"Decimal", "str"}
    with Journal(tmp_path / "续审.jsonl", Batch(template)) as journal:
        assert journal.find(path) == report


def test_the_command_takes_workers_and_a_journal(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal, output = tmp_path / "续审.jsonl", tmp_path / "报告.json"
    arguments = ["check", str(files[0].parent), "--workers", "2", "--resume", str(journal), "-o", str(output)]
    assert run(arguments) == BLOCKED
    first = json.loads(output.read_text(encoding="utf-8"))
    assert run(arguments) == BLOCKED
    second = json.loads(output.read_text(encoding="utf-8"))
    assert first | {"made_at": ""} == second | {"made_at": ""}
    assert first["summary"]["workbooks"] == 5
    assert run(["check", str(files[1]), "--workers", "0"]) == 2
    assert "--workers" in capsys.readouterr().err


def test_ctrl_c_ends_cleanly_and_what_is_done_is_kept(
    template: WorkbookTemplate, files: list[Path], tmp_path: Path, checked_files: list[str]
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for at in range(_MANY):  # so that the interruption falls among them
        same = files[1].read_bytes()[:-2]  # another file each: byte for byte the same would count once
        (folder / f"{at:03}.xlsx").write_bytes(same + b"\x03\x00" + f"{at:03}".encode())
    journal = tmp_path / "续审.jsonl"
    command = [sys.executable, "-m", "xlbudget", "check", str(folder), "--workers", "2"]
    process = subprocess.Popen(
        [*command, "--resume", str(journal)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        cwd=Path(batches.__file__).parents[3],
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    deadline = time.monotonic() + 60
    while _kept(journal) < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the main process and its workers
    output, errors = (part.decode() for part in process.communicate(timeout=60))
    assert (process.returncode, output) == (COULD_NOT_RUN, ""), errors
    assert (
        errors.strip()
        == "错误：已中断。已写出的文件完整，没有写完的未保存；用了 --resume 的，以同一命令继续。"
    )
    kept = _kept(journal)
    assert 3 <= kept < _MANY
    report = check(folder, template, resume=journal)
    assert [workbook.path.name for workbook in report.workbooks] == [f"{at:03}.xlsx" for at in range(_MANY)]
    assert len(checked_files) == _MANY - kept


_MANY = 40  # files


def _kept(journal: Path) -> int:
    return journal.read_text(encoding="utf-8").count('"sha256"') if journal.exists() else 0


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_says_how_many_are_done_and_how_much_time_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = _Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    moments = iter(range(1000))
    monkeypatch.setattr("click._termui_impl.time.time", lambda: float(next(moments)))
    with progress_bar("审核", 5) as advance:
        for _ in range(3):
            advance()
    assert "审核" in screen.getvalue() and "3/5" in screen.getvalue()
    assert re.search(r"剩余约 00:00:0\d", screen.getvalue())


def test_reader_limits_are_raised_by_an_option(
    files: list[Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tight = functools.partial(Limits, cells=500)
    monkeypatch.setattr("xlbudget.files.workbooks.Limits", tight)
    assert run(["check", str(files[1])]) == BLOCKED
    assert "有内容的单元格超过 500 个" in capsys.readouterr().out.replace("\n", "")
    assert run(["check", str(files[1]), "--reader-limit", "cells=1000000"]) == CLEAN
    assert run(["check", str(files[1]), "--reader-limit", "cell=1"]) == COULD_NOT_RUN
    assert "没有名为“cell”的读取上限" in capsys.readouterr().err


def test_a_journal_that_cannot_be_written_is_told(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", str(files[1]), "--resume", str(tmp_path)]) == 2
    assert "无法写入续审记录" in capsys.readouterr().err
