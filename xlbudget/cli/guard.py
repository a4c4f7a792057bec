"""One guard for every command: it knows what is read and what is written, and refuses before anything is.

A command says of each of its paths what it is, by the type of the parameter; it need do nothing else, and
cannot forget it (``tests/cli/test_every_command.py`` looks through all commands).
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

import click

from xlbudget.cli.printing import say
from xlbudget.cli.project import used_settings
from xlbudget.files.own_outputs import replaceable
from xlbudget.files.whole_files import identity, kept
from xlbudget.model.errors import InputError, OutputError

_YEARS = range(1980, 2108)  # what the dates in packages can say


class Role(click.Path):
    """A path of a command, with what the command does with it."""

    def __init__(self, does: str) -> None:
        super().__init__()
        self.does = does

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path as typed, which may be an address; nothing else is one."""
        from xlbudget.files.elsewhere import typed

        return typed(os.fsdecode(super().convert(value, param, ctx)))


READ = Role("read")
"""A file or folder that is read."""
RETURNED = Role("returned")
"""Returned workbooks, or folders of them: nothing is written among them that would be read as one."""
WRITTEN = Role("written")
"""A file that is written; an older version of it is replaced."""
NEW = Role("new")
"""A file that is written to be filled in by hand: it must not exist."""
JOURNAL = Role("journal")
"""A file that a run keeps and a later one goes on with."""
FOLDER = Role("folder")
"""A folder for copies of workbooks and the like."""
TEXTS = Role("texts")
"""A folder for texts, which nobody takes for returned workbooks."""
EITHER = Role("either")
"""A folder for copies when returned workbooks come in a folder, else a file that is written."""
COLLECTION = Role("collection")
"""A collection that is read or received into."""

_INPUTS, _FILES, _FOLDERS = (
    {"read", "returned", "collection"},
    {"written", "new", "journal"},
    {"folder", "texts"},
)


@dataclass(slots=True)
class _Paths:
    """The paths that a command was given, by what it does with them."""

    by_role: dict[str, list[Path]] = field(default_factory=dict)

    def of(self, *roles: str) -> list[Path]:
        return [path for role in roles for path in self.by_role.get(role, ())]


def guarded(command: click.Command) -> click.Command:
    """Return the command with the guard before it."""
    inner: Callable[..., Any] | None = command.callback
    if inner is None:
        raise ValueError(f"{command.name} does nothing")

    @wraps(inner)
    def outer(*arguments: Any, **options: Any) -> Any:
        context = click.get_current_context()
        look_before(context)
        used = used_settings(context)
        if used:
            say(used, error=True)
        return inner(*arguments, **options)

    command.callback = outer
    return command


def look_before(context: click.Context) -> None:
    """Refuse what would destroy or never end; raises InputError, OutputError or UsageError."""
    _clock()
    paths = _paths(context)
    for path in paths.of(*_INPUTS):
        _no_device(path)
    outputs = paths.of(*_FILES)
    _apart(outputs)
    _not_read(outputs, paths.of(*_INPUTS))
    for path in paths.of("new"):
        if os.path.lexists(path):
            raise click.UsageError(f"“{path}”已经存在；为免冲掉填好的内容，请另取名称")
    for path in paths.of("written"):
        _free(path)
    for path in paths.of("journal"):
        _own_journal(path)
    for path in [*outputs, *paths.of(*_FOLDERS)]:
        _writable(path)
    for path in paths.of("folder"):
        _not_among(path, paths.of("returned"))
    for path in paths.of("collection"):
        _not_among_arrivals(path, paths.of("returned"))


