"""click's own complaints in Chinese."""

from __future__ import annotations

import re

import click

from xlbudget.model.words import nearest

_CHINESE = re.compile("[\u4e00-\u9fff]")
_KINDS = {"integer": "整数", "float": "数字"}
_ENGLISH = (
    ("Got unexpected extra argument", "多余的参数"),
    ("requires an argument", "后面要有值"),
)


def in_chinese(error: click.ClickException) -> str:
    """Say click's own complaints in Chinese; our messages are Chinese already."""
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "xlbudget"
    advice = f"；用法见 {command} --help。"
    if isinstance(error, click.NoSuchOption):
        return f"没有选项“{error.option_name}”{_near_option(error)}{advice}"
    if isinstance(error, click.exceptions.NoSuchCommand):
        group = error.ctx.command if error.ctx else None
        near = nearest(error.command_name, group.commands if isinstance(group, click.Group) else ())
        return f"没有这个命令“{error.command_name}”{near}{advice}"
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return f"缺少参数 {_named(error.param)}{advice}"
    if isinstance(error, click.BadParameter) and error.param is not None:
        return f"参数 {_named(error.param)} 的值不合要求（{_reason(error, error.param)}）{advice}"
    text = error.format_message().rstrip("。.")
    for english, chinese in _ENGLISH:
        if english in text:
            quoted = text.partition("'")[2].partition("'")[0] or text.partition("(")[2].rstrip(")")
            return f"{chinese}“{quoted}”{advice}"
    return text + advice


def _near_option(error: click.NoSuchOption) -> str:
    """Name the nearest of the command's options."""
    if error.ctx is None:
        return ""
    names = [
        name for part in error.ctx.command.params if isinstance(part, click.Option) for name in part.opts
    ]
    return nearest(error.option_name, [name for name in names if name.startswith("--")])


def _reason(error: click.BadParameter, parameter: click.Parameter) -> str:
    if _CHINESE.search(error.message):
        return error.message
    return f"应为{_KINDS.get(parameter.type.name, parameter.make_metavar(error.ctx or _nowhere()))}"


def _named(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        return "/".join(parameter.opts)
    return parameter.make_metavar(click.get_current_context(silent=True) or _nowhere())


def _nowhere() -> click.Context:
    return click.Context(click.Command("xlbudget"))
