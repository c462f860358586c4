"""The command line; each command's module is imported only when it is asked for, so that start-up stays short."""
