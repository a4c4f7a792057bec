"""One command, one module of the same name; modules are found, never registered.

A module has ``command`` and ``PLACE``, its place in the list of commands.
"""