def _paths(context: click.Context) -> _Paths:
    paths = _Paths()
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if isinstance(parameter.type, Role) and value is not None:
            every = value if isinstance(value, tuple) else (value,)
            paths.by_role.setdefault(parameter.type.does, []).extend(every)
        if isinstance(parameter.type, click.Tuple):  # given several times: tuples of a name and a path
            for given in value or ():
                for kind, part in zip(parameter.type.types, given, strict=True):
                    if isinstance(kind, Role):
                        paths.by_role.setdefault(kind.does, []).append(part)
    many = any(path.is_dir() for path in paths.of("returned"))
    paths.by_role.setdefault("folder" if many else "written", []).extend(paths.by_role.pop("either", []))
    return paths


def _clock() -> None:
    """Refuse to work by a clock that is plainly wrong: reports and registers carry its dates."""
    try:
        year = time.localtime(time.time()).tm_year
    except (OverflowError, ValueError, OSError):
        year = 0
    if year not in _YEARS:
        raise InputError(f"这台电脑的日期不对（{year or '无法显示'} 年）；请先校正系统时间，再运行。")


def _no_device(path: Path) -> None:
    """Refuse a pipe or a device: reading one may never end."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return  # what is not there, each command says in its own words
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise InputError(f"“{path}”不是文件或文件夹（是管道或设备），不能读取；请检查路径。")


def _apart(outputs: list[Path]) -> None:
    """Refuse two outputs that are one file, here or on a disk that ignores letter case."""
    known: dict[object, Path] = {}
    for path in outputs:
        for key in (identity(path), str(path.resolve()).casefold()):
            if key is not None and known.setdefault(key, path) is not path:
                raise click.UsageError(f"“{known[key]}”与“{path}”是同一个文件；每个输出请各取名称")


def _not_read(outputs: list[Path], inputs: list[Path]) -> None:
    """Refuse to write over what is read, by whatever name."""
    there = {found: path for path in outputs if (found := identity(path)) is not None}
    if not there:
        return
    for path in _files(inputs):
        output = there.get(identity(path) or (-1, -1))
        if output is not None:
            raise click.UsageError(f"输出文件“{output}”就是输入文件；原文件不作改动，请另取名称")


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        yield path
        for folder, _, names in os.walk(path):
            yield from (Path(folder, name) for name in names)


def _free(path: Path) -> None:
    """Refuse a name under which something stands that is no older version of what is to be written."""
    if path.is_dir():
        raise click.UsageError(f"“{path}”是一个文件夹，不能写成文件；请写上文件名")
    if path.exists() and not path.is_file():
        raise OutputError(f"“{path}”不是普通文件（是管道或设备），不能写入；请另取名称。")
    if path.is_file() and not replaceable(path):
        raise OutputError(kept(path))


def _own_journal(path: Path) -> None:
    from xlbudget.checking.runs.journal import refuse_strange

    if path.exists() and not path.is_file():
        raise click.UsageError(f"无法写入续审记录“{path}”：它不是普通文件；请另取名称")
    refuse_strange(path)


def _writable(path: Path) -> None:
    """Refuse a place where nothing can be written, before a long run rather than after it."""
    above = next((part for part in (path, *path.absolute().parents) if part.exists()), path)
    if above.is_dir() and not os.access(above, os.W_OK | os.X_OK):
        raise OutputError(f"无法写入“{path}”（没有权限，或磁盘是只读的）；请换一个有写入权限的位置。")


def _not_among(folder: Path, returned: list[Path]) -> None:
    """Refuse to write copies of workbooks where they would be read as returned the next time."""
    target = folder.resolve()
    for path in returned:
        if path.is_dir() and target.is_relative_to(path.resolve()):
            raise click.UsageError(
                f"“{folder}”在报送文件夹里，其中的副本下次会当作报送文件；请另选一个文件夹"
            )


def _not_among_arrivals(collection: Path, arrivals: list[Path]) -> None:
    """Refuse to receive a collection into itself."""
    target = collection.resolve()
    for path in arrivals:
        if path.exists() and path.resolve().is_relative_to(target):
            raise click.UsageError(f"“{path}”就在收件文件夹“{collection}”里，已经收过；请给出报送文件的位置")
