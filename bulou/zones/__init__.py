"""Risk zones (风险区划定与升降, D7): sets of places with a level, the days they are clean, and who decides."""
