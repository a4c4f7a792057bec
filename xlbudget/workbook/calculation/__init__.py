"""Recalculation: the plan compiled from a template, its order, its run, the engine."""
