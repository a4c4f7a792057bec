"""Whatever the check of one file raises stays with that file: said as our failure, the others go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from xlbudget import Roster, Unit, WorkbookTemplate, check, consolidate, write_report
from xlbudget.checking.runs.batch import Batch
from xlbudget.checking.runs.many_files import check_each
from xlbudget.cli import run
from xlbudget.department.collection import Collection, Status, receive
from xlbudget.department.collection.receiving import Received
from xlbudget.files.xlsx import RawWorkbook, read_workbook
from xlbudget.model import NOT_CHECKED, Report, Submission, WorkbookReport
from xlbudget.model.errors import ConsolidationRefused, UnreadableWorkbook
from xlbudget.publication.document.writing import publish_file
from xlbudget.reports.replies import write_replies

SECRET = "/home/somebody/private.xlsx"
BROKEN = "102"


class Failing(Roster):
    """A roster on which the check of one unit's file fails, in whichever process it is made."""

    def find(self, code: str) -> Unit | None:
        if code == BROKEN:
            raise ZeroDivisionError(f"division of {SECRET} by nothing")
        return super().find(code)


@pytest.fixture
def failing(roster: Roster) -> Failing:
    return Failing(roster.units, roster.controls, roster.codes)


def fails_on(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the check of one unit's entries fail in this process, deep in the rules."""
    from xlbudget.checking import one_file as checking

    real = checking.check_submission

    def check_submission(submission: Submission, *others: object) -> WorkbookReport:
        if submission.unit.code == BROKEN:
            raise error
        return real(submission, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(checking, "check_submission", check_submission)


def rules(report: Report) -> dict[str, list[str]]:
    return {
        part.unit.code if part.unit else "": [one.rule for one in part.findings] for part in report.workbooks
    }


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failure_at_one_file_is_ours_and_the_others_are_checked(
    template: WorkbookTemplate, failing: Failing, department_workbooks: list[Path], workers: int
) -> None:
    report = check(department_workbooks, template, roster=failing, workers=workers)
    assert rules(report) == {"101": [], BROKEN: [NOT_CHECKED], "103": []}
    assert report.missing == ()
    [message] = [one.message for part in report.workbooks for one in part.findings]
    assert message.startswith(
        f"文件“{department_workbooks[1].name}”未能审核：审核程序出错（ZeroDivisionError，"
    )
    assert "xlbudget.returns.identification:" in message
    assert "发给程序维护人员" in message
    assert SECRET not in message
    assert "/" not in message
    assert "已损坏" not in message


def test_the_report_is_written_and_the_exit_code_says_that_something_did_not_run(
    template: WorkbookTemplate,
    department_workbooks: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fails_on(monkeypatch, IndexError("tuple index out of range"))
    targets = [tmp_path / f"报告.{suffix}" for suffix in ("json", "html", "xlsx", "docx")]
    outputs = [word for path in targets for word in ("-o", str(path))]
    journal = ["--resume", str(tmp_path / "续审.jsonl")]
    assert run(["check", *map(str, department_workbooks), *outputs, *journal]) == 2
    said = capsys.readouterr().out
    assert "将未能审核的 1 份连同提示发给程序维护人员，暂不退回单位" in said
    assert "退回单位，按说明改正" not in said
    data = json.loads(targets[0].read_text(encoding="utf-8"))
    assert [one["rule"] for one in data["findings"]] == [NOT_CHECKED]
    assert [one["verdict"] for one in data["workbooks"]] == ["可接收", "不予接收", "可接收"]
    assert all(path.stat().st_size for path in targets)
    monkeypatch.undo()  # mended: the same command goes on, and takes that file again
    assert run(["check", *map(str, department_workbooks), *journal]) == 0


def test_units_hear_nothing_of_our_failure(
    template: WorkbookTemplate, failing: Failing, department_workbooks: list[Path], tmp_path: Path
) -> None:
    report = check(department_workbooks, template, roster=failing)
    names = [path.name for path in write_replies(report, tmp_path)]
    assert [name.partition("_")[0] for name in names] == ["101", "103"]


def test_a_failure_on_the_values_of_a_file_is_ours_as_well(
    template: WorkbookTemplate, department_workbooks: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from xlbudget.checking.published import checking as published

    def fails(workbook: object) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr(published, "report_published", fails)
    report = check(department_workbooks[0], template, as_published=True)
    assert [one.rule for one in report.findings] == [NOT_CHECKED]
    assert SECRET not in report.findings[0].message


def test_what_stops_every_file_alike_and_a_lack_of_memory_are_not_swallowed(
    template: WorkbookTemplate, department_workbooks: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for error in (MemoryError(), KeyboardInterrupt()):
        fails_on(monkeypatch, error)
        with pytest.raises(type(error)):
            list(check_each(department_workbooks, Batch(template)))
        monkeypatch.undo()


@pytest.fixture
def collection(template: WorkbookTemplate, roster: Roster, tmp_path: Path) -> Iterator[Collection]:
    with Collection.create(tmp_path / "收件", template, roster, user="经办") as made:
        yield made


def test_an_arrival_on_which_the_check_fails_gets_a_receipt_and_the_others_are_received(
    collection: Collection, department_workbooks: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_on(monkeypatch, AttributeError("nothing"))
    results = list(receive(collection, department_workbooks, workers=1))
    assert all(isinstance(part, Received) for part in results)
    states = [(part.receipt.unit_code, part.receipt.status) for part in results]  # type: ignore[union-attr]
    assert states == [("101", Status.ACCEPTED), (BROKEN, Status.UNREADABLE), ("103", Status.ACCEPTED)]
    assert [part.failed for part in results] == [False, True, False]  # type: ignore[union-attr]
    assert "未能审核" in results[1].unread  # type: ignore[union-attr]


def test_collect_says_by_its_exit_code_that_a_file_was_not_checked(
    demo_data: Path, department_workbooks: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_on(monkeypatch, AttributeError("nothing"))
    options = ["--into", str(tmp_path / "收件"), "--roster", str(demo_data / "units.csv"), "--workers", "1"]
    assert run(["collect", *map(str, department_workbooks), *options]) == 2


def test_what_was_not_checked_is_neither_joined_nor_published(
    template: WorkbookTemplate, failing: Failing, department_workbooks: list[Path], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with pytest.raises(ConsolidationRefused) as refused:
        consolidate(department_workbooks, tmp_path / "汇总.xlsx", template=template, roster=failing)
    [reason] = refused.value.reasons
    assert "未能审核：审核程序出错（ZeroDivisionError，" in reason
    fails_on(monkeypatch, IndexError())
    published = publish_file(department_workbooks[1], template, tmp_path)
    assert (published.paths, published.failed) == ((), True)


def test_a_failure_of_the_reader_is_not_told_as_damage_of_the_file(
    template: WorkbookTemplate, department_workbooks: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from xlbudget.files.xlsx import workbook

    def fails(self: object, *others: object) -> RawWorkbook:
        raise IndexError(SECRET)

    monkeypatch.setattr(workbook._WorkbookReader, "read", fails)
    with pytest.raises(UnreadableWorkbook) as refused:
        read_workbook(department_workbooks[0])
    assert refused.value.reason == "program"
    report = check(department_workbooks[0], template)
    assert [one.rule for one in report.findings] == [NOT_CHECKED]
    assert "IndexError" in report.findings[0].message
    assert "已损坏" not in report.findings[0].message


def test_several_failures_are_counted_in_words(
    template: WorkbookTemplate, failing: Failing, department_workbooks: list[Path], tmp_path: Path
) -> None:
    report = check(department_workbooks[1], template, roster=failing)
    other = replace(report.workbooks[0], path=tmp_path / "另.xlsx", unit=None)
    both = replace(report, workbooks=(*report.workbooks, other))
    assert both.failed == 2
    text = write_report(both, tmp_path / "报告.html").read_text(encoding="utf-8")
    assert "其中 2 份因审核程序出错未能审核，不是文件的问题" in text
