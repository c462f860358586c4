"""Residents and households: the base number (底数) of everything."""
