"""Figures over everything: base figures, the frozen day, corrections (D18)."""
