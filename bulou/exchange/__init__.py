"""Files into and out of the running city."""
