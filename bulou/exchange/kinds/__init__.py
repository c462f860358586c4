"""One file for each kind of row: its columns, how it is read out, and how it goes in.

The tables of kinds stand in ``importing.KINDS`` and ``exporting.KINDS``.
"""
