"""Responsible units, posts as intervals, and who is on duty at an instant (D16)."""
