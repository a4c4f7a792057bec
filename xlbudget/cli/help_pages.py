"""Help pages in Chinese: lines of 80 columns at most, an example on each."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from typing import Any

import click

from xlbudget.model.text_layout import broken, padded, text_width

_WIDEST, _NARROWEST = 80, 50
_TERM = 24  # columns; a longer option has a line of its own
_BOUNDS = (
    (re.compile(r"\s*\[required\]"), "（必须给出）"),
    (re.compile(r"\s*\[x>=(\d+)\]"), r"（\1 以上）"),
    (re.compile(r"\s*\[(\d+)<=x<=(\d+)\]"), r"（\1 到 \2）"),
)


class _Page(click.HelpFormatter):
    """A help page whose lines are measured as a terminal shows them."""

    def __init__(self, *_: Any, **__: Any) -> None:
        columns = shutil.get_terminal_size().columns
        super().__init__(width=max(_NARROWEST, min(columns, _WIDEST)))

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how the command is called."""
        head = f"{prefix}{prog} "
        self._lines(f"{head}{args}", 0, text_width(head))

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        for paragraph in text.splitlines():
            self._lines(paragraph, self.current_indent, self.current_indent)

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = _TERM, col_spacing: int = 2) -> None:
        """Write terms and what they mean."""
        rows = list(rows)
        column = min(max(text_width(term) for term, _ in rows), _TERM) + col_spacing + self.current_indent
        for term, meaning in rows:
            head = " " * self.current_indent + term
            for pattern, words in _BOUNDS:
                meaning = pattern.sub(words, meaning)  # noqa: PLW2901
            if text_width(head) > column - col_spacing:
                self.write(f"{head}\n")
                head = ""
            first, *rest = broken(meaning, self.width, column, column)
            self.write("\n".join([padded(head, column) + first.lstrip(), *rest, ""]))

    def _lines(self, text: str, indent: int, hang: int) -> None:
        self.write("".join(f"{line}\n" for line in broken(text, self.width, indent, hang)))


class _Context(click.Context):
    formatter_class = _Page


class ChineseCommand(click.Command):
    """A command whose help page is Chinese throughout; ``example`` is a line that one may type."""

    context_class = _Context

    def __init__(self, *arguments: Any, example: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.example = example

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        self.options_metavar = "[选项]"
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="用法：")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        records = [parameter.get_help_record(ctx) for parameter in self.get_params(ctx)]
        rows = [record for record in records if record is not None and record[1]]
        with _section(formatter, "选项"):
            formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example."""
        if self.example:
            with _section(formatter, "例"):
                formatter.write_text(self.example)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the help option with Chinese words."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "显示本帮助"
        return option


WANTS_HELP = f"{__name__}.wants_help"
"""Under this name the context of the group knows whether a help page is wanted."""


class ChineseGroup(ChineseCommand, click.Group):
    """A group of commands whose help pages are Chinese throughout."""

    command_class = ChineseCommand

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note whether a help page is wanted, of the group or of a command."""
        ctx.meta[WANTS_HELP] = not set(args).isdisjoint(ctx.help_option_names)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then the commands."""
        super().format_options(ctx, formatter)
        with _section(formatter, "命令"):
            parts = self.commands.items()
            formatter.write_dl([(name, (part.help or "").partition("。")[0]) for name, part in parts])


def _section(formatter: click.HelpFormatter, name: str) -> Any:
    formatter.write(f"\n{name}：\n")
    return formatter.indentation()
