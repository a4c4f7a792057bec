"""``.ods``: OpenDocument spreadsheets, see :mod:`~xlbudget.files.ods.reading`."""
