"""Transfer (D4, 房人车): who must go, in which vehicle, to which room, and who signs."""
