"""The desk: what a person does in the page, as jobs that go on step by step and answer in plain values.

The page (``page/``) runs this inside the browser, ``xlbudget desk`` runs it on the machine; one front, the
same answers. A job is begun, taken on step by step, and can be dropped between two steps; so progress,
cancelling and patience are the caller's.
"""

from xlbudget.desk.jobs import Desk, Output, Step

__all__ = ["Desk", "Output", "Step"]
