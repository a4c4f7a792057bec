"""The one way to the terminal: whatever a text says, it steers nothing.

Names, texts and file names come from strangers, and a terminal obeys what it is shown.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import click

from xlbudget.model.words import inert


class PatientOutput:
    """Standard output that stops nothing: when nobody reads it any more, reports are written all the same.

    ``failed`` is why something could not be printed; a pipe that was closed on purpose is no failure.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.failed: OSError | None = None

    def write(self, text: str) -> int:
        """Write, or let go."""
        try:
            return int(self._stream.write(text))
        except OSError as error:
            return self._let_go(error, len(text))

    def flush(self) -> None:
        """Send on what was written, or let go."""
        try:
            self._stream.flush()
        except OSError as error:
            self._let_go(error, 0)

    def _let_go(self, error: OSError, length: int) -> int:
        """Turn the output to nowhere, or what is left in it would fail again at the end."""
        if not isinstance(error, BrokenPipeError):
            self.failed = error
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
        return length

    def __getattr__(self, name: str) -> Any:
        """Be the stream in everything else."""
        return getattr(self._stream, name)


def say(text: str = "", *, error: bool = False, end: str = "\n") -> None:
    """Print a text, line by line inert; on standard error if wanted."""
    click.echo("\n".join(map(inert, text.split("\n"))) + end, nl=False, err=error)
