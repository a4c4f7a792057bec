"""Nothing leaves the page: no request of its own, and none that somebody who got in would try."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser

ATTEMPTS = {
    "fetch": "fetch(address).catch(() => {})",
    "image": "new Image().src = address",
    "request": "(() => { const asked = new XMLHttpRequest(); asked.open('GET', address); asked.send(); })()",
    "socket": "new WebSocket(address.replace('http', 'ws'))",
    "events": "new EventSource(address)",
    "beacon": "navigator.sendBeacon(address, 'x')",
    "prefetch": "add('link', { rel: 'prefetch', href: address })",
    "style": "add('link', { rel: 'stylesheet', href: address })",
    "script": "add('script', { src: address })",
    "frame": "add('iframe', { src: address })",
    "ping": "add('a', { href: '#', ping: address }).click()",
    "font": "new FontFace('x', `url(${address})`).load().catch(() => {})",
    "module": "import(address).catch(() => {})",
    "worker": "new Worker(address)",
    "form": "add('form', { action: address }).submit()",  # last: where it may, it leads away from the page
}


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine that remembers what it is told.

    For frames and forms Chromium opens a connection before it looks at the policy; nothing is sent over it.
    """
    knocks: list[str] = []
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.2)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            try:
                visitor, _ = listening.accept()
            except TimeoutError:
                continue
            with visitor:
                visitor.settimeout(1)
                with suppress(TimeoutError):
                    knocks.extend([said.decode("latin-1")] if (said := visitor.recv(200)) else [])

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/", knocks
    stop.set()
    thread.join()
    listening.close()


@pytest.mark.parametrize("guarded", [True, False])
def test_no_attempt_reaches_a_server(
    chromium: Browser, page_file: Path, server: tuple[str, list[str]], guarded: bool, tmp_path: Path
) -> None:
    """The page's policy stops every attempt; the same attempts from a page without it arrive."""
    address, knocks = server
    page = chromium.new_page()  # this one has a network
    if guarded:
        page.goto(page_file.as_uri())
        page.locator(".drop").first.wait_for()
    else:
        bare = tmp_path / "bare.html"
        bare.write_text("<!DOCTYPE html><body></body>", encoding="utf-8")
        page.goto(bare.as_uri())
    add = (
        "const add = (tag, given) => { const made = document.createElement(tag);"
        " for (const [name, value] of Object.entries(given)) { made.setAttribute(name, value); }"
        " document.body.append(made); return made; };"
    )
    for name, code in ATTEMPTS.items():
        page.evaluate(
            f"address => {{ {add} try {{ {code}; }} catch (error) {{ void error; }} }}", f"{address}{name}"
        )
        page.wait_for_timeout(60)
    page.wait_for_timeout(500)
    page.close()
    assert bool(knocks) is not guarded, knocks
