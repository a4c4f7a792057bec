"""The page of the rooms is drawn from the code; ``pytest tests/test_rooms.py --write-pages`` makes it."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest
from test_guards import MODULES, ROOMS, needed, room_of

PAGE = Path(__file__).parent.parent / "docs" / "developers" / "rooms.md"

HEAD = """# The rooms

Drawn from the code by `pytest tests/test_rooms.py --write-pages`, and held to it by the same test. Rooms
stand from the ground up; imports go down only, and `reports` and `publication` do not know each other. Before
a new noun, read the [vocabulary](vocabulary.md); how to add things is in the [recipes](recipes.md).
"""


def rule(module: str) -> str:
    """Return the first sentence of a module's documentation."""
    text = ast.get_docstring(ast.parse(MODULES[module].read_text(encoding="utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split()).replace("|", "∣")


def arrows() -> Counter[tuple[str, str]]:
    """Return how many imports go from one room to another."""
    found: Counter[tuple[str, str]] = Counter()
    for name in MODULES:
        own = room_of(name)
        if own in ROOMS:
            found.update((own, room_of(other)) for other in needed(name) if room_of(other) in ROOMS)
    return found


def drawing() -> list[str]:
    """Return the rooms and the arrows between them, as Mermaid draws them; the number counts imports."""
    between = {pair: count for pair, count in arrows().items() if pair[0] != pair[1]}
    lines = [
        f"    {one} -- {count} --> {other}" for (one, other), count in sorted(between.items(), key=_place)
    ]
    return ["```mermaid", "flowchart TD", *lines, "```"]


def _place(arrow: tuple[tuple[str, str], int]) -> tuple[int, int]:
    (one, other), _ = arrow
    return -ROOMS.index(one), -ROOMS.index(other)


def page() -> str:
    """Return the page as the code says it."""
    parts = [HEAD, *drawing(), ""]
    for room in ROOMS:
        modules = sorted(name for name in MODULES if name.startswith(f"{room}/"))
        own = f"{room}/__init__" if modules else room
        parts += [f"## {room}", "", rule(own), ""]
        if modules:
            parts += ["| module | what it is |", "|---|---|"]
            parts += [
                f"| `{name.removesuffix('/__init__').removeprefix(room + '/')}` | {rule(name)} |"
                for name in modules
                if name != own
            ]
            parts.append("")
    return "\n".join(parts)


def test_the_page_of_the_rooms_is_as_the_code_is(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--write-pages"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()


def test_no_two_classes_share_a_name() -> None:
    """One word for one thing: a reader who meets a class knows which one is meant."""
    homes: dict[str, list[str]] = {}
    for name, path in MODULES.items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(name)
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


VOCABULARY = PAGE.with_name("vocabulary.md")


def test_every_noun_of_the_vocabulary_is_a_class_and_stands_once() -> None:
    nouns = [
        line.split("|")[1].strip().strip("`")
        for line in VOCABULARY.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    classes = {
        node.name
        for path in MODULES.values()
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    assert nouns == sorted(set(nouns)), "in order, each once"
    assert set(nouns) <= classes
    public = {
        node.name
        for name, path in MODULES.items()
        if name.startswith("model/")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }
    assert public <= set(nouns), "every noun of the model is explained"
