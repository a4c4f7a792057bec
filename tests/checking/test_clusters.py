"""The same map on a Dask cluster: two worker processes, one of them killed, and the same report."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dask
import pytest
from distributed import LocalCluster
from support import builders

from xlbudget import Roster, check, write_report
from xlbudget.checking.one_file import refused
from xlbudget.checking.runs import batch as batches
from xlbudget.checking.runs import cluster as clusters
from xlbudget.checking.runs.batch import Batch, Checked
from xlbudget.checking.runs.cluster import Cluster
from xlbudget.checking.runs.many_files import check_each
from xlbudget.cli import BLOCKED, COULD_NOT_RUN, run
from xlbudget.model import Report, WorkbookTemplate

NOBODY = "tcp://127.0.0.1:9"
"""The port for what is to be thrown away: nothing listens there."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fragile(Batch):
    """A batch in which some files bring their worker down, or hold it up; the others are merely named."""

    def check(self, path: Path) -> Checked:
        if path.name.startswith("dies"):
            os._exit(9)
        if path.name.startswith("hangs"):
            time.sleep(60)
        return refused(path, "见过"), None


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Two worker processes, started anew when they die; a task that kills its worker is given up at once."""
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=60
        ) as cluster,
    ):
        yield cluster


def kill(cluster: LocalCluster, worker: int) -> None:
    os.kill(cluster.workers[worker].pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def files(department_workbooks: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three units' returns, twice each, between files that are none."""
    folder = tmp_path_factory.mktemp("returned")
    (folder / "0 没有内容.xlsx").write_bytes(b"")
    (folder / "9 文本.xlsx").write_text("不是工作簿", encoding="utf-8")
    for again in range(2):
        for path in department_workbooks:
            content = path.read_bytes()
            (folder / f"{again + 1} {path.name}").write_bytes(
                builders.other_bytes(content) if again else content
            )
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def alone(template: WorkbookTemplate, roster: Roster, files: list[Path]) -> Report:
    """The report of one process on one machine."""
    return check(files[0].parent, template, roster=roster)


def written(report: Report, path: Path) -> bytes:
    return write_report(dataclasses.replace(report, made_at=""), path).read_bytes()


def test_two_workers_report_what_one_process_reports_though_one_is_killed(
    cluster: LocalCluster,
    template: WorkbookTemplate,
    roster: Roster,
    files: list[Path],
    alone: Report,
    tmp_path: Path,
) -> None:
    done: list[Path] = []

    def progress(_done: int, _files: int, path: Path) -> None:
        done.append(path)
        if len(done) == 2:
            kill(cluster, 0)

    address = cluster.scheduler_address
    killed = check(files[0].parent, template, roster=roster, scheduler=address, progress=progress)
    assert done == files
    assert {finding.rule for finding in alone.findings} == {"unreadable_workbook", "duplicate_return"}
    assert written(killed, tmp_path / "少一个.json") == written(alone, tmp_path / "一台.json")


def test_the_command_takes_a_scheduler_and_addresses(
    cluster: LocalCluster, alone: Report, demo_data: Path, files: list[Path], tmp_path: Path
) -> None:
    output = tmp_path / "集群.json"
    arguments = [files[0].parent.as_uri().replace("%20", " "), "--roster", str(demo_data / "units.csv")]
    arguments += ["--scheduler", cluster.scheduler_address, "--no-judge", "-o", str(output)]
    assert run(["check", *arguments]) == BLOCKED
    expected = json.loads(written(alone, tmp_path / "一台.json"))
    assert json.loads(output.read_bytes()) | {"made_at": ""} == expected


def test_entries_come_back_from_the_cluster(
    cluster: LocalCluster, template: WorkbookTemplate, files: list[Path]
) -> None:
    batch = Batch(template, entries=True)
    with Cluster(cluster.scheduler_address) as connected:
        together = list(check_each(files[1:3], batch, cluster=connected.results))
    assert together == list(check_each(files[1:3], batch))
    assert all(submission is not None and submission.entries for _, submission in together)


def test_a_file_that_brings_workers_down_takes_no_other_with_it(
    cluster: LocalCluster, template: WorkbookTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "SECONDS", 8.0)  # starting a process takes its time too
    order = [Path(name) for name in ("1.xlsx", "dies.xlsx", "2.xlsx", "3.xlsx", "hangs.xlsx", "4.xlsx")]
    with Cluster(cluster.scheduler_address) as connected:
        checked = list(check_each(order, Fragile(template), cluster=connected.results))
    assert [report.path for report, _ in checked] == order
    messages = {report.path.name: report.findings[0].message for report, _ in checked}
    assert "使审核程序异常退出" in messages.pop("dies.xlsx")
    assert "审核超过 8 秒" in messages.pop("hangs.xlsx")
    assert set(messages.values()) == {"见过"}


# ── What stands in the way is said in one sentence ───────────────────────────────────────────────


def complaint(address: str, file: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert run(["check", str(file), "--scheduler", address]) == COULD_NOT_RUN
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return printed.err


def test_a_scheduler_that_cannot_be_reached(
    files: list[Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "CONNECTING", 0.3)
    for address in (NOBODY, "nowhere:port", "字"):
        assert f"连不上调度器“{address}”" in complaint(address, files[1], capsys)


def test_a_scheduler_without_workers(
    files: list[Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "CONNECTING", 1.0)
    with LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=60) as empty:
        assert "没有工作进程" in complaint(empty.scheduler_address, files[1], capsys)


def test_workers_of_another_version(
    cluster: LocalCluster,
    files: list[Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = clusters.__version__
    monkeypatch.setattr(clusters, "__version__", "99.1")
    message = complaint(cluster.scheduler_address, files[1], capsys)
    assert f"装的是 xlbudget {own}，本机是 99.1" in message


def test_without_the_extra(
    files: list[Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert '-m pip install "xlbudget[dask]"' in complaint(NOBODY, files[1], capsys)


def test_workers_and_a_scheduler_exclude_each_other(
    files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", str(files[1]), "--workers", "2", "--scheduler", NOBODY]) == COULD_NOT_RUN
    assert "--workers 与 --scheduler 只能用一个" in capsys.readouterr().err
