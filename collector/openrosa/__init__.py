"""Phones that ask with ODK Collect or another OpenRosa client: their keys, the forms they get, the sheets they send."""
