"""Fixtures of the whole suite: the template, filled workbooks, and LibreOffice as an oracle."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

os.environ["OPENPYXL_LXML"] = "False"  # as the package does, should a test import openpyxl first
from support import builders, engine_once, table, transfers, whole_job_runs
from support.shared_files import ROOM, Convert, made_once

from xlbudget import Report, check, fill, generate, load_template, read_roster
from xlbudget.model import Roster, Unit, WorkbookTemplate

gc.set_threshold(100_000, 50, 100)  # to look through all that fixtures keep took a fifth of the time

engine_once.remember()

_HARD_RECALCULATION = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""

Judge = Callable[..., Report]
Tell = Callable[[Report], None]


def pytest_configure() -> None:
    """Let commands be interrupted: they inherit it where a suite in the background ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-table", action="store_true", help="write docs/returned_workbooks.md anew")
    parser.addoption(
        "--write-pages", action="store_true", help="draw the pages that follow from the code anew"
    )


@pytest.fixture(scope="session")
def told(pytestconfig: pytest.Config) -> Iterator[set[str]]:
    """The lines of the table of returned workbooks that this run has made."""
    found: set[str] = set()
    yield found
    if pytestconfig.getoption("--write-table"):
        table.write(found)


@pytest.fixture
def tell(request: pytest.FixtureRequest, told: set[str]) -> Tell:
    """Hold the first report of a test of a way to return workbooks to its line of the table."""
    marker = request.node.get_closest_marker("returned")
    said: list[str] = []

    def say(report: Report) -> None:
        if marker is None or said:
            return
        said.append(table.line(*marker.args, report))
        told.add(said[0])
        if not request.config.getoption("--write-table"):
            assert said[0] in table.lines()

    return say


@pytest.fixture(scope="session")
def units(department_workbooks: list[Path]) -> dict[str, bytes]:
    return {path.name.partition("_")[0]: path.read_bytes() for path in department_workbooks}


@pytest.fixture
def judged(template: WorkbookTemplate, tell: Tell, tmp_path: Path) -> Judge:
    """Check a workbook as a returned file; the file is the same afterwards, every message complete."""

    def judge(workbook: bytes, name: str = "报送.xlsx", roster: Roster | None = None) -> Report:
        path = builders.returned(tmp_path / "报送", name, workbook)
        before = path.stat()
        report = check(path, template, roster=roster)
        assert path.read_bytes() == workbook
        assert path.stat().st_mtime_ns == before.st_mtime_ns
        assert list(path.parent.iterdir()) == [path]
        for finding in report.findings:
            assert finding.message.endswith(("。", "）")), finding.message
            assert finding.place.address in finding.message
            assert finding.place.sheet in finding.message
        tell(report)
        return report

    return judge


@pytest.fixture(scope="session")
def template() -> WorkbookTemplate:
    return load_template("shanxi_provincial/2023")


@pytest.fixture(scope="session")
def demo_data(template: WorkbookTemplate) -> Path:
    return template.folder / "demo"


