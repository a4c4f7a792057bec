"""Workbooks that hold values only, as another system exported or an authority published them.

``reading`` recognises the forms and gives every cell with its amount and precision
(:class:`~xlbudget.returns.published.workbooks.PublishedWorkbook`: ``cells``, ``value``, ``interval``, ``place``);
``intervals`` judges rules over rounded amounts; ``rules`` gives the instances that can be judged
(``published_instances``) and what intervals say of them (``verdicts``); ``checking`` makes the report.
"""
