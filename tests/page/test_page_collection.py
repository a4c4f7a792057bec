"""收件: a collection in a folder that the page may write to, or in an archive; the command line's format.

The origin's private file system of a page from 127.0.0.1 stands for a folder that a person has picked.
"""

from __future__ import annotations

import base64
import io
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from driving import PATIENCE, members, saved
from playwright.sync_api import Browser, BrowserContext, Locator, Page
from support import builders
from support.shared_files import ROOM

from xlbudget import WorkbookTemplate, generate
from xlbudget.cli import run
from xlbudget.department.collection import Collection, Status, receive
from xlbudget.department.collection.folder import is_collection
from xlbudget.department.collection.verification import verify
from xlbudget.model import Roster

_PICKS = """
window.showDirectoryPicker = async () =>
  (await navigator.storage.getDirectory()).getDirectoryHandle("收件", { create: true });
"""

_READS = """
async () => {
  const found = {};
  const walk = async (folder, below) => {
    for await (const [name, inner] of folder.entries()) {
      const path = below + name;
      if (inner.kind === "directory") { await walk(inner, path + "/"); continue; }
      const bytes = new Uint8Array(await (await inner.getFile()).arrayBuffer());
      let text = "";
      for (let at = 0; at < bytes.length; at += 32768) {
        text += String.fromCharCode(...bytes.subarray(at, at + 32768));
      }
      found[path] = btoa(text);
    }
  };
  await walk(await (await navigator.storage.getDirectory()).getDirectoryHandle("收件", { create: true }), "");
  return found;
}
"""

_WRITES = """
async ([path, text]) => {
  const parts = path.split("/");
  let folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("收件", { create: true });
  for (const part of parts.slice(0, -1)) { folder = await folder.getDirectoryHandle(part, { create: true }); }
  const writable = await (await folder.getFileHandle(parts.at(-1), { create: true })).createWritable();
  await writable.write(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  await writable.close();
}
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address(page_file: Path) -> Iterator[str]:
    """The page from 127.0.0.1, where browsers give private folders."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(page_file.parent)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/{page_file.name}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser with an empty folder to pick."""
    made = chromium.new_context(accept_downloads=True, locale="zh-CN", timezone_id="Asia/Shanghai")
    made.set_default_timeout(PATIENCE)
    made.add_init_script(_PICKS)
    yield made
    made.close()


@pytest.fixture
def enter(context: BrowserContext, address: str) -> Callable[[], Locator]:
    """Opens the page anew and the folder in it; returns the room."""

    def opened() -> Locator:
        page = context.new_page()
        page.goto(address)
        page.locator("#rooms").get_by_role("button", name="收件", exact=True).click()
        room = page.locator(".room:visible")
        room.get_by_label("经办人").fill("预算处")
        room.get_by_role("button", name="打开收件文件夹").click()
        return room

    return opened


def folder_of(page: Page, target: Path) -> Path:
    """Bring the picked folder to the disk, for the command line to look at."""
    for name, content in page.evaluate(_READS).items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    return target


def collect(room: Locator, folder: Path, roster: Path | None = None) -> str:
    if roster is not None:
        room.get_by_label("选单位名册").set_input_files(roster)
    room.locator(".drop input[webkitdirectory]").set_input_files(folder)
    room.locator(".message .sentence").first.wait_for()
    return room.locator(".message").inner_text()


@pytest.fixture
def incoming(department_workbooks: list[Path], tmp_path: Path) -> Path:
    """The first unit as it should be, the second with an amount as text; the third has not returned."""
    folder = tmp_path / "来件"
    first, second, _ = department_workbooks
    builders.returned(folder, first.name, first.read_bytes())
    spoiled = builders.typed(second.read_bytes(), builders.PROJECTS, {"K6": "52万"})
    builders.returned(folder, second.name, spoiled)
    return folder


def test_a_collection_made_in_the_page_opens_with_the_command(
    enter: Callable[[], Locator],
    incoming: Path,
    demo_data: Path,
    department_workbooks: list[Path],
    tmp_path: Path,
) -> None:
    """Received, sent back and closed in the page; the register says so, and verifying finds no change."""
    room = enter()
    said = collect(room, incoming, demo_data / "units.csv")
    assert "新收 2 件（已接收 1，退回 1）" in said
    assert "未报送" in room.locator("table.units").inner_text()
    third = builders.returned(tmp_path / "补报", "103.xlsx", department_workbooks[2].read_bytes())
    assert "新收 1 件（已接收 1）" in collect(room, third.parent)
    room.get_by_role("button", name="退回", exact=True).first.click()
    room.get_by_label("退回的原因").fill("示例：请补附件")
    room.get_by_label("退回的原因").press("Enter")
    room.locator(".message .sentence", has_text="已退回").wait_for()
    room.get_by_label("放行退回未重报的单位").check()
    room.get_by_role("button", name="关账").click()
    room.get_by_label("关账的依据").fill("示例：先行关账")
    room.get_by_label("关账的依据").press("Enter")
    room.locator(".message .sentence", has_text="已关账").wait_for()
    with Collection.open(folder_of(room.page, tmp_path / "收件")) as collection:
        assert verify(collection.folder).changes == ()
        assert [receipt.status for receipt in collection.receipts()] == [
            Status.REFUSED, Status.REFUSED, Status.ACCEPTED,
        ]  # fmt: skip
        log = collection.register.log()
        assert [entry.action for entry in log] == ["建立", "收件", "收件", "收件", "退回", "关账"]
        assert {entry.user for entry in log} == {"预算处"}
        assert log[-2].reason == "示例：请补附件"


