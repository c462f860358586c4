"""Who was there with a case (同时空): from files by DuckDB, or from a packed directory by searching one line of time."""
