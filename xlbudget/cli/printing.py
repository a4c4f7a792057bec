"""The one way to the terminal: whatever a text says, it steers nothing.

Names, texts and file names come from strangers, and a terminal obeys what it is shown.
"""

from __future__ import annotations

import click

from xlbudget.reports.amounts import inert


def say(text: str = "", *, error: bool = False, end: str = "\n") -> None:
    """Print a text, line by line inert; on standard error if wanted."""
    click.echo("\n".join(map(inert, text.split("\n"))) + end, nl=False, err=error)
