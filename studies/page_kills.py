"""The page killed while it receives: what is left of the collection, each time.

python studies/page_kills.py PAGE --times 24

The page is served from 127.0.0.1 and writes into the origin's private file system. In each round it receives
three workbooks, one of them new, and its renderer is crashed at a moment drawn by seed. Then the files are
brought to the disk: ``verify`` finds no change, and no receipt of an earlier round is gone. The exit status
is 1 otherwise.
"""

from __future__ import annotations

import argparse
import base64
import random
import shutil
import sys
import tempfile
import threading
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from page.test_page_collection import _PICKS, _READS
from support.builders import typed
from support.shared_files import ROOM

from xlbudget import fill, generate, load_template, read_roster
from xlbudget.department.collection.folder import is_collection
from xlbudget.department.collection.verification import verify

TEMPLATE = "shanxi_provincial/2023"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> int:
    """Kill the page as often as asked for; 0 when nothing was ever lost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("page", type=Path)
    parser.add_argument("--times", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    handler = partial(_Quiet, directory=str(given.page.resolve().parent))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/{given.page.name}"
    wrong = receipts = 0
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        workbooks = filled(Path(scratch))
        browser = playwright.chromium.launch(args=["--no-sandbox"], executable_path=program())
        context = browser.new_context()
        context.set_default_timeout(120_000)
        context.add_init_script(_PICKS)
        for number in range(given.times):
            incoming = Path(scratch) / "来件"
            incoming.mkdir(exist_ok=True)
            for unit, content in workbooks.items():
                changed = typed(content, "录入2 项目支出", {"H6": 1000 + number})
                (incoming / f"{unit}.xlsx").write_bytes(changed if number % 3 == int(unit) % 3 else content)
            moment = receive_and_crash(context.new_page(), address, incoming, chance)
            left = Path(scratch) / f"left-{number}"
            bring(context.new_page(), address, left)
            verified = verify(left) if is_collection(left) else None
            found = verified.receipts if verified else 0
            changes = verified.changes if verified else ()
            lost = changes or found < receipts
            wrong += bool(lost)
            receipts = max(receipts, found)
            print(
                f"{number + 1:3} killed after {moment:5.0f} ms: {found} receipts {changes or ''}", flush=True
            )
        browser.close()
    server.shutdown()
    print(f"{given.times} kills, {wrong} times something was lost; {receipts} receipts in the end")
    return 1 if wrong else 0


def program() -> str:
    """Return where Chromium is."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        sys.exit("Chromium is needed")
    return found


def filled(scratch: Path) -> dict[str, bytes]:
    """Return workbooks of the demonstration units, by code."""
    template = load_template(TEMPLATE)
    demo = template.folder / "demo"
    made = {}
    for unit in read_roster(demo / "units.csv", template).units:
        issued = generate(template, scratch / "issued", unit, capacity=ROOM)
        target = scratch / "filled" / f"{unit.code}.xlsx"
        made[unit.code] = fill(
            issued, demo / "department" / unit.code, target, template=template
        ).read_bytes()
    return made


def receive_and_crash(page: Page, address: str, incoming: Path, chance: random.Random) -> float:
    """Open the page, begin to receive, crash it; return the milliseconds between."""
    page.goto(address)
    page.locator("#rooms").get_by_role("button", name="收件", exact=True).click()
    room = page.locator(".room:visible")
    room.get_by_role("button", name="打开收件文件夹").click()
    room.locator(".conclusion").wait_for()
    room.locator(".drop input[webkitdirectory]").set_input_files(incoming)
    moment = chance.uniform(0, 15_000)
    page.wait_for_timeout(moment)
    with suppress(Error):
        page.goto("chrome://crash", timeout=5_000)  # the renderer is gone at once, with its workers
    with suppress(Error):
        page.close()
    return moment


def bring(page: Page, address: str, target: Path) -> None:
    """Bring the picked folder to the disk."""
    page.goto(address)
    for name, content in page.evaluate(_READS).items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    page.close()


if __name__ == "__main__":
    sys.exit(main())