@pytest.fixture(scope="session")
def reference_workbook(
    template: WorkbookTemplate,
    demo_data: Path,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The real 2023 budget, generated and filled, with fewer empty rows."""

    make = partial(reference_budget, template, demo_data, ROOM)
    return made_once(request, tmp_path_factory, "reference", make) / "243001_填报.xlsx"


@pytest.fixture(scope="session")
def full_size_workbook(
    template: WorkbookTemplate,
    demo_data: Path,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The real 2023 budget in the workbook that a unit gets."""

    make = partial(reference_budget, template, demo_data, None)
    return made_once(request, tmp_path_factory, "full-size", make) / "243001_填报.xlsx"


def reference_budget(
    template: WorkbookTemplate, demo_data: Path, capacity: Mapping[str, int] | None, folder: Path
) -> None:
    unit = read_roster(demo_data / "reference_unit.csv", template).units[0]
    issued = generate(template, folder, unit, capacity=capacity)
    fill(issued, demo_data / "reference", folder / "243001_填报.xlsx", template=template)


@pytest.fixture(scope="session")
def roster(template: WorkbookTemplate, demo_data: Path) -> Roster:
    return read_roster(demo_data / "units.csv", template)


@pytest.fixture(scope="session")
def department_workbooks(
    template: WorkbookTemplate,
    demo_data: Path,
    roster: Roster,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Path]:
    """The three units of the demonstration department, generated and filled."""

    def target(folder: Path, unit: Unit) -> Path:
        return folder / "returned" / f"{unit.code}_{unit.name}.xlsx"

    def make(folder: Path) -> None:
        for unit in roster.units:
            issued = generate(template, folder / "issued", unit, capacity=ROOM)
            fill(issued, demo_data / "department" / unit.code, target(folder, unit), template=template)

    folder = made_once(request, tmp_path_factory, "department", make)
    return [target(folder, unit) for unit in roster.units]


@pytest.fixture(scope="session")
def spoiled_returns(
    department_workbooks: list[Path], request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Returns that the whole job is given."""
    make = partial(whole_job_runs.spoil, department_workbooks)
    return made_once(request, tmp_path_factory, "spoiled-returns", make)


@pytest.fixture(scope="session")
def plain_job(
    spoiled_returns: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What the whole job makes in a process with nothing but what a page in a browser has."""

    def make(folder: Path) -> None:
        shutil.copytree(spoiled_returns, folder / "spoiled")
        done = whole_job_runs.ended(folder / "plain", folder / "spoiled", "--plain")
        (folder / "done.json").write_text(json.dumps(done), encoding="utf-8")

    folder = made_once(request, tmp_path_factory, "plain-job", make)
    found: dict[str, Any] = json.loads((folder / "done.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def transfer_folder(
    template: WorkbookTemplate,
    roster: Roster,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The department of ``transfers``: returns and summary."""
    return made_once(
        request, tmp_path_factory, "transfers", lambda folder: transfers.make(folder, template, roster)
    )


@pytest.fixture(scope="session")
def transfer_workbooks(transfer_folder: Path, roster: Roster) -> list[Path]:
    """Returns of units that hand money to one another."""
    return [transfer_folder / "报送" / f"{unit.code}.xlsx" for unit in roster.units]


@pytest.fixture(scope="session")
def transfer_summary(transfer_folder: Path) -> Path:
    """The summary of units that hand money to one another."""
    return transfer_folder / "汇总.xlsx"


@pytest.fixture(scope="session")
def libreoffice(tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """Convert files by LibreOffice, every formula recalculated on loading whatever results are stored.

    The headings to be repeated on each page take LibreOffice half its time; unless told to, it gets
    the files without them.
    """
    program = shutil.which("soffice")
    if program is None:
        pytest.fail("LibreOffice is needed: run tests/system-packages.sh, or install libreoffice-calc")
    profile = tmp_path_factory.mktemp("profile")
    (profile / "user").mkdir()
    (profile / "user" / "registrymodifications.xcu").write_text(_HARD_RECALCULATION, encoding="utf-8")

    def convert(files: Sequence[Path], folder: Path, kind: str = "xlsx", titles: bool = False) -> list[Path]:
        if not titles:
            plain = tmp_path_factory.mktemp("plain")
            files = [builders.without_print_titles(path, plain) for path in files]
        command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless"]
        command += ["--convert-to", kind, "--outdir", str(folder), *map(str, files)]
        subprocess.run(command, check=True, capture_output=True, timeout=240)
        return [folder / f"{path.stem}.{kind}" for path in files]

    return convert


@pytest.fixture(scope="session")
def resaved_reference(
    reference_workbook: Path,
    libreoffice: Convert,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The real budget as LibreOffice recalculates and saves it."""
    make = partial(libreoffice, [reference_workbook], titles=True)
    folder = made_once(request, tmp_path_factory, "resaved", make)
    return folder / reference_workbook.name


@pytest.fixture(scope="session")
def resaved_department(
    department_workbooks: list[Path],
    libreoffice: Convert,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Path]:
    """The workbooks of the demonstration department as LibreOffice recalculates and saves them."""
    folder = made_once(
        request,
        tmp_path_factory,
        "resaved-department",
        lambda folder: libreoffice(department_workbooks, folder),
    )
    return [folder / path.name for path in department_workbooks]


_BROWSING = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for every test that looks at pages: the library takes only one at a time."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("Chromium is needed: run tests/system-packages.sh")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=_BROWSING)
        yield started
        started.close()
