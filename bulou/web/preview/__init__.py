"""Every page of the console with invented view-models, for looking at: no database, no real place of failure, nobody real."""
