"""The append-only record, and the one door through which a fact is committed."""
