"""The guide to the definitions: every attribute that is read stands in it, and its first day works."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from definitions.workings_picture import workings_picture

from xlbudget.checking.definitions.cases import read_cases
from xlbudget.cli import run
from xlbudget.definitions.export_mappings import mapping_files, read_mapping
from xlbudget.definitions.folders import template_folders, templates_folder
from xlbudget.definitions.loading import load_with_problems
from xlbudget.definitions.small_template import new_template
from xlbudget.definitions.toml_items import Item, Problems

GUIDE = templates_folder() / "README.md"
PICTURE = Path(__file__).parents[2] / "docs" / "images" / "workings.svg"


BEGIN, END = "<!-- 由程序列出，不要手改 -->\n", "<!-- 列到这里 -->\n"
KINDS = {
    "template.toml": "template.toml",
    "cross_form_rules.toml": "勾稽关系",
    "prior_year_rules.toml": "与上年比较",
    "entries": "录入表",
    "forms": "公开表",
    "workings": "计算表",
    "pages": "文字页",
    "phrases.toml": "程序说出的话",
    "_phrases.toml": "程序说出的话",
    "document": "绩效目标申报表",
    "cases": "样例",
    "mappings": "导出对照",
    "rules_off.toml": "停用清单",
}
"""What people call the kinds of files, by their name or folder."""


@dataclass(frozen=True, order=True)
class Asked:
    """An attribute as the program asks for it: its name, how it is written, which file, whether required."""

    key: str
    written: str
    file: str
    required: bool


def asked(root: Path, monkeypatch: pytest.MonkeyPatch) -> set[Asked]:
    """Return which attributes are asked for in which files while everything of all templates is read."""
    found: set[Asked] = set()
    take, raw, choice, formula = Item._take, Item.raw, Item.choice, Item.formula

    def noted_take(self: Item, key: str, kinds: tuple[type, ...], kind: str, default: Any) -> Any:
        found.add(Asked(key, kind, self.lines.file, default is None))
        return take(self, key, kinds, kind, default)

    def noted_raw(self: Item, key: str) -> Any:
        found.add(Asked(key, "见说明", self.lines.file, False))
        return raw(self, key)

    def noted_choice(self: Item, key: str, values: tuple[str, ...]) -> str:
        value = choice(self, key, values)
        plain = Asked(key, "文字（加引号）", self.lines.file, True)
        found.discard(plain)
        found.add(Asked(key, " ".join(f"`{one}`" for one in values), self.lines.file, True))
        return value

    def noted_formula(self: Item, key: str) -> Any:
        value = formula(self, key)
        found.discard(Asked(key, "文字（加引号）", self.lines.file, False))
        found.add(Asked(key, "公式（加引号）", self.lines.file, False))
        return value

    monkeypatch.setattr(Item, "_take", noted_take)
    monkeypatch.setattr(Item, "raw", noted_raw)
    monkeypatch.setattr(Item, "choice", noted_choice)
    monkeypatch.setattr(Item, "formula", noted_formula)
    for folder in template_folders(root).values():
        template, problems = load_with_problems(folder, root)
        assert template is not None and not problems
        read_cases(template)
        for path in mapping_files(template).values():
            read_mapping(path, template, Problems())
    return found


def kind_of(file: str) -> str:
    """Return what people call a file of a template."""
    path = Path(file)
    return KINDS.get(path.name) or KINDS[path.parent.name]


def listed(every: set[Asked]) -> str:
    """Return the table of all attributes."""
    places: dict[tuple[str, str], dict[str, bool]] = {}
    for one in sorted(every):
        where = places.setdefault((one.key, one.written), {})
        kind = kind_of(one.file)
        where[kind] = where.get(kind, False) or one.required
    lines = ["| 属性 | 写法 | 用在（加粗的必填） |", "|---|---|---|"]
    for (key, written), where in sorted(places.items()):
        shown = "、".join(
            f"**{kind}**" if where[kind] else kind for kind in dict.fromkeys(KINDS.values()) if kind in where
        )
        lines.append(f"| `{key}` | {written} | {shown} |")
    return "\n".join(lines) + "\n"


def test_the_table_of_all_attributes_is_as_the_program_asks(
    monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    """Made by ``pytest tests/definitions/test_guide.py --write-pages`` from what is asked while reading."""
    text = GUIDE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    new = listed(asked(templates_folder(), monkeypatch))
    if pytestconfig.getoption("--write-pages"):
        GUIDE.write_text(f"{before}{BEGIN}{new}{END}{after}", encoding="utf-8")
        return
    assert old == new


def test_the_picture_of_the_workings_is_drawn_from_the_small_template(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Every number in it is a cell of the filled workbook; ``--write-pages`` draws it anew."""
    drawn = workings_picture(tmp_path)
    if pytestconfig.getoption("--write-pages"):
        PICTURE.write_text(drawn, encoding="utf-8")
        return
    assert PICTURE.read_text(encoding="utf-8") == drawn
    assert "](../docs/images/workings.svg)" in GUIDE.read_text(encoding="utf-8")


def test_every_attribute_that_is_read_stands_in_the_guide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked of all templates that come with the package; one that nobody can look up is none."""
    text = GUIDE.read_text(encoding="utf-8")
    text = text.split(BEGIN)[0] + text.split(END)[1]  # the table made from the code explains nothing
    told = set(re.findall(r"`\[{0,2}(?:[a-z]+\.)?([a-z_]+)\]{0,2}`|\b([a-z_]+) = ", text))
    known = {one or other for one, other in told}
    keys = {one.key for one in asked(templates_folder(), monkeypatch)}
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
