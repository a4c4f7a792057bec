"""The group of commands: every module of :mod:`xlbudget.cli.commands` is one."""

from __future__ import annotations

import importlib
import pkgutil

import click

from xlbudget.cli import commands
from xlbudget.cli.guard import guarded
from xlbudget.cli.help_pages import WANTS_HELP, ChineseGroup
from xlbudget.cli.project import project_defaults
from xlbudget.version import __version__


@click.group(
    cls=ChineseGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="预算报表工具：生成报表模板，审核单位报送的工作簿，汇总成部门预算。",
    subcommand_metavar="命令 [参数]…",
    example="xlbudget check --help",
)
@click.version_option(
    __version__, "--version", prog_name="xlbudget", message="%(prog)s %(version)s", help="显示版本"
)
@click.pass_context
def app(context: click.Context) -> None:
    """Take what the project file says as defaults of the commands; help is given whatever it says."""
    if not context.meta[WANTS_HELP]:
        context.default_map = project_defaults(app.commands)


def _found() -> None:
    modules = [
        importlib.import_module(f"{commands.__name__}.{part.name}")
        for part in pkgutil.iter_modules(commands.__path__)
    ]
    for module in sorted(modules, key=lambda module: module.PLACE):
        app.add_command(guarded(module.command), module.__name__.rpartition(".")[2].replace("_", "-"))


_found()
