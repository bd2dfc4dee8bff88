"""Records out of a folder and into it: canonical lines, tables for spreadsheets, the data dictionary."""
