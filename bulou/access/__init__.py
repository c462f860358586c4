"""Accounts, roles, the jurisdiction predicate, tokens and the read log."""
