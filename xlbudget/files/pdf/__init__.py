"""PDF files: what is printed where, pictures of their pages, marks on them; nothing of budgets.

``library`` is the one door to pypdfium2, ``pictures`` to Pillow. ``lines`` rebuilds lines of text by place,
``lattice`` finds tables with lines, ``unruled_rows`` rows with none between them, ``aligned`` tables without
any; ``joining`` puts tables together over pages, ``paragraphs`` lines of text. ``reading`` makes the
:class:`~xlbudget.model.PublishedDocument`, ``child`` does so in a process of its own, with limits.
"""
