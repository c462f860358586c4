"""``make bench``: every comparison, one after the other."""

from benchmarks import coverage, presence, roster_import

coverage.main()
presence.main()
roster_import.main()
