"""Rules over documents and workbooks of printed values.

``intervals`` judges rules over rounded amounts; ``rules`` gives the instances that can be judged
(``published_instances``) and what intervals say of them (``verdicts``); ``checking`` makes the report.
"""
