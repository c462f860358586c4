"""The duty: one owner at every instant, a clock, and evidence."""
