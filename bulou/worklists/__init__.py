"""Paper lists of who is still missing in a round, by tower and floor: numbered, held by somebody, scanned back, returned."""
