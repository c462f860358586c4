"""Divisions, buildings, and named areas."""
