"""``.xls`` and ``.et`` (BIFF): :mod:`~xlbudget.files.xls.reading` has xlrd read them in a process of its own.

Nothing is imported here: that process (:mod:`~xlbudget.files.xls.child`) is to start at once.
"""
