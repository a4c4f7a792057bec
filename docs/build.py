"""Builds the handbook: a site that is read from disk, strict about its links, inside and between pages.

python docs/build.py [-o site]        the site; open site/index.html
python docs/build.py --notes VERSION  what the changelog says of a version, for a release
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the handbook is of these sources, whatever is installed
UNRELEASED = "Unreleased"


class _Links(HTMLParser):
    """The links and anchors of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag leads to, and its name."""
        fetches = tag in {"img", "script", "link", "iframe"} and ("rel", "canonical") not in attrs
        for name, value in attrs:
            if value and name in {"href", "src"}:
                self.targets.append(value)
                if fetches:
                    self.fetched.append(value)
            if value and name in {"id", "name"}:
                self.anchors.add(value)


def broken_links(site: Path) -> list[str]:
    """Return «page: link» for every link of the built site that leads nowhere, and every fetched one."""
    pages: dict[Path, _Links] = {}
    for path in site.rglob("*.html"):
        pages[path] = _Links()
        pages[path].feed(path.read_text(encoding="utf-8"))
    found = []
    for path, links in pages.items():
        for target in links.targets:
            place, _, anchor = unquote(target).partition("#")
            if re.match(r"[a-z]+:|//", place):
                if target in links.fetched and not place.startswith("data:"):
                    found.append(f"{path.relative_to(site)}: {target}")
                continue
            there = (path.parent / place).resolve() if place else path
            known = pages[there].anchors if there in pages else set()
            if not there.is_file() or (anchor and there in pages and anchor not in known):
                found.append(f"{path.relative_to(site)}: {target}")
    return sorted(found)


def notes(version: str) -> str:
    """Return the changelog's section of a version, else what is not released yet."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"(?ms)^## \[([^\]]+)\][^\n]*\n(.*?)(?=^## |\Z)", text))
    return str(sections.get(version) or sections[UNRELEASED]).strip() + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the site; 1 when a link leads nowhere."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "site")
    parser.add_argument("--notes", metavar="VERSION")
    wanted = parser.parse_args(arguments)
    if wanted.notes:
        print(notes(wanted.notes), end="")
        return 0
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(wanted.output.resolve()), strict=True)
    try:
        build(config)
    except Abort as error:
        print(f"the handbook was not built: {error}", file=sys.stderr)
        return 1
    (wanted.output / "404.html").unlink()  # a server's page; this site is read from disk
    broken = broken_links(wanted.output.resolve())
    for line in broken:
        print(line, file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
