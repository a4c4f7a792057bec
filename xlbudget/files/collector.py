"""Python's collector of cycles, kept from looking at what is no cycle: much that is made, and what stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collector() -> Iterator[None]:
    """Pause the collector: it would look again and again at what is remembered of earlier files."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def keep_aside() -> None:
    """Have the collector look no more at what there is now: it stays as long as the program runs.

    For a program that has just made ready what it works with; whatever else is let go is freed as ever, but
    for cycles that are already there.
    """
    gc.freeze()
