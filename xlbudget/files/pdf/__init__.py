"""PDF files: what is printed where, pictures of their pages, marks on them; nothing of budgets.

``library`` is the one door to pypdfium2, ``lines`` rebuilds lines of text by position, ``lattice`` and
``aligned`` find tables with and without rules, ``joining`` puts tables together over pages, ``reading`` makes
the :class:`~xlbudget.model.PublishedDocument`, ``child`` does so in a process of its own, with limits.
"""
