"""click's own words in Chinese: usage lines, section headings and complaints."""

from __future__ import annotations

import re

import click

_CHINESE = re.compile("[\u4e00-\u9fff]")
_KINDS = {"integer": "整数", "float": "数字"}
_ENGLISH = (
    ("No such command", "没有这个命令"),
    ("Got unexpected extra argument", "多余的参数"),
    ("requires an argument", "后面要有值"),
)


class ChineseCommand(click.Command):
    """A command whose help page is Chinese throughout."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        self.options_metavar = "[选项]"
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="用法：")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        records = [parameter.get_help_record(ctx) for parameter in self.get_params(ctx)]
        rows = [record for record in records if record is not None and record[1]]
        with formatter.section("选项"):
            formatter.write_dl(rows)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the help option with Chinese words."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "显示本帮助"
        return option


class ChineseGroup(ChineseCommand, click.Group):
    """A group of commands whose help pages are Chinese throughout."""

    command_class = ChineseCommand

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then the commands."""
        super().format_options(ctx, formatter)
        with formatter.section("命令"):
            formatter.write_dl([(name, part.help or "") for name, part in self.commands.items()])


def in_chinese(error: click.ClickException) -> str:
    """Say click's own complaints in Chinese; our messages are Chinese already."""
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "xlbudget"
    advice = f"；用法见 {command} --help。"
    if isinstance(error, click.NoSuchOption):
        near = f"；最接近的是“{error.possibilities[0]}”" if error.possibilities else ""
        return f"没有选项“{error.option_name}”{near}{advice}"
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
