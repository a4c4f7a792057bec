"""The shared strings of a workbook: event by event, or much sooner where they are plain."""

from __future__ import annotations

import re

from xlbudget.files.xlsx.package import Package, again
from xlbudget.files.xlsx.parts import local_name, unescape
from xlbudget.files.xlsx.plain_text import DECLARATION, NotPlain, characters, without_entities
from xlbudget.files.xlsx.texts import Kept, check_kept

_HEAD = re.compile(DECLARATION + rb"<sst(?: [^<>]*)?>")
_TAIL = b"</sst>"
_ITEM = re.compile(
    r'<si><t(?: ?/>|(?: xml:space="preserve")?>([^<]*)</t>)'
    r'(?:<phoneticPr fontId="[0-9]{1,5}"(?: type="[A-Za-z]{1,30}")? ?/>)?</si>'
)


def shared_strings(package: Package, part: str, kept: Kept) -> list[str]:
    """Return the texts, runs joined and phonetic guides left out; ``kept`` counts them against the limits.

    Raises UnreadableWorkbook.
    """
    held, rest = package.held(part)
    plain = None if rest else _read_plainly(package, part, kept, held)
    if plain is not None:
        return plain
    shared = _SharedStrings(package, kept)
    package.parse(part, shared, shared.check, chunks=again(held, rest))
    return shared.strings


def _read_plainly(package: Package, part: str, kept: Kept, data: bytes) -> list[str] | None:
    """Return the texts of items without runs, as most files have them; None if anything is not plain."""
    head = _HEAD.match(data)
    if head is None or head[0].endswith(b"/>") or not data.endswith(_TAIL):
        return None
    try:
        body = characters(data[head.end() : -len(_TAIL)])
        pieces = _ITEM.split(body)
        texts = [text or "" for text in pieces[1::2]]
        if "&" in body:
            texts = list(map(without_entities, texts))
    except (NotPlain, UnicodeDecodeError):
        return None
    if any(pieces[::2]):
        return None
    limits, total = package.limits, sum(map(len, texts))
    if (
        len(texts) > limits.strings
        or max(map(len, texts), default=0) > limits.string_length
        or kept.text + total > limits.text_total
    ):
        return None
    package.parse(part, _SharedStrings(package, Kept()), chunks=(head[0], _TAIL))
    package.check_clock()
    kept.text += total
    return list(map(unescape, texts)) if "_x" in body else texts


class _SharedStrings:
    """Collects the shared strings: runs joined, phonetic guides left out."""

    def __init__(self, package: Package, kept: Kept) -> None:
        self.package = package
        self.kept = kept
        self.strings: list[str] = []
        self.depth = 0
        self.buffer = ""
        self.runs: list[str] = []
        self.phonetic = False
        self.names = ("si", "t", "rPh")

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """Take in the start of an element."""
        self.depth += 1
        self.buffer = ""
        if self.depth == 1:
            prefix = name[: len(name) - len(local_name(name))]
            self.names = (prefix + "si", prefix + "t", prefix + "rPh")
        elif self.depth == 2:
            self.runs = []
        elif name == self.names[2]:
            self.phonetic = True
        elif self.depth > self.package.limits.nesting:
            raise self.package.over("XML 嵌套过深")

    def end(self, name: str) -> None:
        """Take in the end of an element."""
        self.depth -= 1
        item, text, phonetic = self.names
        if name == text and self.depth >= 2 and not self.phonetic:
            self.runs.append(unescape(self.buffer))
            self.kept.text += len(self.buffer)
        elif name == item and self.depth == 1:
            self.strings.append("".join(self.runs))
        elif name == phonetic:
            self.phonetic = False

    def text(self, data: str) -> None:
        """Take in text."""
        self.buffer += data
        if len(self.buffer) > self.package.limits.string_length:
            raise self.package.over("文本过长")

    def check(self) -> None:
        """Raise ``limit`` when there are too many strings."""
        if len(self.strings) > self.package.limits.strings:
            raise self.package.over(f"文本超过 {self.package.limits.strings} 条")
        check_kept(self.package, self.kept)
