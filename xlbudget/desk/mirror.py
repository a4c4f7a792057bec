"""A collection that really lies elsewhere: in a folder that only the page can reach, file by file.

The page puts the files here, and takes over what a job has changed, in an order in which whatever is written
is already whole without what follows: originals, manifests, the register, the head of its log.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from xlbudget.department.collection.folder import HEAD, REGISTER
from xlbudget.department.collection.originals import ORIGINALS
from xlbudget.desk.jobs import Output

_LAST = (REGISTER, HEAD)
_FIRST_TIME = (HEAD, REGISTER)  # a register without its head would look as if its log had been cut
_JOURNAL = f"{REGISTER}-journal"


class Mirror:
    """The files of a folder as they were last taken over; ``real`` folders need no taking over."""

    def __init__(self, folder: Path, *, real: bool = False) -> None:
        self.folder = folder
        self._real = real
        self._known = {} if real else self._files()

    def changed(self) -> tuple[Output, ...]:
        """Return what has changed since the last call, in the order in which it is to be written."""
        if self._real:
            return ()
        now = self._files()
        last = _LAST if REGISTER in self._known else _FIRST_TIME
        changed = (name for name in now if now[name] != self._known.get(name))
        names = sorted(changed, key=partial(_order, last))
        self._known = now
        return tuple(Output(name, self.folder / name) for name in names)

    def _files(self) -> dict[str, tuple[int, int]]:
        found = {}
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name != _JOURNAL and not path.name.startswith("."):
                stat = path.stat()
                found[path.relative_to(self.folder).as_posix()] = (stat.st_mtime_ns, stat.st_size)
        return found


def _order(last: tuple[str, str], name: str) -> tuple[int, str]:
    if name in last:
        return 2 + last.index(name), name
    return (0 if name.startswith(f"{ORIGINALS}/") else 1), name
