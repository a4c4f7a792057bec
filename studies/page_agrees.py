"""The page against the program: everything that both make of the same departments and workbooks.

python studies/page_agrees.py PAGE            demo, twelve units, and 300 spoiled workbooks, each in both
python studies/page_agrees.py PAGE --number 40 --seed 7

The page is opened from disk in a browser without a network. A clean workbook is checked in the units' room
again and again, in turn with the program. Then two departments go through the officer's rooms: workbooks are
issued from the roster, those that the entries fill are checked, all papers saved, the summary joined. Last
comes a folder of spoiled workbooks, with all papers. Printed are the reports, files and members that differ
(none), all times beside the program's, the most memory that the page's process had, what the browser was
asked for, and how late a timer of the page came. The exit status is 1 when anything differs or anything but
file: and blob: was asked for.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

sys.path.append(str(Path(__file__).parents[1] / "tests"))
sys.path.append(str(Path(__file__).parents[1] / "tests" / "page"))

from driving import members, saved, without_moment
from support.mutated_files import change_entry, change_result, change_rows, mutations
from support.shared_files import ROOM

from xlbudget import (
    ConsolidationRefused,
    Report,
    Roster,
    check,
    consolidate,
    fill,
    generate,
    generate_each,
    load_template,
    read_roster,
    write_report,
)
from xlbudget.reports.annotated_copies import write_copies
from xlbudget.reports.replies import write_replies

ROOT = Path(__file__).parents[1]
TEMPLATE = "shanxi_provincial/2023"
REPORTS = ("审核报告.html", "问题清单.xlsx", "问题.json")
_WAYS = (change_entry, change_result, change_rows)
_TIMER = """
  window.latest = 0;
  let before = performance.now();
  setInterval(() => {
    const now = performance.now();
    window.latest = Math.max(window.latest, now - before - 50);
    before = now;
  }, 50);
"""
_MOMENTS = """
  document.addEventListener("change", () => { window.given = performance.now(); window.told = 0; }, true);
  new MutationObserver(() => {
    if (!window.told && document.querySelector(".conclusion")) { window.told = performance.now(); }
  }).observe(document, { subtree: true, childList: true });
"""
"""When a file was chosen, and when its verdict stood on the page, by the page's own clock."""


