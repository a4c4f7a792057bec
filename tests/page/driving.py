"""Driving the page as a person does: choosing, dragging, waiting, saving."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

PATIENCE = 60_000.0
"""Milliseconds to wait for anything; the suite's machines are busy."""

VERDICTS = ("可接收", "待说明", "不予接收")


def settled(room: Locator) -> None:
    """Wait until nothing is under way in a room."""
    room.locator(".conclusion, .sentence").first.wait_for()
    room.locator("progress").wait_for(state="detached")


def saved(page: Page, press: Callable[[], Any]) -> tuple[str, bytes]:
    """Press something that saves one file; return its name and bytes."""
    with page.expect_download() as waiting:
        press()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def choose(room: Locator, *paths: Path) -> str:
    """Choose workbooks as a person does and return what the page says of them."""
    room.page.evaluate(
        "document.querySelectorAll('.room:not([hidden]) .under-drop').forEach(e => e.replaceChildren())"
    )
    room.locator(".drop input[type=file]").first.set_input_files(list(paths))
    settled(room)
    return room.locator(".under-drop").inner_text()


def drag(page: Page, target: Locator, *paths: Path) -> None:
    """Drag files over an element and drop them there, as the system's file manager does."""
    box = target.bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})
    session.detach()


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: without_moment(archive.read(name)) for name in archive.namelist()}


def without_moment(content: bytes) -> bytes:
    """Leave out when a report was made, the one thing that differs between two runs."""
    return re.sub(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d[+-]\d\d:\d\d)?", b"MOMENT", content)
