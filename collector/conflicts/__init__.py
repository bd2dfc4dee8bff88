"""People settle what two laptops recorded differently, and look at what does not fit together."""
