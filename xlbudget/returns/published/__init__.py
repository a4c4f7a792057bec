"""Workbooks that hold values only, as another system exported or an authority published them.

``reading`` recognises the forms and gives every cell with its amount and precision
(:class:`~xlbudget.returns.published.workbooks.PublishedWorkbook`: ``cells``, ``value``, ``interval``,
``place``). What is judged of them stands in :mod:`xlbudget.checking.published`.
"""
