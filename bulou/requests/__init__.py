"""Residents' requests (群众诉求): owned, timed, confirmed by who asked, and a random sample phoned back (D9)."""