def main() -> int:
    """Compare as many spoiled workbooks as asked for; 0 when nothing differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("page", type=Path)
    parser.add_argument("--number", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    demo = load_template(TEMPLATE).folder / "demo"
    twelve = ROOT / "examples" / "twelve_units"
    with tempfile.TemporaryDirectory() as scratch, chromium() as browser:
        folder = spoiled(Path(scratch), given.number, given.seed)
        print_single(given.page, browser, sorted((Path(scratch) / "filled").iterdir())[0])
        differing = [
            *department(given.page, browser, "demo", demo, demo / "department", Path(scratch) / "demo"),
            *department(
                given.page, browser, "twelve units", twelve, twelve / "entries", Path(scratch) / "12"
            ),
        ]
        found, asked = spoiled_ones(given.page, browser, folder, Path(scratch) / "papers")
    differing += found
    for name in differing:
        print(f"differs: {name}")
    strange = sorted({address for address in asked if not address.startswith(("file:", "blob:"))})
    print(f"{len(differing)} reports, files and members differ")
    print(f"asked for besides file: and blob: {strange or 'nothing'}")
    return 1 if differing or strange else 0


# ------------------------------------------------------------ a single workbook


def print_single(page_file: Path, browser: Browser, workbook: Path, times: int = 15) -> None:
    """Print how long the page takes for a clean workbook, and the program in the same run, in turn."""
    template = load_template(TEMPLATE)
    with offline(browser) as context:
        page = context.new_page()
        page.add_init_script(_MOMENTS)
        began, first = time.monotonic(), 0.0
        page.goto(page_file.resolve().as_uri())
        room = page.locator(".room:visible")
        there: list[float] = []
        here: list[float] = []
        for _ in range(times):
            page.evaluate("document.querySelectorAll('.room .under-drop').forEach(e => e.replaceChildren())")
            room.locator(".drop input[type=file]").first.set_input_files(workbook)
            room.locator(".conclusion").first.wait_for()
            if not there:
                first = time.monotonic() - began
            there.append(float(page.evaluate("window.told - window.given")))
            started = time.perf_counter()
            check(workbook, template)
            here.append(1000 * (time.perf_counter() - started))
    again, program = median(there[3:]), median(here[3:])
    print(f"one clean workbook: first verdict {first:.1f} s after the page was opened;")
    print(
        f"checked again, from choosing it to the verdict: {again:.0f} ms in the page,"
        f" {program:.0f} ms in the program (medians), {again / program:.1f} ×"
    )


# --------------------------------------------------------------- departments


def department(
    page_file: Path, browser: Browser, name: str, source: Path, entries: Path, scratch: Path
) -> Iterator[str]:
    """Yield what differs when a department is issued, checked and joined in the page and by the program.

    ``source`` holds its roster, ``entries`` a folder for each unit that returns something.
    """
    template = load_template(TEMPLATE)
    roster = read_roster(source / "units.csv", template)
    returned, issued = scratch / "报送", scratch / "下发"
    ours = {path.name: path for path in generate_each(template, issued, roster)}
    for unit, path in zip(roster.units, ours.values(), strict=True):
        corrected = source / "corrected" / unit.code  # what was returned in place of a blocked workbook
        own = corrected if corrected.is_dir() else entries / unit.code
        if own.is_dir():
            fill(path, own, returned / path.name, template=template)
    report = check(returned, template, roster=roster)
    with offline(browser) as context:
        page = context.new_page()
        page.goto(page_file.resolve().as_uri())
        room = entered(page, "下发")
        room.get_by_label("模板").select_option(template.id)
        room.get_by_label("选单位名册").set_input_files(source / "units.csv")
        archive = unpacked(saved(page, room.get_by_role("button", name="生成工作簿").click)[1])
        yield from unlike(name, {file: path.read_bytes() for file, path in ours.items()}, archive, ours)
        room = entered(page, "审核和汇总")
        room.get_by_label("选单位名册").set_input_files(source / "units.csv")
        chosen(room, returned)
        papers = unpacked(saved(page, room.get_by_role("button", name="全部结果").click)[1])
        yield from unlike(name, papers_of(report, returned.parent, scratch / "papers"), papers)
        summary = joined(page, room, returned, roster, scratch / "汇总.xlsx")
        yield from unlike(name, {"汇总.xlsx": (scratch / "汇总.xlsx").read_bytes()}, {"汇总.xlsx": summary})
    print(
        f"{name}: {len(ours)} workbooks issued, {len(report.workbooks)} checked ({len(report.findings)}"
        f" findings), {len(papers)} papers, one summary"
    )


def joined(page: Page, room: Locator, returned: Path, roster: Roster, target: Path) -> bytes:
    """Join by the program into ``target`` and in the page, letting pass what speaks against it."""
    section = room.locator("section.sheet").filter(has_text="汇总成部门预算")
    go = section.get_by_role("button", name="汇总成部门预算")
    section.get_by_label("列出舍位平衡").check()
    try:
        consolidate(returned, target, roster=roster, balance_rounding=True)
    except ConsolidationRefused:
        consolidate(
            returned,
            target,
            roster=roster,
            allow=["explain", "missing", "transfers"],
        )
        go.click()
        section.locator(".sentence.wrong").wait_for()
        section.get_by_label("列出舍位平衡").uncheck()  # the twelve units have no such way
        for words in ("放行需要说明的问题和空表", "放行未报送的单位", "放行双方不一致的内部往来"):
            section.get_by_label(words).check()
    content: bytes = saved(page, go.click)[1]
    return content


def papers_of(report: Report, root: Path, folder: Path) -> dict[str, bytes]:
    """Return all papers of a report as the program writes them, by their names in the page's archive."""
    made = {name: write_report(report, root / name).read_bytes() for name in REPORTS}
    write_copies(report, folder / "批注")
    write_replies(report, folder / "回复", None)
    for path in folder.rglob("*"):
        if path.is_file():
            made[path.relative_to(folder).as_posix()] = path.read_bytes()
    return made


def unlike(
    name: str,
    ours: Mapping[str, bytes],
    theirs: Mapping[str, bytes],
    among: Sequence[str] | Mapping[str, Any] = (),
) -> Iterator[str]:
    """Yield the files that differ or are missing on one side; workbooks by their members, JSON by its parts.

    With ``among`` only those files are compared.
    """
    for file in sorted(set(among) or ours.keys() | theirs.keys()):
        one, other = ours.get(file), theirs.get(file)
        if one is None or other is None:
            yield f"{name}: {file} only {'in the page' if one is None else 'by the program'}"
        elif file.endswith(".json"):
            yield from (f"{name}: {file}: {part}" for part in different(json.loads(one), json.loads(other)))
        elif file.endswith((".xlsx", ".xlsm")) and zipfile.is_zipfile(BytesIO(one)):
            inner, outer = members(one), members(other)
            for member in sorted(inner.keys() | outer.keys()):
                if inner.get(member) != outer.get(member):
                    yield f"{name}: {file}: {member}"
        elif without_moment(one) != without_moment(other):
            yield f"{name}: {file}"


