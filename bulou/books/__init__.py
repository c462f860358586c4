"""The books of the lines of work (登记簿): what a line's records are called, how they are read, and the steps on them.

A line declares its book once; pages, HTTP, files and the matrix of roles are made from it.
"""
