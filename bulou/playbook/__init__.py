"""What follows from what, across lines of work: one table, plain functions, run in the fact's own transaction."""
