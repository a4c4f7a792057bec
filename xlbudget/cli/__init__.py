"""I take arguments and give an exit code (0 clean, 1 blocking findings, 2 could not run, 3 not checked).

The package is the one door to click. Heavy modules are imported by the command that needs them, so
that ``--help`` and ``lint`` answer at once.
"""

from __future__ import annotations

import gc
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from xlbudget.cli.group import app
from xlbudget.cli.options import BLOCKED, CLEAN, COULD_NOT_RUN
from xlbudget.cli.printing import PatientOutput, say
from xlbudget.cli.words import in_chinese
from xlbudget.files.whole_files import reason_of
from xlbudget.model.errors import XlbudgetError

__all__ = ["BLOCKED", "CLEAN", "COULD_NOT_RUN", "main", "run"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code; errors are one Chinese sentence each."""
    output = sys.stdout = PatientOutput(sys.stdout) if sys.stdout is not None else None
    code = run(arguments)
    if output is not None:
        output.flush()
        if output.failed is not None:
            _complain(f"屏幕输出没有写完（{reason_of(output.failed)}）；请换一个输出位置，再运行。")
            code = COULD_NOT_RUN
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
        say(error.format_message())
    except click.ClickException as error:
        _complain(in_chinese(error))
    except (click.Abort, KeyboardInterrupt):
        _complain("已中断。已写出的文件完整，没有写完的未保存；用了 --resume 的，以同一命令继续。")
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if not library or library == __name__.partition(".")[0]:
            raise  # one of our own modules is missing: a fault of ours
        _complain(f"这里没有安装“{library}”，这一步要用到它；请换一台装有全部组件的电脑，或不用这个选项。")
    except MemoryError:
        _complain("内存不足；请分批处理。")
    except OSError as error:  # a file that is taken away in between, an output that is full
        _complain(f"系统不允许（{reason_of(error)}）{_of(error)}；请确认磁盘未满、文件没有被移走，再运行。")
    except Exception as error:  # whatever else comes up here is our mistake, not the officer's
        _complain(f"程序出错（{_place_of(error)}）；这是程序的问题，请把这句话和所用的命令告诉维护者。")
    else:
        return result if isinstance(result, int) else CLEAN
    return COULD_NOT_RUN


def _of(error: OSError) -> str:
    return f"：“{error.filename}”" if isinstance(error.filename, str) else ""


def _place_of(error: BaseException) -> str:
    """Return class and place of an error that nobody foresaw."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f"，{Path(frame.filename).stem}:{frame.lineno}" for frame in last)
    return f"{type(error).__name__}{where}"


def _complain(message: str) -> None:
    say(f"错误：{message}", error=True)
