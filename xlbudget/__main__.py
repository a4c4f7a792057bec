"""``python -m xlbudget``."""

from xlbudget.cli import main

main()
