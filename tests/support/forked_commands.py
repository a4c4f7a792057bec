"""A process that runs many command lines, each in a fork of its own: quick, and nothing is left behind.

It reads cases as lines of JSON from standard input and answers each with a line. What a terminal,
a pipe or a disk may do to a program is done to the fork: a narrow terminal in an old encoding, an output
that nobody reads, no right to a file, no room on a disk.
"""

from __future__ import annotations

import ctypes
import errno
import io
import json
import math
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

TOO_LONG = -1
"""The exit code of what did not come to an end."""

_SECONDS = 240  # much on a quiet machine, little on one that does other things
_UNSAID = 6.0  # seconds after which Ctrl-C is pressed where nobody hears that something is served
_SERVED = 0.5  # and after it was heard
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2  # what lets the superuser read what nobody may read
_CAPABILITIES = 0x20080522  # the version of the call


def main() -> None:
    """Run cases line by line until nobody has more."""
    import engine_once

    from xlbudget import check, judge, load_template

    engine_once.remember()
    template, returned = load_template(sys.argv[3]), Path(sys.argv[1])
    for path in (returned, *sorted(returned.iterdir())):
        judge(check(path), template)  # no fork has to think about template and engine by itself
    scratch = Path(sys.argv[2])
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_run(json.loads(line), scratch)) + "\n")
        sys.stdout.flush()


def _run(case: dict[str, Any], scratch: Path) -> dict[str, Any]:
    files = {name: scratch / f"{name}.txt" for name in ("out", "err")}
    for path in files.values():
        path.write_bytes(b"")
    child = os.fork()
    if child == 0:
        _child(case, files)
    code = _end(child, files["out"], case.get("serving"))
    texts = {name: path.read_bytes().decode(errors="replace") for name, path in files.items()}
    return {"code": code, **texts}


def _end(child: int, said: Path, serving: str | None) -> int:
    """Wait for a command; one that serves until it is interrupted is interrupted once it has said so."""
    begun = time.monotonic()
    interrupt = begun + _UNSAID if serving else math.inf
    while time.monotonic() < begun + _SECONDS:
        if time.monotonic() > interrupt:
            os.kill(child, signal.SIGINT)
            serving, interrupt = None, math.inf
        elif serving and serving.encode() in said.read_bytes():
            serving, interrupt = None, time.monotonic() + _SERVED
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return TOO_LONG


def _child(case: dict[str, Any], files: dict[str, Path]) -> None:
    """Run one command line and leave; nothing returns from here."""
    os.chdir(case["folder"])
    sys.stdin = None  # type: ignore[assignment]
    os.environ["COLUMNS"] = str(case.get("columns", 80))
    os.dup2(os.open(files["err"], os.O_WRONLY), 2)
    os.dup2(_output(case.get("output", "file"), files["out"]), 1)
    encoding = case.get("encoding", "utf-8")
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding=encoding)
    sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), encoding=encoding, write_through=True)
    if case.get("rights") == "none":
        _drop_rights()
    if case.get("disk") == "full":
        os.fsync = _full
    if "clock" in case:
        time.time = lambda: float(case["clock"])
    code = 99
    try:
        from xlbudget.cli import main as command_line

        command_line(case["arguments"])
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 98
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def _output(kind: str, file: Path) -> int:
    if kind == "full":
        return os.open("/dev/full", os.O_WRONLY)
    if kind == "closed":
        reading, writing = os.pipe()
        os.close(reading)
        return writing
    return os.open(file, os.O_WRONLY)


def _full(_: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _drop_rights() -> None:
    """Take from the superuser the right to what nobody may read; others have none."""
    if os.geteuid() != 0:
        return
    library = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES, 0)
    held = (ctypes.c_uint32 * 6)()
    if library.capget(header, held) != 0:
        raise OSError(ctypes.get_errno(), "capget")
    for at in (0, 1):  # effective, permitted
        held[at] &= ~(1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH)
    if library.capset(header, held) != 0:
        raise OSError(ctypes.get_errno(), "capset")


if __name__ == "__main__":
    main()
