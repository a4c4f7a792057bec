"""The page put together from its sources: one HTML text with its scripts, style and policy inside.

``page/build.py`` puts the runtime in and makes the file that is opened from disk; :mod:`xlbudget.desk.server`
serves the same page without it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from xlbudget.model.errors import InputError

SCRIPTS = (
    "words",
    "dom",
    "engine",
    "served",
    "batches",
    "findings",
    "check",
    "desk",
    "stores",
    "collection",
    "start",
)
"""The page's own scripts, in the order in which they run."""


def page_sources() -> Path:
    """Return the folder of the page's html, style and scripts (wheel, editable or bare checkout)."""
    here = Path(__file__).resolve().parent
    for candidate in (here.parent / "page", here.parent.parent / "page"):
        if (candidate / "page.html").is_file():
            return candidate
    raise InputError("安装不完整：找不到网页的文件；请重新安装 xlbudget。")


def assembled(
    sources: Path,
    *,
    settings: Mapping[str, object],
    version: str,
    date: str,
    templates: Path,
    data: Mapping[str, bytes] | None = None,
) -> tuple[str, str]:
    """Return the page and its content security policy.

    ``settings`` are for its scripts, ``templates`` are named at its foot, ``data`` are parts to be carried
    along. With data nothing may be fetched; without, the page may ask the server that it came from.
    """
    style = _text(sources / "style.css")
    old = _text(sources / "js" / "old_browsers.js")
    scripts = "\n".join(_text(sources / "js" / f"{name}.js") for name in SCRIPTS)
    script = f'"use strict";\n(function () {{\n{scripts}\n}})();\n'
    worker = ("blob: 'wasm-unsafe-eval'", "worker-src blob:", "connect-src 'none'")
    served = ("", "worker-src 'none'", "connect-src 'self'")
    run, workers, connect = worker if data else served
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest(old)}' '{_digest(script)}' {run}".strip(),
            workers,
            f"style-src '{_digest(style)}'",
            "img-src data:",
            connect,
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    values = {
        "policy": policy,
        "style": style,
        "old_browsers": old,
        "script": script,
        "version": version,
        "date": date,
        "templates": html.escape("、".join(titles(templates))),
        "settings": json.dumps(settings, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c"),
        "data": "\n".join(
            f'<script type="text/plain" id="data-{name}">{_packed(content)}</script>'
            for name, content in (data or {}).items()
        ),
    }
    page = re.sub(r"\{\{ (\w+) \}\}", lambda found: values[found[1]], _text(sources / "page.html"))
    return page, policy


def titles(templates: Path) -> list[str]:
    """Return what the templates in a folder are called, and by whose word."""
    found = []
    for path in sorted(templates.rglob("template.toml")):
        said = tomllib.loads(_text(path))
        title = str(said.get("title", path.parent.name)).replace("{year}", str(said.get("year", "")))
        found.append("，".join(part for part in (title, said.get("authority", "")) if part))
    return found


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _packed(content: bytes) -> str:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9, mtime=0, filename="") as stream:
        stream.write(content)
    return base64.b64encode(packed.getvalue()).decode()


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
