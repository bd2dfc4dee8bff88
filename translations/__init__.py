"""Message catalogues: `vi` is complete and the default, English is the source. Any other tag is a folder more."""
