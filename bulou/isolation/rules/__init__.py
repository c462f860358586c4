"""Pure rules of isolation: names of duties, steps of a site, a room's fit, the door, release, and infection inside."""
