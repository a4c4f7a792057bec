"""The page against the program: the JSON reports of a folder of spoiled workbooks, but for their moment.

python studies/page_agrees.py PAGE            300 spoiled workbooks of four units, checked in both
python studies/page_agrees.py PAGE --number 40 --seed 7

The page is opened from disk in a browser without a network; first one workbook is checked in the units' room
again and again, from the opening of the page, then all are chosen as one folder. Printed are the files whose
findings differ (none), all times beside the program's, the most memory that the page's process had, what the
browser was asked for, and how late a timer of the page came. The exit status is 1 when a file differs or
anything but file: and blob: was asked for.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, sync_playwright

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from support.mutated_files import change_entry, change_result, change_rows, mutations
from support.shared_files import ROOM

from xlbudget import check, fill, generate, load_template, read_roster, write_report

TEMPLATE = "shanxi_provincial/2023"
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


def main() -> int:
    """Compare as many spoiled workbooks as asked for; 0 when nothing differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("page", type=Path)
    parser.add_argument("--number", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = spoiled(Path(scratch), given.number, given.seed)
        began = time.monotonic()
        report = check(folder, load_template(TEMPLATE))
        program = time.monotonic() - began
        ours = json.loads(write_report(report, Path(scratch) / "ours.json").read_bytes())
        theirs, page, asked, late, memory = in_the_page(given.page, folder)
        clean = sorted((Path(scratch) / "filled").iterdir())[0]
        alone, here = one_by_one(given.page, clean), one_by_one_here(clean)
    differing = different(ours, theirs)
    for name in differing:
        print(f"differs: {name}")
    strange = sorted({address for address in asked if not address.startswith(("file:", "blob:"))})
    print(f"{given.number} workbooks, {len(ours['findings'])} findings; {len(differing)} files differ")
    print(f"program {program:.1f} s, page {page:.1f} s; timer at most {late:.0f} ms late")
    print(f"the page's process had at most {memory:.0f} MB")
    again, program_again = (1000 * median(times[1:]) for times in (alone, here))
    print(f"one clean workbook: first verdict {alone[0]:.1f} s after the page was opened;")
    print(f"checked again: {again:.0f} ms in the page, {program_again:.0f} ms in the program (medians)")
    print(f"asked for besides file: and blob: {strange or 'nothing'}")
    return 1 if differing or strange else 0


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


def in_the_page(page_file: Path, folder: Path) -> tuple[dict[str, Any], float, list[str], float, float]:
    """Return the page's report, the seconds, what the browser was asked for, its latest timer, and its MB."""
    with chromium() as browser:
        context = browser.new_context(offline=True, accept_downloads=True)
        context.set_default_timeout(3_600_000)
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.add_init_script(_TIMER)
        page.goto(page_file.resolve().as_uri())
        page.locator("#rooms").get_by_role("button", name="审核和汇总", exact=True).click()
        room = page.locator(".room:visible")
        began = time.monotonic()
        room.locator(".drop input[webkitdirectory]").set_input_files(folder)
        room.locator(".conclusion, .sentence.wrong").first.wait_for()
        seconds = time.monotonic() - began
        with page.expect_download() as waiting:
            room.get_by_role("button", name="数据（JSON）").click()
        theirs = json.loads(Path(waiting.value.path()).read_bytes())
        late = float(page.evaluate("window.latest"))
        return theirs, seconds, asked, late, most_memory(browser)


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


def one_by_one(page_file: Path, workbook: Path, times: int = 8) -> list[float]:
    """Return seconds from opening the page to the first verdict, and of checks of the workbook after it."""
    with chromium() as browser:
        context = browser.new_context(offline=True)
        context.set_default_timeout(120_000)
        page = context.new_page()
        took = []
        began = time.monotonic()
        page.goto(page_file.resolve().as_uri())
        for _ in range(times):
            page.evaluate("document.querySelectorAll('.room .under-drop').forEach(e => e.replaceChildren())")
            room = page.locator(".room:visible")
            room.locator(".drop input[type=file]").first.set_input_files(workbook)
            room.locator(".conclusion, .sentence.wrong").first.wait_for()
            took.append(time.monotonic() - began)
            room.locator("progress").wait_for(state="detached")
            began = time.monotonic()
    return took


def one_by_one_here(workbook: Path, times: int = 8) -> list[float]:
    """Return the seconds of the program's checks of the same workbook, in this process."""
    template = load_template(TEMPLATE)
    took = []
    for _ in range(times):
        began = time.monotonic()
        check(workbook, template)
        took.append(time.monotonic() - began)
    return took


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
