"""Libraries that only some commands need, the extra each comes with, and how to get it."""

from __future__ import annotations

import importlib.util
import sys

from xlbudget.model.errors import InputError

EXTRAS = {
    "dask": "dask",
    "distributed": "dask",
    "docx": "documents",
    "fsspec": "dask",
    "pyarrow": "parquet",
    "scipy": "rounding",
    "typst": "documents",
}
"""Name that is imported → extra (``tests/test_guards.py`` holds it to ``pyproject.toml``)."""


def install_command(extra: str) -> str:
    """Return the line that installs an extra beside the program that runs, for any shell."""
    python = f'& "{sys.executable}"' if " " in sys.executable else sys.executable
    if importlib.util.find_spec("pip") is None:  # as uv sets up its environments
        return f'uv pip install --python "{sys.executable}" "xlbudget[{extra}]"'
    return f'{python} -m pip install "xlbudget[{extra}]"'


def missing_extra(what: str, error: ImportError, otherwise: str = "") -> InputError:
    """Return the error for ``what`` (the job, as words) that needs a library which is not installed.

    ``otherwise`` is what else one may do.
    """
    library = (error.name or "").partition(".")[0]
    if sys.platform == "emscripten":  # the page: nothing is installed there
        return InputError(f"{what}要用装在电脑上的 xlbudget，网页里没有；请改用命令行。")
    if library not in EXTRAS:
        return InputError(f"{what}要用到“{library}”，这里没有装好；请重新安装 xlbudget。")
    other = f"；{otherwise}" if otherwise else ""
    return InputError(f"{what}要另装组件，请运行：{install_command(EXTRAS[library])}{other}。")
