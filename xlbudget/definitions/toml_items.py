"""Reading TOML and CSV definitions so that every mistake has a file and a line.

:class:`Item` wraps one TOML table: values are asked for by name and type, what was never
asked for is reported as unknown together with the nearest valid attribute.
"""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from xlbudget.model import Formula, Problem, Source
from xlbudget.model.words import nearest

_TYPOGRAPHIC = "“”‘’，＝：｛｝［］（）；。、＂＇"
_ENCODINGS = ("utf-8-sig", "gb18030")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # “Unicode text” of Excel


class Problems:
    """Collects problems, in the order in which they were found."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, source: Source, message: str, reason: str = "", *, unreadable: bool = False) -> None:
        """Add one problem; see :class:`~xlbudget.model.Problem`."""
        problem = Problem(source, message, reason, unreadable)
        if problem not in self.found:
            self.found.append(problem)


class Lines:
    """Finds the line of something in a text by searching forward."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines = text.splitlines()

    def find(self, needle: str, start: int) -> int:
        """Return the first line (from 1) at or after ``start`` that holds ``needle``, else ``start``.

        Lines that are remarks for people state nothing.
        """
        for number in range(max(start, 1), len(self.lines) + 1):
            line = self.lines[number - 1]
            if needle in line and not line.lstrip().startswith("#"):
                return number
        return max(start, 1)


class Item:
    """One TOML table with its place; see the module's docstring."""

    def __init__(self, data: Mapping[str, Any], lines: Lines, line: int, problems: Problems) -> None:
        self.data = data
        self.lines = lines
        self.line = line
        self.problems = problems
        self.asked: set[str] = set()

    @property
    def source(self) -> Source:
        """Where this table stands."""
        return Source(self.lines.file, self.line)

    def source_of(self, key: str) -> Source:
        """Where one attribute stands."""
        return Source(self.lines.file, self.lines.find(key, self.line))

    def has(self, key: str) -> bool:
        """Whether the attribute is there."""
        return key in self.data

    def _take(self, key: str, kinds: tuple[type, ...], kind: str, default: Any) -> Any:
        self.asked.add(key)
        if key not in self.data:
            if default is None:
                self.problems.add(self.source, f"缺少属性“{key}”（{kind}）")
                return None
            return default
        value = self.data[key]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            self.problems.add(self.source_of(key), f"属性“{key}”应为{kind}")
            return default
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; a missing one without default is a problem."""
        return str(self._take(key, (str,), "文字（加引号）", default) or "")

    def choice(self, key: str, values: tuple[str, ...]) -> str:
        """Return a text that is one of some; another one is a problem, and the first stands for it."""
        text = self.text(key)
        if text and text not in values:
            message = f"{key} 应为 {'、'.join(values)} 之一{nearest(text, values)}"
            self.problems.add(self.source_of(key), message)
        return text if text in values else values[0]

    def section(self, key: str) -> Item:
        """Return the table of that name with its own line; one that is missing is a problem."""
        data = self.mapping(key)
        if not data:
            self.problems.add(self.source, f"缺少 [{key}] 一节")
        return Item(data, self.lines, self.lines.find(f"[{key}]", 1), self.problems)

    def whole(self, key: str, default: int | None = None) -> int:
        """Return a whole number."""
        return int(self._take(key, (int,), "整数", default) or 0)

    def number(self, key: str, default: float) -> float:
        """Return a number."""
        return float(self._take(key, (int, float), "数字", default))

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return true or false; ``default`` when absent."""
        return bool(self._take(key, (bool,), "true 或 false", default))

    def texts(self, key: str, default: tuple[str, ...] | None = ()) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._take(key, (list,), "文字的列表", default)
        if any(not isinstance(part, str) for part in value or ()):
            self.problems.add(self.source_of(key), f"属性“{key}”的每一项都应为文字（加引号）")
            return ()
        return tuple(value or ())

    def mapping(self, key: str) -> dict[str, Any]:
        """Return a table of values by name; empty when absent."""
        return dict(self._take(key, (dict,), "表（{ 名称 = 值 }）", {}) or {})

    def raw(self, key: str) -> Any:
        """Return the attribute as it stands, or None."""
        self.asked.add(key)
        return self.data.get(key)

    def formula(self, key: str) -> Formula | None:
        """Return a formula, or None when absent."""
        text = self.text(key, "")
        return Formula(text, self.source_of(key)) if text else None

    def items(self, key: str) -> Iterator[Item]:
        """Yield the tables of an array of tables, each with its own line."""
        value = self._take(key, (list,), "表的列表", ())
        header = self.lines.find(f"[[{key}]]", self.line)
        nested = header == self.line and f"[[{key}]]" not in self.lines.lines[self.line - 1]
        at = self.lines.find(key, self.line) if nested else header - 1
        for part in value or ():
            if not isinstance(part, dict):
                self.problems.add(self.source_of(key), f"属性“{key}”的每一项都应为表（{{ … }}）")
                continue
            at = self._line_of(part, at) if nested else self.lines.find(f"[[{key}]]", at + 1)
            yield Item(part, self.lines, at, self.problems)

    def _line_of(self, part: Mapping[str, Any], after: int) -> int:
        name, value = next(iter(part.items()), ("", ""))
        wanted = f'{name} = "{value}"' if isinstance(value, str) else f"{name} ="
        start = after + 1 if wanted not in self.lines.lines[after - 1] else after
        return self.lines.find(wanted, start)

    def finish(self) -> None:
        """Report attributes that nobody asked for."""
        for key in self.data:
            if key not in self.asked:
                hint = nearest(key, self.asked)
                self.problems.add(self.source_of(key), f"不认识的属性“{key}”{hint}")


