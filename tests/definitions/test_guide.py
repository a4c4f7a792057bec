"""The guide to the definitions: every attribute that is read stands in it, and its first day works."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xlbudget.cli import run
from xlbudget.definitions.folders import template_folders, templates_folder
from xlbudget.definitions.loading import load_with_problems
from xlbudget.definitions.small_template import new_template
from xlbudget.definitions.toml_items import Item

GUIDE = templates_folder() / "README.md"


def asked(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """Return which attributes are asked for in which files while templates are loaded."""
    found: set[tuple[str, str]] = set()
    take, raw = Item._take, Item.raw

    def noted_take(self: Item, key: str, *rest: Any) -> Any:
        found.add((self.lines.file, key))
        return take(self, key, *rest)

    def noted_raw(self: Item, key: str) -> Any:
        found.add((self.lines.file, key))
        return raw(self, key)

    monkeypatch.setattr(Item, "_take", noted_take)
    monkeypatch.setattr(Item, "raw", noted_raw)
    for folder in template_folders(root).values():
        load_with_problems(folder, root)
    yield from sorted(found)


def test_every_attribute_that_is_read_stands_in_the_guide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked of all templates that come with the package; one that nobody can look up is none."""
    text = GUIDE.read_text(encoding="utf-8")
    told = set(re.findall(r"`\[{0,2}([a-z_]+)\]{0,2}`|\b([a-z_]+) = ", text))
    known = {one or other for one, other in told}
    keys = {key for _, key in asked(templates_folder(), monkeypatch)}
    assert len(keys) > 100
    assert sorted(keys - known) == []


def test_the_first_day_runs_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands of the first section, one after the other."""
    text = GUIDE.read_text(encoding="utf-8")
    [section] = re.findall(r"\n## 自己的单位，一天做好\n(.*?)\n## ", text, re.S)
    commands = [shlex.split(line)[1:] for line in section.splitlines() if line.startswith("    xlbudget ")]
    assert {words[0] for words in commands} >= {"new", "lint", "generate", "fill", "check", "consolidate"}
    monkeypatch.chdir(tmp_path)
    for words in commands:
        assert run(words) == 0, words


def test_the_first_day_is_written_for_what_new_writes(tmp_path: Path) -> None:
    """Every file of the small template that the first section names is there."""
    text = GUIDE.read_text(encoding="utf-8")
    [section] = re.findall(r"\n## 自己的单位，一天做好\n(.*?)\n## ", text, re.S)
    folder = new_template("某县财政局/2026", tmp_path)
    named = set(re.findall(r"`([\w/]+\.(?:toml|csv|txt|md))`", section))
    assert len(named) >= 8
    assert [name for name in named if not (folder / name).is_file()] == []
