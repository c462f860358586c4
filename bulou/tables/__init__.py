"""Tables in files: CSV, Parquet and XLSX read safely, whatever is in them, and written so that they read back the same.

No Django here; the city's import and the file commands both read through this room.
"""