def read_text(path: Path, shown: str, problems: Problems) -> str:
    """Return the text of a definition file (UTF-8, marked UTF-16, or GB 18030 as Excel saves CSV)."""
    try:
        content = path.read_bytes()
    except OSError:
        problems.add(Source(shown, 1), "找不到或无法读取这个文件")
        return ""
    for encoding in ("utf-16",) if content.startswith(_UTF16) else _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    line = _undecodable(content)
    message = f"第 {line} 行有认不出的字（文件编码不对，或已损坏）；请改正这一行，并另存为 UTF-8"
    problems.add(Source(shown, line), message, unreadable=True)
    return ""


def _undecodable(content: bytes) -> int:
    """Return the first line that is neither UTF-8 nor GB 18030."""
    for number, line in enumerate(content.split(b"\n"), 1):
        for encoding in _ENCODINGS:
            try:
                line.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
        else:
            return number
    return 1


def read_toml(path: Path, shown: str, problems: Problems) -> Item:
    """Return a TOML file as an item; a syntax error becomes a problem at its line."""
    text = read_text(path, shown, problems)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = _line_in(str(error)) or max(text.count("\n"), 1)
        said = _comma(text, str(error), line) or _chinese(str(error), _part_at(text, str(error), line))
        problems.add(Source(shown, line), f"TOML 语法错误：{said}", unreadable=True)
        data = {}
    return Item(data, Lines(shown, text), 1, problems)


def _line_in(message: str) -> int:
    """Return the line that tomllib names in its message."""
    words = message.replace(",", " ").replace(")", " ").split()
    return next((int(word) for before, word in pairwise(words) if before == "line"), 0)


def _part_at(text: str, message: str, line: int) -> str:
    """Return what stands where tomllib stopped reading."""
    words = message.replace(",", " ").replace(")", " ").split()
    column = next((int(word) for before, word in pairwise(words) if before == "column"), 1)
    lines = text.splitlines()
    return lines[line - 1][max(column - 2, 0) :] if 0 < line <= len(lines) else ""


def _comma(text: str, message: str, line: int) -> str:
    """Say that there is a comma too many, or one too few, where that is what stopped the reading."""
    lines = text.splitlines()
    if not 0 < line <= len(lines):
        return ""
    part = _part_at(text, message, line)  # from what was read last
    for rest in (part, part[1:]):
        before = "\n".join([*lines[: line - 1], lines[line - 1].removesuffix(rest)]).rstrip()
        if said := _comma_between(before, rest.lstrip(), message):
            return said
    return ""


def _comma_between(before: str, here: str, message: str) -> str:
    if before.endswith(",") and here.startswith("}"):
        return "花括号里最后一项后面多了一个逗号"
    if here.startswith(",") and before.endswith((",", "[", "{", "=")):
        return "这里多了一个逗号"
    if here.startswith(",") and message.startswith("Expected newline"):
        return "值的后面多了一个逗号；一行只写一项，行末不加逗号"
    if here.startswith(("{", '"')) and before.endswith(("}", '"')) and message.startswith("Unclosed array"):
        return "列表的两项之间少了一个逗号"
    return ""


def _chinese(message: str, part: str) -> str:
    """Say a syntax error in Chinese; ``part`` is the text from where it was found."""
    wrong = next((mark for mark in part[:3] if mark in _TYPOGRAPHIC), "")
    if wrong:
        return f"“{wrong}”是中文标点；引号、逗号、等号、括号都要用英文半角"
    known = {
        "Invalid initial character for a key part": "名称含有中文或其他字符时要加引号",
        "Expected '=' after a key": "名称后面缺少“=”",
        "Invalid value": "值的写法不对；文字要加引号，编码也要加引号",
        "Cannot overwrite a value": "同一名称写了两次",
        "Invalid date or datetime": "没有这个日期；日期写作“年-月-日”，月、日各两位",
        "Unclosed array": "列表缺少“]”",
        "Unclosed inline table": "花括号没有配对",
        "Unescaped '\\' in a string": "文字中的“\\”要写成“\\\\”",
        "Expected newline or end of document": "值的后面有多余内容；以 0 开头的编码要加引号",
        "Unterminated string": "文字缺少右边的引号",
        'Expected \'"""\'': "多行文字缺少结尾的三个引号",
        "Expected \"'": "文字缺少右边的引号",
        "Illegal character '\\n'": "文字缺少右边的引号",
        "Illegal character": "有不能写在这里的字符；换行、制表符不能写在引号里",
        "Found invalid character": "有不能写在这里的字符",
        "Cannot declare": "同一节写了两次，或与前面的名称冲突",
        "Cannot mutate immutable namespace": "同一名称已经写成花括号或列表，不能再补",
        "Cannot redefine namespace": "同一名称已经写成一节，不能再写一次",
        "Duplicate inline table key": "同一对花括号里名称写了两次",
        "Expected ']' at the end of a table": "节的名称缺少右边的方括号",
        "Expected ']]' at the end of an array": "节的名称缺少右边的两个方括号",
        "Invalid statement": "这一行不是“名称 = 值”",
        "Invalid hex value": "文字中“\\u”后面应是十六进制数",
        "Escaped character": "文字中“\\u”写的不是字符",
        "Invalid escape": "文字中的“\\”要写成“\\\\”",
        "End of document": "文件没有写完：缺少引号、方括号或花括号",
    }
    return next((text for start, text in known.items() if message.startswith(start)), "写法不对，读不下去")
