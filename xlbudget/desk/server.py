"""The desk with the whole program behind it: the page, served to this machine alone.

Only 127.0.0.1 is listened to, every address begins with a token that nobody can guess, and requests that
come by another name or from another page are refused. What is handed in lies in a folder of this run and goes
with it.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from xlbudget.definitions.folders import templates_folder
from xlbudget.desk.assembly import assembled, page_sources
from xlbudget.desk.jobs import Desk
from xlbudget.files.whole_files import staging_folder
from xlbudget.version import __version__

HERE = "127.0.0.1"
_PIECE = 1 << 20
_MOST_ASKED = 64 << 20  # bytes of an order: thousands of file names
_MOST_FILE = 2 << 30


class DeskServer(ThreadingHTTPServer):
    """One desk for one person; ``address`` is what the browser opens."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0, templates: Path | None = None) -> None:
        super().__init__((HERE, port), _Handler)
        self.token = secrets.token_urlsafe(24)
        self.folder = folder.resolve()
        self.desk = Desk(self.folder / "work", templates, workers=os.cpu_count() or 1)
        self.one_at_a_time = threading.Lock()
        settings = {
            "department": "",
            "until": "",
            "desk": True,
            "served": {"root": self.folder.as_posix(), "token": self.token},
        }
        self.page, self.policy = assembled(
            page_sources(),
            settings=settings,
            version=__version__,
            date="本机程序",
            templates=templates or templates_folder(),
        )

    @property
    def address(self) -> str:
        """The address of the page."""
        return f"http://{HERE}:{self.server_port}/{self.token}/"

    def within(self, path: str) -> Path | None:
        """Return a path if it lies in the folder of this run."""
        try:
            found = Path(path).resolve()
        except (OSError, ValueError):
            return None
        return found if found.is_relative_to(self.folder) and found != self.folder else None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of visitors that have gone; anything else is ours and is told."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving(port: int = 0, templates: Path | None = None) -> Iterator[DeskServer]:
    """Give a server that listens, with a folder of its own; both go afterwards.

    Raises OSError when the port is taken.
    """
    with staging_folder() as folder, DeskServer(folder, port, templates) as server:
        yield server


class _Handler(BaseHTTPRequestHandler):
    server: DeskServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Give the page, or a file that a job has made."""
        asked = self._asked()
        if asked == "":
            self._send(self.server.page.encode(), "text/html; charset=utf-8")
        elif asked == "file":
            path = self._path()
            if path is None or not path.is_file():
                self._refuse(HTTPStatus.NOT_FOUND)
            else:
                self._send(path.read_bytes(), "application/octet-stream")
        elif asked is not None:
            self._refuse(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """Answer an order of the page."""
        what = self._asked()
        if what != "answer":
            if what is not None:
                self._refuse(HTTPStatus.NOT_FOUND)
            return
        size = self._size()
        if not 0 < size <= _MOST_ASKED:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        asked = self.rfile.read(size).decode("utf-8", "replace")
        with self.server.one_at_a_time:
            said = self.server.desk.answer(asked)
        self._send(said.encode("utf-8", "backslashreplace"), "application/json")

    def do_PUT(self) -> None:
        """Take a file that is handed in."""
        what = self._asked()
        if what is None:
            return
        path, left = self._path() if what == "file" else None, self._size()
        if path is None or not 0 <= left <= _MOST_FILE:
            self._refuse(HTTPStatus.FORBIDDEN)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            while left > 0 and (piece := self.rfile.read(min(left, _PIECE))):
                stream.write(piece)
                left -= len(piece)
        self._send(b"{}", "application/json")

    def _asked(self) -> str | None:
        """Return what is asked for behind the token; None when it is refused (and said so)."""
        port = self.server.server_port
        names = {f"{HERE}:{port}", f"localhost:{port}"}
        origin = self.headers.get("Origin")
        known = self.headers.get("Host") in names
        known = known and (origin is None or origin in {f"http://{name}" for name in names})
        _, token, *rest = (*urlsplit(self.path).path.split("/", 2), "", "")
        if not known or not secrets.compare_digest(token.encode(), self.server.token.encode()):
            self._refuse(HTTPStatus.FORBIDDEN)
            return None
        return unquote(rest[0])

    def _path(self) -> Path | None:
        given = parse_qs(urlsplit(self.path).query).get("path", [""])[0]
        return self.server.within(given) if given else None

    def _size(self) -> int:
        try:
            return int(self.headers.get("Content-Length") or 0)
        except ValueError:
            return -1

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", f"{self.server.policy}; frame-ancestors 'none'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        content = json.dumps({"error": "拒绝"}, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the addresses hold the token."""
