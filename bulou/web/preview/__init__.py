"""Every page of the console with invented view-models, to be looked at: no database, nobody real, no real failure."""
