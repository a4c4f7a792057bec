"""What the handbook takes from elsewhere: documents that lie beside docs/, and references made from the code.

Links that lead out of the handbook become plain words; links between its pages follow wherever a page lies.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import xlbudget
from xlbudget.cli.group import app

ROOT = Path(__file__).resolve().parent.parent
TAKEN = {
    "definitions/guide.md": "workbook_templates/README.md",
    "definitions/twelve_units.md": "examples/twelve_units/README.md",
    "definitions/own_form.md": "examples/own_form/README.md",
    "definitions/reference_budget.md": "examples/reference_budget/README.md",
    "definitions/department_pandas.md": "examples/department_pandas/README.md",
    "developers/changelog.md": "CHANGELOG.md",
    "developers/contributing.md": "CONTRIBUTING.md",
}
"""Page of the handbook → document of the repository."""
_MADE = ("developers/commands.md", "developers/python.md")
_SHIM = "https://unpkg.com/iframe-worker/shim"
_OWN_SHIM = "iframe-worker.js"
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents from elsewhere and the references."""
    for page, source in TAKEN.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text(encoding="utf-8")))
    for page, content in zip(_MADE, (commands(), python()), strict=True):
        files.append(File.generated(config, page, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links by where the document lies into links by where the page lies."""
    here = page.file.src_uri
    source = TAKEN.get(here, f"docs/{here}")
    pages = {document: name for name, document in TAKEN.items()}
    folders = {posixpath.dirname(document): name for document, name in pages.items()}

    def turned(link: re.Match[str]) -> str:
        mark, words, target = link.groups()
        place, _, anchor = target.partition("#")
        if not place or ":" in place:
            return link[0]
        document = posixpath.normpath(posixpath.join(posixpath.dirname(source), place))
        name = pages.get(document) or folders.get(document.rstrip("/"))
        if name is None and document.startswith("docs/"):
            name = document.removeprefix("docs/")
        if name is None:
            if not (ROOT / document).exists():
                return link[0]  # the build says that it is broken
            return words
        way = posixpath.relpath(name, posixpath.dirname(here) or ".")
        return f"{mark}[{words}]({way}{'#' + anchor if anchor else ''})"

    return _LINK.sub(turned, markdown)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Take from the site what the theme would fetch: its search runs from disk with it."""
    way = posixpath.relpath(_OWN_SHIM, posixpath.dirname(page.file.dest_uri) or ".")
    return output.replace(_SHIM, way)


def commands() -> str:
    """Return the page of all commands, each as its help page says it."""
    return "\n".join(_commands())


def _commands() -> Iterator[str]:
    yield "# Commands\n"
    yield "Every command as `--help` shows it (in Chinese, as officers read it); made from the program.\n"
    top = click.Context(app, info_name="xlbudget")
    for name, command in app.commands.items():
        context = command.context_class(command, info_name=name, parent=top)
        yield f"## {name}\n\n```text\n{command.get_help(context)}\n```\n"


def python() -> str:
    """Return the page of all public names; mkdocstrings fills it from their docstrings."""
    lines = ["# Python", "", "Every public name of the package; made from its docstrings.", ""]
    modules: dict[str, Any] = {name: getattr(xlbudget, name) for name in xlbudget.__all__}
    lines += [
        f"::: {part.__module__}.{name}" for name, part in modules.items() if hasattr(part, "__module__")
    ]
    return "\n".join(lines) + "\n"
