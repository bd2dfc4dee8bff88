"""The law that the program applies, as dated tables and pure functions.

Voting thresholds, notice periods, deadlines in working days, reporting periods and what must be made
public. Every value names the text it was read from; later amendments are not checked here. This package
must not read the database, the clock or the network, and must not know Flask.
"""
