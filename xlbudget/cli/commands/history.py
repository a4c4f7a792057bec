"""history: what happened to one unit's returns."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import COLLECTION
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN
from xlbudget.cli.printing import say

PLACE = 62


@click.command(
    cls=ChineseCommand,
    example="xlbudget history 收件 101",
    help="一个单位的经过：每次报送，主管部门的每个决定，时间、经办人、原因。",
)
@click.argument("folder", type=COLLECTION, metavar="COLLECTION")
@click.argument("unit", metavar="UNIT")
def command(folder: Path, unit: str) -> int:
    """Say what happened to one unit's returns."""
    from xlbudget.department.collection import Collection
    from xlbudget.department.collection.status_papers import history_text

    with Collection.open(folder) as collection:
        say(history_text(collection, unit), end="")
    return CLEAN
