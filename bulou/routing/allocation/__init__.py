"""Rooms, people, vehicles (房、人、车): who goes where, with which vehicle and driver, and why somebody does not."""
