"""Runs over many files: batches, processes, clusters, the journal."""
