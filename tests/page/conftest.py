"""The page as it is handed out, built once, in a browser without a network."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from driving import PATIENCE
from playwright.sync_api import Browser, BrowserContext, Locator, Page
from support.shared_files import made_once

ROOT = Path(__file__).resolve().parents[2]
BUILT = "XLBUDGET_PAGE"
"""Names the environment variable with a page that has been built already (from the same sources)."""

SOURCES = "XLBUDGET_PAGE_SOURCES"
"""Names the environment variable with the folder of the page's sources, if they are not beside the tests."""


@pytest.fixture(scope="session")
def builder() -> ModuleType:
    """``page/build.py`` as a module."""
    path = Path(os.environ.get(SOURCES) or ROOT / "page") / "build.py"
    if not path.is_file():
        pytest.fail(f"the sources of the page are not here; name their folder in {SOURCES}")
    spec = importlib.util.spec_from_file_location("page_build", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # dataclasses look it up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def page_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page with everything in it."""
    if built := os.environ.get(BUILT):
        return Path(built)

    def make(folder: Path) -> None:
        builder: ModuleType = request.getfixturevalue("builder")
        try:
            content = builder.build(builder.Wanted(builder.ROOT / "workbook_templates"))
        except builder.Refused as error:
            pytest.fail(f"the page cannot be built: {error} (run tests/system-packages.sh)")
        (folder / "xlbudget.html").write_bytes(content)

    return made_once(request, tmp_path_factory, "page", make) / "xlbudget.html"


@pytest.fixture(scope="module")
def offline(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser without a network, on a small laptop screen."""
    context = chromium.new_context(
        offline=True,
        accept_downloads=True,
        viewport={"width": 1366, "height": 768},
        timezone_id="Asia/Shanghai",
        locale="zh-CN",
    )
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture(scope="module")
def asked(offline: BrowserContext) -> list[str]:
    """Every address that a page of this module has asked for."""
    found: list[str] = []
    offline.on("request", lambda request: found.append(request.url))
    return found


@pytest.fixture(scope="module")
def opened(offline: BrowserContext, page_file: Path, asked: list[str]) -> Iterator[Page]:
    """The page, opened from disk, with every file of the module checked in it; it never complains."""
    page = offline.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(page_file.as_uri())
    yield page
    page.close()
    assert complaints == []
    assert {address.partition(":")[0] for address in asked} <= {"file", "blob"}


@pytest.fixture
def room(opened: Page) -> Callable[[str], Locator]:
    """Enters a room of the page and gives it."""

    def enter(name: str) -> Locator:
        opened.locator("#rooms").get_by_role("button", name=name, exact=True).click()
        place = opened.locator(".room:visible")
        for chosen in place.get_by_role("button", name="取消").all():
            chosen.click()
        return place

    return enter