def test_everything_an_officer_decides_is_done_in_the_page(
    enter: Callable[[], Locator],
    template: WorkbookTemplate,
    roster: Roster,
    demo_data: Path,
    department_workbooks: list[Path],
    tmp_path: Path,
) -> None:
    """Looked into, waived, accepted, a zero return confirmed, joined, answered, closed and opened again."""
    folder = tmp_path / "来件"
    first, _, third = (path.read_bytes() for path in department_workbooks)
    builders.returned(folder, "101.xlsx", builders.other_result(first, "公开表1", "D6", 1.0))
    generate(template, folder, roster.units[1], capacity=ROOM)
    builders.returned(folder, "103.xlsx", builders.other_result(third, "公开表1", "D6", 1.0))
    room = enter()
    assert "新收 3 件（待说明 3）" in collect(room, folder, demo_data / "units.csv")
    room.get_by_role("button", name="示范厅机关", exact=True).click()
    room.locator("tr.detail ul.history").wait_for()
    looked = room.locator("tr.detail:visible").inner_text()
    assert "1 号 收件" in looked and "公开表1" in looked and "D6" in looked
    decide(room, "认可", "示例：已核对底账")
    room.locator(".message .sentence", has_text="1 号收件：已认可").wait_for()
    decide(room, "确认零报告", "示例：本年无预算")
    room.locator(".message .sentence", has_text="2 号收件：已确认零报告").wait_for()
    decide(room, "接收", "示例：电话核实")
    room.locator(".message .sentence", has_text="3 号收件：已接收").wait_for()
    assert "已接收 2，已接收（零报告） 1" in room.locator(".conclusion").inner_text()
    room.get_by_label("部门名称").fill("示范厅")
    name, joined = saved(room.page, room.get_by_role("button", name="汇总成部门预算").click)
    room.locator(".message .sentence", has_text="已汇总 3 个单位").wait_for()
    papers, answers = saved(room.page, room.get_by_role("button", name="收件情况和回复").click)
    assert papers.endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(answers)) as archive:
        replies = [part for part in archive.namelist() if part.rpartition("/")[2].startswith("10")]
    assert {part.rpartition("/")[2][:3] for part in replies} == {"101", "102", "103"}
    for action, reason in (("关账", "示例：汇总完毕"), ("重新开账", "示例：102 单位补报")):
        room.get_by_role("button", name=action, exact=True).click()
        room.locator("#reason").fill(reason)
        room.locator("#reason").press("Enter")
        room.locator(".message .sentence", has_text=f"已{action}").wait_for()
    place = folder_of(room.page, tmp_path / "收件")
    with Collection.open(place) as collection:
        assert verify(place).changes == ()
        log = [(entry.action, entry.receipt, entry.reason) for entry in collection.register.log()]
        assert log[4:] == [
            ("认可", 1, "示例：已核对底账"),
            ("重新评定", 1, "示例：已核对底账"),
            ("零报告", 2, "示例：本年无预算"),
            ("接收", 3, "示例：电话核实"),
            ("关账", 0, "示例：汇总完毕"),
            ("重新开账", 0, "示例：102 单位补报"),
        ]
    command = ["consolidate", str(place), "-o", str(tmp_path / name), "--name", "示范厅"]
    assert run(command) == 0
    assert members((tmp_path / name).read_bytes()) == members(joined)


