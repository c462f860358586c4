"""The console's pages, one file for each topic; each asks the rooms and fills the view-models of ``show``."""
