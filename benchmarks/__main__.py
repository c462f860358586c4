"""``make bench``: every comparison, one after the other."""

from benchmarks import coverage, roster_import

coverage.main()
roster_import.main()
