"""The laptop's side of the exchange with the centre: running it, showing it, and saying where every record is.

How revisions travel is the business of `sync`; here stands what a laptop does with it. Nothing of the exchange itself
is read before somebody asks for it: the pages only look at the tables.
"""