def test_a_collection_of_the_command_opens_in_the_page(
    enter: Callable[[], Locator],
    context: BrowserContext,
    address: str,
    template: WorkbookTemplate,
    roster: Roster,
    incoming: Path,
    tmp_path: Path,
) -> None:
    """The page shows where it stands, verifies it, and tells a changed original."""
    with Collection.create(tmp_path / "收件", template, roster) as collection:
        list(receive(collection, [incoming], workers=1))
    page = context.new_page()
    page.goto(address)
    for path in (tmp_path / "收件").rglob("*"):
        if path.is_file():
            name = path.relative_to(tmp_path / "收件").as_posix()
            page.evaluate(_WRITES, [name, base64.b64encode(path.read_bytes()).decode()])
    page.close()
    room = enter()
    room.locator("table.units").wait_for()
    assert "已接收 1，退回 1，未报送 1" in room.locator(".conclusion").inner_text()
    room.get_by_role("button", name="核验").click()
    room.locator(".message .sentence", has_text="核验通过").wait_for()
    changed = next(path for path in (tmp_path / "收件" / "originals").rglob("*.xlsx"))
    room.page.evaluate(
        _WRITES,
        [changed.relative_to(tmp_path / "收件").as_posix(), base64.b64encode(b"changed").decode()],
    )
    room.page.close()
    room = enter()
    room.get_by_role("button", name="核验").click()
    room.locator(".message .sentence", has_text="核验不通过").wait_for()


def test_two_pages_on_one_folder_are_told(enter: Callable[[], Locator], incoming: Path) -> None:
    """The second page says that the first has the folder open; if it goes on, nothing is written over."""
    first = enter()
    collect(first, incoming)
    second = enter()
    second.locator(".sentence", has_text="正在另一个网页里打开").wait_for()
    second.get_by_role("button", name="继续打开").click()
    second.locator("table.units").wait_for()
    decide(second, "退回", "示例：第二个网页的决定")
    second.locator(".message .sentence", has_text="已退回").wait_for()
    decide(first, "退回", "示例：第一个网页的决定")
    first.locator(".message .sentence", has_text="被另一个网页或程序改动了").wait_for()


def decide(room: Locator, action: str, reason: str) -> None:
    room.get_by_role("button", name=action, exact=True).first.click()
    room.get_by_label(f"{action}的原因").fill(reason)
    room.get_by_label(f"{action}的原因").press("Enter")


@pytest.mark.parametrize("moment", [1, 2, 4, 5])  # before a new register, an original, a register, its head
def test_a_page_killed_while_it_writes_loses_nothing(
    enter: Callable[[], Locator], incoming: Path, demo_data: Path, tmp_path: Path, moment: int
) -> None:
    """Killed before the nth file is exchanged, the folder verifies; receiving again goes on from there."""
    room = enter()
    room.locator(".conclusion").wait_for()
    room.page.evaluate(_DIES, moment)
    room.get_by_label("选单位名册").set_input_files(demo_data / "units.csv")
    room.locator(".drop input[webkitdirectory]").set_input_files(incoming)
    room.page.locator("html[data-dead]").wait_for()
    room.page.close()
    room = enter()
    room.locator(".conclusion").wait_for()
    left = folder_of(room.page, tmp_path / "到一半")
    assert not is_collection(left) or verify(left).changes == ()
    collect(room, incoming, demo_data / "units.csv")
    with Collection.open(folder_of(room.page, tmp_path / "收件")) as collection:
        verified = verify(collection.folder)
        assert (verified.changes, verified.receipts) == ((), 2)


_DIES = """
(moment) => {
  let closed = 0;
  const create = FileSystemFileHandle.prototype.createWritable;
  FileSystemFileHandle.prototype.createWritable = async function (...given) {
    const writable = await create.apply(this, given);
    const close = writable.close.bind(writable);
    writable.close = () => {
      closed += this.name.startsWith(".") ? 0 : 1;
      if (closed <= moment) { return close(); }
      document.documentElement.dataset.dead = "";
      return new Promise(() => {});
    };
    return writable;
  };
}
"""
"""From the nth exchange of a file on nothing is exchanged any more, as when the browser is gone."""


def test_without_folders_a_collection_is_an_archive(
    chromium: Browser, page_file: Path, incoming: Path, demo_data: Path, tmp_path: Path
) -> None:
    """Made in the page, saved, opened again: the same collection, which the command verifies."""
    context = chromium.new_context(offline=True, accept_downloads=True, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    context.add_init_script("delete window.showDirectoryPicker")
    page = context.new_page()
    page.goto(page_file.as_uri())
    page.locator("#rooms").get_by_role("button", name="收件", exact=True).click()
    room = page.locator(".room:visible")
    room.get_by_role("button", name="新建收件档案").click()
    room.locator(".conclusion").wait_for()
    assert "请保存收件档案" in collect(room, incoming, demo_data / "units.csv")
    name, content = saved(page, room.get_by_role("button", name="保存收件档案").click)
    archive = tmp_path / name
    archive.write_bytes(content)
    room.locator("#open-archive").set_input_files(archive)
    room.locator("table.units").wait_for()
    room.get_by_role("button", name="核验").click()
    room.locator(".message .sentence", has_text="核验通过：收件 2 件").wait_for()
    context.close()
    shutil.unpack_archive(archive, tmp_path / "收件")
    with Collection.open(tmp_path / "收件") as collection:
        assert verify(collection.folder).changes == ()
