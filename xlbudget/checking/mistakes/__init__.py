"""Mistakes: the likely cause of what is broken, and the smallest repair."""
