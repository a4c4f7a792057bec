"""The handbook: built strict, every link led somewhere, nothing fetched, its references those of the code."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import xlbudget
from xlbudget.cli.group import app

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "docs" / "build.py"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("handbook") / "site"
    command = [sys.executable, "-X", "utf8", str(BUILD), "-o", str(target)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("handbook_build", BUILD)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_references_name_everything_there_is(site: Path) -> None:
    commands = (site / "developers" / "commands.html").read_text(encoding="utf-8")
    assert [name for name in app.commands if f'id="{name}"' not in commands] == []
    python = (site / "developers" / "python.html").read_text(encoding="utf-8")
    names = [name for name in xlbudget.__all__ if not name.startswith("_")]
    assert [name for name in names if f".{name}" not in python] == []


def test_pages_of_all_readers_are_there(site: Path) -> None:
    for page in ("index", "officers/round", "officers/rules", "units/filling", "definitions/guide"):
        assert (site / f"{page}.html").is_file(), page
    assert "N-18" in (site / "officers" / "rules.html").read_text(encoding="utf-8")


def test_a_link_that_leads_nowhere_and_what_is_fetched_are_named(
    site: Path, builder: ModuleType, tmp_path: Path
) -> None:
    assert builder.broken_links(site) == []
    (tmp_path / "b.html").write_text('<h1 id="there">b</h1>', encoding="utf-8")
    (tmp_path / "a.html").write_text(
        '<a href="b.html#there">1</a><a href="b.html#gone">2</a><a href="c.html">3</a><img src="d.png">'
        '<script src="https://x.org/s.js"></script><a href="https://x.org/">4</a>',
        encoding="utf-8",
    )
    assert builder.broken_links(tmp_path) == [
        "a.html: b.html#gone",
        "a.html: c.html",
        "a.html: d.png",
        "a.html: https://x.org/s.js",
    ]


def test_the_notes_of_a_release_are_its_section_of_the_changelog(builder: ModuleType) -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    notes = builder.notes("999.0.0")  # not there: what is not released yet
    assert notes.strip() in text
    assert notes.startswith("### Added")
    assert "## [" not in notes
