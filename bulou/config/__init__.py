"""Settings, addresses, and the table that the ledger is given: the top of the house."""
