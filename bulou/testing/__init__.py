"""Is everybody tested: progress, rate to finish, visits, cut-off (D1)."""
