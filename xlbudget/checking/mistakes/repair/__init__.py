"""The smallest repair: which cells must have been wrong, when some statements between cells are broken.

Error localization after Fellegi and Holt: of all sets of cells whose change makes every statement
true, the smallest. Statements are linear (:class:`Constraint`), values exact decimals. Nothing here
knows workbooks, rules or forms.
"""

from xlbudget.checking.mistakes.repair.search import Effort, Localization, localize
from xlbudget.checking.mistakes.repair.system import Constraint, Range, Repair, System

__all__ = ["Constraint", "Effort", "Localization", "Range", "Repair", "System", "localize"]
