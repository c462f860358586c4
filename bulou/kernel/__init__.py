"""What every room may use: clocks, ids, prefix codes, periods, the actor, errors. No Django, no I/O but the clock."""
