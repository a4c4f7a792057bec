"""The folder of one template: its files, each with what is wrong in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xlbudget.definitions.toml_items import Item, Problems, read_toml


class TemplateFolder:
    """Reads files of a template's folder; ``name`` is its id, ``year`` its year once that is known."""

    def __init__(self, path: Path, name: str, problems: Problems) -> None:
        self.path = path
        self.name = name
        self.problems = problems
        self.year = 0

    def shown(self, path: Path) -> str:
        """Return the path as messages show it."""
        return (Path(self.name) / path.relative_to(self.path)).as_posix()

    def file(self, path: Path) -> Item:
        """Return a TOML file as an item."""
        return read_toml(path, self.shown(path), self.problems)

    def files(self, kind: str) -> Iterator[Item]:
        """Yield the TOML files of a folder in it that say anything, by name."""
        for path in sorted((self.path / kind).glob("*.toml")):
            item = self.file(path)
            if item.data:
                yield item

    def dated(self, text: str) -> str:
        """Put the year into a title."""
        return text.replace("{year}", str(self.year))
