"""Out to other tools: entries, ledger amounts, form cells and findings in long form, with typed columns."""

from xlbudget.department.exporting.tables import DataTable, Field, tables_of
from xlbudget.department.exporting.writing import FORMATS, export

__all__ = ["FORMATS", "DataTable", "Field", "export", "tables_of"]