# ------------------------------------------------------------------ spoiled ones


def spoiled_ones(
    page_file: Path, browser: Browser, folder: Path, scratch: Path
) -> tuple[list[str], list[str]]:
    """Check a folder in both and print the times; return what differs, and what the browser was asked for."""
    began = time.monotonic()
    report = check(folder, load_template(TEMPLATE))
    program = time.monotonic() - began
    with offline(browser) as context:
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.add_init_script(_TIMER)
        page.goto(page_file.resolve().as_uri())
        room = entered(page, "审核和汇总")
        began = time.monotonic()
        chosen(room, folder)
        seconds = time.monotonic() - began
        late = float(page.evaluate("window.latest"))
        memory = most_memory(browser)
        papers = unpacked(saved(page, room.get_by_role("button", name="全部结果").click)[1])
        differing = list(unlike("spoiled", papers_of(report, folder.parent, scratch), papers))
    number = len(report.workbooks)
    print(f"{number} spoiled workbooks, {len(report.findings)} findings, {len(papers)} papers")
    print(f"program {program:.1f} s, page {seconds:.1f} s ({seconds / program:.2f} ×)")
    print(f"timer at most {late:.0f} ms late; the page's process had at most {memory:.0f} MB")
    return differing, asked


def spoiled(scratch: Path, number: int, seed: int) -> Path:
    """Write a folder of workbooks of the demonstration units, each spoiled in ways of its own."""
    template = load_template(TEMPLATE)
    demo = template.folder / "demo"
    filled = []
    for unit in read_roster(demo / "units.csv", template).units:
        issued = generate(template, scratch / "issued", unit, capacity=ROOM)
        entries = demo / "department" / unit.code
        filled.append(fill(issued, entries, scratch / "filled" / f"{unit.code}.xlsx", template=template))
    folder = scratch / "报送"
    folder.mkdir()
    chance = random.Random(seed)
    for at in range(number):
        content = chance.choice(filled).read_bytes()
        for _ in range(chance.randint(1, 3)):
            content = chance.choice(_WAYS)(content, chance)
        if at % 20 == 19:  # some broken as files are, not as people do it
            content = next(iter(mutations([content], 1, seed + at)))[1]
        (folder / f"{at:04}.xlsx").write_bytes(content)
    return folder


# ------------------------------------------------------------------ the browser


def entered(page: Page, name: str) -> Locator:
    """Enter a room of the page."""
    page.locator("#rooms").get_by_role("button", name=name, exact=True).click()
    return page.locator(".room:visible")


def chosen(room: Locator, folder: Path) -> None:
    """Choose a folder and wait until it is checked."""
    room.locator(".drop input[webkitdirectory]").set_input_files(folder)
    room.locator(".conclusion, .sentence.wrong").first.wait_for()


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@contextmanager
def offline(browser: Browser) -> Iterator[BrowserContext]:
    """A browser's context without a network, that waits for as long as it takes."""
    context = browser.new_context(offline=True, accept_downloads=True)
    context.set_default_timeout(3_600_000)
    yield context
    context.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the distribution's Chromium, as the tests of the page do."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        sys.exit("Chromium is needed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def most_memory(browser: Browser) -> float:
    """Return the most memory that a process of pages has had, in MB, as the system counted it."""
    listed = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    peaks = [
        int(re.search(r"VmHWM:\s*(\d+)", Path(f"/proc/{one['id']}/status").read_text())[1])  # type: ignore[index]
        for one in listed
        if one["type"] == "renderer"
    ]
    return max(peaks) / 1024


def different(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """Return the files of which the two reports say anything different, and members that differ besides."""
    names: dict[str, None] = {}
    for member in ours.keys() | theirs.keys():
        one, other = ours.get(member), theirs.get(member)
        if member == "made_at" or one == other:
            continue
        if not isinstance(one, list) or not isinstance(other, list):
            names.setdefault(member)
            continue
        both = {json.dumps(item, sort_keys=True) for item in one} ^ {
            json.dumps(item, sort_keys=True) for item in other
        }
        for text in both:
            item = json.loads(text)
            names.setdefault(item.get("file", member) if isinstance(item, dict) else member)
    return sorted(names)


if __name__ == "__main__":
    sys.exit(main())
