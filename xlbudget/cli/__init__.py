"""I take arguments and give an exit code (0 clean, 1 blocking findings, 2 could not run).

The package is the one door to click. Heavy modules are imported by the command that needs them, so
that ``--help`` and ``lint`` answer at once.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

import click

from xlbudget.cli.group import app
from xlbudget.cli.options import BLOCKED, CLEAN, COULD_NOT_RUN
from xlbudget.cli.words import in_chinese
from xlbudget.model.errors import XlbudgetError

__all__ = ["BLOCKED", "CLEAN", "COULD_NOT_RUN", "main", "run"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code; errors are one Chinese sentence each."""
    code = run(arguments)
    gc.freeze()  # else the interpreter looks for cycles among all there is, just before all is let go
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    try:
        result = app.main(
            list(arguments) if arguments is not None else None, prog_name="xlbudget", standalone_mode=False
        )
    except XlbudgetError as error:
        _complain(str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
    except click.ClickException as error:
        _complain(in_chinese(error))
    except (click.Abort, KeyboardInterrupt):
        _complain("已中断。已写出的文件完整，没有写完的未保存；用了 --resume 的，以同一命令继续。")
    except MemoryError:
        _complain("内存不足；请分批处理。")
    except BrokenPipeError:
        return CLEAN
    else:
        return result if isinstance(result, int) else CLEAN
    return COULD_NOT_RUN


def _complain(message: str) -> None:
    click.echo(f"错误：{message}", err=True)
