"""What a project file (``xlbudget.toml``, found upwards) says once for all commands in its folder."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from xlbudget.model.errors import InputError
from xlbudget.model.words import day_of, nearest

PROJECT = "xlbudget.toml"
_PATHS = ("templates", "roster", "prior", "waivers")
_DEADLINE = "until"
_KEYS = (*_PATHS, _DEADLINE)
_NOT_FOR = {("decide", "waivers"), ("demo", "templates")}  # there the option means one deed, not the round


def project_file(start: Path) -> Path | None:
    """Return the nearest project file in ``start`` or a folder above it."""
    return next(
        (folder / PROJECT for folder in (start, *start.parents) if (folder / PROJECT).is_file()), None
    )


def project_settings(path: Path) -> dict[str, str]:
    """Return the settings of a project file as one would type them, paths from its folder.

    Raises InputError, naming the file, for what cannot be read, unknown words, paths that are not there and
    a deadline that is no day.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"“{path}”不能读取（{error}）；请按 TOML 的写法改正，或移走它。") from error
    return {key: _setting(path, key, value) for key, value in data.items()}


def _setting(path: Path, key: str, value: object) -> str:
    if key not in _KEYS:
        raise InputError(f"“{path}”里的“{key}”不认识{nearest(key, _KEYS)}；可用 {'、'.join(_KEYS)}。")
    if key == _DEADLINE:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        try:
            return day_of(str(value)).isoformat()
        except ValueError:
            raise InputError(f"“{path}”里的“{key}”应为日期，如 2000-12-31，不能是“{value}”。") from None
    if not isinstance(value, str) or not (path.parent / value).exists():
        raise InputError(f"“{path}”里的“{key}”找不到：“{value}”；路径从这个文件所在的文件夹算起，请改正。")
    return str(path.parent / value)


def project_defaults(commands: Mapping[str, click.Command]) -> dict[str, Any]:
    """Return for each command what the project file of the working folder says about its options."""
    path = project_file(Path.cwd())
    settings = project_settings(path) if path is not None else {}
    if not settings:
        return {}
    return {
        name: {
            str(part.name): settings[str(part.name)]
            for part in command.params
            if part.name in settings and (name, part.name) not in _NOT_FOR
        }
        for name, command in commands.items()
    }


def used_settings(context: click.Context) -> str:
    """Return the options of a command that come from the project file, as words; empty without any."""
    from_project = click.core.ParameterSource.DEFAULT_MAP
    used = [
        f"{part.opts[0]} {value}" if isinstance(part, click.Option) else str(value)
        for part in context.command.params
        if context.get_parameter_source(part.name or "") is from_project
        and (value := (context.default_map or {}).get(part.name or ""))
    ]
    return f"按 {PROJECT}：{'，'.join(used)}" if used else ""
