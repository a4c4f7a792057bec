"""Workbooks as units return them: real filled ones, and the ways in which they get spoilt."""
